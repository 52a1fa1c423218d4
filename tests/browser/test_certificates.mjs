// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// timeout-seconds: 600
// Import, look, export, move, remove, bring back, request: each from start to proof, with the mistakes people make.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { browser } from './lib/browser.mjs';
import { pki, readPki, startConsole } from './lib/console.mjs';
import { follow, go, newPerson, open, setUp } from './lib/person.mjs';
import { steps } from './lib/steps.mjs';

let chrome, box, page;
const test = steps(() => page);
before(async () => {
	chrome = await browser();
	box = await startConsole();
	page = await newPerson(chrome);
	await setUp(page, box);
});
after(async () => {
	await chrome?.close();
	await box?.end();
});
const dialog = () => page.getByRole('dialog').last();
const pick = (name) => dialog().locator('input[type=file]').setInputFiles(pki(name));
const openImport = async () => {
	await go(page, 'Certificates');
	await page.getByRole('button', { name: 'Import', exact: true }).click();
};

const focused = (label) => page.waitForFunction((l) => document.activeElement?.labels?.[0]?.textContent === l, label);

test('the password of a PFX is asked in the same dialog, and a wrong one is named', async () => {
	await openImport();
	await pick('server.pfx');
	await dialog().getByText('This file is under a password').waitFor();
	await focused('Password of the file');
	await dialog().getByLabel('Password of the file', { exact: true }).fill('wrong');
	await dialog().getByRole('button', { name: 'Open the file' }).click();
	await dialog().getByText('That password does not open the file').waitFor();
	await dialog().getByText('pfx.wrong_password').waitFor();
	await focused('Password of the file');
});
test('the preview says what would go where, and nothing is there before', async () => {
	await dialog().getByLabel('Password of the file', { exact: true }).fill('certbinder');
	await dialog().getByRole('button', { name: 'Open the file' }).click();
	const preview = dialog().getByRole('region', { name: 'Preview' });
	await preview.getByText('console.test').waitFor();
	await preview.getByText('Personal').waitFor();
	await preview.getByText('Intermediate Authorities').waitFor();
	assert.ok(!box.cli('cert', 'list', '--store', 'My', '--json').includes(box.thumb('server')));
});
test('the import is done, found and not exportable', async () => {
	await dialog().getByRole('button', { name: /^Import \d/ }).click();
	await page.getByText(/imported/).waitFor();
	await follow(page, page.getByRole('link', { name: 'server', exact: true }));
	await page.getByRole('heading', { name: 'server', level: 1 }).waitFor();
	await page.getByText('cannot leave').waitFor();
	await page.getByRole('button', { name: 'Export' }).click();
	assert.ok(await dialog().getByRole('radio', { name: /PFX/ }).isDisabled());
	await dialog().getByRole('button', { name: 'Cancel' }).click();
});
test('the chain is shown with each link, incomplete as long as the root is missing', async () => {
	await page.getByRole('tab', { name: 'Chain' }).click();
	await page.getByText('Here the chain breaks off').waitFor();
});
test('a root by pasted PEM goes into Root only with the tick', async () => {
	await openImport();
	await dialog().getByRole('button', { name: 'Paste PEM text' }).click();
	await dialog().getByLabel('PEM text', { exact: true }).fill(readPki('root.crt'));
	await dialog().getByRole('button', { name: 'Use this text' }).click();
	await dialog().getByText('Left out').waitFor();
	await dialog().getByLabel('Trust the roots in this file', { exact: true }).check();
	await dialog().getByRole('region', { name: 'Preview' }).getByText('Trusted Root Authorities').waitFor();
	await dialog().getByRole('button', { name: 'Import 1 certificate' }).click();
	await page.getByText(/Console Test Root.* imported/).waitFor();
});
test('an intermediate is not let into Root without the consequence being said, and the cure is one click', async () => {
	await openImport();
	await pick('other-root.crt');
	await dialog().getByLabel('Into which store', { exact: true }).selectOption('Root');
	await dialog().getByRole('region', { name: 'Preview' }).getByText('Trusted Root Authorities').waitFor();
	await dialog().getByRole('button', { name: 'Take another' }).click();
	await pick('too-long-ca.crt');
	await dialog().getByText('This does not belong into Trusted Root').waitFor();
	await dialog().getByRole('button', { name: 'Put it into Intermediate Authorities' }).click();
	await dialog().getByRole('region', { name: 'Preview' }).getByText('Intermediate Authorities').waitFor();
	await dialog().getByRole('button', { name: 'Cancel' }).click();
});
test('what is here already is said to be, and imported again without harm', async () => {
	await openImport();
	await pick('root.crt');
	await dialog().getByText('All of this is here already').waitFor();
	await dialog().getByRole('button', { name: 'Import 1 certificate' }).click();
	await page.getByText('All of it was here already').waitFor();
});
test('certificate and key in two PEM files are taken together', async () => {
	await openImport();
	await dialog().locator('input[type=file]').setInputFiles([pki('server-rsa.crt'), pki('server-rsa.key')]);
	await dialog().getByText('server-rsa.crt + server-rsa.key').waitFor();
	await dialog().getByRole('region', { name: 'Preview' }).getByText('with its key').waitFor();
	await dialog().getByRole('button', { name: 'Cancel' }).click();
});
test('of other files one is taken at a time, and text that is no PEM is called so', async () => {
	await openImport();
	await dialog().locator('input[type=file]').setInputFiles([pki('server.pfx'), pki('server-rsa.pfx')]);
	await dialog().getByText('2 files at once').waitFor();
	await dialog().getByRole('button', { name: 'Paste PEM text' }).click();
	await dialog().getByLabel('PEM text', { exact: true }).fill('the certificate, please');
	await dialog().getByText('This is no PEM text').waitFor();
	await dialog().getByRole('button', { name: 'Cancel' }).click();
});
test('a file dropped beside the place for it does not open instead of the console', async () => {
	await openImport();
	assert.deepEqual(await dialog().evaluate((d) => {
		const dataTransfer = new DataTransfer();
		dataTransfer.items.add(new File(['x'], 'x.crt'));
		return ['dragover', 'drop'].map((k) => !d.querySelector('header').dispatchEvent(new DragEvent(k, { dataTransfer, bubbles: true, cancelable: true })));
	}), [true, true]);
	await dialog().getByRole('button', { name: 'Cancel' }).click();
});
test('what is no certificate is refused with a reason, and the dialog stays', async () => {
	await openImport();
	await dialog().locator('input[type=file]').setInputFiles({ name: 'holiday.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no certificate at all') });
	await dialog().getByRole('alert').first().waitFor();
	assert.ok(await dialog().isVisible());
	await dialog().getByRole('button', { name: 'Cancel' }).click();
});
test('a foreign key beside a certificate is refused', async () => {
	const mixed = `${readPki('server-next.crt')}\n${readPki('client-rsa.key')}`;
	await openImport();
	await dialog().locator('input[type=file]').setInputFiles({ name: 'mixed.pem', mimeType: 'text/plain', buffer: Buffer.from(mixed) });
	await dialog().getByText('key.mismatch').waitFor();
	await dialog().getByRole('button', { name: 'Cancel' }).click();
});
test('a certificate with hostile text in its name stays text', async () => {
	const dir = box.state;
	const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(dir, 'h.key'), '-out', join(dir, 'h.crt'), '-days', '30', '-subj', '/CN=<img src=x onerror=document.title=1>'], { encoding: 'utf8' });
	assert.equal(made.status, 0, made.stderr);
	await openImport();
	await dialog().locator('input[type=file]').setInputFiles(join(dir, 'h.crt'));
	await dialog().getByLabel('Into which store', { exact: true }).selectOption('TrustedPeople');
	await dialog().getByRole('button', { name: 'Import 1 certificate' }).click();
	await page.getByRole('link', { name: /<img src=x/ }).first().waitFor();
	assert.notEqual(await page.title(), '1');
});
test('an export of the chain as PEM is read back by openssl', async () => {
	await page.getByLabel('Filter', { exact: true }).fill(box.thumb('server'));
	await follow(page, page.getByRole('link', { name: 'server', exact: true }));
	await page.getByRole('button', { name: 'Export' }).click();
	await dialog().getByRole('radio', { name: /PEM/ }).check();
	const [download] = await Promise.all([page.waitForEvent('download'), dialog().getByRole('button', { name: 'Export' }).click()]);
	const text = readFileSync(await download.path(), 'utf8');
	assert.equal(text.match(/BEGIN CERTIFICATE/g).length, 2);
	assert.equal(spawnSync('openssl', ['x509', '-noout', '-fingerprint', '-sha1'], { input: text, encoding: 'utf8' }).stdout.replace(/.*=|[:\s]/g, ''), box.thumb('server'));
});
test('the filter outlives the way back and a reload', async () => {
	await open(page, box, '#/certificates');
	await page.getByLabel('Filter', { exact: true }).fill(box.thumb('server'));
	await page.getByText('1 certificate', { exact: true }).waitFor();
	await follow(page, page.getByRole('link', { name: 'server', exact: true }));
	await page.getByRole('heading', { name: 'Fingerprints' }).waitFor();
	await page.goBack();
	await page.getByText('1 certificate', { exact: true }).waitFor();
	assert.equal(await page.getByLabel('Filter', { exact: true }).inputValue(), box.thumb('server'));
	await page.reload();
	await page.getByText('1 certificate', { exact: true }).waitFor();
	await open(page, box, '#/certificates?expiry=1');
	await page.getByText('Nothing matches').waitFor();
	await page.goBack();
	await page.getByText('1 certificate', { exact: true }).waitFor();
	await follow(page, page.getByRole('link', { name: 'server', exact: true }));
});
test('moving can be undone', async () => {
	await page.getByRole('button', { name: 'Move', exact: true }).click();
	await dialog().getByLabel('To', { exact: true }).selectOption('WebHosting');
	await dialog().getByRole('button', { name: 'Move', exact: true }).click();
	await page.getByText('Moved to Web Hosting').waitFor();
	assert.ok(box.cli('cert', 'list', '--store', 'WebHosting', '--json').includes(box.thumb('server')));
	await page.getByRole('button', { name: 'Undo' }).click();
	const back = () => box.cli('cert', 'list', '--store', 'My', '--json').includes(box.thumb('server'));
	for (const end = Date.now() + 90000; !back() && Date.now() < end;) await new Promise((r) => setTimeout(r, 100));
	assert.ok(back());
});
test('what is bound cannot be removed, and the dialog says where it is used', async () => {
	await open(page, box, '#/certificates');
	await page.getByLabel('Filter', { exact: true }).fill(box.served());
	await page.getByText('1 certificate', { exact: true }).waitFor();
	await follow(page, page.getByRole('row').nth(1).getByRole('link').first());
	await page.getByRole('button', { name: 'Remove' }).click();
	await dialog().getByText('It is in use and cannot be removed').waitFor();
	assert.ok(await dialog().getByRole('button', { name: 'Remove', exact: true }).isDisabled());
	await dialog().getByRole('button', { name: 'Cancel' }).click();
});
test('what is removed lies in the bin and comes back', async () => {
	await open(page, box, '#/certificates');
	await page.getByLabel('Filter', { exact: true }).fill(box.thumb('server'));
	await follow(page, page.getByRole('link', { name: 'server', exact: true }));
	await page.getByRole('button', { name: 'Remove', exact: true }).click();
	await dialog().getByText('Nothing relies on it').waitFor();
	await dialog().getByRole('button', { name: 'Remove', exact: true }).click();
	await page.getByText('is removed').waitFor();
	await open(page, box, '#/certificates?deleted=1');
	await page.getByRole('row', { name: /server console.test/ }).getByRole('button', { name: 'Bring back' }).click();
	await page.getByText('is back').waitFor();
	assert.ok(box.cli('cert', 'list', '--store', 'My', '--json').includes(box.thumb('server')));
});
test('a web address is no name in a request', async () => {
	await go(page, 'Requests');
	await page.getByRole('button', { name: 'New request' }).first().click();
	await dialog().getByLabel('Names and addresses', { exact: true }).fill('https://new.console.test/');
	await dialog().getByText('not a web address').waitFor();
	assert.ok(await dialog().getByRole('button', { name: 'Make the request' }).isDisabled());
});
test('a request is made, signed by the authority, and the certificate finds it', async () => {
	await dialog().getByLabel('Names and addresses', { exact: true }).fill('new.console.test\n127.0.0.1');
	await dialog().getByRole('button', { name: 'Make the request' }).click();
	await page.getByRole('heading', { name: 'The request is ready' }).waitFor();
	const csr = box.file('new.csr', await page.getByLabel('Request', { exact: true }).textContent());
	const ext = box.file('new.ext', 'subjectAltName=DNS:new.console.test,IP:127.0.0.1\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n');
	const out = join(box.state, 'new.crt');
	const signed = spawnSync('openssl', ['x509', '-req', '-in', csr, '-CA', pki('intermediate.crt'), '-CAkey', pki('intermediate.key'), '-days', '90', '-extfile', ext, '-out', out], { encoding: 'utf8' });
	assert.equal(signed.status, 0, signed.stderr);
	await dialog().getByRole('button', { name: 'Done' }).click();
	await page.getByText('Waits for the authority').waitFor();
	await page.getByRole('button', { name: 'Hand in a signed one' }).first().click();
	await dialog().locator('input[type=file]').setInputFiles(pki('server-rsa.crt'));
	await dialog().getByRole('button', { name: 'Complete the request' }).click();
	await dialog().getByRole('alert').first().waitFor();
	await dialog().getByRole('button', { name: 'Take another' }).click();
	await dialog().locator('input[type=file]').setInputFiles(out);
	await dialog().getByRole('button', { name: 'Complete the request' }).click();
	await page.getByRole('heading', { name: 'new.console.test', level: 1 }).waitFor();
	await page.getByText('Private key', { exact: true }).waitFor();
});
test('the audit trail tells of it, with a chain that holds', async () => {
	await go(page, 'Activity');
	await page.getByText(/imported/).first().waitFor();
	await page.getByRole('button', { name: 'Verify the chain' }).click();
	await page.getByText('The trail is whole').waitFor();
});
test('nothing went wrong behind the scenes', () => page.noFaults());
