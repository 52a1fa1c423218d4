// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Finds a certificate by any spelling of its fingerprint, its name or an alternative name; pages by their title.
import { html, useEffect, useRef, useState } from '../lib/html.js';
import { useClients, useId } from '../lib/hooks.js';
import { commonName, searchTerm } from '../lib/format.js';
import { storeLabel } from '../lib/help.js';
import { ShortPrint } from '../components/fingerprint.js';
import { Icon } from '../components/icon.js';
import { NAVIGATION } from './routes.js';

const PAGES = NAVIGATION.flatMap((g) => g.items);

export function Search() {
	const { certs, router } = useClients();
	const [text, setText] = useState('');
	const [hits, setHits] = useState(/** @type {{state: string, items: any[]}} */ ({ state: 'idle', items: [] }));
	const [at, setAt] = useState(0);
	const [open, setOpen] = useState(false);
	const box = useRef(/** @type {any} */ (null));
	const id = useId('search');
	const term = searchTerm(text);

	useEffect(() => {
		if (term.length < 2) {
			setHits({ state: 'idle', items: [] });
			return undefined;
		}
		const stop = new AbortController();
		const timer = setTimeout(async () => {
			try {
				const found = await certs.list({ q: term, limit: 8 }, stop.signal);
				const pages = PAGES.filter((p) => p.label.toLowerCase().includes(term.toLowerCase())).map((p) => ({ page: p }));
				setHits({ state: 'full', items: [...found.items.map((/** @type {any} */ c) => ({ cert: c })), ...pages] });
				setAt(0);
			} catch (e) {
				if (!stop.signal.aborted) setHits({ state: e instanceof Error ? e.message : 'error', items: [] });
			}
		}, 160);
		return () => {
			clearTimeout(timer);
			stop.abort();
		};
	}, [term]);
	useEffect(() => {
		const slash = (/** @type {KeyboardEvent} */ e) => {
			const typing = /** @type {HTMLElement} */ (e.target).closest?.('input, textarea, select, dialog');
			if ((e.key === '/' && !typing) || (e.key === 'k' && (e.ctrlKey || e.metaKey))) {
				e.preventDefault();
				box.current?.querySelector('input').focus();
			}
		};
		const away = (/** @type {any} */ e) => { if (!box.current?.contains(e.target)) setOpen(false); };
		addEventListener('keydown', slash);
		addEventListener('click', away);
		return () => {
			removeEventListener('keydown', slash);
			removeEventListener('click', away);
		};
	}, []);
	const go = (/** @type {any} */ hit) => {
		setOpen(false);
		setText('');
		router.go(hit.cert ? `/certificates/${hit.cert.sha256}` : hit.page.to);
	};
	const keys = (/** @type {KeyboardEvent} */ e) => {
		if (e.key === 'Escape') { setOpen(false); return; }
		if (!hits.items.length) return;
		if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
			e.preventDefault();
			setOpen(true);
			setAt((at + (e.key === 'ArrowDown' ? 1 : -1) + hits.items.length) % hits.items.length);
		} else if (e.key === 'Enter') {
			e.preventDefault();
			go(hits.items[at]);
		}
	};
	const shown = open && term.length >= 2;
	return html`<div ref=${box}><input type="search" role="combobox" aria-label="Search" aria-expanded=${shown ? 'true' : 'false'} aria-controls=${`${id}-list`} aria-autocomplete="list"
			aria-activedescendant=${shown && hits.items.length ? `${id}-${at}` : undefined} placeholder="Find by name, fingerprint …" autocomplete="off" spellcheck=${false} value=${text}
			onInput=${(/** @type {any} */ e) => { setText(e.target.value); setOpen(true); }} onFocus=${() => setOpen(true)} onKeyDown=${keys} />
		<div class="results" hidden=${!shown}><div id=${`${id}-list`} role="listbox" aria-label="Found">
			${shown && hits.items.map((h, i) => html`<div role="option" key=${h.cert?.sha256 ?? h.page.to} id=${`${id}-${i}`} aria-selected=${i === at ? 'true' : 'false'} onMouseEnter=${() => setAt(i)} onClick=${() => go(h)}>
				<${Icon} name=${h.cert ? 'cert' : h.page.icon} /><span class="wrap">${h.cert ? html`<strong>${h.cert.friendly_name || commonName(h.cert.subject)}</strong><br /><span class="small dim">${h.cert.stores.map(storeLabel).join(', ') || 'removed'}</span>` : h.page.label}</span>${h.cert && html`<${ShortPrint} hex=${h.cert.thumbprint} />`}</div>`)}</div>
			${shown && !hits.items.length && html`<p role="status">${hits.state === 'full' ? `Nothing found for “${term}”.` : hits.state === 'idle' ? 'Searching …' : hits.state}</p>`}
		</div></div>`;
}
