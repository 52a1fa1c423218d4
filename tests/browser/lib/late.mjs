// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// What only a busy machine would show, seen at once: for developers, off unless CERTBINDER_LATE_MS says how late things
// may be. CERTBINDER_LATE says what is late, of these words (default: the first three):
//   line     every answer, and the processor of the page is slow
//   place    the view that was left stands a while longer
//   answers  each answer by itself, so that they overtake one another
//   events   what the server tells by itself
//   twice    the same is told again, later
//   timers   what a page does after a while
//   person   the one at the browser: between any two acts the page goes on
const LATE_MS = Number(process.env.CERTBINDER_LATE_MS ?? 0);
const KINDS = (process.env.CERTBINDER_LATE ?? 'line,place').split(',');
const SLOWER = 3; // times, the page's own processor

/** What nobody does at a browser, but Playwright by itself; and the answers that tests make up, which have "answers". */
const INNER = /^(__|updateSubscription|waitForEventInfo|waitForTimeout|set[A-Z]|continue|fulfill|abort|dispose|close)/;

/** Most are a little late, some are very. */
const late = () => LATE_MS * Math.random() ** 2;

/** Runs in the page before its own scripts. @param {number} most @param {string[]} kinds */
function inPage(most, kinds) {
	const soon = window.setTimeout.bind(window), some = () => most * Math.random() ** 2;
	const is = (/** @type {string} */ kind) => kinds.includes(kind);
	if (is('place')) {
		const listen = window.addEventListener;
		window.addEventListener = (/** @type {any} */ type, /** @type {any} */ f, /** @type {any[]} */ ...more) => listen.call(window, type, type === 'hashchange' ? (/** @type {any} */ e) => soon(f, most / 2, e) : f, ...more);
	}
	if (is('answers')) {
		const ask = window.fetch.bind(window);
		window.fetch = async (...a) => {
			const answer = await ask(...a);
			await new Promise((done) => soon(done, some()));
			return answer;
		};
	}
	if (is('timers')) /** @type {any} */ (window).setTimeout = (/** @type {any} */ f, ms = 0, ...more) => soon(f, ms + some(), ...more);
	if (is('events') || is('twice')) {
		const Source = window.EventSource;
		window.EventSource = class extends Source {
			/** @param {any} type @param {any} f */
			addEventListener(type, f) {
				const tell = (/** @type {any} */ e) => { if (this.readyState !== Source.CLOSED) f(e); };
				super.addEventListener(type, (/** @type {any} */ e) => {
					soon(tell, is('events') ? some() : 0, e);
					if (is('twice')) for (const more of [1, 2]) soon(tell, more * most + some(), e);
				});
			}
		};
	}
}

/** @param {any} page */
async function slowLine(page) {
	const line = await page.context().newCDPSession(page);
	const set = () => line.send('Network.emulateNetworkConditions', { offline: false, latency: Math.floor(late()), downloadThroughput: -1, uploadThroughput: -1 }).catch(() => {});
	await line.send('Network.enable');
	await line.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
	await set();
	page.on('request', set);
}

/** @param {any} page of whom is slow, and all others of the same browser */
function slowPerson(page) {
	const line = page._connection, send = line.sendMessageToServer.bind(line);
	if (line.slow) return;
	line.slow = true;
	line.sendMessageToServer = async (/** @type {any[]} */ ...a) => {
		if (!INNER.test(a[1])) await new Promise((done) => setTimeout(done, late()));
		return send(...a);
	};
}

/** @param {any} page that is to be late, if anything is */
export async function makeLate(page) {
	if (!LATE_MS) return;
	if (KINDS.includes('line')) await slowLine(page);
	if (KINDS.includes('person')) slowPerson(page);
	await page.addInitScript(`(${inPage})(${LATE_MS}, ${JSON.stringify(KINDS)})`);
}
