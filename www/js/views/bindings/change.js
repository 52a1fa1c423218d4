// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// A change of an endpoint that has no binding yet: the same story as on a binding's page.
import { html, useEffect, useMemo } from '../../lib/html.js';
import { useClients, useResource, useStore } from '../../lib/hooks.js';
import { createSwap } from '../../clients/bindings.js';
import { LinkButton } from '../../components/button.js';
import { Resource } from '../../components/states.js';
import { SwapCard } from './swap.js';

/** @param {string} endpoint @returns {{ip: string, port: number, host: string}} */
const parts = (endpoint) => {
	const m = /^(\[[^\]]+\]|[^:]+):(\d+):(.*)$/.exec(endpoint);
	return { ip: (m?.[1] ?? endpoint).replace(/^\[|\]$/g, ''), port: Number(m?.[2] ?? 0), host: m?.[3] ?? '' };
};

export function View({ params }) {
	const { bindings, live, session } = useClients();
	const swap = useMemo(() => createSwap(bindings, { onCommitted: () => live.again() }), [params.id]);
	const one = useResource((s) => bindings.change(params.id, s), [params.id], ['change', 'binding']);
	const s = useStore(swap);
	useEffect(() => () => swap.stop(), [swap]);
	const bound = s.change?.binding ?? one.data?.binding;
	return html`<${Resource} of=${one} what="The change">${(/** @type {any} */ c) => html`<header><div><div class="crumbs"><a href="#/bindings">Bindings</a></div><h1 class="wrap">New binding</h1><p>https on <code>${c.endpoint}</code></p></div>
		<div class="actions">${bound && html`<${LinkButton} icon="binding" href=${`#/bindings/${encodeURIComponent(bound)}`}>To the binding</${LinkButton}>`}</div></header>
		<div class="stack"><${SwapCard} binding=${{ ...parts(c.endpoint), agents: false }} change=${c} swap=${swap} onDone=${one.reload} may=${session.may('operator')} elsewhere /></div>`}</${Resource}>`;
}
