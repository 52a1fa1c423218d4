// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// How servers and agents stand to an entry of the catalogue, in words and bars.
import { html } from '../../lib/html.js';
import { plural } from '../../lib/format.js';
import { helps, STANDINGS } from '../../clients/roots.js';
import { Tag } from '../../components/badge.js';
import { ShareBar, Shares } from '../../components/shares.js';

/** kind, icon, the word in a sum, the word of one, what it means @type {Record<string, ['ok'|'bad'|'warn'|'', any, string, string, string]>} */
export const STANDING = {
	held: ['ok', 'check', 'held', 'Held', 'It lies where it belongs.'],
	misplaced: ['warn', 'move', 'misplaced', 'Misplaced', 'It lies in the wrong store, where it is of no use; a deployment puts it right.'],
	expired: ['bad', 'clock', 'expired', 'Expired', 'The certificate is over; import its successor.'],
	distrusted: ['bad', 'refusal', 'distrusted', 'Distrusted', 'It lies in Untrusted there: take it out of that folder by hand.'],
	missing: ['bad', 'x', 'missing', 'Missing', 'A deployment brings it.'],
	unconfirmed: ['warn', 'ask', 'unconfirmed', 'Unconfirmed', 'Nobody has said which certificate is meant.'],
	unknown: ['', 'ask', 'not reported', 'Not reported', 'The agent has not told yet what it holds.'],
};

/** @param {{of: string}} props */
export function StandingTag({ of }) {
	const [kind, icon, , word, text] = STANDING[of] ?? ['', 'dot', of, of, ''];
	return html`<${Tag} kind=${kind} icon=${icon} title=${text}>${word}</${Tag}>`;
}

/** What a standing means for an agent, or what to do about it. @param {string} of @param {string} [policy] the one in effect there */
export const standingText = (of, policy) => (helps(of) && policy === 'on' ? 'Its policy keeps it from fetching it; a deployment brings it.' : STANDING[of]?.[4] ?? '');

/** @param {Record<string, number>} counts @returns {import('../../components/shares.js').Part[]} */
export const standingParts = (counts) => STANDINGS.filter((s) => counts?.[s] !== undefined).map((s) => ({ key: s, n: counts[s], kind: STANDING[s][0], icon: STANDING[s][1], label: STANDING[s][2] }));

/** For a row of the catalogue: the bar, and the one thing to know. @param {{of: any, total: number}} props */
export function CoverageBar({ of, total }) {
	if (!of.agents || !total) return html`<span class="dim nowrap">no agents yet</span>`;
	const all = standingParts(of.agents), known = all.reduce((sum, p) => sum + p.n, 0);
	if (!known || of.agents.unconfirmed === total || of.state === 'unconfirmed') return html`<span class="dim">not known before it is confirmed</span>`;
	const worst = all.filter((p) => p.key !== 'held' && p.n > 0).reverse().sort((a, b) => (a.kind === 'bad' ? 0 : 1) - (b.kind === 'bad' ? 0 : 1))[0];
	return html`<a class="covered" href=${`#/roots/${encodeURIComponent(of.id)}`}><${ShareBar} label=${`Agents with ${of.name}`} parts=${all} /><span class="small">${of.agents.held === total ? `All ${plural(total, 'agent')}` : `${of.agents.held.toLocaleString('en-GB')} of ${plural(total, 'agent')}`}${worst && html`${' · '}<span class=${`nowrap ${worst.kind ? `is-${worst.kind}` : 'dim'}`}>${worst.n.toLocaleString('en-GB')} ${worst.label}</span>`}</span></a>`;
}

/** The whole account, each part a filter where wanted. */
export const Coverage = ({ counts, label, picked, onPick }) => html`<${Shares} label=${label} parts=${standingParts(counts)} picked=${picked} onPick=${onPick} />`;
