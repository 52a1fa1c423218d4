// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// A value to copy: fingerprints, requests, tokens.
import { html, useState } from '../lib/html.js';
import { fingerprint } from '../lib/format.js';
import { Button } from './button.js';

/** @param {string} text @returns {Promise<boolean>} */
async function copy(text) {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		return false;
	}
}

/** @param {{text: string, what: string, children?: any, small?: boolean}} props */
export function CopyButton({ text, what, children, small = true }) {
	const [said, say] = useState('');
	const refused = said && said !== 'Copied';
	return html`<span><${Button} kind="quiet" small=${small} icon=${said === 'Copied' ? 'check' : 'copy'} label=${children ? undefined : `Copy ${what}`} onClick=${async () => {
		say((await copy(text)) ? 'Copied' : 'Not allowed by the browser: select and copy by hand');
		setTimeout(() => say(''), 4000);
	}}>${children && (said === 'Copied' ? said : children)}</${Button}><span class=${refused ? 'small is-warn' : 'sr'} role="status">${refused ? said : said && `${said}: ${what}`}</span></span>`;
}

/** @param {{hex: string, what: string}} props */
export function Fingerprint({ hex, what }) {
	if (!hex) return html`<span class="dim">none</span>`;
	return html`<span class="finger"><code>${fingerprint(hex)}</code><${CopyButton} text=${hex} what=${what} /></span>`;
}

/** The short form for tables. @param {{hex: string}} props */
export const ShortPrint = ({ hex }) => html`<code title=${hex}>${(hex ?? '').slice(0, 8)}…${(hex ?? '').slice(-4)}</code>`;
