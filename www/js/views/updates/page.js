// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Updates: what keeps agents and its one next step, how far they are, the packages and which is offered.
import { html, useState } from '../../lib/html.js';
import { useAsked, useClients, usePages, useResource } from '../../lib/hooks.js';
import { bytes, commonName, plural, sentence } from '../../lib/format.js';
import { causeKind, CAUSES, nextStep } from '../../clients/updates.js';
import { Tag, Time } from '../../components/badge.js';
import { Button, LinkButton } from '../../components/button.js';
import { Confirm } from '../../components/dialog.js';
import { Help } from '../../components/help.js';
import { Pages } from '../../components/pages.js';
import { Empty, Note, Resource } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { toast } from '../../components/toast.js';
import { NoAgents } from '../agents/none.js';
import { Denied } from '../denied.js';
import { Arrival } from '../roots/deploy.js';
import { AddDialog } from './add.js';
import { UPDATE, UpdateBars, UpdateTag } from './states.js';

/** @param {{of: any[]}} props */
export function Findings({ of }) {
	return html`${of.map((f) => { const step = nextStep(f); return html`<${Note} key=${`${f.cause}${f.entry ?? ''}${f.certificate?.sha256 ?? f.certificate?.name ?? ''}`} kind=${causeKind(f.cause)} title=${`${CAUSES[f.cause] ?? f.cause}: ${plural(f.count, 'agent')}`} actions=${html`<${LinkButton} small kind="main" href=${step.href}>${step.text}</${LinkButton}>`}>
		<p>${sentence(f.explanation)}</p>${f.remedy && html`<p><strong>What helps:</strong> ${sentence(f.remedy)}</p>`}</${Note}>`; })}`;
}

const packages = (/** @type {any} */ may, /** @type {(what: string, p: any) => void} */ act) => [
	{ key: 'name', label: 'Package', head: true, sort: (/** @type {any} */ p) => `${p.package} ${p.version}`, cell: (/** @type {any} */ p) => html`<a class="any" href=${`#/updates/${encodeURIComponent(p.id)}`}>${p.package} ${p.version}</a><br /><span class="small dim">${plural(p.n_files, 'file')}, ${bytes(p.bytes)}</span>` },
	{ key: 'offered', label: 'Offered', cell: (/** @type {any} */ p) => (p.offered ? html`<${Tag} kind="ok" icon="check">Offered</${Tag}>` : html`<${Tag}>Not offered</${Tag}>`) },
	{ key: 'check', label: 'Signature', cell: (/** @type {any} */ p) => html`<span class="any">${p.check.good ? html`<${Tag} kind="ok" icon="trust">Good</${Tag}>` : html`<${Tag} kind="bad" icon="refusal">Not good now</${Tag}>`}<br /><span class="small dim wrap">${p.signer ? commonName(p.signer.subject) : 'signer unknown'}</span></span>` },
	{ key: 'added', label: 'Added', spare: true, sort: (/** @type {any} */ p) => Date.parse(p.added), cell: (/** @type {any} */ p) => html`<span class="any"><${Time} at=${p.added} /><br /><span class="small dim">by ${p.added_by}</span></span>` },
	{ key: 'do', label: 'Actions', hidden: true, cell: (/** @type {any} */ p) => html`<span class="row">${may.operator && html`<${Button} kind="quiet" small aria-label=${`${p.offered ? 'Withdraw' : 'Offer'} ${p.package} ${p.version}`} onClick=${() => act('offer', p)}>${p.offered ? 'Withdraw' : 'Offer'}</${Button}>`}${may.operator && html`<${Button} kind="plain" small icon="trash" label=${`Remove ${p.package} ${p.version}`} onClick=${() => act('remove', p)} />`}</span>` }];

const agents = [
	{ key: 'name', label: 'Agent', head: true, cell: (/** @type {any} */ a) => html`<a class="any" href=${`#/agents/${a.id}`}>${a.name || 'without a name'}</a><br /><span class="small dim mono">${a.id.slice(0, 12)}</span>` },
	{ key: 'state', label: 'State', cell: (/** @type {any} */ a) => html`<span><${UpdateTag} of=${a.state} />${a.state === 'downloading' && a.total > 0 && html`<br /><span class="small dim num">${Math.floor((100 * a.bytes) / a.total)} %</span>`}</span>` },
	{ key: 'package', label: 'Package', cell: (/** @type {any} */ a) => (a.package ? html`<span class="any">${a.package} ${a.version ?? a.installed}${a.installed && a.version && a.installed !== a.version && html`<br /><span class="small dim">has ${a.installed}</span>`}</span>` : html`<span class="dim">–</span>`) },
	{ key: 'cause', label: 'Cause', cell: (/** @type {any} */ a) => (a.cause || a.reason ? html`<div class="any">${a.cause && html`<strong>${CAUSES[a.cause] ?? a.cause}</strong><br />`}<span class="small dim any">${sentence(a.detail || a.reason)}${a.missing?.name && ` Missing: ${commonName(a.missing.name)}.`}</span></div>` : html`<span class="dim">–</span>`) },
	{ key: 'since', label: 'Since', cell: (/** @type {any} */ a) => html`<span class="nowrap"><${Time} at=${a.since} rel /></span>` }];

/** How far the agents are: bars that are filters, and who. */
function Fleet({ counts, cause, onCause }) {
	const { updates } = useClients();
	const [state, setState] = useState(''), [pages, setPages] = usePages(state, cause);
	const list = useResource((s) => updates.agents({ state, cause, limit: 50, page_token: pages[pages.length - 1] }, s), [state, cause, pages.length], ['update', 'agent', 'root']);
	const any = Object.values(counts).some((n) => n > 0);
	return html`<section class="card flush" aria-label="Agents"><header><h2>Agents <${Help} term="updating" about="State of the update" /></h2>
			${any && html`<select aria-label="Cause" value=${cause} onChange=${(/** @type {any} */ e) => onCause(e.target.value)}><option value="">Every cause</option>${Object.entries(CAUSES).map(([k, v]) => html`<option key=${k} value=${k} selected=${k === cause}>${v}</option>`)}</select>`}</header>
		${any && html`<div class="pad"><${UpdateBars} counts=${counts} picked=${state} onPick=${setState} /></div>`}
		<${Resource} of=${list} what="Agents" empty=${(/** @type {any} */ d) => !d.items.length && (state || cause ? html`<${Empty} icon="agents" title="Nothing matches" actions=${html`<${Button} kind="quiet" onClick=${() => { setState(''); onCause(''); }}>Show all agents</${Button}>`}>No agent is ${[state && UPDATE[state]?.[2], cause && `kept by “${CAUSES[cause] ?? cause}”`].filter(Boolean).join(' and ')}.</${Empty}>` : html`<${NoAgents} />`)}>
			${(/** @type {any} */ d) => html`<${Table} caption="Agents and their updates" rows=${d.items} id=${(/** @type {any} */ a) => a.id} columns=${agents} /><${Pages} of=${d} what="agent" pages=${pages} onPages=${setPages} />`}</${Resource}></section>`;
}

/** Before something is offered, withdrawn or removed: what follows. */
export function Ask({ what, of: p, onClose, onDone }) {
	const { updates } = useClients();
	const name = `${p.package} ${p.version}`;
	if (what === 'remove')
		return html`<${Confirm} title=${`Remove ${name}?`} submit="Remove" onClose=${onClose} onSubmit=${async () => { await updates.remove(p.id); toast(`${name} is removed`); onDone('removed'); }}>Package and signature are deleted here${p.offered ? ', and it is no longer offered' : ''}. Agents that installed it keep it.</${Confirm}>`;
	return html`<${Confirm} title=${p.offered ? `Withdraw ${name}?` : `Offer ${name} to the agents?`} submit=${p.offered ? 'Withdraw' : 'Offer'} danger=${p.offered} onClose=${onClose} onSubmit=${async () => { await updates.offer(p.id, !p.offered); toast(p.offered ? `${name} is withdrawn` : `${name} is offered`); onDone('offered'); }}>
		${p.offered ? 'Agents no longer fetch it. Those that installed it keep it.' : 'Every agent fetches it with its next report, verifies it and installs it. Another version of the same package is then no longer offered.'}${!p.offered && !p.check.good && html` <strong>Its signature is not good now (${p.check.reason}), so agents would not install it.</strong>`}</${Confirm}>`;
}

export function View({ search }) {
	const { updates, session, router } = useClients();
	const all = useResource((s) => updates.list(s), [], ['update', 'root', 'agent', 'certificate', 'trust']);
	const cause = search.get('cause') ?? '', adding = !!search.get('add');
	const [open, setOpen] = useAsked(adding && { what: 'add' }, { what: '' }), [running, setRunning] = useState('');
	const may = { operator: session.may('operator') };
	const close = () => { setOpen({ what: '' }); if (adding) router.refine({}); };
	const add = may.operator && html`<${Button} icon="upload" onClick=${() => setOpen({ what: 'add' })}>Add a package</${Button}>`;
	return html`<header><div><h1>Updates <${Help} term="update-package" about="Update package" /></h1><p>Signed packages that agents verify before they install them, and what keeps them from it.</p></div>
		<div class="actions">${may.operator && html`<${Button} kind="quiet" icon="refresh" onClick=${() => setOpen({ what: 'check' })}>Check now</${Button}>`}${add}</div></header>
		<div class="stack">${adding && !may.operator && html`<${Denied} role="operator" />`}${running && html`<${Arrival} key=${running} id=${running} what="The check" onGone=${() => setRunning('')} />`}
		<${Resource} of=${all} what="Updates">${(/** @type {any} */ d) => html`<${Findings} of=${d.findings} />
			<section class="card flush" aria-label="Packages"><header><h2>Packages</h2></header>${d.items.length ? html`<${Table} caption="Packages" rows=${d.items} id=${(/** @type {any} */ p) => p.id} sortBy="-added" columns=${packages(may, (what, of) => setOpen({ what, of }))} />` : html`<${Empty} icon="file" title="No package yet" actions=${add}>Add a ZIP with its detached signature, or sign one here; agents then fetch, verify and install it.</${Empty}>`}</section>
			<${Fleet} counts=${d.agents} cause=${cause} onCause=${(/** @type {string} */ c) => router.refine(c ? { cause: c } : {})} />`}</${Resource}></div>
		${open.what === 'add' && may.operator && html`<${AddDialog} onClose=${close} onDone=${all.reload} />`}
		${(open.what === 'offer' || open.what === 'remove') && html`<${Ask} what=${open.what} of=${open.of} onClose=${close} onDone=${all.reload} />`}
		${open.what === 'check' && html`<${Confirm} title="Check for updates on every agent?" submit="Check now" danger=${false} onClose=${close} onSubmit=${async () => { const r = await updates.check(); setRunning(r.id); }}>Each agent looks at once for publications, settings, roots and updates instead of waiting for its next report. Those that are away are tried again.</${Confirm}>`}`;
}
