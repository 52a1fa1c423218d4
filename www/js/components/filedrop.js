// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Takes a file by drop, choice or paste of PEM text. Several PEM files at once, certificate and key, become one.
import { html, useEffect, useRef, useState } from '../lib/html.js';
import { useId } from '../lib/hooks.js';
import { bytes, plural } from '../lib/format.js';
import { Button } from './button.js';
import { Field } from './field.js';
import { Icon } from './icon.js';

const PEM_MAX = 1 << 20;

/** @param {File[]} files @returns {Promise<File|null>} one PEM file of them all; null when one of them is none */
async function together(files) {
	if (files.some((f) => f.size > PEM_MAX)) return null;
	const texts = await Promise.all(files.map((f) => f.text().catch(() => '')));
	return texts.every((t) => t.includes('-----BEGIN')) ? new File([texts.join('\n')], files.map((f) => f.name).join(' + '), { type: 'application/x-pem-file' }) : null;
}

/** @param {{label: string, kinds: string, what?: string, file: File|null, onFile: (f: File|null) => void, maxBytes?: number, accept?: string, paste?: boolean}} props */
export function FileDrop({ label, kinds, what = 'a file', file, onFile, maxBytes = 8 << 20, accept, paste = true }) {
	const [over, setOver] = useState(false);
	const [text, setText] = useState('');
	const [pasting, setPasting] = useState(false);
	const [wrong, setWrong] = useState('');
	const id = useId('file');
	const box = useRef(/** @type {any} */ (null));
	const had = useRef(false);
	useEffect(() => { // what was pressed is gone: the keyboard goes on at what came instead
		if (!!file === had.current) return;
		had.current = !!file;
		if (document.activeElement === document.body || document.activeElement === null) box.current?.querySelector('input, button')?.focus();
	}, [file]);
	const take = (/** @type {File|undefined} */ f) => {
		if (!f) return;
		if (f.size > maxBytes) {
			setWrong(`${f.name} has ${bytes(f.size)}; at most ${bytes(maxBytes)} are taken.`);
			return;
		}
		setWrong(f.size === 0 ? `${f.name} is empty.` : '');
		if (f.size) onFile(f);
	};
	const takeAll = async (/** @type {any} */ given, /** @type {any} */ items = []) => {
		const all = [...(given ?? [])];
		if ([...items].some((i) => i.webkitGetAsEntry?.()?.isDirectory)) return setWrong('That is a folder. Drop one of the files in it.');
		if (all.length < 2) return take(all[0]);
		const one = await together(all);
		if (one) return take(one);
		return setWrong(`${plural(all.length, 'file')} at once. Only PEM files, as certificate and key, are taken together; of others one at a time.`);
	};
	if (file)
		return html`<div class="row spread card" ref=${box}><span class="row"><${Icon} name="file" /><strong class="wrap">${file.name}</strong><span class="dim num">${bytes(file.size)}</span></span>
			<${Button} kind="quiet" small onClick=${() => { setText(''); onFile(null); }}>Take another</${Button}></div>`;
	if (pasting)
		return html`<div ref=${box}><${Field} label="PEM text" rows=${8} class="pem" value=${text} onInput=${setText} placeholder="-----BEGIN CERTIFICATE-----" autofocus error=${text.trim() && !text.includes('-----BEGIN') ? 'This is no PEM text: it has no line that begins with -----BEGIN.' : ''} hint="Everything from -----BEGIN to END-----; several blocks in any order are fine." />
			<div class="row"><${Button} small disabled=${!text.includes('-----BEGIN')} onClick=${() => take(new File([text], 'pasted.pem', { type: 'application/x-pem-file' }))}>Use this text</${Button}>
			<${Button} kind="plain" small onClick=${() => setPasting(false)}>Choose a file instead</${Button}></div></div>`;
	return html`<div ref=${box}>
		<div class=${`drop ${over ? 'over' : ''}`}
			onDragOver=${(/** @type {any} */ e) => { e.preventDefault(); setOver(true); }} onDragLeave=${() => setOver(false)}
			onDrop=${(/** @type {any} */ e) => { e.preventDefault(); setOver(false); takeAll(e.dataTransfer?.files, e.dataTransfer?.items); }}
			onPaste=${(/** @type {any} */ e) => { const t = e.clipboardData?.getData('text') ?? ''; if (t.includes('-----BEGIN')) take(new File([t], 'pasted.pem')); else takeAll(e.clipboardData?.files); }}>
			<${Icon} name="upload" />
			<div><input type="file" multiple id=${id} accept=${accept} aria-label=${label} aria-describedby=${`${id}-k`} onChange=${(/** @type {any} */ e) => takeAll(e.target.files)} />
				Drop ${what} here, or <label for=${id}>choose one</label></div>
			<div class="small dim" id=${`${id}-k`}>${kinds}</div>
			${paste && html`<${Button} kind="quiet" small icon="copy" onClick=${() => setPasting(true)}>Paste PEM text</${Button}>`}
		</div>${wrong && html`<p class="wrong is-bad small" role="alert">${wrong}</p>`}</div>`;
}
