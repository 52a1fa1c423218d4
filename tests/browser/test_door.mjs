// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// timeout-seconds: 600
// Set-up, login, logout, roles: by role and label, with the mistakes people make.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { browser } from './lib/browser.mjs';
import { PASSWORD, startConsole } from './lib/console.mjs';
import { go, logIn, newPerson, open, setUp } from './lib/person.mjs';
import { steps } from './lib/steps.mjs';

let chrome, box, page;
const test = steps(() => page);
before(async () => {
	chrome = await browser();
	box = await startConsole();
	page = await newPerson(chrome);
});
after(async () => {
	await chrome?.close();
	await box?.end();
});

test('a wrong set-up code is refused where it was typed, and nothing is lost', async () => {
	await page.goto(box.url);
	await page.getByLabel('Set-up code', { exact: true }).fill('0123456789abcdef0123456789abcdef');
	await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
	await page.getByLabel('Password again', { exact: true }).fill(PASSWORD);
	await page.getByRole('button', { name: 'Become the administrator' }).click();
	await page.getByRole('alert').waitFor();
	assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), PASSWORD);
});
test('a short password or one that differs cannot be sent', async () => {
	await page.getByLabel('Password', { exact: true }).fill('short');
	assert.ok(await page.getByRole('button', { name: 'Become the administrator' }).isDisabled());
	await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
	await page.getByLabel('Password again', { exact: true }).fill('another');
	await page.getByText('not the same').waitFor();
	assert.ok(await page.getByRole('button', { name: 'Become the administrator' }).isDisabled());
});
test('the right code makes the first administrator', async () => {
	await setUp(page, box);
	await page.getByRole('heading', { name: 'What is bound' }).waitFor();
	await page.getByText('Live', { exact: true }).waitFor();
});
test('the session cookie is not for scripts, and nothing is stored', async () => {
	assert.equal(await page.evaluate(() => document.cookie), '');
	assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0);
	const [cookie] = await page.context().cookies();
	assert.deepEqual([cookie.name.startsWith('__Host-'), cookie.httpOnly, cookie.secure, cookie.sameSite], [true, true, true, 'Strict']);
});
test('an account with a lesser role is made', async () => {
	await go(page, 'Accounts and tokens');
	await page.getByRole('button', { name: 'New account' }).click();
	const dialog = page.getByRole('dialog', { name: 'New account' });
	await dialog.getByLabel('Account name', { exact: true }).fill('vera');
	await dialog.getByRole('radio', { name: /Viewer/ }).check();
	await dialog.getByLabel('Password', { exact: true }).fill(PASSWORD);
	await dialog.getByRole('button', { name: 'Make the account' }).click();
	await page.getByRole('row', { name: /vera/ }).getByText('Viewer').waitFor();
});
test('a token is shown once, works, and is revoked', async () => {
	await page.getByRole('button', { name: 'New token' }).first().click();
	await page.getByLabel('Name', { exact: true }).fill('hook');
	await page.getByRole('button', { name: 'Make the token' }).click();
	const token = (await page.getByLabel('Token', { exact: true }).textContent()).trim();
	assert.match(token, /^cb_[A-Za-z0-9_-]{43}$/);
	const reply = await page.request.get(`${box.url}api/v1/session`, { headers: { Authorization: `Bearer ${token}` } });
	assert.equal(reply.status(), 200);
	await page.getByRole('button', { name: 'I have it' }).click();
	await page.getByRole('button', { name: 'Revoke hook' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
	await page.getByText('No tokens').waitFor();
	assert.equal((await page.request.get(`${box.url}api/v1/session`, { headers: { Authorization: `Bearer ${token}` } })).status(), 401);
});
test('logging out leads to the door', async () => {
	await page.getByLabel('Account admin', { exact: true }).click();
	await page.getByRole('button', { name: 'Log out' }).click();
	await page.getByText('You are logged out').waitFor();
});
test('a wrong password is said without telling which part is wrong', async () => {
	await logIn(page, box, 'admin', 'not the password at all');
	await page.getByRole('alert').getByText(/not right/).waitFor();
	assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), '');
});
test('a viewer sees everything and is offered nothing to change', async () => {
	await logIn(page, box, 'vera');
	await page.getByRole('heading', { name: 'Dashboard' }).waitFor();
	assert.equal(await page.getByRole('link', { name: 'Accounts and tokens' }).count(), 0);
	await go(page, 'Certificates');
	await page.getByRole('heading', { name: 'Certificates', level: 1 }).waitFor();
	assert.equal(await page.getByRole('button', { name: 'Import' }).count(), 0);
	await go(page, 'Bindings');
	await page.getByRole('table').waitFor();
	assert.equal(await page.getByRole('button', { name: 'Add a binding' }).count(), 0);
	const id = await page.getByRole('table').getByRole('link').first().getAttribute('href');
	for (const there of ['#/certificates?import=1', '#/bindings?add=1', `${id}?edit=1`, '#/access']) {
		await open(page, box, there);
		await page.getByText(/^This takes an (operator|administrator)$/).waitFor();
		assert.equal(await page.getByRole('dialog').count(), 0, there);
	}
});
test('the way back shuts a dialog that a link has opened', async () => {
	const p = await newPerson(chrome);
	await logIn(p, box);
	await p.getByRole('heading', { name: 'Dashboard' }).waitFor();
	for (const [there, opens] of [['#/certificates', 'import'], ['#/bindings', 'add'], ['#/roots', 'import'], ['#/updates', 'add']]) {
		await open(p, box, there);
		await p.getByRole('heading', { level: 1 }).waitFor();
		await open(p, box, `${there}?${opens}=1`);
		await p.getByRole('dialog').waitFor();
		await p.goBack();
		await p.getByRole('dialog').waitFor({ state: 'detached' });
	}
	p.noFaults();
	await p.context().close();
});
test('changing the password of an account ends its session, and the page says so at once', async () => {
	const other = await newPerson(chrome);
	await logIn(other, box);
	await go(other, 'Accounts and tokens');
	await other.getByRole('button', { name: 'Change vera' }).click();
	await other.getByLabel('New password', { exact: true }).fill(`${PASSWORD} two`);
	await other.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
	await other.getByText('vera is changed').waitFor();
	await page.getByText('Your session has ended').waitFor();
	other.noFaults();
});
test('whoever logs in anew in a second tab does not break the first', async () => {
	const first = await newPerson(chrome);
	await logIn(first, box);
	await go(first, 'Certificates');
	await first.getByRole('button', { name: 'New store' }).click();
	await first.getByRole('textbox', { name: 'Name' }).fill('Partners');
	const second = await first.context().newPage();
	await second.goto(box.url);
	const signIn = (user, password) => second.evaluate(async ([u, p]) => (await fetch('/api/v1/session', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ user: u, password: p }) })).status, [user, password]);
	assert.equal(await signIn('admin', PASSWORD), 201);
	await first.getByRole('button', { name: 'Make the store' }).click();
	await first.getByRole('heading', { name: 'Partners', level: 1 }).waitFor();
	assert.equal(await signIn('vera', `${PASSWORD} two`), 201);
	await first.getByRole('button', { name: 'New store' }).click();
	await first.getByRole('textbox', { name: 'Name' }).fill('Others');
	await first.getByRole('button', { name: 'Make the store' }).click();
	await first.getByText('vera has logged in').waitFor();
	await first.getByLabel('Account vera', { exact: true }).waitFor();
	first.noFaults();
	await first.context().close();
});
test('a page that fails does not take the others with it', async () => {
	const p = await newPerson(chrome, { expected: [/broken on purpose/] });
	await p.route('**/js/views/settings.js', (route) => route.fulfill({ contentType: 'text/javascript', body: "export function View() { throw new Error('broken on purpose'); }" }));
	await logIn(p, box);
	await p.getByRole('heading', { name: 'Dashboard' }).waitFor();
	await go(p, 'Settings');
	await p.getByRole('alert').getByText('This page has failed').waitFor();
	await go(p, 'Bindings');
	await p.getByRole('table').waitFor();
	await go(p, 'Settings');
	await p.getByRole('alert').getByText('This page has failed').waitFor();
	p.noFaults();
	await p.context().close();
});
test('what is pasted into the search and entered at once is opened when it is found', async () => {
	const p = await newPerson(chrome);
	await logIn(p, box);
	await p.getByRole('heading', { name: 'What is bound' }).waitFor();
	await p.getByRole('combobox', { name: 'Search' }).fill(box.served().replace(/(..)(?=.)/g, '$1:'));
	await p.keyboard.press('Enter');
	await p.getByRole('heading', { name: 'Fingerprints' }).waitFor();
	p.noFaults();
	await p.context().close();
});
test('the search finds the host certificate by any spelling of its fingerprint, by keyboard alone', async () => {
	const p = await newPerson(chrome);
	await logIn(p, box);
	await p.getByRole('heading', { name: 'What is bound' }).waitFor();
	const print = box.served();
	await p.keyboard.press('/');
	await p.keyboard.type(`\u200e${print.toLowerCase().replace(/(..)/g, '$1 ').trim()}`);
	await p.getByRole('option').first().waitFor();
	await p.keyboard.press('Enter');
	await p.getByRole('heading', { name: 'Fingerprints' }).waitFor();
	await p.getByText(print.replace(/(.{8})(?=.)/g, '$1 ')).first().waitFor();
	p.noFaults();
});
test('nothing went wrong behind the scenes', () => page.noFaults());
