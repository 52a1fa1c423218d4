// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// A change on its way: staged with its checks, then the swap with proof, reconnect and countdown, told step by step.
import { html, useEffect } from '../../lib/html.js';
import { useClients, useNow, useStore, useResource } from '../../lib/hooks.js';
import { commonName, seconds, span } from '../../lib/format.js';
import { LifeBar } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { CheckList, checksSaid } from '../../components/checklist.js';
import { Diff } from '../../components/facts.js';
import { Icon } from '../../components/icon.js';
import { Note, Problem } from '../../components/states.js';
import { Timer } from '../../components/timer.js';

const ICON = { done: 'ok', now: 'spin', fail: 'bad', next: 'dot' };
const Step = ({ state, title, children }) => html`<li class=${state} aria-current=${state === 'now' ? 'step' : undefined}><${Icon} name=${ICON[/** @type {keyof typeof ICON} */ (state)]} class=${state === 'now' ? 'spin' : ''} /><div><strong>${title}</strong>${children && html`<div class="small">${children}</div>`}</div></li>`;

/** The handshakes of the proof, one an address. */
const Proofs = ({ text }) => html`<ul class="plain">${(text ?? '').split('; ').filter(Boolean).map((/** @type {string} */ t) => html`<li key=${t}><code>${t.split(': ')[0]}</code> ${t.split(': ').slice(1).join(': ')}</li>`)}</ul>`;

/** What a setting means before and after, in words. */
const words = (/** @type {any} */ s, /** @type {Record<string, string>} */ names) => s && { certificate: names[s.cert] ?? s.cert, client_certificates: s.client_certs, issuer_store: s.issuer_store ?? 'none', revocation: s.revocation, cached_lists_only: s.revocation_cached_only ? 'yes' : 'no', freshness_time: s.revocation_freshness_s ? `${s.revocation_freshness_s} s` : 'next update', usage_check: s.check_usage === false ? 'no' : 'yes', path_rules: (s.path_rules ?? []).map((/** @type {any} */ r) => `${r.prefix} ${r.client_certs}`).join(', ') || 'none', 'agents’_binding': s.agents ? 'yes' : 'no' };

function Staged({ change, swap, names, next, may, onDone }) {
	return html`<section class="card" aria-label="Staged change"><header><h2>A change is staged</h2><span class="small dim">Nothing is served differently yet</span></header>
		<div class="stack"><${Diff} before=${words(change.before, names)} after=${words(change.after, names)} />${next && change.before?.cert !== change.after?.cert && html`<div><h3>Life of the new certificate</h3><${LifeBar} of=${next} /></div>`}
			<div class="stack tight"><h3>${checksSaid(change.checks)}</h3><${CheckList} checks=${change.checks} /></div>
			${change.override && html`<${Note} kind="warn" title="Failed checks are overridden">Reason: ${change.override}</${Note}>`}
			${may && html`<div class="row"><${Button} icon="check" onClick=${() => swap.commit(change)}>Put it into service</${Button}><${Button} kind="quiet" onClick=${async () => { await swap.giveUp(change); onDone(); }}>Give it up</${Button}>
				<span class="small dim">No connection is cut. The new certificate is proved by a real handshake; then you confirm.</span></div>`}</div></section>`;
}

function Running({ s, change, swap, next, onDone }) {
	const now = useNow(true);
	const until = s.confirmUntil ?? seconds(change.confirm_until);
	const from = seconds(change.committed) || until - 120;
	const left = until - now;
	const proof = s.change?.evidence || change.evidence;
	const proved = s.change?.proved ?? change.proved;
	const reached = s.step === 'reached' || s.step === 'confirming';
	const over = left <= 0;
	return html`<section class="card" aria-label="Change in service"><header><h2>The new certificate is in service</h2></header><div class="cols wide">
		<ol class="steps"><${Step} state="done" title="Checked and put into service" />
			<${Step} state=${proved ? 'done' : s.step === 'committing' ? 'now' : 'next'} title=${proved ? 'Proved by real handshakes' : 'To be proved by a real handshake'}><${Proofs} text=${proof} /></${Step}>
			<${Step} state=${reached ? 'done' : s.unreachable ? 'fail' : 'now'} title=${reached ? 'This page has reached the console anew' : s.unreachable ? 'This page cannot reach the console now' : 'This page connects anew'}>
				${s.unreachable && html`<p>Your browser may not trust ${next ? `“${commonName(next.subject)}”` : 'the new certificate'}. <a href=${location.href} target="_blank" rel="noopener">Open the console in another tab</a> to see what it says. If you do nothing, the old certificate is back ${over ? 'by now' : `in ${span(Math.max(1, left))}`}, and this page goes on by itself.</p>`}</${Step}>
			<${Step} state=${s.step === 'confirming' ? 'now' : 'next'} title="You confirm">It counts only over a connection that shows the new certificate.</${Step}></ol>
		<div><${Timer} left=${left} of=${until - from} label=${over ? 'The time is over; it returns' : 'until it returns by itself'} /></div></div>
		<${Problem} error=${s.error} />
		<footer class="row"><${Button} icon="check" busy=${s.step === 'confirming'} disabled=${!reached || over} onClick=${() => swap.confirm()}>Keep the new certificate</${Button}>
			<${Button} kind="quiet" icon="undo" onClick=${async () => { await swap.giveUp(change); onDone(); }}>Return to the old one now</${Button}></footer></section>`;
}

function Elsewhere({ binding, change, swap, onDone }) {
	const now = useNow(true);
	const left = seconds(change.confirm_until) - now;
	const there = `https://${binding.host || (binding.ip === '*' ? location.hostname : binding.ip.includes(':') ? `[${binding.ip}]` : binding.ip)}:${binding.port}/${location.hash}`;
	return html`<section class="card" aria-label="Change in service"><header><h2>A change waits to be confirmed</h2></header><div class="cols wide"><div class="stack"><p>It is served on another address than the one this page comes over, and it counts only when it is confirmed there, over the new certificate.</p><div class="row"><a class="button" href=${there} target="_blank" rel="noopener">Open the console there</a>
		<${Button} kind="quiet" icon="undo" onClick=${async () => { await swap.giveUp(change); onDone(); }}>Return to the old one now</${Button}></div></div><${Timer} left=${left} of=${seconds(change.confirm_until) - seconds(change.committed)} label="until it returns by itself" /></div></section>`;
}

/** @param {{binding: any, change: any, swap: any, onDone: () => void, may: boolean, elsewhere?: boolean}} props  elsewhere: this page comes over another binding */
export function SwapCard({ binding, change, swap, onDone, may, elsewhere }) {
	const { certs, live } = useClients();
	const s = useStore(swap);
	const current = s.change && (!change || s.change.id === change.id) ? { ...change, ...s.change } : change;
	const after = current?.after?.cert, before = current?.before?.cert;
	const named = useResource(async (signal) => Object.fromEntries(await Promise.all([after, before].filter(Boolean).map(async (id) => [id, await certs.show(id, signal).catch(() => null)]))), [after, before]);
	const names = Object.fromEntries(Object.entries(named.data ?? {}).filter(([, c]) => c).map(([id, c]) => [id, `${c.friendly_name || commonName(c.subject)} (${c.thumbprint.slice(0, 8)}…)`]));
	useEffect(() => {
		if (s.step !== 'done' && s.step !== 'returned') return;
		live.again();
		onDone();
	}, [s.step]);
	useEffect(() => {
		if (change?.state === 'staged' && s.change?.id !== change.id) swap.adopt(change);
	}, [change?.id, change?.state]);

	if (s.step === 'failed')
		return html`<section class="card" aria-label="Change"><${Problem} error=${s.error} what="It was not put into service" />${s.error?.checks?.length > 0 && html`<${CheckList} checks=${s.error.checks} />`}<footer class="row"><${Button} onClick=${() => { swap.reset(); onDone(); }}>Look again</${Button}></footer></section>`;
	if (s.step === 'done')
		return html`<${Note} kind="ok" role="status" title="The new certificate is kept" actions=${html`<${Button} kind="quiet" small onClick=${() => swap.reset()}>Good</${Button}>`}><p>${names[after] ?? 'It'} is served, proved and confirmed${binding.agents ? '; OfcIPCer.dat and Trusted People have it too' : ''}.${elsewhere ? '' : ' This page already talks over it.'}</p></${Note}>`;
	if (s.step === 'returned')
		return html`<${Note} kind="warn" role="status" title=${s.change?.state === 'aborted' ? 'The change was given up' : 'The old certificate is back'} actions=${html`<${Button} kind="quiet" small onClick=${() => swap.reset()}>Good</${Button}>`}><p>${s.change?.state === 'aborted' ? 'Nothing was served differently.' : 'It was not confirmed, or you returned it. Everybody is served as before; nothing is lost, and you can stage it again.'}</p></${Note}>`;
	if (s.step === 'committing')
		return html`<section class="card" aria-label="Change"><header><h2>Putting it into service</h2></header><ol class="steps"><${Step} state="done" title="Checked" /><${Step} state="now" title="Served, and proved by real handshakes" /><${Step} state="next" title="This page connects anew" /><${Step} state="next" title="You confirm" /></ol></section>`;
	if (!current) return null;
	if (current.state === 'staged') return html`<${Staged} change=${current} swap=${swap} names=${names} next=${named.data?.[after]} may=${may} onDone=${onDone} />`;
	if (current.state === 'committed' && elsewhere) return html`<${Elsewhere} binding=${binding} change=${current} swap=${swap} onDone=${onDone} />`;
	if (current.state === 'committed') return html`<${Running} s=${s} change=${current} swap=${swap} next=${named.data?.[after]} onDone=${onDone} />`;
	return null;
}
