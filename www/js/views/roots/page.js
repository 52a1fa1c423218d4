// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Required roots: what signature checks of program files need, what this server and its agents have of it.
import { html } from '../../lib/html.js';
import { useAsked, useClients, useResource } from '../../lib/hooks.js';
import { plural } from '../../lib/format.js';
import { gaps, lacking } from '../../clients/roots.js';
import { Tag, Time } from '../../components/badge.js';
import { Button, LinkButton } from '../../components/button.js';
import { Help } from '../../components/help.js';
import { Empty, Note, Resource } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { Denied } from '../denied.js';
import { Arrival, DeployDialog, useDeployment } from './deploy.js';
import { ConfirmDialog, EntryDialog } from './dialogs.js';
import { ImportDialog } from './import.js';
import { PolicyCard } from './policy.js';
import { CoverageBar } from './standing.js';

/** @type {Record<string, ['ok'|'bad'|'warn', any, string]>} */
export const STATE = {
	held: ['ok', 'check', 'Here'], missing: ['bad', 'x', 'Missing'], misplaced: ['warn', 'move', 'Misplaced'],
	distrusted: ['bad', 'refusal', 'Distrusted'], expired: ['bad', 'clock', 'Expired'], unconfirmed: ['warn', 'ask', 'Unconfirmed'],
};
const order = (/** @type {any} */ r) => ['missing', 'distrusted', 'expired', 'misplaced', 'unconfirmed', 'held'].indexOf(r.state);
export const HereTag = ({ of }) => html`<${Tag} kind=${STATE[of]?.[0] ?? ''} icon=${STATE[of]?.[1]}>${STATE[of]?.[2] ?? of}</${Tag}>`;

/** The one next step of an entry. @param {{of: any, may: {admin: boolean, operator: boolean}, act: (what: string, entry: any) => void}} props */
export function NextStep({ of, may, act }) {
	const button = (/** @type {string} */ what, /** @type {string} */ text) => html`<${Button} kind="quiet" small aria-label=${`${text} ${of.name}`} onClick=${() => act(what, of)}>${text}</${Button}>`;
	if (['misplaced', 'distrusted'].includes(of.state) && of.certificate) return html`<${LinkButton} small href=${`#/certificates/${of.certificate.sha256}`}>${of.state === 'misplaced' ? 'Move it' : 'Look at it'}</${LinkButton}>`;
	if (of.state === 'unconfirmed' && of.candidates.length) return may.admin && button('confirm', 'Confirm');
	if (of.state !== 'held') return may.admin && button('import', 'Import');
	return may.operator && lacking(of) > 0 && button('deploy', 'Deploy');
}

const columns = (/** @type {number} */ total, /** @type {any} */ may, /** @type {(what: string, entry: any) => void} */ act) => [
	{ key: 'name', label: 'Certificate', head: true, sort: (/** @type {any} */ r) => r.name, cell: (/** @type {any} */ r) => html`<a class="any" href=${`#/roots/${encodeURIComponent(r.id)}`}>${r.name}</a><br /><span class="small dim any">${r.store === 'Root' ? 'Root' : 'Intermediate'}${r.needed_for && ` for ${r.needed_for}`}</span>` },
	{ key: 'state', label: 'This server', sort: order, cell: (/** @type {any} */ r) => html`<${HereTag} of=${r.state} />` },
	{ key: 'agents', label: 'Agents', sort: (/** @type {any} */ r) => -lacking(r), cell: (/** @type {any} */ r) => html`<${CoverageBar} of=${r} total=${total} />` },
	{ key: 'end', label: 'Valid until', spare: true, sort: (/** @type {any} */ r) => (r.certificate ? Date.parse(r.certificate.not_after) : 0), cell: (/** @type {any} */ r) => html`<span class="nowrap"><${Time} at=${r.certificate?.not_after} /></span>` },
	{ key: 'do', label: 'Next step', hidden: true, cell: (/** @type {any} */ r) => html`<${NextStep} of=${r} may=${may} act=${act} />` }];

function Summary({ of, may, act }) {
	const lack = gaps(of).length, open = of.total - of.held - of.attention, distrusted = of.items.filter((/** @type {any} */ r) => r.agents?.distrusted > 0);
	return html`${of.attention > 0 && html`<${Note} kind="bad" title=${`${plural(of.attention, 'certificate')} ${of.attention === 1 ? 'is' : 'are'} not as needed on this server`} actions=${may.admin && html`<${Button} small onClick=${() => act('import')}>Import</${Button}>`}>Signed program files that rely on ${of.attention === 1 ? 'it' : 'them'} cannot be verified: updates hang, and server and agents do not believe each other.${of.items.some((/** @type {any} */ r) => r.state === 'missing') && ' Get what is missing from its issuer, then import it.'}</${Note}>`}
		${lack > 0 && html`<${Note} kind="bad" title=${`Agents lack ${plural(lack, 'certificate')} that ${lack === 1 ? 'is' : 'are'} here`} actions=${may.operator && html`<${Button} small icon="agents" onClick=${() => act('deploy')}>Deploy what is missing</${Button}>`}>Updates hang there until they have ${lack === 1 ? 'it' : 'them'}.</${Note}>`}
		${open > 0 && !of.attention && html`<${Note} kind="warn" title=${`${plural(open, 'entry', 'entries')} to confirm`}>Of ${open === 1 ? 'it' : 'these'} the name is known, not the fingerprint. Import the certificate from its issuer and confirm it.</${Note}>`}
		${distrusted.length > 0 && html`<${Note} kind="warn" title=${`Agents distrust ${plural(distrusted.length, 'certificate')}`}>${distrusted.length === 1 ? 'It lies' : 'They lie'} in Untrusted there, and no deployment changes that: take ${distrusted.length === 1 ? 'it' : 'them'} out of that folder by hand. See ${distrusted.slice(0, 5).map((/** @type {any} */ r, /** @type {number} */ n) => html`${n > 0 && ', '}<a key=${r.id} class="any" href=${`#/roots/${encodeURIComponent(r.id)}`}>who distrusts ${r.name}</a>`)}${distrusted.length > 5 ? ' and more.' : '.'}</${Note}>`}
		${of.total === of.held && !lack && !distrusted.length && html`<${Note} kind="ok" title="Everything is here">This server has every certificate that the catalogue names${of.agents_total ? ', and no agent is known to lack one' : ''}.</${Note}>`}`;
}

export function View({ search }) {
	const { roots, session, router } = useClients();
	const all = useResource((s) => roots.list(s), [], ['root', 'certificate', 'trust', 'rollout']);
	const wanted = ['import', 'deploy', 'new', 'policy'].find((w) => search.get(w)) ?? '';
	const seed = wanted === 'new' ? { store: search.get('new'), name: search.get('name') ?? '', sha256: search.get('sha256') ?? '' } : undefined;
	const [open, setOpen] = useAsked(wanted && { what: wanted }, { what: '' });
	const [running, setRunning] = useDeployment();
	const may = { admin: session.may('admin'), operator: session.may('operator') };
	const takes = wanted === 'deploy' ? 'operator' : 'admin';
	/** @param {string} what @param {any} [entry] */
	const act = (what, entry) => setOpen({ what, entry });
	const close = () => { setOpen({ what: '' }); if (wanted) router.refine({}); };
	const done = () => all.reload();
	return html`<header><div><h1>Required roots <${Help} term="required-root" about="Required root" /></h1><p>Certificates without which signatures of program files cannot be verified.</p></div>
		<div class="actions">${may.admin && html`<${Button} kind="quiet" icon="plus" onClick=${() => act('edit')}>New entry</${Button}>`}${may.operator && html`<${Button} kind="quiet" icon="agents" disabled=${!all.data?.items.length || !all.data.agents_total} title=${all.data?.agents_total === 0 ? 'No agent is registered yet' : undefined} onClick=${() => act('deploy')}>Deploy</${Button}>`}${may.admin && html`<${Button} icon="upload" onClick=${() => act('import')}>Import</${Button}>`}</div></header>
		<div class="stack">${wanted && !may[takes] && html`<${Denied} role=${takes} />`}${running && html`<${Arrival} key=${running} id=${running} onGone=${() => setRunning('')} />`}
		<${Resource} of=${all} what="The catalogue" empty=${(/** @type {any} */ d) => !d.items.length && html`<${Empty} icon="trust" title="The catalogue is empty" actions=${may.admin && html`<${Button} icon="plus" onClick=${() => act('edit')}>New entry</${Button}>`}>Nothing is known to be needed. Enter what the makers of your program files name.</${Empty}>`}>${(/** @type {any} */ d) => html`<${Summary} of=${d} may=${may} act=${act} />
			<section class="card flush" aria-label="Catalogue"><${Table} caption="Required certificates" rows=${d.items} id=${(/** @type {any} */ r) => r.id} sortBy="state" columns=${columns(d.agents_total ?? 0, may, act)} /></section>`}</${Resource}>
		<${PolicyCard} lack=${gaps(all.data)} open=${open.what} act=${act} onClose=${close} /></div>
		${open.what === 'import' && may.admin && html`<${ImportDialog} onClose=${close} onDone=${done} onDeploy=${all.data?.agents_total > 0 && (() => act('deploy'))} />`}${['edit', 'new'].includes(open.what) && may.admin && html`<${EntryDialog} seed=${seed} onClose=${close} onDone=${(/** @type {any} */ saved) => (seed ? router.go(`/roots/${encodeURIComponent(saved.id)}?deploy=1`) : done())} />`}${open.what === 'confirm' && html`<${ConfirmDialog} entry=${open.entry} onClose=${close} onDone=${done} />`}
		${open.what === 'deploy' && may.operator && html`<${DeployDialog} only=${open.entry && [open.entry.id]} onClose=${close} onStarted=${(/** @type {any} */ r) => { setRunning(r.id); done(); }} />`}`;
}
