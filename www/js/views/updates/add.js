// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// A package is added: the file, its signature or who signs it here, the verdict with cause and cure, then it is stored.
import { html, useEffect, useRef, useState } from '../../lib/html.js';
import { useClients, useLook, useResource } from '../../lib/hooks.js';
import { bytes, commonName, plural, sentence } from '../../lib/format.js';
import { ShortPrint } from '../../components/fingerprint.js';
import { Time } from '../../components/badge.js';
import { Dialog } from '../../components/dialog.js';
import { Facts } from '../../components/facts.js';
import { Check, Choices } from '../../components/field.js';
import { FileDrop } from '../../components/filedrop.js';
import { Empty, Loading, Note, Problem, Resource } from '../../components/states.js';
import { toast } from '../../components/toast.js';
import { LinkButton } from '../../components/button.js';

const MAX_BYTES = 1 << 30; // what the console takes by upload

/** Why a package is refused, and the way out. @param {{error: any}} props */
export function Refused({ error }) {
	const missing = error.check?.missing;
	if (!missing) return html`<${Problem} error=${error} what="This package would not be installed anywhere" />`;
	return html`<${Note} kind="bad" role="alert" title=${missing.kind === 'root' ? 'The root of its signer is missing' : 'A certificate above its signer is missing'} actions=${html`<${LinkButton} small kind="main" href="#/roots?import=1">Import it</${LinkButton}>`}>
		<p>${sentence(error.message)}</p><p>What is missing: <strong class="wrap">${commonName(missing.name) || 'a certificate without a name'}</strong>${missing.sha256 && html` <${ShortPrint} hex=${missing.sha256} />`}. Import it here, with a tick at “Also what the catalogue does not name”, then add the package again.</p><p class="small dim mono">${error.code}</p></${Note}>`;
}

/** @param {{of: any}} props of: the answer to a look */
function Verdict({ of: p }) {
	return html`<section class="stack tight" aria-label="Verdict"><${Note} kind="ok" role="status" title=${`${p.package} ${p.version} may come in`}>${sentence(p.check?.explanation) || 'Digest, signature and the chain of its signer are right.'}</${Note}>
		<${Facts} of=${[['Files', `${plural(p.files.length, 'file')}, ${bytes(p.bytes)} packed`], ['Signed by', p.signer && html`<span class="wrap">${commonName(p.signer.subject)}</span>, valid until <${Time} at=${p.signer.not_after} />`], ['SHA-256', html`<${ShortPrint} hex=${p.sha256} />`]]} /></section>`;
}

function Signers({ value, onChange }) {
	const { updates } = useClients();
	const list = useResource((s) => updates.signers(s), [], ['certificate']);
	return html`<${Resource} of=${list} what="Certificates that may sign" empty=${(/** @type {any} */ d) => !d.length && html`<${Empty} icon="key" title="No certificate may sign" actions=${html`<${LinkButton} href="#/certificates?import=1&store=My">Import one</${LinkButton}>`}>Personal holds none with a key that is meant for code signing.</${Empty}>`}>${(/** @type {any} */ d) => html`<${Choices} legend="Sign with" help="code-signing" value=${value} onChange=${onChange} options=${d.map((/** @type {any} */ c) => ({ value: c.sha256, label: c.friendly_name || commonName(c.subject), hint: html`issued by ${commonName(c.issuer)}, until <${Time} at=${c.not_after} />` }))} />`}</${Resource}>`;
}

/** @param {{onClose: () => void, onDone: () => void}} props */
export function AddDialog({ onClose, onDone }) {
	const { updates, session } = useClients();
	const [file, setFile] = useState(/** @type {File|null} */ (null)), [signature, setSignature] = useState(/** @type {File|null} */ (null));
	const [how, setHow] = useState('given'), [signer, setSigner] = useState(''), [offer, setOffer] = useState(true);
	const { look, ask, clear } = useLook();
	const said = useRef(/** @type {any} */ (null));
	useEffect(() => { if (look.state !== 'none') said.current?.scrollIntoView?.({ block: 'nearest' }); }, [look.state]);
	/** What was looked at is no longer what is chosen. @param {() => void} change */
	const anew = (change) => { clear(); change(); };
	const what = () => ({ file: /** @type {File} */ (file), ...(how === 'given' ? { signature } : { sign_with: signer }), offer });
	const ready = file && (how === 'given' ? signature : signer);
	const check = () => ask(() => updates.add(what(), true));
	const add = async () => {
		const p = await updates.add(what(), false);
		toast(`${p.package} ${p.version} is added${p.offered ? ' and offered' : ''}`);
		onDone();
		onClose();
	};
	return html`<${Dialog} title="Add a package" wide about="It is checked as an agent would check it, before anything is stored." submit=${look.state === 'seen' ? 'Add the package' : 'Check it'} disabled=${!ready || look.state === 'looking'} onClose=${onClose} onSubmit=${look.state === 'seen' ? add : check}>
		<${FileDrop} label="Package" what="the package" kinds="A ZIP with manifest.json, at most 1 GiB; larger ones by the command line" accept=".zip" paste=${false} maxBytes=${MAX_BYTES} file=${file} onFile=${(/** @type {any} */ f) => anew(() => setFile(f))} />
		<${Choices} legend="Signature" help="detached" value=${how} onChange=${(/** @type {string} */ v) => anew(() => setHow(v))} options=${[{ value: 'given', label: 'I have its .p7s file', hint: 'Made by whoever released the package.' }, { value: 'sign', label: 'Sign it here', hint: session.may('admin') ? 'With a code-signing certificate of Personal whose key is here.' : 'Only an administrator may use a key of this server.', disabled: !session.may('admin') }]} />
		${how === 'given' ? html`<${FileDrop} label="Detached signature" what="its signature" kinds="The .p7s over the ZIP, DER or PEM" accept=".p7s,.p7m,.pem,.der" paste=${false} maxBytes=${1 << 20} file=${signature} onFile=${(/** @type {any} */ f) => anew(() => setSignature(f))} />` : html`<${Signers} value=${signer} onChange=${(/** @type {string} */ v) => anew(() => setSigner(v))} />`}
		<${Check} label="Offer it to agents at once" hint="A version of the same package that is offered now gives way to it." checked=${offer} onChange=${setOffer} />
		<div ref=${said} hidden=${look.state === 'none'}>${look.state === 'looking' && html`<${Loading} what="Checking the package" />`}${look.state === 'refused' && html`<${Refused} error=${look.error} />`}${look.state === 'seen' && html`<${Verdict} of=${look.data} />`}</div></${Dialog}>`;
}
