// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Client certificates that stand for an account.
import { html, useState } from '../lib/html.js';
import { useAction, useClients, useResource } from '../lib/hooks.js';
import { commonName } from '../lib/format.js';
import { Tag } from '../components/badge.js';
import { Button } from '../components/button.js';
import { Dialog } from '../components/dialog.js';
import { Choices, Field } from '../components/field.js';
import { FileDrop } from '../components/filedrop.js';
import { Problem, Resource } from '../components/states.js';
import { toast } from '../components/toast.js';

const KINDS = [
	{ value: 'certificate', label: 'This certificate', hint: 'By its SHA-256: ends with the next renewal.' },
	{ value: 'serial', label: 'Issuer and serial number', hint: 'Of a certificate that the CA below signed.' },
	{ value: 'upn', label: 'User principal name', hint: 'As Windows CAs write it; only from the CA below.' },
	{ value: 'email', label: 'E-mail address', hint: 'In the alternative names; only from the CA below.' },
];
const kindName = (/** @type {string} */ k) => KINDS.find((x) => x.value === k)?.label ?? k;

function Add({ user, onDone }) {
	const { system, certs } = useClients();
	const [o, set] = useState(/** @type {any} */ ({ kind: 'certificate', file: null, value: '', issuer: '', access: 'allow' }));
	const put = (/** @type {any} */ part) => set((/** @type {any} */ old) => ({ ...old, ...part }));
	const cas = useResource((s) => certs.list({ purpose: 'ca', limit: 500 }, s), []);
	const exact = o.kind === 'certificate';
	const ready = exact ? o.file : o.issuer && (o.file || o.value.trim());
	const add = useAction(async () => {
		await system.mapCertificate(user, { kind: o.kind, file: o.file, value: exact ? '' : o.value.trim(), issuer: exact ? '' : o.issuer, access: o.access });
		put({ file: null, value: '' });
		toast(o.access === 'deny' ? `${user} is shut out by this certificate` : `The certificate stands for ${user}`);
		onDone();
	});
	return html`<div class="stack"><h3>Add one</h3><${Choices} legend="What is compared" value=${o.kind} onChange=${(/** @type {string} */ v) => put({ kind: v })} options=${KINDS} />
		${!exact && html`<${Field} label="Issuer whose word counts" value=${o.issuer} onInput=${(/** @type {string} */ v) => put({ issuer: v })} options=${[{ value: '', label: 'Choose a CA' }, ...(cas.data?.items ?? []).map((/** @type {any} */ c) => ({ value: c.sha256, label: `${commonName(c.subject)} (${c.thumbprint.slice(0, 8)})` }))]} />`}
		${!exact && html`<${Field} label=${o.kind === 'serial' ? 'Serial number, hex' : 'Name'} value=${o.value} onInput=${(/** @type {string} */ v) => put({ value: v })} hint="Or take it from a certificate file." />`}
		<${FileDrop} label="Client certificate" kinds="PEM or DER, without its key" file=${o.file} onFile=${(/** @type {any} */ f) => put({ file: f })} />
		<${Field} label="Access" value=${o.access} onInput=${(/** @type {string} */ v) => put({ access: v })} options=${[{ value: 'allow', label: 'Logs in as this account' }, { value: 'deny', label: 'Denied: 403.12' }]} />
		<${Problem} error=${add.error} /><div><${Button} icon="plus" busy=${add.busy} disabled=${!ready} onClick=${() => add.run()}>Map the certificate</${Button}></div></div>`;
}

export function MappingsDialog({ user, onClose }) {
	const { system } = useClients();
	const list = useResource((s) => system.mappings(user, s), [user], ['account', 'audit']);
	const drop = useAction(async (/** @type {any} */ m) => { await system.unmapCertificate(user, m.id); list.reload(); });
	return html`<${Dialog} wide title=${`Client certificates of ${user}`} about="Whoever shows one of these, with a chain that the trust engine accepts, may log in as this account." onClose=${onClose} footer=${html`<${Button} onClick=${onClose}>Done</${Button}>`}><div class="stack">
		<${Resource} of=${list} what="Mappings">${(/** @type {any} */ d) => (d.items.length ? html`<ul class="plain" aria-label="Mapped certificates">${d.items.map((/** @type {any} */ m) => html`<li key=${m.id} class="row spread"><span class="wrap"><strong>${kindName(m.kind)}</strong> <code class="wrap">${m.value}</code>${m.issuer && html` from ${commonName(m.issuer.subject)}`}${m.access === 'deny' && html` <${Tag} kind="bad">denied</${Tag}>`}</span><${Button} kind="danger quiet" small icon="trash" busy=${drop.busy} label=${`Take away ${m.value}`} onClick=${() => drop.run(m)} /></li>`)}</ul>` : html`<p class="dim">None yet: this account logs in with its password.</p>`)}</${Resource}><${Problem} error=${drop.error} /><${Add} user=${user} onDone=${list.reload} /></div></${Dialog}>`;
}
