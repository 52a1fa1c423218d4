// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// What axe finds wrong on a page as it stands, and whether the page is wider than its window.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** axe comes through the debugger, since the console's own policy lets no foreign script in. @param {any} p */
export async function violations(p) {
	await p.evaluate(axe);
	const found = await p.evaluate(() => window.axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } }));
	return found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${n.failureSummary?.split('\n')[1] ?? ''}`).join(' | ')}`);
}

/** @param {any} p @returns {Promise<number>} pixels */
export const wider = (p) => p.evaluate(() => document.documentElement.scrollWidth - innerWidth);

/** The page as it stands, in both themes and from narrow to wide. @param {any} p @param {string} [shots] folder for pictures, with a name's beginning */
export async function sound(p, shots) {
	const was = p.viewportSize(), wrong = [];
	for (const colorScheme of ['light', 'dark']) {
		await p.emulateMedia({ colorScheme });
		wrong.push(...(await violations(p)).map((v) => `${colorScheme}: ${v}`));
		for (const width of [360, 390, 1440, 3840]) {
			await p.setViewportSize({ width, height: 900 });
			const over = await wider(p);
			if (over > 0) wrong.push(`${over} px too wide at ${width}`);
			if (shots && width % 1000 < 500 && width > 360) await p.screenshot({ path: `${shots}-${width}-${colorScheme}.png`, fullPage: true });
		}
		await p.setViewportSize(was);
	}
	await p.emulateMedia({ colorScheme: null });
	assert.deepEqual(wrong, []);
}
