// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0
// The types written beside the code hold: what ships is what is checked.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after } from 'node:test';
import test from 'node:test';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'types-'));
after(() => rmSync(dir, { recursive: true, force: true }));
const tsc = createRequire(import.meta.url).resolve('typescript/lib/tsc.js');
const run = (/** @type {string[]} */ ...args) => spawnSync(process.execPath, args, { encoding: 'utf8' });

/** Checks the browser side, and this file beside it, against the types made from docs/openapi.yaml. */
function checked(/** @type {string} */ more = '') {
	writeFileSync(join(dir, 'more.js'), more);
	writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify({ extends: join(root, 'tsconfig.json'), include: [join(root, 'www/js'), join(root, 'www/types/vendor.d.ts'), join(dir, 'api.d.ts'), join(dir, 'more.js')] }));
	return run(tsc, '--project', dir);
}

test('the types of REST are made from its description', () => {
	const made = run(join(root, 'scripts/api-types.mjs'), join(dir, 'api.d.ts'));
	assert.equal(made.status, 0, made.stdout + made.stderr);
	assert.match(readFileSync(join(dir, 'api.d.ts'), 'utf8'), /type Certificate = .*thumbprint: Thumbprint/);
});
test('the types in the comments hold', () => {
	const done = checked();
	assert.equal(done.status, 0, done.stdout + done.stderr);
});
test('a member that REST does not have is found', () => {
	const done = checked(`import { createAgents } from '${join(root, 'www/js/clients/agents.js')}';\nexport const f = async (/** @type {any} */ api) => (await createAgents(api).drift()).findngs;\n`);
	assert.match(done.stdout, /findngs/);
});
