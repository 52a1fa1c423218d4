// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// What agents know of the host certificate: OfcIPCer.dat and drift. No DOM.

const upload = (/** @type {File} */ file, /** @type {Record<string, string>} */ more = {}) => {
	const form = new FormData();
	form.set('file', file, file.name);
	for (const [k, v] of Object.entries(more)) form.set(k, v);
	return form;
};

/** @param {import('../api.js').Api} api */
export function createAgents(api) {
	return {
		/** @returns {Promise<Api.Answers['drift_show']>} */
		drift: (signal) => api.get('/drift', { signal }),
		/** @returns {Promise<Api.Answers['drift_repair']>} */
		repair: () => api.post('/drift/repair'),
		/** @returns {Promise<Api.Answers['ipcer_show']>} */
		ipcer: (signal) => api.get('/ipcer', { signal }),
		/** @param {File|null} file null: the bound certificate */
		publish: (file) => (file ? api.postForm('/ipcer', upload(file)) : api.post('/ipcer')),
		/** What a file would be to agents; one that is not bound is an answer too. @param {File} file */
		look: (file) => api.postForm('/ipcer?dry_run=true', upload(file)).catch((e) => (e.candidate ? { candidate: e.candidate } : Promise.reject(e))),
		/** @param {File} file */
		announce: (file) => api.postForm('/ipcer', upload(file, { as_next: 'true' })),
		withdraw: () => api.del('/ipcer/next'),
		download: () => api.file('/ipcer', { headers: { Accept: 'application/pkix-cert' }, name: 'OfcIPCer.dat' }),
	};
}
