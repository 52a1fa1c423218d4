// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Settings of the console: one table of names, each with its meaning, default and limits; changed one by one.
import { html, useState } from '../lib/html.js';
import { useClients, useResource } from '../lib/hooks.js';
import { plural, relative, sentence, span } from '../lib/format.js';
import { TRUST_MODES } from '../lib/help.js';
import { Tag } from '../components/badge.js';
import { Button } from '../components/button.js';
import { Dialog } from '../components/dialog.js';
import { Check, Field } from '../components/field.js';
import { Facts } from '../components/facts.js';
import { Help } from '../components/help.js';
import { Resource } from '../components/states.js';
import { toast } from '../components/toast.js';

const GROUPS = [
	{ head: 'Server and sessions', names: ['server_name', 'hsts', 'session_idle_s', 'session_max_s', 'metrics_open', 'access_log_extra', 'ipc_signatures'] },
	{ head: 'Certificates and bindings', names: ['confirm_within_s', 'expiry_warn_days'] },
	{ head: 'Client certificates', names: ['trust_mode', 'send_trusted_issuer_list', 'crl_egress', 'crl_fetch_https'] },
	{ head: 'Agents', names: [] }]; // what is called agent_, root_ or update_ and is not named above
const ofAgents = (/** @type {string} */ name) => /^(agent|root|update)/.test(name);
/** @param {any[]} items @returns {{head: string, items: any[]}[]} what nobody has put anywhere comes last */
export function grouped(items) {
	const known = new Set(GROUPS.flatMap((g) => g.names));
	const all = GROUPS.map((g) => ({ head: g.head, items: items.filter((s) => g.names.includes(s.name) || (g.head === 'Agents' && !known.has(s.name) && ofAgents(s.name))) }));
	return [...all, { head: 'Other', items: items.filter((s) => !known.has(s.name) && !ofAgents(s.name)) }].filter((g) => g.items.length);
}
const TITLES = { root_update_policy: 'Turn off Automatic Root Certificates Update', ipc_signatures: 'Signatures of the console’s programs', agent_ipc_signatures: 'Signatures of the agents’ programs', update_stall_s: 'An update hangs after', server_name: 'Server name', trust_mode: 'Trust mode', crl_egress: 'Where revocation lists may be fetched', crl_fetch_https: 'Fetch revocation lists over https', agent_heartbeat_s: 'Agents report every', agent_skew_s: 'Clocks of agents may be off by', agent_registrations_per_minute: 'Registrations a minute', agent_rows_per_address: 'Agents of one address', agent_egress: 'Where commands to agents may go',  session_idle_s: 'Idle sessions end after', session_max_s: 'Every session ends after', confirm_within_s: 'Changes return unless confirmed within', send_trusted_issuer_list: 'Send the issuer list to clients', expiry_warn_days: 'Warn before a certificate ends', metrics_open: 'Metrics without a token', access_log_extra: 'More columns in the access log', hsts: 'HSTS' };
const HELPS = { root_update_policy: 'root-policy', update_stall_s: 'updating', hsts: 'hsts', trust_mode: 'trust-mode', send_trusted_issuer_list: 'issuer-list', confirm_within_s: 'confirm', crl_egress: 'crl' };
const title = (/** @type {string} */ name) => TITLES[/** @type {keyof typeof TITLES} */ (name)] ?? name.replace(/_s$/, '').replace(/_/g, ' ').replace(/^./, (c) => c.toUpperCase());
const said = (/** @type {any} */ v, /** @type {string} */ name) => (name === 'trust_mode' ? `${v}: ${TRUST_MODES[v]?.name ?? ''}` : v === true ? 'on' : v === false ? 'off' : v === null || v === '' ? 'not set' : /_s$/.test(name) ? (v ? span(v) : 'not at all') : /_days$/.test(name) ? plural(v, 'day') : String(v).replace(/_/g, ' '));

function Edit({ setting, onClose, onDone }) {
	const { system } = useClients();
	const kind = typeof (setting.value ?? setting.default);
	const [value, setValue] = useState(kind === 'boolean' ? setting.value : String(setting.value ?? ''));
	const save = async (/** @type {any} */ v) => {
		await system.setSetting(setting.name, v).catch((/** @type {any} */ e) => { // said of the field that is seen, not of a member of a request
			if (e.code === 'request.member') Object.assign(e, { title: 'This value is not taken', message: e.message.replace(new RegExp(`^${setting.name}\\b`), 'It'), remedies: [] });
			throw e;
		});
		toast(`${title(setting.name)}: ${said(v, setting.name)}`, { undo: async () => { await system.setSetting(setting.name, setting.value); onDone(); } });
		onDone();
		onClose();
	};
	const options = setting.choices?.map((/** @type {string} */ v) => ({ value: v, label: said(v, setting.name) }));
	const parsed = kind === 'number' ? Number(value) : value;
	const wrong = kind === 'number' && (String(value).trim() === '' || !Number.isInteger(parsed)) ? 'A whole number is needed.' : '';
	return html`<${Dialog} title=${title(setting.name)} about=${sentence(setting.meaning)} submit="Save" disabled=${!!wrong || parsed === setting.value} onClose=${onClose} onSubmit=${() => save(parsed)}
		left=${setting.default !== undefined && setting.default !== setting.value && html`<${Button} kind="plain" onClick=${() => setValue(kind === 'boolean' ? setting.default : String(setting.default ?? ''))}>Default: ${said(setting.default, setting.name)}</${Button}>`}>
		${kind === 'boolean' ? html`<${Check} label=${title(setting.name)} checked=${value} onChange=${setValue} />` : html`<${Field} label=${title(setting.name)} value=${value} onInput=${setValue} options=${options} error=${wrong} inputmode=${kind === 'number' ? 'numeric' : undefined} autofocus />`}</${Dialog}>`;
}

export function View() {
	const { system, session } = useClients();
	const list = useResource((s) => system.settings(s), [], ['settings', 'audit']);
	const state = useResource((s) => system.show(s), [], ['binding', 'change', 'trust']);
	const [edit, setEdit] = useState(/** @type {any} */ (null));
	const admin = session.may('admin');
	return html`<header><div><h1>Settings</h1><p>What holds for the whole console. Certificates and client rules are set per binding.</p></div></header>
		<div class="cols wide"><section class="stack" aria-label="Settings"><${Resource} of=${list} what="Settings">${(/** @type {any} */ d) => html`${grouped(d.items).map((g) => html`<div class="card flush" key=${g.head}><header><h2>${g.head}</h2></header><ul class="plain">${g.items.map((/** @type {any} */ s) => html`<li class="bound setting" key=${s.name}><div><h3>${title(s.name)} ${HELPS[/** @type {keyof typeof HELPS} */ (s.name)] && html`<${Help} term=${HELPS[/** @type {keyof typeof HELPS} */ (s.name)]} about=${title(s.name)} />`}</h3><p class="small dim">${sentence(s.meaning)}</p></div><div class="row"><strong class="wrap">${said(s.value, s.name)}</strong>${s.default !== undefined && s.default !== null && s.default !== '' && s.value !== s.default && html`<${Tag}>changed from ${said(s.default, s.name)}</${Tag}>`}</div><div>${admin && html`<${Button} small kind="quiet" onClick=${() => setEdit(s)} label=${undefined} aria-label=${`Change ${title(s.name)}`}>Change</${Button}>`}</div></li>`)}</ul></div>`)}`}</${Resource}></section>
		<section class="card"><header><h2>This console</h2></header><${Resource} of=${state} what="The state">${(/** @type {any} */ s) => html`<${Facts} of=${[['Version', s.version], ['Server name', s.server_name], ['Running since', s.started && relative(s.started)], ['Listeners', s.listeners?.length > 0 && s.listeners.map((/** @type {string} */ l) => html`<div key=${l}><code>${l}</code></div>`)], ['Serving state', s.tls_generation, 'generation'], ['Trust state', s.trust_generation, 'generation'], ['Changes so far', s.change_seq], ['Your connection', s.connection && html`${s.connection.tls_version ?? ''} ${s.connection.cipher ?? ''}`]]} />`}</${Resource}></section></div>
		${edit && html`<${Edit} setting=${edit} onClose=${() => setEdit(null)} onDone=${list.reload} />`}`;
}
