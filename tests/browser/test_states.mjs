// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// timeout-seconds: 600
// Each view while it loads, when there is nothing, when the server fails, and with data; and the words of Windows.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { after, before } from 'node:test';
import { browser } from './lib/browser.mjs';
import { startConsole } from './lib/console.mjs';
import { newPerson, setUp } from './lib/person.mjs';
import { steps } from './lib/steps.mjs';
import { furnish, tour, visit } from './lib/tour.mjs';

const WWW = new URL('../../www/js/', import.meta.url);
const API = /\/api\/v1\/(?!session|setup|events)/;
const PROBLEM = { type: '/problems/store-broken', title: 'The database cannot be read', status: 500, code: 'store.broken', detail: 'A disk does not answer.', trace_id: 'trace-1234', remedies: [{ text: 'Look at the disk.' }] };
/** Views that fetch nothing, or whose dialog covers what they fetch. */
const STILL = ['nothing', 'import', 'renew', 'site-bindings', 'evidence', 'roots-import', 'roots-policy', 'updates-add'];
/** What each list says when it is empty. */
const EMPTY = { certificates: 'No certificates yet', requests: 'No requests', bindings: 'No bindings', refusals: /No refusals|Nobody|Nothing/, revocation: 'No revocation lists', activity: 'Nothing has happened yet', keys: 'No authentication key yet', access: 'No tokens', roots: 'The catalogue is empty', updates: 'No package yet', dashboard: 'Nothing is bound' };
let chrome, box, page, seed, stops;
/** What a read of the API gets instead of the server's answer. One interception for all: to end one loses what is under way. */
let instead = null;
const test = steps(() => page);
before(async () => {
	chrome = await browser();
	box = await startConsole();
	page = await newPerson(chrome);
	await setUp(page, box);
	seed = furnish(box);
	stops = tour(seed).filter((s) => !STILL.includes(s.name));
	await page.route(API, (route) => {
		const read = route.request().method() === 'GET' || /\/checks|what-if/.test(route.request().url());
		return instead && read ? instead(route) : route.continue();
	});
});
after(async () => {
	await chrome?.close();
	await box?.end();
});
const open = async (stop) => {
	await page.evaluate(() => { location.hash = '#/nothing/here'; });
	await page.getByRole('heading', { name: 'Nothing here', level: 2 }).waitFor();
	await page.evaluate((h) => { location.hash = h; }, stop.hash);
};
test('every view says that it loads', async () => {
	const silent = [], held = [];
	for (const stop of stops) {
		const asked = new Promise((done) => { instead = (route) => done(held.push(route)); });
		await open(stop);
		await asked;
		await page.locator('main .loading').first().waitFor().catch(() => silent.push(stop.name));
		instead = null;
		for (const r of held.splice(0)) await r.abort().catch(() => {});
	}
	assert.deepEqual(silent, []);
});
test('every view says what the server said when it fails, with remedy and request id, and heals by one click', async () => {
	const faults = [];
	for (const stop of stops) {
		instead = (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify(PROBLEM) });
		await open(stop);
		const alert = page.locator('main [role=alert]').first();
		await alert.waitFor().catch(() => faults.push(`${stop.name}: silent`));
		const text = await alert.textContent().catch(() => '');
		for (const want of ['A disk does not answer', 'Look at the disk', 'trace-1234']) if (!text.includes(want)) faults.push(`${stop.name}: lacks “${want}”`);
		instead = null;
		const again = page.locator('main').getByRole('button', { name: 'Try again' });
		const loaded = () => page.locator('main .loading').first().waitFor({ state: 'detached' }).catch(() => {});
		for (let n = 0; n < 12; n++) { // another part of the view may fail only now: what was asked before
			await loaded();
			if (!await again.count()) break;
			const one = await again.first().elementHandle({ timeout: 1000 }).catch(() => null);
			if (!one) continue; // healed meanwhile by itself
			await one.click().catch(() => {}); // so may it be now
			await page.waitForFunction((b) => !b.isConnected, one).catch(() => faults.push(`${stop.name}: not healed by a click`));
		}
		if (await again.count() || await page.locator('main .loading').count()) faults.push(`${stop.name}: still failed`);
		await page.getByRole('heading', { name: stop.heading }).first().waitFor().catch(() => faults.push(`${stop.name}: not healed`));
	}
	assert.deepEqual(faults, []);
});
test('every list says that it is empty, and what to do next', async () => {
	const faults = [];
	for (const stop of stops.filter((s) => EMPTY[s.name])) {
		instead = (route) => (/\/(system|drift|trust|ipcer)/.test(route.request().url()) ? route.continue() : route.fulfill({ json: { items: [], total: 0, step_s: 300, findings: [], agents: {} } }));
		await open(stop);
		await page.locator('main').getByText(EMPTY[stop.name]).first().waitFor().catch(() => faults.push(stop.name));
		instead = null;
	}
	assert.deepEqual(faults, []);
});
test('every view shows its data', async () => {
	for (const stop of stops) await visit(page, stop);
	page.noFaults();
});
test('every term that a view asks for is explained in one sentence, and none is left over', async () => {
	const { HELP, STORES, TRUST_MODES } = await import(new URL('lib/help.js', WWW));
	const text = readdirSync(WWW, { recursive: true }).filter((f) => f.endsWith('.js') && !f.endsWith('help.js')).map((f) => readFileSync(new URL(f, WWW), 'utf8')).join('\n');
	const asked = new Set([...text.matchAll(/(?:term|help)="([^"]+)"/g)].map((m) => m[1]));
	assert.deepEqual([...asked].filter((t) => !HELP[t]), [], 'asked for, not explained');
	assert.deepEqual(Object.keys(HELP).filter((t) => !text.includes(`'${t}'`) && !text.includes(`"${t}"`) && !new RegExp(`: ${t}\\b`).test(text)), [], 'explained, never asked for');
	const all = [...Object.values(HELP), ...Object.values(STORES).map((s) => s.help), ...TRUST_MODES.map((m) => m.help)];
	assert.deepEqual(all.filter((t) => !/[.]$/.test(t) || t.length > 230), []);
	for (const word of ['Server Name Indication', 'Personal', 'Trusted People', 'OfcIPCer.dat', 'OfcNTCer.dat', 'PKCS #12', 'ClientAuthTrustMode', '403.16', 'Windows error code', 'revocation list', 'SHA-1', 'issuer store', 'signing request'])
		assert.ok([...all, ...Object.values(STORES).map((s) => s.label)].some((t) => t.includes(word)), `${word} is explained nowhere`);
});
