// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// The states of an agent's update, in words and bars.
import { html } from '../../lib/html.js';
import { Tag } from '../../components/badge.js';
import { Shares } from '../../components/shares.js';

/** kind, icon, the word in a sum, the word of one @type {Record<string, ['ok'|'bad'|'warn'|'info'|'', any, string, string]>} */
export const UPDATE = {
	current: ['ok', 'check', 'current', 'Current'],
	downloading: ['info', 'download', 'downloading', 'Downloading'],
	verifying: ['info', 'trust', 'verifying', 'Verifying'],
	updating: ['warn', 'clock', 'updating', 'Updating'],
	failed: ['bad', 'x', 'failed', 'Failed'],
	none: ['', 'dot', 'without a package', 'No package'],
};

export const UpdateTag = ({ of }) => html`<${Tag} kind=${UPDATE[of]?.[0] ?? ''} icon=${UPDATE[of]?.[1]}>${UPDATE[of]?.[3] ?? of}</${Tag}>`;

/** @param {{counts: Record<string, number>, picked: string, onPick: (state: string) => void}} props */
export const UpdateBars = ({ counts, picked, onPick }) => html`<${Shares} label="Agents by state of their update" picked=${picked} onPick=${onPick}
	parts=${Object.entries(UPDATE).filter(([k]) => counts[k] !== undefined).map(([key, [kind, icon, label]]) => ({ key, kind, icon, label, n: counts[key], still: key === 'none' }))} />`;
