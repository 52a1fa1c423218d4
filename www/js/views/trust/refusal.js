// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// One refusal explained: why, every path tried, what helps, what the other modes would say.
import { html, useState } from '../../lib/html.js';
import { useAction, useClients, useResource } from '../../lib/hooks.js';
import { commonName, plural } from '../../lib/format.js';
import { storeLabel, TRUST_MODES } from '../../lib/help.js';
import { win32Hex } from '../../clients/trust.js';
import { Tag, Time } from '../../components/badge.js';
import { Button, LinkButton } from '../../components/button.js';
import { Facts } from '../../components/facts.js';
import { Fingerprint } from '../../components/fingerprint.js';
import { Note, Problem, Resource } from '../../components/states.js';
import { toast } from '../../components/toast.js';
import { Paths, VerdictCard } from './verdict.js';

function Remedies({ id, list, session, onDone }) {
	const { trust } = useClients();
	const act = useAction(async (/** @type {number} */ place) => {
		const done = await trust.cure(id, place);
		toast('Done. Let the client try again.', { undo: async () => { for (const step of done.undo.steps) await trust.apply(step); onDone(); } });
		onDone();
	});
	const may = (/** @type {any} */ r) => r.action && session.may(r.safe ? 'operator' : 'admin');
	return html`<div class="stack tight"><${Problem} error=${act.error} />${list.map((/** @type {any} */ r, /** @type {number} */ i) => html`<${Note} key=${i} kind=${r.action && !r.safe ? 'warn' : 'info'} title=${r.text} actions=${may(r) && html`<${Button} small kind=${r.safe ? '' : 'quiet'} busy=${act.busy} onClick=${() => act.run(i + 1)}>${r.safe ? 'Do it' : 'Trust it'}</${Button}>`}>${r.action && !r.safe && html`<p class="small">This makes it a trust anchor: only if you know it by another way.</p>`}</${Note}>`)}</div>`;
}

export function View({ params }) {
	const { trust, session } = useClients();
	const one = useResource((s) => trust.refusal(params.id, s), [params.id], ['trust', 'certificate']);
	const [what, setWhat] = useState(/** @type {any} */ (null));
	const ask = useAction(async () => setWhat(await trust.whatIf({ refusal: params.id })));
	return html`<${Resource} of=${one} what="The refusal">${(/** @type {any} */ r) => html`<header><div><div class="crumbs"><a href="#/refusals">Refusals</a></div><h1 class="wrap">${r.subject ? commonName(r.subject) : 'No certificate was sent'}</h1><p class="said-of">${r.explanation}</p></div>${r.subject && html`<div class="actions"><${LinkButton} href=${`#/what-if?refusal=${encodeURIComponent(params.id)}`} icon="ask">What if …</${LinkButton}></div>`}</header>
		<div class="stack"><div class="cols wide"><div class="stack">${r.cause && html`<section class="card" aria-label="Root cause"><header><h2>Root cause</h2>${r.now?.verdict === 'accept' && html`<${Tag} kind="ok" icon="check">passes now</${Tag}>`}</header><p><strong>${r.cause.title}</strong></p><p class="wrap said-of">${r.cause.evidence}</p></section>`}
			${r.remedies.length > 0 && html`<section class="card"><header><h2>What helps</h2></header><${Remedies} id=${params.id} list=${r.remedies} session=${session} onDone=${one.reload} /></section>`}
			<section class="card"><header><h2>Paths tried</h2></header><${Paths} paths=${r.paths} /></section></div>
			<section class="card"><header><h2>The facts</h2><${Tag} kind="bad">403.${r.substatus}</${Tag}></header><${Facts} of=${[['When', html`<${Time} at=${r.time} full />`], ['Client', r.client], ['Binding', (r.endpoint ?? r.binding ?? '').replace(/:$/, '')], ['Reason', html`<code>${r.reason}</code>`], ['Win32 status', html`<span class="num">${r.win32}</span> <code>${win32Hex(r.win32)}</code>`, 'win32-status'], ['Trust mode', `${r.mode}: ${TRUST_MODES[r.mode]?.name ?? ''}`, 'trust-mode'], ['Issuer list', `${storeLabel(r.issuer_list.source)}, ${plural(r.issuer_list.members, 'member')}`, 'issuer-list'], ['Subject', r.subject], ['SHA-256', r.sha256 && html`<${Fingerprint} hex=${r.sha256} what="SHA-256" />`]]} /></section></div>
			<section class="card"><header><h2>What would the other modes say?</h2><${Button} kind="quiet" small busy=${ask.busy} onClick=${() => ask.run()}>Judge again, now</${Button}></header><${Problem} error=${ask.error} />${what ? html`<div class="cols" aria-live="polite">${what.modes.map((/** @type {any} */ v) => html`<${VerdictCard} key=${v.mode} verdict=${v} title=${`Mode ${v.mode}: ${TRUST_MODES[v.mode]?.name}`} />`)}</div>` : html`<p class="dim">The same chain, judged against the stores as they are now, under all three modes. Nothing is changed.</p>`}</section></div>`}</${Resource}>`;
}
