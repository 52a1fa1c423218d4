// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// timeout-seconds: 600
// Refusals with their root cause, cured and undone by one click; evidence of an IIS server; login by certificate.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before } from 'node:test';
import { browser } from './lib/browser.mjs';
import { personWith, readyForClients, statusFor } from './lib/clients.mjs';
import { pki, rest, startConsole } from './lib/console.mjs';
import { follow, go, newPerson, setUp } from './lib/person.mjs';
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
const withCertificate = (name) => personWith(chrome, box, name);

test('a refusal names its root cause with what shows it', async () => {
	box.cli('cert', 'import', '--store', 'Root', pki('too-long-ca.crt'), '--yes');
	assert.equal(client('client'), '403');
	await go(page, 'Refusals');
	await page.getByText('403.16', { exact: true }).first().waitFor();
	await follow(page, page.getByRole('table', { name: 'Refusals' }).getByRole('link').first());
	const cause = page.getByRole('region', { name: 'Root cause' });
	await cause.getByText('Root holds certificates that are not self-signed').waitFor();
	await cause.getByText(/1 of 2 members of Root/).waitFor();
});
test('one click cures it, undo brings it back', async () => {
	await page.getByRole('button', { name: 'Do it' }).first().click();
	await page.getByText('passes now', { exact: true }).waitFor();
	assert.equal(client('client'), '200');
	await page.getByRole('button', { name: 'Undo' }).click();
	await page.getByRole('button', { name: 'Do it' }).first().waitFor();
	assert.equal(client('client'), '403');
	await page.getByRole('button', { name: 'Do it' }).first().click();
	await page.getByText('passes now', { exact: true }).waitFor();
	assert.equal(client('client'), '200');
});
test('a record is judged in what-if', async () => {
	await follow(page, page.getByRole('link', { name: 'What if …' }));
	await page.getByRole('heading', { name: 'What if', level: 1 }).waitFor();
	await page.getByRole('button', { name: 'Judge' }).click();
	await page.getByRole('region', { name: 'Mode 0: Machine trust' }).getByText('Accepted').waitFor();
});
test('a root that a client sent is trusted by an administrator’s own word alone', async () => {
	assert.equal(client('other-client'), '403');
	await go(page, 'Refusals');
	await follow(page, page.getByRole('link', { name: 'Olga Agent' }).first());
	await page.getByRole('region', { name: 'Root cause' }).getByText(/./).first().waitFor();
	assert.equal(await page.getByRole('button', { name: 'Do it' }).count(), 0);
});
test('the evidence of an IIS server is read, counted and explained', async () => {
	const at = '2026-03-17 00:00:0';
	const line = (/** @type {number} */ n, /** @type {string} */ status) => `${at}${n} 10.0.0.1 GET / - 443 - 10.0.0.9 Agent - ${status} 15\r\n`;
	writeFileSync(`${box.state}/u_ex260317.log`, `#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\r\n${line(1, '200 0 0')}${line(2, '403 16 2148204809')}${line(3, '403 16 2148204809')}${line(4, '403 7 5')}nonsense\r\n`);
	writeFileSync(`${box.state}/schannel.reg`, Buffer.from('\ufeffWindows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL]\r\n"SendTrustedIssuerList"=dword:00000001\r\n', 'utf16le'));
	const before = ask('GET', '/certificates').total;
	await go(page, 'IIS evidence');
	await page.getByLabel('Log of IIS', { exact: true }).setInputFiles(`${box.state}/u_ex260317.log`);
	await page.getByLabel('Registry export', { exact: true }).setInputFiles(`${box.state}/schannel.reg`);
	for (const name of ['root.crt', 'intermediate.crt']) {
		await page.getByLabel('Certificate file', { exact: true }).setInputFiles(pki(name));
		await page.getByRole('list', { name: 'Certificate files' }).getByText(name).waitFor();
	}
	await page.getByRole('button', { name: 'Look at it' }).click();
	const refused = page.getByRole('region', { name: '403.16, 2 times' });
	await refused.getByText('Root holds certificates that are not self-signed').waitFor();
	await refused.getByText('Shown', { exact: true }).first().waitFor();
	await page.getByText(/1 line did not fit/).waitFor();
	await page.getByText(/from Root, .*, sent/).waitFor();
	assert.equal(ask('GET', '/certificates').total, before);
});
test('a client certificate is mapped to an account', async () => {
	ask('POST', '/accounts', { user: 'carla', role: 'operator', password: 'a password of hers' });
	await go(page, 'Accounts and tokens');
	await page.getByRole('button', { name: 'Client certificates of carla' }).click();
	await dialog().getByLabel('Client certificate', { exact: true }).setInputFiles(pki('client.crt'));
	await dialog().getByRole('button', { name: 'Map the certificate' }).click();
	await dialog().getByRole('list', { name: 'Mapped certificates' }).getByText('This certificate').waitFor();
	await dialog().getByRole('button', { name: 'Done' }).click();
});
test('who shows it is offered to log in, and gets in without a password', async () => {
	const carla = await withCertificate('client');
	await carla.goto(box.url);
	await carla.getByText('Your certificate stands for carla').waitFor();
	await carla.getByRole('button', { name: 'Log in as carla' }).click();
	await carla.getByRole('heading', { name: 'Dashboard' }).waitFor();
	await carla.context().close();
});
test('who is mapped to nobody is told so, and who is denied is turned away', async () => {
	const nobody = await withCertificate('client-rsa');
	await nobody.goto(box.url);
	await nobody.getByText(/mapped to no account here/).waitFor();
	await nobody.context().close();
	const id = ask('GET', '/accounts/carla/certificates').items[0].id;
	box.cli('account', 'unmap', 'carla', id, '--yes');
	box.cli('account', 'map', 'carla', pki('client.crt'), '--access', 'deny');
	const denied = await withCertificate('client');
	await denied.goto(box.url);
	await denied.getByText(/access denied/).first().waitFor();
	await denied.context().close();
	await go(page, 'Refusals');
	await page.getByLabel('Sub-status').selectOption('12');
	await page.getByText('403.12', { exact: true }).first().waitFor();
});
test('nothing went wrong behind the scenes', () => page.noFaults());
