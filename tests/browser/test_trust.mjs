// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// timeout-seconds: 600
// Client trust: a refusal appears at once and is explained; what-if; a fault in the stores is cured and undone; CRLs.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { browser } from './lib/browser.mjs';
import { readyForClients, statusFor } from './lib/clients.mjs';
import { pki, rest, startConsole } from './lib/console.mjs';
import { follow, go, newPerson, open, setUp } from './lib/person.mjs';
import { steps } from './lib/steps.mjs';

let chrome, box, page, ask;
const test = steps(() => page);
before(async () => {
	chrome = await browser();
	box = await startConsole();
	page = await newPerson(chrome);
	await setUp(page, box);
	ask = rest(box);
	readyForClients(box);
});
after(async () => {
	await chrome?.close();
	await box?.end();
});
const dialog = () => page.getByRole('dialog').last();
const client = (name) => statusFor(box, name);

test('a client of a foreign authority is refused, and it appears without a reload', async () => {
	await go(page, 'Refusals');
	await page.getByText('Nobody was refused').waitFor();
	assert.equal(client('other-client'), '403');
	await page.getByRole('link', { name: 'Olga Agent' }).waitFor();
	await page.getByText('403.16', { exact: true }).first().waitFor();
});
test('the refusal is explained: reason, Windows’ code, paths with the store of each link, what helps', async () => {
	await follow(page, page.getByRole('link', { name: 'Olga Agent' }));
	await page.getByRole('heading', { name: 'Olga Agent', level: 1 }).waitFor();
	await page.getByText(/0x800B01(09|0A)/).first().waitFor();
	await page.getByRole('heading', { name: 'What helps' }).waitFor();
	await page.getByText('sent by the client').first().waitFor();
});
test('the same chain is judged under the three modes side by side', async () => {
	await page.getByRole('button', { name: 'Judge again, now' }).click();
	for (const mode of ['Mode 0: Machine trust', 'Mode 1: Exclusive root trust', 'Mode 2: Exclusive CA trust']) await page.getByRole('region', { name: mode }).getByText('403.16').first().waitFor();
});
test('what-if judges a certificate from a file, and changes nothing', async () => {
	await go(page, 'What if');
	await page.getByLabel('Client certificate', { exact: true }).setInputFiles(pki('client.chain.pem'));
	await page.getByRole('button', { name: 'Judge' }).click();
	await page.getByRole('region', { name: 'Mode 0: Machine trust' }).getByText('Accepted').waitFor();
});
test('what-if judges against a draft of the stores, which stay as they are', async () => {
	await page.getByLabel('Certificate', { exact: true }).selectOption({ index: 1 });
	await page.getByRole('button', { name: 'Add the step' }).click();
	await page.getByRole('list', { name: 'Draft' }).getByText('out of Trusted Root Authorities').waitFor();
	await page.getByRole('button', { name: 'Judge' }).click();
	const draft = page.getByRole('region', { name: 'With the draft' });
	await draft.getByRole('region', { name: 'Mode 0: Machine trust' }).getByText('403.16').first().waitFor();
	await page.getByRole('region', { name: 'With the stores as they are' }).getByRole('region', { name: 'Mode 0: Machine trust' }).getByText('Accepted').waitFor();
	assert.equal(client('client'), '200');
	await go(page, 'Client trust');
});
test('an intermediate in Root is found, with its consequence, cured in one click and brought back by undo', async () => {
	box.cli('cert', 'import', '--store', 'Root', pki('too-long-ca.crt'), '--yes');
	await page.getByText('Fault', { exact: true }).first().waitFor();
	await page.getByText(/403\.16/).first().waitFor();
	await page.getByRole('button', { name: 'Cure', exact: true }).first().click();
	await page.getByText('Nothing is wrong').waitFor();
	await page.getByRole('button', { name: 'Undo' }).click();
	await page.getByText('Fault', { exact: true }).first().waitFor();
	await page.getByRole('button', { name: 'Cure', exact: true }).first().click();
	await page.getByText('Nothing is wrong').waitFor();
});
test('the trust mode is changed with its consequence said, and returned before it is kept', async () => {
	await page.getByRole('button', { name: 'Change', exact: true }).click();
	await dialog().getByRole('radio', { name: /2: Exclusive CA trust/ }).check();
	await dialog().getByRole('button', { name: 'Change the mode' }).click();
	await page.getByText('Mode 2 is in force, but not kept yet').waitFor();
	assert.equal(ask('GET', '/trust/mode').mode, 2);
	await page.getByRole('timer').waitFor();
	await page.getByRole('button', { name: 'Return now' }).click();
	await page.getByText('Machine trust', { exact: true }).waitFor();
	assert.equal(ask('GET', '/trust/mode').mode, 0);
});
test('a trust mode is kept from the page', async () => {
	await page.getByRole('button', { name: 'Change', exact: true }).click();
	await dialog().getByRole('radio', { name: /1: Exclusive root trust/ }).check();
	await dialog().getByRole('button', { name: 'Change the mode' }).click();
	await page.getByRole('button', { name: 'Keep this mode' }).click();
	await page.getByText('The trust mode is kept').waitFor();
	assert.equal(ask('GET', '/trust/mode').change, null);
	assert.equal(ask('GET', '/trust/mode').mode, 1);
	ask('PUT', '/settings/trust_mode', { value: 0 });
});
test('the issuer list says whether its names are sent, and what TLS 1.3 cannot', async () => {
	await page.getByText('The names are not sent').waitFor();
	ask('PUT', '/settings/send_trusted_issuer_list', { value: true });
	await page.reload();
	await page.getByText(/in TLS 1.3 the TLS library cannot send them/).waitFor();
	ask('PUT', '/settings/send_trusted_issuer_list', { value: false });
});
test('revocation is set in the dialog of the binding: policy, cached lists only, freshness, usage', async () => {
	await open(page, box, '#/bindings/1');
	await page.getByRole('button', { name: 'Edit', exact: true }).click();
	await dialog().getByLabel('Revocation', { exact: true }).selectOption('last_good');
	await dialog().getByRole('checkbox', { name: 'Cached lists only' }).check();
	await dialog().getByRole('textbox', { name: 'Freshness time' }).fill('3600');
	await dialog().getByRole('checkbox', { name: 'Check the usage' }).uncheck();
	await dialog().getByRole('button', { name: 'Stage the change' }).click();
	await page.getByRole('heading', { name: 'A change is staged' }).waitFor();
	const { change } = ask('GET', '/bindings/1');
	const { after } = ask('GET', `/changes/${change.id}`);
	assert.deepEqual([after.revocation, after.revocation_cached_only, after.revocation_freshness_s, after.check_usage, after.cert_check_mode], ['last_good', true, 3600, false, 0x10006]);
	await page.getByRole('button', { name: 'Give it up' }).click();
	await page.getByText('The change was given up').waitFor();
});
test('a revocation list is imported, and what is none is refused', async () => {
	await go(page, 'Revocation lists');
	await page.getByRole('button', { name: 'Import a list' }).first().click();
	await dialog().locator('input[type=file]').setInputFiles(pki('server.crt'));
	await dialog().getByRole('button', { name: 'Import', exact: true }).click();
	await dialog().getByRole('alert').first().waitFor();
	await dialog().getByRole('button', { name: 'Take another' }).click();
	await dialog().locator('input[type=file]').setInputFiles(pki('intermediate.crl'));
	await dialog().getByRole('button', { name: 'Import', exact: true }).click();
	await page.getByRole('region', { name: 'Revocation lists' }).getByRole('row', { name: /Console Test Issuing CA/ }).waitFor();
	await page.getByRole('region', { name: 'Issuers' }).getByRole('row', { name: /Console Test Issuing CA/ }).getByText('Fresh').waitFor();
});
test('nothing went wrong behind the scenes', () => page.noFaults());
