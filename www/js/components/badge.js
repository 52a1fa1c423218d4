// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Small marks: always a word, never colour alone.
import { html } from '../lib/html.js';
import * as format from '../lib/format.js';
import { Icon } from './icon.js';

/** @param {{kind?: ''|'ok'|'warn'|'bad'|'info', icon?: any, children?: any, title?: string}} props */
export function Tag({ kind = '', icon, children, title }) {
	return html`<span class=${`tag ${kind}`} title=${title}>${icon && html`<${Icon} name=${icon} />`}${children}</span>`;
}

const VALID = {
	good: ['ok', 'check', 'Valid'], soon: ['warn', 'clock', 'Ends soon'], expired: ['bad', 'x', 'Expired'], 'not-yet': ['bad', 'clock', 'Not yet valid'],
};
/** @param {{of: {not_before?: string, not_after: string}}} props */
export function ValidityTag({ of }) {
	const [kind, icon, text] = VALID[format.validity(of.not_before ?? 0, of.not_after)];
	return html`<${Tag} kind=${kind} icon=${icon}>${text}</${Tag}>`;
}

const STATES = {
	staged: ['info', 'clock', 'Staged'], committed: ['warn', 'clock', 'Waiting for confirmation'], confirmed: ['ok', 'check', 'Confirmed'],
	reverted: ['bad', 'undo', 'Returned'], aborted: ['', 'x', 'Given up'],
};
/** @param {{state: string}} props */
export function ChangeTag({ state }) {
	const [kind, icon, text] = STATES[/** @type {keyof typeof STATES} */ (state)] ?? ['', 'dot', state];
	return html`<${Tag} kind=${kind} icon=${icon}>${text}</${Tag}>`;
}

const MARKS = { pass: ['ok', 'ok', 'Passed'], warn: ['warn', 'warn', 'Warning'], fail: ['bad', 'bad', 'Failed'] };
/** @param {{verdict: string}} props */
export function VerdictIcon({ verdict }) {
	const [kind, icon, text] = MARKS[/** @type {keyof typeof MARKS} */ (verdict)] ?? ['', 'dot', verdict];
	return html`<${Icon} name=${icon} class=${`is-${kind}`} /><span class="sr">${text}: </span>`;
}

/** A moment: local, with UTC in the title. @param {{at: any, rel?: boolean, full?: boolean}} props */
export function Time({ at, rel, full }) {
	if (at === null || at === undefined || at === '') return html`<span class="dim">${rel ? 'never' : '–'}</span>`;
	return html`<time datetime=${new Date(format.seconds(at) * 1000).toISOString()} title=${format.utc(at)}>${rel ? format.relative(at) : full ? format.dateTime(at) : format.date(at)}</time>`;
}

/** How much of its life is over, and what is left. @param {{of: {not_before: string, not_after: string}}} props */
export function LifeBar({ of }) {
	const state = format.validity(of.not_before, of.not_after);
	const share = format.lifeShare(of.not_before, of.not_after);
	const left = state === 'expired' ? `expired ${format.relative(of.not_after)}` : state === 'not-yet' ? `starts ${format.relative(of.not_before)}` : `${format.span(format.seconds(of.not_after) - Date.now() / 1000)} left`;
	return html`<div class=${`life ${state}`}>
		<svg viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label=${`${Math.round(share * 100)} percent of its life is over`}>
			<rect class="track" width="100" height="4" /><rect class="fill" width=${Math.max(1.5, share * 100)} height="4" /></svg>
		<div class="said"><b>${left}</b><span>until <${Time} at=${of.not_after} /></span></div>
	</div>`;
}
