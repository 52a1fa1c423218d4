// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Import: a file by drop, choice or paste; a look first (dry run) with the password asked in the same place; then done.
import { html, useEffect, useRef, useState } from '../../lib/html.js';
import { useClients, useLook } from '../../lib/hooks.js';
import { commonName, plural } from '../../lib/format.js';
import { storeLabel } from '../../lib/help.js';
import { importNeed } from '../../clients/certs.js';
import { Tag, Time } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { Dialog } from '../../components/dialog.js';
import { Check, Field } from '../../components/field.js';
import { FileDrop } from '../../components/filedrop.js';
import { ShortPrint } from '../../components/fingerprint.js';
import { Loading, Note, Problem } from '../../components/states.js';
import { toast } from '../../components/toast.js';

function Preview({ of }) {
	const n = of.certificates.length, fresh = of.certificates.filter((/** @type {any} */ c) => !c.existed).length;
	return html`<section class="stack tight" aria-label="Preview"><h3>${fresh ? `${plural(fresh, 'certificate')} would come in` : n ? 'All of this is here already' : 'Nothing of this file would come in'}</h3>
		<ul class="checks">${of.certificates.map((/** @type {any} */ c) => html`<li key=${`${c.sha256}${c.store}`}><span aria-hidden="true">→</span><span class="said wrap">${commonName(c.subject)}</span><span class="row"><${Tag} kind="info">${storeLabel(c.store)}</${Tag}>${c.has_key && html`<${Tag} kind="ok" icon=${c.exportable ? 'key' : 'lock'}>${c.exportable ? 'Key, exportable' : 'with its key'}</${Tag}>`}${c.existed && html`<${Tag}>here already</${Tag}>`}</span>
			<span class="why">until <${Time} at=${c.not_after} /> · <${ShortPrint} hex=${c.thumbprint} /></span></li>`)}
			${of.left_out.map((/** @type {any} */ c) => html`<li key=${`out${c.sha256}`}><span aria-hidden="true">–</span><span class="said dim">Left out: ${c.subject ? commonName(c.subject) : `${c.sha256.slice(0, 12)}…`}</span><span></span><span class="why">${c.why}</span></li>`)}</ul>
		${(of.warnings ?? []).filter((/** @type {any} */ w) => w.code !== 'store.not_self_signed').map((/** @type {any} */ w) => html`<${Note} kind="warn" key=${w.code} title=${w.text}>${w.remedy && html`<p>${w.remedy}</p>`}</${Note}>`)}</section>`;
}

const NEEDS = {
	password: { title: 'This file is under a password', text: 'Give it, and look again. It is used for this file only and kept nowhere.' },
	'wrong-password': { title: 'That password does not open the file', text: 'Nothing was imported. Check the keyboard layout and capitals; the password is the one set when the file was made.' },
	'no-mac': { title: 'This file is not protected against changes', text: 'It has no integrity check (MAC). Import it only if you know where it comes from.' },
	warning: { title: 'This does not belong into Trusted Root', text: 'It is not self-signed. One such certificate in Root makes every client certificate fail with 403.16. Let it go to Intermediate Authorities instead.' },
};

/** @param {{store?: string, stores: any[], onClose: () => void, onDone: (r: any) => void}} props */
export function ImportDialog({ store = '', stores, onClose, onDone }) {
	const { certs, session } = useClients();
	const [file, setFile] = useState(/** @type {File|null} */ (null));
	const [o, set] = useState(/** @type {any} */ ({ password: '', store, exportable: false, trust_roots: false, allow_no_mac: false, accept_warnings: false, friendly_name: '' }));
	const { look, ask, clear } = useLook();
	const put = (/** @type {any} */ part) => set((/** @type {any} */ old) => ({ ...old, ...part }));

	const preview = (/** @type {File} */ f, /** @type {any} */ opt) => ask(() => certs.importFile(f, opt, true), (error) => ({ need: importNeed(error, !!opt.password) }));
	useEffect(() => {
		if (file) preview(file, o);
		else clear();
	}, [file, o.store, o.trust_roots, o.exportable, o.allow_no_mac, o.accept_warnings]);

	const misplaced = look.need === 'warning' || (look.data?.warnings ?? []).some((/** @type {any} */ w) => w.code === 'store.not_self_signed');
	const need = look.need ? NEEDS[/** @type {keyof typeof NEEDS} */ (look.need)] : null;
	const asking = look.need === 'password' || look.need === 'wrong-password';
	const secret = useRef(/** @type {any} */ (null));
	useEffect(() => {
		const input = asking ? secret.current?.querySelector('input') : null;
		input?.focus();
		input?.select();
	}, [look.error]);
	const submit = async () => {
		if (!file) return;
		if (look.state !== 'seen') {
			await preview(file, o);
			return;
		}
		const r = await certs.importFile(file, o);
		put({ password: '' });
		const fresh = r.certificates.filter((/** @type {any} */ c) => !c.existed);
		const first = fresh.find((/** @type {any} */ c) => c.has_key) ?? fresh[0];
		toast(first ? `${commonName(first.subject)}${fresh.length > 1 ? ` and ${fresh.length - 1} more` : ''} imported` : 'All of it was here already');
		onDone(r);
		onClose();
	};
	const targets = [{ value: '', label: 'By rule: keys to Personal, authorities to Intermediate' }, ...stores.map((s) => ({ value: s.name, label: `${storeLabel(s.name)}${storeLabel(s.name) === s.name ? '' : ` (${s.name})`}` }))];
	return html`<${Dialog} title="Import a certificate" wide about="You see what would go where before anything happens." onClose=${onClose} onSubmit=${submit} disabled=${!file || look.state === 'looking' || (misplaced && !o.accept_warnings) || (look.state === 'seen' && !look.data.certificates.length)}
		submit=${look.state === 'seen' ? (look.data.certificates.length ? `Import ${plural(look.data.certificates.length, 'certificate')}` : 'Nothing to import') : asking ? 'Open the file' : 'Look at the file'}>
		<${FileDrop} label="Certificate file" kinds="PFX as Windows exports it, PEM in any order (certificate and key may be two files), DER, CER or P7B" accept=".pfx,.p12,.pem,.crt,.cer,.der,.p7b,.p7c,.key" file=${file} onFile=${(/** @type {any} */ f) => { setFile(f); put({ password: '' }); }} />
		${file && html`
			${need && html`<${Note} kind=${look.need === 'wrong-password' ? 'bad' : 'warn'} title=${need.title} role="alert"><p>${need.text}</p>${look.need === 'wrong-password' && html`<p class="small dim mono">${look.error?.code}${look.error?.requestId && ` · request ${look.error?.requestId}`}</p>`}</${Note}>`}
			${look.error && !need && html`<${Problem} error=${look.error} />`}
			${(asking || o.password) && html`<div class="row top" ref=${secret}><div class="grow"><${Field} label="Password of the file" type="password" value=${o.password} onInput=${(/** @type {string} */ v) => { put({ password: v }); if (look.state === 'seen') clear(); }} autocomplete="off" help="pfx" autofocus /></div></div>`}
			${look.need === 'no-mac' && html`<${Check} label="I know where this file comes from: import it without the check" checked=${o.allow_no_mac} onChange=${(/** @type {boolean} */ v) => put({ allow_no_mac: v })} />`}
			${misplaced && !need && html`<${Note} kind="warn" title=${NEEDS.warning.title} role="alert"><p>${NEEDS.warning.text}</p></${Note}>`}
			${misplaced && html`<div class="row"><${Button} icon="move" onClick=${() => put({ store: 'CA' })}>Put it into Intermediate Authorities</${Button}></div><${Check} label="Put it into Root all the same" hint="Client certificates may then be refused for everybody." checked=${o.accept_warnings} onChange=${(/** @type {boolean} */ v) => put({ accept_warnings: v })} />`}
			<div class="grid2"><${Field} label="Into which store" options=${targets} value=${o.store} onInput=${(/** @type {string} */ v) => put({ store: v })} /><${Field} label="Friendly name" value=${o.friendly_name} onInput=${(/** @type {string} */ v) => put({ friendly_name: v })} help="friendly-name" hint="Left empty: the one in the file" maxlength="256" /></div>
			<${Check} label="The key may be exported later" hint="Off: the key never leaves this console again." help="exportable" checked=${o.exportable} onChange=${(/** @type {boolean} */ v) => put({ exportable: v })} />
			${session.may('admin') && html`<${Check} label="Trust the roots in this file" hint="Puts self-signed roots into Trusted Root Authorities. Left off, they stay out." checked=${o.trust_roots} onChange=${(/** @type {boolean} */ v) => put({ trust_roots: v })} />`}
			${look.state === 'looking' && html`<${Loading} what="Looking into the file" />`}${look.state === 'seen' && html`<${Preview} of=${look.data} />`}`}
	</${Dialog}>`;
}
