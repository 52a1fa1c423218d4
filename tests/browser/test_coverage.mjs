// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// timeout-seconds: 240
// Required roots and real agents: who lacks what, a deployment that is seen to arrive, the policy of one agent.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { readyForAgents, startAgent } from './lib/agents.mjs';
import { sound } from './lib/axe.mjs';
import { browser } from './lib/browser.mjs';
import { rest, startConsole } from './lib/console.mjs';
import { go, newPerson, setUp } from './lib/person.mjs';
import { steps } from './lib/steps.mjs';

const NAME = 'Release Root <b>2026';
let chrome, box, page, ask, sha256, entry;
/** @type {any[]} */
const agents = [];
const test = steps(() => page);
const look = (/** @type {string} */ name) => sound(page, process.env.CERTBINDER_SHOTS && `${process.env.CERTBINDER_SHOTS}/${name}`);
before(async () => {
	chrome = await browser();
	box = await startConsole();
	page = await newPerson(chrome);
	await setUp(page, box);
	ask = rest(box);
	readyForAgents(box);
	const pem = join(box.state, 'release.pem');
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(box.state, 'k'), '-out', pem, '-subj', `/CN=${NAME}`, '-days', '3000', '-addext', 'basicConstraints=critical,CA:true'], { stdio: 'ignore' });
	sha256 = createHash('sha256').update(execFileSync('openssl', ['x509', '-in', pem, '-outform', 'DER'])).digest('hex');
	ask('PUT', '/roots/policy', { policy: 'on' }); // else they fetch by themselves what they lack
	for (const e of ask('GET', '/roots').items) ask('DELETE', `/roots/${e.id}`);
	entry = ask('POST', '/roots', { name: NAME, store: 'Root', sha256 }).id;
	for (let i = 0; i < 3; i++) agents.push(await startAgent(box));
	await page.goto(`${box.url}#/agents`);
	await page.getByText('3 agents').waitFor();
});
after(async () => {
	for (const a of agents) await a.end();
	await chrome?.close();
	await box?.end();
});
const dialog = () => page.getByRole('dialog').last();
const row = (/** @type {string|RegExp} */ name) => page.getByRole('row', { name });
const bar = (/** @type {string|RegExp} */ name) => page.getByRole('img', { name });

test('coverage is said in words to those who do not see the bar', async () => {
	await go(page, 'Required roots');
	await bar(`Agents with ${NAME}: 3 missing`).waitFor();
	await row(/Release Root.*0 of 3 agents · 3 missing/).waitFor();
	assert.equal(await page.locator('main td b, main th b').count(), 0, 'a name is text');
	await look('coverage');
});
test('what this server does not have cannot be deployed, and the way out is the import', async () => {
	await row(/Release Root/).getByRole('button', { name: 'Import' }).click();
	await dialog().getByLabel('Certificates', { exact: true }).setInputFiles(join(box.state, 'release.pem'));
	await dialog().getByRole('button', { name: 'Next' }).click();
	await dialog().getByRole('button', { name: 'Import 1 certificate' }).click();
	await dialog().getByText('The import was successful').waitFor();
});
test('from the import on to the deployment, for one agent first', async () => {
	await dialog().getByRole('button', { name: 'Deploy to agents' }).click();
	await page.getByText('Agents lack 1 certificate that is here').waitFor();
	assert.ok(await dialog().getByRole('checkbox', { name: NAME }).isChecked());
	await dialog().getByRole('button', { name: 'Deploy to 3 agents' }).waitFor();
	await dialog().getByRole('radio', { name: /Only agents that I choose/ }).check();
	assert.ok(await dialog().getByRole('button', { name: 'Deploy', exact: true }).isDisabled());
	await dialog().getByLabel('Find agents').fill(agents[0].id);
	const some = dialog().getByRole('region', { name: 'Agents to choose from' }).getByRole('checkbox');
	await some.nth(1).waitFor({ state: 'detached' });
	await some.check();
	await look('deploy');
	await dialog().getByRole('button', { name: 'Deploy to 1 agent' }).click();
	const report = page.getByRole('region', { name: 'The deployment' });
	await report.getByRole('heading', { name: 'The deployment is done' }).waitFor();
	await report.getByText('1 agent of 1 has confirmed it').waitFor();
	await look('deployed');
});
test('it is seen to arrive: the bar moves by itself', async () => {
	await bar(`Agents with ${NAME}: 1 held, 2 missing`).waitFor();
	assert.deepEqual(agents.map((a) => a.trusts('Root').length), [1, 0, 0]);
	assert.deepEqual(agents[0].trusts('Root'), [`${sha256}.cer`]);
});
test('an entry names who lacks it, and each agent gets it by one click', async () => {
	await page.getByRole('link', { name: NAME, exact: true }).click();
	await page.getByRole('heading', { name: NAME, level: 1 }).waitFor();
	const who = page.getByRole('region', { name: 'Agents' });
	assert.equal(await who.getByRole('button', { name: '2 missing' }).getAttribute('aria-pressed'), 'true');
	await who.getByText('2 agents', { exact: true }).waitFor();
	await look('entry');
	await who.getByRole('button', { name: '1 held' }).click();
	await who.getByText('1 agent', { exact: true }).waitFor();
	assert.match(await who.getByRole('table', { name: 'Agents' }).getByRole('link').getAttribute('href'), new RegExp(agents[0].id));
	await who.getByRole('button', { name: '2 missing' }).click();
	await who.getByRole('link').nth(1).waitFor();
	await who.getByText('Its policy keeps it from fetching it; a deployment brings it.').first().waitFor();
	await who.getByRole('button', { name: /^Deploy to/ }).first().click();
	await dialog().getByRole('button', { name: 'Deploy to 1 agent' }).click();
	await who.getByRole('button', { name: '2 held' }).waitFor();
	await who.getByRole('button', { name: '1 missing' }).waitFor();
});
test('the policy says who would be helped, and is undone for one agent alone', async () => {
	await go(page, 'Required roots');
	const card = page.getByRole('region', { name: 'Policy' });
	await card.getByText('1 agent would be helped').waitFor();
	const last = agents.find((a) => !a.trusts('Root').length);
	await page.goto(`${box.url}#/agents/${last.id}`);
	const roots = page.getByRole('region', { name: 'Required roots' });
	await roots.getByText('as for all agents').waitFor();
	await roots.getByRole('row', { name: /Release Root.*Missing/ }).waitFor();
	await look('agent');
	await roots.getByRole('button', { name: 'Change the policy of this agent' }).click();
	await dialog().getByRole('radio', { name: /^Off/ }).check();
	await dialog().getByRole('button', { name: 'Save' }).click();
	await roots.getByText('set for this agent').waitFor();
	last.nudge();
	await roots.getByRole('row', { name: /Release Root.*Held/ }).waitFor();
	await go(page, 'Required roots');
	await bar(`Agents with ${NAME}: 3 held`).waitFor();
	await card.getByText(/off for 1 agent/).waitFor();
});
test('what an agent distrusts is said, and no deployment is promised', async () => {
	const folder = join(agents[0].folder, 'trust', 'Disallowed');
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, `${sha256}.cer`), execFileSync('openssl', ['x509', '-in', join(box.state, 'release.pem'), '-outform', 'DER']));
	agents[0].nudge();
	await bar(`Agents with ${NAME}: 2 held, 1 distrusted`).waitFor();
	await page.goto(`${box.url}#/agents/${agents[0].id}`);
	const roots = page.getByRole('region', { name: 'Required roots' });
	await roots.getByRole('row', { name: /Release Root.*Distrusted/ }).waitFor();
	await look('distrusted');
	assert.equal(await roots.getByRole('button', { name: 'Deploy what is missing' }).count(), 0);
});
test('nothing went wrong on the page', () => page.noFaults());
