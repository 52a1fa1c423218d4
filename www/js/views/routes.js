// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// What there is to see, by task. Each view is loaded when first asked for.

/** @type {import('../router.js').Route[]} */
export const ROUTES = [
	{ pattern: '/', title: 'Dashboard', nav: '/', load: () => import('./dashboard.js') },
	{ pattern: '/certificates', title: 'Certificates', nav: '/certificates', load: () => import('./certs/list.js') },
	{ pattern: '/certificates/:id', title: 'Certificate', nav: '/certificates', load: () => import('./certs/detail.js') },
	{ pattern: '/requests', title: 'Certificate requests', nav: '/requests', load: () => import('./certs/requests.js') },
	{ pattern: '/bindings', title: 'Bindings', nav: '/bindings', load: () => import('./bindings/list.js') },
	{ pattern: '/bindings/:id', title: 'Binding', nav: '/bindings', load: () => import('./bindings/detail.js') },
	{ pattern: '/changes/:id', title: 'New binding', nav: '/bindings', load: () => import('./bindings/change.js') },
	{ pattern: '/trust', title: 'Client trust', nav: '/trust', load: () => import('./trust/overview.js') },
	{ pattern: '/refusals', title: 'Refusals', nav: '/refusals', load: () => import('./trust/refusals.js') },
	{ pattern: '/refusals/:id', title: 'Refusal', nav: '/refusals', load: () => import('./trust/refusal.js') },
	{ pattern: '/what-if', title: 'What if', nav: '/what-if', load: () => import('./trust/whatif.js') },
	{ pattern: '/evidence', title: 'Evidence of an IIS server', nav: '/evidence', load: () => import('./trust/evidence.js') },
	{ pattern: '/crls', title: 'Revocation lists', nav: '/crls', load: () => import('./trust/crls.js') },
	{ pattern: '/validation', title: 'Agent validation', nav: '/validation', load: () => import('./validation.js') },
	{ pattern: '/agents', title: 'Agents', nav: '/agents', load: () => import('./agents/list.js') },
	{ pattern: '/agents/:id', title: 'Agent', nav: '/agents', load: () => import('./agents/detail.js') },
	{ pattern: '/rollouts', title: 'Rollouts', nav: '/rollouts', load: () => import('./agents/rollouts.js') },
	{ pattern: '/keys', title: 'Authentication keys', nav: '/keys', load: () => import('./keys/page.js') },
	{ pattern: '/roots', title: 'Required roots', nav: '/roots', load: () => import('./roots/page.js') },
	{ pattern: '/roots/:id', title: 'Required root', nav: '/roots', load: () => import('./roots/entry.js') },
	{ pattern: '/updates', title: 'Updates', nav: '/updates', load: () => import('./updates/page.js') },
	{ pattern: '/updates/:id', title: 'Package', nav: '/updates', load: () => import('./updates/detail.js') },
	{ pattern: '/activity', title: 'Activity', nav: '/activity', load: () => import('./activity.js') },
	{ pattern: '/settings', title: 'Settings', nav: '/settings', load: () => import('./settings.js') },
	{ pattern: '/access', title: 'Accounts and tokens', nav: '/access', load: () => import('./access.js') },
];

export const LOST = { pattern: '*', title: 'Nothing here', load: () => import('./lost.js') };

export const NAVIGATION = [
	{ head: '', items: [{ to: '/', label: 'Dashboard', icon: 'dashboard' }] },
	{ head: 'This server', items: [{ to: '/bindings', label: 'Bindings', icon: 'binding' }, { to: '/certificates', label: 'Certificates', icon: 'cert' }, { to: '/requests', label: 'Requests', icon: 'file' }, { to: '/validation', label: 'Agent validation', icon: 'agents' }, { to: '/keys', label: 'Keys', icon: 'key' }, { to: '/roots', label: 'Required roots', icon: 'trust' }] },
	{ head: 'Its agents', items: [{ to: '/agents', label: 'Agents', icon: 'agents' }, { to: '/updates', label: 'Updates', icon: 'download' }, { to: '/rollouts', label: 'Rollouts', icon: 'activity' }] },
	{ head: 'Its clients', items: [{ to: '/trust', label: 'Client trust', icon: 'trust' }, { to: '/refusals', label: 'Refusals', icon: 'refusal' }, { to: '/what-if', label: 'What if', icon: 'ask' }, { to: '/crls', label: 'Revocation lists', icon: 'clock' }, { to: '/evidence', label: 'IIS evidence', icon: 'search' }] },
	{ head: 'The console', items: [{ to: '/activity', label: 'Activity', icon: 'activity' }, { to: '/settings', label: 'Settings', icon: 'settings' }, { to: '/access', label: 'Accounts and tokens', icon: 'users', role: 'admin' }] },
];
