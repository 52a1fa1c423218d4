// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// shots-playground.mjs FOLDER: pictures of the playground in both themes at 390 and 1440 px.
import { mkdirSync } from 'node:fs';
import { server } from '../../www/dev/serve.mjs';
import { browser } from './lib/browser.mjs';

const folder = process.argv[2] ?? 'shots';
mkdirSync(folder, { recursive: true });
await new Promise((done) => server.listen(0, '127.0.0.1', () => done()));
const chrome = await browser();
for (const width of [390, 1440])
	for (const colorScheme of ['light', 'dark']) {
		const page = await chrome.newPage({ viewport: { width, height: 900 }, colorScheme, reducedMotion: 'reduce' });
		page.on('console', (m) => m.type() === 'error' && console.log('console:', m.text()));
		page.on('pageerror', (e) => console.log('page error:', e.message));
		await page.goto(`http://127.0.0.1:${server.address().port}/dev/playground.html`);
		await page.getByRole('heading', { name: 'Tabs', level: 2 }).waitFor();
		await page.locator('.chart canvas').first().waitFor();
		await page.screenshot({ path: `${folder}/playground-${width}-${colorScheme}.png`, fullPage: true });
		await page.close();
	}
await chrome.close();
server.close();
