// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Line icons, drawn on a 24-unit grid. Decorative: what they mean stands beside them in words.
import { html } from '../lib/html.js';

const PATHS = {
	dashboard: 'M4 4h7v9H4zM13 4h7v5h-7zM13 12h7v8h-7zM4 16h7v4H4z',
	cert: 'M5 3h14v12H5zM8 7h8M8 11h4M15 14.5a2.5 2.5 0 1 0 .01 0M13.5 18v4l1.5-1 1.5 1v-4',
	binding: 'M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-5.5l-1 1M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 5.5l1-1',
	trust: 'M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2.2 2.2L15.5 10',
	refusal: 'M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9.5 9.5l5 5M14.5 9.5l-5 5',
	agents: 'M4 5h16v11H4zM9 20h6M12 16v4M8.5 10.5l2.3 2.3 4.7-4.6',
	activity: 'M3 12h4l3-8 4 16 3-8h4',
	settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4',
	users: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20c0-3.5 2.5-5.5 6-5.5s6 2 6 5.5M15.5 4.3a3.5 3.5 0 0 1 0 6.4M17.5 14.8c2.2.7 3.5 2.5 3.5 5.2',
	search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l4.5 4.5',
	plus: 'M12 5v14M5 12h14', x: 'M6 6l12 12M18 6L6 18', check: 'M5 12.5l4.5 4.5L19 7.5',
	ok: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8 12.2l2.8 2.8L16 9.6',
	bad: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9 9l6 6M15 9l-6 6',
	warn: 'M12 4l9 16H3zM12 10v4.5M12 17.4v.1',
	info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.5M12 7.6v.1',
	clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2',
	copy: 'M9 9h11v11H9zM5 15H4V4h11v1', download: 'M12 4v11M7 11l5 5 5-5M4 20h16', upload: 'M12 16V5M7 9l5-5 5 5M4 20h16',
	trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5', undo: 'M9 14L4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3',
	move: 'M4 12h14M13 6l6 6-6 6', key: 'M8 19a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM11 12l9-9M16 7l3 3',
	eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
	menu: 'M4 7h16M4 12h16M4 17h16', down: 'M6 9l6 6 6-6', up: 'M6 15l6-6 6 6', next: 'M9 6l6 6-6 6',
	refresh: 'M20 11a8 8 0 1 0-2 6M20 5v6h-6', file: 'M6 3h8l5 5v13H6zM14 3v5h5', lock: 'M6 11h12v10H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
	spin: 'M12 3a9 9 0 1 0 9 9', globe: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18',
	out: 'M10 4H5v16h5M15 8l4 4-4 4M19 12H9', dot: 'M12 13a1 1 0 1 0 0-2 1 1 0 0 0 0 2z', external: 'M14 4h6v6M20 4l-9 9M18 14v6H4V6h6',
	ask: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.8.4-1 .8-1 1.7M12 16.6v.1',
};

/** @typedef {keyof typeof PATHS} IconName */

/** @param {{name: IconName, class?: string}} props */
export function Icon({ name, class: extra = '' }) {
	return html`<svg class=${`icon ${extra}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=${PATHS[name] ?? PATHS.dot} /></svg>`;
}

/** The signature shape on the doors: binder rings. */
export const Rings = () => html`<svg class="rings" viewBox="0 0 400 400" aria-hidden="true"><circle cx="200" cy="200" r="60" /><circle cx="200" cy="200" r="110" /><circle cx="200" cy="200" r="160" /><path d="M170 200l22 22 40-42" /></svg>`;
