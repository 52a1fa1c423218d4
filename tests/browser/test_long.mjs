// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// timeout-seconds: 600
// Required roots and updates with great numbers and with names that no line can hold: nothing is cut off or too wide.
// The answers are made up here; what they look like is held by the other tests.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { sound } from './lib/axe.mjs';
import { browser } from './lib/browser.mjs';
import { rest, startConsole } from './lib/console.mjs';
import { newPerson, open, setUp } from './lib/person.mjs';
import { steps } from './lib/steps.mjs';

const LONG = 'Unbreakable'.repeat(18), WORDS = 'A name that nobody at the certification authority has ever shortened '.repeat(3).trim(), SHA256 = 'ab'.repeat(32);
const CAUSES = ['root_missing', 'intermediate_missing', 'signature_bad', 'clock', 'policy', 'unreachable', 'other'];
const TIME = '2026-11-20T00:00:00Z';
let chrome, box, page;
const test = steps(() => page);

const entry = (/** @type {string} */ name, /** @type {number} */ i) => {
	const state = ['held', 'missing', 'misplaced', 'distrusted', 'expired', 'unconfirmed'][i % 6];
	return { id: String(1000 + i), name, store: i % 2 ? 'CA' : 'Root', sha1: 'cd'.repeat(20), sha256: SHA256, needed_for: i < 2 ? `${LONG} ${WORDS}` : 'updates', since: WORDS, confirmed_by: LONG, state, candidates: [],
		certificate: state === 'missing' ? null : { sha256: SHA256, stores: ['Root'], not_after: '2035-01-01T00:00:00Z' },
		agents: { held: 71234, missing: 20000, misplaced: 1200, distrusted: 3, expired: 4563, unconfirmed: 0, unknown: 3000 } };
};
const standings = ['held', 'missing', 'misplaced', 'expired', 'distrusted', 'unconfirmed', 'unknown'].map((standing, i) => ({ id: String(i).repeat(32), name: (i % 2 ? LONG : WORDS).slice(0, 120), standing, policy: { own: 'not_configured', effective: 'on' }, last_seen: TIME }));
const pack = (/** @type {string} */ name, /** @type {string} */ version, /** @type {boolean} */ good) => ({ id: `${name}-${version}`, package: name, version, sha256: SHA256, bytes: 3 * 2 ** 30, n_files: 20000, offered: good, added: TIME, added_by: LONG.slice(0, 64), signer: { sha256: SHA256, subject: `CN=${WORDS}`, not_after: TIME },
	check: { good, reason: good ? null : 'trust.chain_breaks', explanation: WORDS, missing: good ? null : { name: `CN=${LONG}`, kind: 'root', sha256: SHA256 } } });
const updating = ['current', 'downloading', 'verifying', 'updating', 'failed'].map((state, i) => ({ id: String(i).repeat(32), name: i % 2 ? LONG.slice(0, 120) : 'pc', state, package: 'p'.repeat(64), version: 'v'.repeat(64), installed: 'w'.repeat(64), since: TIME, bytes: 5, total: 100, entry: null,
	...(i > 2 ? { cause: CAUSES[i], reason: 'trust.chain_breaks', detail: `${LONG} ${WORDS}`.slice(0, 250), missing: { name: `CN=${LONG}`, kind: 'root', sha256: SHA256 } } : { cause: null, reason: null, detail: null, missing: null }) }));

before(async () => {
	chrome = await browser();
	box = await startConsole();
	page = await newPerson(chrome);
	await setUp(page, box);
	const list = rest(box)('GET', '/roots'), items = [LONG, WORDS, 'Root A', 'Root B', 'Root C', 'Root D', 'Root E'].map(entry);
	/** @type {[RegExp, any][]} */
	const answers = [
		[/\/roots$/, { ...list, items, total: 7, held: 2, attention: 4, agents_total: 100000 }],
		[/\/roots\/policy$/, { policy: 'on', agents: { not_configured: 90000, on: 4000, off: 6000 }, effective_on: 94000, would_be_helped: 21200 }],
		[/\/roots\/\d+\/agents/, { items: standings, total: 100000, next_page_token: 'more' }],
		[/\/roots\/deploy/, { agents: 21200, roots: [], left_out: [] }],
		[/\/updates$/, { items: [pack('p'.repeat(64), 'v'.repeat(64), true), pack('engine', '1.0', false)], total: 2, agents: { none: 10, current: 80000, downloading: 5000, verifying: 3, updating: 12000, failed: 2987 },
			findings: CAUSES.map((cause, i) => ({ cause, count: 10 ** i, failed: 0, explanation: `${WORDS} ${LONG}`, remedy: WORDS, certificate: { name: `CN=${LONG}`, sha256: SHA256 }, entry: i % 2 ? '1000' : null, link: '' })) }],
		[/\/updates\/agents/, { items: updating, total: 100000, next_page_token: 'more' }],
	];
	for (const [path, json] of answers) await page.route((/** @type {URL} */ u) => u.pathname.startsWith('/api/') && path.test(u.pathname), (/** @type {any} */ r) => r.fulfill({ json, headers: { etag: '"1"' } }));
});
after(async () => {
	await chrome?.close();
	await box?.end();
});

for (const [name, hash, ready] of [['the catalogue', '#/roots', '21,200 agents would be helped'], ['an entry with an unbreakable name', '#/roots/1000', '20,000 missing'], ['an entry with a name of many words', '#/roots/1001?policy=on', '20,000 missing'], ['a deployment', '#/roots?deploy=1', 'Deploy to 21,200 agents'], ['the updates', '#/updates', '80,000 current'], ['the dashboard', '#/', 'Updates wait on 1,000,000 agents: Another cause']])
	test(`${name}: nothing is cut off or too wide`, async () => {
		await open(page, box, '#/activity');
		await open(page, box, hash);
		await page.getByText(ready).or(page.getByRole('button', { name: ready })).first().waitFor();
		await page.waitForFunction(() => !document.querySelector('.loading, [aria-busy="true"]'));
		await sound(page, process.env.CERTBINDER_SHOTS && `${process.env.CERTBINDER_SHOTS}/long-${name.replace(/\W+/g, '-')}`);
		for (const width of [1280, 1440]) {
			await page.setViewportSize({ width, height: 900 });
			const cut = await page.evaluate(() => [...document.querySelectorAll('table, dialog fieldset, dialog p, main section p')].filter((e) => e.scrollWidth > e.clientWidth + 1 || (e.parentElement && e.getBoundingClientRect().right > e.parentElement.getBoundingClientRect().right + 1)).map((e) => e.textContent?.slice(0, 60)));
			assert.deepEqual(cut, [], `at ${width}`);
		}
		await page.keyboard.press('Escape');
	});
test('nothing went wrong on the page', () => page.noFaults());
