// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Update packages, what is offered, how far the agents are, and what keeps them. No DOM.
import { query } from '../api.js';
import { commonName } from '../lib/format.js';

const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
const LONG_MS = 60 * 60 * 1000; // a package may be large and the line thin

/** @param {import('../api.js').Api} api */
export function createUpdates(api) {
	const at = (/** @type {string} */ id) => `/updates/${encodeURIComponent(id)}`;
	return {
		/** @param {AbortSignal} [signal] @returns {Promise<Api.Answers['updates_list']>} */
		list: (signal) => api.get('/updates', { signal }),
		/** @param {string} id @param {AbortSignal} [signal] @returns {Promise<Api.Answers['updates_show']>} */
		show: (id, signal) => api.get(at(id), { signal }),
		/** @param {{file: File, signature?: File|null, sign_with?: string, offer?: boolean}} o @param {boolean} dry look only: the verdict, nothing is stored @param {AbortSignal} [signal] */
		add({ file, signature, sign_with, offer }, dry, signal) {
			const form = new FormData();
			if (offer) form.set('offer', 'true');
			if (sign_with) form.set('sign_with', sign_with);
			else if (signature) form.set('signature', signature, signature.name);
			form.set('file', file, file.name);
			return api.postForm(`/updates${dry ? '?dry_run=true' : ''}`, form, { signal, timeoutMs: LONG_MS });
		},
		/** @param {string} id */
		remove: (id) => api.del(at(id)),
		/** @param {string} id @param {boolean} offered */
		offer: (id, offered) => api.post(`${at(id)}/offer`, { offered }),
		/** @param {{state?: string, cause?: string, limit?: number, page_token?: string}} filter @param {AbortSignal} [signal] @returns {Promise<Api.Answers['updates_agents']>} */
		agents: (filter, signal) => api.get(`/updates/agents${query(filter)}`, { signal }),
		/** Certificates of Personal that may sign packages: with a key, meant for code signing. @param {AbortSignal} [signal] */
		async signers(signal) {
			const list = await api.get(`/certificates${query({ store: 'My', has_key: true, limit: 100 })}`, { signal });
			const whole = await Promise.all(list.items.map((/** @type {any} */ c) => api.get(`/certificates/${c.sha256}`, { signal })));
			return whole.filter((c) => c.eku.some((/** @type {string} */ u) => u === CODE_SIGNING || /code ?sign/i.test(u)));
		},
		check: () => api.post('/updates/check'),
	};
}

/** What keeps agents from an update, each in a few words. @type {Record<string, string>} */
export const CAUSES = {
	root_missing: 'Root missing', intermediate_missing: 'Intermediate missing', signature_bad: 'Signature bad',
	clock: 'Clock wrong', policy: 'Kept by policy', unreachable: 'Not reached', other: 'Another cause',
};

/** How bad it is: what heals by itself once the agent is back is only a warning. @param {string} cause @returns {'warn'|'bad'} */
export const causeKind = (cause) => (['clock', 'unreachable'].includes(cause) ? 'warn' : 'bad');

/**
 * The one next step of a finding, or of an agent that hangs.
 * @param {any} finding @returns {{href: string, text: string}}
 */
export function nextStep(finding) {
	const entry = finding.entry && encodeURIComponent(finding.entry), cert = finding.certificate ?? finding.missing;
	const root = finding.cause === 'root_missing';
	switch (finding.cause) {
		case 'root_missing':
		case 'intermediate_missing':
			if (entry) return { href: `#/roots/${entry}?deploy=1`, text: root ? 'Deploy this root' : 'Deploy this intermediate' };
			if (cert?.sha256) return { href: `#/roots${query({ new: root ? 'Root' : 'CA', name: commonName(cert.name ?? ''), sha256: cert.sha256 })}`, text: 'Put it into the catalogue' };
			return { href: '#/roots?import=1', text: root ? 'Import the root' : 'Import the intermediate' };
		case 'policy': return entry ? { href: `#/roots/${entry}?deploy=1`, text: 'Deploy it all the same' } : { href: '#/roots?policy=1', text: 'Change the policy' };
		case 'signature_bad': return { href: '#/updates?add=1', text: 'Add it signed anew' };
		default: return { href: `#/updates${query({ cause: finding.cause })}`, text: 'See these agents' };
	}
}
