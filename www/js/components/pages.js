// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Below a list that comes by pages: how many there are, the page before, the page after.
import { html } from '../lib/html.js';
import { plural } from '../lib/format.js';
import { Button } from './button.js';

/**
 * @param {{of: {total: number, next_page_token?: string|null}, what: string, many?: string, pages: string[], onPages: (pages: string[]) => void}} props
 *        what: one of the list; pages: the tokens of the pages up to this one, kept by the view
 */
export function Pages({ of, what, many, pages, onPages }) {
	return html`<p class="more small dim">${plural(of.total, what, many)}${pages.length > 0 ? `, page ${pages.length + 1}` : ''}</p>
		${(pages.length > 0 || of.next_page_token) && html`<p class="more row"><${Button} kind="quiet" small disabled=${!pages.length} onClick=${() => onPages(pages.slice(0, -1))}>Previous page</${Button}><${Button} kind="quiet" small disabled=${!of.next_page_token} onClick=${() => onPages([...pages, of.next_page_token ?? ''])}>Next page</${Button}></p>`}`;
}
