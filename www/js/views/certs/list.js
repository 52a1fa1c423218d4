// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Certificates: the tree of stores, a table with filter, what was removed; the doors to import and store making.
import { html, useState } from '../../lib/html.js';
import { useAsked, useClients, useFilter, useResource } from '../../lib/hooks.js';
import { commonName, EXPIRY_GROUPS, expiryGroup, plural, searchTerm, validity } from '../../lib/format.js';
import { STORES, storeLabel } from '../../lib/help.js';
import { Tag, Time, ValidityTag } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { Dialog } from '../../components/dialog.js';
import { Field } from '../../components/field.js';
import { ShortPrint } from '../../components/fingerprint.js';
import { Empty, Resource } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { toast } from '../../components/toast.js';
import { Denied } from '../denied.js';
import { ImportDialog } from './import.js';

const WINDOWS = Object.keys(STORES);

function Tree({ stores, at, total }) {
	const known = [...stores].sort((a, b) => WINDOWS.indexOf(a.name) - WINDOWS.indexOf(b.name));
	const link = (/** @type {string} */ to, /** @type {string} */ label, /** @type {any} */ n, /** @type {boolean} */ here, title = '') => html`<li key=${to}><a href=${to} aria-current=${here ? 'true' : undefined} title=${title}><span>${label}</span><span class="n">${n}</span></a></li>`;
	const ours = known.filter((s) => s.name in STORES), own = known.filter((s) => !(s.name in STORES));
	return html`<nav class="card flush" aria-label="Stores"><ul class="tree">${link('#/certificates', 'All stores', total, !at)}
		<li class="head">Windows stores</li>${ours.map((s) => link(`#/certificates?store=${encodeURIComponent(s.name)}`, storeLabel(s.name), s.certificates, at === s.name, s.name))}
		${own.length > 0 && html`<li class="head">Your own</li>`}${own.map((s) => link(`#/certificates?store=${encodeURIComponent(s.name)}`, s.name, s.certificates, at === s.name))}
		<li class="head">Recycle bin</li>${link('#/certificates?deleted=1', 'Removed', '', at === 'removed')}</ul></nav>`;
}

function NewStore({ onClose }) {
	const { certs } = useClients();
	const [name, setName] = useState('');
	return html`<${Dialog} title="New store" about="A store of your own, to be named as the issuer store of a binding." submit="Make the store" disabled=${!name.trim()} onClose=${onClose}
		onSubmit=${async () => { await certs.createStore(name.trim()); toast(`Store ${name.trim()} is made`); onClose(name.trim()); }}><${Field} label="Name" value=${name} onInput=${setName} maxlength="63" autofocus help="issuer-store" /></${Dialog}>`;
}

const columns = (/** @type {boolean} */ removed, /** @type {(c: any) => void} */ restore) => [
	{ key: 'name', label: 'Name', head: true, sort: (/** @type {any} */ c) => c.friendly_name || commonName(c.subject), cell: (/** @type {any} */ c) => html`<a class="wrap" href=${`#/certificates/${c.sha256}`}>${c.friendly_name || commonName(c.subject)}</a>${c.friendly_name && html`<br /><span class="small dim wrap">${commonName(c.subject)}</span>`}` },
	{ key: 'issuer', label: 'Issued by', sort: (/** @type {any} */ c) => commonName(c.issuer), cell: (/** @type {any} */ c) => html`<span class="wrap">${c.issuer === c.subject ? html`<span class="dim">itself</span>` : commonName(c.issuer)}</span>` },
	{ key: 'stores', label: 'Stores', cell: (/** @type {any} */ c) => html`<span class="row">${c.stores.map((/** @type {string} */ s) => html`<${Tag} key=${s}>${storeLabel(s)}</${Tag}>`)}</span>` },
	{ key: 'key', label: 'Key', cell: (/** @type {any} */ c) => (c.has_key ? html`<${Tag} kind="info" icon=${c.exportable ? 'key' : 'lock'} title=${c.exportable ? 'may be exported' : 'cannot be exported'}>${c.exportable ? 'Exportable' : 'Key'}</${Tag}>` : html`<span class="dim">–</span>`) },
	{ key: 'not_after', label: 'Until', sort: (/** @type {any} */ c) => Date.parse(c.not_after), cell: (/** @type {any} */ c) => html`<span class="row"><span class="num nowrap"><${Time} at=${c.not_after} /></span>${validity(c.not_before, c.not_after) !== 'good' && html`<${ValidityTag} of=${c} />`}</span>` },
	{ key: 'thumbprint', label: removed ? 'Bring back' : 'Thumbprint', hidden: removed, spare: !removed, cell: (/** @type {any} */ c) => (removed ? html`<${Button} kind="quiet" small icon="undo" onClick=${() => restore(c)}>Bring back</${Button}>` : html`<${ShortPrint} hex=${c.thumbprint} />`) },
];

export function View({ search }) {
	const { certs, router, session } = useClients();
	const store = search.get('store') ?? '', removed = search.get('deleted') === '1', expiry = EXPIRY_GROUPS[Number(search.get('expiry'))] ? search.get('expiry') : null;
	const [typed, put, { q: term, key, purpose }] = useFilter(search, ['q', 'key', 'purpose']);
	const asked = search.get('import');
	const [dialog, setDialog] = useAsked(asked && 'import', '');
	const stores = useResource((s) => certs.stores(s), [], ['certificate', 'trust']);
	const list = useResource((s) => certs.list({ store, q: searchTerm(term), has_key: key, purpose, deleted: removed || undefined, limit: 500, sort: 'not_after' }, s), [store, term, key, purpose, removed], ['certificate', 'trust']);
	const restore = async (/** @type {any} */ c) => {
		await certs.restore(c.sha256);
		toast(`${commonName(c.subject)} is back`);
		list.reload();
	};
	const close = () => {
		setDialog('');
		if (asked) router.refine(Object.fromEntries([...search].filter(([k]) => k !== 'import')));
	};
	const filtered = term || key || purpose || expiry !== null;
	const ends = (/** @type {any} */ d) => (expiry === null ? d.items : d.items.filter((/** @type {any} */ c) => expiryGroup(c.not_after) === Number(expiry)));
	const title = removed ? 'Removed certificates' : store ? storeLabel(store) : 'Certificates';
	const about = removed ? 'What was removed in the last 30 days; each can be brought back.' : store ? (STORES[/** @type {keyof typeof STORES} */ (store)]?.help ?? 'A store of your own, to be named as an issuer store.') : 'Every certificate this console keeps, in Windows-like stores.';
	return html`<header><div><h1>${title}</h1><p>${about}</p></div><div class="actions">
		${session.may('admin') && html`<${Button} kind="quiet" icon="plus" onClick=${() => setDialog('store')}>New store</${Button}>`}
		${session.may('operator') && html`<${Button} icon="upload" onClick=${() => setDialog('import')}>Import</${Button}>`}</div></header>
		${asked && !session.may('operator') && html`<${Denied} role="operator" />`}<div class="withtree"><${Tree} stores=${stores.data?.items ?? []} at=${removed ? 'removed' : store} total=${list.data && !store && !filtered && !removed ? list.data.total : ''} />
		<section class="card flush" aria-label=${title}>
			<div class="filterbar"><select class="tree-select" aria-label="Store" value=${removed ? ' removed' : store} onChange=${(/** @type {any} */ e) => router.go(e.target.value === ' removed' ? '/certificates?deleted=1' : `/certificates${e.target.value ? `?store=${encodeURIComponent(e.target.value)}` : ''}`)}>
					<option value="">All stores</option>${(stores.data?.items ?? []).map((/** @type {any} */ s) => html`<option key=${s.name} value=${s.name} selected=${s.name === store}>${storeLabel(s.name)} (${s.certificates})</option>`)}<option value=" removed" selected=${removed}>Removed</option></select>
				<input type="search" aria-label="Filter" placeholder="Name, alternative name, fingerprint …" value=${typed.q} onInput=${(/** @type {any} */ e) => put({ q: e.target.value })} />
				<select aria-label="Purpose" value=${typed.purpose} onChange=${(/** @type {any} */ e) => put({ purpose: e.target.value })}><option value="">Any purpose</option><option value="server">For servers</option><option value="client">For clients</option><option value="ca">Authorities</option></select>
				<select aria-label="Private key" value=${typed.key} onChange=${(/** @type {any} */ e) => put({ key: e.target.value })}><option value="">With or without key</option><option value="true">With a key</option><option value="false">Without a key</option></select>
				${expiry !== null && html`<a class="button quiet small" href=${store ? `#/certificates?store=${encodeURIComponent(store)}` : '#/certificates'}>${EXPIRY_GROUPS[Number(expiry)]} ✕<span class="sr"> remove this filter</span></a>`}</div>
			<${Resource} of=${list} what="Certificates" empty=${(/** @type {any} */ d) => !ends(d).length && (filtered
				? html`<${Empty} icon="search" title="Nothing matches">No certificate here fits the filter.</${Empty}>`
				: removed ? html`<${Empty} icon="trash" title="The bin is empty">What you remove waits here for 30 days.</${Empty}>`
				: html`<${Empty} icon="cert" title=${store ? `${storeLabel(store)} is empty` : 'No certificates yet'} actions=${session.may('operator') && html`<${Button} icon="upload" onClick=${() => setDialog('import')}>Import a certificate</${Button}>`}>${store ? 'Nothing is kept in this store.' : 'Bring a PFX, PEM, DER or P7B file, or make a request for your authority.'}</${Empty}>`)}>
				${(/** @type {any} */ d) => { const rows = ends(d); return html`<${Table} caption=${title} rows=${rows} id=${(/** @type {any} */ c) => c.sha256} sortBy="name" columns=${columns(removed, restore)} /><p class="more small dim">${plural(rows.length, 'certificate')}${d.total > d.items.length ? ` of ${d.total}; filter to see the others` : ''}</p>`; }}</${Resource}></section></div>
		${dialog === 'import' && session.may('operator') && html`<${ImportDialog} store=${store} stores=${stores.data?.items ?? []} onClose=${close} onDone=${() => { list.reload(); stores.reload(); }} />`}
		${dialog === 'store' && html`<${NewStore} onClose=${(/** @type {any} */ name) => { close(); if (typeof name === 'string') { stores.reload(); router.go(`/certificates?store=${encodeURIComponent(name)}`); } }} />`}`;
}
