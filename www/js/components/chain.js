// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// A chain as a tree, root last as it is built: each link with its verdict and the store it came from.
import { html } from '../lib/html.js';
import { commonName } from '../lib/format.js';
import { storeLabel } from '../lib/help.js';
import { Tag, Time } from './badge.js';
import { Icon } from './icon.js';

/**
 * @param {{links: {sha256: string, subject: string, store?: string|null, verdict?: string, reason?: string|null, not_after?: string, detail?: string}[],
 *          complete?: boolean, linked?: boolean}} props
 */
export function Chain({ links, complete = true, linked = true }) {
	return html`<ol class="chain">${links.map((l, i) => {
		const wrong = l.reason ?? (l.verdict && !['ok', 'pass', 'good', 'accept', 'anchor', 'trusted'].includes(l.verdict) ? l.verdict : null);
		return html`<li key=${`${l.sha256}${i}`}><${Icon} name=${wrong ? 'bad' : 'ok'} class=${wrong ? 'is-bad' : 'is-ok'} />
			<div class="row"><strong class="wrap">${linked && l.store && l.store !== 'presented' ? html`<a href=${`#/certificates/${l.sha256}`}>${commonName(l.subject)}</a>` : commonName(l.subject)}</strong>
				${l.store && html`<${Tag}>${l.store === 'presented' ? 'sent by the client' : storeLabel(l.store)}</${Tag}>`}
				${wrong ? html`<${Tag} kind="bad">${wrong}</${Tag}>` : html`<${Tag} kind="ok">${i === 0 ? 'good' : 'vouches'}</${Tag}>`}</div>
			<div class="small dim wrap">${l.subject}${l.not_after && html` · until <${Time} at=${l.not_after} />`}</div>${l.detail && html`<div class="small">${l.detail}</div>`}</li>`;
	})}${!complete && html`<li><${Icon} name="warn" class="is-warn" /><strong>Here the chain breaks off</strong><div class="small dim">The issuer is in none of the stores. Import it into Intermediate Authorities, or into Trusted Root Authorities if it is a root.</div></li>`}</ol>`;
}
