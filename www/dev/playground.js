// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Every component in its four states: loading, empty, error, full. The samples are made up; nothing here talks to a console.
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
import { FilesDrop } from '../js/components/filesdrop.js';
import { CopyButton, Fingerprint, ShortPrint } from '../js/components/fingerprint.js';
import { Help } from '../js/components/help.js';
import { Pages } from '../js/components/pages.js';
import { ShareBar, Shares } from '../js/components/shares.js';
import { Empty, Loading, Note, Problem, Resource } from '../js/components/states.js';
import { Table } from '../js/components/table.js';
import { Tabs } from '../js/components/tabs.js';
import { Timer } from '../js/components/timer.js';
import { WizardSteps } from '../js/components/wizard.js';
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
const STATES = ['loading', 'empty', 'error', 'full'];
const States = ({ render: one }) => html`<div class="cols">${STATES.map((s) => html`<div class="card" key=${s}><header><h3>${s}</h3></header>${one(s)}</div>`)}</div>`;
/** A component that shows what was fetched, in the four states that fetching has. */
const Fetched = ({ title, what, empty, full }) => html`<${Show} title=${title}><${States} render=${(/** @type {string} */ s) => html`<${Resource}
	of=${s === 'loading' ? of('loading') : s === 'error' ? of('error', { error: problem }) : of('full', { data: s === 'empty' ? [] : [1] })} what=${what} empty=${(/** @type {any} */ d) => !d.length && empty}>${() => full}</${Resource}>`} /></${Show}>`;
const none = (/** @type {any} */ icon, /** @type {string} */ title, /** @type {string} */ text) => html`<${Empty} icon=${icon} title=${title}>${text}</${Empty}>`;
const huge = new File([new Uint8Array(4)], 'holiday.pfx');
const share = (/** @type {number[]} */ n) => ['held', 'misplaced', 'missing', 'not reported'].map((label, i) => ({ key: label, label, n: n[i], kind: /** @type {any} */ (['ok', 'warn', 'bad', ''])[i], icon: ['check', 'move', 'x', 'ask'][i] }));
const steps = ['Certificates', 'Stores', 'Done'];
/** A control in the states that controls have: at work, not filled, wrong, filled. @type {Record<string, Record<string, any>>} */
const CONTROLS = {
	Button: { loading: html`<${Button} busy>Saving</${Button}>`, empty: html`<${Button} disabled>Nothing to save</${Button}>`, error: html`<${Button} kind="danger" icon="trash">Remove</${Button}>`, full: html`<div class="row"><${Button} icon="check">Save</${Button}><${Button} kind="quiet" icon="download">Quiet</${Button}><${Button} kind="plain">Plain</${Button}><${Button} small kind="quiet">Small</${Button}><${LinkButton} href="#x" icon="next">A link</${LinkButton}></div>` },
	Field: { loading: html`<${Field} label="Host name" value="…" onInput=${() => {}} disabled />`, empty: html`<${Field} label="Host name" value="" placeholder="console.example.org" hint="Empty: every name" onInput=${() => {}} />`, error: html`<${Field} label="Port" value="99999" error="A port is a number from 1 to 65535." onInput=${() => {}} />`, full: html`<${Field} label="Host name" value="console.example.org" help="sni" onInput=${() => {}} />` },
	Choices: { loading: html`<${Choices} legend="Client certificates" value="" disabled options=${[{ value: 'a', label: 'Accept' }]} onChange=${() => {}} />`, empty: html`<${Choices} legend="Client certificates" value="" options=${[{ value: 'a', label: 'Accept', hint: 'Taken when sent.' }]} onChange=${() => {}} />`, error: html`<${Choices} legend="Client certificates" value="r" options=${[{ value: 'r', label: 'Require', hint: 'Not here.', disabled: true }]} onChange=${() => {}} />`, full: html`<${Choices} legend="Client certificates" value="a" options=${[{ value: 'a', label: 'Accept', hint: 'Taken when sent.' }]} onChange=${() => {}} />` },
	Check: { loading: html`<${Check} label="The key may be exported" checked=${false} disabled onChange=${() => {}} />`, empty: html`<${Check} label="The key may be exported" checked=${false} onChange=${() => {}} />`, error: html`<${Check} label="The key may be exported" checked disabled hint="This key cannot leave." onChange=${() => {}} />`, full: html`<${Check} label="The key may be exported" help="exportable" checked onChange=${() => {}} />` },
	FileDrop: { loading: html`<${FileDrop} label="File at work" kinds="PFX" file=${huge} onFile=${() => {}} /><${Loading} what="Looking at the file" />`, empty: html`<${FileDrop} label="No file yet" kinds="PFX, PEM, DER, P7B" file=${null} onFile=${() => {}} />`, error: html`<${FileDrop} label="Wrong file" kinds="PFX" file=${huge} onFile=${() => {}} /><${Problem} error=${problem} />`, full: html`<${FileDrop} label="File taken" kinds="PFX" file=${huge} onFile=${() => {}} />` },
	FilesDrop: { loading: html`<${FilesDrop} label="Files at work" kinds="Certificates" nothing="" files=${[huge, huge]} onFiles=${() => {}} /><${Loading} what="Looking at the files" />`, empty: html`<${FilesDrop} label="No files yet" kinds="Certificates, PEM, P7B, ZIP" nothing="" files=${[]} onFiles=${() => {}} />`, error: html`<${FilesDrop} label="Wrong files" kinds="Certificates" nothing="" files=${[huge]} onFiles=${() => {}} /><${Problem} error=${problem} />`, full: html`<${FilesDrop} label="Files taken" kinds="Certificates" nothing="" files=${[huge, huge, huge]} onFiles=${() => {}} />` },
	WizardSteps: { loading: html`<${WizardSteps} label="At the start" steps=${steps} at=${0} />`, empty: html`<${WizardSteps} label="No steps" steps=${[]} at=${0} />`, error: html`<${WizardSteps} label="In the middle" steps=${steps} at=${1} /><${Problem} error=${problem} />`, full: html`<${WizardSteps} label="At the end" steps=${steps} at=${2} />` },
	Shares: { loading: html`<${Loading} what="The parts" />`, empty: html`<${Shares} label="None" parts=${share([0, 0, 0, 0])} />`, error: html`<${Shares} label="All missing" parts=${share([0, 0, 12, 0])} />`, full: html`<div class="stack tight"><${ShareBar} label="The bar alone" parts=${share([900, 9, 287, 6])} /><${Shares} label="As filter" picked="missing" onPick=${() => {}} parts=${share([900, 9, 287, 6])} /></div>` },
	Pages: { loading: html`<${Pages} what="agent" of=${{ total: 1204, next_page_token: 'x' }} pages=${[]} onPages=${() => {}} />`, empty: html`<${Pages} what="agent" of=${{ total: 0 }} pages=${[]} onPages=${() => {}} />`, error: html`<${Problem} error=${problem} />`, full: html`<${Pages} what="agent" of=${{ total: 1204, next_page_token: 'x' }} pages=${['a', 'b']} onPages=${() => {}} />` },
	Tag: { loading: html`<${Tag} icon="spin">Looking</${Tag}>`, empty: html`<${Tag}>None</${Tag}>`, error: html`<${Tag} kind="bad" icon="x">Expired</${Tag}>`, full: html`<div class="row"><${Tag} kind="ok" icon="check">Valid</${Tag}><${Tag} kind="warn" icon="clock">Soon</${Tag}><${Tag} kind="info" icon="key">Key</${Tag}>${['staged', 'committed', 'confirmed', 'reverted', 'aborted'].map((s) => html`<${ChangeTag} key=${s} state=${s} />`)}${['pass', 'warn', 'fail'].map((v) => html`<span key=${v}><${VerdictIcon} verdict=${v} /></span>`)}</div>` },
	Note: { loading: html`<${Loading} what="Loading" />`, empty: html`<${Note} title="Good to know">Nothing has to be done.</${Note}>`, error: html`<${Problem} error=${problem} retry=${() => {}} />`, full: html`<div class="stack tight"><${Note} kind="ok" title="Done">It worked.</${Note}><${Note} kind="warn" title="Careful" actions=${html`<${Button} small>Do it</${Button}>`}>This has a consequence.</${Note}></div>` },
	Timer: { loading: html`<${Loading} what="The countdown" />`, empty: html`<${Timer} left=${0} of=${120} label="The time is over" />`, error: html`<${Timer} left=${9} of=${120} label="the last seconds" />`, full: html`<${Timer} left=${83} of=${120} label="until it returns by itself" />` },
	Help: { loading: html`<span>Term <${Help} term="sni" about="SNI, loading" /></span>`, empty: html`<span>Term <${Help} term="drift" about="drift, empty" /></span>`, error: html`<span>Term <${Help} term="403.16" about="403.16, wrong" /></span>`, full: html`<span>Term <${Help} term="issuer-store" about="issuer store, full" /></span>` },
	Fingerprint: { loading: html`<${Loading} what="The fingerprint" />`, empty: html`<${Fingerprint} hex="" what="fingerprint" />`, error: html`<${Fingerprint} hex=${print.slice(0, 12)} what="cut fingerprint" />`, full: html`<div class="stack tight"><${Fingerprint} hex=${print} what="thumbprint" /><${ShortPrint} hex=${print} /><${CopyButton} text="x" what="text" small=${false}>Copy</${CopyButton}></div>` },
};

function Dialogs() {
	const [open, set] = useState('');
	const close = () => set('');
	return html`<${States} render=${(/** @type {string} */ s) => html`<div class="row"><${Button} kind="quiet" onClick=${() => set(s)}>A dialog: ${s}</${Button}>${s === 'full' && html`<${Button} kind="quiet" onClick=${() => toast('Moved to Intermediate Authorities', { undo: async () => {} })}>A toast with undo</${Button}>`}</div>`} />
		${open === 'loading' && html`<${Dialog} title="Import" busy onClose=${close} onSubmit=${async () => {}} submit="Importing"><${Loading} what="The preview" /></${Dialog}>`}
		${open === 'empty' && html`<${Dialog} title="New store" about="To be named as an issuer store." disabled onClose=${close} onSubmit=${async () => close()} submit="Make it"><${Field} label="Name" value="" onInput=${() => {}} autofocus /></${Dialog}>`}
		${open === 'error' && html`<${Dialog} title="Import" error=${problem} onClose=${close} onSubmit=${async () => { throw problem; }} submit="Import"><${Field} label="Password of the file" type="password" value="wrong" onInput=${() => {}} /></${Dialog}>`}
		${open === 'full' && html`<${Confirm} title="Remove console.example.org?" submit="Remove" onClose=${close} onSubmit=${async () => {}}>Nothing relies on it. It can be brought back for 30 days.</${Confirm}>`}`;
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
		${Object.entries(CONTROLS).map(([name, states]) => html`<${Show} key=${name} title=${name}><${States} render=${(/** @type {string} */ s) => states[s]} /></${Show}>`)}
		<${Show} title="Dialog"><${Dialogs} /></${Show}>
		<${Fetched} title="Checks" what="The checks" empty=${none('check', 'Nothing was checked', 'Choose a certificate first.')} full=${html`<div class="stack tight"><h4>${checksSaid(checks)}</h4><${CheckList} checks=${checks} /></div>`} />
		<${Fetched} title="Chain" what="The chain" empty=${none('cert', 'No chain', 'It stands alone.')} full=${html`<div class="stack tight"><${Chain} links=${links} /><${Chain} links=${[links[0], { ...links[1], verdict: 'expired', reason: 'chain.expired', detail: 'It ended 35 days ago.' }]} complete=${false} /></div>`} />
		<${Fetched} title="Life" what="The certificates" empty=${none('clock', 'Nothing bound', 'No life to show.')} full=${html`<div class="stack tight">${certs.map((c) => html`<div key=${c.sha256}><div class="row"><strong class="wrap">${c.name}</strong><${ValidityTag} of=${c} /></div><${LifeBar} of=${c} /></div>`)}</div>`} />
		<${Fetched} title="Facts" what="The facts" empty=${none('info', 'Nothing is known', 'It sent nothing.')} full=${html`<${Facts} of=${[['Thumbprint', html`<${ShortPrint} hex=${print} />`, 'thumbprint'], ['Serial number', '01 AB'], ['Left out', ''], ['When', html`<${Time} at=${at(-1)} rel />`]]} />`} />
		<${Fetched} title="Difference" what="The difference" empty=${html`<${Diff} before=${{ a: 1 }} after=${{ a: 1 }} />`} full=${html`<${Diff} before=${{ certificate: 'old', client_certs: 'ignore' }} after=${{ certificate: 'new', client_certs: 'ignore' }} />`} />
		<${Fetched} title="Tabs" what="The parts" empty=${none('file', 'No parts', 'There is one only.')} full=${html`<${Tabs} label="Parts" value=${tab} onChange=${setTab} tabs=${[{ key: 'one', label: 'General' }, { key: 'two', label: 'Chain' }, { key: 'three', label: 'PEM' }]}>Part ${tab}</${Tabs}>`} />
		<${Toasts} /></main>`;
}

render(html`<${Playground} />`, /** @type {HTMLElement} */ (document.getElementById('app')));
