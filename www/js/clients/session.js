// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Who is here: set-up, log in, log out. No DOM.
import { ApiError } from '../api.js';
import { createStore } from '../lib/store.js';

/** @typedef {{state: 'unknown'|'setup'|'out'|'in'|'unreachable', user?: string, role?: string, stay?: number, why?: string, error?: any, passwordMin?: number}} Session
 *  out with a user: the session ended by itself in the midst of what they did; stay: another number when somebody else came then */
const RANK = { viewer: 1, operator: 2, admin: 3 };

/** @param {import('../api.js').Api} api */
export function createSession(api) {
	const store = createStore(/** @type {Session} */ ({ state: 'unknown' }));
	let stay = 0;
	const enter = (/** @type {any} */ s) => {
		const was = store.get();
		api.setCsrf(s.csrf_token ?? '');
		if (was.state === 'out' && was.user !== s.user) stay++;
		store.set({ state: 'in', user: s.user, role: s.role, stay });
	};
	return {
		get: store.get,
		subscribe: store.subscribe,
		/** Finds out whether there is a session, or set-up is due. */
		async find() {
			try {
				const setup = await api.get('/setup');
				if (setup.signed_in) enter(await api.get('/session'));
				else store.set({ state: setup.needed ? 'setup' : 'out', passwordMin: setup.password_min ?? 12 });
			} catch (error) {
				store.set(error.status === 401 ? { state: 'out' } : { state: 'unreachable', error });
			}
		},
		/** Whether the console answers; throws when it does not or the session is over. */
		async probe() {
			const was = store.get();
			try {
				const { csrf_token } = await api.get('/session');
				if (store.get() === was) api.setCsrf(csrf_token ?? '');
			} catch (error) {
				if (error.status === 401 && store.get() === was) this.ended(); // not one that began meanwhile
				throw error;
			}
		},
		/** The cookie stands for another session, since somebody logged in in another tab: theirs is taken over; throws when it is not the same person. */
		async takeOver() {
			const was = store.get(), now = await api.get('/session');
			enter(now);
			if (was.user === now.user && was.role === now.role) return;
			throw new ApiError({ code: 'csrf', title: 'This browser is logged in as someone else now', detail: `In another tab ${now.user} has logged in. Nothing was done; look at the page again before you repeat it.` }, 403);
		},
		/** @param {string} code @param {string} user @param {string} password */
		async setup(code, user, password) {
			await api.post('/setup', { code: code.trim(), user, password });
			enter(await api.post('/session', { user, password }));
		},
		/** @param {string} user @param {string} password */
		async logIn(user, password) {
			enter(await api.post('/session', { user, password }));
		},
		/** Whether the client certificate of this connection would log somebody in. */
		certificate: (/** @type {AbortSignal} */ signal) => api.get('/session/certificate', { signal }),
		async logInByCertificate() {
			enter(await api.post('/session/certificate'));
		},
		async logOut() {
			try {
				await api.del('/session', { headers: { 'If-Match': '*' } });
			} finally {
				api.setCsrf('');
				store.set({ state: 'out', why: 'You are logged out.' });
			}
		},
		/** The server said 401 in the midst of things: who it was is remembered, for what they had typed is still there. */
		ended() {
			const { state, user, role } = store.get();
			if (state !== 'in') return;
			api.setCsrf('');
			store.set({ state: 'out', user, role, stay, why: 'Your session has ended. Log in again to go on where you were; what you typed is kept.' });
		},
		/** @param {'viewer'|'operator'|'admin'} role */
		may: (role) => (RANK[/** @type {keyof typeof RANK} */ (store.get().role)] ?? 0) >= RANK[role],
	};
}

/** What a good password is, said while it is typed. @param {string} password @param {number} min */
export function passwordRules(password, min = 12) {
	return [
		{ text: `At least ${min} characters; several words make a good one`, met: [...password].length >= min },
		{ text: 'Not one character again and again', met: password.length > 0 && new Set(password).size > 4 },
	];
}
