// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// The trust mode: its consequence, its change with the warning before it, and the time to keep it.
import { html, useEffect, useState } from '../../lib/html.js';
import { useAction, useClients, useNow, useResource } from '../../lib/hooks.js';
import { plural, seconds } from '../../lib/format.js';
import { TRUST_MODES } from '../../lib/help.js';
import { Tag } from '../../components/badge.js';
import { Button, LinkButton } from '../../components/button.js';
import { CheckList } from '../../components/checklist.js';
import { Dialog } from '../../components/dialog.js';
import { Choices, Field } from '../../components/field.js';
import { Help } from '../../components/help.js';
import { Note, Problem, Resource } from '../../components/states.js';
import { Timer } from '../../components/timer.js';
import { toast } from '../../components/toast.js';

const WAITS = [60, 120, 300, 900].map((s) => ({ value: String(s), label: plural(s / 60, 'minute') }));

export function ModeDialog({ now, onClose, onDone }) {
	const { trust } = useClients();
	const [mode, setMode] = useState(String(now.mode));
	const [wait, setWait] = useState('120');
	const [checks, setChecks] = useState(/** @type {any[]} */ ([]));
	useEffect(() => {
		setChecks([]);
		if (Number(mode) === now.mode) return undefined;
		let stopped = false;
		trust.tryMode(Number(mode)).then((/** @type {any} */ c) => { if (!stopped) setChecks(c.checks); }, () => {});
		return () => { stopped = true; };
	}, [mode]);
	const shutOut = checks.filter((c) => c.verdict !== 'pass');
	return html`<${Dialog} title="Trust mode" about="For every binding that asks for client certificates, on open connections too." submit="Change the mode" disabled=${Number(mode) === now.mode} onClose=${onClose} onSubmit=${async () => {
		await trust.setMode(Number(mode), Number(wait));
		toast('The trust mode is changed');
		onDone();
		onClose();
	}}><${Choices} legend="ClientAuthTrustMode" help="trust-mode" value=${mode} onChange=${setMode} options=${TRUST_MODES.map((m) => ({ value: String(m.mode), label: `${m.mode}: ${m.name}`, hint: m.help }))} />
		<${Field} label="Return by itself unless kept within" options=${WAITS} value=${wait} onInput=${setWait} />
		<div aria-live="polite">${shutOut.length > 0 ? html`<${CheckList} checks=${shutOut} /><${Note} kind="warn" title="You could not keep this mode from here">It would return by itself. The command line on the machine always works.</${Note}>` : html`<${Note} kind="info">Not sure what it would do? Try a client’s certificate under all three modes with “What if” first.</${Note}>`}</div></${Dialog}>`;
}

function Waiting({ mode, may, onDone }) {
	const { trust } = useClients();
	const now = useNow(true);
	const [from] = useState(Date.now() / 1000);
	const change = mode.change;
	const keep = useAction(async () => { await trust.keepChange(change.id); toast('The trust mode is kept'); onDone(); });
	const back = useAction(async () => { await trust.dropChange(change.id); toast('The former trust mode is back'); onDone(); });
	const until = change.confirm_until ? seconds(change.confirm_until) : 0;
	const over = until > 0 && until <= now;
	useEffect(() => {
		if (!over) return undefined;
		const t = setTimeout(onDone, 1500);
		return () => clearTimeout(t);
	}, [over]);
	const title = change.state === 'staged' ? `A change to mode ${change.after} is staged` : `Mode ${change.after} is in force, but not kept yet`;
	return html`<${Note} kind="warn" title=${title}><div class="row spread"><p>${change.state === 'staged' ? 'Nothing is judged by it so far.' : `Without your word, mode ${change.before} is back.`}</p>${until > 0 && html`<${Timer} left=${until - now} of=${until - from} label="until it returns by itself" />`}</div>
		<${Problem} error=${keep.error ?? back.error} />
		${may && html`<div class="row">${change.state === 'committed' && html`<${Button} icon="check" busy=${keep.busy} disabled=${over} onClick=${() => keep.run()}>Keep this mode</${Button}>`}<${Button} kind="quiet" icon="undo" busy=${back.busy} onClick=${() => back.run()}>${change.state === 'staged' ? 'Give it up' : 'Return now'}</${Button}></div>`}</${Note}>`;
}

/** @param {{may: boolean}} props */
export function Mode({ may }) {
	const { trust } = useClients();
	const mode = useResource((s) => trust.mode(s), [], ['trust', 'settings', 'change']);
	const [dialog, setDialog] = useState(false);
	return html`<section class="card"><header><h2>Trust mode <${Help} term="trust-mode" about="Trust mode" /></h2><div class="row"><${LinkButton} href="#/what-if" icon="ask" small>What if …</${LinkButton}>${may && html`<${Button} kind="quiet" small onClick=${() => setDialog(true)} disabled=${!mode.data || !!mode.data.change}>Change</${Button}>`}</div></header>
		<${Resource} of=${mode} what="The trust mode">${(/** @type {any} */ m) => html`<div class="stack tight"><div class="row"><${Tag} kind="info">${m.mode}</${Tag}><strong>${TRUST_MODES[m.mode]?.name ?? m.name}</strong></div><p>${m.consequence}</p>${m.change && html`<${Waiting} key=${m.change.id} mode=${m} may=${may} onDone=${mode.reload} />`}</div>`}</${Resource}>
		${dialog && html`<${ModeDialog} now=${mode.data} onClose=${() => setDialog(false)} onDone=${mode.reload} />`}</section>`;
}
