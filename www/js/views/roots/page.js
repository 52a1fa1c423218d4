// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Required roots: what signature checks of program files need, and what this server has of it.
import { html, useState } from '../../lib/html.js';
import { useClients, useResource } from '../../lib/hooks.js';
import { plural } from '../../lib/format.js';
import { storeLabel } from '../../lib/help.js';
import { Tag, Time } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { Dialog } from '../../components/dialog.js';
import { ShortPrint } from '../../components/fingerprint.js';
import { Help } from '../../components/help.js';
import { Empty, Note, Resource } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { ConfirmDialog, EntryDialog, ImportDialog } from './dialogs.js';

const STATE = {
	held: ['ok', 'check', 'Here', ''], missing: ['bad', 'x', 'Missing', 'Import it.'], misplaced: ['warn', 'move', 'Misplaced', 'Move it to where it belongs.'],
	distrusted: ['bad', 'refusal', 'Distrusted', 'It lies in Disallowed: take it out, or drop the entry.'], expired: ['bad', 'clock', 'Expired', 'Import its successor.'],
	unconfirmed: ['warn', 'ask', 'Unconfirmed', 'Say which certificate is meant.'],
};
const order = (/** @type {any} */ r) => ['missing', 'distrusted', 'expired', 'misplaced', 'unconfirmed', 'held'].indexOf(r.state);

function State({ of }) {
	const [kind, icon, text, next] = STATE[/** @type {keyof typeof STATE} */ (of.state)];
	return html`<div><${Tag} kind=${kind} icon=${icon}>${text}</${Tag}>${next && html`<br /><span class="small dim">${next}</span>`}</div>`;
}

const columns = (/** @type {boolean} */ admin, /** @type {(what: string, entry: any) => void} */ act) => [
	{ key: 'name', label: 'Certificate', head: true, sort: (/** @type {any} */ r) => r.name, cell: (/** @type {any} */ r) => html`${r.certificate ? html`<a class="wrap" href=${`#/certificates/${r.certificate.sha256}`}>${r.name}</a>` : html`<span class="wrap">${r.name}</span>`}<br /><span class="small dim">${r.store === 'Root' ? 'Root' : 'Intermediate'}</span>` },
	{ key: 'state', label: 'State', sort: order, cell: (/** @type {any} */ r) => html`<${State} of=${r} />` },
	{ key: 'why', label: 'Needed for', cell: (/** @type {any} */ r) => html`<div><span class="wrap">${r.needed_for}</span>${r.since && html`<br /><span class="small dim wrap">since ${r.since}</span>`}</div>` },
	{ key: 'print', label: 'Fingerprint', cell: (/** @type {any} */ r) => (r.sha1 || r.sha256 ? html`<${ShortPrint} hex=${r.sha1 || r.sha256} />` : html`<span class="dim">not known</span>`) },
	{ key: 'end', label: 'Valid until', spare: true, sort: (/** @type {any} */ r) => (r.certificate ? Date.parse(r.certificate.not_after) : 0), cell: (/** @type {any} */ r) => html`<${Time} at=${r.certificate?.not_after} />` },
	{ key: 'do', label: 'Actions', hidden: true, cell: (/** @type {any} */ r) => admin && html`<span class="row">${r.candidates.length > 0 && html`<${Button} kind="quiet" small onClick=${() => act('confirm', r)}>Confirm</${Button}>`}<${Button} kind="quiet" small onClick=${() => act('edit', r)}>Edit</${Button}><${Button} kind="plain" small icon="trash" label=${`Drop ${r.name}`} onClick=${() => act('drop', r)} /></span>` }];

function Summary({ of }) {
	if (of.attention) return html`<${Note} kind="bad" title=${`${plural(of.attention, 'certificate')} ${of.attention === 1 ? 'is' : 'are'} not as needed`}>Signed program files that rely on them cannot be verified: updates hang, and server and agents do not believe each other.</${Note}>`;
	const open = of.total - of.held;
	return open ? html`<${Note} kind="warn" title=${`${plural(open, 'entry', 'entries')} to confirm`}>Of these the name is known, not the fingerprint. Import the certificate from its issuer and confirm it.</${Note}>`
		: html`<${Note} kind="ok" title="Everything is here">This server has every certificate that the catalogue names.</${Note}>`;
}

export function View() {
	const { roots, session } = useClients();
	const all = useResource((s) => roots.list(s), [], ['root', 'certificate', 'trust']);
	const [open, setOpen] = useState(/** @type {{what: string, entry?: any}} */ ({ what: '' }));
	const admin = session.may('admin');
	const close = () => setOpen({ what: '' });
	const done = () => all.reload();
	return html`<header><div><h1>Required roots <${Help} term="required-root" about="Required root" /></h1><p>Certificates without which signatures of program files cannot be verified.</p></div>
		<div class="actions">${admin && html`<${Button} kind="quiet" icon="plus" onClick=${() => setOpen({ what: 'edit' })}>New entry</${Button}><${Button} icon="upload" onClick=${() => setOpen({ what: 'import' })}>Import</${Button}>`}</div></header>
		<${Resource} of=${all} what="The catalogue" empty=${(/** @type {any} */ d) => !d.items.length && html`<${Empty} icon="trust" title="The catalogue is empty" actions=${admin && html`<${Button} icon="plus" onClick=${() => setOpen({ what: 'edit' })}>New entry</${Button}>`}>Nothing is known to be needed.</${Empty}>`}>${(/** @type {any} */ d) => html`<div class="stack"><${Summary} of=${d} />
			<section class="card flush" aria-label="Catalogue"><${Table} caption="Required certificates" rows=${d.items} id=${(/** @type {any} */ r) => r.id} sortBy="state" columns=${columns(admin, (what, entry) => setOpen({ what, entry }))} /></section></div>`}</${Resource}>
		${open.what === 'import' && html`<${ImportDialog} onClose=${close} onDone=${done} />`}${open.what === 'edit' && html`<${EntryDialog} entry=${open.entry} onClose=${close} onDone=${done} />`}${open.what === 'confirm' && html`<${ConfirmDialog} entry=${open.entry} onClose=${close} onDone=${done} />`}
		${open.what === 'drop' && html`<${Dialog} title="Drop the entry?" about=${`“${open.entry.name}” is then no longer looked for. The certificate itself stays in ${storeLabel(open.entry.store)}.`} submit="Drop" danger onClose=${close} onSubmit=${async () => {
			await roots.remove(open.entry.id);
			done();
			close();
		}} />`}`;
}
