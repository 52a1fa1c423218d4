// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// One package: what it is, who signed it, the verdict of now, its files.
import { html, useState } from '../../lib/html.js';
import { useClients, useResource } from '../../lib/hooks.js';
import { bytes, commonName, plural, sentence } from '../../lib/format.js';
import { Tag, Time } from '../../components/badge.js';
import { Button, LinkButton } from '../../components/button.js';
import { Facts } from '../../components/facts.js';
import { Fingerprint, ShortPrint } from '../../components/fingerprint.js';
import { Note, Resource } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { Ask } from './page.js';

const columns = [
	{ key: 'name', label: 'File', head: true, sort: (/** @type {any} */ f) => f.name, cell: (/** @type {any} */ f) => html`<span class="any">${f.name}</span>` },
	{ key: 'version', label: 'Version', cell: (/** @type {any} */ f) => html`<span class="wrap">${f.version || '–'}</span>` },
	{ key: 'size', label: 'Size', num: true, sort: (/** @type {any} */ f) => f.size, cell: (/** @type {any} */ f) => html`<span class="nowrap">${bytes(f.size)}</span>` },
	{ key: 'sha256', label: 'SHA-256', cell: (/** @type {any} */ f) => html`<${ShortPrint} hex=${f.sha256} />` }];
const SHOWN = 200;

export function View({ params }) {
	const { updates, session, router } = useClients();
	const one = useResource((s) => updates.show(params.id, s), [params.id], ['update', 'certificate', 'trust', 'root']);
	const [ask, setAsk] = useState(''), [all, setAll] = useState(false);
	return html`<${Resource} of=${one} what="The package">${(/** @type {any} */ p) => html`<header><div><div class="crumbs"><a href="#/updates">Updates</a></div><h1 class="wrap">${p.package} ${p.version}</h1><p>${p.offered ? html`<${Tag} kind="ok" icon="check">Offered</${Tag}> Agents fetch, verify and install it.` : html`<${Tag}>Not offered</${Tag}> Agents do not see it.`}</p></div>
			<div class="actions">${session.may('operator') && html`<${Button} kind="quiet" icon="trash" onClick=${() => setAsk('remove')}>Remove</${Button}>`}${session.may('operator') && html`<${Button} kind=${p.offered ? 'quiet' : 'main'} onClick=${() => setAsk('offer')}>${p.offered ? 'Withdraw' : 'Offer'}</${Button}>`}</div></header>
		<div class="stack">${p.check.good ? html`<${Note} kind="ok" title="The signature is good">${sentence(p.check.explanation)}</${Note}>` : html`<${Note} kind="bad" title="The signature is not good now" actions=${p.check.missing && html`<${LinkButton} small kind="main" href="#/roots?import=1">Import what is missing</${LinkButton}>`}><p>${sentence(p.check.explanation)}</p>${p.check.missing && html`<p class="wrap">What is missing: ${commonName(p.check.missing.name)}.</p>`}<p class="small dim mono">${p.check.reason}</p></${Note}>`}
			<section class="card" aria-label="The facts"><${Facts} of=${[['SHA-256', html`<${Fingerprint} hex=${p.sha256} what="SHA-256" />`], ['Size', bytes(p.bytes)], ['Signed by', p.signer && html`<span class="wrap">${p.signer.subject}</span>`, 'code-signing'], ['Signer valid until', p.signer && html`<${Time} at=${p.signer.not_after} />`], ['Signer SHA-256', p.signer && html`<${Fingerprint} hex=${p.signer.sha256} what="SHA-256 of the signer" />`], ['Added', html`<span><${Time} at=${p.added} full /> by ${p.added_by}</span>`]]} /></section>
			<section class="card flush" aria-label="Files"><header><h2>${plural(p.files.length, 'file')}</h2></header><${Table} caption="Files of the package" rows=${all ? p.files : p.files.slice(0, SHOWN)} id=${(/** @type {any} */ f) => f.name} sortBy="name" columns=${columns} />
				${!all && p.files.length > SHOWN && html`<p class="more"><${Button} kind="quiet" onClick=${() => setAll(true)}>Show all ${plural(p.files.length, 'file')}</${Button}></p>`}</section></div>
		${ask && html`<${Ask} what=${ask} of=${p} onClose=${() => setAsk('')} onDone=${(/** @type {string} */ done) => (done === 'removed' ? router.go('/updates') : one.reload())} />`}`}</${Resource}>`;
}
