// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Where the keyboard goes on when what it stood on is gone: a row that was removed, a button whose act is done. Nearest
// first: the row that came into its place, the heading of the dialog, of the section, of the page.

const CAN = 'a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), textarea, summary';

/** @param {any} heading @returns {HTMLElement|null} */
const at = (heading) => {
	if (heading && heading.tabIndex < 0) heading.tabIndex = -1;
	return heading ?? null;
};

/** @param {Element[]} around what was lost, from the inside @param {number} row it was in @returns {HTMLElement|null} */
function next(around, row) {
	const dialog = [...document.querySelectorAll('dialog[open]')].pop();
	if (dialog) return at(dialog.querySelector('h1, h2'));
	const left = around.filter((e) => e.isConnected);
	const body = /** @type {HTMLTableSectionElement|undefined} */ (left.find((e) => e.tagName === 'TBODY'));
	if (body?.rows.length && row >= 0) return /** @type {HTMLElement|null} */ (body.rows[Math.min(row, body.rows.length - 1)].querySelector(`:is(td, th) :is(${CAN})`) ) ?? at(body.rows[0].querySelector('th'));
	return at(left.find((e) => e.tagName === 'SECTION')?.querySelector('h2')) ?? at(document.querySelector('main h1')) ?? /** @type {HTMLElement|null} */ (document.querySelector('main'));
}

/** @param {Element} root */
export function keepFocus(root) {
	/** behind: where it was before it went into a dialog @type {{on: Element, around: Element[], row: number, behind: any}|null} */
	let last = null;
	addEventListener('focusin', (e) => {
		const on = /** @type {Element} */ (e.target), around = [];
		for (let p = on.parentElement; p; p = p.parentElement) around.push(p);
		const behind = !on.closest('dialog') ? null : last?.on.closest('dialog') ? last.behind : last;
		last = { on, around, row: on.closest('tr')?.sectionRowIndex ?? -1, behind };
	});
	const look = () => {
		if (!last || last.on.isConnected || document.activeElement !== document.body) return;
		const { around, row } = last.behind ?? last;
		last = null;
		next(around, row)?.focus({ preventScroll: true });
	};
	// two frames: whoever knows better where to go on does so first
	new MutationObserver(() => { if (last && !last.on.isConnected) requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(look))); }).observe(root, { childList: true, subtree: true });
}
