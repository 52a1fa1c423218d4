// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Steps of one story on one page: each is a test; one that fails leaves a picture in CERTBINDER_SHOTS, if that is set,
// and closes what it left open, so that the next can be told apart from it.
import test from 'node:test';

/** @param {() => any} page */
export const steps = (page) => (/** @type {string} */ name, /** @type {() => any} */ body) => test(name, async () => {
	try {
		await body();
	} catch (e) {
		const p = page();
		if (p && process.env.CERTBINDER_SHOTS) await p.screenshot({ path: `${process.env.CERTBINDER_SHOTS}/${name.replace(/\W+/g, '-').slice(0, 60)}.png` }).catch(() => {});
		for (let i = 0; p && i < 3 && (await p.getByRole('dialog').count().catch(() => 0)); i++) await p.keyboard.press('Escape').catch(() => {});
		throw e;
	}
});
