// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// Before there is any agent: how the first one comes.
import { html } from '../../lib/html.js';
import { LinkButton } from '../../components/button.js';
import { Empty } from '../../components/states.js';

export const NoAgents = () => html`<${Empty} icon="agents" title="No agent is registered" actions=${html`<${LinkButton} href="#/keys" icon="key">Get OfcNTCer.dat</${LinkButton}>`}>Start certbinder-agentd with this server’s OfcNTCer.dat; it registers by itself.</${Empty}>`;
