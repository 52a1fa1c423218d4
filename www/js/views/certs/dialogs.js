// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// What is done with one certificate: export, move, remove (where used, undo), rename.
import { html, useState } from '../../lib/html.js';
import { useClients, useResource } from '../../lib/hooks.js';
import { commonName } from '../../lib/format.js';
import { storeLabel } from '../../lib/help.js';
import { saveFile } from '../../lib/save.js';
import { Dialog } from '../../components/dialog.js';
import { Check, Choices, Field } from '../../components/field.js';
import { Note, Resource } from '../../components/states.js';
import { toast } from '../../components/toast.js';

const name = (/** @type {any} */ c) => c.friendly_name || commonName(c.subject);
const FORMS = { der: ['cer', 'DER, the .cer of Windows', 'One certificate, binary.'], pem: ['pem', 'PEM', 'Text; for Linux, Apache, nginx.'], p7b: ['p7b', 'P7B', 'The chain without a key, for Windows.'], pfx: ['pfx', 'PFX with the private key', 'Certificate, chain and key under a password.'] };

export function ExportDialog({ cert, onClose }) {
	const { certs, session } = useClients();
	const [o, set] = useState(/** @type {any} */ ({ format: 'der', chain: true, root: false, legacy: false, with_key: false, password: '', again: '' }));
	const put = (/** @type {any} */ part) => set((/** @type {any} */ old) => ({ ...old, ...part }));
	const keyOut = o.format === 'pfx' || (o.format === 'pem' && o.with_key);
	const why = !cert.has_key ? 'This console has no key for it.' : !cert.exportable ? 'Its key was imported as not exportable.' : !session.may('admin') ? 'Only an administrator may let keys out.' : '';
	const ready = !keyOut || (o.password && o.password === o.again);
	return html`<${Dialog} title="Export" about=${name(cert)} submit="Export" onClose=${onClose} disabled=${!ready} onSubmit=${async () => {
		const body = { format: o.format, ...(o.format === 'der' ? {} : { chain: o.chain, root: o.chain && o.root }), ...(keyOut ? { with_key: true, password: o.password } : {}), ...(o.format === 'pfx' ? { legacy: o.legacy } : {}) };
		const file = await certs.exportFile(cert.sha256, body, `certificate.${FORMS[/** @type {keyof typeof FORMS} */ (o.format)][0]}`);
		put({ password: '', again: '' });
		saveFile(file);
		toast(`${file.name} is saved`);
		onClose();
	}}>
		<${Choices} legend="As which file" value=${o.format} onChange=${(/** @type {string} */ v) => put({ format: v })} options=${Object.entries(FORMS).map(([value, [, label, hint]]) => ({ value, label, hint: value === 'pfx' && why ? `${hint} ${why}` : hint, disabled: value === 'pfx' && !!why }))} />
		${o.format !== 'der' && html`<${Check} label="With the chain" hint="The intermediates, in order." checked=${o.chain} onChange=${(/** @type {boolean} */ v) => put({ chain: v })} />`}
		${o.format !== 'der' && o.chain && html`<${Check} label="With the root too" checked=${o.root} onChange=${(/** @type {boolean} */ v) => put({ root: v })} />`}
		${o.format === 'pem' && !why && html`<${Check} label="With the private key, encrypted" checked=${o.with_key} onChange=${(/** @type {boolean} */ v) => put({ with_key: v })} />`}
		${o.format === 'pfx' && html`<${Choices} legend="For which system" value=${o.legacy ? 'old' : 'new'} onChange=${(/** @type {string} */ v) => put({ legacy: v === 'old' })} options=${[{ value: 'new', label: 'Current systems', hint: 'AES-256 and SHA-256.' }, { value: 'old', label: 'Old Windows', hint: 'Windows Server 2016 and older take only 3DES, which is weak: guard the file well.' }]} />`}
		${keyOut && html`<${Note} kind="warn">The private key leaves this console; the audit trail says who took it.</${Note}><div class="grid2"><${Field} label="Password for the file" type="password" value=${o.password} onInput=${(/** @type {string} */ v) => put({ password: v })} autocomplete="new-password" /><${Field} label="Password again" type="password" value=${o.again} onInput=${(/** @type {string} */ v) => put({ again: v })} autocomplete="new-password" error=${o.again && o.again !== o.password ? 'The two are not the same yet.' : ''} /></div>`}
	</${Dialog}>`;
}

export function MoveDialog({ cert, stores, onClose, onDone }) {
	const { certs } = useClients();
	const [from, setFrom] = useState(cert.stores[0] ?? '');
	const [to, setTo] = useState('');
	const option = (/** @type {string} */ s) => ({ value: s, label: storeLabel(s) });
	return html`<${Dialog} title="Move to another store" about=${name(cert)} submit="Move" disabled=${!from || !to} onClose=${onClose} onSubmit=${async () => {
		await certs.move(cert.sha256, from, to);
		toast(`Moved to ${storeLabel(to)}`, { undo: async () => { await certs.move(cert.sha256, to, from); onDone(); } });
		onDone();
		onClose();
	}}><div class="grid2"><${Field} label="From" options=${cert.stores.map(option)} value=${from} onInput=${setFrom} /><${Field} label="To" value=${to} onInput=${setTo} options=${[{ value: '', label: 'Choose a store' }, ...stores.filter((/** @type {any} */ s) => !cert.stores.includes(s.name)).map((/** @type {any} */ s) => option(s.name))]} /></div>
		${to === 'Root' && cert.issuer !== cert.subject && html`<${Note} kind="warn" title="Root is for self-signed roots">This one has another issuer. In Root it would make client certificates fail with 403.16 for everybody.</${Note}>`}</${Dialog}>`;
}

export function RemoveDialog({ cert, onClose, onDone }) {
	const { certs } = useClients();
	const [store, setStore] = useState('');
	const usage = useResource((s) => certs.usage(cert.sha256, s), [cert.sha256]);
	const used = usage.data?.items ?? [];
	return html`<${Dialog} title=${`Remove ${name(cert)}?`} danger submit="Remove" onClose=${onClose} disabled=${usage.state === 'loading' || used.length > 0} onSubmit=${async () => {
		await certs.remove(cert.sha256, store || undefined);
		toast(`${name(cert)} is removed`, { undo: async () => { await certs.restore(cert.sha256); onDone(false); } });
		onDone(true);
		onClose();
	}}><${Resource} of=${usage} what="Where it is used" empty=${(/** @type {any} */ d) => !d.items.length && html`<p>Nothing relies on it. It can be brought back for 30 days${cert.has_key ? ', with its key' : ''}.</p>`}>
		${(/** @type {any} */ d) => html`<${Note} kind="bad" title="It is in use and cannot be removed"><ul class="plain">${d.items.map((/** @type {any} */ u) => html`<li key=${u.id ?? u.text}>${u.kind === 'binding' ? html`<a href=${`#/bindings/${encodeURIComponent(u.id)}`} onClick=${onClose}>${u.text}</a>` : u.text}</li>`)}</ul><p>Bind another certificate there first.</p></${Note}>`}</${Resource}>
		${!used.length && cert.stores.length > 1 && html`<${Field} label="From which store" value=${store} onInput=${setStore} options=${[{ value: '', label: 'From all of them' }, ...cert.stores.map((/** @type {string} */ s) => ({ value: s, label: storeLabel(s) }))]} />`}</${Dialog}>`;
}

export function RenameDialog({ cert, onClose, onDone }) {
	const { certs } = useClients();
	const [text, setText] = useState(cert.friendly_name ?? '');
	return html`<${Dialog} title="Friendly name" about=${commonName(cert.subject)} submit="Save" onClose=${onClose} onSubmit=${async () => { await certs.rename(cert.sha256, text.trim()); onDone(); onClose(); }}><${Field} label="Friendly name" value=${text} onInput=${setText} maxlength="256" help="friendly-name" autofocus /></${Dialog}>`;
}

