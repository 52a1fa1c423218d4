// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Client certificates at a console's door: shown by curl, or by a browser of their own.
import { spawnSync } from 'node:child_process';
import { pki } from './console.mjs';
import { newPerson } from './person.mjs';

/** The development PKI is trusted, its server certificate bound, and clients may show theirs. */
export function readyForClients(/** @type {any} */ box) {
	box.cli('cert', 'import', '--store', 'Root', pki('root.crt'));
	box.importPfx('server');
	box.cli('bind', 'set', '--endpoint', 'default', '--cert', box.thumb('server'), '--client-certs', 'accept');
}

/** @returns {string} the status that curl gets with this persona's certificate */
export const statusFor = (/** @type {any} */ box, /** @type {string} */ name) => spawnSync('curl', ['-sk', '-o', '/dev/null', '-w', '%{http_code}', '--cert', pki(`${name}.chain.pem`), '--key', pki(`${name}.key`), `${box.url}livez`], { encoding: 'utf8' }).stdout;

/** Somebody whose browser holds this persona's certificate. */
export const personWith = (/** @type {any} */ chrome, /** @type {any} */ box, /** @type {string} */ name) => newPerson(chrome, {
	clientCertificates: [{ origin: new URL(box.url).origin, certPath: pki(`${name}.chain.pem`), keyPath: pki(`${name}.key`) }],
});
