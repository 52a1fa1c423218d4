// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Takes a file by drop, choice or paste of PEM text.
import { html, useState } from '../lib/html.js';
import { useId } from '../lib/hooks.js';
import { bytes } from '../lib/format.js';
import { Button } from './button.js';
import { Field } from './field.js';
import { Icon } from './icon.js';

/** @param {{label: string, kinds: string, what?: string, file: File|null, onFile: (f: File|null) => void, maxBytes?: number, accept?: string, paste?: boolean}} props */
export function FileDrop({ label, kinds, what = 'a file', file, onFile, maxBytes = 8 << 20, accept, paste = true }) {
	const [over, setOver] = useState(false);
	const [text, setText] = useState('');
	const [pasting, setPasting] = useState(false);
	const [wrong, setWrong] = useState('');
	const id = useId('file');
	const take = (/** @type {File|undefined} */ f) => {
		if (!f) return;
		if (f.size > maxBytes) {
			setWrong(`${f.name} has ${bytes(f.size)}; at most ${bytes(maxBytes)} are taken.`);
			return;
		}
		setWrong(f.size === 0 ? `${f.name} is empty.` : '');
		if (f.size) onFile(f);
	};
	if (file)
		return html`<div class="row spread card"><span class="row"><${Icon} name="file" /><strong class="wrap">${file.name}</strong><span class="dim num">${bytes(file.size)}</span></span>
			<${Button} kind="quiet" small onClick=${() => { setText(''); onFile(null); }}>Take another</${Button}></div>`;
	if (pasting)
		return html`<div><${Field} label="PEM text" rows=${8} class="pem" value=${text} onInput=${setText} placeholder="-----BEGIN CERTIFICATE-----" autofocus hint="Everything from -----BEGIN to END-----; several blocks in any order are fine." />
			<div class="row"><${Button} small disabled=${!text.includes('-----BEGIN')} onClick=${() => take(new File([text], 'pasted.pem', { type: 'application/x-pem-file' }))}>Use this text</${Button}>
			<${Button} kind="plain" small onClick=${() => setPasting(false)}>Choose a file instead</${Button}></div></div>`;
	return html`<div>
		<div class=${`drop ${over ? 'over' : ''}`}
			onDragOver=${(/** @type {any} */ e) => { e.preventDefault(); setOver(true); }} onDragLeave=${() => setOver(false)}
			onDrop=${(/** @type {any} */ e) => { e.preventDefault(); setOver(false); take(e.dataTransfer?.files?.[0]); }}
			onPaste=${(/** @type {any} */ e) => { const t = e.clipboardData?.getData('text') ?? ''; if (t.includes('-----BEGIN')) take(new File([t], 'pasted.pem')); else take(e.clipboardData?.files?.[0]); }}>
			<${Icon} name="upload" />
			<div><input type="file" id=${id} accept=${accept} aria-label=${label} aria-describedby=${`${id}-k`} onChange=${(/** @type {any} */ e) => take(e.target.files?.[0])} />
				Drop ${what} here, or <label for=${id}>choose one</label></div>
			<div class="small dim" id=${`${id}-k`}>${kinds}</div>
			${paste && html`<${Button} kind="quiet" small icon="copy" onClick=${() => setPasting(true)}>Paste PEM text</${Button}>`}
		</div>${wrong && html`<p class="wrong is-bad small" role="alert">${wrong}</p>`}</div>`;
}
