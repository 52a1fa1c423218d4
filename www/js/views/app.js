// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// The door or the house: what is shown depends on the session. One view at a time; its title and focus are set here.
import { html, useEffect, useErrorBoundary, useRef, useState } from '../lib/html.js';
import { useClients, useStore } from '../lib/hooks.js';
import { ROLE_NAMES } from '../lib/help.js';
import { Button } from '../components/button.js';
import { Loading, Note, Problem } from '../components/states.js';
import { Toasts, toast } from '../components/toast.js';
import { LogIn, LogInAgain, SetUp } from './door.js';
import { Shell } from './shell.js';

/** @type {Map<any, any>} */
const loaded = new Map();

/** Loads a view's module once; a build that changed under an open page says so instead of failing silently. */
function View() {
	const { bus, router } = useClients();
	const here = useStore(router);
	const [state, set] = useState(/** @type {{route: any, view: any, error: any}} */ ({ route: here.route, view: loaded.get(here.route), error: null }));
	const first = useRef(true);
	const [crash, forget] = useErrorBoundary((/** @type {any} */ e) => console.error(e)); // the house stands when a view falls
	useEffect(() => { if (crash) forget(); }, [here.path]);
	useEffect(() => {
		let gone = false;
		const load = async () => {
			try {
				if (!loaded.has(here.route)) loaded.set(here.route, (await here.route.load()).View);
				if (!gone) set({ route: here.route, view: loaded.get(here.route), error: null });
			} catch (error) {
				if (!gone) set({ route: here.route, view: null, error });
			}
		};
		load();
		return () => { gone = true; };
	}, [here.route]);
	useEffect(() => {
		document.title = `${here.route.title} · certbinder`;
		if (first.current) {
			first.current = false;
			return;
		}
		scrollTo(0, 0);
		document.querySelector('main h1')?.setAttribute('tabindex', '-1');
		/** @type {HTMLElement|null} */ (document.querySelector('main h1') ?? document.querySelector('main'))?.focus({ preventScroll: true });
	}, [here.path, state.view]);
	// a module that failed once is not asked for again by every browser; nothing is on this page that could be lost
	useEffect(() => (state.error ? bus.on('healed', () => location.reload()) : undefined), [state.error]);
	if (state.error)
		return html`<${Problem} error=${state.error} what="This page could not be loaded; the console may have been updated" retry=${() => location.reload()} />`;
	if (crash) return html`<${Note} kind="bad" role="alert" title="This page has failed" actions=${html`<${Button} kind="quiet" small icon="refresh" onClick=${() => location.reload()}>Load it anew</${Button}>`}><p>Nothing was changed by it. The other pages still work.</p><p class="small dim mono">${String(crash.message ?? crash)}</p></${Note}>`;
	if (!state.view || state.route !== here.route) return html`<${Loading} what=${here.route.title} />`;
	const Current = state.view;
	return html`<${Current} key=${here.path} params=${here.params} search=${here.search} />`;
}

function Unreachable({ error }) {
	const { session } = useClients();
	return html`<main class="splash"><h1>The console does not answer</h1>
		<${Problem} error=${error} /><${Button} icon="refresh" onClick=${() => session.find()}>Try again</${Button}></main>`;
}

export function App() {
	const { session } = useClients();
	const s = useStore(session);
	const role = useRef(s.role);
	useEffect(() => { // what is no longer offered, and is shut if it stood open, is not gone without a word
		if (s.role && role.current && s.role !== role.current) toast(`Your role is ${ROLE_NAMES[/** @type {keyof typeof ROLE_NAMES} */ (s.role)] ?? s.role} now; what it may not do is not offered any more.`, { kind: 'info', forMs: 12000 });
		role.current = s.role;
	}, [s.role]);
	if (s.user) return html`<${Shell} key=${s.stay}><${View} /></${Shell}>${s.state === 'out' && html`<${LogInAgain} user=${s.user} why=${s.why} />`}<${Toasts} />`;
	return html`${s.state === 'setup' ? html`<${SetUp} min=${s.passwordMin} />`
			: s.state === 'unreachable' ? html`<${Unreachable} error=${s.error} />`
				: html`<${LogIn} why=${s.why} />`}<${Toasts} />`;
}
