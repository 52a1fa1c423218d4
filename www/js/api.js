// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// The one way to the console's REST interface: CSRF, JSON, ETags, problems as errors, time limits, abort. Builds no
// URL beyond its base and knows no resource.

export const BASE = '/api/v1';
const TIMEOUT_MS = 30000;

const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * JSON as data. Characters that turn the direction of the text around them would let a name rewrite the sentence that it
 * stands in: they are shown as what they are. @param {string} text
 */
export function parse(text) {
	if (!/[\u202a-\u202e\u2066-\u2069]|\\u20[26]/i.test(text)) return JSON.parse(text);
	return JSON.parse(text, (_, v) => (typeof v === 'string' ? v.replace(TURNS, (c) => `[U+${c.charCodeAt(0).toString(16).toUpperCase()}]`) : v));
}

/** A failure as the server told it (RFC 9457), or what kept us from hearing it. */
export class ApiError extends Error {
	/** @param {any} problem @param {number} status 0: not reached */
	constructor(problem, status) {
		super(problem.detail || problem.title || 'The console gave no reason');
		this.name = 'ApiError';
		this.status = status;
		this.code = problem.code ?? (status ? `http.${status}` : 'network.unreachable');
		this.title = problem.title ?? 'Something went wrong';
		this.requestId = problem.trace_id ?? '';
		/** @type {any[]} */
		this.remedies = problem.remedies ?? [];
		/** @type {any[]} */
		this.checks = problem.checks ?? [];
		/** @type {{pointer: string, message: string}[]} */
		this.errors = problem.errors ?? [];
		/** what a file was recognised as, where that is why it was refused @type {any} */
		this.candidate = problem.candidate;
		/** of a package: the verdict over its signature @type {any} */
		this.check = problem.check;
		this.retryAfter = problem.retry_after ?? 0;
	}
}

/** @param {unknown} e */
export function asApiError(e) {
	if (e instanceof ApiError) return e;
	if (e instanceof Error && e.name === 'TimeoutError')
		return new ApiError({ code: 'network.timeout', title: 'No answer', detail: 'The console did not answer in time.' }, 0);
	return new ApiError(
		{ title: 'The console cannot be reached', detail: 'No connection to the console. It is tried again by itself.' },
		0,
	);
}

/**
 * @param {{fetch?: typeof fetch, onSignedOut?: () => void, onStaleToken?: () => Promise<void>, onReached?: (ok: boolean) => void}} [options]
 *        onStaleToken: gives setCsrf() the token of the session that the cookie stands for now, or throws why not
 */
export function createApi(options = {}) {
	const send = options.fetch ?? ((...a) => fetch(...a));
	/** what the user last saw of each path: what If-Match must say @type {Map<string, string>} */
	const etags = new Map();
	let csrf = '';

	/** @param {Response} r @returns {Promise<ApiError>} */
	async function problemOf(r) {
		let problem = {};
		try {
			problem = parse(await r.text());
		} catch {
			problem = { title: r.statusText || `HTTP ${r.status}`, detail: 'The answer was not readable.' };
		}
		const wait = Number(r.headers.get('Retry-After'));
		return new ApiError({ retry_after: wait || 0, trace_id: r.headers.get('X-Request-Id') ?? undefined, ...problem }, r.status);
	}

	/**
	 * @param {string} method @param {string} path
	 * @param {{body?: any, form?: FormData, signal?: AbortSignal, headers?: Record<string, string>, timeoutMs?: number, again?: boolean}} [o]
	 */
	async function raw(method, path, o = {}) {
		/** @type {Record<string, string>} */
		const headers = { Accept: 'application/json', ...o.headers };
		if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf;
		if (method === 'POST') headers['Idempotency-Key'] = crypto.randomUUID();
		if (o.body !== undefined) headers['Content-Type'] = 'application/json';
		const limit = AbortSignal.timeout(o.timeoutMs ?? TIMEOUT_MS);
		const of = csrf;
		let r;
		try {
			r = await send(BASE + path, {
				method,
				headers,
				body: o.form ?? (o.body === undefined ? undefined : JSON.stringify(o.body)),
				credentials: 'same-origin',
				cache: 'no-store',
				redirect: 'error',
				signal: o.signal ? AbortSignal.any([o.signal, limit]) : limit,
			});
		} catch (e) {
			if (o.signal?.aborted) throw e;
			options.onReached?.(false);
			const lost = asApiError(e);
			if (method !== 'GET') lost.message = `${e instanceof Error && e.name === 'TimeoutError' ? 'The console did not answer in time' : 'No connection to the console'}. What you entered is still here; it is not sent again by itself. Look whether it was done before you repeat it.`;
			throw lost;
		}
		options.onReached?.(true);
		if (r.ok) return r;
		const error = await problemOf(r);
		if (r.status === 401 && path !== '/session' && csrf === of) options.onSignedOut?.(); // one asked in a former session ends none
		if (error.code === 'csrf' && options.onStaleToken && !o.again) { // another tab logged in: nothing was done yet
			await options.onStaleToken();
			return raw(method, path, { ...o, again: true });
		}
		throw error;
	}

	/** @param {Response} r @param {string} path */
	async function json(r, path) {
		const etag = r.headers.get('ETag');
		if (etag) etags.set(path, etag);
		if (r.status === 204) return null;
		let text;
		try {
			text = await r.text();
		} catch (e) { // cut off on the way
			throw e instanceof Error && e.name === 'AbortError' ? e : asApiError(e);
		}
		try {
			return parse(text);
		} catch {
			throw new ApiError({ code: 'answer.unreadable', title: 'The answer was not readable', detail: 'The console answered, but not in a way this page understands; what was asked for may have been done. Look before you repeat it.', trace_id: r.headers.get('X-Request-Id') ?? undefined }, 0);
		}
	}

	/** A write that demands If-Match: with the state last seen, or the present one when none was, or as the caller says. */
	async function change(method, path, body, o = {}) {
		if (o.headers?.['If-Match']) return json(await raw(method, path, { ...o, body }), path);
		const bare = path.split('?')[0];
		if (!etags.has(bare)) await json(await raw('GET', bare, { signal: o.signal }), bare);
		const tag = etags.get(bare);
		etags.delete(bare);
		return json(await raw(method, path, { ...o, body, headers: tag ? { 'If-Match': tag, ...o.headers } : o.headers }), bare);
	}

	return {
		/** @param {string} token */
		setCsrf(token) {
			csrf = token;
		},
		/** o.as: the path without a parameter that does not change the answer, for the ETag of a later change. */
		get: async (path, o) => json(await raw('GET', path, o), o?.as ?? path),
		post: async (path, body, o) => json(await raw('POST', path, { ...o, body }), path),
		postForm: async (path, form, o) => json(await raw('POST', path, { ...o, form }), path),
		put: (path, body, o) => change('PUT', path, body, o),
		patch: (path, body, o) => change('PATCH', path, body, o),
		del: (path, o) => change('DELETE', path, undefined, o),
		/** POST that demands If-Match of another path (commit). */
		async postMatched(path, seen, body, o = {}) {
			if (!etags.has(seen)) await json(await raw('GET', seen, { signal: o.signal }), seen);
			const tag = etags.get(seen);
			return json(await raw('POST', path, { ...o, body, headers: tag ? { 'If-Match': tag } : {} }), path);
		},
		/** @returns {Promise<{blob: Blob, name: string}>} */
		async file(path, o = {}) {
			const r = await raw(o.body === undefined ? 'GET' : 'POST', path, { ...o, headers: { Accept: '*/*', ...o.headers } });
			const name = /filename="?([^";]+)"?/.exec(r.headers.get('Content-Disposition') ?? '')?.[1] ?? o.name ?? 'file';
			return { blob: await r.blob(), name };
		},
	};
}

/** @typedef {ReturnType<typeof createApi>} Api */

/** Query string of what is set. @param {Record<string, any>} params */
export function query(params) {
	const q = new URLSearchParams();
	for (const [k, v] of Object.entries(params)) if (v !== undefined && v !== null && v !== '') q.set(k, String(v));
	const s = q.toString();
	return s ? `?${s}` : '';
}
