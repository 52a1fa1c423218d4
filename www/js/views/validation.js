// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Agent validation: bound certificate, Trusted People and OfcIPCer.dat side by side; drift, repair, download, publish.
import { html, useState } from '../lib/html.js';
import { useAction, useClients, useResource } from '../lib/hooks.js';
import { bindingName, commonName } from '../lib/format.js';
import { saveFile } from '../lib/save.js';
import { LifeBar, Tag, Time } from '../components/badge.js';
import { Button, LinkButton } from '../components/button.js';
import { checkTitle } from '../components/checklist.js';
import { Confirm } from '../components/dialog.js';
import { Facts } from '../components/facts.js';
import { Fingerprint, ShortPrint } from '../components/fingerprint.js';
import { Help } from '../components/help.js';
import { Icon } from '../components/icon.js';
import { Empty, Note, Problem, Resource } from '../components/states.js';
import { Table } from '../components/table.js';
import { toast } from '../components/toast.js';
import { Publish } from './publish.js';

const STATE = { ok: ['ok', 'ok', 'All three are the same', 'Agents know the certificate that this server shows.'], pending: ['info', 'clock', 'A change is under way', 'Agents already have the next certificate beside the present one; once you confirm, they get it alone.'], drift: ['bad', 'warn', 'They are not the same', 'Agents may take this server for a wrong one until this is repaired.'] };
const ANNOUNCED = ['info', 'clock', 'All three are the same, and a next one is announced', 'Agents take the bound certificate, and beside it the next one.'];
const REASON = { bound: 'bound', committed: 'a change was put into service', confirmed: 'a change was confirmed', reverted: 'a change returned', repaired: 'drift was repaired', published: 'published by hand', renewed: 'renewed', rebound: 'bound anew', restored: 'restored' };
const FOUND = { 'ipcer.drift': 'OfcIPCer.dat is another one', 'ntcer.drift': 'OfcNTCer.dat is another one', 'drift.trusted_people': 'Trusted People lacks the copy', 'drift.not_served': 'A handshake saw another certificate', 'drift.file_mode': 'A file can be read by others', 'store.disallowed': 'The bound certificate is untrusted', 'name.no_match': 'The name no longer fits', 'name.cn_only': 'The name is in the common name alone', 'validity.expired': 'The bound certificate has expired', 'validity.not_yet': 'The bound certificate is not valid yet', 'key.missing': 'The private key is gone', 'key.mismatch': 'Key and certificate do not belong together' };

function Side({ title, help, state, cert, sha256, children }) {
	return html`<section class=${`card ${state}`} aria-label=${title}><header><h2>${title}${help && html` <${Help} term=${help} about=${title} />`}</h2>${state === 'same' ? html`<${Tag} kind="ok" icon="check">The same</${Tag}>` : state === 'next' ? html`<${Tag} kind="warn" icon="clock">Pending</${Tag}>` : html`<${Tag} kind="bad" icon="x">Differs</${Tag}>`}</header>
		<div class="stack tight">${cert ? html`<a class="wrap" href=${`#/certificates/${cert.sha256}`}><strong>${cert.friendly_name || commonName(cert.subject)}</strong></a><${LifeBar} of=${cert} /><${Fingerprint} hex=${cert.thumbprint} what=${`thumbprint in ${title}`} />` : html`<p class="dim">${sha256 ? html`A certificate that this console does not keep: <code class="wrap">${sha256.slice(0, 16)}…</code>` : 'Nothing is there.'}</p>`}${children}</div></section>`;
}

function Next({ next, binding, may, onDone }) {
	const { agents } = useClients();
	const [asking, ask] = useState(false);
	return html`<section class="card told" aria-label="The next certificate"><header><h2>Told to agents as the next one <${Help} term="next-certificate" about="The next certificate" /></h2><${Tag} kind="warn" icon="clock">Not bound yet</${Tag}></header>
		<div class="stack tight"><strong class="wrap">${commonName(next.subject)}</strong><${Facts} of=${[['Thumbprint', html`<${Fingerprint} hex=${next.thumbprint} what="thumbprint of the next certificate" />`], ['Valid until', html`<${Time} at=${next.not_after} />`], ['Private key', next.has_key ? 'here' : 'not here: whoever holds it passes as this server'], ['Since', html`<${Time} at=${next.announced} rel />, by ${next.by}`]]} />
			${may && html`<div class="row"><${Button} kind="danger quiet" small onClick=${() => ask(true)}>Take it back</${Button}>${next.has_key && binding && html`<${LinkButton} small icon="binding" href=${`#/bindings/${encodeURIComponent(binding.id)}?edit=1&cert=${next.sha256}`}>Bind it now</${LinkButton}>`}</div>`}</div>
		${asking && html`<${Confirm} title="Take the next certificate back?" submit="Take it back" onClose=${() => ask(false)} onSubmit=${async () => { await agents.withdraw(); toast('Agents know the bound certificate alone'); onDone(); }}>A new publication tells agents that only the bound certificate counts. If ${commonName(next.subject)} is bound later, agents hear of it then.</${Confirm}>`}</section>`;
}

export function View() {
	const { agents, bindings, certs, session } = useClients();
	const [dialog, setDialog] = useState('');
	const all = useResource(async (s) => {
		const [drift, ipcer] = await Promise.all([agents.drift(s), agents.ipcer(s)]);
		const show = (/** @type {string|null} */ id) => (id ? certs.show(id, s).catch(() => null) : null);
		const [binding, bound, published] = await Promise.all([drift.binding ? bindings.show(drift.binding, s) : null, show(drift.bound), show(drift.ipcer ?? ipcer.sha256)]);
		return { drift, ipcer, binding, bound, published };
	}, [], ['drift', 'binding', 'change', 'certificate']);
	const repair = useAction(async () => { await agents.repair(); toast('Repaired: all three are the same again'); all.reload(); });
	const may = session.may('operator');
	return html`<header><div><h1>Agent validation <${Help} term="ipcer" about="OfcIPCer.dat" /></h1><p>Agents check that they talk to the real server: the bound certificate, its copy in Trusted People and OfcIPCer.dat must be one and the same.</p></div>
		<div class="actions"><${Button} kind="quiet" icon="download" onClick=${async () => saveFile({ ...(await agents.download()), name: 'OfcIPCer.dat' })}>Download OfcIPCer.dat</${Button}>${may && html`<${Button} kind="quiet" icon="upload" onClick=${() => setDialog('file')}>Publish from a file</${Button}><${Button} kind="quiet" icon="refresh" onClick=${() => setDialog('again')}>Publish again</${Button}>`}</div></header>
		<${Resource} of=${all} what="Agent validation" empty=${(/** @type {any} */ d) => !d.drift.bound && html`<${Empty} icon="agents" title="No binding is the agents’ binding" actions=${html`<${LinkButton} kind="main" href="#/bindings">To the bindings</${LinkButton}>`}>Tick “The agents’ binding” on the one that agents talk to.</${Empty}>`}>${(/** @type {any} */ d) => {
			const announced = d.drift.state === 'pending' && !d.binding?.change;
			const [kind, icon, title, text] = announced ? ANNOUNCED : (STATE[/** @type {keyof typeof STATE} */ (d.drift.state)] ?? STATE.drift);
			const pending = d.drift.state === 'pending' && !announced;
			const found = (d.drift.findings ?? []).filter((/** @type {any} */ f) => f.verdict === 'fail');
			const fixable = d.drift.findings?.some((/** @type {any} */ f) => f.repairable);
			const side = (/** @type {boolean} */ same) => (same ? 'same' : pending ? 'next' : 'other');
			return html`<div class="stack"><section class="card"><div class="row spread"><div class="health"><${Icon} name=${icon} class=${`is-${kind}`} /><div><h2>${title}</h2><p>${text}</p></div></div>${may && fixable && html`<${Button} icon="check" busy=${repair.busy} onClick=${() => repair.run()}>Repair it</${Button}>`}</div></section>
				<${Problem} error=${repair.error} what="It was not repaired" />
				${found.length > 0 && html`<ul class="checks">${found.map((/** @type {any} */ f, /** @type {number} */ i) => html`<li key=${i}><${Icon} name="bad" class="is-bad" /><span class="said">${FOUND[/** @type {keyof typeof FOUND} */ (f.id)] ?? checkTitle(f.id)}</span><span>${f.repairable && html`<${Tag} kind="ok">repairable</${Tag}>`}</span><span class="why">${f.evidence}</span>${f.remedy && html`<span class="cure">${f.remedy}</span>`}</li>`)}</ul>`}
				<div class="trio"><${Side} title="Bound" help="agents-binding" state=${side(!d.drift.served || d.drift.served === d.drift.bound)} cert=${d.bound} sha256=${d.drift.bound}>${d.binding && html`<p class="small dim">on <a href=${`#/bindings/${encodeURIComponent(d.binding.id)}`}>${bindingName(d.binding)}</a></p>`}</${Side}>
					<${Side} title="Trusted People" state=${side(d.drift.trusted_people)} cert=${d.drift.trusted_people ? d.bound : null}><p class="small dim">the public copy</p></${Side}>
					<${Side} title="OfcIPCer.dat" help="ipcer" state=${side(d.drift.ipcer === d.drift.bound)} cert=${d.published} sha256=${d.drift.ipcer}><p class="small dim">number ${d.ipcer.number ?? '–'}, in</p><p class="small path">${d.ipcer.path ?? ''}</p></${Side}></div>
				${d.ipcer.next && html`<${Next} next=${d.ipcer.next} binding=${d.binding} may=${may} onDone=${all.reload} />`}
				<section class="card flush"><header><h2>What agents were given</h2></header>${d.ipcer.numbers?.length ? html`<${Table} caption="Earlier contents of OfcIPCer.dat" rows=${d.ipcer.numbers} id=${(/** @type {any} */ n) => String(n.number)} columns=${[
					{ key: 'number', label: 'Number', head: true, cell: (/** @type {any} */ n) => n.number }, { key: 'sha', label: 'Certificate', cell: (/** @type {any} */ n) => html`<a href=${`#/certificates/${n.sha256}`}><${ShortPrint} hex=${n.sha256} /></a>` }, { key: 'why', label: 'Because', cell: (/** @type {any} */ n) => REASON[/** @type {keyof typeof REASON} */ (n.reason)] ?? n.reason }, { key: 'at', label: 'When', cell: (/** @type {any} */ n) => html`<${Time} at=${n.created} full />` }]} />` : html`<${Empty} icon="clock" title="Nothing yet">The first bind publishes the first one.</${Empty}>`}</section></div>`; }}</${Resource}>
		${dialog === 'file' && html`<${Publish} binding=${all.data?.binding} onClose=${() => setDialog('')} onDone=${all.reload} />`}
		${dialog === 'again' && html`<${Confirm} title="Publish the bound certificate?" submit="Publish" danger=${false} onClose=${() => setDialog('')} onSubmit=${async () => { await agents.publish(null); toast('OfcIPCer.dat is the bound certificate'); all.reload(); }}>OfcIPCer.dat becomes the certificate that the agents’ binding shows.</${Confirm}>`}`;
}
