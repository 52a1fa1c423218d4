// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// The house around the views: rail, search, state of the line, account.
import { html, useEffect, useRef, useState } from '../lib/html.js';
import { useClients, useNow, useResource, useStore } from '../lib/hooks.js';
import { setTheme, theme } from '../lib/prefs.js';
import { clock, seconds } from '../lib/format.js';
import { ROLE_NAMES } from '../lib/help.js';
import { Button, LinkButton } from '../components/button.js';
import { Icon } from '../components/icon.js';
import { NAVIGATION } from './routes.js';
import { Search } from './search.js';

const mark = new URL('../../img/mark.svg', import.meta.url).href;

function Rail({ system, refusals, drift }) {
	const { router, session } = useClients();
	const here = useStore(router);
	const counts = { '/refusals': refusals, '/validation': drift };
	return html`<aside class="rail" id="rail" aria-label="Menu">
		<a class="brand" href="#/"><img src=${mark} alt="" width="36" height="36" /><span>certbinder<small>${system?.server_name || location.hostname}</small></span></a>
		<nav aria-label="Main">${NAVIGATION.map((g) => html`<div key=${g.head}>${g.head && html`<h2>${g.head}</h2>`}<ul>
			${g.items.filter((i) => !i.role || session.may(i.role)).map((i) => html`<li key=${i.to}><a href=${`#${i.to}`} aria-current=${here.route.nav === i.to ? 'page' : undefined}><${Icon} name=${i.icon} />${i.label}
				${counts[i.to] ? html`<span class="count">${counts[i.to]}<span class="sr"> to look at</span></span>` : null}</a></li>`)}</ul></div>`)}</nav>
		<div class="foot"><span>Version ${system?.version ?? '…'}</span><span>Serving state ${system?.tls_generation ?? '…'}, trust state ${system?.trust_generation ?? '…'}</span><a href="/api/v1/openapi.json">REST interface</a></div>
	</aside>`;
}

const LINE = { live: 'Live', connecting: 'Connecting', lost: 'Connection lost', off: 'Off' };

function Line() {
	const { live } = useClients();
	const { state } = useStore(live);
	return html`<span class=${`live ${state}`} role="status"><i></i><span class=${state === 'lost' ? '' : 'wide-only'}>${LINE[state]}</span></span>`;
}

function Account() {
	const { session } = useClients();
	const s = useStore(session);
	const chosen = useStore(theme);
	const box = useRef(/** @type {any} */ (null));
	useEffect(() => {
		const away = (/** @type {any} */ e) => {
			if (e.type === 'keydown' ? e.key === 'Escape' : !box.current?.contains(e.target)) box.current?.removeAttribute('open');
		};
		addEventListener('click', away);
		addEventListener('keydown', away);
		return () => {
			removeEventListener('click', away);
			removeEventListener('keydown', away);
		};
	}, []);
	return html`<details class="account" ref=${box}><summary aria-label=${`Account ${s.user}`}><${Icon} name="users" /><span class="wide-only">${s.user}</span><${Icon} name="down" /></summary>
		<div><div><strong class="wrap">${s.user}</strong><div class="small dim">${ROLE_NAMES[/** @type {keyof typeof ROLE_NAMES} */ (s.role)] ?? s.role}</div></div>
			<div><div class="small dim" id="theme-label">Look</div><div class="segmented" role="group" aria-labelledby="theme-label">${['auto', 'light', 'dark'].map((t) => html`<button type="button" key=${t} aria-pressed=${chosen === t ? 'true' : 'false'} onClick=${() => setTheme(/** @type {any} */ (t))}>${{ auto: 'System', light: 'Light', dark: 'Dark' }[t]}</button>`)}</div></div>
			<${Button} kind="quiet" icon="out" onClick=${() => session.logOut()}>Log out</${Button}></div></details>`;
}

/** A committed change that waits for its confirmation is said on every page. */
function Waiting({ changes }) {
	const { router } = useClients();
	const here = useStore(router);
	const now = useNow(changes.length > 0);
	const open = changes.find((c) => c.state === 'committed' && seconds(c.confirm_until) > now);
	if (!open || here.path.startsWith('/bindings/')) return null;
	return html`<div class="banner" role="status"><${Icon} name="clock" /><span>A change waits to be confirmed; it returns by itself in ${clock(seconds(open.confirm_until) - now)}.</span>
		<${LinkButton} small href=${`#/bindings/${encodeURIComponent(open.binding)}`}>Look and confirm</${LinkButton}></div>`;
}

export function Shell({ children }) {
	const { system, trust, agents, bindings, live, router } = useClients();
	const [open, setOpen] = useState(false);
	const here = useStore(router);
	const line = useStore(live);
	const state = useResource((s) => system.show(s), [], ['binding', 'change', 'trust', 'settings']);
	const drift = useResource((s) => agents.drift(s), [], ['drift', 'binding', 'change']);
	const refused = useResource((s) => trust.refusals({ limit: 1, since: new Date(Date.now() - 86400000).toISOString().slice(0, 19) + 'Z' }, s), [], ['refusal']);
	const bound = useResource((s) => bindings.overview(s), [], ['binding', 'change']);
	const menu = useRef(/** @type {any} */ (null));
	useEffect(() => setOpen(false), [here.path]);
	useEffect(() => {
		if (!open) return undefined;
		const shut = (/** @type {any} */ e) => { if (e.key === 'Escape') { setOpen(false); menu.current?.querySelector('button')?.focus(); } };
		addEventListener('keydown', shut);
		/** @type {HTMLElement|null} */ (document.querySelector('#rail nav a'))?.focus();
		return () => removeEventListener('keydown', shut);
	}, [open]);
	const waiting = (bound.data ?? []).map((b) => b.change && { binding: b.id, ...b.change }).filter(Boolean);
	return html`<div class=${`house ${open ? 'open' : ''}`}>
		<a class="skip" href="#main" onClick=${(/** @type {any} */ e) => { e.preventDefault(); document.getElementById('main')?.focus(); }}>To the content</a>
		<${Rail} system=${state.data} refusals=${refused.data?.total} drift=${drift.data && drift.data.state === 'drift' ? 1 : 0} />
		${open && html`<div class="scrim" onClick=${() => setOpen(false)}></div>`}
		<div class="frame">
			<header class="topbar" ref=${menu}><button type="button" class="menu-button plain icononly" aria-label="Menu" aria-expanded=${open ? 'true' : 'false'} aria-controls="rail" onClick=${() => setOpen(!open)}><${Icon} name="menu" /></button>
				<div class="grow search"><${Search} /></div><div class="end"><${Line} /><${Account} /></div></header>
			${line.state === 'lost' && html`<div class="banner bad" role="alert"><${Icon} name="warn" /><span>The connection to the console is lost. What you see may be out of date; it is tried again by itself.</span></div>`}
			${state.data?.degraded && html`<div class="banner bad" role="alert"><${Icon} name="warn" /><span>${state.data.problems?.[0]?.evidence ?? 'A bound certificate cannot be served; the fallback certificate stands in.'} ${state.data.problems?.[0]?.remedy ?? ''}</span><${LinkButton} small href="#/bindings">To the bindings</${LinkButton}></div>`}
			<${Waiting} changes=${waiting} />
			<main id="main" class="view" tabindex="-1" data-place=${here.path}>${children}</main>
		</div></div>`;
}
