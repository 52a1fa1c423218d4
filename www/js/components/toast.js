// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Short messages that go by themselves, with an undo where there is one. Announced politely.
import { html, useEffect } from '../lib/html.js';
import { dropToast as drop, toast, toasts } from '../lib/toasts.js';
import { useStore } from '../lib/hooks.js';
import { Button } from './button.js';
import { Icon } from './icon.js';

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

export { toast };

export function Toasts() {
	const all = useStore(toasts);
	return html`<div class="toasts" role="status" aria-live="polite">${all.map((t) => html`<${Toast} key=${t.id} t=${t} />`)}</div>`;
}
