// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// One certificate: what it is in words, its chain, what uses it, its extensions, fingerprints and PEM.
import { html, useState } from '../../lib/html.js';
import { useClients, useResource } from '../../lib/hooks.js';
import { commonName, date, fingerprint, nameParts, partLabel, plural, relative, validity } from '../../lib/format.js';
import { extensionsOf, sanText } from '../../clients/certs.js';
import { storeLabel } from '../../lib/help.js';
import { LifeBar, Tag, Time, ValidityTag } from '../../components/badge.js';
import { Button, LinkButton } from '../../components/button.js';
import { Chain } from '../../components/chain.js';
import { Facts } from '../../components/facts.js';
import { CopyButton, Fingerprint } from '../../components/fingerprint.js';
import { Note, Resource } from '../../components/states.js';
import { Tabs } from '../../components/tabs.js';
import { ExportDialog, MoveDialog, RemoveDialog, RenameDialog } from './dialogs.js';

const sentence = (/** @type {string} */ t) => t && t[0].toUpperCase() + t.slice(1);

/** The certificate in one or two sentences. */
export function summary(/** @type {any} */ c) {
	const v = validity(c.not_before, c.not_after);
	const kind = c.is_ca ? (c.self_signed ? 'A root authority' : 'An intermediate authority') : c.self_signed ? 'A self-signed certificate' : 'A certificate';
	const whom = c.is_ca ? `“${commonName(c.subject)}”` : c.sans.length ? `for ${c.sans.slice(0, 3).map(sanText).join(', ')}${c.sans.length > 3 ? ` and ${plural(c.sans.length - 3, 'more name')}` : ''}` : `for “${commonName(c.subject)}”, without alternative names`;
	const by = c.self_signed ? '' : `, issued by ${commonName(c.issuer)}`;
	const when = v === 'expired' ? `It expired ${relative(c.not_after)}.` : v === 'not-yet' ? `It is not valid before ${date(c.not_before)}.` : `It is valid until ${date(c.not_after)}, ${relative(c.not_after)}.`;
	const key = c.has_key ? (c.exportable ? ' Its private key is here and may be exported.' : ' Its private key is here and cannot leave.') : '';
	return `${kind} ${whom}${by}. ${when}${key}`;
}

const Name = ({ dn }) => html`<${Facts} of=${nameParts(dn).map(([k, v]) => [partLabel(k), v])} />`;
const PURPOSES = { server: 'servers', client: 'clients', ca: 'signing certificates', code_signing: 'signing code' };

const Says = ({ e }) => (e.decoded
	? html`<ul class="says">${e.values.map((/** @type {string} */ v, /** @type {number} */ i) => html`<li key=${i} class=${v.startsWith('  ') ? 'sub' : ''}>${v.trim()}</li>`)}</ul>`
	: html`<span class="dim small">not decoded</span> <code class="small wrap">${(e.hex ?? '').replace(/(..)(?=.)/g, '$1 ')}</code>`);

function Extensions({ of }) {
	if (!of.length) return html`<p class="dim">This certificate has no extensions.</p>`;
	return html`<div class="tablewrap"><table class="fold"><caption class="sr">Extensions</caption><thead><tr><th scope="col">Extension</th><th scope="col">Says</th><th scope="col">Critical</th></tr></thead><tbody>
		${of.map((/** @type {any} */ e, /** @type {number} */ i) => html`<tr key=${i}><th scope="row">${e.name || 'Unknown'}<br /><code class="small dim">${e.oid}</code></th><td class="wrap" data-label="Says"><${Says} e=${e} /></td><td data-label="Critical">${e.critical ? html`<${Tag} kind="warn">critical</${Tag}>` : 'no'}</td></tr>`)}</tbody></table></div>`;
}

function Everything({ c }) {
	return html`<div class="stack"><${Facts} of=${[
		['Version', c.version && `V${c.version}`], ['Serial number', html`<code class="wrap">${fingerprint(c.serial)}</code>`], ['Valid from', html`<${Time} at=${c.not_before} full />`], ['Valid until', html`<${Time} at=${c.not_after} full />`],
		['Public key', c.key && `${c.key.type} ${c.key.bits}`], ['Signature', c.signature_algorithm], ['Good for', c.purposes?.map((/** @type {string} */ p) => PURPOSES[/** @type {keyof typeof PURPOSES} */ (p)] ?? p).join(', ') || 'nothing that this console knows']]} />
		<h2 class="minor">Extensions</h2><${Extensions} of=${extensionsOf(c)} /></div>`;
}

export function View({ params }) {
	const { certs, router, session } = useClients();
	const [tab, setTab] = useState('general');
	const [dialog, setDialog] = useState('');
	const cert = useResource((s) => certs.show(params.id, s), [params.id], ['certificate', 'trust', 'binding']);
	const chain = useResource((s) => certs.chain(params.id, s), [params.id], ['certificate', 'trust']);
	const usage = useResource((s) => certs.usage(params.id, s), [params.id], ['binding', 'trust', 'change']);
	const stores = useResource((s) => certs.stores(s), []);
	return html`<${Resource} of=${cert} what="The certificate">${(/** @type {any} */ c) => {
		const gone = c.stores.length === 0;
		const operator = session.may('operator');
		return html`<header><div><div class="crumbs"><a href="#/certificates">Certificates</a>${c.stores[0] && html` › <a href=${`#/certificates?store=${encodeURIComponent(c.stores[0])}`}>${storeLabel(c.stores[0])}</a>`}</div>
			<h1 class="wrap">${c.friendly_name || commonName(c.subject)}</h1><p>${summary(c)}</p></div>
			<div class="actions">${operator && !gone && html`<${Button} kind="quiet" onClick=${() => setDialog('rename')}>Friendly name</${Button}><${Button} kind="quiet" icon="move" onClick=${() => setDialog('move')}>Move</${Button}>`}
				<${Button} kind="quiet" icon="download" onClick=${() => setDialog('export')}>Export</${Button}>${operator && !gone && html`<${Button} kind="danger quiet" icon="trash" onClick=${() => setDialog('remove')}>Remove</${Button}>`}
				${operator && c.has_key && c.stores.some((/** @type {string} */ n) => n === 'My' || n === 'WebHosting') && html`<${LinkButton} icon="refresh" href=${`#/requests?renew=${c.sha256}`}>Renew</${LinkButton}><${LinkButton} kind="main" icon="binding" href=${`#/bindings?cert=${c.sha256}`}>Bind</${LinkButton}>`}</div></header>
			<div class="stack">${gone && html`<${Note} kind="warn" title="This certificate was removed" actions=${operator && html`<${Button} icon="undo" onClick=${async () => { await certs.restore(c.sha256); cert.reload(); }}>Bring it back</${Button}>`}>It is kept for 30 days.</${Note}>`}
			<div class="cols wide"><section class="card"><${Tabs} label="Certificate" value=${tab} onChange=${setTab} tabs=${[{ key: 'general', label: 'General' }, { key: 'chain', label: 'Chain' }, { key: 'details', label: 'Details' }, { key: 'pem', label: 'PEM' }]}>
				${tab === 'general' && html`<div class="stack"><div class="row"><${ValidityTag} of=${c} />${c.stores.map((/** @type {string} */ s) => html`<${Tag} key=${s}>${storeLabel(s)}</${Tag}>`)}${c.has_key && html`<${Tag} kind="info" icon="key">Private key</${Tag}>`}${c.is_ca && html`<${Tag}>Authority</${Tag}>`}</div><${LifeBar} of=${c} />
					<div class="grid2"><div class="stack tight"><h2 class="minor">Issued to</h2><${Name} dn=${c.subject} /></div><div class="stack tight"><h2 class="minor">Issued by</h2><${Name} dn=${c.issuer} /></div></div></div>`}
				${tab === 'chain' && html`<${Resource} of=${chain} what="The chain">${(/** @type {any} */ d) => html`<${Chain} links=${d.items} complete=${d.complete !== false} />`}</${Resource}>`}
				${tab === 'details' && html`<${Everything} c=${c} />`}
				${tab === 'pem' && html`<div class="stack tight"><div><${CopyButton} text=${c.pem ?? ''} what="PEM" small=${false}>Copy the PEM text</${CopyButton}></div><pre tabindex="0" aria-label="PEM text">${c.pem}</pre></div>`}</${Tabs}></section>
			<div class="stack"><section class="card"><header><h2>Fingerprints</h2></header><${Facts} of=${[['Thumbprint', html`<${Fingerprint} hex=${c.thumbprint} what="thumbprint" />`, 'thumbprint'], ['SHA-256', html`<${Fingerprint} hex=${c.sha256} what="SHA-256" />`]]} /></section>
				<section class="card"><header><h2>Where it is used</h2></header><${Resource} of=${usage} what="Where it is used" empty=${(/** @type {any} */ d) => !d.items.length && html`<p class="dim">Nothing relies on it; it could be removed.</p>`}>${(/** @type {any} */ d) => html`<ul class="feed">${d.items.map((/** @type {any} */ u, /** @type {number} */ i) => html`<li key=${i}><span class="is-ok" aria-hidden="true">●</span><span>${u.kind === 'binding' ? html`<a href=${`#/bindings/${encodeURIComponent(u.id)}`}>${sentence(u.text).replace(/:$/, '')}</a>` : u.kind === 'change' ? html`<a href=${`#/changes/${u.id}`}>A change that is open</a>` : sentence(u.text)}</span></li>`)}</ul>`}</${Resource}></section></div></div></div>
			${dialog === 'export' && html`<${ExportDialog} cert=${c} onClose=${() => setDialog('')} />`}
			${dialog === 'move' && html`<${MoveDialog} cert=${c} stores=${stores.data?.items ?? []} onClose=${() => setDialog('')} onDone=${cert.reload} />`}
			${dialog === 'rename' && html`<${RenameDialog} cert=${c} onClose=${() => setDialog('')} onDone=${cert.reload} />`}
			${dialog === 'remove' && html`<${RemoveDialog} cert=${c} onClose=${() => setDialog('')} onDone=${(/** @type {boolean} */ left) => (left ? router.go('/certificates') : cert.reload())} />`}`;
	}}</${Resource}>`;
}
