// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Preferences of this browser: the theme, and nothing else is ever stored.
import { createStore } from './store.js';

/** @typedef {'auto'|'light'|'dark'} Theme */
const KEY = 'certbinder-theme';

function read() {
	try {
		const t = localStorage.getItem(KEY);
		return t === 'light' || t === 'dark' ? t : 'auto';
	} catch {
		return 'auto';
	}
}

export const theme = createStore(/** @type {Theme} */ (read()));

/** @param {Theme} t */
export function setTheme(t) {
	theme.set(t);
	try {
		if (t === 'auto') localStorage.removeItem(KEY);
		else localStorage.setItem(KEY, t);
	} catch {
		// private mode: it holds for this page
	}
	if (t === 'auto') document.documentElement.removeAttribute('data-theme');
	else document.documentElement.setAttribute('data-theme', t);
}
