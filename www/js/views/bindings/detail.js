// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// One binding: what it shows, the swap in progress, its settings, its history with comparison, rollback and removal.
import { html, useEffect, useMemo } from '../../lib/html.js';
import { useAsked, useClients, useResource } from '../../lib/hooks.js';
import { bindingName, commonName, plural } from '../../lib/format.js';
import { REVOCATION, storeLabel } from '../../lib/help.js';
import { createSwap } from '../../clients/bindings.js';
import { LifeBar, Tag, ValidityTag } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { CheckList, checksSaid } from '../../components/checklist.js';
import { Confirm } from '../../components/dialog.js';
import { Facts } from '../../components/facts.js';
import { Fingerprint } from '../../components/fingerprint.js';
import { Loading, Note, Problem, Resource } from '../../components/states.js';
import { toast } from '../../components/toast.js';
import { Denied } from '../denied.js';
import { BindingDialog } from './dialog.js';
import { History } from './history.js';
import { SwapCard } from './swap.js';

const CLIENT = { ignore: 'Ignored', accept: 'Accepted', require: 'Required' };

function Now({ b }) {
	const c = b.certificate;
	return html`<section class="card"><header><h2>What it shows</h2>${c && html`<${ValidityTag} of=${c} />`}</header>
		${b.degraded && html`<${Note} kind="bad" title="It cannot serve what is bound">${b.degraded_why}. ${b.degraded_remedy ?? ''}</${Note}>`}
		${c ? html`<div class="stack"><div><a class="wrap" href=${`#/certificates/${c.sha256}`}><strong>${c.friendly_name || commonName(c.subject)}</strong></a><div class="small dim">issued by ${commonName(c.issuer)}</div></div><${LifeBar} of=${c} />
			<${Facts} of=${[['Thumbprint', html`<${Fingerprint} hex=${c.thumbprint} what="thumbprint" />`, 'thumbprint'], ['Proof', b.proved === false ? html`<${Tag} kind="warn" icon="warn">Not proved yet</${Tag}> <span class="small dim">it is, at the next start of the console</span>` : html`<${Tag} kind="ok" icon="check">Seen by a real handshake</${Tag}>`]]} /></div>` : html`<p>No certificate is bound.</p>`}</section>`;
}

function Rules({ b }) {
	return html`<section class="card"><header><h2>How it treats visitors</h2></header><${Facts} of=${[
		['Address', b.ip === '*' ? 'All unassigned' : b.ip], ['Port', b.port], ['Host name', b.host || 'every name that no other binding takes'], ['Server Name Indication', b.host ? 'required' : 'not required', 'sni'], ['Client certificates', CLIENT[/** @type {keyof typeof CLIENT} */ (b.client_certs)] ?? b.client_certs, 'client-certificates'],
		['Issuer store', b.issuer_store ? storeLabel(b.issuer_store) : 'none', 'issuer-store'], ['Revocation', REVOCATION[/** @type {keyof typeof REVOCATION} */ (b.revocation)] ?? b.revocation, 'revocation'], ...(b.revocation === 'off' ? [] : [['Distribution points', b.revocation_cached_only ? 'not asked; cached lists only' : 'asked where the egress list lets', 'cached-only'], ['Freshness time', b.revocation_freshness_s ? plural(b.revocation_freshness_s, 'second') : 'until the next update', 'freshness']]), ...(b.check_usage ? [] : [['Usage of client certificates', 'not checked', 'usage-check']]), ['Agents’ binding', b.agents ? 'yes' : 'no', 'agents-binding']]} /></section>`;
}

function Checked({ id, cert }) {
	const { bindings } = useClients();
	const checks = useResource(async (s) => (cert ? bindings.check({ endpoint: id, cert }, s) : { checks: [] }), [id, cert], ['certificate', 'trust']);
	if (!cert) return null;
	return html`<section class="card"><header><h2>Checks of what is bound</h2></header><${Resource} of=${checks} what="The checks">${(/** @type {any} */ d) => html`<div class="stack tight"><p class="dim">${checksSaid(d.checks)}</p><${CheckList} checks=${d.checks} /></div>`}</${Resource}></section>`;
}

export function View({ params, search }) {
	const { bindings, certs, live, router, session, system } = useClients();
	const mine = useResource((s) => system.show(s), [], ['binding', 'change']);
	const swap = useMemo(() => createSwap(bindings, { onCommitted: () => live.again() }), [params.id]);
	const [dialog, setDialog] = useAsked(search.get('edit') && 'edit', '');
	const one = useResource(async (s) => {
		const b = await bindings.show(params.id, s);
		const [certificate, change] = await Promise.all([b.cert ? certs.show(b.cert, s).catch(() => null) : null, b.change ? bindings.change(b.change.id, s) : null]);
		return { ...b, certificate, change };
	}, [params.id], ['binding', 'change', 'certificate']);
	const elsewhere = !!mine.data && !!one.data && mine.data.connection?.binding !== one.data.id;
	const open = one.data?.change;
	useEffect(() => () => swap.stop(), [swap]);
	useEffect(() => {
		const step = swap.get().step;
		if (open?.state === 'committed' && step === 'idle' && mine.data && !elsewhere) swap.resume(open);
	}, [open?.id, open?.state, !!mine.data, elsewhere]);
	const close = () => {
		setDialog('');
		if (search.get('edit')) router.refine({});
	};
	if (!one.data) return one.state === 'error' ? html`<${Problem} error=${one.error} retry=${one.reload} what="The binding could not be loaded" />` : html`<${Loading} what="The binding" />`;
	const b = one.data;
	const operator = session.may('operator');
	return html`<header><div><div class="crumbs"><a href="#/bindings">Bindings</a></div><h1 class="wrap">${bindingName(b)}</h1><p>https, ${b.ip === '*' ? 'all unassigned addresses' : b.ip}, port ${b.port}${b.agents ? '. Agents know its certificate through OfcIPCer.dat.' : '.'}</p></div>
		<div class="actions">${operator && !b.default && html`<${Button} kind="danger quiet" icon="trash" onClick=${() => setDialog('remove')}>Remove</${Button}>`}${operator && html`<${Button} kind="quiet" icon="undo" onClick=${() => setDialog('back')} disabled=${!!open}>Roll back</${Button}><${Button} icon="binding" onClick=${() => setDialog('edit')} disabled=${!!open} title=${open ? 'A change is open already' : undefined}>Edit</${Button}>`}</div></header>
		<div class="stack">${search.get('edit') && !operator && html`<${Denied} role="operator" />`}<${SwapCard} binding=${b} change=${open} swap=${swap} onDone=${one.reload} may=${operator} elsewhere=${elsewhere} />
			${one.state === 'error' && html`<${Problem} error=${one.error} retry=${one.reload} what="This may be out of date" />`}
			<div class="cols wide"><div class="stack"><${Now} b=${b} /><${Checked} id=${b.endpoint ?? params.id} cert=${b.cert} /></div><${Rules} b=${b} /></div><${History} binding=${b} may=${operator && !open} onDone=${one.reload} /></div>
		${dialog === 'edit' && operator && !open && html`<${BindingDialog} binding=${b} certId=${search.get('cert') ?? ''} onClose=${close} onStaged=${() => { close(); one.reload(); }} />`}
		${dialog === 'back' && html`<${Confirm} title="Roll back?" submit="Roll back" danger=${false} onClose=${() => setDialog('')} onSubmit=${async () => { await bindings.rollback(b.id); live.again(); toast('What was bound before is bound again'); one.reload(); }}>What ${bindingName(b)} showed before the last change is bound again, at once and proved.</${Confirm}>`}
		${dialog === 'remove' && html`<${Confirm} title=${`Remove ${bindingName(b)}?`} submit="Remove the binding" onClose=${() => setDialog('')} onSubmit=${async () => { await bindings.remove(b.id); toast('The binding is removed'); router.go('/bindings'); }}>Its listener closes at once, and visitors of this address and name reach nobody. The certificate stays in its store.</${Confirm}>`}`;
}
