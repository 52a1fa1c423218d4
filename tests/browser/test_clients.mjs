// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { ApiError } from '../../www/js/api.js';
import { createSwap } from '../../www/js/clients/bindings.js';
import { extensionsOf, importNeed, isAddress, nameFault, splitNames } from '../../www/js/clients/certs.js';
import { certificateFiles, lacking, together, undeployable } from '../../www/js/clients/roots.js';
import { createSession, passwordRules } from '../../www/js/clients/session.js';
import { auditSaid } from '../../www/js/clients/system.js';
import { win32Hex } from '../../www/js/clients/trust.js';
import { CAUSES, nextStep } from '../../www/js/clients/updates.js';
import { createLive, topicsOf } from '../../www/js/lib/live.js';
import { createResource } from '../../www/js/lib/resource.js';
import { createBus, createStore } from '../../www/js/lib/store.js';
import { createRouter, match, place } from '../../www/js/router.js';

const SOURCE = new URL('../../src/', import.meta.url);
const unreachable = () => new ApiError({ title: 'no' }, 0);
/** Work put off, done when asked for. */
function hand() {
	const jobs = [];
	return { later: (f) => jobs.push(f), async turn() { const f = jobs.shift(); if (f) await f(); await new Promise((r) => setImmediate(r)); }, jobs };
}
const committed = { id: 'c1', state: 'committed', confirm_until: '2030-01-01T00:00:00Z' };

test('a swap is committed, reached anew and confirmed', async () => {
	const h = hand();
	let again = 0;
	const swap = createSwap({ commit: async () => committed, change: async () => committed, confirm: async () => ({ ...committed, state: 'confirmed' }) }, { ...h, onCommitted: () => again++ });
	await swap.commit({ id: 'c1', state: 'staged' });
	assert.equal(swap.get().step, 'reconnecting');
	assert.equal(again, 1);
	await h.turn();
	assert.equal(swap.get().step, 'reached');
	await swap.confirm();
	assert.equal(swap.get().step, 'done');
});
test('a page that takes the change over late does not stop what somebody quick began', async () => {
	const h = hand();
	const swap = createSwap({ commit: async () => committed, change: async () => committed }, h);
	await swap.commit({ id: 'c1', state: 'staged' });
	swap.adopt({ id: 'c1', state: 'staged' });
	assert.equal(swap.get().step, 'reconnecting');
});
test('a browser that refuses the new certificate is told, and the old one is back by itself', async () => {
	const h = hand();
	const answers = [unreachable(), unreachable(), { ...committed, state: 'reverted' }];
	const swap = createSwap({ commit: async () => committed, change: async () => { const a = answers.shift(); if (a instanceof Error) throw a; return a; } }, h);
	await swap.commit({ id: 'c1', state: 'staged' });
	await h.turn();
	assert.equal(swap.get().unreachable, true);
	await h.turn();
	await h.turn();
	assert.equal(swap.get().step, 'returned');
	assert.equal(swap.get().unreachable, false);
});
test('a commit whose answer is lost is followed by looking at the change', async () => {
	const h = hand();
	const swap = createSwap({ commit: async () => { throw unreachable(); }, change: async () => committed }, h);
	await swap.commit({ id: 'c1', state: 'staged' });
	assert.equal(swap.get().step, 'reconnecting');
	await h.turn();
	assert.equal(swap.get().step, 'reached');
});
test('a confirmation over the old connection counts for nothing and is tried again', async () => {
	const h = hand();
	const swap = createSwap({ commit: async () => committed, change: async () => committed, confirm: async () => { throw new ApiError({ code: 'change.not_confirmed' }, 409); } }, h);
	await swap.commit({ id: 'c1', state: 'staged' });
	await h.turn();
	await swap.confirm();
	assert.equal(swap.get().step, 'reconnecting');
	assert.equal(swap.get().error, undefined);
});
test('a confirmation that came over a connection from before the change is made again by itself', async () => {
	const h = hand();
	let asked = 0;
	const swap = createSwap({ commit: async () => committed, change: async () => committed, confirm: async () => { if (++asked < 3) throw new ApiError({ code: 'change.wrong_connection' }, 409); return { ...committed, state: 'confirmed' }; } }, h);
	await swap.commit({ id: 'c1', state: 'staged' });
	await h.turn();
	await swap.confirm();
	for (let i = 0; i < 4 && swap.get().step !== 'done'; i++) await h.turn();
	assert.equal(swap.get().step, 'done');
	assert.equal(asked, 3);
});
test('a refused commit shows why', async () => {
	const swap = createSwap({ commit: async () => { throw new ApiError({ code: 'change.proof', detail: 'seen another' }, 422); } }, hand());
	await swap.commit({ id: 'c1', state: 'staged' });
	assert.equal(swap.get().step, 'failed');
	assert.equal(swap.get().error.message, 'seen another');
});
test('what an import needs follows from the code', () => {
	assert.equal(importNeed({ code: 'pfx.wrong_password' }), 'password');
	assert.equal(importNeed({ code: 'pfx.wrong_password' }, true), 'wrong-password');
	assert.equal(importNeed({ code: 'key.encrypted' }), 'password');
	assert.equal(importNeed({ code: 'pfx.no_mac' }), 'no-mac');
	assert.equal(importNeed({ code: 'store.not_self_signed' }), 'warning');
	assert.equal(importNeed({ code: 'x509.corrupt' }), null);
});
test('names and addresses are told apart, web addresses are refused', () => {
	assert.deepEqual(splitNames('a.example, b.example\n192.0.2.1;a.example'), ['a.example', 'b.example', '192.0.2.1']);
	assert.ok(isAddress('2001:db8::1') && isAddress('10.0.0.1') && !isAddress('a.example'));
	assert.equal(nameFault('*.example.org'), '');
	assert.match(nameFault('https://a.example'), /not a web address/);
	assert.match(nameFault('a b'), /not a host name/);
	assert.match(nameFault('-a.example'), /not a host name/);
	assert.ok(!isAddress('300.1.1.1'));
	assert.match(nameFault('300.1.1.1'), /neither an address/);
});
test('extensions are named and say what the console decodes', () => {
	const [usage, odd] = extensionsOf({ extensions: [{ oid: '2.5.29.15', critical: true, decoded: true, values: ['Digital signature'] }, { oid: '1.2.3', critical: false, decoded: false, values: [], hex: '0401ff' }] });
	assert.deepEqual([usage.name, usage.values, usage.critical], ['Key usage', ['Digital signature'], true]);
	assert.deepEqual([odd.name, odd.hex], ['', '0401ff']);
});
test('win32 codes are shown as Windows writes them', () => assert.equal(win32Hex(2148204809), '0x800B0109'));
test('an audit row is a sentence, also when its action is new', () => {
	assert.equal(auditSaid({ actor: 'a', action: 'cert.import', object: 'x' }).verb, 'imported');
	assert.equal(auditSaid({ actor: 'a', action: 'new.strange_thing', object: 'f'.repeat(64) }).verb, 'new strange thing');
	assert.equal(auditSaid({ actor: 'a', action: 'x', object: 'f'.repeat(64) }).object, `${'f'.repeat(12)}…`);
});
test('every action that the console writes down has its words and its topics', () => {
	const codes = new Set([...readFileSync(new URL('base/reason_table.c', SOURCE), 'utf8').matchAll(/\{"([a-z_]+\.[a-z0-9_]+)"/g)].map((m) => m[1]));
	const core = new URL('core/', SOURCE);
	const rooms = [core, ...readdirSync(core, { withFileTypes: true }).filter((f) => f.isDirectory()).map((f) => new URL(`${f.name}/`, core))];
	const files = rooms.flatMap((room) => readdirSync(room).filter((f) => f.endsWith('.c')).map((f) => readFileSync(new URL(f, room), 'utf8'))).filter((t) => t.includes('audit_'));
	const actions = new Set(files.flatMap((t) => [...t.matchAll(/"([a-z_]+\.[a-z_]+)"/g)].map((m) => m[1])).filter((a) => !codes.has(a) && a !== 'master.key'));
	assert.ok(actions.size > 30, `${actions.size} found`);
	assert.deepEqual([...actions].filter((a) => !topicsOf(a).length), [], 'topics');
	assert.deepEqual([...actions].filter((a) => auditSaid({ actor: 'a', action: a, object: 'x' }).verb === a.replace(/[._]/g, ' ')), [], 'words');
});
test('a password rule is met or not while it is typed', () => {
	assert.ok(passwordRules('correct horse battery').every((r) => r.met));
	assert.ok(!passwordRules('short').every((r) => r.met));
	assert.ok(!passwordRules('aaaaaaaaaaaaaaaa').every((r) => r.met));
});
test('the session finds set-up, login or home', async () => {
	const api = (answers) => ({ setCsrf() {}, get: async (p) => { const a = answers[p]; if (a instanceof Error) throw a; return a; } });
	const at = async (answers) => { const s = createSession(api(answers)); await s.find(); return s.get().state; };
	assert.equal(await at({ '/setup': { signed_in: true }, '/session': { user: 'a', role: 'admin' } }), 'in');
	assert.equal(await at({ '/setup': { signed_in: true }, '/session': new ApiError({}, 401) }), 'out');
	assert.equal(await at({ '/setup': { needed: true, signed_in: false } }), 'setup');
	assert.equal(await at({ '/setup': { needed: false, signed_in: false } }), 'out');
	assert.equal(await at({ '/setup': unreachable() }), 'unreachable');
});
test('a look at the session that is answered after the next login neither ends it nor takes its token', async () => {
	for (const answer of [new ApiError({}, 401), { csrf_token: 'old' }]) {
		const asked = [], tokens = [];
		const s = createSession({ setCsrf: (t) => tokens.push(t), get: () => new Promise((done, fail) => asked.push(answer instanceof Error ? () => fail(answer) : () => done(answer))), post: async () => ({ user: 'a', role: 'admin', csrf_token: 'new' }) });
		await s.logIn('a', 'p');
		const probe = s.probe().catch(() => {});
		await s.logIn('a', 'p');
		asked[0]();
		await probe;
		assert.deepEqual([s.get().state, tokens.at(-1)], ['in', 'new']);
	}
});
test('roles are ranked', async () => {
	const s = createSession({ setCsrf() {}, get: async (p) => (p === '/setup' ? { signed_in: true } : { user: 'a', role: 'operator' }) });
	await s.find();
	assert.ok(s.may('viewer') && s.may('operator') && !s.may('admin'));
});
test('an answer that was overtaken is dropped', async () => {
	const waits = [];
	const r = createResource(() => new Promise((done) => waits.push(done)));
	const first = r.reload(), second = r.reload();
	waits[1]('new');
	waits[0]('old');
	await Promise.all([first, second]);
	assert.equal(r.get().data, 'new');
});
test('a reload that fails keeps what was there and says so', async () => {
	let fail = false;
	const r = createResource(async () => { if (fail) throw new Error('down'); return 1; });
	await r.reload();
	fail = true;
	await r.reload();
	assert.deepEqual([r.get().state, r.get().data, r.get().error.message], ['error', 1, 'down']);
});
test('a lost line is said, tried again later and later, and healed', async () => {
	const sources = [], h = hand(), bus = createBus(), healed = [];
	class Source { constructor() { this.on = {}; sources.push(this); } addEventListener(t, f) { this.on[t] = f; } close() {} }
	bus.on('healed', () => healed.push(1));
	const waits = [];
	const live = createLive({ url: '/e', bus, Source, probe: async () => {}, later: (f, ms) => { waits.push(ms); h.later(f); return 1; } });
	live.start();
	sources[0].onopen();
	assert.equal(live.get().state, 'live');
	sources[0].onerror();
	assert.equal(live.get().state, 'lost');
	await h.turn();
	sources[1].onerror();
	await h.turn();
	assert.deepEqual(waits, [1000, 2000]);
	sources[2].onopen();
	assert.equal(live.get().state, 'live');
	assert.equal(healed.length, 1);
});
test('events reach those who listen, broken data or not', () => {
	const bus = createBus(), heard = [];
	let source;
	class Source { constructor() { source = this; this.on = {}; } addEventListener(t, f) { this.on[t] = f; } close() {} }
	bus.on('drift', (d) => heard.push(d));
	createLive({ url: '/e', bus, Source }).start();
	source.on.drift({ data: '{"state":"ok"}' });
	source.on.drift({ data: 'nonsense' });
	assert.deepEqual(heard, [{ state: 'ok' }, null]);
});
test('a store tells only of changes', () => {
	const s = createStore(1), seen = [];
	const stop = s.subscribe((v) => seen.push(v));
	s.set(1);
	s.set(2);
	stop();
	s.set(3);
	assert.deepEqual(seen, [2]);
});
test('routes take parameters apart and survive nonsense', () => {
	assert.deepEqual(match('/bindings/:id', '/bindings/%2A%3A443%3A'), { id: '*:443:' });
	assert.equal(match('/bindings/:id', '/bindings/%E0%A4%A'), null);
	assert.equal(match('/a', '/a/b'), null);
	const routes = [{ pattern: '/a/:x', title: 'A' }], lost = { pattern: '*', title: 'lost' };
	assert.equal(place('#/a/1?q=2', routes, lost).search.get('q'), '2');
	assert.equal(place('#/zzz', routes, lost).route, lost);
	assert.equal(place('', [{ pattern: '/', title: 'home' }], lost).route.title, 'home');
});
test('several imports come to one account: each certificate once, and what came in is not left out', () => {
	const a = { sha256: 'a' }, b = { sha256: 'b' };
	const all = together([{ certificates: [a], left_out: [b], warnings: [{ code: 'w' }], skipped: ['README'] }, { certificates: [a, b], left_out: [{ sha256: 'c' }], warnings: [{ code: 'w' }], skipped: ['README', 'sums'] }]);
	assert.deepEqual(all, { certificates: [a, b], left_out: [{ sha256: 'c' }], warnings: [{ code: 'w' }], skipped: ['README', 'sums'] });
});
test('of a folder only what may hold certificates counts', () => {
	const files = ['a.CER', 'b.p7b', 'notes.txt', 'c.zip', 'd.cer.bak'].map((name) => ({ name, size: 1 }));
	assert.deepEqual(certificateFiles([...files, { name: 'empty.cer', size: 0 }]).map((f) => f.name), ['a.CER', 'b.p7b', 'c.zip']);
});
test('an entry is deployed when this server has it, and whom that helps is counted', () => {
	assert.equal(undeployable({ sha256: 'a', state: 'held' }), '');
	assert.equal(undeployable({ sha256: 'a', state: 'misplaced' }), '', 'it is there, if in another store');
	for (const e of [{ sha256: null, state: 'unconfirmed' }, { sha256: 'a', state: 'missing' }, { sha256: 'a', state: 'distrusted' }, { sha256: 'a', state: 'expired' }]) assert.match(undeployable(e), /\.$/);
	assert.equal(lacking({ agents: { held: 5, missing: 2, misplaced: 1, distrusted: 9 } }), 3);
	assert.equal(lacking({}), 0);
});
test('every cause of a hanging update has one next step, and what is known goes along', () => {
	const steps = Object.keys(CAUSES).map((cause) => nextStep({ cause, entry: null, certificate: null }));
	assert.ok(steps.every((s) => s.href.startsWith('#/') && s.text));
	assert.deepEqual(nextStep({ cause: 'root_missing', entry: '7' }), { href: '#/roots/7?deploy=1', text: 'Deploy this root' });
	assert.equal(nextStep({ cause: 'intermediate_missing', entry: null, missing: { name: 'CN=A & B,O=C', sha256: 'ab' } }).href, '#/roots?new=CA&name=A+%26+B&sha256=ab');
	assert.equal(nextStep({ cause: 'clock' }).href, '#/updates?cause=clock');
});
test('a filter that settles when its page was just left does not take the way back', () => {
	const was = { location: globalThis.location, history: globalThis.history, addEventListener: globalThis.addEventListener };
	let heard = () => {};
	const location = { hash: '#/certificates' };
	Object.assign(globalThis, { location, history: { replaceState: (_, __, to) => { location.hash = to; } }, addEventListener: (_, f) => { heard = f; } });
	try {
		const router = createRouter([{ pattern: '/certificates', title: 'Certificates' }, { pattern: '/certificates/:id', title: 'Certificate' }], { pattern: '*', title: 'Lost' });
		router.refine({ q: 'web' });
		assert.equal(location.hash, '#/certificates?q=web');
		location.hash = '#/certificates/ab'; // the link is clicked; its event comes later
		router.refine({ q: 'webs' });
		assert.equal(location.hash, '#/certificates/ab');
		heard();
		assert.equal(router.get().params.id, 'ab');
	} finally {
		Object.assign(globalThis, was);
	}
});
