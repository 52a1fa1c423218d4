// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// A verdict with every path tried: shared by refusals and what-if.
import { html } from '../../lib/html.js';
import { win32Hex } from '../../clients/trust.js';
import { Tag } from '../../components/badge.js';
import { Chain } from '../../components/chain.js';
import { Note } from '../../components/states.js';

/** @param {{paths: any[]}} props */
export function Paths({ paths }) {
	if (!paths?.length) return html`<p class="dim">No path was built: nothing was sent, or nothing fits.</p>`;
	return html`<div class="stack">${paths.map((p, i) => html`<div key=${i}><div class="row"><h3>Path ${i + 1}</h3>${p.reason ? html`<${Tag} kind="bad">${p.reason}</${Tag}>` : html`<${Tag} kind="ok" icon="check">passes</${Tag}>`}</div>${p.detail && html`<p class="small">${p.detail}</p>`}<${Chain} links=${p.steps} complete=${p.complete} /></div>`)}</div>`;
}

export const statusText = (/** @type {any} */ v) => (v.verdict === 'accept' ? 'Accepted' : `403.${v.substatus}`);

/** @param {{verdict: any, title: string}} props */
export function VerdictCard({ verdict, title }) {
	const good = verdict.verdict === 'accept';
	return html`<section class="card" aria-label=${title}><header><h2>${title}</h2><${Tag} kind=${good ? 'ok' : 'bad'} icon=${good ? 'check' : 'x'}>${statusText(verdict)}</${Tag}></header><div class="stack tight"><p>${verdict.explanation}</p>${!good && html`<p class="small dim mono">${verdict.reason} · ${verdict.win32} (${win32Hex(verdict.win32)})</p>`}
		${(verdict.remedies ?? []).map((/** @type {any} */ r, /** @type {number} */ i) => html`<${Note} key=${i}>${r.text}</${Note}>`)}<details><summary>Paths tried: ${verdict.paths?.length ?? 0}</summary><${Paths} paths=${verdict.paths} /></details></div></section>`;
}
