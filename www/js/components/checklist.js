// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Checks with verdict, evidence and remedy: the failed ones first, the passed ones folded when there are many.
import { html, useState } from '../lib/html.js';
import { Tag, VerdictIcon } from './badge.js';
import { Button } from './button.js';

/** What holds, and what is wrong when it does not. */
const SAID = {
	'key.mismatch': ['Key and certificate belong together', 'Key and certificate do not belong together'], 'key.missing': ['The private key is here', 'The private key is missing'], 'key.weak': ['The key is strong enough', 'The key is too weak'],
	'chain.not_loadable': ['The TLS library takes it', 'The TLS library does not take it'], 'store.disallowed': ['Not among the untrusted', 'It is among the untrusted'], 'store.wrong_place': ['In Personal or Web Hosting', 'In the wrong store'],
	'endpoint.cannot_open': ['The address can be opened', 'The address cannot be opened'], 'name.no_match': ['The host name is an alternative name', 'The host name is none of its names'], 'name.cn_only': ['It has alternative names', 'The name is in the common name alone'],
	'name.cn_differs': ['Common name and host agree', 'The common name differs from the host'], 'validity.expired': ['Not expired', 'It has expired'], 'validity.not_yet': ['Already valid', 'Not valid yet'], 'validity.soon': ['At least 30 days left', 'It ends within 30 days'],
	'eku.no_server_auth': ['Made for servers', 'Not made for servers'], 'chain.incomplete': ['The chain is complete', 'The chain is not complete'], 'chain.untrusted_root': ['Its root is in Root', 'Its root is not in Root'], 'chain.self_signed': ['Signed by an authority', 'Signed by itself alone'],
	'x509.unsupported_key': ['A kind of key that TLS can use', 'TLS cannot use this kind of key'], 'x509.weak_signature': ['The signature is strong enough', 'The signature is too weak'],
	'client.own_connection': ['Your own connection would still be let in', 'Your own connection would be refused'],
};
const ORDER = { fail: 0, warn: 1, pass: 2 };

/** @param {string} id @param {string} [verdict] */
export const checkTitle = (id, verdict = 'fail') => SAID[/** @type {keyof typeof SAID} */ (id)]?.[verdict === 'pass' ? 0 : 1] ?? id.replace(/[._]/g, ' ');

/** @param {{checks: {id: string, verdict: string, evidence: string, remedy: string|null, overridable?: boolean}[], fold?: boolean}} props */
export function CheckList({ checks, fold = true }) {
	const sorted = [...checks].sort((a, b) => (ORDER[a.verdict] ?? 3) - (ORDER[b.verdict] ?? 3));
	const passed = sorted.filter((c) => c.verdict === 'pass').length;
	const foldable = fold && passed > 3 && passed < sorted.length;
	const [all, setAll] = useState(false);
	const shown = foldable && !all ? sorted.filter((c) => c.verdict !== 'pass') : sorted;
	return html`<div class="stack tight"><ul class="checks">${shown.map((c) => html`<li key=${c.id}>
		<${VerdictIcon} verdict=${c.verdict} /><span class="said">${checkTitle(c.id, c.verdict)}</span>
		<span>${c.verdict === 'fail' && (c.overridable ? html`<${Tag} kind="bad">Blocks</${Tag}>` : html`<${Tag} kind="bad" icon="lock">Always blocks</${Tag}>`)}${c.verdict === 'warn' && html`<${Tag} kind="warn">Warning</${Tag}>`}</span>
		<span class="why">${c.evidence}</span>${c.remedy && c.verdict !== 'pass' && html`<span class="cure">${c.remedy}</span>`}</li>`)}</ul>
		${foldable && html`<div><${Button} kind="plain" small icon=${all ? 'up' : 'down'} onClick=${() => setAll(!all)}>${all ? 'Show only what is not right' : `Show the ${passed} checks that passed`}</${Button}></div>`}</div>`;
}

/** One sentence over the list. @param {{verdict: string}[]} checks */
export function checksSaid(checks) {
	const n = (/** @type {string} */ v) => checks.filter((c) => c.verdict === v).length;
	if (n('fail')) return `${n('fail')} of ${checks.length} checks failed`;
	if (n('warn')) return `All ${checks.length} checks passed, ${n('warn')} with a warning`;
	return `All ${checks.length} checks passed`;
}
