// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Each Windows term in one sentence. The keys are what views ask for.
export const HELP = {
	binding: 'A binding joins an address, a port and a host name to the certificate that is shown there.',
	'host-certificate': 'The certificate a binding shows to browsers; its alternative names must hold the host name.',
	sni: 'Server Name Indication: the browser says the host name at the start of TLS, so that several names can share one address and port.',
	thumbprint: 'The SHA-1 of the certificate as Windows shows it; inside, the console tells certificates apart by SHA-256.',
	'client-certificates': 'Whether visitors are asked for a certificate of their own: ignored, accepted when sent, or required.',
	'issuer-store': 'The store whose authorities may vouch for client certificates on this binding; empty means Client Authentication Issuers, then Root.',
	'agents-binding': 'The one binding whose certificate the agents know through OfcIPCer.dat; changing it republishes that file.',
	revocation: 'Whether client certificates are looked up in revocation lists, and what happens when a list is missing or stale.',
	'cached-only': 'Revocation is judged by the lists that are here; what the clients of this binding name as distribution points is not asked.',
	freshness: 'A list that was last checked longer ago than this counts as lapsed, and is fetched again in time where its distribution point may be asked.',
	'usage-check': 'Whether the extended key usage of a client certificate must allow client authentication; Windows calls it usage check.',
	exportable: 'Whether the private key may ever leave this console; left off, no door lets it out.',
	'friendly-name': 'A name of your own beside the certificate, as in Windows; it is not part of the certificate.',
	pfx: 'PKCS #12, the file Windows exports: certificate, chain and private key under a password.',
	csr: 'A certificate signing request: the names and the public key that an authority signs; the private key stays here.',
	drift: 'Drift means that the bound certificate, its copy in Trusted People and OfcIPCer.dat are no longer the same.',
	ipcer: 'OfcIPCer.dat is the public half of the bound certificate that agents use to check that they talk to the real server.',
	'next-certificate': 'A host certificate that agents are told of before it is bound: they take it beside the bound one, so that the change finds them prepared.',
	'authentication-key': 'The key pair by which agents know that a command comes from their server; Apex One calls it the authentication certificate.',
	ntcer: 'OfcNTCer.dat is the public half of the authentication certificate; an agent obeys only what is signed with the private half.',
	'required-root': 'A root or intermediate certificate without which the signatures of program files cannot be verified: updates then hang.',
	'root-policy': 'The Windows policy (DisableRootAutoUpdate): when it is on, nothing fetches missing roots by itself, and whoever checks signatures may hang without them.',
	'update-package': 'A ZIP with the files of a program and a detached signature; agents install it only when digest, signature and chain of the signer are right.',
	detached: 'A detached signature (.p7s) is a file of its own beside what it signs, in the CMS format that Windows and openssl know.',
	'code-signing': 'A certificate may vouch for program files only when its extended key usage names code signing.',
	updating: 'How far an agent is with what is offered; “Updating” for long means that it waits for something, which is named as the cause.',
	unconfirmed: 'The catalogue knows the name but not the fingerprint: anybody can give a certificate that name, so somebody has to say which one is meant.',
	publication: 'A numbered set of OfcNTCer.dat and OfcIPCer.dat, signed by the key before it, so that agents can follow step by step.',
	leaked: 'When a key is in wrong hands, its thief could announce a new one; agents then believe the change only over a connection to their own server.',
	'key-backup': 'An encrypted ZIP with all keys that may leave and all publications; a server set up anew takes the agents over with it.',
	hsts: 'HTTP Strict Transport Security: browsers that saw it once refuse this name over plain HTTP and with a certificate they do not trust.',
	'trust-mode': 'The Schannel setting ClientAuthTrustMode: which certificates a client chain must reach to be believed.',
	'issuer-list': 'The authorities a client chain must pass: the issuer store, else Client Authentication Issuers, else Root.',
	'403.16': 'HTTP 403.16: the client certificate is not trusted or not valid for the reason given beside it.',
	'win32-status': 'The Windows error code that IIS writes beside the sub-status in its log.',
	crl: 'A certificate revocation list: the serial numbers an authority has withdrawn, signed by it and good until its next update.',
	confirm: 'Until you confirm over the new certificate, the change returns by itself at the end of the countdown.',
	audit: 'Every change is written down with who, when and what; each line is chained to the one before, so that none can be removed unseen.',
	token: 'A token lets a program use the REST interface with a role, without a password; it is shown once.',
	role: 'A viewer reads, an operator also imports without keys and binds, an administrator does everything.',
	generation: 'A counter that moves whenever what is served, or what is trusted, changes.',
};

/** The roles, as they are called on every page. */
export const ROLE_NAMES = { viewer: 'Viewer', operator: 'Operator', admin: 'Administrator' };

/** The stores as people meet them in Windows. */
export const STORES = {
	My: { label: 'Personal', help: 'Your own certificates with their private keys; bindings take theirs from here.' },
	WebHosting: { label: 'Web Hosting', help: 'Like Personal, for servers with many host certificates.' },
	Root: { label: 'Trusted Root Authorities', help: 'Self-signed roots that chains may end in; one intermediate in here breaks client certificates for everybody (403.16).' },
	CA: { label: 'Intermediate Authorities', help: 'Authorities between leaf and root, used to complete chains; being here does not make them trusted.' },
	TrustedPeople: { label: 'Trusted People', help: 'Copies of single certificates; the bound host certificate has its public copy here.' },
	Disallowed: { label: 'Untrusted', help: 'Never trusted, whatever else is true; looked at first.' },
	ClientAuthIssuer: { label: 'Client Authentication Issuers', help: 'The authorities that may vouch for client certificates, where a binding names no issuer store.' },
	'OfficeScan NT': { label: 'OfficeScan NT', help: 'The key pair the server signs its commands to agents with.' },
	'OfficeScan NT Expired': { label: 'OfficeScan NT Expired', help: 'Former signing keys, kept so that agents with an old one still find back.' },
};

/** @param {string} name */
export const storeLabel = (name) => STORES[/** @type {keyof STORES} */ (name)]?.label ?? name;

/** What a binding does with revocation lists. */
export const REVOCATION = { off: 'Not checked', check: 'Checked; unknown is refused', last_good: 'Checked; a lapsed list still counts', soft: 'Checked; unknown passes' };

export const TRUST_MODES = [
	{ mode: 0, name: 'Machine trust', help: 'The chain ends in a self-signed root of Root, and some authority on the way is in the issuer list. The Windows default.' },
	{ mode: 1, name: 'Exclusive root trust', help: 'The chain ends in a self-signed root of the issuer store; Root itself is ignored where a store is named.' },
	{ mode: 2, name: 'Exclusive CA trust', help: 'Reaching any authority in the issuer store is enough, root or intermediate; that authority is not checked further.' },
];
