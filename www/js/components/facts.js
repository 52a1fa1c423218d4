// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Names and values, side by side; and the difference between two sets of them.
import { html } from '../lib/html.js';
import { Help } from './help.js';

/** @param {{of: [string, any, any?][]}} props  [label, value, help term] */
export function Facts({ of }) {
	return html`<dl class="facts">${of.filter((f) => f && f[1] !== false && f[1] !== undefined && f[1] !== null && f[1] !== '').map(([label, value, help]) => html`<dt key=${label}>${label}${help && html`<${Help} term=${help} about=${label} />`}</dt><dd key=${`${label}=`}>${value}</dd>`)}</dl>`;
}

const said = (/** @type {any} */ v) => (v === null || v === undefined || v === '' ? '–' : typeof v === 'object' ? JSON.stringify(v) : String(v));

/** @param {any} before @param {any} after @returns {[string, string, string][]} what differs */
export function differences(before, after) {
	const keys = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
	return keys.map((k) => /** @type {[string, string, string]} */ ([k, said(before?.[k]), said(after?.[k])])).filter(([, a, b]) => a !== b);
}

/** @param {{before: any, after: any}} props */
export function Diff({ before, after }) {
	const rows = differences(before, after);
	if (!rows.length) return html`<p class="dim">Nothing differs.</p>`;
	return html`<div class="tablewrap"><table class="diff fold"><caption class="sr">What changed</caption><thead><tr><th scope="col">What</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>
		<tbody>${rows.map(([k, a, b]) => html`<tr key=${k}><th scope="row">${k.replace(/_/g, ' ')}</th><td class="was" data-label="Before">${a}</td><td class="is" data-label="After">${b}</td></tr>`)}</tbody></table></div>`;
}
