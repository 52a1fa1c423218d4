// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Update packages, what is offered, how far the agents are, and what keeps them. No DOM.
import { query } from '../api.js';

const LONG_MS = 60 * 60 * 1000; // a package may be large and the line thin

/** @param {import('../api.js').Api} api */
export function createUpdates(api) {
	const at = (/** @type {string} */ id) => `/updates/${encodeURIComponent(id)}`;
	return {
		/** @param {AbortSignal} [signal] */
		list: (signal) => api.get('/updates', { signal }),
		/** @param {string} id @param {AbortSignal} [signal] */
		show: (id, signal) => api.get(at(id), { signal }),
		/** @param {{file: File, signature?: File|null, sign_with?: string}} o @param {boolean} dry look only: the verdict, nothing is stored @param {AbortSignal} [signal] */
		add({ file, signature, sign_with }, dry, signal) {
			const form = new FormData();
			if (sign_with) form.set('sign_with', sign_with);
			else if (signature) form.set('signature', signature, signature.name);
			form.set('file', file, file.name);
			return api.postForm(`/updates${dry ? '?dry_run=true' : ''}`, form, { signal, timeoutMs: LONG_MS });
		},
		/** @param {string} id */
		remove: (id) => api.del(at(id)),
		/** @param {string} id @param {boolean} offered */
		offer: (id, offered) => api.post(`${at(id)}/offer`, { offered }),
		/** @param {{state?: string, cause?: string, limit?: number, page_token?: string}} filter @param {AbortSignal} [signal] */
		agents: (filter, signal) => api.get(`/updates/agents${query(filter)}`, { signal }),
		check: () => api.post('/updates/check'),
	};
}

/** What a deployment or a signer lacks, the one next step of a finding. @param {any} finding @returns {{href: string, text: string}} */
export function nextStep(finding) {
	const entry = finding.entry && encodeURIComponent(finding.entry);
	switch (finding.cause) {
		case 'root_missing': return entry ? { href: `#/roots/${entry}?deploy=1`, text: 'Deploy this root' } : { href: '#/roots?import=1', text: 'Import the root' };
		case 'intermediate_missing': return entry ? { href: `#/roots/${entry}?deploy=1`, text: 'Deploy this intermediate' } : { href: '#/roots?import=1', text: 'Import the intermediate' };
		case 'policy': return { href: entry ? `#/roots/${entry}?deploy=1` : '#/roots?policy=1', text: entry ? 'Deploy it all the same' : 'Change the policy' };
		case 'signature_bad': return { href: '#/updates?add=1', text: 'Add it signed anew' };
		default: return { href: `#/updates?cause=${encodeURIComponent(finding.cause)}`, text: 'See these agents' };
	}
}
