// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// The audit trail: who did what, with the difference each change made; its chain can be verified here.
import { html, useState } from '../lib/html.js';
import { useAction, useClients, useFilter, useResource } from '../lib/hooks.js';
import { plural } from '../lib/format.js';
import { auditIcon, auditSaid, folded } from '../clients/system.js';
import { Time } from '../components/badge.js';
import { Button } from '../components/button.js';
import { Diff, Facts } from '../components/facts.js';
import { Help } from '../components/help.js';
import { Icon } from '../components/icon.js';
import { Empty, Note, Problem, Resource } from '../components/states.js';

const KINDS = [['', 'Everything'], ['cert.*', 'Certificates'], ['key.*', 'Keys'], ['bind.*', 'Bindings'], ['csr.*', 'Requests'], ['trust.*', 'Trust'], ['store.*', 'Stores'], ['crl.*', 'Revocation lists'], ['ipcer.*', 'OfcIPCer.dat'], ['drift.*', 'Drift'], ['session.*', 'Logins'], ['account.*', 'Accounts'], ['token.*', 'Tokens'], ['settings.*', 'Settings']];

/** The day that was chosen begins at midnight here, as the times of the rows are shown. @param {string} day */
const midnight = (day) => (Number.isNaN(Date.parse(`${day}T00:00:00`)) ? '' : `${new Date(`${day}T00:00:00`).toISOString().slice(0, 19)}Z`);

function Row({ r, times }) {
	const said = auditSaid(r);
	const d = r.detail ?? {};
	const rest = Object.entries(d).filter(([k]) => k !== 'before' && k !== 'after');
	return html`<li><${Icon} name=${auditIcon(r.action)} /><details><summary><strong>${r.actor}</strong> ${said.verb} <span class="wrap">${said.object}</span>${times > 1 && html` <span class="dim small">${times} times, the last:</span>`}</summary>
		<div class="stack tight">${(d.before || d.after) && typeof (d.before ?? d.after) === 'object' ? html`<${Diff} before=${d.before} after=${d.after} />` : null}
		<${Facts} of=${[['Number', r.seq], ['When', html`<${Time} at=${r.time} full />`], ['What', html`<code>${r.action}</code>`], ['To', html`<code class="wrap">${r.object}</code>`], ['By', `${r.actor}, ${{ rest: 'REST', cli: 'command line', console: 'this console', system: 'the console itself' }[r.via] ?? r.via ?? ''}${r.address ? `, from ${r.address}` : ''}`], ['Request', r.request_id && html`<code>${r.request_id}</code>`],
			...(typeof (d.before ?? d.after ?? {}) === 'object' ? [] : [['Before', String(d.before ?? '–')], ['After', String(d.after ?? '–')]]), ...rest.map(([k, v]) => [k.replace(/_/g, ' '), typeof v === 'object' ? JSON.stringify(v) : String(v)]), ['Hash', r.hash && html`<code class="wrap small">${r.hash}</code>`]]} /></div></details><span class="when"><${Time} at=${r.time} rel /></span></li>`;
}

export function View({ search }) {
	const { system } = useClients();
	const [typed, put, { action, actor, object, since }] = useFilter(search, ['action', 'actor', 'object', 'since']);
	const [older, setOlder] = useState(/** @type {any[]} */ ([]));
	const filter = { action, actor, object, since: midnight(since), limit: 100 };
	const list = useResource(async (s) => { const d = await system.audit(filter, s); setOlder([]); return d; }, [JSON.stringify(filter)], ['audit']);
	const verify = useAction(() => system.verify());
	const [chain, setChain] = useState(/** @type {any} */ (null));
	const filtered = action || actor || object || since;
	return html`<header><div><h1>Activity <${Help} term="audit" about="Audit trail" /></h1><p>Who changed what, and when. Nothing here can be altered unseen.</p></div><div class="actions"><${Button} kind="quiet" icon="trust" busy=${verify.busy} onClick=${async () => setChain(await verify.run())}>Verify the chain</${Button}></div></header>
		<div class="stack"><${Problem} error=${verify.error} />${chain && (chain.intact ? html`<${Note} kind="ok" role="status" title="The trail is whole">${plural(chain.rows, 'row')}, each chained to the one before. Head: <code class="wrap">${(chain.head ?? '').slice(0, 24)}…</code></${Note}>` : html`<${Note} kind="bad" role="alert" title=${`The trail is broken at number ${chain.first_bad}`}>From there on rows were changed or removed behind the console’s back.</${Note}>`)}
		<section class="card flush" aria-label="Audit trail"><div class="filterbar"><select aria-label="Kind" value=${typed.action} onChange=${(/** @type {any} */ e) => put({ action: e.target.value })}>${KINDS.map(([v, l]) => html`<option key=${v} value=${v}>${l}</option>`)}</select>
			<input type="search" aria-label="Who" placeholder="Who" value=${typed.actor} onInput=${(/** @type {any} */ e) => put({ actor: e.target.value })} /><input type="search" aria-label="What it was done to" placeholder="To what" value=${typed.object} onInput=${(/** @type {any} */ e) => put({ object: e.target.value })} /><input type="date" aria-label="Since" value=${typed.since} onInput=${(/** @type {any} */ e) => put({ since: e.target.value })} /></div>
			<${Resource} of=${list} what="The audit trail" empty=${(/** @type {any} */ d) => !d.items.length && html`<${Empty} icon="activity" title=${filtered ? 'Nothing matches' : 'Nothing has happened yet'}>${filtered ? 'No row fits the filter.' : 'The first change will be the first line.'}</${Empty}>`}>
			${(/** @type {any} */ d) => { const rows = [...d.items, ...older.flatMap((o) => o.items)]; const next = older.length ? older[older.length - 1].next_page_token : d.next_page_token; return html`<ul class="feed audit">${folded(rows).map(({ row, times }) => html`<${Row} key=${row.seq} r=${row} times=${times} />`)}</ul><p class="more small dim">${rows.length} of ${plural(d.total, 'row')}</p>${next && html`<p class="more"><${Button} kind="quiet" onClick=${async () => setOlder([...older, await system.audit({ ...filter, page_token: next })])}>Show earlier ones</${Button}></p>`}`; }}</${Resource}></section></div>`;
}
