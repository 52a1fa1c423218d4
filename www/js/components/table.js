// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// A table: sortable heads, rows that fold into cards on small screens. Filtering is the view's.
import { html, useState } from '../lib/html.js';
import { Icon } from './icon.js';

/**
 * @param {{caption: string, columns: {key: string, label: string, cell: (row: any) => any, sort?: (row: any) => any, head?: boolean, num?: boolean, hidden?: boolean, spare?: boolean}[],
 *          rows: any[], id: (row: any) => string, sortBy?: string}} props  sortBy: key, '-' before it for descending
 */
export function Table({ caption, columns, rows, id, sortBy = '' }) {
	const [order, setOrder] = useState(sortBy);
	const key = order.replace(/^-/, ''), down = order.startsWith('-');
	const column = columns.find((c) => c.key === key && c.sort);
	const sorted = column
		? [...rows].sort((a, b) => {
			const x = column.sort?.(a) ?? '', y = column.sort?.(b) ?? '';
			const d = typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y), 'en', { numeric: true });
			return down ? -d : d;
		})
		: rows;
	return html`<div class="tablewrap"><table class="fold">
		<caption class="sr">${caption}</caption>
		<thead><tr>${columns.map((c) => html`<th key=${c.key} scope="col" class=${`${c.num || c.hidden ? 'right' : ''} ${c.spare ? 'spare' : ''}`} aria-sort=${c.sort && key === c.key ? (down ? 'descending' : 'ascending') : undefined}>
			${c.hidden ? html`<span class="sr">${c.label}</span>` : c.sort ? html`<button type="button" onClick=${() => setOrder(key === c.key && !down ? `-${c.key}` : c.key)}>${c.label}${key === c.key && html`<${Icon} name=${down ? 'down' : 'up'} />`}</button>` : c.label}</th>`)}</tr></thead>
		<tbody>${sorted.map((row) => html`<tr key=${id(row)}>${columns.map((c) => c.head
			? html`<th key=${c.key} scope="row" data-label=${c.label}>${c.cell(row)}</th>`
			: html`<td key=${c.key} class=${`${c.num ? 'right num' : ''} ${c.hidden ? 'do' : ''} ${c.spare ? 'spare' : ''}`} data-label=${c.hidden ? undefined : c.label}>${c.cell(row)}</td>`)}</tr>`)}</tbody>
	</table></div>`;
}
