// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// A countdown as a ring: seconds left of a span.
import { html } from '../lib/html.js';
import { clock } from '../lib/format.js';

const ROUND = 2 * Math.PI * 52;

/** @param {{left: number, of: number, label: string}} props seconds */
export function Timer({ left, of, label }) {
	const share = Math.max(0, Math.min(1, left / Math.max(1, of)));
	return html`<div class=${`timer ${left <= 15 ? 'last' : ''}`} role="timer" aria-label=${`${label}: ${clock(left)}`}>
		<svg viewBox="0 0 120 120" aria-hidden="true"><circle cx="60" cy="60" r="52" />
			<circle class="left" cx="60" cy="60" r="52" transform="rotate(-90 60 60)" stroke-dasharray=${`${ROUND * share} ${ROUND}`} />
			<text x="60" y="69">${clock(left)}</text></svg>
		<span class="dim small">${label}</span></div>`;
}
