// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// A person at the browser: pages that fail on what nobody may see, and the ways people take again and again.
import assert from 'node:assert/strict';
import { PASSWORD } from './console.mjs';
import { makeLate } from './late.mjs';

/**
 * A page that remembers console errors, refused resources and requests to other hosts.
 * @param {any} chrome @param {any} [options] of the page; errors: texts that are wanted
 */
export async function newPerson(chrome, options = {}) {
	const { expected = [], ...rest } = options;
	const context = await chrome.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...rest });
	await context.grantPermissions(['clipboard-read', 'clipboard-write']).catch(() => {});
	const page = await context.newPage();
	await makeLate(page);
	/** @type {string[]} */
	const faults = [];
	page.on('pageerror', (/** @type {Error} */ e) => faults.push(`error: ${e.stack ?? e.message}`));
	page.on('console', (/** @type {any} */ m) => {
		const text = m.text();
		if (m.type() === 'error' && !/Failed to load resource|net::ERR|EventSource/.test(text) && !expected.some((/** @type {RegExp} */ x) => x.test(text))) faults.push(`console: ${text}`);
	});
	page.on('request', (/** @type {any} */ r) => { const h = new URL(r.url()).hostname; if (h && h !== 'localhost' && h !== '127.0.0.1') faults.push(`another host: ${r.url()}`); });
	page.setDefaultTimeout(90000); // a guard against waiting for ever, not a measure: machines are busy
	return Object.assign(page, { faults, noFaults: () => assert.deepEqual(faults, []) });
}

/** @param {any} page @param {any} console_ */
export async function setUp(page, console_, user = 'admin') {
	await page.goto(console_.url);
	await page.getByLabel('Set-up code', { exact: true }).fill(console_.setupCode());
	await page.getByLabel('Account name', { exact: true }).fill(user);
	await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
	await page.getByLabel('Password again', { exact: true }).fill(PASSWORD);
	await page.getByRole('button', { name: 'Become the administrator' }).click();
	await page.getByRole('heading', { name: 'Dashboard' }).waitFor();
}

/** @param {any} page @param {any} console_ */
export async function logIn(page, console_, user = 'admin', password = PASSWORD) {
	await page.goto(console_.url);
	await page.getByLabel('Account', { exact: true }).fill(user);
	await page.getByLabel('Password', { exact: true }).fill(password);
	await page.getByRole('button', { name: 'Log in' }).click();
}

/** Waits until the view of this address stands, and the one that was left does not any more. @param {any} page @param {string} hash */
export const arrived = (page, hash) => page.locator(`main[data-place="${hash.replace(/^#/, '').split('?')[0]}"]`).waitFor();

/** Clicks a link to another view. @param {any} page @param {any} link */
export async function follow(page, link) {
	const hash = await link.getAttribute('href');
	await link.click();
	await arrived(page, hash);
}

/** @param {any} page @param {string} label of the link in the rail */
export const go = (page, label) => follow(page, page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: label }));

/** Comes by an address, as from a bookmark. @param {any} page @param {any} console_ @param {string} hash */
export async function open(page, console_, hash) {
	await page.goto(console_.url + hash);
	await arrived(page, hash);
}
