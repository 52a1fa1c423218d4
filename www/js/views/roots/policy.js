// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// The policy "Turn off Automatic Root Certificates Update": for all agents, for one, and out of a registry file.
import { html, useState } from '../../lib/html.js';
import { useClients, useResource } from '../../lib/hooks.js';
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
	return html`<${Dialog} title=${POLICY_NAME} about=${agent ? `For ${agent.name || agent.id} alone.` : 'For every agent that has no setting of its own.'} submit="Save" disabled=${chosen === value} left=${onImport && html`<${Button} kind="plain" icon="upload" onClick=${onImport}>From a .reg file</${Button}>`} onClose=${onClose} onSubmit=${async () => {
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
	const [look, setLook] = useState(/** @type {any} */ ({}));
	const take = (/** @type {File|null} */ f) => {
		setFile(f);
		setLook(f ? { looking: true } : {});
		if (f) roots.importPolicy(f, { agent: agent?.id, dry: true }).then((/** @type {any} */ data) => setLook({ data }), (/** @type {any} */ error) => setLook({ error }));
	};
	const policy = look.data?.policy;
	return html`<${Dialog} title="Import the policy" about="From a registry file or policy export that holds DisableRootAutoUpdate." submit=${policy ? `Set it to “${POLICY[policy]?.[0] ?? policy}”` : 'Import'} disabled=${!policy} onClose=${onClose} onSubmit=${async () => {
		await roots.importPolicy(/** @type {File} */ (file), { agent: agent?.id });
		toast(`${POLICY_NAME}: ${POLICY[policy]?.[0] ?? policy}`);
		onDone();
		onClose();
	}}><${FileDrop} label="Registry file" what="the registry file" kinds="A .reg file, or the Registry.pol of a Group Policy" accept=".reg,.pol" paste=${false} maxBytes=${1 << 20} file=${file} onFile=${take} />
		${look.looking && html`<${Loading} what="A look at the file" />`}${look.error && html`<${Problem} error=${look.error} what="The policy is not in this file" />`}
		${policy && html`<${Note} kind=${policy === 'on' ? 'warn' : 'ok'} role="status" title=${`The file says: ${POLICY[policy]?.[0] ?? policy}`}>${POLICY[policy]?.[2]}</${Note}>`}</${Dialog}>`;
}

/** @param {{opened?: boolean, onDeploy?: () => void}} props opened: the dialog is asked for by the address */
export function PolicyCard({ opened, onDeploy }) {
	const { roots, session } = useClients();
	const policy = useResource((s) => roots.policy(s), [], ['root', 'settings', 'agent']);
	const admin = session.may('admin');
	const [open, setOpen] = useState(opened && admin ? 'edit' : '');
	const close = () => setOpen('');
	return html`<section class="card" aria-label="Policy"><header><h2>${POLICY_NAME} <${Help} term="root-policy" about=${POLICY_NAME} /></h2>
			${admin && html`<div class="row"><${Button} small kind="quiet" icon="upload" onClick=${() => setOpen('import')}>Import a .reg file</${Button}><${Button} small kind="quiet" aria-label="Change the policy" disabled=${!policy.data} onClick=${() => setOpen('edit')}>Change</${Button}></div>`}</header>
		<${Resource} of=${policy} what="The policy">${(/** @type {any} */ p) => html`<div class="stack tight"><p class="row"><${PolicyTag} of=${p.policy} /><span>${POLICY[p.policy]?.[2]}</span></p>
			${(p.agents?.on > 0 || p.agents?.off > 0) && html`<p class="small dim">Set for single agents: ${[p.agents.on && `on for ${plural(p.agents.on, 'agent')}`, p.agents.off && `off for ${plural(p.agents.off, 'agent')}`].filter(Boolean).join(', ')}.</p>`}
			${p.would_be_helped > 0 && html`<${Note} kind="warn" title=${`${plural(p.would_be_helped, 'agent')} would be helped`} actions=${onDeploy && html`<${Button} small onClick=${onDeploy}>Deploy what is missing</${Button}>`}>They lack certificates of the catalogue and would fetch them by themselves, were it not for this policy. Set it to “Not configured”, or deploy.</${Note}>`}</div>`}</${Resource}></section>
		${open === 'edit' && policy.data && html`<${PolicyDialog} value=${policy.data.policy} onClose=${close} onDone=${policy.reload} />`}${open === 'import' && html`<${PolicyImport} onClose=${close} onDone=${policy.reload} />`}`;
}
