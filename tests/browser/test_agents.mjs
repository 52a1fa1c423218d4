// SPDX-FileCopyrightText: the certbinder authors
// SPDX-License-Identifier: Apache-2.0

// timeout-seconds: 600
// Agents and rollouts: the table with search, states and pages, an agent, a command to it, a rollout with progress.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before } from 'node:test';
import { browser } from './lib/browser.mjs';
import { rest, startConsole } from './lib/console.mjs';
import { follow, go, newPerson, open, setUp } from './lib/person.mjs';
import { steps } from './lib/steps.mjs';

let chrome, box, page, ask, fleet;
const test = steps(() => page);
const PLAYERS = `
import sys, pathlib
sys.path.insert(0, sys.argv[1])
from agent import Agent
class Console: port = int(sys.argv[2])
agents = []
for i in range(53):
    a = Agent(Console, "host %02d" % i)
    a.walk()
    if i < 3: a.listen()
    more = {"ntcer_sha256": "ab" * 32} if i == 50 else {}
    status, said = a.register(**more)
    assert status == 201, said
    agents.append(a)
print(agents[0].id, flush=True)
for line in sys.stdin:
    word = line.split()
    if word[0] == "commands": print(len(agents[0].commands), flush=True)
`;
const tell = (/** @type {string} */ line) => new Promise((done) => { fleet.next = done; fleet.stdin.write(`${line}\n`); });
before(async () => {
	chrome = await browser();
	box = await startConsole();
	page = await newPerson(chrome);
	await setUp(page, box);
	ask = rest(box);
	box.cli('settings', 'set', 'agent_registrations_per_minute', '1000');
	fleet = spawn('python3', ['-c', PLAYERS, resolve(process.env.CERTBINDER_SOURCE ?? '.', 'tests/lib'), String(box.port)], { stdio: ['pipe', 'pipe', 'inherit'] });
	fleet.first = new Promise((done) => { fleet.next = done; });
	createInterface({ input: fleet.stdout }).on('line', (line) => fleet.next(line));
});
after(async () => {
	fleet?.kill();
	await chrome?.close();
	await box?.end();
});
const dialog = () => page.getByRole('dialog').last();

test('without agents the page says what to do', async () => {
	await go(page, 'Rollouts');
	await page.getByText('No rollout yet').waitFor();
});
test('agents are listed with their state, by pages', async () => {
	fleet.id = await fleet.first;
	await go(page, 'Agents');
	const table = page.getByRole('table', { name: 'Agents' });
	await table.getByRole('link', { name: 'host 00' }).waitFor();
	await page.getByText('53 agents').waitFor();
	assert.equal(await table.getByRole('row').count(), 51);
	await page.getByRole('button', { name: 'Next page' }).click();
	await table.getByRole('link', { name: 'host 52' }).waitFor();
	assert.equal(await table.getByRole('row').count(), 4);
	await page.getByRole('button', { name: 'Previous page' }).click();
	await table.getByRole('link', { name: 'host 00' }).waitFor();
});
test('a search and a state narrow the list; a mismatch says its cure', async () => {
	await page.getByRole('searchbox', { name: 'Name, id or address' }).fill('host 1');
	await page.getByText('10 agents').waitFor();
	await page.getByRole('searchbox', { name: 'Name, id or address' }).fill('');
	await page.getByLabel('State', { exact: true }).selectOption('mismatched');
	await page.getByText('1 agent', { exact: true }).waitFor();
	await page.getByText(/run IpXfer on the agent/).waitFor();
	await page.getByLabel('State', { exact: true }).selectOption('offline');
	await page.getByText('Nothing matches').waitFor();
	await page.getByLabel('State', { exact: true }).selectOption('');
});
test('the mismatches are downloaded as CSV', async () => {
	const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Mismatches as CSV' }).click()]);
	assert.match(readFileSync(await download.path(), 'utf8'), /^agent_id,name,.*\r\n[0-9a-f]{32},host 50,/);
});
test('an agent shows what it holds, and takes a command', async () => {
	await follow(page, page.getByRole('link', { name: 'host 00' }));
	await page.getByRole('heading', { name: 'host 00' }).waitFor();
	await page.getByRole('table', { name: 'History' }).getByText('registered').waitFor();
	await page.getByRole('button', { name: 'Send a command' }).click();
	await dialog().getByRole('button', { name: 'Send' }).click();
	await page.getByText('The command is done').waitFor();
	await page.getByRole('table', { name: 'History' }).getByText(/status done/).waitFor();
	assert.equal(await tell('commands'), '1');
});
test('its address is pinned, but never to where nobody may be reached', async () => {
	await page.getByRole('button', { name: 'Pin its address' }).click();
	await dialog().getByLabel('IP address').fill('169.254.169.254');
	await dialog().getByRole('button', { name: 'Pin this address' }).click();
	await dialog().getByText(/never connected to/).waitFor();
	await dialog().getByLabel('IP address').fill('127.0.0.7');
	await dialog().getByRole('button', { name: 'Pin this address' }).click();
	await page.getByRole('region', { name: 'The facts' }).getByText('127.0.0.7').waitFor();
	assert.equal(ask('GET', `/agents/${fleet.id}`).pinned_address, '127.0.0.7');
	box.cli('agent', 'pin', fleet.id);
});
test('a rollout shows its progress, pauses and is cancelled', async () => {
	await go(page, 'Rollouts');
	await page.getByRole('button', { name: 'New rollout' }).click();
	await dialog().getByLabel('Agents at a time').fill('0');
	assert.ok(await dialog().getByRole('button', { name: 'Start' }).isDisabled());
	await dialog().getByLabel('Agents at a time').fill('20');
	await dialog().getByLabel('Attempts', { exact: true }).fill('20'); // fifty do not answer: with few it would be over before it is paused
	await dialog().getByRole('button', { name: 'Start' }).click();
	const card = page.getByRole('region', { name: /^Rollout/ }).first();
	await card.getByRole('button', { name: '3 done' }).waitFor();
	assert.ok(Number(await card.getByRole('progressbar').getAttribute('value')) > 0);
	await card.getByRole('button', { name: '3 done' }).click();
	await card.getByRole('table', { name: 'Agents: done' }).getByRole('link', { name: 'host 00' }).waitFor();
	await card.getByRole('button', { name: 'Pause' }).click();
	await card.getByText('paused').waitFor();
	await card.getByRole('button', { name: 'Resume' }).click();
	await card.getByText('running').waitFor();
	await card.getByRole('button', { name: 'Cancel' }).click();
	await dialog().getByRole('button', { name: 'Cancel the rollout' }).click();
	await card.getByText('cancelled').first().waitFor();
	assert.equal(await tell('commands'), '2');
});
test('an agent is forgotten', async () => {
	await open(page, box, `#/agents/${fleet.id}`);
	await page.getByRole('button', { name: 'Forget it' }).click();
	await dialog().getByRole('button', { name: 'Forget it' }).click();
	await page.getByText('52 agents').waitFor();
	page.noFaults();
});
