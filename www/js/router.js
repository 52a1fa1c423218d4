// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// The address after '#' decides the view. Views are loaded when first needed.
import { createStore } from './lib/store.js';

/** @typedef {{path: string, params: Record<string, string>, search: URLSearchParams, route: Route}} Place */
/** @typedef {{pattern: string, title: string, nav?: string, load: () => Promise<any>}} Route */

/** @param {string} pattern @param {string} path @returns {Record<string, string>|null} */
export function match(pattern, path) {
	const want = pattern.split('/'), have = path.split('/');
	if (want.length !== have.length) return null;
	/** @type {Record<string, string>} */
	const params = {};
	for (let i = 0; i < want.length; i++) {
		if (want[i].startsWith(':')) {
			try {
				params[want[i].slice(1)] = decodeURIComponent(have[i]);
			} catch {
				return null;
			}
		} else if (want[i] !== have[i]) return null;
	}
	return params;
}

/** @param {string} hash @param {Route[]} routes @param {Route} lost @returns {Place} */
export function place(hash, routes, lost) {
	const [path, search = ''] = (hash.replace(/^#/, '') || '/').split('?');
	for (const route of routes) {
		const params = match(route.pattern, path);
		if (params) return { path, params, search: new URLSearchParams(search), route };
	}
	return { path, params: {}, search: new URLSearchParams(search), route: lost };
}

/** @param {Route[]} routes @param {Route} lost */
export function createRouter(routes, lost) {
	const here = () => place(location.hash, routes, lost);
	const store = createStore(here());
	addEventListener('hashchange', () => store.set(here()));
	return {
		get: store.get,
		subscribe: store.subscribe,
		/** @param {string} to */
		go(to) {
			location.hash = to;
		},
		/** Changes the query of the place without a new entry in the history; not when it was just left, which would take the way back. @param {Record<string, string>} params */
		refine(params) {
			if (here().path !== store.get().path) return;
			const q = new URLSearchParams(params).toString();
			history.replaceState(null, '', `#${store.get().path}${q ? `?${q}` : ''}`);
			store.set(here());
		},
	};
}
