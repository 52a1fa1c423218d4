// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// How a whole falls into parts: a bar, and each part in words with its number; never colour alone.
import { html } from '../lib/html.js';
import { Icon } from './icon.js';

/** @typedef {{key: string, label: string, n: number, kind: ''|'ok'|'warn'|'bad'|'info', icon: any, still?: boolean}} Part  still: no switch */

/** The bar alone; what it shows is said to those who cannot see it. @param {{label: string, parts: Part[]}} props */
export function ShareBar({ label, parts }) {
	const shown = parts.filter((p) => p.n > 0), total = shown.reduce((sum, p) => sum + p.n, 0);
	const said = shown.map((p) => `${p.n.toLocaleString('en-GB')} ${p.label}`).join(', ') || 'none';
	// What is few is seen all the same; what is many gives way to it.
	const wide = shown.map((p) => Math.max(2.5, (100 * p.n) / total)), all = wide.reduce((a, b) => a + b, 0);
	let at = 0;
	return html`<svg class="shares" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label=${`${label}: ${said}`}><rect class="track" width="100" height="4" />
		${shown.map((p, i) => { const w = (100 * wide[i]) / all, x = at; at += w; return html`<rect key=${p.key} class=${p.kind || 'none'} x=${x} width=${w} height="4" />`; })}</svg>`;
}

/**
 * @param {{label: string, parts: Part[], picked?: string, onPick?: (key: string) => void}} props
 *        onPick: each part becomes a switch; the picked one is given again to take it back
 */
export function Shares({ label, parts, picked, onPick }) {
	return html`<div class="shared"><${ShareBar} label=${label} parts=${parts} /><ul aria-label=${label}>${parts.filter((p) => p.n > 0 || p.key === picked).map((p) => {
		const inside = html`<${Icon} name=${p.icon} class=${p.kind ? `is-${p.kind}` : ''} /><b class="num">${p.n.toLocaleString('en-GB')}</b> ${p.label}`;
		return html`<li key=${p.key}>${onPick && !p.still ? html`<button type="button" class="quiet small" aria-pressed=${p.key === picked ? 'true' : 'false'} onClick=${() => onPick(p.key === picked ? '' : p.key)}>${inside}</button>` : html`<span>${inside}</span>`}</li>`;
	})}</ul></div>`;
}
