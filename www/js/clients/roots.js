// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// The catalogue of root and intermediate certificates that signature checks need: what it names, who has it. No DOM.
import { query } from '../api.js';

/** @typedef {{name?: string, store?: string, sha1?: string|null, sha256?: string|null, needed_for?: string, since?: string}} RootEdit */
/** @typedef {'not_configured'|'on'|'off'} RootPolicy */

const ANY = { headers: { 'If-Match': '*' } }; // what has no address of its own to be read at

/** @param {import('../api.js').Api} api */
export function createRoots(api) {
	const at = (/** @type {string} */ id) => `/roots/${encodeURIComponent(id)}`;
	const agent = (/** @type {string} */ id) => `/agents/${encodeURIComponent(id)}`;
	return {
		/** @param {AbortSignal} [signal] @returns {Promise<Api.Answers['roots_list']>} */
		list: (signal) => api.get('/roots', { signal }),
		/** @param {string} id @param {AbortSignal} [signal] */
		show: (id, signal) => api.get(at(id), { signal }),
		/** @param {RootEdit} entry */
		add: (entry) => api.post('/roots', entry),
		/** @param {string} id @param {RootEdit} entry */
		change: (id, entry) => api.patch(at(id), entry),
		/** @param {string} id */
		remove: (id) => api.del(at(id)),
		/** @param {string} id @param {string} sha256 */
		confirm: (id, sha256) => api.post(`${at(id)}/confirm`, { sha256 }),
		/** @param {File} file @param {{confirm: boolean, unlisted: boolean, dry?: boolean}} how @param {AbortSignal} [signal] */
		import(file, how, signal) {
			const form = new FormData();
			form.set('file', file, file.name);
			if (how.confirm) form.set('confirm', 'true');
			if (how.unlisted) form.set('unlisted', 'true');
			return api.postForm(`/roots/import${how.dry ? '?dry_run=true' : ''}`, form, { signal, timeoutMs: 120000 });
		},

		/** Who has it, who lacks it. @param {string} id @param {{standing?: string, limit?: number, page_token?: string}} filter @param {AbortSignal} [signal] @returns {Promise<Api.Answers['roots_agents']>} */
		agents: (id, filter, signal) => api.get(`${at(id)}/agents${query(filter)}`, { signal }),
		/** What one agent has of it. @param {string} id @param {AbortSignal} [signal] @returns {Promise<Api.Answers['agents_roots']>} */
		ofAgent: (id, signal) => api.get(`${agent(id)}/roots`, { signal }),
		/** @param {{roots: string[]|null, agents: string[]|null}} what null: all that are missing, all that lack any @param {boolean} [dry] */
		deploy: (what, dry) => api.post(`/roots/deploy${dry ? '?dry_run=true' : ''}`, what),
		/** @param {AbortSignal} [signal] @returns {Promise<Api.Answers['roots_policy_show']>} */
		policy: (signal) => api.get('/roots/policy', { signal }),
		/** @param {RootPolicy} policy */
		setPolicy: (policy) => api.put('/roots/policy', { policy }),
		/** @param {string} id @param {RootPolicy} policy */
		setAgentPolicy: (id, policy) => api.put(`${agent(id)}/root-policy`, { policy }, ANY),
		/** A registry file or policy export. @param {File} file @param {{agent?: string, dry?: boolean}} how */
		importPolicy(file, how) {
			const form = new FormData();
			form.set('file', file, file.name);
			if (how.agent) form.set('agent', how.agent);
			return api.postForm(`/roots/policy/import${how.dry ? '?dry_run=true' : ''}`, form);
		},
	};
}

/** How an agent stands to an entry, the best first, and what these are called. */
export const STANDINGS = ['held', 'misplaced', 'expired', 'distrusted', 'missing', 'unconfirmed', 'unknown'];

const HELPED = ['missing', 'misplaced'];
/** Whether a deployment helps an agent of this standing. @param {string} standing */
export const helps = (standing) => HELPED.includes(standing);

/** Agents that a deployment of this entry would help. @param {any} entry */
export const lacking = (entry) => HELPED.reduce((n, s) => n + (entry.agents?.[s] ?? 0), 0);

/** Why an entry cannot be sent to agents, or ''. @param {any} entry */
export function undeployable(entry) {
	if (!entry.sha256) return 'Its fingerprint is not known: import it and confirm it first.';
	return { missing: 'This server does not have it: import it first.', distrusted: 'It lies in Untrusted on this server.', expired: 'It has expired.', unconfirmed: 'Confirm it first.' }[/** @type {string} */ (entry.state)] ?? '';
}

/** Entries that agents lack and could be sent. @param {any} list the catalogue, if it is known */
export const gaps = (list) => (list?.items ?? []).filter((/** @type {any} */ r) => lacking(r) > 0 && !undeployable(r));

/** Files of a folder that may hold certificates. @param {Iterable<File>} files */
export const certificateFiles = (files) => [...files].filter((f) => f.size > 0 && /\.(cer|crt|der|pem|p7b|p7c|zip)$/i.test(f.name));

/**
 * What several looks or imports come to together: a certificate that comes twice counts once.
 * @param {any[]} all
 */
export function together(all) {
	const unique = (/** @type {any[]} */ list) => [...new Map(list.map((c) => [c.sha256 ?? c.code, c])).values()];
	const certificates = unique(all.flatMap((r) => r.certificates)), in_ = new Set(certificates.map((c) => c.sha256));
	return { certificates, left_out: unique(all.flatMap((r) => r.left_out)).filter((c) => !in_.has(c.sha256)), warnings: unique(all.flatMap((r) => r.warnings)), skipped: [...new Set(all.flatMap((r) => r.skipped))] };
}
