// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// One dialog for all: native <dialog>, focus in and back, Escape, busy, error on top, nothing lost on failure.
import { html, useEffect, useRef } from '../lib/html.js';
import { useAction, useId } from '../lib/hooks.js';
import { Button } from './button.js';
import { Problem } from './states.js';

/**
 * @param {{title: any, about?: any, wide?: boolean, onClose: () => void, onSubmit?: () => Promise<any>|void, submit?: any, danger?: boolean,
 *          cancel?: string, disabled?: boolean, left?: any, footer?: any, busy?: boolean, error?: any, sticky?: boolean, children?: any}} props
 *        onSubmit: rejects to keep the dialog open with the message; footer: instead of the usual buttons; sticky: Escape does not close
 */
export function Dialog({ title, about, wide, onClose, onSubmit, submit = 'OK', danger, cancel = 'Cancel', disabled, left, footer, busy, error, sticky, children }) {
	const ref = useRef(/** @type {any} */ (null));
	const top = useRef(/** @type {any} */ (null));
	const id = useId('dialog');
	const action = useAction(async () => onSubmit?.());
	useEffect(() => {
		const dialog = ref.current;
		const before = /** @type {HTMLElement|null} */ (document.activeElement);
		dialog.showModal();
		const first = dialog.querySelector(':scope [autofocus], :scope .body input:not([disabled]), :scope .body select:not([disabled]), :scope .body textarea, :scope .body button:not(.tip button)') ?? dialog.querySelector('footer button');
		// of choices, the one that is made
		(first?.type === 'radio' ? (dialog.querySelector(`input[name="${first.name}"]:checked:not([disabled])`) ?? first) : first)?.focus();
		return () => {
			if (dialog.open) dialog.close();
			if (before?.isConnected) before.focus();
		};
	}, []);
	useEffect(() => {
		if (action.error) top.current?.scrollIntoView?.({ block: 'start' });
	}, [action.error]);
	const running = busy || action.busy;
	useEffect(() => { // a button that was pressed and is busy loses the focus: back to what is wrong, or to the button
		if (!running && !disabled && document.activeElement === document.body) ref.current.querySelector(':scope .body [aria-invalid="true"], :scope footer button[type="submit"]')?.focus();
	}, [running, disabled]);
	return html`<dialog ref=${ref} class=${wide ? 'wide' : ''} aria-labelledby=${id}
		onCancel=${(/** @type {any} */ e) => { e.preventDefault(); if (!running && !sticky) onClose(); }}
		onKeyDown=${(/** @type {any} */ e) => { if (e.key === 'Escape' && (running || sticky)) e.preventDefault(); }}
		onClose=${(/** @type {any} */ e) => { if (e.target === ref.current && ref.current.isConnected) ref.current.showModal(); }}>
		<article><form method="dialog" noValidate onSubmit=${(/** @type {any} */ e) => { e.preventDefault(); if (!disabled && !running && onSubmit) action.run(); }}>
			<header><div><h2 id=${id}>${title}</h2>${about && html`<p>${about}</p>`}</div>
				${!sticky && html`<${Button} kind="plain" icon="x" label="Close" disabled=${running} onClick=${onClose} />`}</header>
			<div class="body"><div ref=${top} hidden=${!(action.error || error)}><${Problem} error=${action.error ?? error} /></div>${children}</div>
			<footer>${left && html`<div class="left row">${left}</div>`}
				${footer ?? html`<${Button} kind="quiet" disabled=${running} onClick=${onClose}>${cancel}</${Button}>
				${onSubmit && html`<${Button} type="submit" kind=${danger ? 'danger' : 'main'} busy=${running} disabled=${disabled}>${submit}</${Button}>`}`}</footer>
		</form></article></dialog>`;
}

/** Asks before something is done: names the object and the consequence. */
export function Confirm({ title, children, submit, danger = true, onSubmit, onClose }) {
	return html`<${Dialog} title=${title} submit=${submit} danger=${danger} onClose=${onClose} onSubmit=${async () => { await onSubmit(); onClose(); }}>${children}</${Dialog}>`;
}
