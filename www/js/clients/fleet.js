// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Registered agents, commands to them, rollouts. No DOM.
import { query } from '../api.js';

const one = (/** @type {string} */ id) => `/agents/${encodeURIComponent(id)}`;
const roll = (/** @type {string} */ id) => `/rollouts/${encodeURIComponent(id)}`;

export const COMMANDS = [
	{ value: 'status', label: 'Status', hint: 'Asks how it is; changes nothing.' },
	{ value: 'update-files', label: 'Update the files', hint: 'It follows the publications now, not with its next report.' },
	{ value: 'configuration', label: 'Configuration', hint: 'It fetches its settings.' },
	{ value: 'update-check', label: 'Update check', hint: 'It looks for all that is new.' },
];

/** @param {string} cmd @returns {string} what a command is called */
export const commandLabel = (cmd) => (cmd === 'roots' ? 'Deployment of required roots' : (COMMANDS.find((c) => c.value === cmd)?.label ?? cmd));

/** @param {import('../api.js').Api} api */
export function createFleet(api) {
	return {
		/** @param {{q?: string, state?: string, limit?: number, page_token?: string}} filter @param {AbortSignal} [signal] */
		agents: (filter, signal) => api.get(`/agents${query(filter)}`, { signal }),
		agent: (id, signal) => api.get(one(id), { signal }),
		/** @param {string} id @param {string|null} address */
		pin: (id, address) => api.patch(one(id), { pinned_address: address }),
		remove: (id) => api.del(one(id)),
		notify: (id, cmd) => api.post(`${one(id)}/notify`, { cmd }),
		csv: () => api.file('/agents/mismatched', { headers: { Accept: 'text/csv' }, name: 'mismatched-agents.csv' }),
		rollouts: (filter, signal) => api.get(`/rollouts${query(filter)}`, { signal }),
		rollout: (id, signal) => api.get(roll(id), { signal }),
		rolloutAgents: (id, filter, signal) => api.get(`${roll(id)}/agents${query(filter)}`, { signal }),
		/** @param {{cmd: string, parallel: number, attempts: number, jitter_ms: number}} body */
		start: (body) => api.post('/rollouts', body),
		/** @param {string} id @param {'pause'|'resume'|'cancel'} step */
		step: (id, step) => api.post(`${roll(id)}/${step}`),
	};
}

/** How far a rollout is: 0 to 1. @param {any} r */
export function progress(r) {
	const { pending, sending } = r.counts;
	return r.total ? (r.total - pending - sending) / r.total : 1;
}
