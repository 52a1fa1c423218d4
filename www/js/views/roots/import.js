// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// The import wizard, in the steps Windows has: which files, into which stores, done. It differs in the second: roots
// go to Root and intermediates to CA, whatever folder they came in, and it says why.
import { html, useEffect, useRef, useState } from '../../lib/html.js';
import { useClients, useLook } from '../../lib/hooks.js';
import { commonName, plural, sentence } from '../../lib/format.js';
import { storeLabel } from '../../lib/help.js';
import { certificateFiles, together } from '../../clients/roots.js';
import { Tag, Time } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { Dialog } from '../../components/dialog.js';
import { Check, Choices } from '../../components/field.js';
import { FilesDrop } from '../../components/filesdrop.js';
import { ShortPrint } from '../../components/fingerprint.js';
import { Loading, Note, Problem } from '../../components/states.js';
import { WizardSteps } from '../../components/wizard.js';

const STEPS = ['Certificates', 'Stores', 'Done'];
const PLACES = [
	{ value: 'kind', label: 'Each where it belongs', hint: 'Self-signed roots to Trusted Root Authorities, everything else to Intermediate Authorities.' },
	{ value: 'root', label: 'All into Trusted Root', disabled: true, hint: 'Older guides say so. A single intermediate in Trusted Root makes Windows refuse every client certificate with 403.16, so it is not done here; nothing is lost, for signatures are verified just the same.' }];

/** What would come in, and what would not and why. */
function Preview({ of }) {
	const n = of.certificates.length;
	return html`<section class="stack tight" aria-label="Preview"><h3>${n ? `${plural(n, 'certificate')} would come in` : 'Nothing of this would come in'}</h3>
		<ul class="checks">${of.certificates.map((/** @type {any} */ c) => html`<li key=${c.sha256}><span aria-hidden="true">→</span><span class="said wrap">${commonName(c.subject)}</span><span class="row"><${Tag} kind="info">${storeLabel(c.store)}</${Tag}>${c.existed && html`<${Tag}>already there</${Tag}>`}</span>
			<span class="why">${c.name ? `for “${c.name}”` : 'not in the catalogue'} · until <${Time} at=${c.not_after} /> · <${ShortPrint} hex=${c.thumbprint} /></span></li>`)}
			${of.left_out.map((/** @type {any} */ c) => html`<li key=${`out${c.sha256}`}><span aria-hidden="true">–</span><span class="said dim wrap">Left out: ${commonName(c.subject)}</span><span></span><span class="why">${sentence(c.why)}</span></li>`)}</ul></section>`;
}

/** A look at all files, or their import: one after another, the first failure names its file. */
async function through(/** @type {any} */ roots, /** @type {File[]} */ files, /** @type {any} */ how) {
	const all = [];
	for (const file of files) {
		try {
			all.push(await roots.import(file, how));
		} catch (error) {
			if (error instanceof Error && files.length > 1) error.message = `${file.name}: ${error.message}`;
			throw error;
		}
	}
	return together(all);
}

/** @param {{onClose: () => void, onDone: () => void, onDeploy?: () => void}} props onDeploy: what is imported goes to agents next */
export function ImportDialog({ onClose, onDone, onDeploy }) {
	const { roots } = useClients();
	const [at, setAt] = useState(0);
	const [files, setFiles] = useState(/** @type {File[]} */ ([]));
	const [how, set] = useState({ confirm: false, unlisted: false });
	const { look, ask, clear, again } = useLook();
	const [done, setDone] = useState(/** @type {any} */ (null));
	const head = useRef(/** @type {any} */ (null));
	useEffect(() => {
		if (files.length) ask(() => through(roots, files, { ...how, dry: true }));
		else clear();
	}, [files, how]);
	useEffect(() => { if (at) head.current?.focus(); }, [at]);
	const n = look.data?.certificates.length ?? 0, out = (/** @type {string} */ code) => look.data?.left_out.some((/** @type {any} */ c) => c.code === code);
	const steps = html`<${WizardSteps} label="Steps of the import" steps=${STEPS} at=${at} />`;
	const title = 'Certificate import wizard';
	if (done) {
		const fresh = done.certificates.filter((/** @type {any} */ c) => !c.existed).length;
		return html`<${Dialog} title=${title} wide onClose=${onClose} footer=${html`${onDeploy && html`<${Button} kind="quiet" icon="agents" onClick=${onDeploy}>Deploy to agents</${Button}>`}<${Button} onClick=${onClose}>Close</${Button}>`}>${steps}
			<div ref=${head} tabindex="-1"><${Note} kind="ok" role="status" title="The import was successful">${fresh ? `${plural(fresh, 'certificate')} came in` : 'Everything was already there'}${done.left_out.length > 0 && `; ${plural(done.left_out.length, 'certificate')} stayed out`}. This server can verify signatures with them from now on.</${Note}></div>
			<ul class="checks">${done.certificates.map((/** @type {any} */ c) => html`<li key=${c.sha256}><span aria-hidden="true">→</span><span class="said wrap">${commonName(c.subject)}</span><span class="row"><${Tag} kind="info">${storeLabel(c.store)}</${Tag}></span></li>`)}</ul></${Dialog}>`;
	}
	if (!at)
		return html`<${Dialog} title=${title} wide about="For the certificates that signature checks of program files need." submit="Next" disabled=${look.state !== 'seen'} onClose=${onClose} onSubmit=${() => setAt(1)}>${steps}
			<${FilesDrop} label="Certificates" kinds="Certificates, PEM files, P7B, or a ZIP of such" accept=".cer,.crt,.der,.pem,.p7b,.p7c,.zip" files=${files} onFiles=${setFiles} maxBytes=${8 << 20} fits=${(/** @type {any} */ f) => { const list = [...f]; return list.length === 1 ? list : certificateFiles(list); }} nothing="None of these files is a certificate (.cer, .crt, .der, .pem, .p7b) or a ZIP of such." />
			${look.state === 'looking' && html`<${Loading} what="A look at the files" />`}${look.state === 'refused' && html`<${Problem} error=${look.error} what="This cannot be imported" retry=${again} />`}
			${look.state === 'seen' && html`<p role="status">${plural(n + look.data.left_out.length, 'certificate')} found, ${n} of them wanted by the catalogue. The next step shows where each goes.</p>`}${look.state === 'seen' && look.data.skipped.length > 0 && html`<p class="small dim wrap">Not named like certificates, and so skipped: ${look.data.skipped.slice(0, 10).join(', ')}${look.data.skipped.length > 10 && ` and ${look.data.skipped.length - 10} more`}.</p>`}</${Dialog}>`;
	return html`<${Dialog} title=${title} wide about="Nothing has happened yet." submit=${n ? `Import ${plural(n, 'certificate')}` : 'Import'} disabled=${!n || look.state !== 'seen'} onClose=${onClose} left=${html`<${Button} kind="quiet" onClick=${() => setAt(0)}>Back</${Button}>`} onSubmit=${async () => {
		setDone(await through(roots, files, how));
		setAt(2);
		onDone();
	}}>${steps}<div ref=${head} tabindex="-1"><${Choices} legend="Into which store" value="kind" onChange=${() => {}} options=${PLACES} /></div>
		${look.data && html`<${Preview} of=${look.data} />`}${look.state === 'refused' && html`<${Problem} error=${look.error} what="This cannot be imported" retry=${again} />`}
		${(how.confirm || out('unconfirmed')) && html`<${Check} label="These are the ones that unconfirmed entries mean" help="unconfirmed" about="Unconfirmed" hint="Tick only when you know where the file comes from: their fingerprints are remembered from then on." checked=${how.confirm} onChange=${(/** @type {boolean} */ v) => set({ ...how, confirm: v })} />`}
		${(how.unlisted || out('unlisted')) && html`<${Check} label="Also what the catalogue does not name" hint="Everybody whom such a root certified is believed from then on." checked=${how.unlisted} onChange=${(/** @type {boolean} */ v) => set({ ...how, unlisted: v })} />`}</${Dialog}>`;
}
