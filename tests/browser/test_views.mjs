// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// timeout-seconds: 900
// Every view in both themes: no axe violation, nothing wider than the window from 360 px to 4K, headings in order.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { violations, wider } from './lib/axe.mjs';
import { browser } from './lib/browser.mjs';
import { startConsole } from './lib/console.mjs';
import { newPerson, setUp } from './lib/person.mjs';
import { steps } from './lib/steps.mjs';
import { furnish, tour, visit } from './lib/tour.mjs';

let chrome, box, page, seed;
const test = steps(() => page);
before(async () => {
	chrome = await browser();
	box = await startConsole();
	page = await newPerson(chrome);
	await page.goto(box.url);
	await page.getByRole('heading', { name: 'Set up this console' }).waitFor();
});
after(async () => {
	await chrome?.close();
	await box?.end();
});

for (const colorScheme of ['light', 'dark'])
	test(`the set-up door has no axe violation, ${colorScheme}`, async () => {
		await page.emulateMedia({ colorScheme });
		assert.deepEqual(await violations(page), []);
	});
test('the console is set up and furnished', async () => {
	await setUp(page, box);
	seed = furnish(box);
});
for (const colorScheme of ['light', 'dark'])
	test(`no view has an axe violation, ${colorScheme}`, async () => {
		await page.emulateMedia({ colorScheme });
		const found = {};
		for (const stop of tour(seed)) {
			await visit(page, stop);
			const v = await violations(page);
			if (v.length) found[stop.name] = v;
			await page.keyboard.press('Escape');
		}
		assert.deepEqual(found, {});
	});
test('no view is wider than its window, from 360 px to 4K', async () => {
	const wide = [];
	for (const width of [360, 390, 768, 1440, 3840]) {
		await page.setViewportSize({ width, height: 900 });
		for (const stop of tour(seed)) {
			await visit(page, stop);
			const over = await wider(page);
			if (over > 0) wide.push(`${stop.name} at ${width}: ${over} px too wide`);
			await page.keyboard.press('Escape');
		}
	}
	await page.setViewportSize({ width: 1280, height: 900 });
	assert.deepEqual(wide, []);
});
test('every view has one first heading, and a title of its own', async () => {
	const titles = new Set(), faults = [];
	const stops = tour(seed).filter((s) => !s.hash.includes('?'));
	for (const stop of stops) {
		await visit(page, stop);
		const n = await page.locator('main h1').count();
		if (n !== 1) faults.push(`${stop.name}: ${n} first headings`);
		titles.add(await page.title());
	}
	assert.deepEqual(faults, []);
	assert.equal(titles.size, stops.length);
});
test('the menu of a narrow window is opened, used and left by keyboard', async () => {
	await page.setViewportSize({ width: 390, height: 800 });
	await visit(page, { hash: '#/', heading: 'Dashboard' });
	const menu = page.getByRole('button', { name: 'Menu' });
	await menu.focus();
	await page.keyboard.press('Enter');
	await page.waitForFunction(() => document.activeElement?.closest('#rail'));
	await page.keyboard.press('Escape');
	await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Menu');
	await page.keyboard.press('Enter');
	await page.waitForFunction(() => document.activeElement?.closest('#rail')); // the menu takes the focus when it is there
	await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Bindings' }).focus();
	await page.keyboard.press('Enter');
	await page.getByRole('heading', { name: 'Bindings' }).waitFor();
	await page.setViewportSize({ width: 1280, height: 900 });
});
test('a dialog gives the focus back to where it came from', async () => {
	await visit(page, { hash: '#/certificates', heading: 'Certificates' });
	const button = page.getByRole('button', { name: 'Import', exact: true });
	await button.focus();
	await page.keyboard.press('Enter');
	await page.getByRole('dialog').waitFor();
	await page.keyboard.press('Escape');
	await page.getByRole('dialog').waitFor({ state: 'detached' });
	assert.equal(await button.evaluate((e) => e === document.activeElement), true);
});
test('a help mark explains its term by keyboard', async () => {
	await visit(page, { hash: '#/bindings', heading: 'Bindings' });
	await page.getByRole('button', { name: 'What is: Binding' }).focus();
	await page.getByRole('tooltip').waitFor();
	await page.keyboard.press('Escape');
	await page.getByRole('tooltip').waitFor({ state: 'detached' });
});
test('under 120 KiB travel before the first view, with immutable caching and a policy without unsafe', async () => {
	const p = await newPerson(chrome);
	let bytes = 0;
	const wire = await p.context().newCDPSession(p);
	await wire.send('Network.enable');
	const files = new Map();
	wire.on('Network.responseReceived', (e) => files.set(e.requestId, e.response.url));
	wire.on('Network.loadingFinished', (e) => { if (!new URL(files.get(e.requestId) ?? 'x:/').pathname.startsWith('/api/')) bytes += e.encodedDataLength; });
	const wrong = [];
	const all = [];
	p.on('response', (r) => all.push((async () => {
		const url = new URL(r.url());
		if (url.pathname.startsWith('/api/')) return;
		const h = await r.allHeaders();
		if (!/^default-src 'none'/.test(h['content-security-policy'] ?? '') || /unsafe/.test(h['content-security-policy'])) wrong.push(`${url.pathname}: policy`);
		if (url.pathname.startsWith('/assets/') && !/immutable/.test(h['cache-control'])) wrong.push(`${url.pathname}: cache`);
		if (!h.etag) wrong.push(`${url.pathname}: ETag`);
	})()));
	await p.goto(box.url);
	await p.getByRole('heading', { name: 'Log in' }).waitFor();
	await p.waitForLoadState('networkidle');
	await Promise.all(all);
	assert.deepEqual(wrong, []);
	assert.ok(bytes > 10000 && bytes < 120 * 1024, `${bytes} bytes`);
	console.log(`# ${Math.ceil(bytes / 1024)} KiB before the first view`);
	p.noFaults();
});
test('nothing went wrong behind the scenes', () => page.noFaults());
