// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Client trust: the mode with its consequence, the effective issuer list, findings with cure and undo.
import { html, useState } from '../../lib/html.js';
import { useAction, useClients, useResource } from '../../lib/hooks.js';
import { bindingName, bytes, commonName, plural } from '../../lib/format.js';
import { storeLabel } from '../../lib/help.js';
import { Tag, Time } from '../../components/badge.js';
import { Button, LinkButton } from '../../components/button.js';
import { Help } from '../../components/help.js';
import { Empty, Note, Problem, Resource } from '../../components/states.js';
import { toast } from '../../components/toast.js';
import { Mode } from './mode.js';

const SEVERITY = { error: ['bad', 'bad', 'Fault'], warning: ['warn', 'warn', 'Warning'], note: ['info', 'info', 'Note'] };

const Member = ({ m }) => html`<li key=${m.sha256}><span class="is-ok" aria-hidden="true">●</span><span class="wrap"><a href=${`#/certificates/${m.sha256}`}>${commonName(m.subject)}</a>${m.self_signed === false && html` <${Tag}>intermediate</${Tag}>`}</span><span class="when">${m.not_after && html`until <${Time} at=${m.not_after} />`}</span></li>`;

function Issuers() {
	const { trust, bindings } = useClients();
	const [binding, setBinding] = useState('');
	const list = useResource((s) => bindings.list(s), [], ['binding']);
	const issuers = useResource((s) => trust.issuerList(binding, s), [binding], ['trust', 'binding', 'certificate']);
	return html`<section class="card"><header><h2>Issuer list <${Help} term="issuer-list" about="Issuer list" /></h2>${(list.data?.items.length ?? 0) > 1 && html`<select class="small" aria-label="Binding" value=${binding} onChange=${(/** @type {any} */ e) => setBinding(e.target.value)}><option value="">Default binding</option>${list.data.items.map((/** @type {any} */ b) => html`<option key=${b.id} value=${b.id}>${bindingName(b)}</option>`)}</select>`}</header>
		<${Resource} of=${issuers} what="The issuer list">${(/** @type {any} */ d) => html`<div class="stack"><p>Taken from <a href=${`#/certificates?store=${encodeURIComponent(d.source)}`}>${storeLabel(d.source)}</a>: ${plural(d.members.length, 'authority', 'authorities')}${d.size_bytes !== undefined && html`, ${bytes(d.size_bytes)} of ${bytes(d.size_limit_bytes)} when sent`}.</p><p class="small dim">${d.sent ? 'The names are sent to clients in TLS 1.2; in TLS 1.3 the TLS library cannot send them, and a client offers what it has.' : html`The names are not sent; a client offers what it has. <a href="#/settings">SendTrustedIssuerList</a> is off.`}</p>
			${d.root_is_mixed && html`<${Note} kind="bad" title="An intermediate in Root shuts the roots out"><p>Root holds certificates that are not self-signed, so only those are in the list, and clients under the real roots are refused with 403.16. Move them to Intermediate Authorities.</p></${Note}>`}
			${d.members.length ? html`<ul class="feed">${d.members.map((/** @type {any} */ m) => html`<${Member} m=${m} />`)}</ul>` : html`<${Empty} icon="trust" title="Nobody is in the list" actions=${html`<${LinkButton} href="#/certificates?store=ClientAuthIssuer&import=1">Import an authority</${LinkButton}>`}>No client certificate can pass until an authority is in ${storeLabel(d.source)}.</${Empty}>`}
			${d.left_out?.length > 0 && html`<div><h3>Left out</h3><ul class="feed">${d.left_out.map((/** @type {any} */ m) => html`<${Member} m=${m} />`)}</ul></div>`}</div>`}</${Resource}></section>`;
}

function Findings({ may }) {
	const { trust } = useClients();
	const lint = useResource((s) => trust.lint(s), [], ['trust', 'certificate']);
	const fix = useAction(async (/** @type {string[]|undefined} */ ids) => {
		const r = await trust.fix(ids);
		const undo = r.fixed.filter((/** @type {any} */ f) => f.undo?.method);
		toast(r.fixed.map((/** @type {any} */ f) => f.done).join('; ') || 'Nothing was to be cured', undo.length ? { undo: async () => { for (const f of undo) await trust.apply(f.undo); lint.reload(); } } : {});
		lint.reload();
	});
	return html`<section class="card flush"><header><h2>What is wrong in the stores</h2>${may && (lint.data?.summary.fixable ?? 0) > 1 && html`<${Button} small icon="check" busy=${fix.busy} onClick=${() => fix.run(undefined)}>Cure all ${lint.data.summary.fixable}</${Button}>`}</header><${Problem} error=${fix.error} what="It was not cured" />
		<${Resource} of=${lint} what="Findings" empty=${(/** @type {any} */ d) => !d.findings.length && html`<${Empty} icon="ok" title="Nothing is wrong">Every store holds what belongs there.</${Empty}>`}>
		${(/** @type {any} */ d) => html`<ul class="plain">${d.findings.map((/** @type {any} */ f) => { const [kind, icon, text] = SEVERITY[/** @type {keyof typeof SEVERITY} */ (f.severity)] ?? SEVERITY.note; return html`<li key=${f.id} class="bound"><div><div class="row"><${Tag} kind=${kind} icon=${icon}>${text}</${Tag}>${f.sha256 ? html`<a class="wrap" href=${`#/certificates/${f.sha256}`}><strong>${commonName(f.subject)}</strong></a>` : html`<strong>${f.evidence}</strong>`}${f.store && html`<${Tag}>${storeLabel(f.store)}</${Tag}>`}</div><p class="small">${f.consequence}</p></div>
			<div class="small"><strong>Cure:</strong> ${f.cure}</div><div>${may && f.fixable && html`<${Button} small kind="quiet" busy=${fix.busy} onClick=${() => fix.run([f.id])}>Cure</${Button}>`}</div></li>`; })}</ul>`}</${Resource}></section>`;
}

export function View() {
	const { session } = useClients();
	const admin = session.may('admin');
	return html`<header><div><h1>Client trust</h1><p>Whose client certificates are believed, by the rules of Windows’ Schannel.</p></div><div class="actions"><${LinkButton} href="#/refusals" icon="refusal">Refusals</${LinkButton}></div></header>
		<div class="stack"><div class="cols"><${Mode} may=${admin} /><${Issuers} /></div><${Findings} may=${admin} /></div>`;
}
