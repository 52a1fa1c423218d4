// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Hooks that tie stores, resources and the bus to what is shown.
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState } from './html.js';
import { createResource } from './resource.js';

/** The clients of this session, for every view below the shell. */
export const Clients = createContext(/** @type {any} */ (null));
export const useClients = () => useContext(Clients);

/** @template T @param {{get: () => T, subscribe: (f: (v: T) => void) => () => void}} store @returns {T} */
export function useStore(store) {
	const [value, set] = useState(store.get());
	useEffect(() => {
		set(store.get());
		return store.subscribe((v) => set(v));
	}, [store]);
	return value;
}

/**
 * Loads, shows, reloads when one of the topics is heard, and lets go on leave.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} load @param {any[]} deps @param {string[]} [topics]
 */
export function useResource(load, deps, topics = []) {
	const { bus } = useClients();
	const resource = useMemo(() => createResource(load), deps);
	useEffect(() => {
		resource.reload();
		/** @type {any} */
		let later = 0;
		const soon = () => {
			clearTimeout(later);
			later = setTimeout(() => resource.reload(), 120);
		};
		const stops = [...topics, 'healed'].map((t) => bus.on(t, soon));
		return () => {
			clearTimeout(later);
			stops.forEach((stop) => stop());
			resource.stop();
		};
	}, [resource]);
	return { ...useStore(resource), reload: resource.reload, put: resource.put };
}

let ids = 0;
/** An id for label and description, the same for the life of the component. */
export function useId(prefix = 'f') {
	const ref = useRef('');
	if (!ref.current) ref.current = `${prefix}-${++ids}`;
	return ref.current;
}

/** Seconds since the epoch, moving each second while `on`. */
export function useNow(on = true) {
	const [now, set] = useState(Date.now() / 1000);
	useEffect(() => {
		if (!on) return undefined;
		const t = setInterval(() => set(Date.now() / 1000), 1000);
		return () => clearInterval(t);
	}, [on]);
	return now;
}

/**
 * A look at what would happen, before it does. Answers may overtake one another: only what was asked last counts; what
 * was seen before stays until it is answered.
 * @returns {{look: {state: 'none'|'looking'|'seen'|'refused', data?: any, error?: any, [more: string]: any}, ask: (run: () => Promise<any>, more?: (error: any) => object) => Promise<void>, clear: () => void, again?: () => void}}
 *          more: what a refusal is told to mean; again: asks the same once more, where the answer was lost and not a refusal
 */
export function useLook() {
	const [look, set] = useState(/** @type {any} */ ({ state: 'none' }));
	const asked = useRef(0), last = useRef(/** @type {any} */ (null));
	const ask = useCallback(async (/** @type {() => Promise<any>} */ run, /** @type {(error: any) => object} */ more = () => ({})) => {
		const mine = ++asked.current;
		last.current = [run, more];
		set((/** @type {any} */ l) => ({ ...l, state: 'looking' }));
		const seen = await run().then((data) => ({ state: 'seen', data }), (error) => ({ state: 'refused', error, ...more(error) }));
		if (mine === asked.current) set(seen);
	}, []);
	const clear = useCallback(() => { asked.current++; set({ state: 'none' }); }, []);
	const status = look.error?.status;
	return { look, ask, clear, again: status === 0 || status === 401 || status === 429 || status >= 500 ? () => { ask(last.current[0], last.current[1]); } : undefined };
}

/**
 * The tokens of the pages of a list, up to the one shown. Another filter begins at its own first page.
 * @param {...any} filter @returns {[string[], (pages: string[]) => void]}
 */
export function usePages(...filter) {
	const of = JSON.stringify(filter);
	const [at, set] = useState({ of, pages: /** @type {string[]} */ ([]) });
	return [at.of === of ? at.pages : [], (pages) => set({ of, pages })];
}

/**
 * A dialog that an address opens, as '#/bindings?add=1' does, and the way back shuts.
 * @template T @param {T|null|''|false} asked what the address asks for @param {T|any} none nothing open
 * @returns {[any, (v: any) => void]}
 */
export function useAsked(asked, none) {
	const [open, set] = useState(/** @type {any} */ (asked || none));
	const was = useRef(!!asked);
	useEffect(() => {
		if (asked) set(asked);
		else if (was.current) set(none);
		was.current = !!asked;
	}, [JSON.stringify(asked)]);
	return [open, set];
}

const SETTLE_MS = 200;
/**
 * The filter of a list, kept in the address: it outlives a reload and the way back, and can be sent to somebody. What is
 * typed is shown at once, and counts when the typing pauses.
 * @param {URLSearchParams} search of the place @param {string[]} names
 * @returns {[Record<string, string>, (part: Record<string, string>) => void, Record<string, string>]} typed, put, what counts
 */
export function useFilter(search, names) {
	const { router } = useClients();
	const counts = Object.fromEntries(names.map((n) => [n, search.get(n) ?? '']));
	const [typed, set] = useState(counts);
	const mine = useRef(search.toString());
	useEffect(() => { // came by a link, or by the way back
		if (search.toString() === mine.current) return;
		mine.current = search.toString();
		set(counts);
	}, [search]);
	useEffect(() => {
		const timer = setTimeout(() => {
			const next = new URLSearchParams(mine.current);
			for (const n of names) typed[n].trim() ? next.set(n, typed[n].trim()) : next.delete(n);
			if (next.toString() === mine.current) return;
			mine.current = next.toString();
			router.refine(Object.fromEntries(next));
		}, SETTLE_MS);
		return () => clearTimeout(timer);
	}, [JSON.stringify(typed)]);
	return [typed, (part) => set((old) => ({ ...old, ...part })), counts];
}

/** Runs an action once at a time and keeps its failure. @param {(...a: any[]) => Promise<any>} action */
export function useAction(action) {
	const [state, set] = useState({ busy: false, error: /** @type {any} */ (null) });
	const alive = useRef(true);
	useEffect(() => () => { alive.current = false; }, []);
	const run = useCallback(async (/** @type {any[]} */ ...args) => {
		set({ busy: true, error: null });
		try {
			const r = await action(...args);
			if (alive.current) set({ busy: false, error: null });
			return r;
		} catch (error) {
			if (alive.current) set({ busy: false, error });
			return undefined;
		}
	}, [action]);
	return { ...state, run, clear: () => set({ busy: false, error: null }) };
}
