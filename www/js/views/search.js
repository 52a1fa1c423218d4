// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Finds a certificate by any spelling of its fingerprint, its name or an alternative name; agents by name, id or
// address; packages and pages by their title.
import { html, useEffect, useLayoutEffect, useRef, useState } from '../lib/html.js';
import { useClients, useId } from '../lib/hooks.js';
import { commonName, searchTerm } from '../lib/format.js';
import { storeLabel } from '../lib/help.js';
import { ShortPrint } from '../components/fingerprint.js';
import { Icon } from '../components/icon.js';
import { NAVIGATION } from './routes.js';

const PAGES = NAVIGATION.flatMap((g) => g.items);
const none = () => ({ items: [] });

/**
 * What is found, of all kinds alike. What only helps, a failure may take away; a certificate's failure is said.
 * @param {any} clients @param {() => Promise<any>} packages of this opening of the box @param {string} term @param {AbortSignal} signal
 * @returns {Promise<{to: string, icon: any, text: string, more?: string, print?: string}[]>}
 */
async function find({ certs, fleet }, packages, term, signal) {
	const low = term.toLowerCase();
	const [found, agents, known] = await Promise.all([certs.list({ q: term, limit: 8 }, signal), fleet.agents({ q: term, limit: 4 }, signal).catch(none), packages()]);
	return [
		...found.items.map((/** @type {any} */ c) => ({ to: `/certificates/${c.sha256}`, icon: 'cert', text: c.friendly_name || commonName(c.subject), more: c.stores.map(storeLabel).join(', ') || 'removed', print: c.thumbprint })),
		...agents.items.map((/** @type {any} */ a) => ({ to: `/agents/${a.id}`, icon: 'agents', text: a.name || 'Agent without a name', more: `Agent ${a.id.slice(0, 12)}, ${a.address}` })),
		...known.items.filter((/** @type {any} */ p) => `${p.package} ${p.version}`.toLowerCase().includes(low)).slice(0, 4).map((/** @type {any} */ p) => ({ to: `/updates/${encodeURIComponent(p.id)}`, icon: 'download', text: `${p.package} ${p.version}`, more: p.offered ? 'Package, offered' : 'Package' })),
		...PAGES.filter((p) => p.label.toLowerCase().includes(low)).map((p) => ({ to: p.to, icon: p.icon, text: p.label })),
	];
}

export function Search() {
	const clients = useClients(), { router } = clients;
	const [text, setText] = useState('');
	const [hits, setHits] = useState(/** @type {{state: string, items: any[], term?: string}} */ ({ state: 'idle', items: [] }));
	const [at, setAt] = useState(0);
	const [open, setOpen] = useState(false);
	const box = useRef(/** @type {any} */ (null));
	const id = useId('search');
	const term = searchTerm(text);
	const entered = useRef(false); // Enter, before what it is to open was found
	const known = useRef(/** @type {Promise<any>|null} */ (null));
	const packages = () => (known.current ??= clients.updates.list().catch(none)); // all of them: asked for once, not with each letter
	useEffect(() => { if (!open) known.current = null; }, [open]);

	useEffect(() => {
		if (term.length < 2) {
			setHits({ state: 'idle', items: [] });
			return undefined;
		}
		const stop = new AbortController();
		const timer = setTimeout(async () => {
			try {
				const items = await find(clients, packages, term, stop.signal);
				setHits({ state: 'full', items, term });
				setAt(0);
				if (entered.current && items.length) go(items[0]);
				entered.current = false;
			} catch (e) {
				if (!stop.signal.aborted) setHits({ state: e instanceof Error ? e.message : 'error', items: [] });
			}
		}, 160);
		return () => {
			clearTimeout(timer);
			stop.abort();
		};
	}, [term]);
	useLayoutEffect(() => { // with the box itself: a key pressed right then is not lost
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
		router.go(hit.to);
	};
	const keys = (/** @type {KeyboardEvent} */ e) => {
		if (e.key === 'Escape') { setOpen(false); return; }
		if (e.key === 'Enter' && hits.term !== term) {
			e.preventDefault();
			entered.current = term.length >= 2;
			return;
		}
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
			onInput=${(/** @type {any} */ e) => { entered.current = false; setText(e.target.value); setOpen(true); }} onFocus=${() => setOpen(true)} onKeyDown=${keys} />
		<div class="results" hidden=${!shown}><div id=${`${id}-list`} role="listbox" aria-label="Found">
			${shown && hits.items.map((h, i) => html`<div role="option" key=${h.to} id=${`${id}-${i}`} aria-selected=${i === at ? 'true' : 'false'} onMouseEnter=${() => setAt(i)} onClick=${() => go(h)}>
				<${Icon} name=${h.icon} /><span class="wrap">${h.more ? html`<strong>${h.text}</strong><br /><span class="small dim">${h.more}</span>` : h.text}</span>${h.print && html`<${ShortPrint} hex=${h.print} />`}</div>`)}</div>
			${shown && !hits.items.length && html`<p role="status">${hits.state === 'full' ? `Nothing found for “${term}”.` : hits.state === 'idle' ? 'Searching …' : hits.state}</p>`}
		</div></div>`;
}
