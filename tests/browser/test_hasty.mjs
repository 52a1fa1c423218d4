// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Whoever is hasty, clumsy or on a bad line: a session that ends in the midst of a dialog, answers that nobody can read,
// what the keyboard stood on gone, a clipboard that is refused.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { browser } from './lib/browser.mjs';
import { PASSWORD, rest, startConsole } from './lib/console.mjs';
import { logIn, newPerson, open, setUp } from './lib/person.mjs';
import { steps } from './lib/steps.mjs';

/** @type {any} */ let chrome, /** @type {any} */ box, /** @type {any} */ page, /** @type {any} */ ask;
before(async () => {
	chrome = await browser();
	box = await startConsole();
	page = await newPerson(chrome);
	await setUp(page, box);
	ask = rest(box);
	ask('POST', '/accounts', { user: 'olga', role: 'operator', password: PASSWORD });
});
after(async () => {
	await chrome?.close();
	await box?.end();
});
const step = steps(() => page);
const dialog = () => page.getByRole('dialog');
/** Where the keyboard is. @param {any} p */
const has = (p, what) => p.waitForFunction((/** @type {any} */ e) => document.activeElement === e, what);

/** New request, filled, at the moment the session ends. @param {any} p */
async function cutShort(p) {
	await open(p, box, '#/requests');
	await p.getByRole('button', { name: 'New request' }).first().click();
	await p.getByLabel('Names and addresses').fill('kept.console.test');
	await p.context().clearCookies();
	await p.getByRole('button', { name: 'Make the request' }).click();
	await p.getByText('Your session has ended').waitFor();
}
const again = async (/** @type {any} */ p, user = '') => {
	const door = p.getByRole('dialog', { name: 'Log in' });
	if (user) await door.getByLabel('Account', { exact: true }).fill(user);
	await door.getByLabel('Password', { exact: true }).fill(PASSWORD);
	await p.keyboard.press('Enter');
	await door.waitFor({ state: 'detached' });
};

step('what was typed outlives the end of the session', async () => {
	await cutShort(page);
	const door = page.getByRole('dialog', { name: 'Log in' });
	assert.equal(await door.getByLabel('Account', { exact: true }).inputValue(), 'admin');
	await has(page, await door.getByLabel('Password', { exact: true }).elementHandle());
	for (let i = 0; i < 3; i++) await page.keyboard.press('Escape');
	assert.ok(await door.isVisible());
	await again(page);
	assert.equal(await page.getByLabel('Names and addresses').inputValue(), 'kept.console.test');
	assert.match(await page.title(), /^Certificate requests/);
	await page.getByRole('button', { name: 'Make the request' }).click();
	await page.getByRole('heading', { name: 'The request is ready' }).waitFor();
	await page.keyboard.press('Escape');
	await page.getByRole('cell', { name: /Waits/ }).waitFor();
});
step('somebody else who logs in then finds nothing of it', async () => {
	const p = await newPerson(chrome);
	await logIn(p, box);
	await p.getByRole('heading', { name: 'Dashboard' }).waitFor();
	await cutShort(p);
	await again(p, 'olga');
	await p.getByLabel('Account olga', { exact: true }).waitFor();
	await p.getByRole('heading', { name: 'Certificate requests' }).waitFor();
	await dialog().waitFor({ state: 'detached' });
	assert.equal(await p.getByLabel('Names and addresses').count(), 0);
	p.noFaults();
	await p.context().close();
});
step('a lesser role is said when its owner comes back', async () => {
	const p = await newPerson(chrome);
	await logIn(p, box, 'olga');
	await p.getByRole('heading', { name: 'Dashboard' }).waitFor();
	await open(p, box, '#/certificates?import=1');
	await p.getByRole('dialog').waitFor();
	ask('PATCH', '/accounts/olga', { role: 'viewer' });
	await p.getByRole('dialog', { name: 'Log in' }).waitFor();
	await again(p);
	await p.getByRole('status').getByText('Your role is Viewer now').waitFor();
	await p.getByRole('dialog').waitFor({ state: 'detached' });
	p.noFaults();
	await p.context().close();
});
step('an answer that nobody can read is called so, and nothing typed is lost', async () => {
	await open(page, box, '#/access');
	for (const body of ['', '{"id":']) {
		await page.getByRole('button', { name: 'New token' }).first().click();
		await page.getByLabel('Name', { exact: true }).fill('deploy');
		await page.route('**/api/v1/tokens', (/** @type {any} */ r) => (r.request().method() === 'POST' ? r.fulfill({ status: 201, contentType: 'application/json', body }) : r.continue()));
		await page.getByRole('button', { name: 'Make the token' }).click();
		await dialog().getByRole('alert').getByText('Look before you repeat it').waitFor();
		assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'deploy');
		await has(page, await page.getByRole('button', { name: 'Make the token' }).elementHandle());
		await page.unroute('**/api/v1/tokens');
		await page.keyboard.press('Escape');
		await dialog().waitFor({ state: 'detached' });
	}
});
step('the keyboard goes on beside what was removed', async () => {
	for (const name of ['a first', 'b second', 'c third']) ask('POST', '/tokens', { name, role: 'viewer', ttl_days: 7 });
	const row = (/** @type {string} */ name) => page.getByRole('row', { name: new RegExp(name) });
	await row('c third').waitFor();
	for (const [name, next] of [['a first', 'b second'], ['b second', 'c third'], ['c third', 'test-admin']]) {
		if (name === 'b second') // the page learns that it is gone before it has its answer
			await page.route('**/api/v1/tokens/*', async (/** @type {any} */ r) => {
				const response = r.request().method() === 'DELETE' ? await r.fetch() : null;
				if (!response) return r.continue();
				await row(name).waitFor({ state: 'detached' });
				return r.fulfill({ response });
			});
		await page.getByRole('button', { name: `Revoke ${name}` }).focus();
		await page.keyboard.press('Enter');
		await dialog().getByRole('button', { name: 'Revoke' }).focus();
		await page.keyboard.press('Enter');
		await row(name).waitFor({ state: 'detached' });
		await has(page, await row(next).getByRole('button').elementHandle());
		await page.unroute('**/api/v1/tokens/*');
	}
});
step('a refused clipboard is said to those who see, too', async () => {
	await open(page, box, '#/certificates');
	await page.getByRole('row').nth(1).getByRole('link').first().click();
	await page.getByRole('heading', { name: 'Fingerprints' }).waitFor();
	await page.evaluate(() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); });
	await page.getByRole('button', { name: 'Copy thumbprint' }).click();
	const said = page.getByRole('status').getByText('select and copy by hand');
	await said.waitFor();
	assert.ok((await said.boundingBox()).width > 20);
});
step('a day in the activity begins at midnight where one is', async () => {
	const p = await newPerson(chrome, { timezoneId: 'America/New_York' });
	await logIn(p, box);
	await p.getByRole('heading', { name: 'Dashboard' }).waitFor();
	await open(p, box, '#/activity');
	const asked = p.waitForRequest((/** @type {any} */ r) => /\/audit\?.*since=/.test(r.url()));
	await p.getByLabel('Since').fill('2026-01-15');
	assert.equal(new URL((await asked).url()).searchParams.get('since'), '2026-01-15T05:00:00Z');
	p.noFaults();
	await p.context().close();
});
step('a console that is down is said where something was sent, and it can be sent again', async () => {
	await open(page, box, '#/access');
	await page.getByRole('button', { name: 'New token' }).first().click();
	await page.getByLabel('Name', { exact: true }).fill('sent twice');
	await box.stop();
	await page.getByRole('button', { name: 'Make the token' }).click();
	await dialog().getByRole('alert').getByText('not sent again by itself').waitFor();
	await box.restart();
	await page.getByRole('button', { name: 'Make the token' }).dblclick();
	await page.getByRole('heading', { name: 'The token is made' }).waitFor();
	for (let i = 0; i < 4; i++) await page.keyboard.press('Escape'); // it is shown this once
	await page.getByRole('button', { name: 'I have it' }).click();
	assert.equal(ask('GET', '/tokens').items.filter((/** @type {any} */ t) => t.name === 'sent twice').length, 1);
});
step('no name breaks out of its place, or turns the sentence that it stands in', async () => {
	const { sha256 } = ask('GET', '/certificates').items[0], long = 'F'.repeat(240);
	ask('PATCH', `/certificates/${sha256}`, { friendly_name: long });
	await open(page, box, '#/certificates');
	const table = page.getByRole('table', { name: 'Certificates' });
	await table.getByRole('link', { name: long }).waitFor();
	assert.ok(await table.evaluate((/** @type {any} */ t) => t.parentElement.scrollWidth <= t.parentElement.clientWidth));
	await open(page, box, `#/certificates/${sha256}`);
	await page.setViewportSize({ width: 360, height: 800 });
	await page.getByRole('button', { name: 'Remove' }).click();
	await dialog().getByRole('heading').waitFor();
	assert.ok(await dialog().evaluate((/** @type {any} */ d) => [...d.querySelectorAll('*')].every((e) => e.getBoundingClientRect().right <= innerWidth)));
	await page.keyboard.press('Escape');
	await page.setViewportSize({ width: 1280, height: 900 });
	ask('PATCH', `/certificates/${sha256}`, { friendly_name: '\u202Emoc.live' });
	await page.getByRole('heading', { level: 1, name: '[U+202E]moc.live' }).waitFor();
});
step('a ticked box is seen in forced colours, and paper is white', async () => {
	await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
	assert.deepEqual(await page.evaluate(() => [getComputedStyle(document.querySelector('main').parentElement.parentElement).backgroundImage, getComputedStyle(document.documentElement).colorScheme]), ['none', 'light only']);
	await page.emulateMedia({ media: 'screen', colorScheme: null, forcedColors: 'active' });
	await open(page, box, '#/requests');
	await page.getByRole('button', { name: 'New request' }).first().click();
	assert.equal(await dialog().getByRole('checkbox').first().evaluate((/** @type {any} */ e) => getComputedStyle(e).appearance), 'auto');
	await page.keyboard.press('Escape');
	await page.emulateMedia({ forcedColors: null });
});
test('nothing went wrong behind the scenes', () => page.noFaults());
