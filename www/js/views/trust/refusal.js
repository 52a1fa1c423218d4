// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// One refusal explained: why, every path tried, what helps, what the other modes would say.
import { html, useState } from '../../lib/html.js';
import { useAction, useClients, useResource } from '../../lib/hooks.js';
import { commonName, plural } from '../../lib/format.js';
import { storeLabel, TRUST_MODES } from '../../lib/help.js';
import { win32Hex } from '../../clients/trust.js';
import { Tag, Time } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { Facts } from '../../components/facts.js';
import { Fingerprint } from '../../components/fingerprint.js';
import { Note, Problem, Resource } from '../../components/states.js';
import { toast } from '../../components/toast.js';
import { Paths, VerdictCard } from './verdict.js';

function Remedies({ list, may }) {
	const { trust } = useClients();
	const act = useAction(async (/** @type {any} */ r) => { await trust.apply(r); toast('Done. Let the client try again.'); });
	return html`<div class="stack tight"><${Problem} error=${act.error} />${list.map((/** @type {any} */ r, /** @type {number} */ i) => html`<${Note} key=${i} kind="info" title=${r.text} actions=${may && r.method && r.href && html`<${Button} small busy=${act.busy} onClick=${() => act.run(r)}>Do it</${Button}>`} />`)}</div>`;
}

export function View({ params }) {
	const { trust, session } = useClients();
	const one = useResource((s) => trust.refusal(params.id, s), [params.id]);
	const [what, setWhat] = useState(/** @type {any} */ (null));
	const ask = useAction(async () => setWhat(await trust.whatIf({ refusal: params.id })));
	return html`<${Resource} of=${one} what="The refusal">${(/** @type {any} */ r) => html`<header><div><div class="crumbs"><a href="#/refusals">Refusals</a></div><h1 class="wrap">${r.subject ? commonName(r.subject) : 'No certificate was sent'}</h1><p class="said-of">${r.explanation}</p></div></header>
		<div class="stack"><div class="cols wide"><div class="stack">${r.remedies.length > 0 && html`<section class="card"><header><h2>What helps</h2></header><${Remedies} list=${r.remedies} may=${session.may('admin')} /></section>`}
			<section class="card"><header><h2>Paths tried</h2></header><${Paths} paths=${r.paths} /></section></div>
			<section class="card"><header><h2>The facts</h2><${Tag} kind="bad">403.${r.substatus}</${Tag}></header><${Facts} of=${[['When', html`<${Time} at=${r.time} full />`], ['Client', r.client], ['Binding', (r.endpoint ?? r.binding ?? '').replace(/:$/, '')], ['Reason', html`<code>${r.reason}</code>`], ['Win32 status', html`<span class="num">${r.win32}</span> <code>${win32Hex(r.win32)}</code>`, 'win32-status'], ['Trust mode', `${r.mode}: ${TRUST_MODES[r.mode]?.name ?? ''}`, 'trust-mode'], ['Issuer list', `${storeLabel(r.issuer_list.source)}, ${plural(r.issuer_list.members, 'member')}`, 'issuer-list'], ['Subject', r.subject], ['SHA-256', r.sha256 && html`<${Fingerprint} hex=${r.sha256} what="SHA-256" />`]]} /></section></div>
			<section class="card"><header><h2>What would the other modes say?</h2><${Button} kind="quiet" small busy=${ask.busy} onClick=${() => ask.run()}>Judge again, now</${Button}></header><${Problem} error=${ask.error} />${what ? html`<div class="cols" aria-live="polite">${what.modes.map((/** @type {any} */ v) => html`<${VerdictCard} key=${v.mode} verdict=${v} title=${`Mode ${v.mode}: ${TRUST_MODES[v.mode]?.name}`} />`)}</div>` : html`<p class="dim">The same chain, judged against the stores as they are now, under all three modes. Nothing is changed.</p>`}</section></div>`}</${Resource}>`;
}
