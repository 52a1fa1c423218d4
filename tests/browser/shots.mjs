// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// shots.mjs FOLDER: pictures of every view of a real console, in both themes at 390 and 1440 px.
// CERTBINDER_BUILD names the build folder.
import { mkdirSync } from 'node:fs';
import { browser } from './lib/browser.mjs';
import { startConsole } from './lib/console.mjs';
import { logIn, newPerson, setUp } from './lib/person.mjs';
import { furnish, tour, visit } from './lib/tour.mjs';

const folder = process.argv[2] ?? 'shots';
mkdirSync(folder, { recursive: true });
const chrome = await browser();
const box = await startConsole();
try {
	const first = await newPerson(chrome);
	const doors = async (/** @type {string} */ name) => {
		for (const width of [390, 1440])
			for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
				const p = await newPerson(chrome, { viewport: { width, height: 900 }, colorScheme });
				await p.goto(box.url);
				await p.getByRole('heading', { name: name === 'login' ? 'Log in' : 'Set up this console' }).waitFor();
				await p.screenshot({ path: `${folder}/${name}-${width}-${colorScheme}.png` });
				await p.context().close();
			}
	};
	await doors('setup');
	await setUp(first, box);
	await doors('login');
	const seed = furnish(box);
	const change = seed.ask('POST', '/changes', { endpoint: seed.bound.endpoint ?? 'default', cert: seed.next, confirm_within_s: 600 });
	for (const width of [390, 1440])
		for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
			const p = await newPerson(chrome, { viewport: { width, height: 900 }, colorScheme });
			await logIn(p, box);
			await p.getByRole('heading', { name: 'Dashboard' }).waitFor();
			for (const stop of tour(seed)) {
				if (stop.name === 'site-bindings') continue;
				await visit(p, stop);
				if (stop.name === 'dashboard') await p.locator('.chart canvas, .empty').first().waitFor();
				await p.screenshot({ path: `${folder}/${stop.name}-${width}-${colorScheme}.png`, fullPage: !['import', 'renew', 'roots-import', 'roots-policy', 'updates-add'].includes(stop.name) });
				await p.keyboard.press('Escape');
			}
			await p.context().close();
		}
	seed.ask('DELETE', `/changes/${change.id}`);
	for (const width of [390, 1440])
		for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
			const p = await newPerson(chrome, { viewport: { width, height: 900 }, colorScheme });
			await logIn(p, box);
			await p.getByRole('heading', { name: 'Dashboard' }).waitFor();
			const stop = tour(seed).find((s) => s.name === 'site-bindings');
			if (stop) await visit(p, stop);
			await p.screenshot({ path: `${folder}/site-bindings-${width}-${colorScheme}.png` });
			await p.context().close();
		}
} finally {
	await chrome.close();
	await box.end();
}
