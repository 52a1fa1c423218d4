// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Revocation lists: how fresh they are; import and drop.
import { html, useState } from '../../lib/html.js';
import { useAction, useClients, useResource } from '../../lib/hooks.js';
import { commonName } from '../../lib/format.js';
import { Tag, Time } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { Confirm, Dialog } from '../../components/dialog.js';
import { FileDrop } from '../../components/filedrop.js';
import { Help } from '../../components/help.js';
import { Empty, Problem, Resource } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { toast } from '../../components/toast.js';

const STATE = { missing: ['bad', 'warn', 'Missing'], fresh: ['ok', 'check', 'Fresh'], stale: ['bad', 'clock', 'Overdue'], not_yet: ['warn', 'clock', 'Not yet valid'] };

function Import({ onClose, onDone }) {
	const { trust } = useClients();
	const [file, setFile] = useState(/** @type {File|null} */ (null));
	return html`<${Dialog} title="Import a revocation list" submit="Import" disabled=${!file} onClose=${onClose} onSubmit=${async () => { await trust.importCrl(file); toast('The revocation list is in force'); onDone(); onClose(); }}><${FileDrop} label="Revocation list" kinds="CRL in DER or PEM" accept=".crl,.pem" file=${file} onFile=${setFile} /></${Dialog}>`;
}

const StateTag = ({ of }) => {
	const [kind, icon, text] = STATE[/** @type {keyof typeof STATE} */ (of.state)] ?? ['', 'dot', of.state];
	return html`<${Tag} kind=${kind} icon=${icon}>${text}</${Tag}>${of.lapses_soon && html` <${Tag} kind="warn" icon="clock">Lapses soon</${Tag}>`}`;
};

function Point({ p, may, onDone }) {
	const { trust } = useClients();
	const fetch = useAction(async () => {
		const [done] = (await trust.fetchCrls(p.url)).items;
		toast(done.result === 'new' ? 'A new list is in force' : done.result === 'unchanged' ? 'It is the present list still' : `Not fetched: ${done.error}`);
		onDone();
	});
	return html`<li><span class="wrap mono small">${p.url}</span>${p.delta && html` <${Tag}>delta</${Tag}>`}${!p.allowed && html` <${Tag} kind="warn">Not in crl_egress</${Tag}>`}
		<div class="small dim">${p.last_good ? html`fetched <${Time} at=${p.last_good} rel />` : 'never fetched'}${p.allowed && p.next_try && html`, next try <${Time} at=${p.next_try} rel />`}${p.failures > 0 && html`, ${p.failures} failed`}</div>${p.error && html`<div class="small is-bad wrap">${p.error}</div>`}<${Problem} error=${fetch.error} />
		${may && p.allowed && html`<${Button} small kind="quiet" icon="refresh" busy=${fetch.busy} label=${`Fetch ${p.url} now`} onClick=${() => fetch.run()}>Fetch now</${Button}>`}</li>`;
}

function Issuers({ may, onDone }) {
	const { trust } = useClients();
	const issuers = useResource((s) => trust.crlIssuers(s), [], ['trust', 'settings']);
	const done = () => { issuers.reload(); onDone(); };
	return html`<section class="card flush" aria-label="Issuers"><header><h2>Issuers</h2></header><${Resource} of=${issuers} what="Issuers" empty=${(/** @type {any} */ d) => !d.items.length && html`<${Empty} icon="trust" title="No issuers">They appear with the authorities in your stores, and with the clients that come.</${Empty}>`}>${(/** @type {any} */ d) => html`<${Table} caption="Issuers" rows=${d.items} id=${(/** @type {any} */ i) => i.issuer} columns=${[
		{ key: 'issuer', label: 'Issuer', head: true, sort: (/** @type {any} */ i) => commonName(i.issuer), cell: (/** @type {any} */ i) => html`<span class="wrap">${commonName(i.issuer)}</span>` }, { key: 'state', label: 'State', sort: (/** @type {any} */ i) => i.state, cell: (/** @type {any} */ i) => html`<${StateTag} of=${i} />` },
		{ key: 'next', label: 'Next update', sort: (/** @type {any} */ i) => Date.parse(i.next_update ?? 0), cell: (/** @type {any} */ i) => i.next_update && html`<${Time} at=${i.next_update} full />` },
		{ key: 'points', label: 'Distribution points', cell: (/** @type {any} */ i) => (i.points.length ? html`<ul class="plain">${i.points.map((/** @type {any} */ p) => html`<${Point} key=${p.url} p=${p} may=${may} onDone=${done} />`)}</ul>` : html`<span class="dim">none named</span>`) }]} />`}</${Resource}></section>`;
}

export function View() {
	const { trust, session } = useClients();
	const list = useResource((s) => trust.crls(s), [], ['trust']);
	const [dialog, setDialog] = useState(/** @type {any} */ (null));
	const may = session.may('operator');
	const add = may && html`<${Button} icon="upload" onClick=${() => setDialog('add')}>Import a list</${Button}>`;
	return html`<header><div><h1>Revocation lists <${Help} term="crl" about="Revocation list" /></h1><p>Used where a binding checks revocation. An overdue list refuses everybody under its issuer.</p></div><div class="actions">${add}</div></header>
		<div class="stack"><section class="card flush" aria-label="Revocation lists"><${Resource} of=${list} what="Revocation lists" empty=${(/** @type {any} */ d) => !d.items.length && html`<${Empty} icon="clock" title="No revocation lists" actions=${add}>Import the lists of the authorities whose clients you check.</${Empty}>`}>${(/** @type {any} */ d) => html`<${Table} caption="Revocation lists" rows=${d.items} id=${(/** @type {any} */ c) => c.id} columns=${[
			{ key: 'issuer', label: 'Issuer', head: true, sort: (/** @type {any} */ c) => commonName(c.issuer), cell: (/** @type {any} */ c) => html`<span class="wrap">${commonName(c.issuer)}</span>${c.delta && html` <${Tag}>delta</${Tag}>`}` }, { key: 'state', label: 'State', cell: (/** @type {any} */ c) => html`<${StateTag} of=${c} />` },
			{ key: 'this', label: 'Issued', cell: (/** @type {any} */ c) => html`<${Time} at=${c.this_update} full />` }, { key: 'next', label: 'Next update', sort: (/** @type {any} */ c) => Date.parse(c.next_update ?? 0), cell: (/** @type {any} */ c) => html`<span><${Time} at=${c.next_update} /><br /><span class="small dim"><${Time} at=${c.next_update} rel /></span></span>` }, { key: 'n', label: 'Withdrawn', num: true, sort: (/** @type {any} */ c) => c.entries, cell: (/** @type {any} */ c) => c.entries.toLocaleString('en-GB') },
			{ key: 'do', label: 'Actions', hidden: true, cell: (/** @type {any} */ c) => may && html`<${Button} kind="danger quiet" small icon="trash" label=${`Drop the list of ${commonName(c.issuer)}`} onClick=${() => setDialog(c)} />` }]} />`}</${Resource}></section><${Issuers} may=${may} onDone=${list.reload} /></div>
		${dialog === 'add' && html`<${Import} onClose=${() => setDialog(null)} onDone=${list.reload} />`}${dialog?.id && html`<${Confirm} title="Drop this list?" submit="Drop it" onClose=${() => setDialog(null)} onSubmit=${async () => { await trust.removeCrl(dialog.id); list.reload(); }}>Where revocation is checked, clients of ${commonName(dialog.issuer)} are then “unknown”, which is refused with 403.13 unless the binding lets unknown pass.</${Confirm}>`}`;
}
