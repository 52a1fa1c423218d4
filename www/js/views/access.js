// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Accounts with their roles, and API tokens: made, changed, revoked.
import { html, useState } from '../lib/html.js';
import { useClients, useResource, useStore } from '../lib/hooks.js';
import { ROLE_NAMES } from '../lib/help.js';
import { passwordRules } from '../clients/session.js';
import { Tag, Time } from '../components/badge.js';
import { Button } from '../components/button.js';
import { Denied } from './denied.js';
import { MappingsDialog } from './mappings.js';
import { Confirm, Dialog } from '../components/dialog.js';
import { Choices, Field } from '../components/field.js';
import { CopyButton } from '../components/fingerprint.js';
import { Help } from '../components/help.js';
import { Icon } from '../components/icon.js';
import { Empty, Resource } from '../components/states.js';
import { Table } from '../components/table.js';
import { toast } from '../components/toast.js';

const ROLES = [{ value: 'viewer', label: ROLE_NAMES.viewer, hint: 'Sees everything, changes nothing.' }, { value: 'operator', label: ROLE_NAMES.operator, hint: 'Imports without keys, binds, publishes, repairs.' }, { value: 'admin', label: ROLE_NAMES.admin, hint: 'Everything: keys, roots, trust mode, overrides, accounts.' }];
const roleName = (/** @type {string} */ r) => ROLES.find((x) => x.value === r)?.label ?? r;

function AccountDialog({ account, onClose, onDone }) {
	const { system } = useClients();
	const [o, set] = useState(/** @type {any} */ ({ user: account?.user ?? '', role: account?.role ?? 'operator', password: '' }));
	const put = (/** @type {any} */ part) => set((/** @type {any} */ old) => ({ ...old, ...part }));
	const rules = passwordRules(o.password);
	const ready = o.user.trim() && (account ? o.role !== account.role || (o.password && rules.every((r) => r.met)) : rules.every((r) => r.met)) && (!o.password || rules.every((r) => r.met));
	return html`<${Dialog} title=${account ? `Change ${account.user}` : 'New account'} about=${account ? 'Its sessions end; it logs in anew.' : undefined} submit=${account ? 'Save' : 'Make the account'} disabled=${!ready} onClose=${onClose} onSubmit=${async () => {
		if (account) await system.changeAccount(account.user, { ...(o.role !== account.role ? { role: o.role } : {}), ...(o.password ? { password: o.password } : {}) });
		else await system.createAccount({ user: o.user.trim(), role: o.role, password: o.password });
		put({ password: '' });
		toast(account ? `${account.user} is changed` : `${o.user.trim()} may log in now`);
		onDone();
		onClose();
	}}>${!account && html`<${Field} label="Account name" value=${o.user} onInput=${(/** @type {string} */ v) => put({ user: v })} autocapitalize="none" spellcheck=${false} autocomplete="off" autofocus />`}
		<${Choices} legend="Role" help="role" value=${o.role} onChange=${(/** @type {string} */ v) => put({ role: v })} options=${ROLES} />
		<div><${Field} label=${account ? 'New password' : 'Password'} type="password" value=${o.password} onInput=${(/** @type {string} */ v) => put({ password: v })} autocomplete="new-password" hint=${account ? 'Left empty: the password stays.' : undefined} />${(o.password || !account) && html`<ul class="rules" aria-label="What the password needs">${rules.map((r) => html`<li key=${r.text} class=${r.met ? 'met' : ''}><${Icon} name=${r.met ? 'check' : 'dot'} />${r.text}${r.met && html`<span class="sr">: met</span>`}</li>`)}</ul>`}</div></${Dialog}>`;
}

function TokenDialog({ onClose, onDone }) {
	const { system } = useClients();
	const [o, set] = useState(/** @type {any} */ ({ name: '', role: 'viewer', ttl: '365' }));
	const put = (/** @type {any} */ part) => set((/** @type {any} */ old) => ({ ...old, ...part }));
	const [made, setMade] = useState(/** @type {any} */ (null));
	if (made)
		return html`<${Dialog} title="The token is made" sticky onClose=${onClose} footer=${html`<${Button} onClick=${onClose}>I have it</${Button}>`}><div class="once"><p><strong>${made.name}</strong>: copy it now. It is shown this once; only its hash is kept.</p><pre tabindex="0" aria-label="Token">${made.token}</pre><div><${CopyButton} text=${made.token} what="token" small=${false}>Copy the token</${CopyButton}></div></div><p class="small dim">Use it as <code>Authorization: Bearer …</code></p></${Dialog}>`;
	return html`<${Dialog} title="New token" about="For a program that uses the REST interface." submit="Make the token" disabled=${!o.name.trim()} onClose=${onClose} onSubmit=${async () => { setMade(await system.createToken({ name: o.name.trim(), role: o.role, ttl_days: Number(o.ttl) })); onDone(); }}>
		<${Field} label="Name" value=${o.name} onInput=${(/** @type {string} */ v) => put({ name: v })} placeholder="deploy hook on web1" autofocus /><${Choices} legend="Role" help="role" value=${o.role} onChange=${(/** @type {string} */ v) => put({ role: v })} options=${ROLES} />
		<${Field} label="Ends after" value=${o.ttl} onInput=${(/** @type {string} */ v) => put({ ttl: v })} options=${[{ value: '7', label: '7 days' }, { value: '90', label: '90 days' }, { value: '365', label: 'One year' }, { value: '0', label: 'Never' }]} /></${Dialog}>`;
}

export function View() {
	const { session } = useClients();
	const me = useStore(session);
	if (!session.may('admin')) return html`<header><div><h1>Accounts and tokens</h1><p>People log in with accounts; programs use tokens.</p></div></header><${Denied} role="admin" />`;
	return html`<${Access} me=${me} />`;
}

function Access({ me }) {
	const { system } = useClients();
	const accounts = useResource((s) => system.accounts(s), [], ['account', 'audit']);
	const tokens = useResource((s) => system.tokens(s), [], ['account', 'audit']);
	const [dialog, setDialog] = useState(/** @type {any} */ (null));
	const close = () => setDialog(null);
	const date = (/** @type {string} */ key, /** @type {string} */ label, rel = false) => ({ key, label, cell: (/** @type {any} */ x) => html`<${Time} at=${x[key]} rel=${rel} />` });
	return html`<header><div><h1>Accounts and tokens</h1><p>People log in with accounts; programs use tokens.</p></div></header><div class="stack">
		<section class="card flush" aria-label="Accounts"><header><h2>Accounts <${Help} term="role" about="Role" /></h2><${Button} small icon="plus" onClick=${() => setDialog({ kind: 'account' })}>New account</${Button}></header><${Resource} of=${accounts} what="Accounts">${(/** @type {any} */ d) => html`<${Table} caption="Accounts" rows=${d.items} id=${(/** @type {any} */ a) => a.user} sortBy="user" columns=${[
			{ key: 'user', label: 'Account', head: true, sort: (/** @type {any} */ a) => a.user, cell: (/** @type {any} */ a) => html`<span class="wrap">${a.user}</span>${a.user === me.user && html` <${Tag} kind="info">you</${Tag}>`}` }, { key: 'role', label: 'Role', sort: (/** @type {any} */ a) => a.role, cell: (/** @type {any} */ a) => roleName(a.role) }, date('created', 'Made'), date('last_login', 'Last login', true),
			{ key: 'do', label: 'Actions', hidden: true, cell: (/** @type {any} */ a) => html`<span class="row"><${Button} small kind="quiet" aria-label=${`Change ${a.user}`} onClick=${() => setDialog({ kind: 'account', account: a })}>Change</${Button}><${Button} small kind="quiet" aria-label=${`Client certificates of ${a.user}`} onClick=${() => setDialog({ kind: 'mappings', account: a })}>Certificates</${Button}>${a.user !== me.user && html`<${Button} small kind="danger quiet" icon="trash" label=${`Remove ${a.user}`} onClick=${() => setDialog({ kind: 'remove', account: a })} />`}</span>` }]} />`}</${Resource}></section>
		<section class="card flush" aria-label="API tokens"><header><h2>API tokens <${Help} term="token" about="API token" /></h2><${Button} small icon="plus" onClick=${() => setDialog({ kind: 'token' })}>New token</${Button}></header><${Resource} of=${tokens} what="Tokens" empty=${(/** @type {any} */ d) => !d.items.length && html`<${Empty} icon="key" title="No tokens" actions=${html`<${Button} kind="quiet" icon="plus" onClick=${() => setDialog({ kind: 'token' })}>New token</${Button}>`}>Make one for a deploy hook or a monitor; give it the smallest role that does.</${Empty}>`}>${(/** @type {any} */ d) => html`<${Table} caption="API tokens" rows=${d.items} id=${(/** @type {any} */ t) => t.id} columns=${[
			{ key: 'name', label: 'Name', head: true, sort: (/** @type {any} */ t) => t.name, cell: (/** @type {any} */ t) => html`<span class="wrap">${t.name}</span>` }, { key: 'role', label: 'Role', cell: (/** @type {any} */ t) => roleName(t.role) }, date('created', 'Made'), { key: 'expires', label: 'Ends', cell: (/** @type {any} */ t) => (t.expires ? html`<${Time} at=${t.expires} />` : 'never') }, date('last_used', 'Last used', true),
			{ key: 'do', label: 'Actions', hidden: true, cell: (/** @type {any} */ t) => html`<${Button} small kind="danger quiet" aria-label=${`Revoke ${t.name}`} onClick=${() => setDialog({ kind: 'revoke', token: t })}>Revoke</${Button}>` }]} />`}</${Resource}></section></div>
		${dialog?.kind === 'account' && html`<${AccountDialog} account=${dialog.account} onClose=${close} onDone=${accounts.reload} />`}${dialog?.kind === 'token' && html`<${TokenDialog} onClose=${close} onDone=${tokens.reload} />`}
		${dialog?.kind === 'mappings' && html`<${MappingsDialog} user=${dialog.account.user} onClose=${close} />`}
		${dialog?.kind === 'remove' && html`<${Confirm} title=${`Remove ${dialog.account.user}?`} submit="Remove" onClose=${close} onSubmit=${async () => { await system.removeAccount(dialog.account.user); accounts.reload(); }}>The account can no longer log in, and its sessions end at once. What it did stays in the audit trail.</${Confirm}>`}
		${dialog?.kind === 'revoke' && html`<${Confirm} title=${`Revoke ${dialog.token.name}?`} submit="Revoke" onClose=${close} onSubmit=${async () => { await system.revokeToken(dialog.token.id); tokens.reload(); }}>Programs that use this token are refused from now on. This cannot be undone; a new token can be made.</${Confirm}>`}`;
}
