// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Every view of the console, in a state that shows what it can: for axe, pictures and Lighthouse.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pki, rest } from './console.mjs';
import { arrived } from './person.mjs';

/** Fills a fresh console with a bit of life. @param {any} box */
export function furnish(box) {
	box.cli('cert', 'import', '--store', 'Root', pki('root.crt'));
	for (const [name, friendly] of [['server', 'Console 2026'], ['server-next', 'Console 2027'], ['server-wildcard', 'Wildcard'], ['server-expired', 'Old console'], ['server-rsa', 'For old clients']]) box.importPfx(name, '--friendly-name', friendly);
	box.cli('cert', 'import', '--store', 'TrustedPeople', pki('other-root.crt'));
	box.cli('bind', 'set', '--endpoint', 'default', '--cert', box.thumb('server'), '--client-certs', 'accept');
	box.cli('csr', 'create', '--dns', 'new.console.test', '--out', `${box.state}/new.csr`);
	const ask = rest(box);
	ask('POST', '/tokens', { name: 'deploy hook on web1', role: 'operator', ttl_days: 365 });
	spawnSync('curl', ['-sk', '--cert', pki('other-client.chain.pem'), '--key', pki('other-client.key'), `${box.url}livez`]);
	box.cli('crl', 'import', pki('intermediate.crl'));
	let refusal = ask('GET', '/refusals').items[0];
	for (const end = Date.now() + 90000; !refusal && Date.now() < end;) refusal = ask('GET', '/refusals').items[0];
	const bound = ask('GET', '/bindings').items[0];
	const next = ask('GET', `/certificates?q=${box.thumb('server-next')}`).items[0];
	const root = ask('GET', '/roots').items[0].id;
	return { bound, root, refusal: refusal.id, cert: bound.cert, next: next.sha256, ask, pem: readFileSync(pki('client.crt'), 'utf8') };
}

/** @param {{bound: any, cert: string, refusal: string, root: string}} seed @returns {{name: string, hash: string, heading: string|RegExp, open?: string}[]} */
export const tour = ({ bound, cert, refusal, root }) => [
	{ name: 'dashboard', hash: '#/', heading: 'Dashboard' },
	{ name: 'certificates', hash: '#/certificates', heading: 'Certificates' },
	{ name: 'certificate', hash: `#/certificates/${cert}`, heading: 'Console 2026' },
	{ name: 'import', hash: '#/certificates?import=1', heading: 'Import a certificate' },
	{ name: 'requests', hash: '#/requests', heading: 'Certificate requests' },
	{ name: 'renew', hash: `#/requests?renew=${cert}`, heading: 'Renew a certificate' },
	{ name: 'bindings', hash: '#/bindings', heading: 'Bindings' },
	{ name: 'binding', hash: `#/bindings/${bound.id}`, heading: 'History' },
	{ name: 'site-bindings', hash: `#/bindings/${bound.id}?edit=1`, heading: 'Edit the binding' },
	{ name: 'trust', hash: '#/trust', heading: 'Client trust' },
	{ name: 'refusals', hash: '#/refusals', heading: 'Refusals' },
	{ name: 'refusal', hash: `#/refusals/${refusal}`, heading: 'Paths tried' },
	{ name: 'what-if', hash: '#/what-if', heading: 'What if' },
	{ name: 'evidence', hash: '#/evidence', heading: 'Evidence of an IIS server' },
	{ name: 'revocation', hash: '#/crls', heading: 'Revocation lists' },
	{ name: 'validation', hash: '#/validation', heading: 'Agent validation' },
	{ name: 'keys', hash: '#/keys', heading: 'Authentication keys' },
	{ name: 'roots', hash: '#/roots', heading: 'Required roots' },
	{ name: 'root', hash: `#/roots/${root}`, heading: /VeriSign|UTN|Microsoft/ },
	{ name: 'roots-import', hash: '#/roots?import=1', heading: 'Certificate import wizard' },
	{ name: 'roots-policy', hash: '#/roots?policy=1', heading: 'Turn off Automatic Root Certificates Update' },
	{ name: 'updates', hash: '#/updates', heading: 'Updates' },
	{ name: 'updates-add', hash: '#/updates?add=1', heading: 'Add a package' },
	{ name: 'agents', hash: '#/agents', heading: 'Agents' },
	{ name: 'rollouts', hash: '#/rollouts', heading: 'Rollouts' },
	{ name: 'activity', hash: '#/activity', heading: 'Activity' },
	{ name: 'settings', hash: '#/settings', heading: 'Settings' },
	{ name: 'access', hash: '#/access', heading: 'Accounts and tokens' },
	{ name: 'nothing', hash: '#/nothing/here', heading: 'Nothing here' },
];

/** @param {any} page @param {any} stop of the tour */
export async function visit(page, stop) {
	await page.evaluate((/** @type {string} */ h) => { location.hash = '#/activity'; location.hash = h; }, stop.hash);
	await arrived(page, stop.hash);
	await page.getByRole('heading', { name: stop.heading }).first().waitFor();
	await page.waitForFunction(() => !document.querySelector('.loading, [aria-busy="true"]'));
}
