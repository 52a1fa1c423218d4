// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// timeout-seconds: 600
// The playground shows every component in its four states, without an axe violation in either theme.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { server } from '../../www/dev/serve.mjs';
import { browser } from './lib/browser.mjs';

const WWW = new URL('../../www/', import.meta.url);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let chrome, page;
const faults = [];
before(async () => {
	await new Promise((done) => server.listen(0, '127.0.0.1', () => done()));
	chrome = await browser();
	page = await chrome.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
	page.setDefaultTimeout(90000); // a guard, not a measure
	page.on('pageerror', (e) => faults.push(e.message));
	await page.goto(`http://127.0.0.1:${server.address().port}/dev/playground.html`);
	await page.getByRole('heading', { name: 'Tabs', level: 2 }).waitFor();
	await page.locator('.chart canvas').first().waitFor();
});
after(async () => {
	await chrome?.close();
	server.close();
});

test('every component is there', () => {
	const shown = readFileSync(new URL('dev/playground.js', WWW), 'utf8');
	const dir = new URL('js/components/', WWW);
	const all = readdirSync(dir).flatMap((f) => [...readFileSync(new URL(f, dir), 'utf8').matchAll(/export (?:function|const) ([A-Z]\w+)(?= ?[(=])/g)].map((m) => m[1])).filter((n) => n !== n.toUpperCase());
	assert.ok(all.length > 20, `${all.length}`);
	assert.deepEqual(all.filter((n) => !shown.includes(`\${${n}}`) && !['Icon', 'Rings'].includes(n)), []);
});
test('each has its four states', async () => {
	const wrong = await page.evaluate(() => [...document.querySelectorAll('main > section')].map((s) => [s.getAttribute('aria-label'), [...s.querySelectorAll('h3')].map((h) => h.textContent).join(' ')]).filter(([, states]) => states !== 'loading empty error full'));
	assert.deepEqual(wrong, []);
});
for (const colorScheme of ['light', 'dark'])
	test(`nothing in it has an axe violation, ${colorScheme}`, async () => {
		await page.emulateMedia({ colorScheme });
		await page.evaluate(axe);
		const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
		assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(' | ')}`), []);
	});
test('each state of the dialog opens and closes', async () => {
	for (const state of ['empty', 'error', 'full']) {
		await page.getByRole('button', { name: `A dialog: ${state}` }).click();
		await page.getByRole('dialog').waitFor();
		await page.keyboard.press('Escape');
		await page.getByRole('dialog').waitFor({ state: 'detached' });
	}
	assert.deepEqual(faults, []);
});
