// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Registered agents: who they are, what they hold, who cannot follow.
import { html } from '../../lib/html.js';
import { useClients, useFilter, usePages, useResource } from '../../lib/hooks.js';
import { saveFile } from '../../lib/save.js';
import { Tag, Time } from '../../components/badge.js';
import { Button, LinkButton } from '../../components/button.js';
import { Pages } from '../../components/pages.js';
import { Empty, Resource } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { NoAgents } from './none.js';

const KIND = { current: 'ok', recoverable: 'info', mismatched: 'bad', offline: 'warn' };
export const StateTag = ({ of }) => html`<${Tag} kind=${KIND[/** @type {keyof typeof KIND} */ (of)]}>${of}</${Tag}>`;

const columns = [
	{ key: 'name', label: 'Agent', head: true, cell: (/** @type {any} */ a) => html`<a class="wrap" href=${`#/agents/${a.id}`}>${a.name || 'without a name'}</a><br /><span class="small dim mono">${a.id.slice(0, 12)}</span>` },
	{ key: 'address', label: 'Address', cell: (/** @type {any} */ a) => html`<code class="wrap">${a.pinned_address ?? a.address}</code><br /><span class="small dim">port ${a.port}${a.pinned_address ? ', pinned' : ''}</span>` },
	{ key: 'state', label: 'State', cell: (/** @type {any} */ a) => html`<${StateTag} of=${a.state} />${a.clones > 0 && html` <${Tag} kind="bad">cloned</${Tag}>`}` },
	{ key: 'why', label: 'Why, and what helps', cell: (/** @type {any} */ a) => a.reason && html`<span class="wrap said-of">${a.reason}</span><br /><span class="small dim wrap">${a.cure}</span>` },
	{ key: 'publication', label: 'Publication', num: true, cell: (/** @type {any} */ a) => a.publication },
	{ key: 'seen', label: 'Last seen', cell: (/** @type {any} */ a) => html`<${Time} at=${a.last_seen} rel />` },
];

export function View({ search }) {
	const { fleet } = useClients();
	const [typed, put, { q, state }] = useFilter(search, ['q', 'state']);
	const [pages, setPages] = usePages(q, state);
	const filter = { q, state, limit: 50, page_token: pages[pages.length - 1] };
	const list = useResource((s) => fleet.agents(filter, s), [q, state, filter.page_token], ['agent', 'keys', 'drift']);
	const n = list.data?.counts;
	return html`<header><div><h1>Agents</h1><p>Each proves its key when it registers, and reports what it knows of this server.</p></div><div class="actions"><${LinkButton} href="#/rollouts" icon="activity">Rollouts</${LinkButton}><${Button} kind="quiet" icon="download" onClick=${async () => saveFile(await fleet.csv())}>Mismatches as CSV</${Button}></div></header>
		<section class="card flush" aria-label="Agents"><div class="filterbar"><input type="search" aria-label="Name, id or address" placeholder="Name, id or address" maxlength="100" value=${typed.q} onInput=${(/** @type {any} */ e) => put({ q: e.target.value })} />
			<select aria-label="State" value=${typed.state} onChange=${(/** @type {any} */ e) => put({ state: e.target.value })}><option value="">Every state</option>${Object.keys(KIND).map((k) => html`<option key=${k} value=${k}>${k}${n ? ` (${n[k]})` : ''}</option>`)}</select></div>
			<${Resource} of=${list} what="Agents" empty=${(/** @type {any} */ d) => !d.items.length && (q || state ? html`<${Empty} icon="agents" title="Nothing matches" actions=${html`<${Button} kind="quiet" onClick=${() => put({ q: '', state: '' })}>Show all agents</${Button}>`}>No agent fits the filter.</${Empty}>` : html`<${NoAgents} />`)}>
			${(/** @type {any} */ d) => html`<${Table} caption="Agents" rows=${d.items} id=${(/** @type {any} */ a) => a.id} columns=${columns} />
				<${Pages} of=${d} what="agent" pages=${pages} onPages=${setPages} />`}</${Resource}></section>`;
}
