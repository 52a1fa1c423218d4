// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// A link led to an act that this person may not do: nothing opens, and it says who may.
import { html } from '../lib/html.js';
import { Note } from '../components/states.js';

/** @param {{role: 'admin'|'operator'}} props the least that may */
export const Denied = ({ role }) => html`<${Note} kind="info" role="status" title=${`This takes ${role === 'admin' ? 'an administrator' : 'an operator'}`}>Your account may look, not do it. Pass on the address of this page to one that may.</${Note}>`;
