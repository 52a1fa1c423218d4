// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// One thing fetched from the console and its four states. A reload keeps what is shown until the answer is here; an
// answer that was overtaken is dropped. No DOM.
import { createStore } from './store.js';

/**
 * @template T
 * @typedef {{state: 'loading'|'full'|'error', data?: T, error?: any, stale?: boolean}} Snapshot
 */

/**
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} load
 */
export function createResource(load) {
	const store = createStore(/** @type {Snapshot<T>} */ ({ state: 'loading' }));
	/** @type {AbortController|null} */
	let running = null;
	return {
		get: store.get,
		subscribe: store.subscribe,
		async reload() {
			running?.abort();
			const mine = (running = new AbortController());
			const before = store.get();
			store.set(before.data === undefined ? { state: 'loading' } : { ...before, stale: true });
			try {
				const data = await load(mine.signal);
				if (mine === running) store.set({ state: 'full', data });
			} catch (error) {
				if (mine !== running || mine.signal.aborted) return;
				store.set({ state: 'error', error, data: before.data });
			}
		},
		/** @param {T} data */
		put(data) {
			store.set({ state: 'full', data });
		},
		stop() {
			running?.abort();
			running = null;
		},
	};
}
