// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import test from 'node:test';
import { ApiError, createApi, parse, query } from '../../www/js/api.js';

globalThis.crypto ??= webcrypto; // a browser has it; Node 18, which Debian 12 ships, has not

/** A fetch that answers from a list and remembers what was asked. */
function wire(...answers) {
	const asked = [];
	const fetch = async (url, o) => {
		asked.push({ url, ...o });
		const a = answers.shift();
		if (a instanceof Error) throw a;
		return new Response(a.body === undefined ? null : JSON.stringify(a.body), { status: a.status ?? 200, headers: a.headers });
	};
	return { fetch, asked };
}

test('a write carries the CSRF token and an idempotency key, a read neither', async () => {
	const w = wire({ body: {} }, { body: {} });
	const api = createApi(w);
	api.setCsrf('t0ken');
	await api.get('/stores');
	await api.post('/stores', { name: 'x' });
	assert.equal(w.asked[0].headers['X-CSRF-Token'], undefined);
	assert.equal(w.asked[1].headers['X-CSRF-Token'], 't0ken');
	assert.match(w.asked[1].headers['Idempotency-Key'], /^[0-9a-f-]{36}$/);
	assert.equal(w.asked[1].url, '/api/v1/stores');
});
test('a change says which state it was made from, as last seen', async () => {
	const w = wire({ body: {}, headers: { ETag: '"a"' } }, { body: {} });
	const api = createApi(w);
	await api.get('/settings/hsts');
	await api.put('/settings/hsts', { value: true });
	assert.equal(w.asked[1].headers['If-Match'], '"a"');
});
test('a change of what was never seen looks first', async () => {
	const w = wire({ body: {}, headers: { ETag: '"b"' } }, { status: 204 });
	assert.equal(await createApi(w).del('/tokens/7?x=1'), null);
	assert.deepEqual(w.asked.map((a) => [a.method, a.url]), [['GET', '/api/v1/tokens/7'], ['DELETE', '/api/v1/tokens/7?x=1']]);
	assert.equal(w.asked[1].headers['If-Match'], '"b"');
});
test('a problem keeps code, remedy, checks and request id', async () => {
	const body = { title: 'Name', status: 422, detail: 'does not match', code: 'name.no_match', trace_id: 'r-1', remedies: [{ text: 'add the name' }], checks: [{ id: 'name.no_match' }] };
	const e = await createApi(wire({ status: 422, body })).post('/changes', {}).catch((x) => x);
	assert.ok(e instanceof ApiError);
	assert.deepEqual([e.code, e.message, e.requestId, e.status, e.remedies[0].text, e.checks.length], ['name.no_match', 'does not match', 'r-1', 422, 'add the name', 1]);
});
test('an answer that is no JSON is still a readable failure', async () => {
	const fetch = async () => new Response('<html>', { status: 502, statusText: 'Bad Gateway' });
	const e = await createApi({ fetch }).get('/x').catch((x) => x);
	assert.equal(e.status, 502);
	assert.match(e.title, /Bad Gateway/);
});
test('an answer that is cut off or empty is not taken for a console that is not there', async () => {
	for (const body of ['', '{"id":', '<html>']) {
		const e = await createApi({ fetch: async () => new Response(body, { status: 201 }) }).post('/tokens', {}).catch((x) => x);
		assert.deepEqual([e.name, e.code], ['ApiError', 'answer.unreadable']);
	}
});
test('a name cannot turn the text around it', () => {
	assert.deepEqual(parse('{"a":["evil\u202Egpj.exe","\\u2066x","\\u202e"],"b":1}'), { a: ['evil[U+202E]gpj.exe', '[U+2066]x', '[U+202E]'], b: 1 });
	assert.equal(parse('"شهادة"'), 'شهادة');
});
test('a console that is not reached is said, with status 0', async () => {
	const reached = [];
	const w = wire(new TypeError('failed to fetch'));
	const e = await createApi({ ...w, onReached: (ok) => reached.push(ok) }).get('/x').catch((x) => x);
	assert.equal(e.status, 0);
	assert.equal(e.code, 'network.unreachable');
	assert.deepEqual(reached, [false]);
	assert.match(e.message, /tried again by itself/);
	const write = await createApi(wire(new TypeError('failed to fetch'))).post('/x', {}).catch((x) => x);
	assert.match(write.message, /not sent again by itself/);
});
test('a 401 in the midst of things ends the session, at the door it does not', async () => {
	let ended = 0;
	const api = createApi({ ...wire({ status: 401, body: {} }, { status: 401, body: {} }), onSignedOut: () => ended++ });
	await api.get('/session').catch(() => {});
	assert.equal(ended, 0);
	await api.get('/stores').catch(() => {});
	assert.equal(ended, 1);
});
test('a 401 that comes after the next login ends nothing', async () => {
	let ended = 0;
	const api = createApi({ ...wire({ status: 401, body: {} }), onSignedOut: () => ended++ });
	api.setCsrf('old');
	const late = api.get('/stores').catch((x) => x);
	api.setCsrf('new');
	assert.deepEqual([(await late).status, ended], [401, 0]);
});
test('a token that another tab made stale is taken anew, once, and the write is repeated', async () => {
	const stale = { status: 403, body: { code: 'csrf' } };
	const w = wire(stale, { body: { done: true } }, stale, stale);
	let asked = 0;
	const api = createApi({ ...w, onStaleToken: async () => { asked++; api.setCsrf('new'); } });
	api.setCsrf('old');
	assert.deepEqual(await api.post('/stores', { name: 'x' }), { done: true });
	assert.deepEqual(w.asked.map((a) => [a.headers['X-CSRF-Token'], a.body]), [['old', '{"name":"x"}'], ['new', '{"name":"x"}']]);
	assert.equal((await api.post('/stores', {}).catch((x) => x)).code, 'csrf');
	assert.equal(asked, 2);
});
test('a write is not repeated when the session is somebody else’s now', async () => {
	const w = wire({ status: 403, body: { code: 'csrf' } });
	const e = await createApi({ ...w, onStaleToken: () => Promise.reject(new ApiError({ title: 'someone else' }, 403)) }).post('/stores', {}).catch((x) => x);
	assert.deepEqual([e.title, w.asked.length], ['someone else', 1]);
});
test('Retry-After reaches the one who reads the message', async () => {
	const e = await createApi(wire({ status: 429, body: { detail: 'wait' }, headers: { 'Retry-After': '30' } })).get('/x').catch((x) => x);
	assert.equal(e.retryAfter, 30);
});
test('a query holds what is set and nothing else', () => assert.equal(query({ a: 'x y', b: '', c: undefined, d: false, e: 0 }), '?a=x+y&d=false&e=0'));
