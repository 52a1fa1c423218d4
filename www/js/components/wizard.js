// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Where one is in a row of steps: those done, the present one, those to come.
import { html } from '../lib/html.js';
import { Icon } from './icon.js';

/** @param {{label: string, steps: string[], at: number}} props */
export function WizardSteps({ label, steps, at }) {
	return html`<ol class="wizard" aria-label=${label}>${steps.map((s, i) => html`<li key=${s} class=${i < at ? 'done' : i === at ? 'now' : ''} aria-current=${i === at ? 'step' : undefined}>
		<span class="mark">${i < at ? html`<${Icon} name="check" />` : i + 1}</span><span>${s}${i < at && html`<span class="sr">: done</span>`}</span></li>`)}</ol>`;
}
