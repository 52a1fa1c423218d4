// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Site Bindings: the table, and the dialog to add one.
import { html } from '../../lib/html.js';
import { useAsked, useClients, useResource } from '../../lib/hooks.js';
import { bindingName, commonName, plural } from '../../lib/format.js';
import { storeLabel } from '../../lib/help.js';
import { ChangeTag, LifeBar, Tag } from '../../components/badge.js';
import { Button, LinkButton } from '../../components/button.js';
import { Help } from '../../components/help.js';
import { Empty, Resource } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { Denied } from '../denied.js';
import { BindingDialog } from './dialog.js';

const CLIENT = { ignore: 'ignored', accept: 'accepted', require: 'required' };

export function View({ search }) {
	const { bindings, router, session } = useClients();
	const list = useResource((s) => bindings.overview(s), [], ['binding', 'change', 'certificate']);
	const cert = search.get('cert');
	const asked = search.get('add');
	const [dialog, setDialog] = useAsked(asked && 'add', '');
	const add = session.may('operator') && html`<${Button} icon="plus" onClick=${() => setDialog('add')}>Add a binding</${Button}>`;
	const close = () => {
		setDialog('');
		if (asked) router.refine({});
	};
	return html`<header><div><h1>Bindings <${Help} term="binding" about="Binding" /></h1><p>${cert ? 'Choose the binding that is to show the certificate.' : 'Which certificate is shown at which address, port and name.'}</p></div><div class="actions">${add}</div></header>
		<section class="card flush" aria-label="Bindings"><${Resource} of=${list} what="Bindings" empty=${(/** @type {any} */ d) => !d.length && html`<${Empty} icon="binding" title="No bindings" actions=${add}>Add one, and its listener opens at once.</${Empty}>`}>
			${(/** @type {any} */ d) => html`<${Table} caption="Site bindings" rows=${d} id=${(/** @type {any} */ b) => b.id} columns=${[
				{ key: 'name', label: 'Host name', head: true, sort: bindingName, cell: (/** @type {any} */ b) => html`<a class="wrap" href=${`#/bindings/${encodeURIComponent(b.id)}${cert ? `?edit=1&cert=${cert}` : ''}`}>${b.host || (b.ip === '*' ? 'Every name' : `Every name at ${b.ip}`)}</a><br /><span class="row">${b.agents && html`<${Tag} kind="info" icon="agents">Agents’ binding</${Tag}>`}${b.change && html`<${ChangeTag} state=${b.change.state} />`}</span>` },
				{ key: 'type', label: 'Type', spare: true, cell: () => 'https' },
				{ key: 'ip', label: 'Address', sort: (/** @type {any} */ b) => b.ip, cell: (/** @type {any} */ b) => (b.ip === '*' ? 'All unassigned' : html`<code>${b.ip}</code>`) },
				{ key: 'port', label: 'Port', sort: (/** @type {any} */ b) => b.port, cell: (/** @type {any} */ b) => html`<span class="num">${b.port}</span>` },
				{ key: 'cert', label: 'Certificate', cell: (/** @type {any} */ b) => (b.certificate ? html`<a class="wrap" href=${`#/certificates/${b.cert}`}>${b.certificate.friendly_name || commonName(b.certificate.subject)}</a>` : html`<${Tag} kind="bad" icon="bad">None</${Tag}>`) },
				{ key: 'life', label: 'Life', sort: (/** @type {any} */ b) => Date.parse(b.certificate?.not_after ?? 0), cell: (/** @type {any} */ b) => b.certificate && html`<${LifeBar} of=${b.certificate} />` },
				{ key: 'client', label: 'Client certificates', cell: (/** @type {any} */ b) => html`${CLIENT[/** @type {keyof typeof CLIENT} */ (b.client_certs)] ?? b.client_certs}${b.issuer_store && html`<br /><span class="small dim">${storeLabel(b.issuer_store)}</span>`}` },
				{ key: 'do', label: 'Actions', hidden: true, cell: (/** @type {any} */ b) => session.may('operator') && (b.change ? html`<${LinkButton} small href=${`#/bindings/${encodeURIComponent(b.id)}`}>See the change</${LinkButton}>` : html`<${LinkButton} small kind=${cert ? 'main' : 'quiet'} href=${`#/bindings/${encodeURIComponent(b.id)}?edit=1${cert ? `&cert=${cert}` : ''}`}>${cert ? 'Bind here' : 'Edit'}</${LinkButton}>`) }]} />
			<p class="more small dim">${plural(d.length, 'binding')} of the site OfficeScan</p>`}</${Resource}></section>
		${asked && !session.may('operator') && html`<${Denied} role="operator" />`}${dialog === 'add' && session.may('operator') && html`<${BindingDialog} onClose=${close} onStaged=${(/** @type {any} */ b, /** @type {any} */ c) => { close(); router.go(b ? `/bindings/${encodeURIComponent(b)}` : `/changes/${encodeURIComponent(c.id)}`); }} />`}`;
}
