// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Commands to many agents: how far they are, who did not do it.
import { html, useEffect, useRef, useState } from '../../lib/html.js';
import { useAction, useClients, useResource } from '../../lib/hooks.js';
import { plural, span } from '../../lib/format.js';
import { commandLabel, COMMANDS, progress } from '../../clients/fleet.js';
import { Tag, Time } from '../../components/badge.js';
import { Button, LinkButton } from '../../components/button.js';
import { Confirm, Dialog } from '../../components/dialog.js';
import { Choices, Field } from '../../components/field.js';
import { Empty, Problem, Resource } from '../../components/states.js';
import { Table } from '../../components/table.js';

const KIND = { running: 'info', paused: 'warn', cancelled: '', done: 'ok' };
const OUTCOMES = ['done', 'refused', 'failed', 'pending', 'cancelled'];

function StartDialog({ onClose, onDone }) {
	const { fleet } = useClients();
	const [o, set] = useState({ cmd: 'update-files', parallel: '50', attempts: '5', spread: '0' });
	const put = (/** @type {any} */ part) => set((old) => ({ ...old, ...part }));
	const whole = (/** @type {string} */ t, /** @type {number} */ min, /** @type {number} */ max) => /^\d+$/.test(t) && Number(t) >= min && Number(t) <= max;
	const good = whole(o.parallel, 1, 256) && whole(o.attempts, 1, 20) && whole(o.spread, 0, 86400);
	return html`<${Dialog} title="Command to all agents" wide about="It goes to every registered agent; those that are away are tried again." submit="Start" disabled=${!good} onClose=${onClose} onSubmit=${async () => {
		onDone(await fleet.start({ cmd: o.cmd, parallel: Number(o.parallel), attempts: Number(o.attempts), jitter_ms: 1000 * Number(o.spread) }));
		onClose();
	}}><${Choices} legend="Command" value=${o.cmd} onChange=${(/** @type {string} */ v) => put({ cmd: v })} options=${COMMANDS} />
		<div class="grid2"><${Field} label="Agents at a time" inputmode="numeric" value=${o.parallel} onInput=${(/** @type {string} */ v) => put({ parallel: v })} hint="1 to 256" /><${Field} label="Attempts" inputmode="numeric" value=${o.attempts} onInput=${(/** @type {string} */ v) => put({ attempts: v })} hint="1 to 20, each later than the one before" /></div>
		<${Field} label="Spread over seconds" inputmode="numeric" value=${o.spread} onInput=${(/** @type {string} */ v) => put({ spread: v })} hint="0: as fast as it goes" /></${Dialog}>`;
}

/** Those of one outcome. */
function Who({ id, state }) {
	const { fleet } = useClients();
	const list = useResource((s) => fleet.rolloutAgents(id, { state, limit: 100 }, s), [id, state], ['rollout']);
	return html`<${Resource} of=${list} what="Agents" empty=${(/** @type {any} */ d) => !d.items.length && html`<p class="dim inset">None.</p>`}>${(/** @type {any} */ d) => html`<${Table} caption=${`Agents: ${state}`} rows=${d.items} id=${(/** @type {any} */ w) => w.id} columns=${[
		{ key: 'agent', label: 'Agent', head: true, cell: (/** @type {any} */ w) => html`<a class="wrap" href=${`#/agents/${w.id}`}>${w.name || w.id}</a>` }, { key: 'tries', label: 'Attempts', num: true, cell: (/** @type {any} */ w) => w.attempts },
		{ key: 'why', label: 'Why', cell: (/** @type {any} */ w) => html`<div>${w.code && html`<code>${w.code}</code> `}<span class="wrap small dim">${w.detail}</span></div>` }]} /><p class="more small dim">${plural(d.total, 'agent')}</p>`}</${Resource}>`;
}

/** @param {{r: any, may: boolean, wanted: boolean, onStep: () => void}} props wanted: by the address, to see why it failed */
function Rollout({ r, may, wanted, onStep }) {
	const { fleet } = useClients();
	const here = useRef(/** @type {any} */ (null));
	useEffect(() => { if (wanted) here.current?.scrollIntoView?.({ block: 'start' }); }, [wanted]);
	const [shown, show] = useState((wanted && ['failed', 'refused'].find((k) => r.counts[k] > 0)) || ''), [ask, setAsk] = useState(false);
	const act = useAction(async (/** @type {any} */ step) => { await fleet.step(r.id, step); onStep(); });
	const open = r.state === 'running' || r.state === 'paused', share = progress(r), bad = r.counts.failed + r.counts.refused;
	return html`<section class="card" ref=${here} aria-label=${`Rollout ${r.id}`}><header><div><h2>${commandLabel(r.cmd)}</h2><p class="small dim">${r.id}, by ${r.actor}, <${Time} at=${r.created} /></p></div><div class="row"><${Tag} kind=${bad && r.state === 'done' ? 'bad' : KIND[/** @type {keyof typeof KIND} */ (r.state)]}>${bad && r.state === 'done' ? `${bad} failed` : r.state}</${Tag}>
			${may && open && html`<${Button} small kind="quiet" busy=${act.busy} onClick=${() => act.run(r.state === 'paused' ? 'resume' : 'pause')}>${r.state === 'paused' ? 'Resume' : 'Pause'}</${Button}><${Button} small kind="quiet" onClick=${() => setAsk(true)}>Cancel</${Button}>`}</div></header>
		<${Problem} error=${act.error} /><progress aria-label=${`Progress of rollout ${r.id}`} max="1" value=${share}></progress>
		<p class="row small"><span>${Math.floor(100 * share)} % of ${plural(r.total, 'agent')}</span><span class="dim">${r.per_second.toFixed(1)} a second</span>${r.seconds_left !== null && html`<span class="dim">${span(r.seconds_left)} left</span>`}</p>
		<div class="row">${OUTCOMES.filter((k) => r.counts[k] > 0).map((k) => html`<${Button} key=${k} small kind="quiet" aria-pressed=${shown === k} onClick=${() => show(shown === k ? '' : k)}>${`${r.counts[k]} ${k}`}</${Button}>`)}</div>
		${shown && html`<${Who} id=${r.id} state=${shown} />`}
		${ask && html`<${Confirm} title=${`Cancel rollout ${r.id}?`} submit="Cancel the rollout" onClose=${() => setAsk(false)} onSubmit=${async () => { await fleet.step(r.id, 'cancel'); onStep(); }}>What is pending is dropped; what is done stays done.</${Confirm}>`}</section>`;
}

export function View({ search }) {
	const { fleet, session } = useClients();
	const list = useResource((s) => fleet.rollouts({ limit: 20 }, s), [], ['rollout']);
	const [dialog, setDialog] = useState(false);
	const may = session.may('operator');
	return html`<header><div><h1>Rollouts</h1><p>Commands to many agents at once. They survive a restart and repeat nothing that is done.</p></div><div class="actions"><${LinkButton} href="#/agents" icon="agents">Agents</${LinkButton}>${may && html`<${Button} icon="plus" onClick=${() => setDialog(true)}>New rollout</${Button}>`}</div></header>
		<${Resource} of=${list} what="Rollouts" empty=${(/** @type {any} */ d) => !d.items.length && html`<${Empty} icon="activity" title="No rollout yet">${may ? 'Start one to reach every agent now, not with its next report.' : 'An operator starts them.'}</${Empty}>`}>${(/** @type {any} */ d) => html`<div class="stack">${d.items.map((/** @type {any} */ r) => html`<${Rollout} key=${r.id} r=${r} may=${may} wanted=${search.get('of') === r.id} onStep=${list.reload} />`)}</div>`}</${Resource}>
		${dialog && html`<${StartDialog} onClose=${() => setDialog(false)} onDone=${list.reload} />`}`;
}
