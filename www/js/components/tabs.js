// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Tabs with arrow keys; the panel is the caller's.
import { html, useRef } from '../lib/html.js';
import { useId } from '../lib/hooks.js';

/** @param {{label: string, tabs: {key: string, label: string}[], value: string, onChange: (key: string) => void, children?: any}} props */
export function Tabs({ label, tabs, value, onChange, children }) {
	const id = useId('tab');
	const list = useRef(/** @type {any} */ (null));
	const move = (/** @type {KeyboardEvent} */ e) => {
		const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
		if (!step) return;
		e.preventDefault();
		const at = tabs.findIndex((t) => t.key === value);
		const to = (at + step + tabs.length) % tabs.length;
		onChange(tabs[to].key);
		list.current.children[to].focus();
	};
	return html`<div><div class="tabs" role="tablist" aria-label=${label} ref=${list} onKeyDown=${move}>
		${tabs.map((t) => html`<button type="button" key=${t.key} role="tab" id=${`${id}-${t.key}`} aria-selected=${t.key === value ? 'true' : 'false'}
			aria-controls=${`${id}-panel`} tabindex=${t.key === value ? 0 : -1} onClick=${() => onChange(t.key)}>${t.label}</button>`)}</div>
		<div role="tabpanel" id=${`${id}-panel`} aria-labelledby=${`${id}-${value}`} tabindex="0">${children}</div></div>`;
}
