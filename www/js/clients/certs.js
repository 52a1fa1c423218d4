// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Certificates, stores and requests. No DOM.
import { query } from '../api.js';

const path = (/** @type {string} */ id) => `/certificates/${encodeURIComponent(id)}`;

/** @param {import('../api.js').Api} api */
export function createCerts(api) {
	return {
		/** @param {Record<string, any>} filter @param {AbortSignal} [signal] @returns {Promise<Api.Answers['certificates_list']>} */
		list: (filter, signal) => api.get(`/certificates${query(filter)}`, { signal }),
		/** A removed one too. @returns {Promise<Api.Answers['certificates_show']>} */
		show: (id, signal) => api.get(`${path(id)}?deleted=true`, { signal, as: path(id) }),
		/** @returns {Promise<Api.Answers['certificates_chain']>} */
		chain: (id, signal) => api.get(`${path(id)}/chain`, { signal }),
		/** @returns {Promise<Api.Answers['certificates_usage']>} */
		usage: (id, signal) => api.get(`${path(id)}/usage`, { signal }),
		rename: (id, friendly_name) => api.patch(path(id), { friendly_name }),
		remove: (id, store) => api.del(`${path(id)}${query({ store })}`),
		restore: (id) => api.post(`${path(id)}/restore`),
		move: (id, from, to) => api.post(`${path(id)}/move`, { from, to }),
		/**
		 * @param {File} file
		 * @param {{password?: string, store?: string, exportable?: boolean, trust_roots?: boolean, accept_warnings?: boolean, allow_no_mac?: boolean,
		 *          all_to_store?: boolean, friendly_name?: string}} o
		 */
		importFile(file, o, dryRun = false) {
			const form = new FormData();
			form.set('file', file, file.name);
			for (const [k, v] of Object.entries(o)) if (v !== undefined && v !== '' && v !== false) form.set(k, String(v));
			return api.postForm(`/certificates/import${query({ dry_run: dryRun || undefined })}`, form, { timeoutMs: 120000 });
		},
		exportFile: (id, body, name) => api.file(`${path(id)}/export`, { body, name }),

		/** @returns {Promise<Api.Answers['stores_list']>} */
		stores: (signal) => api.get('/stores', { signal }),
		createStore: (name) => api.post('/stores', { name }),
		removeStore: (name) => api.del(`/stores/${encodeURIComponent(name)}`),

		/** @returns {Promise<Api.Answers['csrs_list']>} */
		requests: (signal) => api.get('/csrs', { signal }),
		/** @returns {Promise<Api.Answers['csrs_show']>} */
		request: (id, signal) => api.get(`/csrs/${encodeURIComponent(id)}`, { signal }),
		/** @returns {Promise<Api.Answers['csrs_create']>} */
		createRequest: (body) => api.post('/csrs', body, { timeoutMs: 60000 }),
		removeRequest: (id) => api.del(`/csrs/${encodeURIComponent(id)}`),
		completeRequest(file) {
			const form = new FormData();
			form.set('file', file, file.name);
			return api.postForm('/csrs/complete', form);
		},
	};
}

/** Needs of an import that the first look (dry run) tells by its code. @param {{code: string}} error @returns {'password'|'wrong-password'|'no-mac'|'warning'|null} */
export function importNeed(error, passwordGiven = false) {
	switch (error.code) {
		case 'pfx.wrong_password': return passwordGiven ? 'wrong-password' : 'password';
		case 'key.encrypted': return passwordGiven ? 'wrong-password' : 'password';
		case 'pfx.no_mac': return 'no-mac';
		case 'store.not_self_signed': return 'warning';
		default: return null;
	}
}

/** Names and addresses as people type them, by comma, space or line. @param {string} text @returns {string[]} */
export const splitNames = (text) => [...new Set(text.split(/[\s,;]+/).filter(Boolean))];

/** @param {string} name @returns {boolean} */
export const isAddress = (name) => /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(name) || (/^[0-9a-f:.]+$/i.test(name) && name.includes(':'));

/** @param {string} name @returns {string} what is wrong with it as a DNS name, or '' */
export function nameFault(name) {
	if (isAddress(name)) return '';
	if (/^[a-z]+:\/\//i.test(name)) return `${name}: a name, not a web address; leave out "https://".`;
	if (/(^|\.)\d+\.?$/.test(name)) return `${name}: neither an address nor a host name.`;
	if (name.length > 253 || !/^(\*\.)?([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?$/i.test(name)) return `${name}: not a host name.`;
	return '';
}

/** An alternative name without its kind: "DNS:a" is "a". @param {string} san */
export const sanText = (san) => san.replace(/^(DNS|IP|RFC822|email|URI):\s*/i, '');

const EXTENSIONS = {
	'2.5.29.14': 'Subject key identifier', '2.5.29.15': 'Key usage', '2.5.29.17': 'Subject alternative name', '2.5.29.18': 'Issuer alternative name', '2.5.29.19': 'Basic constraints', '2.5.29.30': 'Name constraints', '2.5.29.31': 'CRL distribution points', '2.5.29.32': 'Certificate policies', '2.5.29.33': 'Policy mappings',
	'2.5.29.35': 'Authority key identifier', '2.5.29.36': 'Policy constraints', '2.5.29.37': 'Extended key usage', '2.5.29.46': 'Freshest CRL', '2.5.29.54': 'Inhibit any policy', '1.3.6.1.5.5.7.1.1': 'Authority information access', '1.3.6.1.5.5.7.1.11': 'Subject information access', '1.3.6.1.5.5.7.1.24': 'TLS feature',
	'1.3.6.1.4.1.11129.2.4.2': 'Signed certificate timestamps', '1.3.6.1.4.1.311.20.2': 'Certificate template name', '1.3.6.1.4.1.311.21.7': 'Certificate template', '1.3.6.1.4.1.311.21.10': 'Application policies', '2.16.840.1.113730.1.13': 'Netscape comment', '2.16.840.1.113730.1.1': 'Netscape certificate type',
};

/**
 * The extensions with their names: what each says, line by line, or its bytes where nobody decodes it.
 * @param {{extensions?: {oid: string, critical: boolean, decoded: boolean, values: string[], hex?: string}[]}} c
 */
export const extensionsOf = (c) => (c.extensions ?? []).map((e) => ({ ...e, name: EXTENSIONS[/** @type {keyof typeof EXTENSIONS} */ (e.oid)] ?? '' }));
