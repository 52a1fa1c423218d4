// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Every component in every state. The samples are made up; nothing here talks to a console.
import { ApiError } from '../js/api.js';
import { ChangeTag, LifeBar, Tag, Time, ValidityTag, VerdictIcon } from '../js/components/badge.js';
import { Button, LinkButton } from '../js/components/button.js';
import { Chain } from '../js/components/chain.js';
import { Chart } from '../js/components/chart.js';
import { CheckList, checksSaid } from '../js/components/checklist.js';
import { Confirm, Dialog } from '../js/components/dialog.js';
import { Diff, Facts } from '../js/components/facts.js';
import { Check, Choices, Field } from '../js/components/field.js';
import { FileDrop } from '../js/components/filedrop.js';
import { CopyButton, Fingerprint, ShortPrint } from '../js/components/fingerprint.js';
import { Help } from '../js/components/help.js';
import { Empty, Loading, Note, Problem, Resource } from '../js/components/states.js';
import { Table } from '../js/components/table.js';
import { Tabs } from '../js/components/tabs.js';
import { Timer } from '../js/components/timer.js';
import { toast, Toasts } from '../js/components/toast.js';
import { html, render, useState } from '../js/lib/html.js';
import { setTheme, theme } from '../js/lib/prefs.js';
import { useStore } from '../js/lib/hooks.js';

const DAY = 86400000, now = Date.now(), at = (/** @type {number} */ d) => new Date(now + d * DAY).toISOString();
const print = '3F9A0C77D1E24B58A6C0912FBB7D45E8930A1C6E';
const certs = [
	{ sha256: 'a'.repeat(64), thumbprint: print, subject: 'CN=console.example.org,O=Example', issuer: 'CN=Example Issuing CA', not_before: at(-200), not_after: at(165), name: 'console.example.org' },
	{ sha256: 'b'.repeat(64), thumbprint: print, subject: 'CN=old.example.org', issuer: 'CN=Example Issuing CA', not_before: at(-350), not_after: at(12), name: 'old.example.org' },
	{ sha256: 'c'.repeat(64), thumbprint: print, subject: 'CN=<img src=x onerror=alert(1)>', issuer: 'CN=Somebody', not_before: at(-400), not_after: at(-35), name: '<img src=x onerror=alert(1)>' },
	{ sha256: 'd'.repeat(64), thumbprint: print, subject: 'CN=next.example.org', issuer: 'CN=Example Issuing CA', not_before: at(5), not_after: at(370), name: 'next.example.org' },
];
const checks = [
	{ id: 'key.mismatch', verdict: 'pass', evidence: 'The public keys are the same.', remedy: null }, { id: 'name.no_match', verdict: 'fail', evidence: 'console.example.org is none of: old.example.org', remedy: 'Request a certificate that holds console.example.org.', overridable: true },
	{ id: 'validity.soon', verdict: 'warn', evidence: 'It ends in 12 days.', remedy: 'Renew it.' }, { id: 'chain.not_loadable', verdict: 'fail', evidence: 'The TLS library refuses the key.', remedy: 'Use a P-256 or RSA key.', overridable: false },
	{ id: 'eku.no_server_auth', verdict: 'pass', evidence: 'serverAuth', remedy: null }, { id: 'validity.expired', verdict: 'pass', evidence: 'until next year', remedy: null }, { id: 'chain.incomplete', verdict: 'pass', evidence: 'three links', remedy: null }];
const problem = new ApiError({ title: 'The password does not open the file', detail: 'The integrity check of the file fails under this password.', code: 'pfx.wrong_password', trace_id: '7f3a2c', remedies: [{ text: 'Use the password that was set when the file was exported.' }] }, 422);
const links = [
	{ sha256: 'a'.repeat(64), subject: 'CN=console.example.org', store: 'My', verdict: 'ok', not_after: at(165) }, { sha256: 'b'.repeat(64), subject: 'CN=Example Issuing CA', store: 'CA', verdict: 'ok', not_after: at(900) }, { sha256: 'c'.repeat(64), subject: 'CN=Example Root', store: 'Root', verdict: 'ok', not_after: at(3000) }];
const columns = [
	{ key: 'name', label: 'Name', head: true, sort: (/** @type {any} */ c) => c.name, cell: (/** @type {any} */ c) => html`<a class="wrap" href="#x">${c.name}</a>` }, { key: 'until', label: 'Until', sort: (/** @type {any} */ c) => Date.parse(c.not_after), cell: (/** @type {any} */ c) => html`<span class="row"><${Time} at=${c.not_after} /><${ValidityTag} of=${c} /></span>` }, { key: 'print', label: 'Thumbprint', cell: (/** @type {any} */ c) => html`<${ShortPrint} hex=${c.thumbprint} />` }];
const of = (/** @type {string} */ state, /** @type {any} */ more = {}) => ({ state, reload() {}, ...more });
const hours = [...Array(48)].map((_, i) => now / 1000 - (48 - i) * 1800);

const Show = ({ title, children }) => html`<section class="stack" aria-label=${title}><h2>${title}</h2>${children}</section>`;
const States = ({ render: one }) => html`<div class="cols">${['loading', 'empty', 'error', 'full'].map((s) => html`<div class="card flush" key=${s}><header><h3>${s}</h3></header>${one(s)}</div>`)}</div>`;

function Fields() {
	const [v, set] = useState(/** @type {any} */ ({ host: 'console.example.org', port: '99999', pass: 'secret', pem: '', store: 'My', sni: true, client: 'accept' }));
	const put = (/** @type {any} */ p) => set((/** @type {any} */ o) => ({ ...o, ...p }));
	return html`<div class="card"><div class="stack"><div class="grid2"><${Field} label="Host name" value=${v.host} onInput=${(/** @type {any} */ x) => put({ host: x })} help="sni" hint="Empty: every name" /><${Field} label="Port" value=${v.port} onInput=${(/** @type {any} */ x) => put({ port: x })} error="A port is a number from 1 to 65535." />
		<${Field} label="Password" type="password" value=${v.pass} onInput=${(/** @type {any} */ x) => put({ pass: x })} /><${Field} label="Store" value=${v.store} onInput=${(/** @type {any} */ x) => put({ store: x })} options=${[{ value: 'My', label: 'Personal' }, { value: 'Root', label: 'Trusted Root Authorities' }]} /></div>
		<${Field} label="PEM" rows=${3} class="pem" value=${v.pem} onInput=${(/** @type {any} */ x) => put({ pem: x })} /><${Check} label="The key may be exported" help="exportable" hint="Off: it never leaves." checked=${v.sni} onChange=${(/** @type {any} */ x) => put({ sni: x })} />
		<${Choices} legend="Client certificates" help="client-certificates" value=${v.client} onChange=${(/** @type {any} */ x) => put({ client: x })} options=${[{ value: 'ignore', label: 'Ignore', hint: 'Nobody is asked.' }, { value: 'accept', label: 'Accept', hint: 'Taken when sent.' }, { value: 'require', label: 'Require', hint: 'Not here.', disabled: true }]} /></div></div>`;
}

function Dialogs() {
	const [open, set] = useState('');
	const [file, setFile] = useState(/** @type {any} */ (null));
	return html`<div class="row"><${Button} onClick=${() => set('form')}>A form</${Button}><${Button} kind="quiet" onClick=${() => set('fail')}>One that fails</${Button}><${Button} kind="danger quiet" onClick=${() => set('ask')}>A question</${Button}><${Button} kind="quiet" onClick=${() => toast('Moved to Intermediate Authorities', { undo: async () => {} })}>A toast with undo</${Button}></div>
		<${FileDrop} label="Certificate file" kinds="PFX, PEM, DER, P7B" file=${file} onFile=${setFile} />
		${open === 'form' && html`<${Dialog} title="New store" about="To be named as an issuer store." onClose=${() => set('')} onSubmit=${async () => set('')} submit="Make it"><${Field} label="Name" value="" onInput=${() => {}} autofocus /></${Dialog}>`}
		${open === 'fail' && html`<${Dialog} title="Import" onClose=${() => set('')} onSubmit=${async () => { throw problem; }} submit="Import"><${Field} label="Password of the file" type="password" value="wrong" onInput=${() => {}} /></${Dialog}>`}
		${open === 'ask' && html`<${Confirm} title="Remove console.example.org?" submit="Remove" onClose=${() => set('')} onSubmit=${async () => {}}>Nothing relies on it. It can be brought back for 30 days.</${Confirm}>`}`;
}

function Playground() {
	const [tab, setTab] = useState('one');
	const chosen = useStore(theme);
	const table = (/** @type {any[]} */ rows) => html`<${Table} caption="Certificates" columns=${columns} rows=${rows} id=${(/** @type {any} */ c) => c.sha256} sortBy="name" />`;
	const nothing = (/** @type {any} */ d) => !d.length && html`<${Empty} icon="cert" title="No certificates yet" actions=${html`<${Button} icon="upload">Import one</${Button}>`}>Bring a PFX, PEM, DER or P7B file.</${Empty}>`;
	const sample = { loading: of('loading'), empty: of('full', { data: [] }), error: of('error', { error: problem }), full: of('full', { data: certs }) };
	const curve = (/** @type {string} */ s) => html`<${Resource} of=${{ ...sample, full: of('full', { data: [1] }) }[s]} what="Traffic" empty=${(/** @type {any} */ d) => !d.length && html`<${Empty} icon="activity" title="Too early for a curve">Come back later.</${Empty}>`}>${() => html`<${Chart} title="Requests and refusals" theme=${chosen} times=${hours} series=${[{ label: 'Requests', values: hours.map((_, i) => Math.round(40 + 30 * Math.sin(i / 5))), color: '--accent' }, { label: 'Refusals', values: hours.map((_, i) => (i % 11 === 0 ? 9 : 0)), color: '--bad' }]} />`}</${Resource}>`;
	return html`<main class="view stack"><header><div><h1>Playground</h1><p>Every component in every state.</p></div><div class="segmented" role="group" aria-label="Look">${['auto', 'light', 'dark'].map((t) => html`<button type="button" key=${t} aria-pressed=${chosen === t ? 'true' : 'false'} onClick=${() => setTheme(/** @type {any} */ (t))}>${t}</button>`)}</div></header>
		<${Show} title="Table"><${States} render=${(/** @type {keyof typeof sample} */ s) => html`<${Resource} of=${sample[s]} what="Certificates" empty=${nothing}>${table}</${Resource}>`} /></${Show}>
		<${Show} title="Chart"><${States} render=${curve} /></${Show}>
		<${Show} title="Buttons"><div class="row"><${Button} icon="check">Main</${Button}><${Button} kind="quiet" icon="download">Quiet</${Button}><${Button} kind="plain">Plain</${Button}><${Button} kind="danger" icon="trash">Danger</${Button}><${Button} kind="danger quiet">Danger, quiet</${Button}><${Button} busy>Busy</${Button}><${Button} disabled>Disabled</${Button}><${Button} small kind="quiet">Small</${Button}><${Button} kind="quiet" icon="trash" label="Remove" /><${LinkButton} href="#x" icon="next">A link</${LinkButton}><${Button} onClick=${() => new Promise((r) => setTimeout(r, 1500))}>Two seconds of work</${Button}></div></${Show}>
		<${Show} title="Marks"><div class="row"><${Tag}>Plain</${Tag}><${Tag} kind="ok" icon="check">Good</${Tag}><${Tag} kind="warn" icon="clock">Soon</${Tag}><${Tag} kind="bad" icon="x">Bad</${Tag}><${Tag} kind="info" icon="key">Key</${Tag}>${['staged', 'committed', 'confirmed', 'reverted', 'aborted'].map((s) => html`<${ChangeTag} key=${s} state=${s} />`)}${['pass', 'warn', 'fail'].map((v) => html`<span key=${v}><${VerdictIcon} verdict=${v} /></span>`)}<${Help} term="sni" about="SNI" /></div>
			<div class="cols">${certs.map((c) => html`<div class="card" key=${c.sha256}><div class="row"><strong class="wrap">${c.name}</strong><${ValidityTag} of=${c} /></div><${LifeBar} of=${c} /></div>`)}</div></${Show}>
		<${Show} title="Notes"><${Note} title="Good to know">A note of information.</${Note}><${Note} kind="ok" title="Done">It worked.</${Note}><${Note} kind="warn" title="Careful" actions=${html`<${Button} small>Do it</${Button}>`}>This has a consequence.</${Note}><${Problem} error=${problem} retry=${() => {}} /><div class="card flush"><${Loading} what="Loading" /></div></${Show}>
		<${Show} title="Fields"><${Fields} /></${Show}><${Show} title="Dialogs, toast, file"><${Dialogs} /></${Show}>
		<${Show} title="Checks"><div class="cols"><div class="stack tight"><h3>${checksSaid(checks)}</h3><${CheckList} checks=${checks} /></div><div class="stack tight"><h3>${checksSaid([])}</h3><${CheckList} checks=${checks.filter((c) => c.verdict === 'pass')} /></div></div></${Show}>
		<${Show} title="Chain"><div class="cols"><div class="card"><${Chain} links=${links} /></div><div class="card"><${Chain} links=${[links[0], { ...links[1], verdict: 'expired', reason: 'chain.expired', detail: 'It ended 35 days ago.' }]} complete=${false} /></div></div></${Show}>
		<${Show} title="Facts, difference, fingerprint"><div class="cols"><div class="card"><${Facts} of=${[['Thumbprint', html`<${Fingerprint} hex=${print} what="thumbprint" />`, 'thumbprint'], ['Serial number', '01 AB'], ['Left out', '']]} /><${CopyButton} text="x" what="text" small=${false}>Copy</${CopyButton}></div><div class="card"><${Diff} before=${{ certificate: 'old', client_certs: 'ignore' }} after=${{ certificate: 'new', client_certs: 'ignore' }} /></div></div></${Show}>
		<${Show} title="Tabs and timer"><div class="cols"><div class="card"><${Tabs} label="Parts" value=${tab} onChange=${setTab} tabs=${[{ key: 'one', label: 'General' }, { key: 'two', label: 'Chain' }, { key: 'three', label: 'PEM' }]}>Part ${tab}</${Tabs}></div><div class="card row"><${Timer} left=${83} of=${120} label="until it returns by itself" /><${Timer} left=${9} of=${120} label="the last seconds" /></div></div></${Show}>
		<${Toasts} /></main>`;
}

render(html`<${Playground} />`, /** @type {HTMLElement} */ (document.getElementById('app')));
