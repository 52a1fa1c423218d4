// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// One agent: what it holds, what happened to it, a command to it.
import { html, useState } from '../../lib/html.js';
import { useClients, useResource } from '../../lib/hooks.js';
import { COMMANDS } from '../../clients/fleet.js';
import { Tag, Time } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { Confirm, Dialog } from '../../components/dialog.js';
import { Facts } from '../../components/facts.js';
import { Choices, Field } from '../../components/field.js';
import { Fingerprint } from '../../components/fingerprint.js';
import { Note, Resource } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { toast } from '../../components/toast.js';
import { StateTag } from './list.js';
import { AgentRoots, AgentUpdate } from './roots.js';

const history = [
	{ key: 'time', label: 'When', cell: (/** @type {any} */ h) => html`<${Time} at=${h.time} full />` },
	{ key: 'kind', label: 'What', head: true, cell: (/** @type {any} */ h) => html`<${Tag} kind=${h.kind === 'clone' || h.kind === 'refusal' ? 'bad' : ''}>${h.kind}</${Tag}>` },
	{ key: 'text', label: 'In words', cell: (/** @type {any} */ h) => html`<span class="wrap">${h.text}</span>${h.count > 1 && html` <span class="small dim">${h.count} times</span>`}` },
];

function NotifyDialog({ agent, onClose, onDone }) {
	const { fleet } = useClients();
	const [cmd, setCmd] = useState('status');
	return html`<${Dialog} title="Send a command" about=${`To ${agent.name || agent.id}, signed with the current key.`} submit="Send" onClose=${onClose} onSubmit=${async () => { onDone(await fleet.notify(agent.id, cmd)); onClose(); }}>
		<${Choices} legend="Command" value=${cmd} onChange=${setCmd} options=${COMMANDS} /></${Dialog}>`;
}

function PinDialog({ agent, onClose, onDone }) {
	const { fleet } = useClients();
	const [address, setAddress] = useState(agent.pinned_address ?? '');
	return html`<${Dialog} title="Where commands go" about="Without a pinned address they go to where the agent reports from." submit=${address ? 'Pin this address' : 'Follow the agent'} onClose=${onClose} onSubmit=${async () => { await fleet.pin(agent.id, address.trim() || null); onDone(); onClose(); }}>
		<${Field} label="IP address" value=${address} onInput=${setAddress} hint=${`It reports from ${agent.address}.`} /></${Dialog}>`;
}

/** What became of the command that was sent from here. */
function Sent({ id }) {
	const { fleet } = useClients();
	const one = useResource((s) => fleet.rolloutAgents(id, {}, s), [id], ['rollout', 'agent']);
	const w = one.data?.items[0];
	if (!w) return null;
	const over = w.state !== 'pending' && w.state !== 'sending';
	return html`<${Note} kind=${w.state === 'done' ? 'ok' : over ? 'bad' : 'info'} role="status" title=${over ? `The command is ${w.state}` : 'The command is on its way'}>${w.code && html`<code>${w.code}</code> `}<span class="wrap">${w.detail}</span></${Note}>`;
}

export function View({ params }) {
	const { fleet, session } = useClients();
	const one = useResource((s) => fleet.agent(params.id, s), [params.id], ['agent', 'rollout', 'keys', 'drift', 'update']);
	const [dialog, setDialog] = useState(''), [sent, setSent] = useState('');
	const may = session.may('operator'), admin = session.may('admin');
	return html`<${Resource} of=${one} what="The agent">${(/** @type {any} */ a) => html`<header><div><div class="crumbs"><a href="#/agents">Agents</a></div><h1 class="wrap">${a.name || 'Agent without a name'}</h1><p><${StateTag} of=${a.state} /> ${a.reason}</p></div>
		<div class="actions">${admin && html`<${Button} kind="quiet" onClick=${() => setDialog('pin')}>Pin its address</${Button}>`}${may && html`<${Button} kind="quiet" icon="trash" onClick=${() => setDialog('remove')}>Forget it</${Button}><${Button} icon="refresh" onClick=${() => setDialog('notify')}>Send a command</${Button}>`}</div></header>
		<div class="stack">${sent && html`<${Sent} id=${sent} />`}
			${a.cure && a.state !== 'current' && html`<${Note} kind=${a.state === 'mismatched' ? 'bad' : 'info'} title="What helps">${a.cure}</${Note}>`}
			${a.clones > 0 && html`<${Note} kind="bad" title="Another key claimed this agent’s id">It was refused ${a.clones} times. Two machines may have been cloned with the agent’s state.</${Note}>`}
			<div class="cols wide"><section class="card" aria-label="What it holds"><header><h2>What it holds</h2></header><${Facts} of=${[['Publication', String(a.publication)], ['OfcNTCer.dat', a.ntcer_sha256 && html`<${Fingerprint} hex=${a.ntcer_sha256} what="SHA-256" />`], ...a.ipcer.map((/** @type {string} */ p, /** @type {number} */ i) => [i ? 'Also accepts' : 'OfcIPCer.dat', html`<${Fingerprint} hex=${p} what="SHA-256" />`])]} /></section>
			<section class="card" aria-label="The facts"><header><h2>The facts</h2></header><${Facts} of=${[['Id', html`<code class="wrap">${a.id}</code>`], ['Reports from', html`<code>${a.address}</code>`], ['Commands go to', html`<code>${a.pinned_address ?? a.address}</code> port ${a.port}`], ['Last seen', html`<${Time} at=${a.last_seen} />`], ['Registered', html`<${Time} at=${a.registered} />`], ['Versions', Object.entries(a.versions).map(([k, v]) => `${k} ${v}`).join(', ')], ['Commands it refused', a.refusals > 0 && `${a.refusals}; last: ${a.last_refusal}`]]} /></section></div>
			<${AgentUpdate} of=${a.update} /><${AgentRoots} agent=${a} />
			<section class="card flush" aria-label="History"><header><h2>History</h2></header><${Table} caption="History" rows=${a.history.map((/** @type {any} */ h, /** @type {number} */ i) => ({ ...h, i }))} id=${(/** @type {any} */ h) => String(h.i)} columns=${history} /></section></div>
		${dialog === 'notify' && html`<${NotifyDialog} agent=${a} onClose=${() => setDialog('')} onDone=${(/** @type {any} */ r) => { setSent(r.id); one.reload(); }} />`}
		${dialog === 'pin' && html`<${PinDialog} agent=${a} onClose=${() => setDialog('')} onDone=${() => { toast('Commands go there from now on'); one.reload(); }} />`}
		${dialog === 'remove' && html`<${Confirm} title=${`Forget ${a.name || a.id}?`} submit="Forget it" onClose=${() => setDialog('')} onSubmit=${async () => { await fleet.remove(a.id); toast('The agent is forgotten'); location.hash = '#/agents'; }}>Its row and history go. If it still runs it registers anew.</${Confirm}>`}`}</${Resource}>`;
}
