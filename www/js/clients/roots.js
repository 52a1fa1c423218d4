// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// The catalogue of root and intermediate certificates that signature checks need. No DOM.

/** @typedef {{name?: string, store?: string, sha1?: string|null, sha256?: string|null, needed_for?: string, since?: string}} RootEdit */

/** @param {import('../api.js').Api} api */
export function createRoots(api) {
	const at = (/** @type {string} */ id) => `/roots/${id}`;
	return {
		/** @param {AbortSignal} [signal] */
		list: (signal) => api.get('/roots', { signal }),
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
	};
}
