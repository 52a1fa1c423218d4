// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// The smallest store: a value, and who wants to hear of it. No DOM.

/**
 * @template T
 * @param {T} initial
 */
export function createStore(initial) {
	let value = initial;
	/** @type {Set<(v: T) => void>} */
	const listeners = new Set();
	return {
		/** @returns {T} */
		get: () => value,
		/** @param {T | ((v: T) => T)} next */
		set(next) {
			const v = typeof next === 'function' ? /** @type {(v: T) => T} */ (next)(value) : next;
			if (Object.is(v, value)) return;
			value = v;
			for (const f of [...listeners]) f(value);
		},
		/** @param {(v: T) => void} f @returns {() => void} stops it */
		subscribe(f) {
			listeners.add(f);
			return () => listeners.delete(f);
		},
	};
}

/** Topics and those who listen. */
export function createBus() {
	/** @type {Map<string, Set<(data: any) => void>>} */
	const topics = new Map();
	return {
		/** @param {string} topic @param {(data: any) => void} f @returns {() => void} */
		on(topic, f) {
			if (!topics.has(topic)) topics.set(topic, new Set());
			topics.get(topic)?.add(f);
			return () => topics.get(topic)?.delete(f);
		},
		/** @param {string} topic @param {any} [data] */
		emit(topic, data) {
			for (const f of [...(topics.get(topic) ?? []), ...(topics.get('*') ?? [])]) f(data);
		},
	};
}
