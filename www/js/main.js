// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Start: the session, the router, the shell. Wiring only.
import { createApi, BASE } from './api.js';
import { createSession } from './clients/session.js';
import { createCerts } from './clients/certs.js';
import { createBindings } from './clients/bindings.js';
import { createTrust } from './clients/trust.js';
import { createAgents } from './clients/agents.js';
import { createFleet } from './clients/fleet.js';
import { createKeys } from './clients/keys.js';
import { createRoots } from './clients/roots.js';
import { createUpdates } from './clients/updates.js';
import { createSystem } from './clients/system.js';
import { keepFocus } from './lib/focus.js';
import { html, render } from './lib/html.js';
import { Clients } from './lib/hooks.js';
import { createLive } from './lib/live.js';
import { createBus, createStore } from './lib/store.js';
import { createRouter } from './router.js';
import { App } from './views/app.js';
import { LOST, ROUTES } from './views/routes.js';

const bus = createBus();
const reach = createStore(true);
const api = createApi({ onSignedOut: () => session.ended(), onStaleToken: () => session.takeOver(), onReached: (ok) => reach.set(ok) });
const session = createSession(api);
const live = createLive({ url: `${BASE}/events`, bus, Source: EventSource, probe: () => session.probe() });
const clients = {
	bus, session, live, reach,
	certs: createCerts(api), bindings: createBindings(api), trust: createTrust(api), agents: createAgents(api), fleet: createFleet(api), keys: createKeys(api), roots: createRoots(api), updates: createUpdates(api), system: createSystem(api),
	router: createRouter(ROUTES, LOST),
};

// a file that misses its place is not opened instead of the console, which would lose the page
for (const type of ['dragover', 'drop'])
	addEventListener(type, (/** @type {any} */ e) => {
		if (e.defaultPrevented || !e.dataTransfer?.types.includes('Files')) return;
		e.preventDefault();
		e.dataTransfer.dropEffect = 'none';
	});
let out = false;
session.subscribe((s) => {
	s.state === 'in' ? live.start() : live.stop();
	if (s.state === 'in' && out) bus.emit('healed'); // what stood there meanwhile was refused its answers
	out = s.state === 'out';
});
const root = /** @type {HTMLElement} */ (document.getElementById('app'));
keepFocus(root);
session.find().then(() => {
	root.textContent = '';
	render(html`<${Clients.Provider} value=${clients}><${App} /></${Clients.Provider}>`, root);
});
