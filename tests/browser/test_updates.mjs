// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// timeout-seconds: 600
// Updates: packages with their verdict before they are stored, an agent that hangs with its cause named, the cure by
// the links that the findings give, and the agent that finishes by itself.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before } from 'node:test';
import { readyForAgents, startAgent } from './lib/agents.mjs';
import { sound } from './lib/axe.mjs';
import { browser } from './lib/browser.mjs';
import { rest, startConsole } from './lib/console.mjs';
import { follow, go, newPerson, open, setUp } from './lib/person.mjs';
import { steps } from './lib/steps.mjs';

/** Packages as their makers make them: with zipfile and openssl. Prints where they lie. */
const MAKE = `
import sys
sys.path.insert(0, sys.argv[1])
from packages import Maker
m = Maker("Vendor")
for version in ("1.0", "1.1"):
    m.sign(m.package("engine", version))
m.sign(m.package("engine", "0.9"), out=str(m.path("of-another.p7s")))
m.openssl("pkcs12", "-export", "-inkey", "signer.key", "-in", "signer.pem", "-out", "signer.pfx", "-passout", "pass:certbinder")
m.package("<b>tool", "2.0", name="hostile.zip")
m.sign(m.path("hostile.zip"))
print(m.home)
`;
let chrome, box, page, ask, made, agent;
const test = steps(() => page);
const look = (/** @type {string} */ name) => sound(page, process.env.CERTBINDER_SHOTS && `${process.env.CERTBINDER_SHOTS}/${name}`);
before(async () => {
	chrome = await browser();
	made = execFileSync('python3', ['-c', MAKE, resolve(process.env.CERTBINDER_SOURCE ?? '.', 'tests/lib')], { encoding: 'utf8' }).trim();
	box = await startConsole();
	page = await newPerson(chrome);
	await setUp(page, box);
	ask = rest(box);
	readyForAgents(box);
	box.cli('settings', 'set', 'update_stall_s', '0');
	ask('PUT', '/roots/policy', { policy: 'on' });
	await go(page, 'Updates');
});
after(async () => {
	await agent?.end();
	if (made) rmSync(made, { recursive: true, force: true });
	await chrome?.close();
	await box?.end();
});
const dialog = () => page.getByRole('dialog').last();
const file = (/** @type {string} */ name) => join(made, name);
const button = (/** @type {string} */ name) => dialog().getByRole('button', { name, exact: true });
/** @param {string} label @param {string} name */
async function give(label, name) {
	await button('Cancel').waitFor();
	const field = dialog().getByLabel(label, { exact: true });
	if (!(await field.count())) await dialog().getByRole('button', { name: 'Take another' }).nth(label === 'Package' ? 0 : -1).click();
	await dialog().getByLabel(label, { exact: true }).setInputFiles(file(name));
}
const packages = () => page.getByRole('table', { name: 'Packages' });

test('without packages the page says what to do', async () => {
	await page.getByText('No package yet').waitFor();
	const agents = page.getByRole('region', { name: 'Agents' });
	await agents.getByText('No agent is registered').waitFor();
	await agents.getByRole('link', { name: 'Get OfcNTCer.dat' }).waitFor();
	assert.equal(await agents.getByRole('combobox').count(), 0, 'there is nothing to choose among');
	await look('updates-none');
	await page.getByRole('button', { name: 'Add a package' }).first().click();
	assert.ok(await button('Check it').isDisabled());
});
test('a signature of another file is refused with the reason, and nothing is stored', async () => {
	await give('Package', 'engine-1.0.zip');
	await give('Detached signature', 'of-another.p7s');
	await button('Check it').click();
	await dialog().getByRole('alert').getByText('This package would not be installed anywhere').waitFor();
	await dialog().getByRole('alert').getByText(/cms\./).waitFor();
	assert.equal(ask('GET', '/updates').total, 0);
});
test('a signer whose root is missing here is named, with the way out', async () => {
	await dialog().getByRole('button', { name: 'Take another' }).last().click();
	await give('Detached signature', 'engine-1.0.zip.p7s');
	await button('Check it').click();
	const alert = dialog().getByRole('alert');
	await alert.getByText(/above its signer is missing/).waitFor();
	await alert.getByText(/Vendor Root/).first().waitFor();
	await alert.getByRole('link', { name: 'Import it' }).waitFor();
	await look('refused');
	assert.equal(ask('GET', '/updates').total, 0);
});
test('with root and intermediate here the verdict is good, and only then it is added and offered', async () => {
	box.cli('cert', 'import', file('root.pem'), '--store', 'Root');
	box.cli('cert', 'import', file('inter.pem'), '--store', 'CA');
	await button('Check it').click();
	const verdict = dialog().getByRole('region', { name: 'Verdict' });
	await verdict.getByText('engine 1.0 may come in').waitFor();
	await verdict.getByText('Vendor Signer').waitFor();
	await look('verdict');
	assert.equal(ask('GET', '/updates').total, 0, 'a look stores nothing');
	await button('Add the package').click();
	await packages().getByRole('row', { name: /engine 1.0.*Offered.*Good.*Vendor Signer/ }).waitFor();
});
test('a package is signed here with a certificate of Personal', async () => {
	box.cli('cert', 'import', file('signer.pfx'), '--store', 'My', '--password-file', box.file('pfx-password', 'certbinder'));
	await page.getByRole('button', { name: 'Add a package' }).click();
	await give('Package', 'engine-1.1.zip');
	await dialog().getByRole('radio', { name: /Sign it here/ }).check();
	await dialog().getByRole('radio', { name: /Vendor Signer/ }).check();
	await dialog().getByLabel('Offer it to agents at once').uncheck();
	await button('Check it').click();
	await dialog().getByText('engine 1.1 may come in').waitFor();
	await button('Add the package').click();
	await packages().getByRole('row', { name: /engine 1.1.*Not offered/ }).waitFor();
});
test('a package whose name could be a path or markup is refused as text', async () => {
	await page.getByRole('button', { name: 'Add a package' }).click();
	await give('Package', 'hostile.zip');
	await give('Detached signature', 'hostile.zip.p7s');
	await button('Check it').click();
	await dialog().getByRole('alert').getByText(/package\.manifest/).waitFor();
	assert.equal(await dialog().locator('.body b').count(), 0);
	await button('Cancel').click();
});
test('an agent without the root hangs, and the page and the dashboard name the cause by themselves', async () => {
	agent = await startAgent(box);
	await page.getByText('Root missing: 1 agent').waitFor();
	const row = page.getByRole('table', { name: 'Agents and their updates' }).getByRole('row', { name: /Updating.*engine 1.0.*Root missing.*Vendor Root/ });
	await row.waitFor();
	await page.getByRole('img', { name: 'Agents by state of their update: 1 updating' }).waitFor();
	await look('updating');
	await go(page, 'Dashboard');
	await page.getByRole('region', { name: 'What needs you' }).getByText('Updates wait on 1 agent: Root missing').waitFor();
	await open(page, box, `#/agents/${agent.id}`);
	const update = page.getByRole('region', { name: 'Its update' });
	await update.getByText('Updating', { exact: true }).waitFor();
	await update.getByRole('link', { name: 'Put it into the catalogue' }).waitFor();
	await look('agent-updating');
});
test('the finding leads to the catalogue with what is known, and from there to the deployment', async () => {
	await go(page, 'Updates');
	await follow(page, page.getByRole('link', { name: 'Put it into the catalogue' }));
	await dialog().getByRole('heading', { name: 'New entry' }).waitFor();
	assert.equal(await dialog().getByLabel('Name', { exact: true }).inputValue(), 'Vendor Root');
	assert.match(await dialog().getByLabel('SHA-256').inputValue(), /^[0-9a-f]{64}$/);
	await button('Add').click();
	await page.getByRole('heading', { name: 'Vendor Root', level: 1 }).waitFor();
	await dialog().getByRole('heading', { name: 'Deploy certificates' }).waitFor();
	await button('Cancel').click();
});
test('kept by policy is another cause, with a deployment as its cure', async () => {
	await go(page, 'Updates');
	await page.getByText('Kept by policy: 1 agent').waitFor();
	await follow(page, page.getByRole('link', { name: 'Deploy it all the same' }));
	await dialog().getByRole('checkbox', { name: 'Vendor Root' }).waitFor();
	await button('Deploy to 1 agent').click();
	await page.getByRole('heading', { name: 'The deployment is done' }).waitFor();
	await page.getByRole('img', { name: 'Agents with Vendor Root: 1 held' }).waitFor();
});
test('the agent finishes by itself, and the finding goes', async () => {
	await go(page, 'Updates');
	await page.getByRole('img', { name: 'Agents by state of their update: 1 current' }).waitFor();
	await page.getByRole('row', { name: /Current.*engine 1.0/ }).waitFor();
	assert.equal(await page.getByText('Kept by policy: 1 agent').count(), 0);
	assert.equal(agent.trusts('Root').length, 1);
});
test('states and causes narrow the list, and what does not match says so', async () => {
	const region = page.getByRole('region', { name: 'Agents' });
	await region.getByRole('button', { name: '1 current' }).click();
	await region.getByText('1 agent', { exact: true }).waitFor();
	await region.getByLabel('Cause', { exact: true }).selectOption('clock');
	await region.getByText('No agent is current and kept by “Clock wrong”.').waitFor();
	await region.getByRole('button', { name: 'Show all agents' }).click();
	await region.getByText('1 agent', { exact: true }).waitFor();
});
test('another version is offered in its place, and all agents are told to look', async () => {
	await packages().getByRole('button', { name: 'Offer engine 1.1' }).click();
	await button('Offer').click();
	await packages().getByRole('row', { name: /engine 1.0.*Not offered/ }).waitFor();
	await page.getByRole('button', { name: 'Check now' }).click();
	await button('Check now').click();
	await page.getByRole('heading', { name: 'The check is done' }).waitFor();
	await page.getByRole('row', { name: /Current.*engine 1.1/ }).waitFor();
});
test('a package has a page with its files and its signer', async () => {
	await follow(page, packages().getByRole('link', { name: 'engine 1.1' }));
	await page.getByRole('heading', { name: 'engine 1.1', level: 1 }).waitFor();
	await page.getByRole('table', { name: 'Files of the package' }).getByRole('row', { name: /pattern\.bin/ }).waitFor();
	await page.getByText('The signature is good').waitFor();
	await look('package');
	box.cli('cert', 'import', file('signer.pem'), '--store', 'Disallowed');
	await page.getByText('The signature is not good now').waitFor();
});
test('it is withdrawn and removed after a question', async () => {
	await page.getByRole('button', { name: 'Withdraw' }).click();
	await button('Withdraw').click();
	await page.getByText('Agents do not see it.').waitFor();
	await page.getByRole('button', { name: 'Remove' }).click();
	await button('Remove').click();
	await page.getByRole('heading', { name: 'Updates', level: 1 }).waitFor();
	await packages().getByRole('link', { name: 'engine 1.0' }).waitFor();
	assert.equal(await packages().getByRole('link', { name: 'engine 1.1' }).count(), 0);
});
test('nothing went wrong on the page', () => page.noFaults());
