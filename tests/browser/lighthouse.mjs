// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// lighthouse.mjs [RUNS]: the median of five runs (or RUNS) of Lighthouse on the door and on the dashboard of a real
// console; ends with 1 when performance, accessibility or best practices stay under 95. CERTBINDER_BUILD names the build.
import lighthouse from 'lighthouse';
import { browser } from './lib/browser.mjs';
import { startConsole } from './lib/console.mjs';
import { logIn, newPerson, setUp } from './lib/person.mjs';
import { furnish } from './lib/tour.mjs';

const runs = Number(process.argv[2] ?? 5), port = 9300 + (process.pid % 500), least = 95;
const chrome = await browser([`--remote-debugging-port=${port}`, '--ignore-certificate-errors']);
const box = await startConsole();
const median = (/** @type {number[]} */ n) => n.sort((a, b) => a - b)[Math.floor(n.length / 2)];
let bad = 0;

async function measure(/** @type {string} */ name, /** @type {Record<string, string>} */ extraHeaders) {
	/** @type {Record<string, number[]>} */
	const scores = {};
	for (let i = 0; i < runs; i++) {
		const r = await lighthouse(box.url, { port, output: 'json', logLevel: 'error', extraHeaders, onlyCategories: ['performance', 'accessibility', 'best-practices'], disableStorageReset: true });
		for (const [k, c] of Object.entries(r?.lhr.categories ?? {})) (scores[k] ??= []).push(Math.round((c.score ?? 0) * 100));
		if (i === 0) for (const a of Object.values(r?.lhr.audits ?? {})) if (a.score !== null && a.score < 0.9 && a.scoreDisplayMode === 'binary') console.log(`# ${name}: ${a.id}: ${a.title}`);
		if (i === 0) console.log(`# ${name}: FCP ${r?.lhr.audits['first-contentful-paint'].displayValue}, LCP ${r?.lhr.audits['largest-contentful-paint'].displayValue}, TBT ${r?.lhr.audits['total-blocking-time'].displayValue}, CLS ${r?.lhr.audits['cumulative-layout-shift'].displayValue}, SI ${r?.lhr.audits['speed-index'].displayValue}`);
	}
	for (const [k, n] of Object.entries(scores)) {
		const m = median(n);
		console.log(`${name} ${k}: ${m} (${n.join(' ')})`);
		bad += Number(m < least);
	}
}

try {
	const p = await newPerson(chrome);
	await setUp(p, box);
	furnish(box);
	await p.context().close();
	await measure('door', {});
	const q = await newPerson(chrome);
	await logIn(q, box);
	await q.getByRole('heading', { name: 'Dashboard' }).waitFor();
	const [cookie] = await q.context().cookies();
	await measure('dashboard', { Cookie: `${cookie.name}=${cookie.value}` });
} finally {
	await chrome.close();
	await box.end();
}
process.exitCode = bad ? 1 : 0;
