// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// timeout-seconds: 600
// What happens elsewhere appears by itself; a lost connection is said and healed; drift is seen and repaired.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { browser } from './lib/browser.mjs';
import { pki, startConsole } from './lib/console.mjs';
import { go, newPerson, open, setUp } from './lib/person.mjs';
import { steps } from './lib/steps.mjs';

let chrome, box, page;
const test = steps(() => page);
before(async () => {
	chrome = await browser();
	box = await startConsole();
	page = await newPerson(chrome);
	await setUp(page, box);
	await page.getByText('Live', { exact: true }).waitFor();
});
after(async () => {
	await chrome?.close();
	await box?.end();
});

test('a certificate imported on the command line appears without a reload', async () => {
	await go(page, 'Certificates');
	await page.getByRole('table').waitFor();
	box.importPfx('server');
	await page.getByRole('link', { name: 'server', exact: true }).waitFor();
});
test('a bind made on the command line appears on the dashboard', async () => {
	await go(page, 'Dashboard');
	await page.getByRole('heading', { name: 'What is bound' }).waitFor();
	box.cli('bind', 'set', '--endpoint', 'default', '--cert', box.thumb('server'), '--yes');
	await page.getByText('console.test').first().waitFor();
	await page.getByText('console.test').first().waitFor();
});
test('drift behind the console’s back is said, repaired in one click, and proved', async () => {
	writeFileSync(join(box.state, 'PCCSRV/Pccnt/Common/OfcIPCer.dat'), 'somebody was here');
	await go(page, 'Agent validation');
	await page.getByRole('heading', { name: 'They are not the same' }).waitFor();
	await page.getByRole('button', { name: 'Repair it' }).click();
	await page.getByRole('heading', { name: 'All three are the same' }).waitFor();
	assert.match(box.cli('drift', 'show', '--json'), /"state": *"ok"/);
});
test('OfcIPCer.dat is downloaded as the bound certificate', async () => {
	const { readFileSync } = await import('node:fs');
	const { X509Certificate } = await import('node:crypto');
	const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download OfcIPCer.dat' }).click()]);
	assert.equal(download.suggestedFilename(), 'OfcIPCer.dat');
	assert.equal(new X509Certificate(readFileSync(await download.path())).fingerprint.replaceAll(':', ''), box.thumb('server'));
});
const openPublish = async (file) => {
	await page.getByRole('button', { name: 'Publish from a file' }).click();
	await page.getByRole('dialog').locator('input[type=file]').setInputFiles(file);
	return page.getByRole('dialog');
};
test('the bound certificate as a file repairs OfcIPCer.dat', async () => {
	writeFileSync(join(box.state, 'PCCSRV/Pccnt/Common/OfcIPCer.dat'), 'somebody was here');
	const dialog = await openPublish(pki('server.chain.pem'));
	await dialog.getByText('This is what the agents’ binding shows').waitFor();
	await dialog.getByRole('button', { name: 'Publish' }).click();
	await page.getByText('OfcIPCer.dat is published').waitFor();
	await page.getByRole('heading', { name: 'All three are the same' }).waitFor();
	assert.match(box.cli('drift', 'show', '--json'), /"state": *"ok"/);
});
test('a certificate that is not bound is staged by one click when its key is here', async () => {
	box.importPfx('server-next');
	const dialog = await openPublish(pki('server-next.crt'));
	await dialog.getByText('In your stores, not bound').waitFor();
	assert.ok(await dialog.getByRole('radio', { name: /Bind it/ }).isChecked());
	await dialog.getByRole('button', { name: 'Stage the change' }).click();
	await page.waitForURL(/#\/bindings\//);
	await page.getByRole('heading', { name: /A change is staged|Edit the binding/ }).first().waitFor();
	if (await page.getByRole('dialog').count()) await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
	else await page.getByRole('button', { name: 'Give it up' }).click();
});
test('a stranger is told to agents beforehand only after its consequences are read', async () => {
	await go(page, 'Agent validation');
	const dialog = await openPublish(pki('server-rsa.crt'));
	await dialog.getByText('Not in your stores').waitFor();
	assert.ok(await dialog.getByRole('radio', { name: /Bind it/ }).isDisabled());
	await dialog.getByText(/whoever holds that key/).waitFor();
	assert.ok(await dialog.getByRole('button', { name: 'Tell the agents' }).isDisabled());
	await dialog.getByLabel(/I know which certificate/).check();
	await dialog.getByRole('button', { name: 'Tell the agents' }).click();
	const next = page.getByRole('region', { name: 'The next certificate' });
	await next.getByText('Not bound yet').waitFor();
	assert.match(box.cli('drift', 'show', '--json'), /"state": *"pending"/);
	assert.ok(box.cli('ipcer', 'show', '--json').includes(box.thumb('server')), 'OfcIPCer.dat stays the bound one');
	await next.getByRole('button', { name: 'Take it back' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Take it back' }).click();
	await page.getByRole('heading', { name: 'All three are the same' }).waitFor();
});
test('a file that holds no certificate cannot be published', async () => {
	const dialog = await openPublish({ name: 'holiday.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no certificate at all') });
	await dialog.getByText('file.unknown_format').waitFor();
	assert.ok(await dialog.getByRole('button', { name: 'Publish' }).isDisabled());
	await dialog.getByRole('button', { name: 'Cancel' }).click();
});
test('a lost connection is said, and healed when the console is back', async () => {
	await box.stop();
	await page.getByText('The connection to the console is lost').waitFor();
	await box.restart();
	await page.getByText('Live', { exact: true }).waitFor();
});
test('a setting is changed and undone', async () => {
	await go(page, 'Settings');
	await page.getByRole('button', { name: 'Change HSTS' }).click();
	await page.getByRole('dialog').getByLabel('HSTS', { exact: true }).check();
	await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
	await page.getByText('HSTS: on').waitFor();
	await page.getByRole('button', { name: 'Undo' }).click();
	await page.getByText('HSTS: on').waitFor({ state: 'hidden' });
});
test('a value that is out of bounds is refused in words of the page', async () => {
	await page.getByRole('button', { name: 'Change Idle sessions end after' }).click();
	await page.getByRole('dialog').getByRole('textbox').fill('5');
	await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
	await page.getByRole('alert').getByText('It must be a number from 60 to 86400.').waitFor();
	await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
});
test('no table hides its end at 1280 px', async () => {
	for (const there of ['certificates', 'bindings', 'activity', 'access']) {
		await open(page, box, `#/${there}`);
		await page.locator(there === 'activity' ? 'main li' : 'main tbody tr').first().waitFor();
		assert.ok(await page.evaluate(() => [...document.querySelectorAll('main table')].every((t) => t.parentElement.scrollWidth <= t.parentElement.clientWidth)), there);
	}
});
test('nothing went wrong behind the scenes', () => page.noFaults());
