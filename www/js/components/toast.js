// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Short messages that go by themselves, with an undo where there is one. Announced politely.
import { html, useEffect } from '../lib/html.js';
import { createStore } from '../lib/store.js';
import { useStore } from '../lib/hooks.js';
import { Button } from './button.js';
import { Icon } from './icon.js';

let last = 0;
const toasts = createStore(/** @type {any[]} */ ([]));
const drop = (/** @type {number} */ id) => toasts.set((all) => all.filter((t) => t.id !== id));

/** @param {string} text @param {{undo?: () => Promise<any>, kind?: 'ok'|'info'|'warn', forMs?: number}} [o] */
export function toast(text, o = {}) {
	toasts.set((all) => [...all.slice(-3), { id: ++last, text, kind: 'ok', forMs: o.undo ? 12000 : 5000, ...o }]);
}

function Toast({ t }) {
	useEffect(() => {
		const timer = setTimeout(() => drop(t.id), t.forMs);
		return () => clearTimeout(timer);
	}, [t.id]);
	return html`<div class="toast"><${Icon} name=${t.kind} /><span>${t.text}</span>
		${t.undo && html`<${Button} kind="quiet" small icon="undo" onClick=${async () => {
			try { await t.undo(); } catch (e) { toast(`Not undone: ${e instanceof Error ? e.message : e}`, { kind: 'warn' }); }
			drop(t.id);
		}}>Undo</${Button}>`}
		<${Button} kind="plain" small icon="x" label="Close the message" onClick=${() => drop(t.id)} /></div>`;
}

export function Toasts() {
	const all = useStore(toasts);
	return html`<div class="toasts" role="status" aria-live="polite">${all.map((t) => html`<${Toast} key=${t.id} t=${t} />`)}</div>`;
}
