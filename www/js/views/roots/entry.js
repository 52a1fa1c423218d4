// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// One entry of the catalogue: what it is, who has it, who lacks it.
import { html, useEffect, useState } from '../../lib/html.js';
import { useClients, usePages, useResource } from '../../lib/hooks.js';
import { plural } from '../../lib/format.js';
import { storeLabel } from '../../lib/help.js';
import { helps, lacking, undeployable } from '../../clients/roots.js';
import { Time } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { Confirm } from '../../components/dialog.js';
import { Facts } from '../../components/facts.js';
import { Fingerprint } from '../../components/fingerprint.js';
import { Pages } from '../../components/pages.js';
import { Empty, Note, Resource } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { NoAgents } from '../agents/none.js';
import { Denied } from '../denied.js';
import { Arrival, DeployDialog, useDeployment } from './deploy.js';
import { ConfirmDialog, EntryDialog } from './dialogs.js';
import { ImportDialog } from './import.js';
import { HereTag } from './page.js';
import { POLICY, POLICY_NAME } from './policy.js';
import { Coverage, STANDING, standingText, StandingTag } from './standing.js';

const WHY = {
	missing: 'It is not in any store of this server: import it.', misplaced: 'It lies in another store than it belongs to: move it.', distrusted: 'It lies in Untrusted: take it out of there, or drop the entry.',
	expired: 'Import its successor and change the entry.', unconfirmed: 'The name is known, not the fingerprint: import it from its issuer and confirm it.',
};

const columns = (/** @type {boolean} */ may, /** @type {(a: any) => void} */ deploy) => [
	{ key: 'name', label: 'Agent', head: true, cell: (/** @type {any} */ a) => html`<a class="any" href=${`#/agents/${a.id}`}>${a.name || 'without a name'}</a><br /><span class="small dim mono">${a.id.slice(0, 12)}</span>` },
	{ key: 'standing', label: 'Standing', cell: (/** @type {any} */ a) => html`<${StandingTag} of=${a.standing} />` },
	{ key: 'means', label: 'What it means', cell: (/** @type {any} */ a) => html`<span class="wrap small dim">${standingText(a.standing, a.policy?.effective)}</span>` },
	{ key: 'seen', label: 'Last seen', cell: (/** @type {any} */ a) => html`<span class="nowrap"><${Time} at=${a.last_seen} rel /></span>` },
	{ key: 'do', label: 'Deploy', hidden: true, cell: (/** @type {any} */ a) => may && helps(a.standing) && html`<${Button} kind="quiet" small aria-label=${`Deploy to ${a.name || 'the agent'} ${a.id.slice(0, 12)}`} onClick=${() => deploy(a)}>Deploy</${Button}>` }];

/** Who has it and who lacks it, by pages. @param {{entry: any, policy: string, onPolicy: (policy: string) => void, may: boolean, onDeploy: (a: any) => void}} props policy: only agents with this one in effect */
function Who({ entry, policy, onPolicy, may, onDeploy }) {
	const { roots } = useClients();
	const [standing, pick] = useState(() => ['missing', 'misplaced', 'distrusted'].find((s) => entry.agents[s] > 0) ?? '');
	const [pages, setPages] = usePages(standing, policy);
	const list = useResource((s) => roots.agents(entry.id, { standing, policy, limit: 50, page_token: pages[pages.length - 1] }, s), [entry.id, standing, policy, pages.length], ['root', 'agent']);
	const narrowed = [standing && `“${STANDING[standing]?.[2]}”`, policy && `kept by the policy “${POLICY[policy]?.[0] ?? policy}”`].filter(Boolean).join(' and ');
	return html`<section class="card flush" aria-label="Agents"><header><h2>Who has it, who lacks it</h2>
			<select aria-label=${POLICY_NAME} value=${policy} onChange=${(/** @type {any} */ e) => onPolicy(e.target.value)}><option value="">Every policy</option>${Object.entries(POLICY).map(([k, v]) => html`<option key=${k} value=${k} selected=${k === policy}>Policy: ${v[0]}</option>`)}</select></header><div class="pad"><${Coverage} label=${`Agents with ${entry.name}`} counts=${entry.agents} picked=${standing} onPick=${pick} /></div>
		<${Resource} of=${list} what="Agents" empty=${(/** @type {any} */ d) => !d.items.length && (narrowed ? html`<${Empty} icon="agents" title="No agent of this kind" actions=${html`<${Button} kind="quiet" onClick=${() => { pick(''); onPolicy(''); }}>Show all agents</${Button}>`}>No agent is ${narrowed}.</${Empty}>` : html`<${NoAgents} />`)}>
			${(/** @type {any} */ d) => html`<${Table} caption="Agents" rows=${d.items} id=${(/** @type {any} */ a) => a.id} columns=${columns(may, onDeploy)} /><${Pages} of=${d} what="agent" pages=${pages} onPages=${setPages} />`}</${Resource}></section>`;
}

export function View({ params, search }) {
	const { roots, session, router } = useClients();
	const all = useResource((s) => roots.list(s), [], ['root', 'certificate', 'trust', 'rollout']);
	const [open, setOpen] = useState(/** @type {{what: string, agents?: any[]}} */ ({ what: '' })), [running, setRunning] = useDeployment();
	const wanted = !!search.get('deploy'), admin = session.may('admin'), operator = session.may('operator');
	const entry = all.data?.items.find((/** @type {any} */ r) => r.id === params.id);
	useEffect(() => { if (wanted && entry) setOpen({ what: undeployable(entry) ? 'import' : 'deploy' }); }, [wanted, !!entry]);
	const close = () => { setOpen({ what: '' }); if (wanted) router.refine({}); };
	const done = () => all.reload();
	const gone = html`<${Empty} icon="trust" title="No such entry">It was dropped, or the address is wrong. <a href="#/roots">To the catalogue</a></${Empty}>`;
	return html`<${Resource} of=${all} what="The entry" empty=${() => !entry && html`<header><div><div class="crumbs"><a href="#/roots">Required roots</a></div><h1>Entry</h1></div></header>${gone}`}>${() => {
		const not = undeployable(entry), cert = entry.certificate;
		return html`<header><div><div class="crumbs"><a href="#/roots">Required roots</a></div><h1 class="wrap">${entry.name}</h1><p><${HereTag} of=${entry.state} /> ${WHY[/** @type {keyof typeof WHY} */ (entry.state)] ?? 'This server has it where it belongs.'}</p></div>
			<div class="actions">${admin && html`<${Button} kind="quiet" icon="trash" onClick=${() => setOpen({ what: 'drop' })}>Drop</${Button}><${Button} kind="quiet" onClick=${() => setOpen({ what: 'edit' })}>Edit</${Button}>`}
				${admin && entry.state === 'unconfirmed' && entry.candidates.length > 0 ? html`<${Button} icon="check" onClick=${() => setOpen({ what: 'confirm' })}>Confirm</${Button}>` : not ? admin && html`<${Button} icon="upload" onClick=${() => setOpen({ what: 'import' })}>Import</${Button}>` : operator && html`<${Button} icon="agents" onClick=${() => setOpen({ what: 'deploy' })}>Deploy</${Button}>`}</div></header>
		<div class="stack">${wanted && !(not ? admin : operator) && html`<${Denied} role=${not ? 'admin' : 'operator'} />`}${running && html`<${Arrival} key=${running} id=${running} onGone=${() => setRunning('')} />`}
			${not && lacking(entry) > 0 && html`<${Note} kind="warn" title=${`${plural(lacking(entry), 'agent')} ${lacking(entry) === 1 ? 'lacks' : 'lack'} it, and it cannot be deployed yet`}>${not}</${Note}>`}
			<section class="card" aria-label="The facts"><${Facts} of=${[['Kind', entry.store === 'Root' ? 'Root, for Trusted Root Authorities' : 'Intermediate, for Intermediate Authorities'], ['Needed for', entry.needed_for], ['Since', entry.since], ['SHA-256', entry.sha256 ? html`<${Fingerprint} hex=${entry.sha256} what="SHA-256" />` : html`<span class="dim">not known</span>`, 'unconfirmed'], ['SHA-1', entry.sha1 && html`<${Fingerprint} hex=${entry.sha1} what="SHA-1" />`, 'thumbprint'],
				['Confirmed by', entry.confirmed_by], ['On this server', cert && html`<a href=${`#/certificates/${cert.sha256}`}>${cert.stores.map(storeLabel).join(', ') || 'removed'}</a>, until <${Time} at=${cert.not_after} />`]]} /></section>
			${entry.agents && all.data.agents_total > 0 && html`<${Who} entry=${entry} policy=${search.get('policy') ?? ''} onPolicy=${(/** @type {string} */ p) => router.refine(p ? { policy: p } : {})} may=${operator && !not} onDeploy=${(/** @type {any} */ a) => setOpen({ what: 'deploy', agents: [a] })} />`}</div>
		${open.what === 'import' && admin && html`<${ImportDialog} onClose=${close} onDone=${done} onDeploy=${all.data.agents_total > 0 && (() => setOpen({ what: 'deploy' }))} />`}${open.what === 'edit' && html`<${EntryDialog} entry=${entry} onClose=${close} onDone=${done} />`}${open.what === 'confirm' && html`<${ConfirmDialog} entry=${entry} onClose=${close} onDone=${done} />`}
		${open.what === 'deploy' && operator && html`<${DeployDialog} only=${[entry.id]} agents=${open.agents} onClose=${close} onStarted=${(/** @type {any} */ r) => { setRunning(r.id); done(); }} />`}
		${open.what === 'drop' && html`<${Confirm} title=${`Drop ${entry.name}?`} submit="Drop" onClose=${close} onSubmit=${async () => { await roots.remove(entry.id); router.go('/roots'); }}>It is then no longer looked for, here and on agents. The certificate itself stays in ${storeLabel(entry.store)}.</${Confirm}>`}`;
	}}</${Resource}>`;
}
