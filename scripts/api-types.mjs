// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0
//
// api-types.mjs [OUT]: the types of REST for the browser side, from docs/openapi.yaml. Writes OUT (default
// www/types/api.d.ts, which is not kept): one type for each schema in the namespace Api, and in Api.Answers what each
// operation answers with when it succeeds, by its operationId.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('..', import.meta.url));
const out = process.argv[2] ?? `${source}/www/types/api.d.ts`;
const run = spawnSync('python3', [`${source}/scripts/openapi-json`, `${source}/docs/openapi.yaml`], { encoding: 'utf8', maxBuffer: 1 << 26 });
if (run.status !== 0) {
	console.error(run.stderr);
	process.exit(1);
}
const spec = JSON.parse(run.stdout);
const last = (/** @type {string} */ ref) => ref.split('/').pop() ?? '';
const key = (/** @type {string} */ name) => (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name));
const SIMPLE = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null' };

/** @param {any} s a schema @returns {string} */
function type(s) {
	if (!s || Object.keys(s).length === 0) return 'any';
	if (s.$ref) return last(s.$ref);
	if (s.enum) return s.enum.map((/** @type {any} */ v) => JSON.stringify(v)).join(' | ');
	if (s.const !== undefined) return JSON.stringify(s.const);
	if (s.allOf) return s.allOf.map(type).map((/** @type {string} */ t) => `(${t})`).join(' & ');
	if (s.anyOf ?? s.oneOf) return (s.anyOf ?? s.oneOf).map(type).map((/** @type {string} */ t) => `(${t})`).join(' | ');
	if (Array.isArray(s.type)) return s.type.map((/** @type {string} */ t) => type({ ...s, type: t })).join(' | ');
	if (s.type === 'array') return `(${type(s.items)})[]`;
	if (s.format === 'binary') return 'Blob';
	if (s.properties) return object(s);
	if (s.type === 'object') return `{ [name: string]: ${typeof s.additionalProperties === 'object' ? type(s.additionalProperties) : 'any'} }`;
	return SIMPLE[/** @type {keyof typeof SIMPLE} */ (s.type)] ?? 'any';
}

/** @param {any} s */
function object(s) {
	const required = new Set(s.required ?? []);
	const members = Object.entries(s.properties).map(([name, of]) => `${of.description ? `/** ${of.description.replaceAll('*/', '')} */ ` : ''}${key(name)}${required.has(name) ? '' : '?'}: ${type(of)};`);
	return `{ ${members.join(' ')}${s.additionalProperties === true ? ' [name: string]: any;' : ''} }`;
}

/** What an operation answers with: the JSON of its first success. @param {any} operation */
function answer(operation) {
	for (const [status, given] of Object.entries(operation.responses ?? {})) {
		if (!/^2/.test(status)) continue;
		const response = given.$ref ? spec.components.responses[last(given.$ref)] : given;
		const json = response.content?.['application/json'];
		return json ? type(json.schema) : response.content ? 'Blob' : 'null';
	}
	return 'null';
}

const lines = ['// Made by scripts/api-types.mjs from docs/openapi.yaml: change it there.', 'declare namespace Api {'];
for (const [name, schema] of Object.entries(spec.components.schemas)) lines.push(`\t${schema.description ? `/** ${schema.description} */\n\t` : ''}type ${name} = ${type(schema)};`);
lines.push('\tinterface Answers {');
for (const path of Object.values(spec.paths))
	for (const operation of Object.values(path)) if (operation?.operationId) lines.push(`\t\t${operation.operationId}: ${answer(operation)};`);
lines.push('\t}', '}', '');
writeFileSync(out, lines.join('\n'));
