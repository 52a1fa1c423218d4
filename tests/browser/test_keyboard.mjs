// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// timeout-seconds: 600
// The main job from login to proof without a mouse: only keys are pressed, and what has the focus is named.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { browser } from './lib/browser.mjs';
import { PASSWORD, pki, rest, startConsole } from './lib/console.mjs';
import { newPerson, setUp } from './lib/person.mjs';
import { steps } from './lib/steps.mjs';

let chrome, box, page;
const test = steps(() => page);
before(async () => {
	chrome = await browser();
	box = await startConsole();
	const first = await newPerson(chrome);
	await setUp(first, box);
	await first.context().close();
	rest(box)('PUT', '/settings/server_name', { value: 'localhost' });
	box.cli('cert', 'import', '--store', 'Root', pki('root.crt'));
	box.importPfx('server', '--friendly-name', 'server');
	page = await newPerson(chrome);
	await page.goto(box.url);
	await page.getByRole('heading', { name: 'Log in' }).waitFor();
});
after(async () => {
	await chrome?.close();
	await box?.end();
});
const key = (name) => page.keyboard.press(name);
/** What a person who listens is told has the focus. */
const focused = () => page.evaluate(() => {
	const e = document.activeElement;
	const label = e?.getAttribute('aria-label') || (e?.id && document.querySelector(`label[for="${e.id}"]`)?.textContent) || e?.closest('label')?.textContent || e?.textContent || '';
	return `${label.trim().replace(/\s+/g, ' ')}`;
});
const seen = () => page.evaluate(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle !== 'none' || s.boxShadow !== 'none'; });
/** Presses Tab until what has the focus is called so. */
async function tab(name, back = false) {
	const passed = [];
	for (let i = 0; i < 80; i++) {
		await key(back ? 'Shift+Tab' : 'Tab');
		const now = await focused();
		if (typeof name === 'string' ? now === name : name.test(now)) {
			assert.ok(await seen(), `${now}: the focus is not seen`);
			return;
		}
		passed.push(now.slice(0, 40));
	}
	assert.fail(`no way to ${name} by Tab: ${passed.join(' | ')}`);
}
const heading = (name, exact = false) => page.locator('main, dialog').getByRole('heading', { name, exact }).first().waitFor();

test('logging in', async () => {
	await page.waitForFunction(() => document.activeElement?.tagName === 'INPUT');
	await page.keyboard.type('admin');
	await tab('Password');
	await page.keyboard.type(PASSWORD);
	await key('Enter');
	await heading('Dashboard');
});
test('past the menu to the content', async () => {
	await page.evaluate(() => document.activeElement?.blur());
	await page.reload();
	await heading('Dashboard');
	await tab('To the content');
	await key('Enter');
	assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
});
test('finding a certificate, its tabs and its export', async () => {
	await key('/');
	await page.keyboard.type(box.thumb('server').toLowerCase());
	await page.getByRole('option').first().waitFor();
	await key('Enter');
	await heading('server', true);
	await tab('General');
	await key('ArrowRight');
	await key('ArrowRight');
	await page.getByRole('table', { name: 'Extensions' }).waitFor();
	assert.equal(await focused(), 'Details');
	await tab('Export', true);
	await key('Enter');
	await page.getByRole('dialog').waitFor();
	await key('Escape');
	await page.getByRole('dialog').waitFor({ state: 'detached' });
	assert.equal(await focused(), 'Export');
});
test('binding it: the dialog, the choice, the checks', async () => {
	await tab('Bind');
	await key('Enter');
	await heading('Bindings');
	await tab('Bind here');
	await key('Enter');
	await heading('Edit the binding');
	await page.getByRole('dialog').getByText(/checks passed/).waitFor();
	await tab('Stage the change');
	await key('Enter');
	await heading('A change is staged');
});
test('putting it into service and keeping it', async () => {
	await tab('Put it into service');
	await key('Enter');
	await page.getByText('This page has reached the console anew').waitFor();
	await tab('Keep the new certificate');
	await key('Enter');
	await page.getByText('The new certificate is kept').waitFor();
	assert.equal(box.served(), box.thumb('server'));
});
test('a policy is changed, and a dialog of the updates opened and left', async () => {
	await tab('Required roots', true);
	await key('Enter');
	await heading('Required roots');
	await page.getByRole('button', { name: 'Change the policy', disabled: false }).waitFor();
	await tab('Change the policy');
	await key('Enter');
	await page.getByRole('dialog').waitFor();
	assert.match(await focused(), /^Not configured/);
	await key('ArrowDown');
	assert.match(await focused(), /^On/);
	await tab('Save');
	await key('Enter');
	await page.getByRole('region', { name: 'Policy' }).getByText('On', { exact: true }).waitFor();
	await tab('Updates', true);
	await key('Enter');
	await heading('Updates');
	await tab('Add a package');
	await key('Enter');
	await page.getByRole('dialog').waitFor();
	assert.equal(await focused(), 'Package');
	await tab(/^I have its .p7s file/);
	await key('ArrowDown');
	await page.getByText('No certificate may sign').waitFor();
	await key('Escape');
	await page.getByRole('dialog').waitFor({ state: 'detached' });
	assert.equal(await focused(), 'Add a package');
});
test('moving through the menu, a table that is sorted, and logging out', async () => {
	await tab('Certificates', true);
	await key('Enter');
	await heading('Certificates');
	await tab(/^Until/);
	await key('Enter');
	await page.getByRole('columnheader', { name: /Until/, exact: false }).and(page.locator('[aria-sort]')).waitFor();
	await tab(/^Account admin/, true);
	await key('Enter');
	await tab('Log out');
	await key('Enter');
	await heading('Log in');
});
test('nothing went wrong behind the scenes', () => page.noFaults());
