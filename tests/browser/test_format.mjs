// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import test from 'node:test';
import * as f from '../../www/js/lib/format.js';

const NOW = Date.parse('2026-11-22T12:00:00Z') / 1000;

test('a fingerprint is known in every spelling that people paste', () => {
	for (const text of ['AB:CD:12:34', 'ab cd 12 34', '\u200eabcd1234', 'AbCd1234\u200f', ' abcd\u00a01234\n', '\u202aabcd1234\u202c', 'SHA1 Fingerprint=AB:CD:12:34', 'sha256 fingerprint=abcd1234', '0xABCD1234'])
		assert.equal(f.asFingerprint(text), 'abcd1234', JSON.stringify(text));
});
test('what is no fingerprint is searched as words, without invisible characters', () => {
	assert.equal(f.asFingerprint('console'), '');
	assert.equal(f.asFingerprint('abc'), '');
	assert.equal(f.asFingerprint('sha256'), '');
	assert.equal(f.searchTerm('\u200econsole.example.org '), 'console.example.org');
	assert.equal(f.searchTerm('AB CD 12 34'), 'abcd1234');
});
test('a name is split at commas that are not escaped', () => {
	assert.deepEqual(f.nameParts('CN=Smith\\, John, O=Acme + OU=x'), [['CN', 'Smith, John'], ['O', 'Acme '], ['OU', 'x']]);
	assert.equal(f.commonName('O=Acme Corp, C=DE'), 'Acme Corp');
	assert.equal(f.commonName('CN=a=b,O=x'), 'a=b');
	assert.equal(f.commonName(''), '(no name)');
});
test('hostile names stay text', () => assert.equal(f.commonName('CN=<img src=x onerror=alert(1)>'), '<img src=x onerror=alert(1)>'));
test('time that is left is said coarsely', () => {
	assert.equal(f.relative(NOW + 3 * 86400 + 5, NOW), 'in 3 days');
	assert.equal(f.relative(NOW - 7200, NOW), '2 hours ago');
	assert.equal(f.relative(NOW, NOW), 'just now');
	assert.equal(f.relative(null, NOW), 'never');
	assert.equal(f.span(86400), '1 day');
	assert.equal(f.clock(65), '1:05');
	assert.equal(f.clock(-3), '0:00');
});
test('validity has four states and a month of warning', () => {
	const day = (n) => new Date((NOW + n * 86400) * 1000).toISOString();
	assert.equal(f.validity(day(-10), day(60), NOW), 'good');
	assert.equal(f.validity(day(-10), day(29), NOW), 'soon');
	assert.equal(f.validity(day(-10), day(-1), NOW), 'expired');
	assert.equal(f.validity(day(1), day(60), NOW), 'not-yet');
});
test('what ends when falls into the six groups of the central store', () => {
	const at = (days) => f.EXPIRY_GROUPS[f.expiryGroup(new Date((NOW + days * 86400) * 1000).toISOString(), NOW)];
	assert.deepEqual([-1, 0.5, 5, 10, 30, 100].map(at), f.EXPIRY_GROUPS);
	assert.equal(f.expiryGroup('nonsense', NOW), 0);
});
test('what a list could not hold is counted where it ends, or said to be more', () => {
	const day = (/** @type {number} */ n) => ({ not_after: new Date((1e9 + n * 86400) * 1000).toISOString() });
	assert.deepEqual(f.endings([day(-1), day(3), day(100)], 3, 1e9), ['1', '0', '1', '0', '0', '1']);
	assert.deepEqual(f.endings([day(-1), day(3), day(100)], 2000, 1e9), ['1', '0', '1', '0', '0', '1998']);
	assert.deepEqual(f.endings([day(-1), day(3)], 2000, 1e9), ['1', '0', '1 or more', '0 or more', '0 or more', '0 or more']);
});
test('the life bar never leaves its frame', () => {
	assert.equal(f.lifeShare('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', NOW), 1);
	assert.equal(f.lifeShare('2027-01-01T00:00:00Z', '2028-01-02T00:00:00Z', NOW), 0);
	assert.equal(f.lifeShare('2028-01-01T00:00:00Z', '2027-01-02T00:00:00Z', NOW), 1);
});
test('an IPv6 address stands in brackets in an endpoint', () => {
	assert.equal(f.endpoint({ ip: '::1', port: 443, host: '' }), '[::1]:443:');
	assert.equal(f.endpoint({ ip: '*', port: 4343, host: 'a.example' }), '*:4343:a.example');
	assert.equal(f.bindingName({ ip: '*', port: 443, host: '' }), 'All addresses, port 443');
});
test('fingerprints are grouped, dates are UTC in the title', () => {
	assert.equal(f.fingerprint('ABCDEF0123456789FF'), 'ABCDEF01 23456789 FF');
	assert.equal(f.utc('2026-11-22T12:00:00Z'), '2026-11-22 12:00:00 UTC');
	assert.equal(f.bytes(1536), '1.5 KiB');
	assert.equal(f.bytes(1073741823), '1024.0 MiB');
	assert.equal(f.bytes(3 * 2 ** 30), '3.0 GiB');
});
test('half a sentence of the server becomes a whole one, a whole one stays', () => {
	assert.equal(f.sentence('the path breaks off'), 'The path breaks off.');
	assert.equal(f.sentence('r0.cer: neither PEM nor DER'), 'r0.cer: neither PEM nor DER.');
	assert.equal(f.sentence('Is it so?'), 'Is it so?');
	assert.equal(f.sentence('(as said)'), '(as said)');
	assert.equal(f.sentence(null), '');
});
