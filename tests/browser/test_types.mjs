// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0
// The types written beside the code hold: what ships is what is checked.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import test from 'node:test';

test('the types in the comments hold', () => {
	const tsc = createRequire(import.meta.url).resolve('typescript/lib/tsc.js');
	const root = fileURLToPath(new URL('../..', import.meta.url));
	const run = spawnSync(process.execPath, [tsc, '--project', root], { encoding: 'utf8' });
	assert.equal(run.status, 0, run.stdout + run.stderr);
});
