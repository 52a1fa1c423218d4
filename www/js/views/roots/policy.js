// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// The policy "Turn off Automatic Root Certificates Update": for all agents, for one, and out of a registry file.
import { html, useState } from '../../lib/html.js';
import { useClients, useLook, useResource } from '../../lib/hooks.js';
import { plural } from '../../lib/format.js';
import { Tag } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { Dialog } from '../../components/dialog.js';
import { Choices } from '../../components/field.js';
import { FileDrop } from '../../components/filedrop.js';
import { Help } from '../../components/help.js';
import { Loading, Note, Problem, Resource } from '../../components/states.js';
import { toast } from '../../components/toast.js';

export const POLICY_NAME = 'Turn off Automatic Root Certificates Update';
/** @type {Record<string, [string, 'ok'|'warn'|'', string]>} the word of Windows, how it is marked, what follows */
export const POLICY = {
	not_configured: ['Not configured', 'ok', 'Agents fetch by themselves what they lack.'],
	on: ['On', 'warn', 'Agents fetch nothing by themselves; what they lack has to be deployed.'],
	off: ['Off', 'ok', 'Agents fetch by themselves what they lack.'],
};
const HINTS = { not_configured: 'The Windows default: agents fetch by themselves what they lack.', on: 'Turned off: agents fetch nothing by themselves. What an administrator deploys is taken all the same.', off: 'Agents fetch by themselves what they lack; said outright.' };
export const PolicyTag = ({ of }) => html`<${Tag} kind=${POLICY[of]?.[1] ?? ''}>${POLICY[of]?.[0] ?? of}</${Tag}>`;

/** @param {{agent?: any, value: string, onClose: () => void, onDone: () => void, onImport?: () => void}} props agent: of this one only */
export function PolicyDialog({ agent, value, onClose, onDone, onImport }) {
	const { roots } = useClients();
	const [chosen, choose] = useState(value);
	const options = Object.keys(POLICY).map((v) => ({ value: v, label: POLICY[v][0], hint: agent && v === 'not_configured' ? 'What is set for all agents holds.' : HINTS[/** @type {keyof typeof HINTS} */ (v)] }));
	return html`<${Dialog} title=${POLICY_NAME} about=${agent ? `For ${agent.name || agent.id} alone.` : 'For every agent that has no setting of its own.'} submit="Save" disabled=${chosen === value} left=${onImport && html`<${Button} kind="plain" icon="upload" onClick=${onImport}>From a policy file</${Button}>`} onClose=${onClose} onSubmit=${async () => {
		const set = (/** @type {any} */ v) => (agent ? roots.setAgentPolicy(agent.id, v) : roots.setPolicy(v));
		await set(chosen);
		toast(`${POLICY_NAME}: ${POLICY[chosen][0]}`, { undo: async () => { await set(value); onDone(); } });
		onDone();
		onClose();
	}}><${Choices} legend="Policy" help="root-policy" value=${chosen} onChange=${choose} options=${options} /></${Dialog}>`;
}

/** A .reg or policy export: what it says is shown before it counts. @param {{agent?: any, onClose: () => void, onDone: () => void}} props */
export function PolicyImport({ agent, onClose, onDone }) {
	const { roots } = useClients();
	const [file, setFile] = useState(/** @type {File|null} */ (null));
	const { look, ask, clear } = useLook();
	const take = (/** @type {File|null} */ f) => {
		setFile(f);
		if (f) ask(() => roots.importPolicy(f, { agent: agent?.id, dry: true }));
		else clear();
	};
	const policy = look.state === 'seen' && look.data.policy;
	return html`<${Dialog} title="Import the policy" about="From a registry file or policy export that holds DisableRootAutoUpdate." submit=${policy ? `Set it to “${POLICY[policy]?.[0] ?? policy}”` : 'Import'} disabled=${!policy} onClose=${onClose} onSubmit=${async () => {
		await roots.importPolicy(/** @type {File} */ (file), { agent: agent?.id });
		toast(`${POLICY_NAME}: ${POLICY[policy]?.[0] ?? policy}`);
		onDone();
		onClose();
	}}><${FileDrop} label="Registry file" what="the registry file" kinds="A .reg file, or the Registry.pol of a Group Policy" accept=".reg,.pol" paste=${false} maxBytes=${1 << 20} file=${file} onFile=${take} />
		${look.state === 'looking' && html`<${Loading} what="A look at the file" />`}${look.state === 'refused' && html`<${Problem} error=${look.error} what="The policy is not in this file" />`}
		${policy && html`<${Note} kind=${policy === 'on' ? 'warn' : 'ok'} role="status" title=${`The file says: ${POLICY[policy]?.[0] ?? policy}`}>${POLICY[policy]?.[2]}</${Note}>`}</${Dialog}>`;
}

/** @param {{lack: any[], open: string, act: (what: string) => void, onClose: () => void}} props lack: entries that agents lack; open: which dialog of the page is */
export function PolicyCard({ lack, open, act, onClose }) {
	const { roots, session } = useClients();
	const policy = useResource((s) => roots.policy(s), [], ['root', 'settings', 'agent']);
	const admin = session.may('admin');
	return html`<section class="card" aria-label="Policy"><header><h2>${POLICY_NAME} <${Help} term="root-policy" about=${POLICY_NAME} /></h2>
			${admin && html`<div class="row"><${Button} small kind="quiet" icon="upload" onClick=${() => act('policy-file')}>Import a policy file</${Button}><${Button} small kind="quiet" aria-label="Change the policy" disabled=${!policy.data} onClick=${() => act('policy')}>Change</${Button}></div>`}</header>
		<${Resource} of=${policy} what="The policy">${(/** @type {any} */ p) => html`<div class="stack tight"><p class="row"><${PolicyTag} of=${p.policy} /><span>${POLICY[p.policy]?.[2]}</span></p>
			${(p.agents?.on > 0 || p.agents?.off > 0) && html`<p class="small dim">Set for single agents: ${[p.agents.on && `on for ${plural(p.agents.on, 'agent')}`, p.agents.off && `off for ${plural(p.agents.off, 'agent')}`].filter(Boolean).join(', ')}.</p>`}
			${p.would_be_helped > 0 && html`<${Note} kind="warn" title=${`${plural(p.would_be_helped, 'agent')} would be helped`} actions=${session.may('operator') && html`<${Button} small onClick=${() => act('deploy')}>Deploy what is missing</${Button}>`}>They lack certificates of the catalogue and would fetch them by themselves, were it not for ${p.policy === 'on' ? 'this policy. Set it to “Not configured”, or deploy.' : 'the policy that is set for them. Change it on their pages, or deploy.'}${lack.length > 0 && html` See ${lack.slice(0, 5).map((/** @type {any} */ r, /** @type {number} */ n) => html`${n > 0 && ', '}<a key=${r.id} class="any" href=${`#/roots/${encodeURIComponent(r.id)}?policy=on`}>who lacks ${r.name}</a>`)}${lack.length > 5 ? ' and more.' : '.'}`}</${Note}>`}</div>`}</${Resource}></section>
		${open === 'policy' && admin && policy.data && html`<${PolicyDialog} value=${policy.data.policy} onClose=${onClose} onDone=${policy.reload} />`}${open === 'policy-file' && admin && html`<${PolicyImport} onClose=${onClose} onDone=${policy.reload} />`}`;
}
