// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// What was bound when, by whom, and how it ended; any two compared; any earlier state brought back.
import { html, useState } from '../../lib/html.js';
import { useClients, useResource } from '../../lib/hooks.js';
import { commonName } from '../../lib/format.js';
import { ChangeTag, Time } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { Confirm, Dialog } from '../../components/dialog.js';
import { CheckList } from '../../components/checklist.js';
import { Diff, Facts } from '../../components/facts.js';
import { Empty, Resource } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { toast } from '../../components/toast.js';

const words = (/** @type {any} */ s, /** @type {Map<string, any>} */ certs) => {
	if (!s) return {};
	const c = certs.get(s.cert);
	return { certificate: c ? c.friendly_name || commonName(c.subject) : s.cert, thumbprint: c?.thumbprint ?? '', issuer: c ? commonName(c.issuer) : '', valid_until: c?.not_after?.slice(0, 10) ?? '', names: c?.sans?.join(', ') ?? '', client_certificates: s.client_certs, issuer_store: s.issuer_store ?? 'none', revocation: s.revocation, cached_lists_only: s.revocation_cached_only ? 'yes' : 'no', freshness_time: s.revocation_freshness_s ? `${s.revocation_freshness_s} s` : 'next update', usage_check: s.check_usage === false ? 'no' : 'yes', path_rules: (s.path_rules ?? []).map((/** @type {any} */ r) => `${r.prefix} ${r.client_certs}`).join(', ') || 'none', 'agents’_binding': s.agents ? 'yes' : 'no' };
};

function Compare({ change, certs, onClose }) {
	return html`<${Dialog} wide title="What this change did" about=${`${change.by ?? ''}, ${change.endpoint ?? ''}`} onClose=${onClose} cancel="Close"><${Diff} before=${words(change.before, certs)} after=${words(change.after, certs)} />
		<${Facts} of=${[['Staged', html`<${Time} at=${change.created} full />`], ['Put into service', html`<${Time} at=${change.committed} full />`], ['Ended', html`<${Time} at=${change.ended} full />`], ['Proof', change.evidence], ['Overridden because', change.override]]} />
		${change.checks?.length > 0 && html`<h3>Checks at the time</h3><${CheckList} checks=${change.checks} />`}</${Dialog}>`;
}

/** @param {{binding: any, may: boolean, onDone: () => void}} props */
export function History({ binding, may, onDone }) {
	const { bindings, certs, live } = useClients();
	const [pages, setPages] = useState(/** @type {any[]} */ ([]));
	const [dialog, setDialog] = useState(/** @type {any} */ (null));
	const list = useResource(async (s) => {
		const h = await bindings.history(binding.id, '', s);
		const ids = [...new Set(h.items.flatMap((/** @type {any} */ c) => [c.before?.cert, c.after?.cert]).filter(Boolean))];
		const known = new Map(await Promise.all(ids.map(async (id) => /** @type {[string, any]} */ ([id, await certs.show(id, s).catch(() => null)]))));
		setPages([]);
		return { ...h, known };
	}, [binding.id], ['binding', 'change']);
	const name = (/** @type {any} */ s) => { const c = s && list.data?.known.get(s.cert); return c ? c.friendly_name || commonName(c.subject) : s?.cert ? `${s.cert.slice(0, 12)}…` : 'nothing'; };
	const what = (/** @type {any} */ c) => (c.before?.cert !== c.after?.cert ? html`${name(c.before)} → <strong>${name(c.after)}</strong>` : 'Settings only');
	return html`<section class="card flush"><header><h2>History</h2></header><${Resource} of=${list} what="The history" empty=${(/** @type {any} */ d) => !d.items.length && html`<${Empty} icon="clock" title="No change yet">Each change is kept here with who made it, and can be undone in one step.</${Empty}>`}>
		${(/** @type {any} */ d) => { const rows = [...d.items, ...pages.flatMap((p) => p.items)]; const next = pages.length ? pages[pages.length - 1].next_page_token : d.next_page_token; return html`<${Table} caption="History of this binding" rows=${rows} id=${(/** @type {any} */ c) => c.id} columns=${[
			{ key: 'what', label: 'What', head: true, cell: (/** @type {any} */ c) => html`<span class="wrap">${what(c)}</span>` }, { key: 'state', label: 'How it ended', cell: (/** @type {any} */ c) => html`<${ChangeTag} state=${c.state} />` },
			{ key: 'when', label: 'When', cell: (/** @type {any} */ c) => html`<${Time} at=${c.committed ?? c.created} full />` }, { key: 'by', label: 'By', cell: (/** @type {any} */ c) => html`<span class="wrap">${c.by}</span>` },
			{ key: 'do', label: 'Actions', hidden: true, cell: (/** @type {any} */ c) => html`<span class="row"><${Button} small kind="quiet" onClick=${() => setDialog({ kind: 'compare', change: c })}>Compare</${Button}>${may && c.state === 'confirmed' && c.before?.cert && html`<${Button} small kind="quiet" icon="undo" onClick=${() => setDialog({ kind: 'back', change: c })}>Go back before this</${Button}>`}</span>` }]} />
			${next && html`<p class="more"><${Button} kind="quiet" onClick=${async () => setPages([...pages, await bindings.history(binding.id, next)])}>Show earlier ones</${Button}></p>`}`; }}</${Resource}>
		${dialog?.kind === 'compare' && html`<${Compare} change=${dialog.change} certs=${list.data?.known ?? new Map()} onClose=${() => setDialog(null)} />`}
		${dialog?.kind === 'back' && html`<${Confirm} title="Go back before this change?" submit="Roll back" danger=${false} onClose=${() => setDialog(null)} onSubmit=${async () => { await bindings.rollback(binding.id, dialog.change.id); live.again(); toast(`${name(dialog.change.before)} is bound again`); onDone(); }}>${name(dialog.change.before)} is bound again, at once and proved by a real handshake.</${Confirm}>`}</section>`;
}
