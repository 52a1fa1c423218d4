// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// The four states of everything that is fetched: loading, empty, error, full; and notes.
import { html } from '../lib/html.js';
import { asApiError } from '../api.js';
import { sentence } from '../lib/format.js';
import { Button } from './button.js';
import { Icon } from './icon.js';

const MARK = { info: 'info', warn: 'warn', bad: 'bad', ok: 'ok' };

/** @param {{kind?: 'info'|'warn'|'bad'|'ok', title?: any, children?: any, actions?: any, role?: string}} props */
export function Note({ kind = 'info', title, children, actions, role }) {
	return html`<div class=${`note ${kind}`} role=${role}><${Icon} name=${MARK[kind]} />
		<div>${title && html`<p class="title">${title}</p>`}${children}</div>${actions && html`<div class="actions">${actions}</div>`}</div>`;
}

export function Loading({ what = 'Loading' }) {
	return html`<div class="loading" role="status"><span class="sr">${what} …</span>${[1, 2, 3, 4].map((n) => html`<div class="bone" key=${n}></div>`)}</div>`;
}

/** @param {{icon?: any, title: string, children?: any, actions?: any}} props the next step belongs into actions */
export function Empty({ icon = 'file', title, children, actions }) {
	return html`<div class="empty"><${Icon} name=${icon} /><h2>${title}</h2><p>${children}</p>${actions && html`<div class="actions">${actions}</div>`}</div>`;
}

/** What the server said, where it arose: title, detail, remedies, code and request id. */
export function Problem({ error, retry, what }) {
	if (!error) return null;
	const e = asApiError(error);
	return html`<${Note} kind="bad" role="alert" title=${what ?? e.title} actions=${retry && html`<${Button} kind="quiet" small icon="refresh" onClick=${retry}>Try again</${Button}>`}>
		<p>${what && sentence(e.title) !== sentence(e.message) ? `${sentence(e.title)} ` : ''}${sentence(e.message)}</p>
		${e.errors.map((f) => html`<p key=${f.pointer}>${f.message}</p>`)}
		${e.remedies.map((r, i) => html`<p key=${i}><strong>What helps:</strong> ${sentence(r.text ?? r)}</p>`)}
		${e.retryAfter > 0 && html`<p>Try again in ${e.retryAfter} seconds.</p>`}
		<p class="small dim mono">${e.code}${e.requestId && html` · request ${e.requestId}`}</p>
	</${Note}>`;
}

/**
 * @param {{of: {state: string, data?: any, error?: any, reload: () => void}, what: string, empty?: (d: any) => any, children: (d: any) => any}} props
 *        empty: gives what is shown instead when there is nothing, or null
 */
export function Resource({ of, what, empty, children }) {
	if (of.data === undefined) {
		if (of.state === 'error') return html`<${Problem} error=${of.error} retry=${of.reload} what=${`${what} could not be loaded`} />`;
		return html`<${Loading} what=${what} />`;
	}
	const nothing = empty?.(of.data);
	return html`${of.state === 'error' && html`<${Problem} error=${of.error} retry=${of.reload} what="This may be out of date" />`}
		${nothing || (Array.isArray(children) ? children[0] : children)(of.data)}`;
}
