// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Refused client certificates, the newest first.
import { html, useState } from '../../lib/html.js';
import { useClients, useFilter, useResource } from '../../lib/hooks.js';
import { commonName, plural } from '../../lib/format.js';
import { Tag, Time } from '../../components/badge.js';
import { Button, LinkButton } from '../../components/button.js';
import { Help } from '../../components/help.js';
import { Empty, Resource } from '../../components/states.js';
import { Table } from '../../components/table.js';

export function View({ search }) {
	const { trust } = useClients();
	const [typed, put, { substatus, client }] = useFilter(search, ['substatus', 'client']);
	const [older, setOlder] = useState(/** @type {any[]} */ ([]));
	const filter = { substatus, client, limit: 100 };
	const list = useResource(async (s) => { const d = await trust.refusals(filter, s); setOlder([]); return d; }, [substatus, client], ['refusal']);
	return html`<header><div><h1>Refusals <${Help} term="403.16" about="403.16" /></h1><p>Each client certificate that was turned away, with the reason in words and what helps.</p></div><div class="actions"><${LinkButton} href="#/trust" icon="trust">Client trust</${LinkButton}></div></header>
		<section class="card flush" aria-label="Refusals"><div class="filterbar"><input type="search" aria-label="Client address" placeholder="Client address" value=${typed.client} onInput=${(/** @type {any} */ e) => put({ client: e.target.value })} />
			<select aria-label="Sub-status" value=${typed.substatus} onChange=${(/** @type {any} */ e) => put({ substatus: e.target.value })}><option value="">Every sub-status</option><option value="7">403.7 none sent</option><option value="12">403.12 mapped and denied</option><option value="13">403.13 revoked or unknown</option><option value="16">403.16 not trusted</option><option value="17">403.17 expired</option></select></div>
			<${Resource} of=${list} what="Refusals" empty=${(/** @type {any} */ d) => !d.items.length && html`<${Empty} icon="trust" title=${substatus || client ? 'Nothing matches' : 'Nobody was refused'}>${substatus || client ? 'No refusal fits the filter.' : 'When a client certificate does not pass, the reason and the cure appear here at once.'}</${Empty}>`}>
			${(/** @type {any} */ d) => { const rows = [...d.items, ...older.flatMap((o) => o.items)]; const next = older.length ? older[older.length - 1].next_page_token : d.next_page_token; return html`<${Table} caption="Refusals" rows=${rows} id=${(/** @type {any} */ r) => r.id} columns=${[
				{ key: 'time', label: 'When', cell: (/** @type {any} */ r) => html`<${Time} at=${r.time} full />` }, { key: 'client', label: 'Client', head: true, cell: (/** @type {any} */ r) => html`<a class="wrap" href=${`#/refusals/${encodeURIComponent(r.id)}`}>${r.subject ? commonName(r.subject) : 'No certificate'}</a><br /><span class="small dim">${r.client}</span>` },
				{ key: 'sub', label: 'Status', cell: (/** @type {any} */ r) => html`<${Tag} kind="bad">403.${r.substatus}</${Tag}>` }, { key: 'why', label: 'Why', cell: (/** @type {any} */ r) => html`<span class="wrap said-of">${r.explanation}</span>` }, { key: 'binding', label: 'Binding', cell: (/** @type {any} */ r) => html`<code class="wrap">${(r.endpoint ?? r.binding ?? '').replace(/:$/, '')}</code>` }]} />
				<p class="more small dim">${plural(d.total, 'refusal')}</p>${next && html`<p class="more"><${Button} kind="quiet" onClick=${async () => setOlder([...older, await trust.refusals({ ...filter, page_token: next })])}>Show earlier ones</${Button}></p>`}`; }}</${Resource}></section>`;
}
