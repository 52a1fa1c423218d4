// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Authentication certificates, by which agents know what their server initiates; and publications. No DOM.

const upload = (/** @type {File} */ file, /** @type {string} */ password, /** @type {boolean} */ exportable) => {
	const form = new FormData();
	form.set('file', file, file.name);
	form.set('password', password);
	if (exportable) form.set('exportable', 'true');
	return form;
};
const STATES = ['current', 'recoverable', 'mismatched', 'offline'];

/** @param {import('../api.js').Api} api */
export function createKeys(api) {
	return {
		/** @returns {Promise<Api.Answers['authentication_keys_list']>} */
		list: (signal) => api.get('/authentication-keys', { signal }),
		/** The newest hundred. @param {AbortSignal} [signal] */
		async publications(signal) {
			const { total } = await api.get('/publications?limit=1', { signal });
			return api.get(`/publications?limit=100${total > 100 ? `&page_token=${total - 99}` : ''}`, { signal });
		},
		/** @param {{key: string, leaked: boolean, password?: string}} body @returns {Promise<Api.Answers['authentication_keys_rotate']>} */
		rotate: (body) => api.post('/authentication-keys', body, { timeoutMs: 120000 }),
		/** @param {string} password */
		backup: (password) => api.file('/authentication-keys/backup', { body: { password }, name: 'OfficeScanAuth.zip', timeoutMs: 120000 }),
		/** @param {File} file @param {string} password @param {boolean} exportable */
		restore: (file, password, exportable) => api.postForm('/authentication-keys/restore', upload(file, password, exportable), { timeoutMs: 120000 }),
		/** @param {File} file @param {string} password @param {boolean} exportable */
		import: (file, password, exportable) => api.postForm('/authentication-keys/import', upload(file, password, exportable), { timeoutMs: 120000 }),
		/** The public half of the current one, as agents have it. @param {string} id */
		download: (id) => api.file(`/certificates/${id}/export`, { body: { format: 'der' }, name: 'OfcNTCer.dat' }),
		/** How many agents stand how: what a new key will mean to them. @param {AbortSignal} [signal] */
		async forecast(signal) {
			const pages = await Promise.all(STATES.map((state) => api.get(`/agents?limit=1&state=${state}`, { signal })));
			return Object.fromEntries(STATES.map((state, i) => [state, pages[i].total]));
		},
	};
}
