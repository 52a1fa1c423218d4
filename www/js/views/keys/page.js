// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Authentication keys: the current one, the former ones, what agents were told; a new one, backup, restore, import.
import { html, useState } from '../../lib/html.js';
import { useClients, useResource } from '../../lib/hooks.js';
import { commonName, plural } from '../../lib/format.js';
import { saveFile } from '../../lib/save.js';
import { LifeBar, Tag, Time } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { Facts } from '../../components/facts.js';
import { Fingerprint, ShortPrint } from '../../components/fingerprint.js';
import { Help } from '../../components/help.js';
import { Empty, Note, Resource } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { BackupDialog, RotateDialog, TakeDialog } from './dialogs.js';

const WHY = { first: 'the first key', renewed: 'renewed', rebound: 'the host certificate changed', restored: 'restored from a backup', leaked: 'the former key had leaked', imported: 'imported' };
const why = (/** @type {string} */ r) => WHY[/** @type {keyof typeof WHY} */ (r)] ?? r;
const WARN_S = 90 * 86400;

function Current({ k, number }) {
	const soon = (Date.parse(k.not_after) - Date.now()) / 1000 < WARN_S;
	return html`<section class="card" aria-label="The current key"><header><h2>Current <${Help} term="ntcer" about="OfcNTCer.dat" /></h2><span class="row"><${Tag} kind="info" icon="key">${k.key} ${k.bits}</${Tag}>${k.exportable ? html`<${Tag}>Exportable</${Tag}>` : html`<${Tag} icon="lock">Cannot leave</${Tag}>`}</span></header>
		<div class="stack">${soon && html`<${Note} kind="warn" title="It ends soon">Agents do not look at the dates, so nothing breaks; a new key is good practice.</${Note}>`}
			<div><a class="wrap" href=${`#/certificates/${k.sha256}`}><strong>${commonName(k.subject)}</strong></a></div><${LifeBar} of=${k} />
			<${Facts} of=${[['Thumbprint', html`<${Fingerprint} hex=${k.thumbprint} what="thumbprint" />`, 'thumbprint'], ['Made', html`<${Time} at=${k.made} />`], ['Latest publication', number && `number ${number}`, 'publication']]} /></div></section>`;
}

const former = [
	{ key: 'key', label: 'Key', head: true, cell: (/** @type {any} */ k) => html`<a class="wrap" href=${`#/certificates/${k.sha256}`}>${commonName(k.subject)}</a><br /><span class="small dim">${k.key} ${k.bits}</span>` },
	{ key: 'print', label: 'Thumbprint', cell: (/** @type {any} */ k) => html`<${ShortPrint} hex=${k.thumbprint} />` }, { key: 'made', label: 'Made', cell: (/** @type {any} */ k) => html`<${Time} at=${k.made} />` },
	{ key: 'replaced', label: 'Replaced', sort: (/** @type {any} */ k) => Date.parse(k.replaced), cell: (/** @type {any} */ k) => html`<${Time} at=${k.replaced} />` }, { key: 'why', label: 'Because', cell: (/** @type {any} */ k) => (k.reason === 'leaked' ? html`<${Tag} kind="bad">leaked</${Tag}>` : why(k.reason ?? '')) }];
const told = [
	{ key: 'number', label: 'Number', head: true, sort: (/** @type {any} */ p) => p.number, cell: (/** @type {any} */ p) => p.number }, { key: 'why', label: 'Because', cell: (/** @type {any} */ p) => why(p.reason) },
	{ key: 'ntcer', label: 'Key', cell: (/** @type {any} */ p) => html`<${ShortPrint} hex=${p.ntcer_sha256} />` }, { key: 'by', label: 'Signed by', cell: (/** @type {any} */ p) => html`<${ShortPrint} hex=${p.signed_by} />` }, { key: 'at', label: 'When', cell: (/** @type {any} */ p) => html`<${Time} at=${p.created} rel />` }];

export function View() {
	const { keys, session } = useClients();
	const [dialog, setDialog] = useState('');
	const [made, setMade] = useState(/** @type {any} */ (null));
	const all = useResource((s) => keys.list(s), [], ['keys']);
	const publications = useResource((s) => keys.publications(s), [], ['keys', 'drift']);
	const items = all.data?.items ?? [];
	const current = items.find((/** @type {any} */ k) => k.current), old = items.filter((/** @type {any} */ k) => !k.current);
	const admin = session.may('admin');
	const number = Math.max(0, ...(publications.data?.items ?? []).map((/** @type {any} */ p) => p.number));
	const done = (/** @type {any} */ r) => { setMade(r); all.reload(); publications.reload(); };
	return html`<header><div><h1>Authentication keys <${Help} term="authentication-key" about="Authentication certificate" /></h1><p>With these the server signs what it sends to agents; they know the public half as OfcNTCer.dat.</p></div>
		<div class="actions">${current && html`<${Button} kind="quiet" icon="download" onClick=${async () => saveFile({ ...(await keys.download(current.sha256)), name: 'OfcNTCer.dat' })}>OfcNTCer.dat</${Button}>`}
			${admin && html`<${Button} kind="quiet" icon="lock" onClick=${() => setDialog('backup')}>Back up</${Button}><${Button} kind="quiet" icon="undo" onClick=${() => setDialog('restore')}>Restore</${Button}><${Button} kind="quiet" icon="upload" onClick=${() => setDialog('import')}>Import</${Button}><${Button} icon="plus" onClick=${() => setDialog('rotate')}>New key</${Button}>`}</div></header>
		<div class="stack">${made && html`<${Note} kind="ok" role="status" title=${`Publication ${made.publication} tells the agents`}>${made.restored ? `${plural(made.restored, 'key')} restored. ` : ''}${made.backup ? html`The backup is <code class="wrap">${made.backup}</code>.` : ''}${made.missing?.length ? ` ${plural(made.missing.length, 'key')} could not be had.` : ''}</${Note}>`}
			<${Resource} of=${all} what="The keys" empty=${(/** @type {any} */ d) => !d.items.length && html`<${Empty} icon="key" title="No authentication key yet" actions=${admin && html`<${Button} icon="plus" onClick=${() => setDialog('rotate')}>Make the first key</${Button}>`}>The console makes one at its first start; this one has none.</${Empty}>`}>${() => html`<div class="stack">
				${current && html`<${Current} k=${current} number=${number} />`}
				<section class="card flush" aria-label="Former keys"><header><h2>Former</h2><span class="small dim">kept, so that agents that know only these find back</span></header>${old.length ? html`<${Table} caption="Former keys" rows=${old} id=${(/** @type {any} */ k) => k.sha256} sortBy="-replaced" columns=${former} />` : html`<p class="dim inset">No key was ever replaced.</p>`}</section></div>`}</${Resource}>
			<section class="card flush" aria-label="Publications"><header><h2>What agents were told <${Help} term="publication" about="Publication" /></h2></header><${Resource} of=${publications} what="Publications" empty=${(/** @type {any} */ d) => !d.items.length && html`<${Empty} icon="file" title="No publication yet">The first key makes the first one.</${Empty}>`}>${(/** @type {any} */ d) => html`<${Table} caption="Publications" rows=${d.items} id=${(/** @type {any} */ p) => String(p.number)} sortBy="-number" columns=${told} />`}</${Resource}></section></div>
		${dialog === 'rotate' && html`<${RotateDialog} onClose=${() => setDialog('')} onDone=${done} />`}${dialog === 'backup' && html`<${BackupDialog} list=${items} onClose=${() => setDialog('')} />`}
		${(dialog === 'restore' || dialog === 'import') && html`<${TakeDialog} kind=${dialog} onClose=${() => setDialog('')} onDone=${done} />`}`;
}
