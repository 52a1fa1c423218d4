// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Settings, audit trail, accounts, tokens, state of the console. No DOM.
import { commonName } from '../lib/format.js';
import { query } from '../api.js';

/** @param {import('../api.js').Api} api */
export function createSystem(api) {
	return {
		/** @returns {Promise<Api.Answers['system_show']>} */
		show: (signal) => api.get('/system', { signal }),
		/** @returns {Promise<Api.Answers['system_traffic']>} */
		traffic: (signal) => api.get('/system/traffic', { signal }),
		/** @returns {Promise<Api.Answers['settings_list']>} */
		settings: (signal) => api.get('/settings', { signal }),
		/** @returns {Promise<Api.Answers['settings_set']>} */
		setSetting: (name, value) => api.put(`/settings/${encodeURIComponent(name)}`, { value }),
		/** @returns {Promise<Api.Answers['audit_list']>} */
		audit: (filter, signal) => api.get(`/audit${query(filter)}`, { signal }),
		/** @returns {Promise<Api.Answers['audit_verify']>} */
		verify: () => api.get('/audit/verify', { timeoutMs: 120000 }),
		/** @returns {Promise<Api.Answers['accounts_list']>} */
		accounts: (signal) => api.get('/accounts', { signal }),
		createAccount: (body) => api.post('/accounts', body),
		changeAccount: (user, body) => api.patch(`/accounts/${encodeURIComponent(user)}`, body),
		removeAccount: (user) => api.del(`/accounts/${encodeURIComponent(user)}`),
		mappings: (user, signal) => api.get(`/accounts/${encodeURIComponent(user)}/certificates`, { signal }),
		mapCertificate(user, o) {
			const form = new FormData();
			if (o.file) form.set('file', o.file, o.file.name);
			for (const k of ['kind', 'value', 'issuer', 'access']) if (o[k]) form.set(k, o[k]);
			return api.postForm(`/accounts/${encodeURIComponent(user)}/certificates`, form);
		},
		unmapCertificate: (user, id) => api.del(`/accounts/${encodeURIComponent(user)}/certificates/${encodeURIComponent(id)}`),
		/** @returns {Promise<Api.Answers['tokens_list']>} */
		tokens: (signal) => api.get('/tokens', { signal }),
		/** @returns {Promise<Api.Answers['tokens_create']>} */
		createToken: (body) => api.post('/tokens', body),
		revokeToken: (id) => api.del(`/tokens/${encodeURIComponent(id)}`),
	};
}

const ACTIONS = {
	'trust.prove': 'proved the trust mode of', 'backup.create': 'backed up', 'backup.restore': 'restored', 'refusal.cure': 'cured the refusal', 'root.confirm': 'confirmed the required root', 'root.add': 'added the required root', 'root.change': 'changed the required root', 'root.remove': 'removed the required root',
	'root.policy': 'set the policy of automatic root updates for', 'root.deploy': 'deployed roots with the rollout', 'update.add': 'added the package', 'update.offer': 'offered the package', 'update.withdraw': 'withdrew the package', 'update.remove': 'removed the package', 'agent.notify': 'notified the agent', 'rollout.start': 'started the rollout', 'rollout.pause': 'paused the rollout', 'rollout.resume': 'resumed the rollout', 'rollout.cancel': 'cancelled the rollout',
	'setup.run': 'set up the console', 'setup.code': 'made a set-up code', 'bind.first': 'made the first binding,', 'bind.prove': 'proved', 'bind.rollback': 'rolled back', 'cert.friendly_name': 'renamed', 'cert.import': 'imported', 'cert.export': 'exported', 'key.export': 'exported the key of', 'cert.move': 'moved', 'cert.remove': 'removed', 'cert.restore': 'brought back', 'cert.rename': 'renamed',
	'bind.stage': 'staged a change of', 'bind.commit': 'put into service on', 'bind.confirm': 'confirmed the change of', 'bind.revert': 'returned the change of', 'bind.abort': 'gave up the change of', 'bind.remove': 'removed the binding',
	'change.stage': 'staged a change of', 'change.commit': 'put into service on', 'change.confirm': 'confirmed the change of', 'change.revert': 'returned the change of', 'change.abort': 'gave up the change of',
	'session.open': 'logged in', 'session.close': 'logged out', 'session.fail': 'failed to log in', 'account.create': 'made the account', 'account.change': 'changed the account', 'account.remove': 'removed the account',
	'token.create': 'made the token', 'token.revoke': 'revoked the token', 'setting.set': 'changed the setting', 'settings.set': 'changed the setting', 'drift.repair': 'repaired drift', 'ipcer.publish': 'published', 'ipcer.announce': 'told agents of the next certificate beside', 'ipcer.withdraw': 'took back the next certificate beside', 'csr.create': 'made a request for', 'csr.complete': 'completed the request for', 'csr.remove': 'gave up the request for',
	'bind.keep': 'kept, since the former certificate is gone, on', 'key.backup': 'backed up', 'key.import': 'imported as the authentication certificate', 'key.restore': 'restored the authentication certificates with', 'key.rotate': 'made the new authentication certificate', 'agent.pin': 'pinned the address of the agent', 'agent.remove': 'removed the agent', 'setting.change': 'changed the setting',
	'trust.stage': 'staged a change of the', 'trust.commit': 'changed the', 'trust.confirm': 'kept the new', 'trust.revert': 'brought back the former', 'trust.abort': 'gave up a change of the', 'trust.keep': 'kept the', 'store.create': 'made the store', 'store.remove': 'removed the store', 'crl.import': 'imported the revocation list of', 'crl.remove': 'dropped the revocation list of', 'lint.fix': 'cured',
};
/** Whom a row speaks of, as far as it says. @param {any} row @returns {string} */
function subjectOf(row) {
	const certs = row.detail?.certificates;
	if (Array.isArray(certs) && certs[0]?.subject) return commonName(certs[0].subject) + (certs.length > 1 ? ` and ${certs.length - 1} more` : '');
	const named = row.detail?.common_name ?? (row.detail?.subject && commonName(row.detail.subject)) ?? row.detail?.friendly_name ?? (row.action.startsWith('crl.') && (row.detail?.after ?? row.detail?.before)?.issuer && commonName((row.detail.after ?? row.detail.before).issuer));
	return named || row.object.replace(/^([^ ]+:\d+):$/, '$1').replace(/[0-9a-f]{24,}/g, (/** @type {string} */ h) => `${h.slice(0, 12)}…`);
}

/** A row of the audit trail as a sentence. @param {{actor: string, action: string, object: string, detail?: any}} row */
export function auditSaid(row) {
	const verb = ACTIONS[/** @type {keyof typeof ACTIONS} */ (row.action)] ?? row.action.replace(/[._]/g, ' ');
	return { verb, object: row.object === row.actor ? '' : subjectOf(row) };
}

/**
 * One line for rows that say the same one after another: who logs in ten times fills no page.
 * @param {any[]} rows @returns {{row: any, times: number}[]}
 */
export function folded(rows) {
	/** @type {{row: any, times: number}[]} */
	const out = [];
	for (const row of rows) {
		const last = out[out.length - 1]?.row;
		if (last && last.action === row.action && last.actor === row.actor && last.object === row.object && row.action.startsWith('session.')) out[out.length - 1].times++;
		else out.push({ row, times: 1 });
	}
	return out;
}

/** @param {string} action @returns {string} icon name */
export function auditIcon(action) {
	const kind = action.split('.')[0];
	return { cert: 'cert', key: 'key', bind: 'binding', change: 'binding', session: 'users', account: 'users', token: 'key', setting: 'settings', settings: 'settings', drift: 'agents', ipcer: 'agents', csr: 'file', trust: 'trust', store: 'trust', lint: 'trust', crl: 'refusal', setup: 'settings', agent: 'agents', rollout: 'agents', root: 'trust', update: 'download', backup: 'lock', refusal: 'refusal' }[kind] ?? 'activity';
}
