// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0
//
// build-www.mjs SOURCE MODULES OUT: puts the browser side together for serving. Copies www/ and the pinned
// packages' files under OUT/assets/HASH/, where HASH is taken over every byte, so that all of it may be cached for
// ever; OUT/index.html names that folder and the modules of the first view. A .gz lies beside each file that gains
// by it. No bundling: what is served is what was written.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { gzipSync } from 'node:zlib';

const [source, modules, out] = process.argv.slice(2);
if (!out) {
	console.error('usage: build-www.mjs SOURCE MODULES OUT');
	process.exit(2);
}

/** What each vendor file is made of; `tail` turns a classic script into a module. */
const VENDOR = [
	{ to: 'preact.js', from: 'htm/preact/standalone.module.js' },
	{ to: 'uplot.js', from: 'uplot/dist/uPlot.iife.min.js', tail: '\nexport { uPlot };\n' },
	{ to: 'uplot.css', from: 'uplot/dist/uPlot.min.css' },
	{ to: 'pico.css', from: '@picocss/pico/css/pico.min.css' },
	{ to: 'LICENSE.htm', from: 'htm/LICENSE' },
	{ to: 'LICENSE.uplot', from: 'uplot/LICENSE' },
	{ to: 'LICENSE.pico', from: '@picocss/pico/LICENSE.md' },
];
const LEFT_OUT = /^(dev|vendor|types)(\/|$)|Makefile\.inc$/;
const COMPRESSED = /\.(js|css|html|svg|json)$/;

function* files(dir) {
	for (const entry of readdirSync(dir, { withFileTypes: true })) {
		const path = join(dir, entry.name);
		if (entry.isDirectory()) yield* files(path);
		else yield path;
	}
}

/** The modules that `entry` pulls in by static import, in the order they are met. */
function graph(root, entry, seen = new Set()) {
	if (seen.has(entry)) return seen;
	seen.add(entry);
	const text = readFileSync(join(root, entry), 'utf8');
	for (const m of text.matchAll(/^(?:import|export)\s[^;]*?from '(\.[^']+)'|^import '(\.[^']+)'/gm))
		graph(root, posix.join(posix.dirname(entry), m[1] ?? m[2]), seen);
	return seen;
}

const work = `${out}.new`;
rmSync(work, { recursive: true, force: true });
const stage = join(work, 'assets', 'stage');
mkdirSync(join(stage, 'vendor'), { recursive: true });
for (const path of files(source)) {
	const name = relative(source, path);
	if (LEFT_OUT.test(name)) continue;
	mkdirSync(dirname(join(stage, name)), { recursive: true });
	cpSync(path, join(stage, name));
}
for (const { from, to, tail } of VENDOR)
	writeFileSync(join(stage, 'vendor', to), readFileSync(join(modules, from), 'utf8') + (tail ?? ''));

const all = [...files(stage)].sort();
const hash = createHash('sha256');
for (const path of all) hash.update(relative(stage, path)).update('\0').update(readFileSync(path));
const tag = hash.digest('hex').slice(0, 16);
const base = `assets/${tag}`;

const preload = [...graph(stage, 'js/main.js')].map((m) => `\t<link rel="modulepreload" href="${base}/${m}">\n`);
const page = readFileSync(join(stage, 'index.html'), 'utf8')
	.replaceAll(/(href|src)="(?!https?:|data:|#|\/)([^"]+)"/g, (_, attr, to) => `${attr}="${base}/${to}"`)
	.replace(/^\s*<!-- preload -->\n/m, preload.join(''));
rmSync(join(stage, 'index.html'));
renameSync(stage, join(work, base));
writeFileSync(join(work, 'index.html'), page);

let bytes = 0;
for (const path of files(work)) {
	if (!COMPRESSED.test(path) || statSync(path).size < 256) continue;
	const packed = gzipSync(readFileSync(path), { level: 9 });
	bytes += packed.length;
	writeFileSync(`${path}.gz`, packed);
}
rmSync(out, { recursive: true, force: true });
renameSync(work, out);
console.log(`console: ${all.length} files, ${Math.ceil(bytes / 1024)} KiB compressed, ${tag}`);
