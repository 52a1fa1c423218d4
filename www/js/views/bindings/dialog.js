// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// The Site Bindings dialog: the fields as IIS has them, the checks as one types, then stage; the swap follows on the binding's page.
import { html, useEffect, useState } from '../../lib/html.js';
import { useClients, useResource } from '../../lib/hooks.js';
import { sanText } from '../../clients/certs.js';
import { commonName, endpoint, plural, searchTerm, validity } from '../../lib/format.js';
import { REVOCATION, storeLabel } from '../../lib/help.js';
import { LifeBar, Tag } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { CheckList, checksSaid } from '../../components/checklist.js';
import { Dialog } from '../../components/dialog.js';
import { Check, Choices, Field } from '../../components/field.js';
import { ShortPrint } from '../../components/fingerprint.js';
import { Help } from '../../components/help.js';
import { Empty, Loading, Note, Problem, Resource } from '../../components/states.js';

const CLIENT = [
	{ value: 'ignore', label: 'Ignore', hint: 'Nobody is asked; no certificate chooser appears.' }, { value: 'accept', label: 'Accept', hint: 'Asked for, taken when sent, judged by the trust mode.' }, { value: 'require', label: 'Require', hint: 'Without a good one: 403.7, 403.13, 403.16 or 403.17.' }];
const WAITS = [60, 120, 300, 900];
/** The usual spans, and the one in the settings. */
const waits = (/** @type {number} */ usual) => [...new Set([...WAITS, usual])].filter((s) => s > 0).sort((a, b) => a - b).map((s) => ({ value: String(s), label: s % 60 ? plural(s, 'second') : plural(s / 60, 'minute') }));

/** Choose one of Personal and Web Hosting, as the drop-down and Select of IIS do. */
function Select({ value, onPick, onClose }) {
	const { certs } = useClients();
	const [q, setQ] = useState('');
	const [more, setMore] = useState(0); // than one list holds: then the console looks, not this page alone
	const term = more ? searchTerm(q) : '';
	const list = useResource(async (s) => {
		const both = await Promise.all(['My', 'WebHosting'].map((store) => certs.list({ store, has_key: true, limit: 500, q: term }, s)));
		if (!term) setMore(both.reduce((sum, p) => sum + p.total - p.items.length, 0));
		return [...new Map(both.flatMap((p) => p.items).map((/** @type {any} */ c) => [c.sha256, c])).values()];
	}, [term]);
	const fits = (/** @type {any} */ c) => [c.friendly_name, c.subject, c.thumbprint, c.sha256, ...c.sans].some((t) => (t ?? '').toLowerCase().includes(searchTerm(q).toLowerCase()));
	return html`<${Dialog} title="Select a certificate" about="From Personal and Web Hosting, with a private key." wide onClose=${onClose}>
		<${Field} label="Filter" type="search" value=${q} onInput=${setQ} autofocus />
		<${Resource} of=${list} what="Certificates" empty=${(/** @type {any} */ d) => !d.length && !term && html`<${Empty} icon="cert" title="No certificate with a key">Import a PFX first, or make a request.</${Empty}>`}>
			${(/** @type {any} */ d) => !d.some(fits) ? html`<${Empty} icon="search" title="Nothing matches">No certificate with a key fits “${q.trim()}”.</${Empty}>` : html`<div class="choices" role="list">${d.filter(fits).map((/** @type {any} */ c) => html`<div class="choice" role="listitem" key=${c.sha256}><div class="grow"><div class="row spread"><strong class="wrap">${c.friendly_name || commonName(c.subject)}</strong>
				<span class="row">${c.stores.map((/** @type {string} */ s) => html`<${Tag} key=${s}>${storeLabel(s)}</${Tag}>`)}<${Button} small kind=${c.sha256 === value ? 'main' : 'quiet'} onClick=${() => onPick(c)} label=${`Select ${commonName(c.subject)}`}>${c.sha256 === value ? 'Selected' : 'Select'}</${Button}></span></div>
				<div class="small dim wrap">${c.sans.map(sanText).join(', ') || 'no alternative names'} · by ${commonName(c.issuer)} · <${ShortPrint} hex=${c.thumbprint} /></div><${LifeBar} of=${c} /></div></div>`)}</div>`}</${Resource}>
		${more > 0 && !term && html`<p class="more small dim">${plural(more, 'more certificate')} here; filter to see the others</p>`}</${Dialog}>`;
}

/** @param {{binding?: any, certId?: string, onClose: () => void, onStaged: (binding: string|null, change: any) => void}} props */
export function BindingDialog({ binding, certId, onClose, onStaged }) {
	const { bindings, certs, session, system } = useClients();
	const settings = useResource((s) => system.settings(s), []);
	const mine = useResource((s) => system.show(s), []);
	const elsewhere = mine.data ? mine.data.connection?.binding !== binding?.id : false;
	const usual = Number(settings.data?.items.find((/** @type {any} */ x) => x.name === 'confirm_within_s')?.value) || 120;
	const [o, set] = useState(/** @type {any} */ ({ ip: binding?.ip ?? '*', port: String(binding?.port ?? '443'), host: binding?.host ?? '', client_certs: binding?.client_certs ?? 'ignore', issuer_store: binding?.issuer_store ?? '', agents: binding?.agents ?? false, revocation: binding?.revocation ?? 'off', cached: binding?.revocation_cached_only ?? false, fresh: String(binding?.revocation_freshness_s ?? 0), usage: binding?.check_usage ?? true, wait: '', override: false, reason: '' }));
	const put = (/** @type {any} */ part) => set((/** @type {any} */ old) => ({ ...old, ...part }));
	const [cert, setCert] = useState(/** @type {any} */ (binding?.certificate ?? null));
	const [picking, setPicking] = useState(false);
	const [checks, setChecks] = useState(/** @type {{state: string, list?: any[], error?: any}} */ ({ state: 'none' }));
	const stores = useResource((s) => certs.stores(s), []);
	useEffect(() => {
		if (certId) certs.show(certId).then(setCert, () => {});
	}, [certId]);

	const port = Number(o.port);
	const portFault = Number.isInteger(port) && port > 0 && port < 65536 ? '' : 'A port is a number from 1 to 65535.';
	const freshFault = /^\d{1,8}$/.test(o.fresh.trim()) && Number(o.fresh) <= 31536000 ? '' : 'Seconds, from 0 to 31536000.';
	const body = {
		endpoint: endpoint({ ip: o.ip.trim() || '*', port, host: o.host.trim().toLowerCase() }), ...(cert && cert.sha256 !== binding?.cert ? { cert: cert.sha256 } : {}),
		...(!binding || o.client_certs !== binding.client_certs ? { client_certs: o.client_certs } : {}), ...(!binding || o.issuer_store !== (binding.issuer_store ?? '') ? { issuer_store: o.issuer_store || null } : {}),
		...(o.agents && !binding?.agents ? { agents: true } : {}), ...(!binding || o.revocation !== binding.revocation ? { revocation: o.revocation } : {}),
		...(o.cached !== (binding?.revocation_cached_only ?? false) ? { revocation_cached_only: o.cached } : {}), ...(!freshFault && Number(o.fresh) !== (binding?.revocation_freshness_s ?? 0) ? { revocation_freshness_s: Number(o.fresh) } : {}), ...(o.usage !== (binding?.check_usage ?? true) ? { check_usage: o.usage } : {}),
	};
	const same = binding && Object.keys(body).length === 1;
	const key = JSON.stringify(body);
	useEffect(() => {
		if (!cert || portFault || same) {
			setChecks({ state: 'none' });
			return undefined;
		}
		const stop = new AbortController();
		const t = setTimeout(async () => {
			setChecks((c) => ({ ...c, state: 'running' }));
			try {
				const r = await bindings.check({ ...body, cert: cert.sha256 }, stop.signal);
				setChecks({ state: 'seen', list: r.checks });
			} catch (error) {
				if (!stop.signal.aborted) setChecks({ state: 'error', error });
			}
		}, 250);
		return () => {
			clearTimeout(t);
			stop.abort();
		};
	}, [key, cert?.sha256]);

	const failed = (checks.list ?? []).filter((c) => c.verdict === 'fail');
	const hard = failed.some((c) => c.overridable === false);
	const blocked = failed.length > 0 && !(o.override && !hard && o.reason.trim());
	const submit = async () => {
		const change = await bindings.stage({ ...body, confirm_within_s: elsewhere ? 0 : Number(o.wait) || usual, ...(failed.length ? { override_reason: o.reason.trim() } : {}) });
		onStaged(change.binding ?? binding?.id ?? null, change);
	};
	const issuers = [{ value: '', label: 'None: Client Authentication Issuers, then Root' }, ...(stores.data?.items ?? []).filter((/** @type {any} */ s) => s.custom || s.name === 'ClientAuthIssuer').map((/** @type {any} */ s) => ({ value: s.name, label: storeLabel(s.name) }))];
	return html`<${Dialog} wide title=${binding ? 'Edit the binding' : 'Add a binding'} about="Nothing is served differently before you say so on the next page." submit="Stage the change" disabled=${!cert || !!portFault || !!freshFault || blocked || same || checks.state === 'running'} onClose=${onClose} onSubmit=${submit}>
		${binding ? html`<p class="fixed"><span>https</span><span>${o.ip === '*' ? 'all unassigned addresses' : o.ip}</span><span>port ${o.port}</span><span class="wrap">${o.host || 'every name that no other binding takes'}</span></p>` : html`<div class="grid2"><${Field} label="Type" value="https" onInput=${() => {}} disabled /><${Field} label="IP address" value=${o.ip} onInput=${(/** @type {string} */ v) => put({ ip: v })} hint="* for all unassigned" spellcheck=${false} autofocus />
			<${Field} label="Port" value=${o.port} onInput=${(/** @type {string} */ v) => put({ port: v })} inputmode="numeric" error=${portFault} /><${Field} label="Host name" value=${o.host} onInput=${(/** @type {string} */ v) => put({ host: v })} placeholder="every name" hint="Empty: every name that no other binding takes" spellcheck=${false} /></div>`}
		<${Check} label="Require Server Name Indication" help="sni" checked=${!!o.host.trim()} disabled onChange=${() => {}} hint=${o.host.trim() ? 'A binding with a host name answers only to that name.' : 'Follows the host name: without one, visitors need not send a name.'} />
		<div class="field"><div class="label"><span>SSL certificate</span><${Help} term="host-certificate" about="SSL certificate" /></div><div class="card"><div class="row spread">${cert ? html`<span class="grow"><strong class="wrap">${cert.friendly_name || commonName(cert.subject)}</strong> ${validity(cert.not_before, cert.not_after) !== 'good' && html`<${Tag} kind="warn">${validity(cert.not_before, cert.not_after)}</${Tag}>`}<br /><span class="small dim wrap">${cert.sans.map(sanText).join(', ') || 'no alternative names'} · <${ShortPrint} hex=${cert.thumbprint} /></span></span>` : html`<span class="dim">Not selected</span>`}
			<span class="row"><${Button} kind=${cert ? 'quiet' : 'main'} onClick=${() => setPicking(true)}>Select …</${Button}>${cert && html`<a class="button quiet" href=${`#/certificates/${cert.sha256}`} target="_blank" rel="noopener">View</a>`}</span></div></div></div>
		<${Choices} legend="Client certificates" help="client-certificates" value=${o.client_certs} onChange=${(/** @type {string} */ v) => put({ client_certs: v })} options=${CLIENT} />
		${o.client_certs === 'require' && binding?.client_certs !== 'require' && html`<${Note} kind="warn" title="This holds for the console on this binding too">Without a certificate that passes, your own browser is refused. The change then returns by itself, and the command line on the machine always works.</${Note}>`}
		${o.client_certs !== 'ignore' && html`<div class="grid2"><${Field} label="Issuer store" help="issuer-store" options=${issuers} value=${o.issuer_store} onInput=${(/** @type {string} */ v) => put({ issuer_store: v })} /><${Field} label="Revocation" help="revocation" value=${o.revocation} onInput=${(/** @type {string} */ v) => put({ revocation: v })} options=${Object.entries(REVOCATION).map(([value, label]) => ({ value, label }))} /></div>
			${o.revocation !== 'off' && html`<div class="grid2"><${Check} label="Cached lists only" help="cached-only" checked=${o.cached} onChange=${(/** @type {boolean} */ v) => put({ cached: v })} hint="The distribution points of these clients are not asked." /><${Field} label="Freshness time" help="freshness" value=${o.fresh} inputmode="numeric" error=${freshFault} hint="Seconds; 0: until the list’s next update" onInput=${(/** @type {string} */ v) => put({ fresh: v })} /></div>`}
			<${Check} label="Check the usage" help="usage-check" checked=${o.usage} onChange=${(/** @type {boolean} */ v) => put({ usage: v })} hint="A client certificate must be for client authentication." />`}
		<${Check} label="The agents’ binding" help="agents-binding" checked=${o.agents} disabled=${!!binding?.agents} hint=${binding?.agents ? 'To change this, tick it on another binding.' : ''} onChange=${(/** @type {boolean} */ v) => put({ agents: v })} />
		<section aria-label="Checks" aria-live="polite" class="stack tight">${checks.state === 'running' && !checks.list && html`<${Loading} what="Checking" />`}${checks.error && html`<${Problem} error=${checks.error} what="The checks could not be run" />`}
			${checks.list && html`<h3>${checksSaid(checks.list)}</h3><${CheckList} checks=${checks.list} />`}
			${failed.length > 0 && (hard ? html`<${Note} kind="bad" title="This cannot be overridden">Select another certificate, or put right what is named above.</${Note}>` : session.may('admin') ? html`<${Check} label="Go on in spite of the failed checks" hint="The audit trail keeps who did it and why." checked=${o.override} onChange=${(/** @type {boolean} */ v) => put({ override: v })} />${o.override && html`<${Field} label="Reason" value=${o.reason} onInput=${(/** @type {string} */ v) => put({ reason: v })} required />`}` : html`<${Note} kind="bad" title="The failed checks block this change">Only an administrator may override them.</${Note}>`)}</section>
		${elsewhere ? html`<${Note}>This page comes over another binding, so nothing can lock you out here: the proof by a real handshake confirms the change.</${Note}>` : html`<${Field} label="Return by itself unless confirmed within" help="confirm" options=${waits(usual)} value=${o.wait || String(usual)} onInput=${(/** @type {string} */ v) => put({ wait: v })} />`}
		${picking && html`<${Select} value=${cert?.sha256} onClose=${() => setPicking(false)} onPick=${(/** @type {any} */ c) => { setCert(c); setPicking(false); }} />`}</${Dialog}>`;
}
