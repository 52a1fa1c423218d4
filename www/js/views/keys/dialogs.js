// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Dialogs of the authentication keys: a new one, backup, restore, import.
import { html, useState } from '../../lib/html.js';
import { useClients, useResource } from '../../lib/hooks.js';
import { plural } from '../../lib/format.js';
import { saveFile } from '../../lib/save.js';
import { Dialog } from '../../components/dialog.js';
import { Facts } from '../../components/facts.js';
import { Check, Choices, Field } from '../../components/field.js';
import { FileDrop } from '../../components/filedrop.js';
import { Note, Resource } from '../../components/states.js';
import { toast } from '../../components/toast.js';

const KINDS = [{ value: 'ec256', label: 'EC P-256', hint: 'Signs fastest; the usual choice.' }, { value: 'rsa2048', label: 'RSA 2048', hint: 'For agents that know RSA alone.' }, { value: 'rsa3072', label: 'RSA 3072', hint: 'RSA with more reserve.' }];
const MIN = 8;

/** A password twice. @param {{value: any, put: (part: any) => void, label: string, hint?: string}} props */
function Passwords({ value, put, label, hint }) {
	const differ = value.again && value.password !== value.again ? 'The two are not the same.' : '';
	return html`<div class="grid2"><${Field} label=${label} type="password" autocomplete="new-password" value=${value.password} onInput=${(/** @type {string} */ v) => put({ password: v })} hint=${hint} />
		<${Field} label="The same again" type="password" autocomplete="new-password" value=${value.again} onInput=${(/** @type {string} */ v) => put({ again: v })} error=${differ} /></div>`;
}
const good = (/** @type {any} */ o) => o.password.length >= MIN && o.password === o.again;

/** What becomes of the agents. */
function Forecast({ leaked }) {
	const { keys } = useClients();
	const all = useResource((s) => keys.forecast(s), [], ['agent']);
	return html`<section class="card" aria-label="Forecast"><h3>What becomes of the agents</h3><${Resource} of=${all} what="The forecast">${(/** @type {any} */ n) => {
		const sum = n.current + n.recoverable + n.mismatched + n.offline;
		if (!sum) return html`<p class="dim">No agent is registered: nobody has to follow.</p>`;
		return html`<${Facts} of=${[
			['At once', `${plural(n.current, 'agent')} that ${n.current === 1 ? 'is' : 'are'} up to date and in touch`],
			['When they come back', n.offline + n.recoverable ? leaked ? `${plural(n.offline + n.recoverable, 'agent')}, over a connection to this very server alone` : `${plural(n.offline + n.recoverable, 'agent')}, by the chain of publications, without a touch` : 'nobody'],
			['Not by themselves', n.mismatched ? `${plural(n.mismatched, 'agent')} that ${n.mismatched === 1 ? 'knows' : 'know'} another server already; move ${n.mismatched === 1 ? 'it' : 'them'} with IpXfer` : 'nobody']]} />`;
	}}</${Resource}></section>`;
}

export function RotateDialog({ onClose, onDone }) {
	const { keys } = useClients();
	const [o, set] = useState(/** @type {any} */ ({ key: 'ec256', leaked: false, backup: true, password: '', again: '' }));
	const put = (/** @type {any} */ part) => set((/** @type {any} */ old) => ({ ...old, ...part }));
	return html`<${Dialog} title="New authentication key" wide about="The present key signs the next publication, by which agents learn the new one; then it is kept as a former one." submit=${o.leaked ? 'Replace the leaked key' : 'Make the new key'} danger=${o.leaked} disabled=${o.backup && !good(o)} onClose=${onClose} onSubmit=${async () => {
		const r = await keys.rotate({ key: o.key, leaked: o.leaked, ...(o.backup ? { password: o.password } : {}) });
		put({ password: '', again: '' });
		onDone(r);
		onClose();
	}}><${Choices} legend="Kind of key" value=${o.key} onChange=${(/** @type {string} */ v) => put({ key: v })} options=${KINDS} />
		<${Check} label="The present key has leaked" help="leaked" about="Leaked" hint="Agents then take the new one only from this very server, so that a thief cannot announce one of his own." checked=${o.leaked} onChange=${(/** @type {boolean} */ v) => put({ leaked: v })} />
		<${Forecast} leaked=${o.leaked} />
		<${Check} label="Write a backup first" help="key-backup" about="Backup" hint="Into AuthCertBackup on the server, with the new key in it, before anything is switched." checked=${o.backup} onChange=${(/** @type {boolean} */ v) => put({ backup: v })} />
		${o.backup ? html`<${Passwords} value=${o} put=${put} label="Password of the backup" hint=${`At least ${MIN} characters. Without it nobody can restore.`} />` : html`<${Note} kind="warn" title="No backup">If this server is lost before the next backup, every agent has to be visited.</${Note}>`}</${Dialog}>`;
}

export function BackupDialog({ list, onClose }) {
	const { keys } = useClients();
	const [o, set] = useState(/** @type {any} */ ({ password: '', again: '' }));
	const put = (/** @type {any} */ part) => set((/** @type {any} */ old) => ({ ...old, ...part }));
	const stuck = list.filter((/** @type {any} */ k) => !k.exportable).length;
	return html`<${Dialog} title="Back up the keys" about=${`${plural(list.length - stuck, 'key')} and all publications, as a ZIP under a password.`} submit="Download the backup" disabled=${!good(o)} onClose=${onClose} onSubmit=${async () => {
		saveFile(await keys.backup(o.password));
		put({ password: '', again: '' });
		toast('The backup is downloaded; keep it apart from this server');
		onClose();
	}}>${stuck > 0 && html`<${Note} kind="warn" title=${`${plural(stuck, 'key')} cannot be backed up`}>What was imported as not exportable stays out of every backup.</${Note}>`}
		<${Passwords} value=${o} put=${put} label="Password" hint=${`At least ${MIN} characters.`} /></${Dialog}>`;
}

const TAKE = {
	restore: { title: 'Restore from a backup', about: 'Every key of the backup comes in, and what was current there is current here: agents of the lost server answer again without a touch.', submit: 'Restore', file: 'Backup file', kinds: 'The ZIP that a backup made', accept: '.zip', done: 'The keys are restored', warn: 'The present key becomes a former one. Agents that know only it follow by the chain of publications.' },
	import: { title: 'Import a key', about: 'For several servers with one key: the certificate and key of a PFX become the current ones.', submit: 'Import and use it', file: 'PFX file', kinds: 'A .pfx or .p12 with one certificate and its key', accept: '.pfx,.p12', done: 'The imported key is current', warn: 'The present key becomes a former one; it signs the publication that tells agents so.' },
};

/** @param {{kind: 'restore'|'import', onClose: () => void, onDone: (r: any) => void}} props */
export function TakeDialog({ kind, onClose, onDone }) {
	const { keys } = useClients();
	const say = TAKE[kind];
	const [file, setFile] = useState(/** @type {File|null} */ (null));
	const [o, set] = useState(/** @type {any} */ ({ password: '', exportable: true }));
	const put = (/** @type {any} */ part) => set((/** @type {any} */ old) => ({ ...old, ...part }));
	return html`<${Dialog} title=${say.title} wide about=${say.about} submit=${say.submit} disabled=${!file || !o.password} onClose=${onClose} onSubmit=${async () => {
		const r = await keys[kind](file, o.password, o.exportable);
		put({ password: '' });
		toast(say.done);
		onDone(r);
		onClose();
	}}><${FileDrop} label=${say.file} kinds=${say.kinds} accept=${say.accept} paste=${false} maxBytes=${64 << 20} file=${file} onFile=${setFile} />
		<${Field} label="Password of the file" type="password" autocomplete="off" value=${o.password} onInput=${(/** @type {string} */ v) => put({ password: v })} />
		<${Check} label="The keys may leave again" help="exportable" hint="Off: they are in no later backup, and no door lets them out." checked=${o.exportable} onChange=${(/** @type {boolean} */ v) => put({ exportable: v })} />
		<${Note} kind="info">${say.warn}</${Note}></${Dialog}>`;
}
