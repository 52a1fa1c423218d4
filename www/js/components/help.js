// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// A question mark that explains one term in one sentence: by hover, focus and click, gone with Escape.
import { html, useLayoutEffect, useRef, useState } from '../lib/html.js';
import { HELP } from '../lib/help.js';
import { useId } from '../lib/hooks.js';
import { Icon } from './icon.js';

/** @param {{term: keyof typeof HELP, about: string}} props about: what the label beside it says */
export function Help({ term, about }) {
	const [open, setOpen] = useState(false);
	const id = useId('help');
	const button = useRef(/** @type {any} */ (null));
	const bubble = useRef(/** @type {any} */ (null));
	useLayoutEffect(() => {
		if (!open || !bubble.current) return undefined;
		const at = button.current.getBoundingClientRect(), own = bubble.current.getBoundingClientRect();
		const left = Math.max(8, Math.min(at.left + at.width / 2 - own.width / 2, innerWidth - own.width - 8));
		const top = at.top > own.height + 12 ? at.top - own.height - 8 : at.bottom + 8;
		bubble.current.style.setProperty('left', `${left}px`);
		bubble.current.style.setProperty('top', `${top}px`);
		const shut = (/** @type {any} */ e) => {
			if (e.type === 'keydown' && e.key !== 'Escape') return;
			if (e.type === 'keydown') { e.stopPropagation(); e.preventDefault(); }
			setOpen(false);
		};
		addEventListener('keydown', shut, true);
		addEventListener('scroll', shut, true);
		return () => {
			removeEventListener('keydown', shut, true);
			removeEventListener('scroll', shut, true);
		};
	}, [open]);
	return html`<span class="tip" onMouseLeave=${() => setOpen(false)}>
		<button type="button" ref=${button} aria-label=${`What is: ${about}`} aria-expanded=${open ? 'true' : 'false'} aria-describedby=${open ? id : undefined}
			onMouseEnter=${() => setOpen(true)} onFocus=${() => setOpen(true)} onBlur=${() => setOpen(false)} onClick=${() => setOpen(true)}><${Icon} name="ask" /></button>
		${open && html`<span role="tooltip" id=${id} ref=${bubble}>${HELP[term]}</span>`}
	</span>`;
}
