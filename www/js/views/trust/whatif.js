// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// What if: a chain from a file or a refusal under modes 0, 1 and 2 side by side, also against a draft of the stores.
import { html, useState } from '../../lib/html.js';
import { useAction, useClients, useResource } from '../../lib/hooks.js';
import { bindingName, commonName } from '../../lib/format.js';
import { storeLabel, STORES, TRUST_MODES } from '../../lib/help.js';
import { asText } from '../../clients/trust.js';
import { Tag } from '../../components/badge.js';
import { Button, LinkButton } from '../../components/button.js';
import { Field } from '../../components/field.js';
import { FileDrop } from '../../components/filedrop.js';
import { Loading, Problem, Resource } from '../../components/states.js';
import { VerdictCard } from './verdict.js';

const DECIDING = ['Root', 'CA', 'ClientAuthIssuer', 'Disallowed'];
const words = (/** @type {any} */ s) => `${s.action === 'add' ? 'Put' : 'Take'} ${s.what} ${s.action === 'add' ? 'into' : 'out of'} ${storeLabel(s.store)}`;

function Members({ store, value, onInput }) {
	const { certs } = useClients();
	const list = useResource((s) => certs.list({ store, limit: 500 }, s), [store]);
	return html`<${Field} label="Certificate" value=${value} onInput=${onInput} options=${[{ value: '', label: list.data ? 'Choose one' : 'Loading …' }, ...(list.data?.items ?? []).map((/** @type {any} */ c) => ({ value: c.sha256, label: `${commonName(c.subject)} (${c.thumbprint.slice(0, 8)})` }))]} />`;
}

/** Steps that are only thought: certificates to put into stores and to take out. */
function Draft({ steps, onSteps, stores }) {
	const [action, setAction] = useState('remove');
	const [store, setStore] = useState('Root');
	const [cert, setCert] = useState('');
	const [file, setFile] = useState(/** @type {File|null} */ (null));
	const { certs } = useClients();
	const names = [...new Set([...DECIDING, ...stores.map((/** @type {any} */ s) => s.name)])];
	const add = useAction(async () => {
		const what = action === 'add' ? /** @type {File} */ (file).name : commonName((await certs.show(cert)).subject);
		onSteps([...steps, action === 'add' ? { action, store, file: await asText(/** @type {File} */ (file)), what } : { action, store, cert, what }]);
		setCert('');
		setFile(null);
	});
	return html`<section class="card"><header><h2>Draft of the stores</h2>${steps.length > 0 && html`<${Button} kind="quiet" small onClick=${() => onSteps([])}>Start over</${Button}>`}</header><div class="stack">
		${steps.length ? html`<ul class="plain" aria-label="Draft">${steps.map((/** @type {any} */ s, /** @type {number} */ i) => html`<li key=${i} class="row spread"><span class="wrap">${words(s)}</span><${Button} kind="danger quiet" small icon="trash" label=${`Drop step ${i + 1}`} onClick=${() => onSteps(steps.filter((/** @type {any} */ x) => x !== s))} /></li>`)}</ul>` : html`<p class="dim">Nothing yet: the stores are taken as they are. Add steps to see what a change would do, before it is made.</p>`}
		<div class="cols"><${Field} label="Step" value=${action} onInput=${setAction} options=${[{ value: 'remove', label: 'Take out of a store' }, { value: 'add', label: 'Put into a store' }]} /><${Field} label="Store" value=${store} onInput=${(/** @type {string} */ v) => { setStore(v); setCert(''); }} options=${names.map((n) => ({ value: n, label: n in STORES ? `${storeLabel(n)} (${n})` : n }))} /></div>
		${action === 'add' ? html`<${FileDrop} label="Certificate to put in" kinds="PEM or DER" file=${file} onFile=${setFile} />` : html`<${Members} store=${store} value=${cert} onInput=${setCert} />`}
		<${Problem} error=${add.error} /><div><${Button} kind="quiet" icon="plus" busy=${add.busy} disabled=${action === 'add' ? !file : !cert} onClick=${() => add.run()}>Add the step</${Button}></div></div></section>`;
}

const Three = ({ title, modes, now }) => html`<section class="stack" aria-label=${title} aria-live="polite"><div class="row"><h2>${title}</h2>${now !== undefined && html`<${Tag} kind="info">mode ${now} is set</${Tag}>`}</div><div class="cols">${modes.map((/** @type {any} */ v) => html`<${VerdictCard} key=${v.mode} verdict=${v} title=${`Mode ${v.mode}: ${TRUST_MODES[v.mode]?.name}`} />`)}</div></section>`;

export function View({ search }) {
	const { trust, bindings, certs } = useClients();
	const refusal = search?.get('refusal') ?? '';
	const [file, setFile] = useState(/** @type {File|null} */ (null));
	const [binding, setBinding] = useState('');
	const [steps, setSteps] = useState(/** @type {any[]} */ ([]));
	const [found, setFound] = useState(/** @type {any} */ (null));
	const list = useResource((s) => bindings.list(s), []);
	const stores = useResource((s) => certs.stores(s), []);
	const mode = useResource((s) => trust.mode(s), [], ['trust']);
	const record = useResource((s) => (refusal ? trust.refusal(refusal, s) : Promise.resolve({})), [refusal]);
	const judge = useAction(async () => setFound(await trust.whatIf({
		...(refusal ? { refusal } : { file: await asText(/** @type {File} */ (file)), file_name: file?.name }), ...(binding ? { binding } : {}),
		...(steps.length ? { draft: steps.map(({ what, ...step }) => step) } : {}) })));
	const change = (/** @type {(v: any) => void} */ set) => (/** @type {any} */ v) => { set(v); setFound(null); };
	return html`<header><div><h1>What if</h1><p>Judged as at the door, under modes 0, 1 and 2 side by side. Nothing is changed.</p></div><div class="actions"><${LinkButton} href="#/trust" icon="trust">Client trust</${LinkButton}></div></header>
		<div class="stack"><${Problem} error=${list.error ?? stores.error ?? mode.error} what="What there is to choose from could not be loaded" retry=${() => [list, stores, mode].forEach((r) => r.error && r.reload())} /><div class="cols"><section class="card"><header><h2>Who comes</h2></header><div class="stack">
			${refusal ? html`<${Resource} of=${record} what="The refusal">${(/** @type {any} */ r) => html`<p>The chain of <a href=${`#/refusals/${encodeURIComponent(refusal)}`}>${r.subject ? commonName(r.subject) : 'a client without certificate'}</a>, refused with 403.${r.substatus}.</p>`}</${Resource}>` : html`<${FileDrop} label="Client certificate" kinds="PEM or DER, the client’s certificate first, then its chain" file=${file} onFile=${change(setFile)} />`}
			<${Field} label="At which binding" value=${binding} onInput=${change(setBinding)} options=${[{ value: '', label: 'The default binding' }, ...(list.data?.items ?? []).map((/** @type {any} */ b) => ({ value: b.id, label: bindingName(b) }))]} />
			<div><${Button} icon="ask" busy=${judge.busy} disabled=${!refusal && !file} onClick=${() => judge.run()}>Judge</${Button}></div><${Problem} error=${judge.error} /></div></section>
			${stores.data || stores.state === 'error' ? html`<${Draft} steps=${steps} onSteps=${change(setSteps)} stores=${stores.data?.items ?? []} />` : html`<section class="card"><${Loading} what="The stores" /></section>`}</div>
			${found?.draft && html`<${Three} title="With the draft" modes=${found.draft} />`}${found && html`<${Three} title=${found.draft ? 'With the stores as they are' : 'The verdicts'} modes=${found.modes} now=${mode.data?.mode} />`}</div>`;
}
