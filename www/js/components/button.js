// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// A button that is busy while its promise runs. A failure that nobody took is said in a message; better is an action
// from useAction, whose failure appears beside what failed.
import { html, useEffect, useRef, useState } from '../lib/html.js';
import { toast } from '../lib/toasts.js';
import { Icon } from './icon.js';

/**
 * @param {{kind?: 'main'|'quiet'|'plain'|'danger'|'danger quiet', icon?: any, small?: boolean, label?: string, busy?: boolean,
 *          type?: string, onClick?: (e: any) => any, disabled?: boolean, title?: string, children?: any, [k: string]: any}} props
 *        label: the name of a button that shows an icon only
 */
export function Button({ kind = 'main', icon, small, label, busy, type = 'button', onClick, disabled, children, ...rest }) {
	const [own, setOwn] = useState(false);
	const alive = useRef(true), self = useRef(/** @type {any} */ (null)), held = useRef(false);
	useEffect(() => () => { alive.current = false; }, []);
	const running = busy || own;
	useEffect(() => { // while it was busy it could not keep the focus
		if (!running && held.current && document.activeElement === document.body) self.current?.focus();
		if (!running) held.current = false;
	}, [running]);
	const click = async (/** @type {any} */ e) => {
		const result = onClick?.(e);
		if (!(result instanceof Promise)) return;
		held.current = document.activeElement === self.current;
		setOwn(true);
		try {
			await result;
		} catch (e) {
			toast(e instanceof Error ? e.message : String(e), { kind: 'warn', forMs: 12000 });
		} finally {
			if (alive.current) setOwn(false);
		}
	};
	const css = [kind === 'main' ? '' : kind, small ? 'small' : '', label && !children ? 'icononly' : ''].join(' ').trim();
	return html`<button ...${rest} ref=${self} type=${type} class=${css} aria-label=${label ?? rest['aria-label']} title=${rest.title ?? label}
		aria-busy=${running ? 'true' : undefined} disabled=${disabled || running} onClick=${onClick ? click : undefined}>
		${running ? html`<${Icon} name="spin" class="spin" />` : icon && html`<${Icon} name=${icon} />`}${children}
	</button>`;
}

/** A link that looks like a button. @param {{href: string, kind?: string, icon?: any, small?: boolean, children?: any}} props */
export function LinkButton({ href, kind = 'quiet', icon, small, children }) {
	return html`<a class=${`button ${kind === 'main' ? '' : kind} ${small ? 'small' : ''}`} href=${href}>${icon && html`<${Icon} name=${icon} />`}${children}</a>`;
}
