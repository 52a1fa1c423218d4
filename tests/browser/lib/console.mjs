// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// A real console on port 0 with a state directory of its own, and what a person needs before the first page.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const build = resolve(process.env.CERTBINDER_BUILD ?? 'build');
export const PKI = process.env.CERTBINDER_PKI ?? join(build, 'pki');
export const PASSWORD = 'correct horse battery staple';
export const pki = (/** @type {string} */ name) => join(PKI, name);

/** @param {string[]} [more] further arguments of the daemon */
export async function startConsole(more = []) {
	const state = mkdtempSync(join(tmpdir(), 'console-'));
	let log = '';
	const run = (/** @type {string} */ listen) => new Promise((ready, failed) => {
		const child = spawn(join(build, 'certbinderd'), ['--state-dir', state, '--listen', listen, ...more], { stdio: ['ignore', 'pipe', 'pipe'] });
		child.stderr.on('data', (d) => { log += d; });
		child.once('exit', (code) => failed(new Error(`the console ended with ${code}: ${log}`)));
		createInterface({ input: child.stdout }).on('line', (line) => {
			const said = JSON.parse(line);
			if (said.event === 'ready') ready({ child, port: Number(said.https[0].split(':').pop()) });
		});
	});
	let { child, port } = await run('127.0.0.1:0');
	const stop = (/** @type {NodeJS.Signals} */ signal = 'SIGTERM') => new Promise((done) => {
		if (child.exitCode !== null || child.signalCode) return done(undefined);
		child.removeAllListeners('exit');
		child.once('exit', done);
		child.kill(signal);
		return undefined;
	});
	/** The command line on the same state. @param {...string} args */
	const cli = (...args) => {
		const r = spawnSync(join(build, 'certbinder'), ['--state-dir', state, ...args], { encoding: 'utf8', timeout: 90000 });
		if (r.status !== 0 && r.status !== 10) throw new Error(`certbinder ${args.join(' ')}: exit ${r.status}\n${r.stdout}${r.stderr}`);
		return r.stdout;
	};
	const file = (/** @type {string} */ name, /** @type {string} */ text) => {
		const path = join(state, name);
		writeFileSync(path, text, { mode: 0o600 });
		return path;
	};
	return {
		state, cli, file, stop, log: () => log,
		get url() { return `https://localhost:${port}/`; },
		get port() { return port; },
		setupCode: () => /[A-Za-z0-9_-]{16,}/.exec(cli('setup-code').replace(/.*:\s*/s, (m) => (m.length < 40 ? '' : m)))?.[0] ?? '',
		async restart() {
			await stop();
			({ child } = await run(`127.0.0.1:${port}`));
		},
		importPfx: (/** @type {string} */ name, /** @type {string[]} */ ...args) => cli('cert', 'import', pki(`${name}.pfx`), '--store', 'My', '--password-file', file('pfx-password', 'certbinder'), ...args),
		thumb: (/** @type {string} */ name) => spawnSync('openssl', ['x509', '-in', pki(`${name}.crt`), '-noout', '-fingerprint', '-sha1'], { encoding: 'utf8' }).stdout.replace(/.*=/, '').replace(/[:\s]/g, ''),
		/** SHA-1 of the certificate that a fresh handshake shows. */
		served: () => {
			const shown = spawnSync('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 'localhost'], { input: '', encoding: 'utf8' }).stdout;
			return spawnSync('openssl', ['x509', '-noout', '-fingerprint', '-sha1'], { input: shown, encoding: 'utf8' }).stdout.replace(/.*=/, '').replace(/[:\s]/g, '');
		},
		async end() {
			await stop();
			rmSync(state, { recursive: true, force: true });
		},
	};
}

/** A token in hand, for what is set up beside the browser. */
export function rest(/** @type {any} */ console_, role = 'admin') {
	const token = /cb_[A-Za-z0-9_-]{43}/.exec(console_.cli('token', 'create', '--name', `test-${role}`, '--role', role))?.[0];
	return (/** @type {string} */ method, /** @type {string} */ path, /** @type {any} */ body) => {
		const r = spawnSync('curl', ['-sk', '-X', method, '-H', `Authorization: Bearer ${token}`, '-H', 'If-Match: *', '-H', 'Content-Type: application/json', ...(body ? ['-d', JSON.stringify(body)] : []), `${console_.url}api/v1${path}`], { encoding: 'utf8' });
		return r.stdout ? JSON.parse(r.stdout) : null;
	};
}

export const readPki = (/** @type {string} */ name) => readFileSync(pki(name), 'utf8');
