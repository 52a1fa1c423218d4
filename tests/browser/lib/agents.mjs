// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Real agents of a real console, each with a state directory of its own.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pki } from './console.mjs';

const build = resolve(process.env.CERTBINDER_BUILD ?? 'build');

/** What a console needs before agents find it: a host certificate on its own address. @param {any} box */
export function readyForAgents(box) {
	box.cli('cert', 'import', '--store', 'Root', pki('root.crt'));
	box.importPfx('server', '--friendly-name', 'Console 2026');
	box.cli('bind', 'set', '--endpoint', 'default', '--cert', box.thumb('server'), '--yes');
	box.cli('settings', 'set', 'agent_heartbeat_s', '10');
}

/** Starts certbinder-agentd. @param {any} box */
export async function startAgent(box) {
	const home = mkdtempSync(join(tmpdir(), 'agent-')), folder = join(home, 'state'), key = join(home, 'OfcNTCer.dat');
	const given = spawnSync(join(build, 'CertificateManager'), ['-e', key], { encoding: 'utf8', env: { ...process.env, CERTBINDER_STATE_DIR: box.state } });
	if (given.status !== 0) throw new Error(`CertificateManager -e: ${given.stdout}${given.stderr}`);
	let log = '';
	const child = spawn(join(build, 'certbinder-agentd'), ['--state-dir', folder, '--server', '127.0.0.1', '--https-port', String(box.port), '--ntcer', key, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] });
	child.stderr.on('data', (d) => { log += d; });
	const end = async () => {
		if (child.exitCode === null && !child.signalCode) await new Promise((done) => { child.once('exit', done); child.kill('SIGTERM'); });
		rmSync(home, { recursive: true, force: true });
	};
	/** @type {any} */
	let timer;
	const ready = await new Promise((done, failed) => {
		timer = setTimeout(() => failed(new Error(`the agent does not become ready: ${log}`)), 90000);
		child.once('error', failed);
		child.once('exit', (code) => failed(new Error(`the agent ended with ${code}: ${log}`)));
		createInterface({ input: child.stdout }).once('line', (line) => done(JSON.parse(line)));
	}).finally(() => { clearTimeout(timer); child.removeAllListeners('exit'); }).catch(async (e) => { await end(); throw e; });
	return {
		id: ready.id, folder, log: () => log,
		/** It reports now, not with the next heartbeat. */
		nudge: () => child.kill('SIGHUP'),
		/** Names of the certificates in one of its stores. @param {string} store */
		trusts: (store) => readdirSync(join(folder, 'trust', store)),
		end,
	};
}
