// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// An IIS server's own evidence: its log, exported certificates and settings, looked at apart from this console's stores.
import { html, useState } from '../../lib/html.js';
import { useAction, useClients } from '../../lib/hooks.js';
import { bytes, plural } from '../../lib/format.js';
import { TRUST_MODES } from '../../lib/help.js';
import { asBase64, asText, win32Hex } from '../../clients/trust.js';
import { Tag } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { Facts } from '../../components/facts.js';
import { Field } from '../../components/field.js';
import { FileDrop } from '../../components/filedrop.js';
import { Empty, Note, Problem } from '../../components/states.js';
import { VerdictCard } from './verdict.js';

const LOG_MAX = 8 << 20; // what one request takes; the command line reads logs of any size
const STORES = ['Root', 'AuthRoot', 'CA', 'ClientAuthIssuer', 'Disallowed', 'TrustedPeople', 'WebHosting'];
const count = (/** @type {number} */ n) => n.toLocaleString('en-GB');

function Certificates({ files, onFiles }) {
	const [store, setStore] = useState('Root');
	const [other, setOther] = useState('');
	const named = store === '' ? other.trim() : store;
	return html`<section class="card"><header><h2>Certificates and their stores</h2></header><div class="stack">
		${files.length > 0 && html`<ul class="plain" aria-label="Certificate files">${files.map((/** @type {any} */ f, /** @type {number} */ i) => html`<li key=${i} class="row spread"><span class="wrap"><${Tag}>${f.store === 'client' ? 'a client' : f.store}</${Tag}> ${f.file.name}</span><${Button} kind="danger quiet" small icon="trash" label=${`Leave out ${f.file.name}`} onClick=${() => onFiles(files.filter((/** @type {any} */ x) => x !== f))} /></li>`)}</ul>`}
		<${Field} label="Exported from" value=${store} onInput=${setStore} options=${[...STORES.map((s) => ({ value: s, label: s })), { value: '', label: 'Another store …' }, { value: 'client', label: 'Not from a store: a client’s own certificate' }]} />
		${store === '' && html`<${Field} label="Name of the store" value=${other} onInput=${setOther} hint="For a store that the binding names (sslctlstorename)." />`}
		<${FileDrop} label="Certificate file" kinds=".cer, .p7b or .pfx" file=${null} onFile=${(/** @type {any} */ file) => file && named && onFiles([...files, { store: named, file }])} /></div></section>`;
}

const Cause = ({ c }) => html`<li class="said"><div class="row"><${Tag} kind=${c.shown ? 'bad' : 'warn'} icon=${c.shown ? 'bad' : 'ask'}>${c.shown ? 'Shown' : 'Possible'}</${Tag}><strong>${c.title}</strong></div><p class="small wrap said-of">${c.evidence}</p></li>`;

function Refusal({ r }) {
	const status = `${r.status}${r.substatus === null ? '' : `.${r.substatus}`}`;
	return html`<section class="card flush" aria-label=${`${status}, ${count(r.count)} times`}><header><h2>${status} <span class="num dim">${r.win32 ?? ''}</span></h2><${Tag} kind="bad">${count(r.count)} ${r.count === 1 ? 'time' : 'times'}</${Tag}></header>
		<p class="pad small dim">${r.win32 !== null && html`<code>${win32Hex(r.win32)}</code> `}${r.name ?? ''}${r.first && html` · from ${r.first} to ${r.last} UTC`}${r.clients.length > 0 && html` · ${r.clients.join(', ')}`}</p>
		${r.causes.length ? html`<ul class="plain">${r.causes.map((/** @type {any} */ c) => html`<${Cause} key=${c.id} c=${c} />`)}</ul>` : html`<p class="pad dim">Not about client certificates.</p>`}</section>`;
}

function Found({ d }) {
	const s = d.settings;
	return html`<div class="stack" aria-live="polite"><section class="card"><header><h2>What was read</h2></header><${Facts} of=${[
		['Trust mode', `${s.mode}: ${TRUST_MODES[s.mode]?.name ?? ''} (${s.mode_from === 'reg' ? 'from the .reg file' : s.mode_from === 'given' ? 'as given' : 'Windows’ default'})`],
		['Issuer list', `from ${s.issuer_list_source}, ${bytes(s.issuer_list_bytes)}, ${s.send_trusted_issuer_list ? 'sent' : 'not sent'}`],
		...d.stores.map((/** @type {any} */ x) => [x.store, `${plural(x.members, 'certificate')}${x.store === 'Root' && x.not_self_signed ? `, ${x.not_self_signed} of them not self-signed` : ''}`]),
		...(d.log ? [['Log', `${count(d.log.requests)} requests in ${count(d.log.lines)} lines${d.log.first ? `, ${d.log.first} to ${d.log.last} UTC` : ''}`]] : [])]} />
		${d.log && d.log.malformed + d.log.without_fields > 0 && html`<${Note} kind="warn">${plural(d.log.malformed, 'line')} did not fit the columns, ${count(d.log.without_fields)} came before any #Fields line: not counted.</${Note}>`}${d.log?.truncated && html`<${Note} kind="info">The last line is cut off.</${Note}>`}${s.notes.map((/** @type {string} */ n) => html`<${Note} key=${n} kind="warn">${n}</${Note}>`)}</section>
		${d.log && !d.refusals.length && html`<${Empty} icon="ok" title="No refusal in this log">Nobody was turned away in the lines that were read.</${Empty}>`}${d.refusals.map((/** @type {any} */ r) => html`<${Refusal} key=${`${r.status}.${r.substatus}.${r.win32}`} r=${r} />`)}
		${d.clients.map((/** @type {any} */ c) => html`<section key=${c.sha256} aria-label=${c.subject}><h2 class="wrap">${c.subject}</h2><div class="cols">${c.modes.map((/** @type {any} */ v) => html`<${VerdictCard} key=${v.mode} verdict=${v} title=${`Mode ${v.mode}: ${TRUST_MODES[v.mode]?.name}`} />`)}</div></section>`)}</div>`;
}

export function View() {
	const { trust } = useClients();
	const [log, setLog] = useState(/** @type {File|null} */ (null));
	const [reg, setReg] = useState(/** @type {File|null} */ (null));
	const [files, setFiles] = useState(/** @type {any[]} */ ([]));
	const [o, set] = useState({ mode: '', send: '', store: '', password: '' });
	const put = (/** @type {any} */ part) => set((/** @type {any} */ old) => ({ ...old, ...part }));
	const [found, setFound] = useState(/** @type {any} */ (null));
	const look = useAction(async () => setFound(await trust.evidence({
		...(log ? { log: await log.text() } : {}), ...(reg ? { reg: await asBase64(reg) } : {}), ...(o.mode ? { mode: Number(o.mode) } : {}), ...(o.send ? { send_trusted_issuer_list: o.send === 'on' } : {}),
		...(o.store.trim() ? { issuer_store: o.store.trim() } : {}), ...(o.password ? { password: o.password } : {}), certificates: await Promise.all(files.map(async (f) => ({ store: f.store, file: await asText(f.file) }))) })));
	return html`<header><div><h1>Evidence of an IIS server</h1><p>Its log, its certificates and its settings, looked at apart: nothing is kept, and no store of this console is touched.</p></div></header>
		<div class="stack"><div class="cols"><section class="card"><header><h2>Log</h2></header><${FileDrop} label="Log of IIS" kinds="W3C extended, u_exYYMMDD.log" file=${log} onFile=${setLog} maxBytes=${LOG_MAX} paste=${false} /><p class="small dim">Larger logs: <code>certbinder trust evidence u_ex*.log</code></p></section>
			<${Certificates} files=${files} onFiles=${setFiles} />
			<section class="card"><header><h2>Schannel’s settings</h2></header><div class="stack"><${FileDrop} label="Registry export" kinds=".reg of SecurityProviders\\SCHANNEL" accept=".reg" file=${reg} onFile=${setReg} paste=${false} />
				<${Field} label="ClientAuthTrustMode" value=${o.mode} onInput=${(/** @type {string} */ v) => put({ mode: v })} options=${[{ value: '', label: 'From the .reg file, else 0' }, ...TRUST_MODES.map((m) => ({ value: String(m.mode), label: `${m.mode}: ${m.name}` }))]} /><${Field} label="SendTrustedIssuerList" value=${o.send} onInput=${(/** @type {string} */ v) => put({ send: v })} options=${[{ value: '', label: 'From the .reg file, else off' }, { value: 'on', label: 'On' }, { value: 'off', label: 'Off' }]} />
				<${Field} label="Issuer store of the binding" value=${o.store} onInput=${(/** @type {string} */ v) => put({ store: v })} hint="sslctlstorename, if netsh shows one." />${files.some((f) => /\.(pfx|p12)$/i.test(f.file.name)) && html`<${Field} label="Password of the .pfx files" type="password" value=${o.password} onInput=${(/** @type {string} */ v) => put({ password: v })} autocomplete="off" />`}</div></section></div>
			<div><${Button} icon="search" busy=${look.busy} disabled=${!log && !files.length && !reg} onClick=${() => look.run()}>Look at it</${Button}></div><${Problem} error=${look.error} />${found && html`<${Found} d=${found} />`}</div>`;
}
