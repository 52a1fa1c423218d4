// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// A chart over time with its table. The drawing library comes only when a chart is shown; the table says the same.
import { html, useEffect, useRef, useState } from '../lib/html.js';
import { Button } from './button.js';

let sheet = false;
async function library() {
	if (!sheet) {
		sheet = true;
		const link = document.createElement('link');
		link.rel = 'stylesheet';
		link.href = new URL('../../vendor/uplot.css', import.meta.url).href;
		document.head.append(link);
	}
	return (await import('../../vendor/uplot.js')).uPlot;
}

const whenIdle = () => new Promise((go) => ('requestIdleCallback' in globalThis ? requestIdleCallback(go, { timeout: 1500 }) : setTimeout(go, 200)));
const clock = (/** @type {number} */ t) => new Date(t * 1000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
const moment = (/** @type {number} */ t) => new Date(t * 1000).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
const token = (/** @type {string} */ name) => {
	const probe = document.createElement('i');
	probe.style.setProperty('color', `var(${name})`);
	document.body.append(probe);
	const c = getComputedStyle(probe).color;
	probe.remove();
	return c;
};

/** @param {{title: string, times: number[], series: {label: string, values: number[], color: string}[], theme: string}} props times: Unix seconds; color: token */
export function Chart({ title, times, series, theme }) {
	const box = useRef(/** @type {any} */ (null));
	const [table, setTable] = useState(false);
	const data = JSON.stringify([times, series.map((s) => s.values)]);
	useEffect(() => {
		if (table) return undefined;
		/** @type {any} */
		let plot = null, gone = false, watch = null;
		whenIdle().then(library).then((uPlot) => {
			if (gone || !box.current) return;
			const axis = { stroke: token('--ink-3'), grid: { stroke: token('--line'), width: 1 }, ticks: { show: false }, font: '12px system-ui' };
			plot = new uPlot({
				width: box.current.clientWidth, height: 190, cursor: { y: false }, legend: { live: true },
				scales: { y: { range: (/** @type {any} */ _u, /** @type {number} */ _min, /** @type {number} */ max) => [0, Math.max(4, max * 1.15)] } },
				series: [{ label: 'At', value: (/** @type {any} */ _u, /** @type {number} */ t) => (t ? moment(t) : '–') }, ...series.map((s) => ({ label: s.label, stroke: token(s.color), width: 2, fill: `color-mix(in srgb, ${token(s.color)} 12%, transparent)`, points: { show: false }, value: (/** @type {any} */ _u, /** @type {number} */ v) => v ?? '–' }))],
				axes: [{ ...axis, values: (/** @type {any} */ _u, /** @type {number[]} */ at) => at.map(clock) }, { ...axis, size: 44 }],
			}, [times, ...series.map((s) => s.values)], box.current);
			watch = new ResizeObserver(() => plot.setSize({ width: box.current.clientWidth, height: 190 }));
			watch.observe(box.current);
		});
		return () => {
			gone = true;
			watch?.disconnect();
			plot?.destroy();
		};
	}, [data, table, theme]);
	return html`<figure class="stack tight" aria-label=${title}>
		${table
			? html`<div class="tablewrap"><table><caption>${title}</caption><thead><tr><th scope="col">From</th>${series.map((s) => html`<th scope="col" class="right" key=${s.label}>${s.label}</th>`)}</tr></thead>
				<tbody>${times.map((t, i) => [t, i]).filter(([, i]) => series.some((s) => s.values[i])).reverse().map(([t, i]) => html`<tr key=${t}><th scope="row" class="num">${moment(t)}</th>${series.map((s) => html`<td class="right num" key=${s.label}>${s.values[i]}</td>`)}</tr>`)}</tbody></table></div>`
			: html`<div class="chart" ref=${box} role="img" aria-label=${`${title}: ${series.map((s) => `${s.label} ${s.values.reduce((a, b) => a + b, 0)}`).join(', ')}. The table says the same.`}></div>`}
		<div><${Button} kind="plain" small onClick=${() => setTable(!table)}>${table ? 'Show the chart' : 'Show the table'}</${Button}></div></figure>`;
}
