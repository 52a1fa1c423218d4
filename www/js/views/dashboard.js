// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// The dashboard: what is bound where and until when, what is wrong, what ends when, what was done; each with its next step.
import { html } from '../lib/html.js';
import { useClients, useResource, useStore } from '../lib/hooks.js';
import { theme } from '../lib/prefs.js';
import { bindingName, commonName, endings, EXPIRY_GROUPS, expiryGroup, plural, seconds, sentence, validity } from '../lib/format.js';
import { LifeBar, Tag, Time } from '../components/badge.js';
import { LinkButton } from '../components/button.js';
import { Chart } from '../components/chart.js';
import { Icon } from '../components/icon.js';
import { Empty, Resource } from '../components/states.js';
import { gaps } from '../clients/roots.js';
import { auditIcon, auditSaid, folded } from '../clients/system.js';
import { causeKind, CAUSES, nextStep } from '../clients/updates.js';

/** What is not right, the worst first, each with the one next step. */
export function troubles({ bound, drift, lint, system, expiring, roots, updates }) {
	/** @type {{kind: string, title: string, text: string, href: string, step: string}[]} */
	const all = [];
	for (const p of system?.degraded ? (system.problems ?? []) : [])
		all.push({ kind: 'bad', title: 'The fallback certificate is shown', text: p.evidence, href: '#/bindings', step: 'Bind a good one' });
	for (const b of bound ?? []) {
		if (b.change?.state === 'committed') all.push({ kind: 'warn', title: `A change of ${bindingName(b)} waits for you`, text: 'It returns by itself if it is not confirmed.', href: `#/bindings/${encodeURIComponent(b.id)}`, step: 'Confirm it' });
		if (b.change?.state === 'staged') all.push({ kind: 'warn', title: `A change of ${bindingName(b)} is staged`, text: 'Nothing is served differently until it is put into service.', href: `#/bindings/${encodeURIComponent(b.id)}`, step: 'Look at it' });
		if (!b.certificate) continue;
		const v = validity(b.certificate.not_before, b.certificate.not_after);
		if (v === 'expired') all.push({ kind: 'bad', title: `The certificate of ${bindingName(b)} has expired`, text: 'Browsers refuse it, agents warn.', href: `#/requests?renew=${b.cert}`, step: 'Renew it' });
		else if (v === 'soon') all.push({ kind: 'warn', title: `The certificate of ${bindingName(b)} ends soon`, text: commonName(b.certificate.subject), href: `#/requests?renew=${b.cert}`, step: 'Renew it' });
		else if (v === 'not-yet') all.push({ kind: 'bad', title: `The certificate of ${bindingName(b)} is not valid yet`, text: commonName(b.certificate.subject), href: `#/bindings/${encodeURIComponent(b.id)}`, step: 'Bind another' });
	}
	if (drift?.state === 'drift') all.push({ kind: 'bad', title: 'Agents are told about another certificate', text: 'Bound certificate, Trusted People and OfcIPCer.dat are not the same.', href: '#/validation', step: 'Repair it' });
	const errors = lint?.summary?.errors ?? 0;
	if (errors) all.push({ kind: 'bad', title: `${plural(errors, 'fault')} in the stores`, text: lint.findings.find((/** @type {any} */ f) => f.severity === 'error')?.consequence ?? '', href: '#/trust', step: 'Cure them' });
	const lists = (lint?.findings ?? []).filter((/** @type {any} */ f) => f.rule.startsWith('crl.'));
	if (lists.length) all.push({ kind: lists.some((/** @type {any} */ f) => f.rule === 'crl.stale') ? 'bad' : 'warn', title: `Revocation lists of ${plural(new Set(lists.map((/** @type {any} */ f) => f.evidence)).size, 'issuer')} need you`, text: lists[0].evidence, href: '#/crls', step: 'Look at them' });
	for (const f of updates?.findings ?? []) {
		const step = nextStep(f);
		all.push({ kind: causeKind(f.cause), title: `Updates wait on ${plural(f.count, 'agent')}: ${CAUSES[f.cause] ?? f.cause}`, text: sentence(f.explanation), href: step.href, step: step.text });
	}
	const lack = gaps(roots);
	if (lack.length) all.push({ kind: 'bad', title: `Agents lack ${plural(lack.length, 'required certificate')}`, text: lack.map((/** @type {any} */ r) => r.name).slice(0, 3).join(', '), href: '#/roots?deploy=1', step: 'Deploy' });
	if (roots?.attention && roots.agents_total) all.push({ kind: 'warn', title: `${plural(roots.attention, 'required certificate')} ${roots.attention === 1 ? 'is' : 'are'} not as needed here`, text: 'Signatures of program files cannot all be verified without.', href: '#/roots', step: 'To the catalogue' });
	const own = (expiring ?? []).filter((/** @type {any} */ c) => !bound?.some((/** @type {any} */ b) => b.cert === c.sha256) && c.has_key);
	const over = own.filter((/** @type {any} */ c) => expiryGroup(c.not_after) === 0), soon = own.filter((/** @type {any} */ c) => [1, 2].includes(expiryGroup(c.not_after)));
	if (over.length) all.push({ kind: 'warn', title: `${plural(over.length, 'certificate')} of your own ${over.length === 1 ? 'has' : 'have'} expired`, text: over.map((/** @type {any} */ c) => c.friendly_name || commonName(c.subject)).slice(0, 3).join(', '), href: '#/certificates?expiry=0', step: 'Clear up' });
	if (soon.length) all.push({ kind: 'warn', title: `${plural(soon.length, 'certificate')} of your own ${soon.length === 1 ? 'ends' : 'end'} within a week`, text: soon.map((/** @type {any} */ c) => c.friendly_name || commonName(c.subject)).slice(0, 3).join(', '), href: '#/certificates?expiry=2', step: 'Look at them' });
	return all.sort((a, b) => (a.kind === 'bad' ? 0 : 1) - (b.kind === 'bad' ? 0 : 1));
}

function Health({ list }) {
	if (!list.length)
		return html`<section class="card"><div class="health"><${Icon} name="ok" class="is-ok" /><div><h2>Everything is in order</h2><p>Bound, proved, and the agents know it. Nothing to do.</p></div></div></section>`;
	const bad = list.filter((t) => t.kind === 'bad').length;
	return html`<section class="card flush" aria-label="What needs you"><header><h2>${bad ? `${plural(list.length, 'thing')} ${list.length === 1 ? 'needs' : 'need'} you` : `${plural(list.length, 'thing')} to look at`}</h2></header>
		<ul class="plain">${list.map((t) => html`<li key=${t.title} class="bound"><div class="row top"><${Icon} name=${t.kind} class=${`is-${t.kind}`} /><div class="grow"><h3>${t.title}</h3><span class="small dim">${t.text}</span></div></div><span></span>
			<div><${LinkButton} small kind=${t.kind === 'bad' ? 'main' : 'quiet'} href=${t.href}>${t.step}</${LinkButton}></div></li>`)}</ul></section>`;
}

function Bound({ bound, may }) {
	return html`<section class="card flush"><header><h2>What is bound</h2><${LinkButton} small href="#/bindings" icon="binding">Bindings</${LinkButton}></header>
		${bound.length ? bound.map((/** @type {any} */ b) => html`<div class="bound" key=${b.id}>
			<div><h3><a href=${`#/bindings/${encodeURIComponent(b.id)}`}>${bindingName(b)}</a></h3>
				<div class="row small dim">${b.certificate ? html`<span class="wrap">${commonName(b.certificate.subject)}</span>` : 'no certificate'}${b.agents && html`<${Tag} kind="info" icon="agents">Agents</${Tag}>`}${b.client_certs !== 'ignore' && html`<${Tag} icon="trust">Client certificates ${b.client_certs === 'require' ? 'required' : 'accepted'}</${Tag}>`}</div></div>
			${b.certificate ? html`<${LifeBar} of=${b.certificate} />` : html`<span></span>`}
			<div class="right">${may && html`<${LinkButton} small href=${`#/bindings/${encodeURIComponent(b.id)}?edit=1`}>Change</${LinkButton}>`}</div></div>`)
			: html`<${Empty} icon="binding" title="Nothing is bound" actions=${may && html`<${LinkButton} kind="main" href="#/bindings?add=1">Add a binding</${LinkButton}>`}>Bind a certificate to an address, and it is served there at once.</${Empty}>`}</section>`;
}

function Expiry({ certs, total }) {
	const n = endings(certs, total);
	return html`<section class="card"><header><h2>What ends when</h2></header><div class="buckets">${EXPIRY_GROUPS.map((g, i) => html`<a key=${g} href=${`#/certificates?expiry=${i}`} class=${n[i] !== '0' && i === 0 ? 'bad' : n[i] !== '0' && i < 3 ? 'warn' : ''}><b>${n[i]}</b>${g}</a>`)}</div></section>`;
}

function Feed({ rows }) {
	return html`<section class="card"><header><h2>Lately</h2><${LinkButton} small href="#/activity">All activity</${LinkButton}></header>
		${rows.length ? html`<ul class="feed">${folded(rows).slice(0, 8).map(({ row: r, times }) => { const s = auditSaid(r); return html`<li key=${r.seq}><${Icon} name=${auditIcon(r.action)} /><span class="wrap"><strong>${r.actor}</strong> ${s.verb} ${s.object}${times > 1 ? ` (${times} times)` : ''}</span><span class="when"><${Time} at=${r.time} rel /></span></li>`; })}</ul>` : html`<p class="dim">Nothing has happened yet.</p>`}</section>`;
}

function Traffic() {
	const { system } = useClients();
	const chosen = useStore(theme);
	const traffic = useResource((s) => system.traffic(s), [], ['refusal']);
	return html`<section class="card"><header><h2>Requests and refusals</h2><span class="small dim">last 24 hours</span></header><${Resource} of=${traffic} what="Traffic" empty=${(/** @type {any} */ d) => d.items.length < 2 && html`<${Empty} icon="activity" title="Too early for a curve">The console counts from its start, in steps of ${Math.round(d.step_s / 60)} minutes. Come back a little later.</${Empty}>`}>
		${(/** @type {any} */ d) => html`<${Chart} title="Requests and refusals" theme=${chosen} times=${d.items.map((/** @type {any} */ i) => seconds(i.time))}
			series=${[{ label: 'Requests', values: d.items.map((/** @type {any} */ i) => i.requests), color: '--accent' }, { label: 'Refusals', values: d.items.map((/** @type {any} */ i) => i.refusals), color: '--bad' }]} />`}</${Resource}></section>`;
}

export function View() {
	const { bindings, certs, agents, session, trust, system, roots, updates } = useClients();
	const may = session.may('operator');
	const all = useResource(async (s) => {
		const [bound, drift, lint, sys, mine, audit, required, packages] = await Promise.all([
			bindings.overview(s), agents.drift(s), trust.lint(s).catch(() => null), system.show(s), certs.list({ limit: 500, sort: 'not_after' }, s), system.audit({ limit: 40 }, s), roots.list(s).catch(() => null), updates.list(s).catch(() => null)]);
		return { bound, drift, lint, system: sys, expiring: mine.items, certificates: mine.total, audit: audit.items, roots: required, updates: packages };
	}, [], ['binding', 'change', 'drift', 'certificate', 'trust', 'audit', 'root', 'update']);
	return html`<header><div><h1>Dashboard</h1><p>What this server shows to the world, and what needs you.</p></div>
		<div class="actions">${may && html`<${LinkButton} href="#/certificates?import=1" icon="upload">Import a certificate</${LinkButton}>`}</div></header>
		<${Resource} of=${all} what="The dashboard">${(/** @type {any} */ d) => html`<div class="stack"><${Health} list=${troubles(d)} /><${Bound} bound=${d.bound} may=${may} />
			<div class="cols"><div class="stack"><${Expiry} certs=${d.expiring} total=${d.certificates} /><${Traffic} /></div><${Feed} rows=${d.audit} /></div></div>`}</${Resource}>`;
}
