// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// timeout-seconds: 600
// The main job in the browser: bind, checks, swap, proof, confirm; and each way it can go wrong.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { browser } from './lib/browser.mjs';
import { rest, startConsole } from './lib/console.mjs';
import { follow, go, newPerson, setUp } from './lib/person.mjs';
import { steps } from './lib/steps.mjs';

let chrome, box, page, ask;
const test = steps(() => page);
before(async () => {
	chrome = await browser();
	box = await startConsole();
	page = await newPerson(chrome);
	await setUp(page, box);
	ask = rest(box);
	ask('PUT', '/settings/server_name', { value: 'localhost' });
	box.cli('cert', 'import', '--store', 'Root', `${process.env.CERTBINDER_PKI ?? `${process.env.CERTBINDER_BUILD}/pki`}/root.crt`);
	for (const name of ['server', 'server-next', 'server-other-name', 'server-expired', 'server-cn-only']) box.importPfx(name, '--friendly-name', name);
});
after(async () => {
	await chrome?.close();
	await box?.end();
});
const dialog = () => page.getByRole('dialog').last();
const openBinding = async () => {
	await go(page, 'Bindings');
	await follow(page, page.getByRole('link', { name: /Every name/ }));
	await page.getByRole('heading', { name: 'What it shows' }).waitFor();
};
const choose = async (name) => {
	await openBinding();
	await page.getByRole('button', { name: 'Edit', exact: true }).click();
	await dialog().getByRole('button', { name: 'Select …' }).click();
	await dialog().getByLabel('Filter', { exact: true }).fill(name);
	const item = dialog().getByRole('listitem').filter({ has: page.getByText(name, { exact: true }) }).first();
	await item.getByRole('button', { name: /Select/ }).click();
	await dialog().getByRole('region', { name: 'Checks' }).getByText(/checks (passed|failed)/).waitFor();
};
const wait = (label) => dialog().getByLabel('Return by itself unless confirmed within', { exact: true }).selectOption({ label });

test('a certificate for another name is blocked, with evidence and remedy', async () => {
	await choose('server-other-name');
	await dialog().getByText('The host name is none of its names').waitFor();
	await dialog().getByText(/elsewhere\.test/).first().waitFor();
	assert.ok(await dialog().getByRole('button', { name: 'Stage the change' }).isDisabled());
});
test('an administrator may override it only with a reason', async () => {
	await dialog().getByLabel('Go on in spite of the failed checks', { exact: true }).check();
	assert.ok(await dialog().getByRole('button', { name: 'Stage the change' }).isDisabled());
	await dialog().getByLabel('Reason', { exact: true }).fill('behind a proxy');
	assert.ok(await dialog().getByRole('button', { name: 'Stage the change' }).isEnabled());
	await dialog().getByRole('button', { name: 'Cancel' }).click();
});
test('an expired certificate and one with a common name alone are blocked', async () => {
	await choose('server-expired');
	await dialog().getByText('It has expired').waitFor();
	await dialog().getByRole('button', { name: 'Cancel' }).click();
	await choose('server-cn-only');
	await dialog().getByText('The name is in the common name alone').waitFor();
	await dialog().getByRole('button', { name: 'Cancel' }).click();
});
test('a good one is staged, and nothing is served differently yet', async () => {
	const old = box.served();
	await choose('server');
	await dialog().getByRole('button', { name: 'Stage the change' }).click();
	await page.getByRole('heading', { name: 'A change is staged' }).waitFor();
	assert.equal(box.served(), old);
});
test('put into service it is proved, this page reconnects, and the countdown runs', async () => {
	await page.getByRole('button', { name: 'Put it into service' }).click();
	await page.getByText('Proved by real handshakes').waitFor();
	await page.getByText('This page has reached the console anew').waitFor();
	await page.getByRole('timer').waitFor();
	assert.equal(box.served(), box.thumb('server'));
	const proof = await page.getByRole('listitem').getByText(`127.0.0.1:${box.port}`, { exact: true }).last().boundingBox();
	assert.ok(proof.width > 3 * proof.height, `the proved address stands on one line: ${JSON.stringify(proof)}`);
});
test('confirmed it is kept, and agents know it', async () => {
	await page.getByRole('button', { name: 'Keep the new certificate' }).click();
	await page.getByText('The new certificate is kept').waitFor();
	await go(page, 'Agent validation');
	await page.getByText('All three are the same').waitFor();
	assert.equal(ask('GET', '/drift').state, 'ok');
});
test('a change that nobody confirms returns by itself, and the page says so', async () => {
	ask('PUT', '/settings/confirm_within_s', { value: 30 });
	await page.reload();
	await choose('server-next');
	await wait('30 seconds');
	await dialog().getByRole('button', { name: 'Stage the change' }).click();
	await page.getByRole('button', { name: 'Put it into service' }).click();
	await page.getByText('This page has reached the console anew').waitFor();
	assert.equal(box.served(), box.thumb('server-next'));
	await page.getByText('The old certificate is back').waitFor();
	assert.equal(box.served(), box.thumb('server'));
	ask('PUT', '/settings/confirm_within_s', { value: 120 });
});
test('a staged change can be given up', async () => {
	await choose('server-next');
	await dialog().getByRole('button', { name: 'Stage the change' }).click();
	await page.getByRole('button', { name: 'Give it up' }).click();
	await page.getByText('The change was given up').waitFor();
	assert.equal(box.served(), box.thumb('server'));
});
test('a committed change can be returned at once', async () => {
	await choose('server-next');
	await dialog().getByRole('button', { name: 'Stage the change' }).click();
	await page.getByRole('button', { name: 'Put it into service' }).click();
	await page.getByText('This page has reached the console anew').waitFor();
	await page.getByRole('button', { name: 'Return to the old one now' }).click();
	await page.getByText('The old certificate is back').waitFor();
	assert.equal(box.served(), box.thumb('server'));
});
test('the history compares, and one step goes back', async () => {
	await openBinding();
	const history = page.getByRole('table', { name: 'History of this binding' });
	await history.getByText('Confirmed').first().waitFor();
	await history.getByRole('button', { name: 'Compare' }).first().click();
	await dialog().getByRole('table', { name: 'What changed' }).waitFor();
	await dialog().getByRole('button', { name: 'Close' }).first().click();
	await page.getByRole('button', { name: 'Roll back' }).first().click();
	await dialog().getByRole('button', { name: 'Roll back' }).click();
	await page.getByText('What was bound before is bound again').waitFor();
	assert.notEqual(box.served(), box.thumb('server'));
});
test('a second binding opens its own listener and is removed again', async () => {
	await go(page, 'Bindings');
	await page.getByRole('button', { name: 'Add a binding' }).first().click();
	await dialog().getByLabel('IP address', { exact: true }).fill('127.0.0.1');
	await dialog().getByLabel('Port', { exact: true }).fill('99999');
	await dialog().getByText('A port is a number').waitFor();
	await dialog().getByLabel('Port', { exact: true }).fill(String(20000 + (process.pid % 12000)));
	await dialog().getByLabel('Host name', { exact: true }).fill('console.test');
	await dialog().getByRole('button', { name: 'Select …' }).click();
	await dialog().getByLabel('Filter', { exact: true }).fill('server-next');
	await dialog().getByRole('button', { name: /Select/ }).first().click();
	await dialog().getByText(/checks passed/).waitFor();
	await dialog().getByRole('button', { name: 'Stage the change' }).click();
	await page.getByRole('button', { name: 'Put it into service' }).click();
	await page.getByText('The new certificate is kept').waitFor();
	await follow(page, page.getByRole('link', { name: 'To the binding' }));
	await page.getByRole('heading', { name: /console.test, port/ }).waitFor();
	await page.getByRole('button', { name: 'Remove', exact: true }).click();
	await dialog().getByRole('button', { name: 'Remove the binding' }).click();
	await page.getByText('The binding is removed').waitFor();
	assert.equal(ask('GET', '/bindings').total, 1);
});
test('a browser that refuses the new certificate is told, and the page goes on when the old one is back', async () => {
	const { createHash, X509Certificate } = await import('node:crypto');
	const shown = await (async () => { const r = ask('GET', '/bindings'); return ask('GET', `/certificates/${r.items[0].cert}`).pem; })();
	const spki = createHash('sha256').update(new X509Certificate(shown).publicKey.export({ type: 'spki', format: 'der' })).digest('base64');
	ask('PUT', '/settings/confirm_within_s', { value: 30 });
	const strict = await browser([`--ignore-certificate-errors-spki-list=${spki}`]);
	try {
		const { logIn } = await import('./lib/person.mjs');
		const p = await newPerson(strict, { ignoreHTTPSErrors: false });
		await logIn(p, box);
		await go(p, 'Bindings');
		await follow(p, p.getByRole('link', { name: /Every name/ }));
		await p.getByRole('button', { name: 'Edit', exact: true }).click();
		await p.getByRole('button', { name: 'Select …' }).click();
		await p.getByLabel('Filter', { exact: true }).fill('server-next');
		await p.getByRole('listitem').getByRole('button', { name: /Select/ }).first().click();
		await p.getByRole('region', { name: 'Checks' }).getByText(/checks passed/).waitFor();
		await p.getByLabel('Return by itself unless confirmed within', { exact: true }).selectOption({ label: '30 seconds' });
		await p.getByRole('button', { name: 'Stage the change' }).click();
		await p.getByRole('button', { name: 'Put it into service' }).click();
		await p.getByText('This page cannot reach the console now').waitFor();
		await p.getByText('The old certificate is back', { exact: true }).waitFor(); // not that it will be
		await p.getByText('Live', { exact: true }).waitFor();
	} finally {
		await strict.close();
	}
});
test('nothing went wrong behind the scenes', () => page.noFaults());
