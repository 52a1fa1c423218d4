// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// serve.mjs [PORT]: the playground alone, from the tree, with the packages of node_modules. Not a console: it answers
// no request of the REST interface. Prints its address.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const www = fileURLToPath(new URL('..', import.meta.url)), packages = join(www, '../node_modules');
const VENDOR = { 'preact.js': 'htm/preact/standalone.module.js', 'uplot.css': 'uplot/dist/uPlot.min.css', 'pico.css': '@picocss/pico/css/pico.min.css' };
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
export const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

async function bytes(path) {
	if (path === '/vendor/uplot.js') return `${await readFile(join(packages, 'uplot/dist/uPlot.iife.min.js'), 'utf8')}\nexport { uPlot };\n`;
	const vendor = VENDOR[path.replace('/vendor/', '')];
	return readFile(vendor ? join(packages, vendor) : join(www, normalize(path)));
}

export const server = createServer(async (request, reply) => {
	try {
		const path = decodeURIComponent(new URL(request.url, 'http://x').pathname);
		const body = await bytes(path === '/' ? '/dev/playground.html' : path);
		reply.writeHead(200, { 'Content-Type': `${TYPES[extname(path)] ?? 'text/html'}; charset=utf-8`, 'Content-Security-Policy': CSP, 'Cache-Control': 'no-store' }).end(body);
	} catch {
		reply.writeHead(404).end();
	}
});

if (process.argv[1] === fileURLToPath(import.meta.url))
	server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/dev/playground.html`));
