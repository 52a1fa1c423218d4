// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Publish from any .cer: what it is, then what may be done with it. The bound one repairs the file; another one is
// bound first, or told to agents as the next one.
import { html, useState } from '../lib/html.js';
import { useClients } from '../lib/hooks.js';
import { commonName, endpoint } from '../lib/format.js';
import { sanText } from '../clients/certs.js';
import { LifeBar, Tag, ValidityTag } from '../components/badge.js';
import { Dialog } from '../components/dialog.js';
import { Facts } from '../components/facts.js';
import { Check, Choices } from '../components/field.js';
import { FileDrop } from '../components/filedrop.js';
import { Fingerprint } from '../components/fingerprint.js';
import { Loading, Note, Problem } from '../components/states.js';
import { toast } from '../components/toast.js';

const IS = { bound: ['ok', 'check', 'The bound certificate'], stored: ['info', 'cert', 'In your stores, not bound'], unknown: ['warn', 'warn', 'Not in your stores'] };

/** What the file was recognised as. */
export function Candidate({ of }) {
	const [kind, icon, text] = IS[/** @type {keyof typeof IS} */ (of.is)] ?? IS.unknown;
	return html`<section class="card" aria-label="What the file holds"><div class="stack tight"><div class="row spread"><strong class="wrap">${commonName(of.subject)}</strong><span class="row"><${Tag} kind=${kind} icon=${icon}>${text}</${Tag}><${ValidityTag} of=${of} /></span></div><${LifeBar} of=${of} />
		<${Facts} of=${[['Issued by', commonName(of.issuer)], ['Names', of.sans.map(sanText).join(', ') || 'none'], ['Thumbprint', html`<${Fingerprint} hex=${of.thumbprint} what="thumbprint" />`, 'thumbprint'], ['Private key', of.has_key ? 'here' : 'not here']]} /></div></section>`;
}

const ways = (/** @type {any} */ c, /** @type {boolean} */ admin) => [
	{ value: 'bind', label: 'Bind it', disabled: !c.bindable, hint: c.bindable ? 'The usual way: the change is staged, you put it into service, and OfcIPCer.dat follows by itself.' : 'Its private key is not in Personal or Web Hosting: import it with its key first.' },
	{ value: 'next', label: 'Tell agents of it beforehand', disabled: !c.has_key && !admin, hint: !c.has_key && !admin ? 'Its key is not here: only an administrator may do this.' : 'It goes out as the next certificate, beside the bound one; OfcIPCer.dat stays as it is until you bind it.' }];

/** @param {{binding: any, onClose: () => void, onDone: () => void}} props binding: the agents' */
export function Publish({ binding, onClose, onDone }) {
	const { agents, bindings, router, session } = useClients();
	const [file, setFile] = useState(/** @type {File|null} */ (null));
	const [seen, setSeen] = useState(/** @type {{state: string, candidate?: any, error?: any}} */ ({ state: 'none' }));
	const [way, setWay] = useState('');
	const [agreed, agree] = useState(false);
	const c = seen.candidate, bound = c?.is === 'bound';
	const look = async (/** @type {File|null} */ f) => {
		setFile(f);
		agree(false);
		if (!f) return setSeen({ state: 'none' });
		setSeen({ state: 'looking' });
		try {
			const { candidate } = await agents.look(f);
			setWay(candidate.is === 'bound' ? 'publish' : candidate.bindable ? 'bind' : 'next');
			return setSeen({ state: 'seen', candidate });
		} catch (error) {
			return setSeen({ state: 'failed', error });
		}
	};
	const act = {
		async publish() { await agents.publish(file); toast('OfcIPCer.dat is published'); },
		async next() { await agents.announce(file); toast('Agents are told of the next certificate'); },
		async bind() {
			const place = `/bindings/${encodeURIComponent(binding.id)}`;
			try {
				await bindings.stage({ endpoint: binding.endpoint ?? endpoint(binding), cert: c.sha256, confirm_within_s: 120 });
				router.go(place);
			} catch (e) {
				if (!/** @type {any} */ (e).checks?.length) throw e;
				router.go(`${place}?edit=1&cert=${c.sha256}`); // there the checks are shown, and may be overridden
			}
		},
	};
	return html`<${Dialog} title="Publish from a file" wide about="Any file with the public certificate; the console says what it is." submit=${{ bind: 'Stage the change', next: 'Tell the agents' }[way] ?? 'Publish'} danger=${way === 'next'} disabled=${seen.state !== 'seen' || (way === 'next' && !agreed)} onClose=${onClose}
		onSubmit=${async () => { await act[/** @type {keyof typeof act} */ (way)](); onDone(); onClose(); }}>
		<${FileDrop} label="Public certificate" kinds="A .cer, .crt, .der, .pem or .p7b file, with or without its chain" accept=".cer,.crt,.pem,.der,.p7b,.p7c" file=${file} onFile=${look} />
		${seen.state === 'looking' && html`<${Loading} what="Looking at the file" />`}<${Problem} error=${seen.error} what="This cannot be published" />
		${c && html`<${Candidate} of=${c} />`}
		${bound && html`<${Note} kind="ok" title="This is what the agents’ binding shows">OfcIPCer.dat is written anew, and the copy in Trusted People is put back if it is missing.</${Note}>`}
		${c && !bound && html`<${Choices} legend="It is not bound. What is to happen?" help="ipcer" value=${way} onChange=${setWay} options=${ways(c, session.may('admin'))} />`}
		${way === 'next' && c && !bound && html`<${Note} kind="warn" title="What follows"><ul class="tightlist">${c.warnings.map((/** @type {string} */ w) => html`<li key=${w}>${w}</li>`)}</ul></${Note}><${Check} label="I know which certificate agents will take, and which they will refuse" checked=${agreed} onChange=${agree} />`}</${Dialog}>`;
}
