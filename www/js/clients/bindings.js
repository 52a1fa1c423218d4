// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Bindings and their changes, and the story of one swap: stage, commit, reconnect, confirm. No DOM.
import { createStore } from '../lib/store.js';
import { seconds } from '../lib/format.js';
import { query } from '../api.js';

const at = (/** @type {string} */ id) => `/bindings/${encodeURIComponent(id)}`;
const change = (/** @type {string} */ id) => `/changes/${encodeURIComponent(id)}`;

/** @param {import('../api.js').Api} api */
export function createBindings(api) {
	return {
		/** @returns {Promise<Api.Answers['bindings_list']>} */
		list: (signal) => api.get('/bindings', { signal }),
		/** Every binding with its certificate and, if one is open, its change. @param {AbortSignal} [signal] */
		async overview(signal) {
			const { items } = await api.get('/bindings', { signal });
			return Promise.all(items.map(async (/** @type {any} */ b) => ({
				...b,
				certificate: b.cert ? await api.get(`/certificates/${b.cert}`, { signal }).catch((e) => (e.status === 404 ? null : Promise.reject(e))) : null,
			})));
		},
		/** @returns {Promise<Api.Answers['bindings_show']>} */
		show: (id, signal) => api.get(at(id), { signal }),
		/** @returns {Promise<Api.Answers['bindings_history']>} */
		history: (id, page_token, signal) => api.get(`${at(id)}/history${query({ page_token })}`, { signal }),
		/** @returns {Promise<Api.Answers['checks_run']>} */
		check: (body, signal) => api.post('/checks', body, { signal }),
		remove: (id) => api.del(at(id)),
		/** @returns {Promise<Api.Answers['changes_stage_new']>} */
		stage: (body) => api.post('/changes', body),
		/** @returns {Promise<Api.Answers['changes_commit']>} */
		commit: (id) => api.postMatched(`${change(id)}/commit`, change(id), undefined, { timeoutMs: 60000 }),
		/** @returns {Promise<Api.Answers['changes_confirm']>} */
		confirm: (id) => api.post(`${change(id)}/confirm`, undefined, { timeoutMs: 10000 }),
		abort: (id) => api.del(change(id), { timeoutMs: 60000 }),
		/** @returns {Promise<Api.Answers['changes_show']>} */
		change: (id, signal, timeoutMs) => api.get(change(id), { signal, timeoutMs }),
		rollback: (id, to) => api.post(`${at(id)}/rollback`, to ? { to } : undefined, { timeoutMs: 60000 }),
	};
}

/** A browser keeps several connections: each may have to be let go before a confirmation comes over a new one. */
const CONFIRM_TRIES = 8;

/** @typedef {'idle'|'committing'|'reconnecting'|'reached'|'confirming'|'done'|'returned'|'failed'} SwapStep */
/** @typedef {{step: SwapStep, change?: any, error?: any, unreachable?: boolean, confirmUntil?: number}} Swap */

/**
 * Drives one change. After the commit the console shows another certificate, so that each try is a new connection;
 * being unreachable then is no failure yet: the browser may refuse the new certificate, and the change returns by itself.
 * @param {ReturnType<typeof createBindings>} bindings
 * @param {{later?: (f: () => void, ms: number) => any, now_s?: () => number, onCommitted?: () => void}} [o]
 */
export function createSwap(bindings, o = {}) {
	const later = o.later ?? ((f, ms) => setTimeout(f, ms));
	const now_s = o.now_s ?? (() => Date.now() / 1000);
	const store = createStore(/** @type {Swap} */ ({ step: 'idle' }));
	let stopped = false;
	let tries = 0; // of one confirmation that came over a connection from before the change
	const put = (/** @type {Partial<Swap>} */ s) => store.set((old) => ({ ...old, ...s }));

	/** Looks at the change again until it is reached over the new certificate or its time is over. */
	async function reconnect() {
		if (stopped) return;
		const { change: c, confirmUntil } = store.get();
		try {
			const seen = await bindings.change(c.id, undefined, 5000);
			if (stopped) return;
			if (seen.state === 'confirmed') put({ step: 'done', change: seen, unreachable: false });
			else if (seen.state === 'reverted' || seen.state === 'aborted') put({ step: 'returned', change: seen, unreachable: false });
			else {
				if (store.get().step === 'reconnecting') put({ step: 'reached', change: seen, unreachable: false });
				if (tries && store.get().step === 'reached') keep();
				else later(reconnect, 2000);
			}
		} catch (error) {
			if (stopped) return;
			if (error.status === 401) later(reconnect, 2000); // until somebody logs in again
			else if (error.status) put({ step: 'failed', error });
			else {
				put({ unreachable: true, step: store.get().step === 'reached' ? 'reconnecting' : store.get().step });
				later(reconnect, confirmUntil && now_s() > confirmUntil ? 3000 : 1500);
			}
		}
	}

	async function keep() {
		put({ step: 'confirming', error: undefined });
		try {
			put({ change: await bindings.confirm(store.get().change.id), step: 'done' });
			tries = 0;
		} catch (error) {
			const old = error.code === 'change.wrong_connection'; // the console closes it: the next one is new
			tries = old && tries < CONFIRM_TRIES ? tries + 1 : 0;
			put({ step: 'reconnecting', error: old || error.code === 'change.not_confirmed' || error.status === 0 ? undefined : error });
			later(reconnect, 500);
		}
	}

	const followed = (/** @type {any} */ c) => {
		put({ change: c, confirmUntil: seconds(c.confirm_until) || undefined });
		if (c.state === 'confirmed') put({ step: 'done' });
		else if (c.state === 'committed') {
			put({ step: 'reconnecting' });
			o.onCommitted?.();
			later(reconnect, 300);
		} else if (c.state === 'reverted' || c.state === 'aborted') put({ step: 'returned' });
	};

	return {
		get: store.get,
		subscribe: store.subscribe,
		/** Takes over a change that is staged; one that is on its way already goes on. @param {any} c */
		adopt: (c) => {
			if (store.get().change?.id !== c.id) store.set({ step: 'idle', change: c });
		},
		reset: () => store.set({ step: 'idle' }),
		/** The change that is shown, so that nobody who is quick commits another one, or none. @param {any} c */
		async commit(c) {
			store.set({ step: 'committing', change: c });
			try {
				followed(await bindings.commit(c.id));
			} catch (error) {
				if (error.status === 0) {
					// the answer was lost on the way: the change itself tells how it stands
					put({ step: 'reconnecting', unreachable: true });
					later(reconnect, 1000);
				} else put({ step: 'failed', error });
			}
		},
		/** Goes on with a change that is already committed (the page was opened anew). @param {any} c */
		resume: (c) => followed(c),
		confirm: () => {
			tries = 0;
			return keep();
		},
		/** @param {any} c */
		async giveUp(c) {
			put({ change: await bindings.abort(c.id) });
			put({ step: 'returned' });
		},
		stop() {
			stopped = true;
		},
	};
}
