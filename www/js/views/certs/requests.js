// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Requests: the wizard that makes a key and a request, the pending ones, and handing in what the authority signed.
import { html, useEffect, useState } from '../../lib/html.js';
import { useAsked, useClients, useResource } from '../../lib/hooks.js';
import { commonName } from '../../lib/format.js';
import { isAddress, nameFault, sanText, splitNames } from '../../clients/certs.js';
import { saveFile } from '../../lib/save.js';
import { Tag, Time } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { Confirm, Dialog } from '../../components/dialog.js';
import { Check, Choices, Field } from '../../components/field.js';
import { FileDrop } from '../../components/filedrop.js';
import { CopyButton } from '../../components/fingerprint.js';
import { Help } from '../../components/help.js';
import { Empty, Note, Resource } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { toast } from '../../components/toast.js';
import { Denied } from '../denied.js';

const KEYS = [
	{ value: 'ec256', label: 'EC P-256', hint: 'Fast and strong; taken by everything of the last ten years.' }, { value: 'ec384', label: 'EC P-384', hint: 'Where a rule asks for it.' },
	{ value: 'rsa2048', label: 'RSA 2048', hint: 'For old clients.' }, { value: 'rsa3072', label: 'RSA 3072', hint: 'RSA with more reserve.' }, { value: 'rsa4096', label: 'RSA 4096', hint: 'Slow handshakes; only where a rule asks for it.' }];

const download = (/** @type {any} */ r) => saveFile({ blob: new Blob([r.pem], { type: 'application/pkcs10' }), name: `${commonName(r.subject).replace(/[^\w.-]/g, '_')}.csr` });

function Made({ request, onClose }) {
	return html`<${Dialog} title="The request is ready" about="Send it to your authority. The private key stays here." wide onClose=${onClose} cancel="Done" left=${html`<${Button} icon="download" onClick=${() => download(request)}>Save as file</${Button}><${CopyButton} text=${request.pem} what="request" small=${false}>Copy</${CopyButton}>`}>
		<pre tabindex="0" aria-label="Request">${request.pem}</pre><${Note} kind="info" title="And then">When the signed certificate is back, hand it in on this page; it finds its request by itself.</${Note}></${Dialog}>`;
}

function Wizard({ renew, serverName, onClose, onMade }) {
	const { certs } = useClients();
	const [o, set] = useState(/** @type {any} */ ({ names: serverName ?? '', cn: '', key: 'ec256', exportable: false, same_key: false, friendly_name: '' }));
	const put = (/** @type {any} */ part) => set((/** @type {any} */ old) => ({ ...old, ...part }));
	useEffect(() => {
		if (renew) put({ names: renew.sans.map(sanText).join('\n'), cn: commonName(renew.subject), friendly_name: renew.friendly_name ?? '' });
	}, [renew?.sha256]);
	const names = splitNames(o.names);
	const fault = names.map(nameFault).find(Boolean) ?? '';
	return html`<${Dialog} title=${renew ? 'Renew a certificate' : 'New request'} wide about=${renew ? `${commonName(renew.subject)}: the same names, signed anew` : 'A key is made here, and a request for your authority to sign.'} submit="Make the request" disabled=${!names.length || !!fault} onClose=${onClose}
		onSubmit=${async () => {
			const r = await certs.createRequest({ ...(o.cn && o.cn !== names[0] ? { common_name: o.cn } : {}), dns: names.filter((n) => !isAddress(n)), ip: names.filter(isAddress), ...(o.same_key ? {} : { key: o.key }), exportable: o.exportable, ...(renew ? { renews: renew.sha256, same_key: o.same_key } : {}), ...(o.friendly_name ? { friendly_name: o.friendly_name } : {}) });
			onMade(r.pem ? r : await certs.request(r.id));
		}}>
		<${Field} label="Names and addresses" rows=${4} value=${o.names} onInput=${(/** @type {string} */ v) => put({ names: v })} error=${fault} autofocus hint="Every name people type into the browser, one a line: console.example.org, 192.0.2.10. Browsers look at these alone." />
		<${Field} label="Common name" value=${o.cn} onInput=${(/** @type {string} */ v) => put({ cn: v })} placeholder=${names[0] ?? ''} hint="Left empty: the first name. For agents it must be the name of the server." />
		${renew && html`<${Check} label="Keep the same key" hint="Off: a new key, which is the better habit." checked=${o.same_key} onChange=${(/** @type {boolean} */ v) => put({ same_key: v })} />`}
		${!o.same_key && html`<${Choices} legend="Key" value=${o.key} onChange=${(/** @type {string} */ v) => put({ key: v })} options=${KEYS} />`}
		<${Check} label="The key may be exported later" help="exportable" checked=${o.exportable} onChange=${(/** @type {boolean} */ v) => put({ exportable: v })} />
		<${Field} label="Friendly name" value=${o.friendly_name} onInput=${(/** @type {string} */ v) => put({ friendly_name: v })} help="friendly-name" maxlength="256" /></${Dialog}>`;
}

function Complete({ onClose, onDone }) {
	const { certs } = useClients();
	const [file, setFile] = useState(/** @type {File|null} */ (null));
	return html`<${Dialog} title="Hand in the signed certificate" about="It finds its request by itself, by its public key." submit="Complete the request" disabled=${!file} onClose=${onClose} onSubmit=${async () => {
		const r = await certs.completeRequest(file);
		onDone(r);
	}}><${FileDrop} label="Signed certificate" kinds="DER, PEM or P7B, with or without its chain" accept=".cer,.crt,.pem,.der,.p7b,.p7c" file=${file} onFile=${setFile} /></${Dialog}>`;
}

export function View({ search }) {
	const { certs, system, router, session } = useClients();
	const renews = search.get('renew');
	const list = useResource((s) => certs.requests(s), [], ['certificate', 'audit']);
	const sys = useResource((s) => system.show(s), []);
	const renew = useResource(async (s) => (renews ? certs.show(renews, s) : null), [renews]);
	const [dialog, setDialog] = useAsked(renews && { kind: 'wizard', renews }, null);
	const close = () => {
		setDialog(null);
		if (renews) router.refine({});
	};
	const operator = session.may('operator');
	const actions = operator && html`<${Button} kind="quiet" icon="upload" onClick=${() => setDialog({ kind: 'complete' })}>Hand in a signed one</${Button}><${Button} icon="plus" onClick=${() => setDialog({ kind: 'wizard' })}>New request</${Button}>`;
	return html`<header><div><h1>Certificate requests <${Help} term="csr" about="Certificate request" /></h1><p>The key is made here and never travels; only the request does.</p></div><div class="actions">${actions}</div></header>
		<section class="card flush" aria-label="Requests"><${Resource} of=${list} what="Requests" empty=${(/** @type {any} */ d) => !d.items.length && html`<${Empty} icon="file" title="No requests" actions=${actions}>Make one when your authority is to sign a certificate for this server. Have you already a PFX? Import that instead.</${Empty}>`}>
			${(/** @type {any} */ d) => html`<${Table} caption="Requests" rows=${d.items} id=${(/** @type {any} */ r) => r.id} sortBy="-created" columns=${[
				{ key: 'subject', label: 'For', head: true, sort: (/** @type {any} */ r) => commonName(r.subject), cell: (/** @type {any} */ r) => html`<span class="wrap">${commonName(r.subject)}</span>${(r.sans ?? []).some((/** @type {string} */ n) => sanText(n) !== commonName(r.subject)) && html`<br /><span class="small dim wrap">${r.sans.map(sanText).join(', ')}</span>`}` },
				{ key: 'key', label: 'Key', cell: (/** @type {any} */ r) => KEYS.find((k) => k.value === r.key)?.label ?? r.key ?? '' },
				{ key: 'created', label: 'Made', sort: (/** @type {any} */ r) => Date.parse(r.created), cell: (/** @type {any} */ r) => html`<${Time} at=${r.created} rel />` },
				{ key: 'state', label: 'State', cell: (/** @type {any} */ r) => (r.state === 'completed' ? html`<${Tag} kind="ok" icon="check">Completed</${Tag}>` : html`<${Tag} kind="warn" icon="clock">Waits for the authority</${Tag}>`) },
				{ key: 'do', label: 'Actions', hidden: true, cell: (/** @type {any} */ r) => html`<span class="row"><${Button} kind="quiet" small icon="eye" onClick=${async () => setDialog({ kind: 'made', request: r.pem ? r : await certs.request(r.id) })}>Show</${Button}>${operator && html`<${Button} kind="danger quiet" small icon="trash" label=${`Give up the request for ${commonName(r.subject)}`} onClick=${() => setDialog({ kind: 'drop', request: r })} />`}</span>` }]} />`}</${Resource}></section>
		${renews && !operator && html`<${Denied} role="operator" />`}${dialog?.kind === 'wizard' && operator && (!renews || renew.data) && html`<${Wizard} renew=${renew.data} serverName=${sys.data?.server_name ?? location.hostname} onClose=${close} onMade=${(/** @type {any} */ r) => { close(); list.reload(); setDialog({ kind: 'made', request: r }); }} />`}
		${dialog?.kind === 'made' && html`<${Made} request=${dialog.request} onClose=${() => setDialog(null)} />`}
		${dialog?.kind === 'complete' && html`<${Complete} onClose=${() => setDialog(null)} onDone=${(/** @type {any} */ r) => { const c = r.certificates.find((/** @type {any} */ x) => x.has_key) ?? r.certificates[0]; toast('The certificate found its request'); setDialog(null); list.reload(); if (c) router.go(`/certificates/${c.sha256}`); }} />`}
		${dialog?.kind === 'drop' && html`<${Confirm} title="Give up this request?" submit="Give it up" onClose=${() => setDialog(null)} onSubmit=${async () => { await certs.removeRequest(dialog.request.id); list.reload(); }}>The key of ${commonName(dialog.request.subject)} is destroyed; a certificate signed for it can no longer be used.</${Confirm}>`}`;
}
