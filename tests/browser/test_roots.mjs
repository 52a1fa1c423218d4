// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// timeout-seconds: 600
// Required roots: the catalogue, an import with its mistakes, an entry that is known by name only.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { sound } from './lib/axe.mjs';
import { browser } from './lib/browser.mjs';
import { PASSWORD, pki, rest, startConsole } from './lib/console.mjs';
import { follow, go, logIn, newPerson, open, setUp } from './lib/person.mjs';
import { steps } from './lib/steps.mjs';

const AZURE = 'Microsoft Identity Verification Root Certificate Authority 2020';
let chrome, box, page, ask;
const made = (/** @type {string} */ name) => join(box.state, name);
const test = steps(() => page);
const look = (/** @type {string} */ name) => sound(page, process.env.CERTBINDER_SHOTS && `${process.env.CERTBINDER_SHOTS}/${name}`);
before(async () => {
	chrome = await browser();
	box = await startConsole();
	for (const [file, subject] of [['azure', `/O=Somebody/CN=${AZURE}`], ...['Folder Root', 'Zip Root', 'Bundle Root'].map((name) => [name, `/CN=${name}`])])
		execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', made('k'), '-out', made(`${file}.pem`), '-subj', subject, '-days', '3000', '-addext', 'basicConstraints=critical,CA:true'], { stdio: 'ignore' });
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
/** The wizard up to its second step. @param {...string} paths */
const give = async (...paths) => {
	const back = dialog().getByRole('button', { name: 'Back' });
	if (await back.isVisible()) await back.click();
	const others = dialog().getByRole('button', { name: 'Take others' });
	if (await others.isVisible()) await others.click();
	await dialog().getByLabel('Certificates', { exact: true }).setInputFiles(paths);
};
const next = () => dialog().getByRole('button', { name: 'Next' }).click();
const close = () => dialog().getByRole('button', { name: 'Close' }).last().click();
/** The row's one next step. @param {string} name */
const openEntry = async (name) => {
	await follow(page, page.getByRole('table', { name: 'Required certificates' }).getByRole('link', { name, exact: true }));
	await page.getByRole('heading', { name, level: 1 }).waitFor();
};
const toCatalogue = () => go(page, 'Required roots');
const entry = (/** @type {string} */ name) => ask('GET', '/roots').items.find((e) => e.name === name);

test('the catalogue says what is missing and what nobody has confirmed', async () => {
	await page.getByText('2 certificates are not as needed on this server').waitFor();
	await row(/VeriSign Class 3 Public Primary.*Missing/).waitFor();
	await row(new RegExp(`${AZURE}.*Unconfirmed`)).waitFor();
	await page.getByRole('table', { name: 'Required certificates' }).getByText('no agents yet').first().waitFor();
	assert.ok(await page.getByRole('button', { name: 'Deploy', exact: true }).isDisabled(), 'to whom?');
});
test('what is not in the catalogue does not come in, and the reason is said', async () => {
	await page.getByRole('button', { name: 'Import', exact: true }).first().click();
	await give(pki('root.crt'));
	await dialog().getByText('1 certificate found, 0 of them wanted by the catalogue.').waitFor();
	await next();
	await dialog().getByText('the catalogue does not name it').waitFor();
	assert.ok(await dialog().getByRole('button', { name: 'Import', exact: true }).isDisabled());
});
test('the wizard says why not all go into Trusted Root', async () => {
	const all = dialog().getByRole('radio', { name: /All into Trusted Root/ });
	assert.ok(await all.isDisabled());
	await dialog().getByText(/A single intermediate in Trusted Root .* 403\.16/).waitFor();
	assert.ok(await dialog().getByRole('radio', { name: /Each where it belongs/ }).isChecked());
	await dialog().getByRole('listitem').filter({ hasText: 'Stores' }).and(page.locator('[aria-current=step]')).waitFor();
});
test('a file that is no certificate is refused where it was given', async () => {
	await give(made('db.sqlite'));
	await dialog().getByRole('alert').waitFor();
	assert.ok(await dialog().getByRole('button', { name: 'Next' }).isDisabled());
});
test('a look that found no answer is repeated by one click', async () => {
	await page.route('**/roots/import*', (/** @type {any} */ r) => r.fulfill({ status: 503, contentType: 'text/html', body: 'busy' }), { times: 1 });
	await give(made('azure.pem'));
	await dialog().getByRole('alert').getByRole('button', { name: 'Try again' }).click();
	await dialog().getByRole('alert').waitFor({ state: 'detached' });
	await page.waitForFunction(() => !document.querySelector('dialog footer button[type="submit"]').disabled);
});
test('an empty file, and one that is too large, are named before anything is sent', async () => {
	await dialog().getByRole('button', { name: 'Take others' }).click();
	for (const [name, size, why] of [['none.cer', 0, 'none.cer is empty'], ['huge.zip', (8 << 20) + 1, 'huge.zip has 8.0 MiB; at most 8.0 MiB are taken']]) {
		await dialog().getByLabel('Certificates', { exact: true }).setInputFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.alloc(size) });
		await dialog().getByRole('alert').getByText(why).waitFor();
	}
});
test('a certificate with the name of an unconfirmed entry needs a word of the administrator', async () => {
	await give(made('azure.pem'));
	await next();
	await dialog().getByText(/confirm that it is the one/).waitFor();
	await dialog().getByLabel('These are the ones that unconfirmed entries mean').check();
	await dialog().getByRole('button', { name: 'Import 1 certificate' }).click();
	await dialog().getByText('The import was successful').waitFor();
	await close();
	await row(new RegExp(`${AZURE}.*Here`)).waitFor();
	const der = execFileSync('openssl', ['x509', '-in', made('azure.pem'), '-outform', 'DER']);
	assert.equal(entry(AZURE).sha256, createHash('sha256').update(der).digest('hex'));
});
test('a new entry is added, and of several files each goes where it belongs', async () => {
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
	await row(/Console Test Issuing CA.*Missing/).getByRole('button', { name: 'Import' }).click();
	await give(pki('intermediate.crt'), pki('root.crt'), pki('root.crt'));
	await dialog().getByText('2 certificates found, 1 of them wanted by the catalogue.').waitFor();
	await next();
	const preview = dialog().getByRole('region', { name: 'Preview' });
	await preview.getByRole('listitem').filter({ hasText: 'Console Test Issuing CA' }).getByText('Intermediate Authorities').waitFor();
	await preview.getByText('Left out: Console Test Root').waitFor();
	await look('wizard-stores');
	await dialog().getByRole('button', { name: 'Import 1 certificate' }).click();
	await dialog().getByText('1 certificate came in; 1 certificate stayed out.').waitFor();
	await look('wizard-done');
	await close();
	await row(/Console Test Issuing CA.*Here/).waitFor();
});
/** The wizard with what it was given: of one new certificate. @param {string} name @param {() => Promise<void>} given */
async function bring(name, given) {
	const der = Buffer.from(readFileSync(made(`${name}.pem`), 'latin1').replace(/-----[^-]+-----|\s/g, ''), 'base64');
	ask('POST', '/roots', { name, store: 'Root', sha256: createHash('sha256').update(der).digest('hex') });
	await row(new RegExp(`${name}.*Missing`)).getByRole('button', { name: 'Import' }).click();
	await given();
	await dialog().getByText('2 certificates found, 1 of them wanted by the catalogue.').waitFor();
	await next();
	const preview = dialog().getByRole('region', { name: 'Preview' });
	await preview.getByRole('listitem').filter({ hasText: `for “${name}”` }).getByText('Trusted Root Authorities').waitFor();
	await preview.getByText('Left out: Console Test Root').waitFor();
	await dialog().getByRole('button', { name: 'Import 1 certificate' }).click();
	await dialog().getByText('1 certificate came in; 1 certificate stayed out.').waitFor();
	await close();
	await row(new RegExp(`${name}.*Here`)).waitFor();
	assert.deepEqual(entry(name).certificate.stores, ['Root']);
}
test('a whole folder is given: what is no certificate in it is passed over', () => bring('Folder Root', async () => {
	const folder = made('folder');
	mkdirSync(join(folder, 'below'), { recursive: true });
	copyFileSync(made('Folder Root.pem'), join(folder, 'below', 'root.crt'));
	copyFileSync(pki('root.crt'), join(folder, 'another.cer'));
	writeFileSync(join(folder, 'readme.txt'), 'Install all of these into Trusted Root.');
	await dialog().getByLabel('Certificates: a folder').setInputFiles(folder);
	await dialog().getByText('2 files', { exact: true }).waitFor();
}));
test('a ZIP of certificates is given, and what else is in it is named and passed over', () => bring('Zip Root', async () => {
	writeFileSync(made('readme.txt'), 'Install all of these into Trusted Root.');
	execFileSync('python3', ['-m', 'zipfile', '-c', made('roots.zip'), made('Zip Root.pem'), pki('root.crt'), made('readme.txt')]);
	await give(made('roots.zip'));
	await dialog().getByText('Not named like certificates, and so skipped: readme.txt.').waitFor();
}));
test('a P7B is given', () => bring('Bundle Root', async () => {
	execFileSync('openssl', ['crl2pkcs7', '-nocrl', '-certfile', made('Bundle Root.pem'), '-certfile', pki('root.crt'), '-outform', 'DER', '-out', made('roots.p7b')]);
	await give(made('roots.p7b'));
}));
test('an entry that is known by name only is confirmed by choosing among the certificates of that name', async () => {
	ask('POST', '/roots', { name: 'Console Test Root', store: 'Root' });
	box.cli('cert', 'import', pki('root.crt'), '--store', 'Root');
	await row(/Console Test Root.*Unconfirmed/).getByRole('button', { name: 'Confirm' }).click();
	assert.ok(await dialog().getByRole('button', { name: 'This one' }).isDisabled());
	await look('confirm');
	await dialog().getByLabel(/Console Test Root/).check();
	await dialog().getByRole('button', { name: 'This one' }).click();
	await row(/Console Test Root.*Here/).waitFor();
});
test('an entry has a page with its fingerprints, and is changed there', async () => {
	await openEntry('Console Test Root');
	await page.getByRole('region', { name: 'The facts' }).getByText('Trusted Root Authorities', { exact: true }).waitFor();
	await page.getByRole('button', { name: 'Edit' }).click();
	await dialog().getByLabel('Needed for').fill('<img src=x onerror=alert(1)>');
	await dialog().getByRole('button', { name: 'Save' }).click();
	await page.getByRole('region', { name: 'The facts' }).getByText('<img src=x onerror=alert(1)>').waitFor();
	assert.equal(await page.locator('main img').count(), 0);
});
test('an entry is dropped after a question; the certificate stays', async () => {
	const { sha256 } = entry('Console Test Root');
	await page.getByRole('button', { name: 'Drop' }).click();
	await dialog().getByRole('button', { name: 'Drop', exact: true }).click();
	await page.getByRole('heading', { name: 'Required roots', level: 1 }).waitFor();
	await row(/VeriSign Class 3 Public Primary/).waitFor();
	assert.equal(await row(/Console Test Root/).count(), 0);
	assert.deepEqual(ask('GET', `/certificates/${sha256}`).stores, ['Root']);
});
test('an address of no entry says so', async () => {
	await open(page, box, '#/roots/999999');
	await page.getByText('No such entry').waitFor();
	await toCatalogue();
});
test('the policy is changed for all agents, and taken back', async () => {
	const card = page.getByRole('region', { name: 'Policy' });
	await card.getByText('Not configured', { exact: true }).waitFor();
	await card.getByRole('button', { name: 'Change the policy' }).click();
	await dialog().getByRole('radio', { name: /^On/ }).check();
	await dialog().getByRole('button', { name: 'Save' }).click();
	await card.getByText('On', { exact: true }).waitFor();
	assert.equal(ask('GET', '/roots/policy').policy, 'on');
	await page.getByRole('button', { name: 'Undo' }).click();
	await card.getByText('Not configured', { exact: true }).waitFor();
});
test('the policy is read from a registry file, and shown before it counts', async () => {
	const card = page.getByRole('region', { name: 'Policy' });
	const reg = made('policy.reg');
	writeFileSync(reg, Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\SystemCertificates\\AuthRoot]\r\n"DisableRootAutoUpdate"=dword:00000001\r\n', 'utf16le')]));
	await card.getByRole('button', { name: 'Import a policy file' }).click();
	await dialog().getByLabel('Registry file').setInputFiles(made('azure.pem'));
	await dialog().getByText('The policy is not in this file').waitFor();
	await look('policy-refused');
	await dialog().getByRole('button', { name: 'Take another' }).click();
	await dialog().getByLabel('Registry file').setInputFiles(reg);
	await dialog().getByText('The file says: On').waitFor();
	assert.equal(ask('GET', '/roots/policy').policy, 'not_configured');
	await dialog().getByRole('button', { name: 'Set it to “On”' }).click();
	await card.getByText('On', { exact: true }).waitFor();
	assert.equal(ask('GET', '/roots/policy').policy, 'on');
});
/** A Registry.pol of one value. @param {string} key @param {string} name @param {number} value */
function registryPol(key, name, value) {
	const text = (/** @type {string} */ s) => Buffer.from(s, 'utf16le'), number = (/** @type {number} */ n) => { const b = Buffer.alloc(4); b.writeUInt32LE(n); return b; };
	return Buffer.concat([Buffer.from('PReg'), number(1), text(`[${key}\0;${name}\0;`), number(4), text(';'), number(4), text(';'), number(value), text(']')]);
}
test('the policy is read from the Registry.pol of a Group Policy', async () => {
	const card = page.getByRole('region', { name: 'Policy' }), pol = made('Registry.pol');
	writeFileSync(pol, registryPol('Software\\Policies\\Microsoft\\SystemCertificates\\AuthRoot', 'DisableRootAutoUpdate', 0));
	await card.getByRole('button', { name: 'Import a policy file' }).click();
	await dialog().getByLabel('Registry file').setInputFiles(pol);
	await dialog().getByText('The file says: Off').waitFor();
	assert.equal(ask('GET', '/roots/policy').policy, 'on');
	await dialog().getByRole('button', { name: 'Set it to “Off”' }).click();
	await card.getByText('Off', { exact: true }).waitFor();
	assert.equal(ask('GET', '/roots/policy').policy, 'off');
});
test('who may only look is offered nothing to change, and a link to an act says whom it takes', async () => {
	ask('POST', '/accounts', { user: 'vera', role: 'viewer', password: PASSWORD });
	ask('POST', '/accounts', { user: 'otto', role: 'operator', password: PASSWORD });
	for (const [user, links] of [['vera', ['roots?import=1', 'roots?policy=1', 'roots?deploy=1', 'updates?add=1', `roots/${entry(AZURE).id}?deploy=1`]], ['otto', ['roots?new=Root&name=X', `roots/${entry('UTN-USERFirst-Object').id}?deploy=1`]]]) {
		const p = await newPerson(chrome);
		await logIn(p, box, user);
		await p.getByRole('heading', { name: 'Dashboard' }).waitFor();
		for (const to of links) {
			await open(p, box, `#/${to}`);
			await p.getByText(/^This takes an (administrator|operator)$/).waitFor();
			assert.equal(await p.getByRole('dialog').count(), 0, to);
			const offered = await p.locator('main').getByRole('button', { name: /Import|New entry|Change|Drop|Edit|Confirm|Add a package/ }).allTextContents();
			assert.deepEqual(offered, [], to);
		}
		p.noFaults();
		await p.context().close();
	}
});
test('nothing went wrong on the page', () => page.noFaults());
