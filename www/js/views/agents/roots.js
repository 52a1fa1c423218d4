// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// What one agent holds of the required roots, its policy, and how its update goes.
import { html, useState } from '../../lib/html.js';
import { useClients, useResource } from '../../lib/hooks.js';
import { bytes, commonName, plural, sentence } from '../../lib/format.js';
import { storeLabel } from '../../lib/help.js';
import { helps } from '../../clients/roots.js';
import { CAUSES, nextStep } from '../../clients/updates.js';
import { Time } from '../../components/badge.js';
import { Button, LinkButton } from '../../components/button.js';
import { Facts } from '../../components/facts.js';
import { ShortPrint } from '../../components/fingerprint.js';
import { Help } from '../../components/help.js';
import { Note, Resource } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { Arrival, DeployDialog } from '../roots/deploy.js';
import { PolicyDialog, PolicyImport, PolicyTag } from '../roots/policy.js';
import { standingText, StandingTag } from '../roots/standing.js';
import { UpdateTag } from '../updates/states.js';

const columns = (/** @type {string} */ policy) => [
	{ key: 'name', label: 'Certificate', head: true, sort: (/** @type {any} */ r) => r.name, cell: (/** @type {any} */ r) => html`<a class="any" href=${`#/roots/${encodeURIComponent(r.entry)}`}>${r.name}</a>` },
	{ key: 'kind', label: 'Kind', cell: (/** @type {any} */ r) => (r.store === 'Root' ? 'Root' : 'Intermediate') },
	{ key: 'standing', label: 'Standing', cell: (/** @type {any} */ r) => html`<span><${StandingTag} of=${r.standing} />${r.standing === 'misplaced' && r.found_in?.length > 0 && html`<br /><span class="small dim">in ${r.found_in.map(storeLabel).join(', ')}</span>`}</span>` },
	{ key: 'means', label: 'What it means', cell: (/** @type {any} */ r) => html`<span class="wrap small dim">${standingText(r.standing, policy)}</span>` },
];

/** @param {{agent: any}} props */
export function AgentRoots({ agent }) {
	const { roots, session } = useClients();
	const mine = useResource((s) => roots.ofAgent(agent.id, s), [agent.id], ['root', 'rollout', 'settings']);
	const [open, setOpen] = useState(''), [running, setRunning] = useState('');
	const admin = session.may('admin'), operator = session.may('operator'), d = mine.data;
	const short = (d?.items ?? []).filter((/** @type {any} */ r) => helps(r.standing));
	return html`${running && html`<${Arrival} key=${running} id=${running} onGone=${() => setRunning('')} />`}
		<section class="card flush" aria-label="Required roots"><header><h2>Required roots <${Help} term="required-root" about="Required root" /></h2>${operator && short.length > 0 && html`<${Button} small icon="agents" onClick=${() => setOpen('deploy')}>Deploy what is missing</${Button}>`}</header>
		<${Resource} of=${mine} what="Its required roots">${(/** @type {any} */ r) => html`<div class="pad"><${Facts} of=${[['Reported', r.reported_at ? html`<${Time} at=${r.reported_at} rel />` : 'not yet'], ['Policy', html`<span class="row"><${PolicyTag} of=${r.policy.effective} />${r.policy.own === 'not_configured' ? html`<span class="small dim">as for all agents</span>` : html`<span class="small dim">set for this agent</span>`}${admin && html`<${Button} small kind="quiet" aria-label="Change the policy of this agent" onClick=${() => setOpen('policy')}>Change</${Button}>`}</span>`, 'root-policy']]} /></div>
			<${Table} caption="Required roots of this agent" rows=${r.items} id=${(/** @type {any} */ x) => x.entry} sortBy="name" columns=${columns(r.policy.effective)} />
			${r.others > 0 && html`<details class="pad"><summary>${plural(r.others, 'certificate')} besides that the catalogue does not name</summary><ul class="says">${r.other_certificates.map((/** @type {any} */ c) => html`<li key=${`${c.store}${c.sha256}`}>${commonName(c.subject)} <span class="small dim">in ${storeLabel(c.store)}, until <${Time} at=${c.not_after} /></span> <${ShortPrint} hex=${c.sha256} /></li>`)}</ul></details>`}`}</${Resource}></section>
		${open === 'policy' && html`<${PolicyDialog} agent=${agent} value=${d.policy.own} onClose=${() => setOpen('')} onDone=${mine.reload} onImport=${() => setOpen('import')} />`}${open === 'import' && html`<${PolicyImport} agent=${agent} onClose=${() => setOpen('')} onDone=${mine.reload} />`}
		${open === 'deploy' && html`<${DeployDialog} only=${short.map((/** @type {any} */ r) => r.entry)} agents=${[agent]} onClose=${() => setOpen('')} onStarted=${(/** @type {any} */ r) => { setRunning(r.id); mine.reload(); }} />`}`;
}

/** @param {{of: any}} props of: its update as reported; null: it has no package */
export function AgentUpdate({ of: u }) {
	if (!u?.state) return null;
	const step = u.cause && nextStep(u); // a link to agents like this one is none
	return html`<section class="card" aria-label="Its update"><header><h2>Its update</h2></header><div class="stack tight">
		${(u.state === 'failed' || u.cause) && html`<${Note} kind=${u.state === 'failed' ? 'bad' : 'warn'} title=${CAUSES[u.cause] ?? 'It has failed'} actions=${step && !step.href.startsWith('#/updates?cause') && html`<${LinkButton} small kind="main" href=${step.href}>${step.text}</${LinkButton}>`}><p>${sentence(u.detail)}${u.missing?.name && ` What is missing: ${commonName(u.missing.name)}.`}</p>${u.reason && html`<p class="small dim mono">${u.reason}</p>`}</${Note}>`}
		<${Facts} of=${[['State', html`<${UpdateTag} of=${u.state} />`], ['Package', u.package], ['Wanted', u.version], ['Installed', u.installed ?? 'nothing yet'], ['Since', u.since && html`<${Time} at=${u.since} full />`], ['Come so far', u.state === 'downloading' && u.total > 0 && `${bytes(u.bytes)} of ${bytes(u.total)}`]]} /></div></section>`;
}
