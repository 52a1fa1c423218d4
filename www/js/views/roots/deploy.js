// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Deployment: which certificates, to which agents, with what it means; and how it arrives.
import { html, useEffect, useState } from '../../lib/html.js';
import { useAction, useClients, useResource } from '../../lib/hooks.js';
import { plural, span } from '../../lib/format.js';
import { progress } from '../../clients/fleet.js';
import { lacking, undeployable } from '../../clients/roots.js';
import { Tag } from '../../components/badge.js';
import { Button, LinkButton } from '../../components/button.js';
import { Dialog } from '../../components/dialog.js';
import { Check, Choices, Field } from '../../components/field.js';
import { Loading, Note, Problem, Resource } from '../../components/states.js';
import { toast } from '../../components/toast.js';

/** Finds agents by name, id or address, and keeps those that were ticked. */
function Pick({ chosen, onChange }) {
	const { fleet } = useClients();
	const [q, setQ] = useState('');
	const list = useResource((s) => fleet.agents({ q: q.trim(), limit: 8 }, s), [q.trim()]);
	const has = (/** @type {string} */ id) => chosen.some((/** @type {any} */ a) => a.id === id);
	const rows = [...chosen, ...(list.data?.items ?? []).filter((/** @type {any} */ a) => !has(a.id))];
	return html`<section class="stack tight" aria-label="Agents to choose from"><${Field} label="Find agents" type="search" value=${q} onInput=${setQ} placeholder="Name, id or address" maxlength="100" />
		<${Resource} of=${list} what="Agents" empty=${() => !rows.length && html`<p class="dim" role="status">No agent fits.</p>`}>${() => html`<div class="stack tight">${rows.map((a) => html`<${Check} key=${a.id} label=${a.name || a.id} hint=${`${a.address}, ${a.id.slice(0, 12)}`} checked=${has(a.id)} onChange=${(/** @type {boolean} */ v) => onChange(v ? [...chosen, a] : chosen.filter((/** @type {any} */ c) => c.id !== a.id))} />`)}</div>`}</${Resource}></section>`;
}

/** What a deployment would do, told by the server before it is done. */
function useForecast(/** @type {any} */ what, /** @type {boolean} */ ready) {
	const { roots } = useClients();
	const [said, say] = useState(/** @type {any} */ ({}));
	const asked = ready ? JSON.stringify(what) : '';
	useEffect(() => {
		let gone = false;
		if (!asked) return undefined;
		const timer = setTimeout(() => roots.deploy(what, true).then((/** @type {any} */ data) => !gone && say({ asked, data }), (/** @type {any} */ error) => !gone && say({ asked, error })), 150);
		return () => { gone = true; clearTimeout(timer); };
	}, [asked]);
	return said.asked === asked ? said : {}; // what was said of another choice is not said of this one
}

const TITLE = 'Deploy certificates';

/** @param {{list: any, only?: string[], agents?: any[], onClose: () => void, onStarted: (rollout: any) => void}} props list: the catalogue as it is when the choice begins */
function Deployment({ list, only, agents, onClose, onStarted }) {
	const { roots } = useClients();
	const can = list.items.filter((/** @type {any} */ r) => !undeployable(r)), cannot = list.items.filter((/** @type {any} */ r) => undeployable(r) && (!only || only.includes(r.id)));
	const [chosen, choose] = useState(/** @type {string[]} */ (can.filter((/** @type {any} */ r) => (only ? only.includes(r.id) : agents || lacking(r) > 0)).map((/** @type {any} */ r) => r.id)));
	const [to, setTo] = useState(agents ? 'some' : 'all');
	const [some, setSome] = useState(/** @type {any[]} */ (agents ?? []));
	const ready = chosen.length > 0 && (to === 'all' || some.length > 0);
	const what = { roots: chosen, agents: to === 'all' ? null : some.map((a) => a.id) };
	const ahead = useForecast(what, ready);
	const n = ahead.data?.agents, nobody = n === 0, distrusting = ahead.data?.distrusting ?? 0;
	const started = async () => {
		const r = await roots.deploy(what);
		toast(`On its way to ${plural(r.total ?? n, 'agent')}`);
		onStarted(r);
		onClose();
	};
	return html`<${Dialog} title=${TITLE} wide about="Agents are told by SHA-256, in a signed command, and fetch each certificate they lack from this server." submit=${n ? `Deploy to ${plural(n, 'agent')}` : 'Deploy'} disabled=${!n} onClose=${onClose} onSubmit=${started}>
		<fieldset class="field"><legend>Which certificates</legend><div class="stack tight">${can.map((/** @type {any} */ r) => html`<${Check} key=${r.id} label=${r.name} hint=${`${r.store === 'Root' ? 'Root' : 'Intermediate'}; ${lacking(r) ? `${plural(lacking(r), 'agent')} ${lacking(r) === 1 ? 'lacks' : 'lack'} it` : 'no agent is known to lack it'}`} checked=${chosen.includes(r.id)} onChange=${(/** @type {boolean} */ v) => choose(v ? [...chosen, r.id] : chosen.filter((id) => id !== r.id))} />`)}
			${!can.length && html`<p class="dim">Nothing of the catalogue can be deployed yet.</p>`}
			${cannot.map((/** @type {any} */ r) => html`<p class="small dim wrap" key=${r.id}>Not ${r.name}: ${undeployable(r)}</p>`)}</div></fieldset>
		${agents ? html`<p>To <strong class="wrap">${agents.map((a) => a.name || a.id).join(', ')}</strong>.</p>` : html`<${Choices} legend="To which agents" value=${to} onChange=${setTo} options=${[{ value: 'all', label: 'Every agent that lacks one of them', hint: 'Those that are away are tried again.' }, { value: 'some', label: 'Only agents that I choose', hint: 'One for a trial, or a few.' }]} />`}
		${to === 'some' && !agents && html`<${Pick} chosen=${some} onChange=${setSome} />`}
		${ahead.error && html`<${Problem} error=${ahead.error} what="This cannot be deployed" />`}${nobody && !distrusting && html`<${Note} kind="ok" role="status" title="Nothing to do">${list.agents_total ? 'No agent concerned is known to lack any of it.' : 'No agent is registered yet.'}</${Note}>`}${distrusting > 0 && html`<${Note} kind="warn" title="Distrusted there">${plural(distrusting, 'agent')} ${distrusting === 1 ? 'has' : 'have'} one of these in Disallowed and would refuse it. Take it away there first; the entry lists them as distrusted.</${Note}>`}
		${ready && !ahead.error && !nobody && html`<${Note} kind="warn" title="What it means">These agents believe every program file that one of these certificates vouches for, from then on. It goes into the agents’ own trust folder, never into the system’s stores.</${Note}>`}</${Dialog}>`;
}

/**
 * It asks for the catalogue itself: whoever opens it may have just changed it, and what is ticked is decided once.
 * @param {{only?: string[], agents?: any[], onClose: () => void, onStarted: (rollout: any) => void}} props
 *        only: entries chosen beforehand; agents: the ones it is for, instead of all that lack them
 */
export function DeployDialog(props) {
	const { roots } = useClients();
	const list = useResource((s) => roots.list(s), []);
	return list.data ? html`<${Deployment} list=${list.data} ...${props} />` : html`<${Dialog} title=${TITLE} wide onClose=${props.onClose}><${Resource} of=${list} what="The catalogue">${() => null}</${Resource}></${Dialog}>`;
}

/**
 * The deployment to tell of: the one begun here, else one that is under way since before this page was opened.
 * @returns {[string, (id: string) => void]}
 */
export function useDeployment() {
	const { fleet } = useClients();
	const [id, setId] = useState('');
	useEffect(() => {
		let gone = false;
		fleet.rollouts({ limit: 20 }).then((/** @type {any} */ d) => {
			const open = d.items.find((/** @type {any} */ r) => r.cmd === 'roots' && ['running', 'paused'].includes(r.state));
			if (open && !gone) setId((now) => now || open.id);
		}, () => {}); // the catalogue says that the console does not answer
		return () => { gone = true; };
	}, []);
	return [id, setId];
}

const WORDS = { running: ['info', 'is on its way'], paused: ['warn', 'is paused'], cancelled: ['', 'was cancelled'], done: ['ok', 'is done'] };

/** How one rollout arrives; it moves by itself. @param {{id: string, what?: string, onGone?: () => void}} props */
export function Arrival({ id, what = 'The deployment', onGone }) {
	const { fleet, session } = useClients();
	const one = useResource((s) => fleet.rollout(id, s), [id], ['rollout']);
	const act = useAction((/** @type {any} */ step) => fleet.step(id, step));
	const r = one.data;
	if (!r) return one.error ? html`<${Problem} error=${one.error} retry=${one.reload} />` : html`<${Loading} what=${what} />`;
	const open = r.state === 'running' || r.state === 'paused', share = progress(r), [kind, word] = WORDS[/** @type {keyof typeof WORDS} */ (r.state)] ?? ['', r.state];
	const bad = r.counts.failed + r.counts.refused;
	return html`<section class="card" aria-label=${what}><header><div><h2>${what} ${word}</h2><p class="small dim" role="status">${plural(r.counts.done, 'agent')} of ${r.total} ${r.counts.done === 1 ? 'has' : 'have'} confirmed it${r.seconds_left ? `, about ${span(r.seconds_left)} left` : ''}</p></div>
			<div class="row"><${Tag} kind=${bad && r.state === 'done' ? 'bad' : kind}>${bad && r.state === 'done' ? `${bad} failed` : r.state}</${Tag}>${open && session.may('operator') && html`<${Button} small kind="quiet" busy=${act.busy} onClick=${() => act.run(r.state === 'paused' ? 'resume' : 'pause')}>${r.state === 'paused' ? 'Resume' : 'Pause'}</${Button}>`}${!open && onGone && html`<${Button} small kind="plain" icon="x" label="Close this report" onClick=${onGone} />`}</div></header>
		<${Problem} error=${act.error} /><progress aria-label=${`${what}: progress`} max="1" value=${share}></progress>
		${bad > 0 && html`<${Note} kind="bad" title=${`${plural(bad, 'agent')} did not take it`} actions=${html`<${LinkButton} small href=${`#/rollouts?of=${encodeURIComponent(id)}`}>See why</${LinkButton}>`}>The list of the rollout says each agent’s reason.</${Note}>`}</section>`;
}
