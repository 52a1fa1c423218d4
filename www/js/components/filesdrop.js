// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Takes several files, or a whole folder, by drop or choice. Which of them count is the caller's.
import { html, useState } from '../lib/html.js';
import { useId } from '../lib/hooks.js';
import { bytes, plural } from '../lib/format.js';
import { Button } from './button.js';
import { Icon } from './icon.js';

/** @param {any} entry of a drop @returns {Promise<File[]>} all files below it */
async function below(entry) {
	if (entry.isFile) return [await new Promise((done, failed) => entry.file(done, failed))];
	const reader = entry.createReader(), all = [];
	for (;;) {
		/** @type {any[]} */
		const some = await new Promise((done, failed) => reader.readEntries(done, failed));
		if (!some.length) return (await Promise.all(all.map(below))).flat();
		all.push(...some);
	}
}

/** @param {any} transfer @returns {Promise<File[]>} */
async function dropped(transfer) {
	const entries = [...(transfer?.items ?? [])].map((i) => i.webkitGetAsEntry?.()).filter(Boolean);
	return entries.length ? (await Promise.all(entries.map(below))).flat() : [...(transfer?.files ?? [])];
}

/**
 * @param {{label: string, kinds: string, files: File[], onFiles: (f: File[]) => void, accept?: string, maxFiles?: number, maxBytes?: number, fits?: (f: Iterable<File>) => File[], nothing: string}} props
 *        maxBytes: of one file, none of which may be empty then; fits: those of a drop that count; nothing: what is said when none does
 */
export function FilesDrop({ label, kinds, files, onFiles, accept, maxFiles = 200, maxBytes = 0, fits = (f) => [...f], nothing }) {
	const [over, setOver] = useState(false), [wrong, setWrong] = useState('');
	const id = useId('files');
	const take = (/** @type {Iterable<File>} */ given) => {
		const all = fits(given);
		const odd = maxBytes ? all.find((f) => !f.size || f.size > maxBytes) : undefined;
		const why = !all.length ? nothing : all.length > maxFiles ? `${plural(all.length, 'file')}; at most ${maxFiles} are taken at once.`
			: odd ? (odd.size ? `${odd.name} has ${bytes(odd.size)}; at most ${bytes(maxBytes)} are taken.` : `${odd.name} is empty.`) : '';
		setWrong(why);
		if (!why) onFiles(all);
	};
	if (files.length)
		return html`<div class="row spread card"><span class="row"><${Icon} name="file" /><strong class="wrap">${files.length === 1 ? files[0].name : plural(files.length, 'file')}</strong><span class="dim num">${bytes(files.reduce((sum, f) => sum + f.size, 0))}</span></span>
			<${Button} kind="quiet" small onClick=${() => onFiles([])}>Take others</${Button}></div>`;
	return html`<div><div class=${`drop ${over ? 'over' : ''}`} onDragOver=${(/** @type {any} */ e) => { e.preventDefault(); setOver(true); }} onDragLeave=${() => setOver(false)}
			onDrop=${(/** @type {any} */ e) => { e.preventDefault(); setOver(false); dropped(e.dataTransfer).then(take, (f) => setWrong(`The folder could not be read: ${f.message ?? f}`)); }}>
			<${Icon} name="upload" />
			<div><input type="file" multiple id=${id} accept=${accept} aria-label=${label} aria-describedby=${`${id}-k`} onChange=${(/** @type {any} */ e) => take(e.target.files ?? [])} />Drop files or a folder here, or <label for=${id}>choose files</label></div>
			<div><input type="file" webkitdirectory id=${`${id}-d`} aria-label=${`${label}: a folder`} onChange=${(/** @type {any} */ e) => take(e.target.files ?? [])} /><label for=${`${id}-d`}>Choose a folder</label></div>
			<div class="small dim" id=${`${id}-k`}>${kinds}</div></div>
		${wrong && html`<p class="wrong is-bad small" role="alert">${wrong}</p>`}</div>`;
}
