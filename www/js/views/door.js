// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// The doors: set-up of the first administrator, and login.
import { html, useEffect, useLayoutEffect, useRef, useState } from '../lib/html.js';
import { useAction, useClients, useId, useResource } from '../lib/hooks.js';
import { commonName } from '../lib/format.js';
import { passwordRules } from '../clients/session.js';
import { Button } from '../components/button.js';
import { Field } from '../components/field.js';
import { Icon, Rings } from '../components/icon.js';
import { Note, Problem } from '../components/states.js';

const mark = new URL('../../img/mark.svg', import.meta.url).href;

function Gate({ title, line, within = false, children }) {
	return html`<div class="gate"><aside>
		<div class="brand"><img src=${mark} alt="" width="36" height="36" /><span>certbinder<small>${location.host}</small></span></div>
		<div><h2>${title}</h2><p>${line}</p></div><${Rings} /></aside>
		${within ? html`<div class="door">${children}</div>` : html`<main id="main" class="door">${children}</main>`}</div>`;
}

/** Offered when the browser showed a certificate that passed and stands for an account. */
function ByCertificate() {
	const { session } = useClients();
	const seen = useResource((s) => session.certificate(s), []);
	const enter = useAction(() => session.logInByCertificate());
	const c = seen.data;
	if (seen.error?.status === 403) return html`<${Note} kind="bad" title="This client certificate may not enter">${seen.error.message}</${Note}>`;
	if (!c?.accepted) return null;
	if (!c.user) return html`<${Note} kind="info">Your certificate ${commonName(c.subject)} is good, and mapped to no account here. An administrator can map it.</${Note}>`;
	return html`<${Note} kind="ok" title=${`Your certificate stands for ${c.user}`} actions=${html`<${Button} icon="key" busy=${enter.busy} onClick=${() => enter.run()}>Log in as ${c.user}</${Button}>`}><p class="wrap">${commonName(c.subject)}</p><${Problem} error=${enter.error} /></${Note}>`;
}

/** @param {{why?: string, known?: string, titleId?: string, within?: boolean}} props  known: who it was until now; within: it stands before a page */
export function LogIn({ why, known = '', titleId, within }) {
	const { session } = useClients();
	const [user, setUser] = useState(known);
	const form = useRef(/** @type {any} */ (null));
	const [password, setPassword] = useState('');
	const action = useAction(async () => {
		try {
			await session.logIn(user.trim(), password);
		} finally {
			setPassword('');
		}
	});
	useEffect(() => {
		const was = document.title;
		document.title = 'Log in · certbinder';
		form.current?.querySelector(known ? 'input[autocomplete="current-password"]' : 'input')?.focus();
		return () => { document.title = was; };
	}, []);
	useEffect(() => { if (action.error) form.current?.querySelector('input[autocomplete="current-password"]')?.focus(); }, [action.error]);
	return html`<${Gate} title="The right certificate, on the right door." line="Import, bind, prove, roll back; and know why a client was refused." within=${within}>
		<div><h1 id=${titleId}>Log in</h1><p class="dim">to the console on <span class="wrap">${location.hostname}</span></p></div>
		${why && !action.error && html`<${Note} kind="info">${why}</${Note}>`}
		<${Problem} error=${action.error} what=${action.error?.status === 401 ? 'Name or password is not right' : undefined} />
		<${ByCertificate} />
		<form ref=${form} onSubmit=${(/** @type {any} */ e) => { e.preventDefault(); if (user.trim() && password) action.run(); else e.target.querySelector(user.trim() ? 'input[autocomplete="current-password"]' : 'input')?.focus(); }} noValidate>
			<${Field} label="Account" value=${user} onInput=${setUser} autocomplete="username" autocapitalize="none" spellcheck=${false} required />
			<${Field} label="Password" type="password" value=${password} onInput=${setPassword} autocomplete="current-password" required />
			<div><${Button} type="submit" busy=${action.busy} icon="next">Log in</${Button}></div>
		</form>
		<p class="small dim">No way in? On the machine itself, <code>certbinder account</code> sets a new password.</p>
	</${Gate}>`;
}

/** The door before a page whose session has ended: the page stays behind it as it was, with all that was typed. */
export function LogInAgain({ user, why }) {
	const ref = useRef(/** @type {any} */ (null));
	const id = useId('again');
	useLayoutEffect(() => { // before what is in it takes the focus
		const before = /** @type {HTMLElement|null} */ (document.activeElement);
		ref.current.showModal();
		return () => before?.isConnected && before.focus();
	}, []);
	const stay = (/** @type {any} */ e) => { if (e.type !== 'keydown' || e.key === 'Escape') e.preventDefault(); if (ref.current?.isConnected && !ref.current.open) ref.current.showModal(); };
	return html`<dialog class="again" ref=${ref} aria-labelledby=${id} onCancel=${stay} onClose=${stay} onKeyDown=${stay}><${LogIn} why=${why} known=${user} titleId=${id} within /></dialog>`;
}

export function SetUp({ min }) {
	const { session } = useClients();
	const [code, setCode] = useState('');
	const [user, setUser] = useState('admin');
	const [password, setPassword] = useState('');
	const [again, setAgain] = useState('');
	const rules = passwordRules(password, min);
	const same = password === again;
	const ready = code.trim() && user.trim() && rules.every((r) => r.met) && same;
	const missing = [!code.trim() && 'the set-up code', !user.trim() && 'a name', !rules.every((r) => r.met) && 'a good password', password && !same && 'the same password again'].filter(Boolean).join(', ');
	const action = useAction(() => session.setup(code, user.trim(), password));
	useEffect(() => { document.title = 'Set up · certbinder'; }, []);
	return html`<${Gate} title="Welcome. Let us make it yours." line="Who holds the set-up code becomes the first administrator. After that the code is void.">
		<div><h1>Set up this console</h1><p class="dim">The set-up code was printed by quickstart. Lost it? Run <code>certbinder setup-code</code> on the machine.</p></div>
		<${Problem} error=${action.error} />
		<form onSubmit=${(/** @type {any} */ e) => { e.preventDefault(); if (ready) action.run(); }}>
			<${Field} label="Set-up code" value=${code} onInput=${setCode} autocomplete="one-time-code" autocapitalize="none" spellcheck=${false} class="mono" required autofocus />
			<${Field} label="Account name" value=${user} onInput=${setUser} autocomplete="username" autocapitalize="none" spellcheck=${false} required />
			<div><${Field} label="Password" type="password" value=${password} onInput=${setPassword} autocomplete="new-password" required />
				<ul class="rules" aria-label="What the password needs">${rules.map((r) => html`<li key=${r.text} class=${r.met ? 'met' : ''}><${Icon} name=${r.met ? 'check' : 'dot'} />${r.text}${r.met && html`<span class="sr">: met</span>`}</li>`)}</ul></div>
			<${Field} label="Password again" type="password" value=${again} onInput=${setAgain} autocomplete="new-password" required error=${again && !same ? 'The two are not the same yet.' : ''} />
			<div><${Button} type="submit" busy=${action.busy} disabled=${!ready} icon="check">Become the administrator</${Button}>${missing && html`<p class="hint small dim missing">Still missing: ${missing}.</p>`}</div>
		</form>
	</${Gate}>`;
}
