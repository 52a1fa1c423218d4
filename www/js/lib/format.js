// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// How values are shown. The only place that knows: views never format dates, sizes or fingerprints themselves.

const MINUTE = 60, HOUR = 3600, DAY = 86400;
const INVISIBLE = /[\s:\u00a0\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** @param {string|number|null|undefined} time RFC 3339, or Unix seconds @returns {number} Unix seconds, NaN if none */
export function seconds(time) {
	if (time === null || time === undefined || time === '') return NaN;
	return typeof time === 'number' ? time : Date.parse(time) / 1000;
}

/** @param {string|number|null|undefined} time @returns {string} local date, "14 Mar 2027" */
export function date(time) {
	const s = seconds(time);
	if (Number.isNaN(s)) return '–';
	return new Date(s * 1000).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
}

/** @param {string|number|null|undefined} time @returns {string} local date and time to the second */
export function dateTime(time) {
	const s = seconds(time);
	if (Number.isNaN(s)) return '–';
	const clock = new Date(s * 1000).toLocaleTimeString('en-GB', { hour12: false });
	return `${date(s)}, ${clock}`;
}

/** @param {string|number|null|undefined} time @returns {string} "2027-03-14 12:00:00 UTC", for titles */
export function utc(time) {
	const s = seconds(time);
	return Number.isNaN(s) ? '' : `${new Date(s * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** @param {number} n @param {string} one @returns {string} "1 day", "2 days" */
export function plural(n, one, many = `${one}s`) {
	return `${n.toLocaleString('en-GB')} ${n === 1 ? one : many}`;
}

/** What the server says in half a sentence, as a whole one. @param {string|null|undefined} text @returns {string} */
export function sentence(text) {
	const t = (text ?? '').trim();
	return t && (/^[^\s.]+\.\w/.test(t) ? t[0] : t[0].toUpperCase()) + t.slice(1) + // a file's name stays as it is
		(/[.!?…)]$/.test(t) ? '' : '.');
}

/** @param {number} s span in seconds @returns {string} coarse: "3 days", "2 hours", "40 seconds" */
export function span(s) {
	const n = Math.abs(s);
	if (n >= 730 * DAY) return plural(Math.floor(n / (365 * DAY)), 'year');
	if (n >= 60 * DAY) return plural(Math.floor(n / (30 * DAY)), 'month');
	if (n >= DAY) return plural(Math.floor(n / DAY), 'day');
	if (n >= HOUR) return plural(Math.floor(n / HOUR), 'hour');
	if (n >= MINUTE) return plural(Math.floor(n / MINUTE), 'minute');
	return plural(Math.floor(n), 'second');
}

/** @param {string|number|null|undefined} time @param {number} now_s @returns {string} "in 3 days", "2 hours ago" */
export function relative(time, now_s = Date.now() / 1000) {
	const s = seconds(time);
	if (Number.isNaN(s)) return 'never';
	const d = s - now_s;
	if (Math.abs(d) < 5) return 'just now';
	return d > 0 ? `in ${span(d)}` : `${span(d)} ago`;
}

/** @param {number} s seconds left @returns {string} "1:05" */
export function clock(s) {
	const n = Math.max(0, Math.ceil(s));
	return `${Math.floor(n / 60)}:${String(n % 60).padStart(2, '0')}`;
}

/** @param {number} n @returns {string} "1.4 KiB" */
export function bytes(n) {
	if (n < 1024) return plural(n, 'byte');
	if (n < 1048576) return `${(n / 1024).toFixed(1)} KiB`;
	return n < 1073741824 ? `${(n / 1048576).toFixed(1)} MiB` : `${(n / 1073741824).toFixed(1)} GiB`;
}

/** @param {string} hex @returns {string} pairs in groups of eight digits: "AB12CD34 …" */
export function fingerprint(hex) {
	return (hex ?? '').replace(/(.{8})(?=.)/g, '$1 ');
}

/**
 * What people paste as a fingerprint: any case, with spaces, colons, the U+200E that Windows puts before it,
 * and the "SHA1 Fingerprint=" of openssl.
 * @param {string} text @returns {string} lower-case hex of 8 to 64 digits, or '' when it is none
 */
export function asFingerprint(text) {
	const hex = text.replace(INVISIBLE, '').toLowerCase().replace(/^(?:sha-?(?:1|256))?(?:fingerprint|thumbprint)?=?(?:0x)?/, '');
	return /^[0-9a-f]{8,64}$/.test(hex) ? hex : '';
}

/** @param {string} text @returns {string} what to search for: a clean fingerprint, or the words */
export function searchTerm(text) {
	return asFingerprint(text) || text.replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '').trim();
}

/** Splits "CN=a, O=b" at commas that are not escaped. @param {string} dn @returns {[string, string][]} */
export function nameParts(dn) {
	return [...(dn ?? '').matchAll(/(?:^|[,+]\s*)([A-Za-z][\w.]*|\d+(?:\.\d+)*)=((?:\\.|[^,+\\])*)/g)].map((m) => [
		m[1],
		m[2].replace(/\\([0-9A-Fa-f]{2}|.)/g, (_, c) => (c.length === 2 ? String.fromCharCode(parseInt(c, 16)) : c)),
	]);
}

const PARTS = { CN: 'Common name', O: 'Organisation', OU: 'Unit', C: 'Country', L: 'Place', ST: 'State', DC: 'Domain part', SERIALNUMBER: 'Serial number', EMAILADDRESS: 'E-mail' };
/** @param {string} key @returns {string} "CN" as "Common name" */
export const partLabel = (key) => PARTS[/** @type {keyof typeof PARTS} */ (key.toUpperCase())] ?? key;

/** @param {string} dn @returns {string} the part people call it by: CN, else OU, O, else all of it */
export function commonName(dn) {
	const parts = nameParts(dn);
	for (const key of ['CN', 'OU', 'O']) {
		const hit = parts.find(([k]) => k.toUpperCase() === key);
		if (hit && hit[1].trim()) return hit[1];
	}
	return dn || '(no name)';
}

/** Share of its life that is over. @returns {number} 0 to 1 */
export function lifeShare(not_before, not_after, now_s = Date.now() / 1000) {
	const from = seconds(not_before), to = seconds(not_after);
	if (!(to > from)) return 1;
	return Math.min(1, Math.max(0, (now_s - from) / (to - from)));
}

/** @returns {'not-yet'|'expired'|'soon'|'good'} soon: under 30 days left */
export function validity(not_before, not_after, now_s = Date.now() / 1000) {
	if (seconds(not_before) > now_s) return 'not-yet';
	if (!(seconds(not_after) > now_s)) return 'expired';
	return seconds(not_after) - now_s < 30 * DAY ? 'soon' : 'good';
}

export const EXPIRY_GROUPS = ['Expired', 'Tomorrow', 'This week', 'Next week', 'Next month', 'Later'];

/** @returns {number} index into EXPIRY_GROUPS */
export function expiryGroup(not_after, now_s = Date.now() / 1000) {
	const days = (seconds(not_after) - now_s) / DAY;
	if (!(days > 0)) return 0;
	return days <= 1 ? 1 : days <= 7 ? 2 : days <= 14 ? 3 : days <= 45 ? 4 : 5;
}

/**
 * How many end when. What is beyond the list, which comes by its end, ends no earlier than the last of it.
 * @param {{not_after: string}[]} certs the earliest first @param {number} total @returns {string[]} one for each of EXPIRY_GROUPS
 */
export function endings(certs, total, now_s = Date.now() / 1000) {
	const n = EXPIRY_GROUPS.map((_, i) => certs.filter((c) => expiryGroup(c.not_after, now_s) === i).length);
	const rest = total - certs.length, from = certs.length ? expiryGroup(certs[certs.length - 1].not_after, now_s) : 0, last = n.length - 1;
	if (rest > 0 && from === last) n[last] += rest;
	return n.map((x, i) => (rest > 0 && from < last && i >= from ? `${x} or more` : String(x)));
}

/** @param {{ip: string, port: number, host?: string}} b @returns {string} "127.0.0.1:4343:host" */
export function endpoint(b) {
	const ip = b.ip.includes(':') && !b.ip.startsWith('[') ? `[${b.ip}]` : b.ip;
	return `${ip}:${b.port}:${b.host ?? ''}`;
}

/** @param {{ip: string, port: number, host?: string}} b @returns {string} how people say it */
export function bindingName(b) {
	const ip = b.ip === '*' ? 'All addresses' : b.ip;
	return b.host ? `${b.host}, port ${b.port}` : `${ip}, port ${b.port}`;
}
