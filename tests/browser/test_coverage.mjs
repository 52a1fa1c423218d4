// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// timeout-seconds: 600
// Required roots and real agents: who lacks what, a deployment that is seen to arrive, the policy of one agent.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { readyForAgents, startAgent } from './lib/agents.mjs';
import { sound } from './lib/axe.mjs';
import { browser } from './lib/browser.mjs';
import { rest, startConsole } from './lib/console.mjs';
import { follow, go, newPerson, open, setUp } from './lib/person.mjs';
import { steps } from './lib/steps.mjs';

const NAME = 'Release Root <b>2026';
let chrome, box, page, ask, sha256, entry;
/** Questions to the server that wait: while there is a pattern, those that fit it. */
let hold = null;
const held = [];
const release = () => { hold = null; for (const r of held.splice(0)) r.continue(); };
/** @type {any[]} */
const agents = [];
const test = steps(() => page);
const look = (/** @type {string} */ name) => sound(page, process.env.CERTBINDER_SHOTS && `${process.env.CERTBINDER_SHOTS}/${name}`);
/** A new root in a file. @returns {string} its SHA-256 */
const root = (/** @type {string} */ file, /** @type {string} */ name) => {
	const pem = join(box.state, file);
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(box.state, 'k'), '-out', pem, '-subj', `/CN=${name}`, '-days', '3000', '-addext', 'basicConstraints=critical,CA:true'], { stdio: 'ignore' });
	return createHash('sha256').update(der(file)).digest('hex');
};
const der = (/** @type {string} */ file) => execFileSync('openssl', ['x509', '-in', join(box.state, file), '-outform', 'DER']);
before(async () => {
	chrome = await browser();
	box = await startConsole();
	page = await newPerson(chrome);
	await setUp(page, box);
	await page.route(/\/api\/v1\/roots/, (r) => (hold?.test(`${r.request().method()} ${r.request().url()}`) ? held.push(r) : r.continue()));
	ask = rest(box);
	readyForAgents(box);
	sha256 = root('release.pem', NAME);
	ask('PUT', '/roots/policy', { policy: 'on' }); // else they fetch by themselves what they lack
	for (const e of ask('GET', '/roots').items) ask('DELETE', `/roots/${e.id}`);
	entry = ask('POST', '/roots', { name: NAME, store: 'Root', sha256 }).id;
	for (let i = 0; i < 3; i++) agents.push(await startAgent(box));
	await open(page, box, '#/agents');
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
	hold = /^GET .*\/roots$/; // the page still shows the catalogue as it was before
	await dialog().getByRole('button', { name: 'Import 1 certificate' }).click();
	await dialog().getByText('The import was successful').waitFor();
});
test('from the import on to the deployment, for one agent first', async () => {
	await dialog().getByRole('button', { name: 'Deploy to agents' }).click();
	await page.getByRole('heading', { name: 'Deploy certificates' }).waitFor();
	release();
	await page.getByText('Agents lack 1 certificate that is here').waitFor();
	await dialog().getByRole('checkbox', { name: NAME }).waitFor();
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
	await follow(page, page.getByRole('link', { name: NAME, exact: true }));
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
test('another choice of agents begins at its own first page', async () => {
	const who = page.getByRole('region', { name: 'Agents' });
	const paged = /\/roots\/[^/]+\/agents\?/;
	await page.route(paged, async (r) => { // as if there were more than one page of each
		const url = new URL(r.request().url());
		url.searchParams.delete('page_token');
		const answer = await r.fetch({ url: url.href });
		await r.fulfill({ response: answer, json: { ...await answer.json(), next_page_token: 'more' } });
	});
	const asked = (/** @type {RegExp} */ what) => page.waitForRequest((/** @type {any} */ r) => paged.test(r.url()) && what.test(r.url()));
	await who.getByRole('button', { name: '2 held' }).click();
	await Promise.all([asked(/standing=held.*page_token=more/), who.getByRole('button', { name: 'Next page' }).click()]);
	await who.getByText('page 2').waitFor();
	await Promise.all([asked(/standing=missing(?!.*page_token)/), who.getByRole('button', { name: '1 missing' }).click()]);
	await who.getByText('1 agent', { exact: true }).waitFor();
	await page.unroute(paged);
});
test('the policy says who would be helped, and is undone for one agent alone', async () => {
	await go(page, 'Required roots');
	const card = page.getByRole('region', { name: 'Policy' });
	await card.getByText('1 agent would be helped').waitFor();
	await look('policy');
	const last = agents.find((a) => !a.trusts('Root').length);
	await follow(page, card.getByRole('link', { name: `who lacks ${NAME}` }));
	const who = page.getByRole('region', { name: 'Agents' });
	await who.getByRole('row', { name: /Missing.*Its policy keeps it/ }).waitFor();
	assert.match(await who.getByRole('table').getByRole('link').getAttribute('href'), new RegExp(last.id));
	await who.getByRole('combobox').selectOption('off');
	await who.getByText('No agent is “missing” and kept by the policy “Off”.').waitFor();
	await who.getByRole('button', { name: 'Show all agents' }).click();
	await who.getByText('3 agents', { exact: true }).waitFor();
	assert.ok(!page.url().includes('policy'));
	const wrong = join(last.folder, 'trust', 'CA', `${sha256}.cer`);
	writeFileSync(wrong, der('release.pem'));
	last.nudge();
	await who.getByRole('row', { name: /Misplaced.*Its policy keeps it/ }).waitFor();
	rmSync(wrong);
	last.nudge();
	await who.getByRole('button', { name: '1 missing' }).waitFor();
	await open(page, box, `#/agents/${last.id}`);
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
	writeFileSync(join(folder, `${sha256}.cer`), der('release.pem'));
	agents[0].nudge();
	await bar(`Agents with ${NAME}: 2 held, 1 distrusted`).waitFor();
	assert.equal(await page.getByText('Everything is here').count(), 0);
	await follow(page, page.getByRole('link', { name: `who distrusts ${NAME}` }));
	const list = page.getByRole('region', { name: 'Agents' }).getByRole('table');
	await list.getByRole('row', { name: /Distrusted.*take it out of that folder by hand/ }).waitFor();
	assert.equal(await list.getByRole('row').count(), 2, 'these alone');
	await open(page, box, `#/agents/${agents[0].id}`);
	const roots = page.getByRole('region', { name: 'Required roots' });
	await roots.getByRole('row', { name: /Release Root.*Distrusted.*take it out of that folder by hand/ }).waitFor();
	await look('distrusted');
	assert.equal(await roots.getByRole('button', { name: 'Deploy what is missing' }).count(), 0);
});
test('a deployment to all brings the file to every agent, and promises nothing of another choice', async () => {
	const name = 'Second Release Root', digest = root('second.pem', name);
	for (const a of agents) ask('PUT', `/agents/${a.id}/root-policy`, { policy: 'not_configured' });
	ask('POST', '/roots', { name, store: 'Root', sha256: digest });
	box.cli('cert', 'import', join(box.state, 'second.pem'), '--store', 'Root');
	await go(page, 'Required roots');
	await bar(`Agents with ${name}: 3 missing`).waitFor();
	await page.getByRole('button', { name: 'Deploy', exact: true }).click();
	await dialog().getByRole('checkbox', { name }).waitFor();
	assert.ok(!await dialog().getByRole('checkbox', { name: NAME }).isChecked(), 'nobody lacks the first');
	await dialog().getByRole('radio', { name: /Only agents that I choose/ }).check();
	const some = dialog().getByRole('region', { name: 'Agents to choose from' }).getByRole('checkbox');
	await some.nth(2).waitFor();
	await some.first().check();
	await dialog().getByRole('button', { name: 'Deploy to 1 agent' }).waitFor();
	hold = /deploy\?dry_run/;
	await some.nth(1).check();
	assert.ok(await dialog().getByRole('button', { name: 'Deploy', exact: true }).isDisabled());
	release();
	await dialog().getByRole('button', { name: 'Deploy to 2 agents' }).waitFor();
	await dialog().getByRole('radio', { name: /Every agent that lacks/ }).check();
	await look('deploy-all');
	await dialog().getByRole('button', { name: 'Deploy to 3 agents' }).click();
	await page.getByRole('region', { name: 'The deployment' }).getByText('3 agents of 3 have confirmed it').waitFor();
	await bar(`Agents with ${name}: 3 held`).waitFor();
	for (const a of agents) assert.ok(a.trusts('Root').includes(`${digest}.cer`), a.id);
});
test('who did not take a deployment is one click away, with the reason', async () => {
	const name = 'Third Release Root', digest = root('third.pem', name);
	ask('POST', '/roots', { name, store: 'Root', sha256: digest });
	box.cli('cert', 'import', join(box.state, 'third.pem'), '--store', 'Root');
	await bar(`Agents with ${name}: 3 missing`).waitFor();
	writeFileSync(join(agents[0].folder, 'trust', 'Disallowed', `${digest}.cer`), der('third.pem')); // not reported yet
	await page.getByRole('button', { name: `Deploy ${name}` }).click();
	await dialog().getByRole('button', { name: 'Deploy to 3 agents' }).click();
	const report = page.getByRole('region', { name: 'The deployment' });
	await report.getByText('1 agent did not take it').waitFor();
	await report.getByText('1 failed', { exact: true }).waitFor();
	await look('failed');
	await follow(page, report.getByRole('link', { name: 'See why' }));
	const list = page.getByRole('table', { name: 'Agents: failed' });
	await list.getByRole('row', { name: /root\.distrusted 0 installed, 0 held before, 1 failed: it is in Disallowed here/ }).waitFor();
	assert.match(await list.getByRole('link').getAttribute('href'), new RegExp(agents[0].id));
	await look('rollout');
});
test('nothing went wrong on the page', () => page.noFaults());
