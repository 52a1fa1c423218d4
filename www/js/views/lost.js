// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

import { html } from '../lib/html.js';
import { LinkButton } from '../components/button.js';
import { Empty } from '../components/states.js';

export function View() {
	return html`<h1 class="sr">Nothing here</h1><${Empty} icon="search" title="Nothing here" actions=${html`<${LinkButton} kind="main" href="#/" icon="dashboard">To the dashboard</${LinkButton}><${LinkButton} href="#/certificates" icon="cert">All certificates</${LinkButton}>`}><code class="wrap">${location.hash || '#/'}</code> leads nowhere; it may be from an older version of the console. The search above finds certificates by any name or fingerprint: press <kbd>/</kbd>.</${Empty}>`;
}
