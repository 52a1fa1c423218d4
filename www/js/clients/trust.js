// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Trust mode, issuer lists, findings, refusals, revocation lists, what-if. No DOM.
import { query } from '../api.js';

/** @param {import('../api.js').Api} api */
export function createTrust(api) {
	const withFile = (/** @type {File} */ file, /** @type {Record<string, any>} */ more = {}) => {
		const form = new FormData();
		form.set('file', file, file.name);
		for (const [k, v] of Object.entries(more)) if (v !== undefined && v !== '') form.set(k, String(v));
		return form;
	};
	return {
		mode: (signal) => api.get('/trust/mode', { signal }),
		setMode: (mode, within) => api.put('/trust/mode', { mode, confirm_within_s: within ?? 0 }),
		/** What the checks say, before anything is changed. */
		tryMode: (mode) => api.post('/trust/mode/changes?dry_run=true', { mode }),
		keepChange: (id) => api.post(`/changes/${encodeURIComponent(id)}/confirm`),
		dropChange: (id) => api.del(`/changes/${encodeURIComponent(id)}`),
		issuerList: (binding, signal) => api.get(`/trust/issuer-list${query({ binding })}`, { signal }),
		lint: (signal) => api.get('/trust/lint', { signal }),
		fix: (ids) => api.post('/trust/lint/fix', ids ? { ids } : undefined),
		judge: (file, binding) => api.postForm('/trust/judge', withFile(file, { binding })),
		whatIf: (body) => api.post('/trust/what-if', body),
		refusals: (filter, signal) => api.get(`/refusals${query(filter)}`, { signal }),
		refusal: (id, signal) => api.get(`/refusals/${encodeURIComponent(id)}`, { signal }),
		evidence: (body) => api.post('/trust/evidence', body),
		/** Does a remedy of a refusal. @param {string} id @param {number} remedy its place, from 1 */
		cure: (id, remedy) => api.post(`/refusals/${encodeURIComponent(id)}/cure`, { remedy }),
		crls: (signal) => api.get('/crls', { signal }),
		crlIssuers: (signal) => api.get('/crls/issuers', { signal }),
		fetchCrls: (url) => api.post('/crls/fetch', url ? { url } : undefined, { timeoutMs: 120000 }),
		importCrl: (file) => api.postForm('/crls', withFile(file)),
		removeCrl: (id) => api.del(`/crls/${encodeURIComponent(id)}`),
		/** A remedy that one click can do. @param {{method: string, href: string, body?: any}} r */
		apply(r) {
			const path = r.href.replace(/^\/api\/v1/, '');
			if (r.method === 'POST') return api.post(path, r.body);
			if (r.method === 'PUT') return api.put(path, r.body ?? {});
			if (r.method === 'DELETE') return api.del(path);
			throw new Error(`A remedy by ${r.method} is not known here`);
		},
	};
}

/** @param {File} file @returns {Promise<string>} base64, or the PEM text as it is */
export async function asText(file) {
	const bytes = new Uint8Array(await file.arrayBuffer());
	const text = new TextDecoder().decode(bytes);
	if (text.includes('-----BEGIN')) return text;
	return toBase64(bytes);
}

/** @param {Uint8Array} bytes */
function toBase64(bytes) {
	let binary = '';
	for (const b of bytes) binary += String.fromCharCode(b);
	return btoa(binary);
}

/** @param {File} file @returns {Promise<string>} */
export const asBase64 = async (file) => toBase64(new Uint8Array(await file.arrayBuffer()));

/** @param {number} win32 @returns {string} "0x800B0109" */
export const win32Hex = (win32) => `0x${(win32 >>> 0).toString(16).toUpperCase().padStart(8, '0')}`;
