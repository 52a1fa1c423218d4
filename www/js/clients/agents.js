// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// What agents know of the host certificate: OfcIPCer.dat and drift. No DOM.

/** @param {import('../api.js').Api} api */
export function createAgents(api) {
	return {
		drift: (signal) => api.get('/drift', { signal }),
		repair: () => api.post('/drift/repair'),
		ipcer: (signal) => api.get('/ipcer', { signal }),
		/** @param {File|null} file null: the bound certificate */
		publish(file) {
			if (!file) return api.post('/ipcer');
			const form = new FormData();
			form.set('file', file, file.name);
			return api.postForm('/ipcer', form);
		},
		download: () => api.file('/ipcer', { headers: { Accept: 'application/pkix-cert' }, name: 'OfcIPCer.dat' }),
	};
}
