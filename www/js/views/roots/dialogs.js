// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Dialogs of the required roots: an entry, which certificate an entry means.
import { html, useState } from '../../lib/html.js';
import { useClients, useResource } from '../../lib/hooks.js';
import { commonName } from '../../lib/format.js';
import { Dialog } from '../../components/dialog.js';
import { Choices, Field } from '../../components/field.js';
import { Resource } from '../../components/states.js';
import { toast } from '../../components/toast.js';

const STORES = [{ value: 'Root', label: 'Root', hint: 'Self-signed; goes to Trusted Root.' }, { value: 'CA', label: 'Intermediate', hint: 'Signed by another; goes to Intermediate Authorities.' }];
const hex = (/** @type {string} */ s) => s.replace(/[^0-9a-f]/gi, '');

/** @param {{entry?: any, seed?: any, onClose: () => void, onDone: (saved: any) => void}} props without entry: a new one; seed: what is known of it */
export function EntryDialog({ entry, seed, onClose, onDone }) {
	const { roots } = useClients();
	const [o, set] = useState({ name: entry?.name ?? seed?.name ?? '', store: entry?.store ?? seed?.store ?? 'Root', sha1: entry?.sha1 ?? '', sha256: entry?.sha256 ?? seed?.sha256 ?? '', needed_for: entry?.needed_for ?? '', since: entry?.since ?? '' });
	const put = (/** @type {any} */ part) => set((old) => ({ ...old, ...part }));
	const wrong = (/** @type {string} */ v, /** @type {number} */ n) => (v && hex(v).length !== n ? `${n} hexadecimal digits, or nothing.` : '');
	const bad = !o.name.trim() || wrong(o.sha1, 40) || wrong(o.sha256, 64);
	return html`<${Dialog} title=${entry ? 'Change the entry' : 'New entry'} wide about="The certificate itself is imported; here stands which one it has to be." submit=${entry ? 'Save' : 'Add'} disabled=${!!bad} onClose=${onClose} onSubmit=${async () => {
		const body = { ...o, sha1: o.sha1 || null, sha256: o.sha256 || null };
		const saved = await (entry ? roots.change(entry.id, body) : roots.add(body));
		onClose();
		onDone(saved);
	}}><${Field} label="Name" value=${o.name} onInput=${(/** @type {string} */ v) => put({ name: v })} hint="The common name of the certificate." />
		<${Choices} legend="Kind" value=${o.store} onChange=${(/** @type {string} */ v) => put({ store: v })} options=${STORES} />
		<${Field} label="SHA-256" value=${o.sha256} onInput=${(/** @type {string} */ v) => put({ sha256: v })} error=${wrong(o.sha256, 64)} hint="Empty while nobody knows it." class="mono" />
		<${Field} label="SHA-1" value=${o.sha1} onInput=${(/** @type {string} */ v) => put({ sha1: v })} error=${wrong(o.sha1, 40)} hint="The thumbprint, as Windows shows it." />
		<${Field} label="Needed for" value=${o.needed_for} onInput=${(/** @type {string} */ v) => put({ needed_for: v })} /><${Field} label="Since" value=${o.since} onInput=${(/** @type {string} */ v) => put({ since: v })} hint="The release that began to need it." /></${Dialog}>`;
}

/** @param {{entry: any, onClose: () => void, onDone: () => void}} props */
export function ConfirmDialog({ entry, onClose, onDone }) {
	const { roots, certs } = useClients();
	const [chosen, choose] = useState('');
	const all = useResource((s) => Promise.all(entry.candidates.map((/** @type {string} */ id) => certs.show(id, s))), []);
	return html`<${Dialog} title="Which certificate is it?" wide about=${`“${entry.name}” is known by name only. Compare the fingerprint with one from its issuer before you confirm.`} submit="This one" disabled=${!chosen} onClose=${onClose} onSubmit=${async () => {
		await roots.confirm(entry.id, chosen);
		toast('Confirmed; its fingerprint is in the catalogue');
		onDone();
		onClose();
	}}><${Resource} of=${all} what="Certificates of this name">${(/** @type {any} */ d) => html`<${Choices} legend="Certificates of this name" value=${chosen} onChange=${choose} options=${d.map((/** @type {any} */ c) => ({ value: c.sha256, label: commonName(c.subject), hint: html`issued by ${commonName(c.issuer)}<br /><span class="mono wrap">${c.sha256}</span>` }))} />`}</${Resource}></${Dialog}>`;
}
