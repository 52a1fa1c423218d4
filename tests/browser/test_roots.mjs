// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// timeout-seconds: 240
// Required roots: the catalogue, an import with its mistakes, an entry that is known by name only.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { browser } from './lib/browser.mjs';
import { pki, rest, startConsole } from './lib/console.mjs';
import { go, newPerson, setUp } from './lib/person.mjs';
import { steps } from './lib/steps.mjs';

const AZURE = 'Microsoft Identity Verification Root Certificate Authority 2020';
let chrome, box, page, ask;
const test = steps(() => page);
before(async () => {
	chrome = await browser();
	box = await startConsole();
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(box.state, 'k'), '-out', join(box.state, 'azure.pem'), '-subj', `/O=Somebody/CN=${AZURE}`, '-days', '3000'], { stdio: 'ignore' });
	page = await newPerson(chrome);
	await setUp(page, box);
	ask = rest(box);
	await go(page, 'Required roots');
	await page.getByRole('table', { name: 'Required certificates' }).waitFor();
});
after(async () => {
	await chrome?.close();
	await box?.end();
});
const dialog = () => page.getByRole('dialog').last();
const row = (/** @type {string|RegExp} */ name) => page.getByRole('row', { name });
const give = async (/** @type {string} */ path) => {
	const other = dialog().getByRole('button', { name: 'Take another' });
	if (await other.isVisible()) await other.click();
	await dialog().locator('input[type=file]').setInputFiles(path);
};
const entry = (/** @type {string} */ name) => ask('GET', '/roots').items.find((e) => e.name === name);

test('the catalogue says what is missing and what nobody has confirmed', async () => {
	await page.getByText('2 certificates are not as needed').waitFor();
	await row(/VeriSign Class 3 Public Primary.*Missing/).waitFor();
	await row(new RegExp(`${AZURE}.*Unconfirmed`)).waitFor();
});
test('what is not in the catalogue does not come in, and the reason is said', async () => {
	await page.getByRole('button', { name: 'Import' }).click();
	await give(pki('root.crt'));
	await dialog().getByText('the catalogue does not name it').waitFor();
	assert.ok(await dialog().getByRole('button', { name: 'Import', exact: true }).isDisabled());
});
test('a file that is no certificate is refused where it was given', async () => {
	await give(join(box.state, 'db.sqlite'));
	await dialog().getByRole('alert').waitFor();
	assert.ok(await dialog().getByRole('button', { name: 'Import', exact: true }).isDisabled());
});
test('a certificate with the name of an unconfirmed entry needs a word of the administrator', async () => {
	await give(join(box.state, 'azure.pem'));
	await dialog().getByText(/confirm that it is the one/).waitFor();
	await dialog().getByLabel('These are the ones that unconfirmed entries mean').check();
	await dialog().getByRole('button', { name: 'Import 1 certificate' }).click();
	await row(new RegExp(`${AZURE}.*Here`)).waitFor();
	const der = execFileSync('openssl', ['x509', '-in', join(box.state, 'azure.pem'), '-outform', 'DER']);
	assert.equal(entry(AZURE).sha256, createHash('sha256').update(der).digest('hex'));
});
test('a new entry is added, and its certificate goes where it belongs', async () => {
	await page.getByRole('button', { name: 'New entry' }).click();
	await dialog().getByLabel('Name', { exact: true }).fill('Console Test Issuing CA');
	await dialog().getByLabel('SHA-256').fill('not hex');
	await dialog().getByText('64 hexadecimal digits, or nothing.').waitFor();
	assert.ok(await dialog().getByRole('button', { name: 'Add' }).isDisabled());
	const pem = readFileSync(pki('intermediate.crt'), 'latin1');
	const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
	await dialog().getByLabel('SHA-256').fill(createHash('sha256').update(der).digest('hex'));
	await dialog().getByLabel(/^Intermediate/).check();
	await dialog().getByRole('button', { name: 'Add' }).click();
	await row(/Console Test Issuing CA.*Missing/).waitFor();
	await page.getByRole('button', { name: 'Import' }).click();
	await give(pki('intermediate.crt'));
	await dialog().getByText('Intermediates go to Intermediate Authorities', { exact: true }).waitFor();
	await dialog().getByRole('button', { name: 'Import 1 certificate' }).click();
	await row(/Console Test Issuing CA.*Here/).waitFor();
});
test('an entry that is known by name only is confirmed by choosing among the certificates of that name', async () => {
	ask('POST', '/roots', { name: 'Console Test Root', store: 'Root' });
	box.cli('cert', 'import', pki('root.crt'), '--store', 'Root');
	await row(/Console Test Root.*Unconfirmed/).getByRole('button', { name: 'Confirm' }).click();
	assert.ok(await dialog().getByRole('button', { name: 'This one' }).isDisabled());
	await dialog().getByLabel(/Console Test Root/).check();
	await dialog().getByRole('button', { name: 'This one' }).click();
	await row(/Console Test Root.*Here/).waitFor();
});
test('an entry is dropped after a question; the certificate stays', async () => {
	const { sha256 } = entry('Console Test Root');
	await page.getByRole('button', { name: 'Drop Console Test Root' }).click();
	await dialog().getByRole('button', { name: 'Drop', exact: true }).click();
	await row(/Console Test Root/).waitFor({ state: 'detached' });
	assert.deepEqual(ask('GET', `/certificates/${sha256}`).stores, ['Root']);
});
test('nothing went wrong on the page', () => page.noFaults());
