// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Labelled inputs: label, help, hint, and what is wrong, tied together for those who cannot see it.
import { html, useState } from '../lib/html.js';
import { useId } from '../lib/hooks.js';
import { Help } from './help.js';
import { Icon } from './icon.js';

const Wrong = ({ id, text }) => text && html`<p class="wrong" id=${id}><${Icon} name="bad" /><span>${text}</span></p>`;
const Hint = ({ id, text }) => text && html`<p class="hint" id=${id}>${text}</p>`;
const described = (id, hint, wrong) => [wrong && `${id}-w`, hint && `${id}-h`].filter(Boolean).join(' ') || undefined;

/**
 * @param {{label: string, value: string, onInput: (v: string) => void, type?: string, hint?: any, error?: string, help?: any,
 *          rows?: number, options?: {value: string, label: string}[], [k: string]: any}} props
 */
export function Field({ label, value, onInput, type = 'text', hint, error, help, rows, options, class: extra = '', ...rest }) {
	const id = useId();
	const common = {
		id, ...rest,
		'aria-describedby': described(id, hint, error),
		'aria-invalid': error ? 'true' : undefined,
		onInput: (/** @type {any} */ e) => onInput(e.target.value),
	};
	const input = options
		? html`<select ...${common} value=${value}>${options.map((o) => html`<option key=${o.value} value=${o.value} selected=${o.value === value}>${o.label}</option>`)}</select>`
		: rows
			? html`<textarea ...${common} rows=${rows} value=${value} spellcheck=${false} class=${extra}></textarea>`
			: type === 'password'
				? html`<${Password} common=${common} value=${value} />`
				: html`<input ...${common} type=${type} value=${value} />`;
	return html`<div class="field">
		<div class="label"><label for=${id}>${label}</label>${help && html`<${Help} term=${help} about=${label} />`}</div>
		${input}<${Hint} id=${`${id}-h`} text=${hint} /><${Wrong} id=${`${id}-w`} text=${error} />
	</div>`;
}

function Password({ common, value }) {
	const [shown, show] = useState(false);
	return html`<div class="pass">
		<input ...${common} type=${shown ? 'text' : 'password'} value=${value} spellcheck=${false} autocapitalize="none" />
		<button type="button" class="plain small" aria-pressed=${shown ? 'true' : 'false'} onClick=${() => show(!shown)}
			aria-label=${shown ? 'Hide the password' : 'Show the password'}>${shown ? 'Hide' : 'Show'}</button>
	</div>`;
}

/** @param {{label: any, checked: boolean, onChange: (v: boolean) => void, hint?: any, help?: any, about?: string, [k: string]: any}} props */
export function Check({ label, checked, onChange, hint, help, about, ...rest }) {
	const id = useId();
	return html`<div class="check">
		<input ...${rest} type="checkbox" id=${id} checked=${checked} aria-describedby=${hint ? `${id}-h` : undefined} onChange=${(/** @type {any} */ e) => onChange(e.target.checked)} />
		<span><label for=${id}>${label}</label> ${help && html`<${Help} term=${help} about=${about ?? label} />`}
			${hint && html`<span class="hint" id=${`${id}-h`}>${hint}</span>`}</span>
	</div>`;
}

/**
 * A small set of choices, each explained.
 * @param {{legend: string, value: string, onChange: (v: string) => void, help?: any, disabled?: boolean,
 *          options: {value: string, label: string, hint?: any, disabled?: boolean}[]}} props
 */
export function Choices({ legend, value, onChange, options, help, disabled }) {
	const name = useId('choice');
	return html`<fieldset class="field" disabled=${disabled}>
		<legend>${legend}${help && html`<${Help} term=${help} about=${legend} />`}</legend>
		<div class="choices">${options.map((o) => html`<label class="choice" key=${o.value}>
			<input type="radio" name=${name} value=${o.value} checked=${o.value === value} disabled=${o.disabled} onChange=${() => onChange(o.value)} />
			<span><strong>${o.label}</strong>${o.hint && html`<span class="hint dim small"><br />${o.hint}</span>`}</span>
		</label>`)}</div>
	</fieldset>`;
}
