// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Dialogs of the required roots: import with a look first, an entry, which certificate an entry means.
import { html, useEffect, useRef, useState } from '../../lib/html.js';
import { useClients } from '../../lib/hooks.js';
import { commonName, plural } from '../../lib/format.js';
import { storeLabel } from '../../lib/help.js';
import { Tag, Time } from '../../components/badge.js';
import { Dialog } from '../../components/dialog.js';
import { Check, Choices, Field } from '../../components/field.js';
import { FileDrop } from '../../components/filedrop.js';
import { ShortPrint } from '../../components/fingerprint.js';
import { Loading, Note, Problem } from '../../components/states.js';
import { toast } from '../../components/toast.js';

/** What would come in, and what would not and why. */
function Preview({ of }) {
	const n = of.certificates.length;
	return html`<section class="stack tight" aria-label="Preview"><h3>${n ? `${plural(n, 'certificate')} would come in` : 'Nothing of this would come in'}</h3>
		<ul class="checks">${of.certificates.map((/** @type {any} */ c) => html`<li key=${c.sha256}><span aria-hidden="true">→</span><span class="said wrap">${commonName(c.subject)}</span><span class="row"><${Tag} kind="info">${storeLabel(c.store)}</${Tag}>${c.existed && html`<${Tag}>already there</${Tag}>`}</span>
			<span class="why">${c.name ? `for “${c.name}”` : 'not in the catalogue'} · until <${Time} at=${c.not_after} /> · <${ShortPrint} hex=${c.thumbprint} /></span></li>`)}
			${of.left_out.map((/** @type {any} */ c) => html`<li key=${`out${c.sha256}`}><span aria-hidden="true">–</span><span class="said dim wrap">Left out: ${commonName(c.subject)}</span><span></span><span class="why">${c.why}</span></li>`)}</ul>
		${of.warnings.map((/** @type {any} */ w) => html`<${Note} kind="info" key=${w.code} title="Intermediates go to Intermediate Authorities">${w.text}.</${Note}>`)}</section>`;
}

/** @param {{onClose: () => void, onDone: () => void}} props */
export function ImportDialog({ onClose, onDone }) {
	const { roots } = useClients();
	const [file, setFile] = useState(/** @type {File|null} */ (null));
	const [how, set] = useState({ confirm: false, unlisted: false });
	const [look, setLook] = useState(/** @type {{state: string, data?: any, error?: any}} */ ({ state: 'none' }));
	const asked = useRef(0);
	useEffect(() => {
		const mine = ++asked.current;
		const seen = (/** @type {any} */ next) => { if (mine === asked.current) setLook(next); };
		if (!file) return seen({ state: 'none' });
		seen({ state: 'looking' });
		roots.import(file, { ...how, dry: true }).then((data) => seen({ state: 'seen', data }), (error) => seen({ state: 'refused', error }));
		return undefined;
	}, [file, how]);
	const n = look.data?.certificates.length ?? 0;
	return html`<${Dialog} title="Import required certificates" wide about="Roots go to Trusted Root and intermediates to Intermediate Authorities, whatever folder they came in." submit=${n ? `Import ${plural(n, 'certificate')}` : 'Import'} disabled=${!n} onClose=${onClose} onSubmit=${async () => {
		const r = await roots.import(/** @type {File} */ (file), how);
		toast(`${plural(r.certificates.length, 'certificate')} imported`);
		onDone();
		onClose();
	}}><${FileDrop} label="Certificates" kinds="A certificate, a PEM file, a P7B, or a ZIP of such" accept=".cer,.crt,.der,.pem,.p7b,.p7c,.zip" file=${file} onFile=${setFile} />
		<${Check} label="These are the ones that unconfirmed entries mean" help="unconfirmed" about="Unconfirmed" hint="Tick only when you know where the file comes from: their fingerprints are remembered from then on." checked=${how.confirm} onChange=${(/** @type {boolean} */ v) => set({ ...how, confirm: v })} />
		<${Check} label="Also what the catalogue does not name" hint="Everybody whom such a root certified is believed from then on." checked=${how.unlisted} onChange=${(/** @type {boolean} */ v) => set({ ...how, unlisted: v })} />
		${look.state === 'looking' && html`<${Loading} what="A look at the file" />`}${look.state === 'refused' && html`<${Problem} error=${look.error} what="This cannot be imported" />`}${look.state === 'seen' && html`<${Preview} of=${look.data} />`}</${Dialog}>`;
}

const STORES = [{ value: 'Root', label: 'Root', hint: 'Self-signed; goes to Trusted Root.' }, { value: 'CA', label: 'Intermediate', hint: 'Signed by another; goes to Intermediate Authorities.' }];
const hex = (/** @type {string} */ s) => s.replace(/[^0-9a-f]/gi, '');

/** @param {{entry?: any, onClose: () => void, onDone: () => void}} props without entry: a new one */
export function EntryDialog({ entry, onClose, onDone }) {
	const { roots } = useClients();
	const [o, set] = useState({ name: entry?.name ?? '', store: entry?.store ?? 'Root', sha1: entry?.sha1 ?? '', sha256: entry?.sha256 ?? '', needed_for: entry?.needed_for ?? '', since: entry?.since ?? '' });
	const put = (/** @type {any} */ part) => set((old) => ({ ...old, ...part }));
	const wrong = (/** @type {string} */ v, /** @type {number} */ n) => (v && hex(v).length !== n ? `${n} hexadecimal digits, or nothing.` : '');
	const bad = !o.name.trim() || wrong(o.sha1, 40) || wrong(o.sha256, 64);
	return html`<${Dialog} title=${entry ? 'Change the entry' : 'New entry'} wide about="The certificate itself is imported; here stands which one it has to be." submit=${entry ? 'Save' : 'Add'} disabled=${!!bad} onClose=${onClose} onSubmit=${async () => {
		const body = { ...o, sha1: o.sha1 || null, sha256: o.sha256 || null };
		await (entry ? roots.change(entry.id, body) : roots.add(body));
		onDone();
		onClose();
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
	const [all, setAll] = useState(/** @type {any[]|null} */ (null));
	useEffect(() => {
		Promise.all(entry.candidates.map((/** @type {string} */ id) => certs.show(id))).then(setAll, () => setAll([]));
	}, []);
	return html`<${Dialog} title="Which certificate is it?" wide about=${`“${entry.name}” is known by name only. Compare the fingerprint with one from its issuer before you confirm.`} submit="This one" disabled=${!chosen} onClose=${onClose} onSubmit=${async () => {
		await roots.confirm(entry.id, chosen);
		toast('Confirmed; its fingerprint is in the catalogue');
		onDone();
		onClose();
	}}>${!all ? html`<${Loading} what="Certificates of this name" />` : html`<${Choices} legend="Certificates of this name" value=${chosen} onChange=${choose} options=${all.map((c) => ({ value: c.sha256, label: commonName(c.subject), hint: html`issued by ${commonName(c.issuer)}<br /><span class="mono wrap">${c.sha256}</span>` }))} />`}</${Dialog}>`;
}
