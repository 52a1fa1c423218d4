// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Server-sent events: a line to the console that says when it is lost and comes back by itself. No DOM; the
// EventSource and the clock are given.
import { createStore } from './store.js';

export const TOPICS = ['binding', 'change', 'drift', 'certificate', 'trust', 'refusal', 'audit', 'settings', 'account', 'agent', 'rollout', 'keys', 'root', 'update'];
const WAIT_MIN_MS = 1000, WAIT_MAX_MS = 15000;

/** What each kind of action in the audit trail may have changed on a page. */
const MOVES = {
	cert: ['certificate', 'trust', 'drift'], csr: ['certificate'], store: ['certificate', 'trust'], crl: ['trust'], root: ['root', 'certificate', 'trust'], lint: ['trust', 'certificate'], trust: ['trust'],
	bind: ['binding', 'change', 'drift', 'certificate', 'trust'], ipcer: ['drift'], drift: ['drift', 'certificate'], key: ['keys', 'certificate'], publication: ['keys', 'drift'],
	refusal: ['refusal', 'trust', 'certificate'], backup: ['certificate', 'trust', 'binding', 'settings', 'keys', 'account', 'drift'],
	agent: ['agent'], update: ['update', 'agent'], rollout: ['rollout', 'agent'], account: ['account'], mapping: ['account'], token: ['account'], session: ['account'], setup: ['account'], setting: ['settings', 'trust', 'binding'],
};

/** @param {string} action of a row of the audit trail @returns {string[]} */
export const topicsOf = (action) => MOVES[/** @type {keyof typeof MOVES} */ (action.split('.')[0])] ?? [];

/**
 * @param {{url: string, bus: {emit: (t: string, d?: any) => void}, Source: any, probe?: () => Promise<void>,
 *          later?: (f: () => void, ms: number) => any}} o  probe: called before each new try, throws when signed out
 */
export function createLive({ url, bus, Source, probe, later = (f, ms) => setTimeout(f, ms) }) {
	const store = createStore({ state: /** @type {'connecting'|'live'|'lost'|'off'} */ ('off'), since: 0 });
	/** @type {any} */
	let source = null, timer = null;
	let wait = WAIT_MIN_MS, wasLost = false;

	const say = (state) => {
		if (store.get().state !== state) store.set({ state, since: Date.now() / 1000 });
	};

	function open() {
		timer = null;
		if (!wasLost) say('connecting');
		source = new Source(url);
		source.onopen = () => {
			wait = WAIT_MIN_MS;
			say('live');
			if (wasLost) bus.emit('healed');
			wasLost = false;
		};
		source.onerror = () => lost();
		for (const topic of TOPICS)
			source.addEventListener(topic, (/** @type {MessageEvent} */ e) => {
				let data = null;
				try {
					data = JSON.parse(e.data);
				} catch {
					// the topic alone says what to load again
				}
				bus.emit(topic, data);
				if (topic === 'audit') for (const t of topicsOf(data?.action ?? '')) bus.emit(t, data);
			});
	}

	function lost() {
		source?.close();
		source = null;
		if (store.get().state === 'off' || timer !== null) return;
		wasLost = true;
		say('lost');
		timer = later(async () => {
			try {
				await probe?.();
			} catch {
				timer = null;
				lost();
				return;
			}
			if (timer !== null) open();
		}, wait);
		wait = Math.min(wait * 2, WAIT_MAX_MS);
	}

	return {
		get: store.get,
		subscribe: store.subscribe,
		start() {
			if (!source && timer === null) open();
		},
		/** Closes and opens anew: the server shows another certificate now. */
		again() {
			source?.close();
			source = null;
			if (timer !== null) clearTimeout(timer);
			wasLost = true;
			open();
		},
		stop() {
			source?.close();
			source = null;
			if (timer !== null) clearTimeout(timer);
			timer = null;
			wasLost = false;
			say('off');
		},
	};
}
