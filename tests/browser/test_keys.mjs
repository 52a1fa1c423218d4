// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// timeout-seconds: 600
// Authentication keys: a new one with its backup, restore, import, leaked; with the mistakes people make.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { browser } from './lib/browser.mjs';
import { PASSWORD, rest, startConsole } from './lib/console.mjs';
import { go, logIn, newPerson, setUp } from './lib/person.mjs';
import { steps } from './lib/steps.mjs';

let chrome, box, page, ask, saved;
const test = steps(() => page);
before(async () => {
	chrome = await browser();
	box = await startConsole();
	page = await newPerson(chrome);
	await setUp(page, box);
	ask = rest(box);
	await go(page, 'Keys');
	await page.getByRole('region', { name: 'The current key' }).waitFor();
});
after(async () => {
	await chrome?.close();
	await box?.end();
});
const dialog = () => page.getByRole('dialog').last();
const now = () => ask('GET', '/authentication-keys').items.find((k) => k.current).sha256;
const give = async (first, second = first) => {
	await dialog().getByLabel(/^Password/).first().fill(first);
	await dialog().getByLabel('The same again', { exact: true }).fill(second);
};

test('OfcNTCer.dat is downloaded as the current certificate', async () => {
	const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'OfcNTCer.dat' }).first().click()]);
	assert.equal(download.suggestedFilename(), 'OfcNTCer.dat');
	assert.equal(createHash('sha256').update(readFileSync(await download.path())).digest('hex'), now());
});
test('a new key says what becomes of the agents, and needs a password for its backup', async () => {
	await page.getByRole('button', { name: 'New key' }).click();
	await dialog().getByRole('region', { name: 'Forecast' }).getByText(/No agent is registered/).waitFor();
	await give('long enough', 'but another');
	await dialog().getByText('The two are not the same').waitFor();
	assert.ok(await dialog().getByRole('button', { name: 'Make the new key' }).isDisabled());
	await give('short');
	assert.ok(await dialog().getByRole('button', { name: 'Make the new key' }).isDisabled());
});
test('with its backup written it is current, and the former one is kept', async () => {
	const old = now();
	await give('a password for the keys');
	await dialog().getByRole('button', { name: 'Make the new key' }).click();
	await page.getByText(/Publication [23] tells the agents/).waitFor();
	assert.notEqual(now(), old);
	assert.equal(readdirSync(join(box.state, 'AuthCertBackup')).length, 1);
	await page.getByRole('table', { name: 'Former keys' }).getByText('renewed').waitFor();
	await page.getByRole('table', { name: 'Publications' }).getByRole('row', { name: /^2/ }).waitFor();
});
test('a backup is downloaded', async () => {
	await page.getByRole('button', { name: 'Back up' }).click();
	await give('a password for the keys');
	const [download] = await Promise.all([page.waitForEvent('download'), dialog().getByRole('button', { name: 'Download the backup' }).click()]);
	saved = readFileSync(await download.path());
	assert.equal(saved.subarray(0, 2).toString(), 'PK');
});
test('a leaked key is replaced, and the reason is written down', async () => {
	await page.getByRole('button', { name: 'New key' }).click();
	await dialog().getByLabel('The present key has leaked', { exact: true }).check();
	await dialog().getByLabel('Write a backup first', { exact: true }).uncheck();
	await dialog().getByText('No backup', { exact: true }).waitFor();
	await dialog().getByRole('button', { name: 'Replace the leaked key' }).click();
	await page.getByText(/Publication [345] tells the agents/).waitFor();
	await page.getByRole('table', { name: 'Publications' }).getByText('had leaked').waitFor();
});
test('a wrong password of a backup is said where it was typed, and nothing changes', async () => {
	const old = now();
	const file = box.file('backup.zip', '');
	writeFileSync(file, saved);
	await page.getByRole('button', { name: 'Restore' }).click();
	await dialog().locator('input[type=file]').setInputFiles(file);
	await dialog().getByLabel('Password of the file', { exact: true }).fill('not this one');
	await dialog().getByRole('button', { name: 'Restore' }).click();
	await dialog().getByRole('alert').waitFor();
	assert.equal(now(), old);
});
test('with the right one the key of the backup is current again', async () => {
	const old = now();
	await dialog().getByLabel('Password of the file', { exact: true }).fill('a password for the keys');
	await dialog().getByRole('button', { name: 'Restore' }).click();
	await page.getByText('The keys are restored').waitFor();
	assert.notEqual(now(), old);
});
test('what is no backup is refused by its name', async () => {
	await page.getByRole('button', { name: 'Restore' }).click();
	await dialog().locator('input[type=file]').setInputFiles({ name: 'holiday.zip', mimeType: 'application/zip', buffer: Buffer.from('no zip at all') });
	await dialog().getByLabel('Password of the file', { exact: true }).fill('x');
	await dialog().getByRole('button', { name: 'Restore' }).click();
	await dialog().getByRole('alert').getByText(/zip\.|backup\./).first().waitFor();
	await dialog().getByRole('button', { name: 'Cancel' }).click();
});
test('a key made elsewhere is imported and current', async () => {
	const run = (...args) => assert.equal(spawnSync('openssl', args, { cwd: box.state }).status, 0, args.join(' '));
	run('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'k.pem', '-out', 'c.pem', '-days', '900', '-subj', '/CN=OfficeScan shared');
	run('pkcs12', '-export', '-inkey', 'k.pem', '-in', 'c.pem', '-out', 'shared.pfx', '-passout', 'pass:shared secret');
	await page.getByRole('button', { name: 'Import', exact: true }).click();
	await dialog().locator('input[type=file]').setInputFiles(join(box.state, 'shared.pfx'));
	await dialog().getByLabel('Password of the file', { exact: true }).fill('shared secret');
	await dialog().getByRole('button', { name: 'Import and use it' }).click();
	await page.getByRole('region', { name: 'The current key' }).getByText('OfficeScan shared').waitFor();
	assert.match(box.cli('key', 'list', '--json'), /OfficeScan shared/);
});
test('a key that the command line makes appears by itself', async () => {
	box.cli('key', 'rotate', '--yes', '--password-file', box.file('keys-password', 'a password for the keys'));
	await page.getByRole('table', { name: 'Former keys' }).getByText('OfficeScan shared').waitFor();
});
test('a viewer sees the keys and is offered nothing to change', async () => {
	ask('POST', '/accounts', { user: 'vera', role: 'viewer', password: PASSWORD });
	const p = await newPerson(chrome);
	await logIn(p, box, 'vera');
	await go(p, 'Keys');
	await p.getByRole('region', { name: 'The current key' }).waitFor();
	assert.equal(await p.getByRole('button', { name: /New key|Back up|Restore|Import/ }).count(), 0);
	p.noFaults();
});
test('nothing went wrong behind the scenes', () => page.noFaults());
