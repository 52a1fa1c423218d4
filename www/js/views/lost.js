// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

import { html } from '../lib/html.js';
import { LinkButton } from '../components/button.js';
import { Empty } from '../components/states.js';

export function View() {
	return html`<h1 class="sr">Nothing here</h1><${Empty} icon="search" title="Nothing here" actions=${html`<${LinkButton} href="#/" icon="dashboard">To the dashboard</${LinkButton}>`}>This address leads nowhere. It may be from an older version of the console.</${Empty}>`;
}
