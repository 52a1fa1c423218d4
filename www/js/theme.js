// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Before the first paint: the theme chosen earlier, so that no page flashes in the other one.
(() => {
	try {
		const t = localStorage.getItem('certbinder-theme');
		if (t === 'light' || t === 'dark') document.documentElement.setAttribute('data-theme', t);
	} catch {
		// no storage: the system's theme
	}
})();
