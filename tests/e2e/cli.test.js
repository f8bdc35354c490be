// The command line itself: what it takes, what it answers and where, exit statuses, settings, cancelling.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, it } from 'node:test';
import { asMarkdown, EVENTS, sampleEvents, SAMPLE_IDS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { LOOPBACK, waitUntil } from './lib/net.js';
import { cleanEnv, run } from './lib/process.js';
import { tempDir } from './lib/temp.js';
import { binary, createCli, SOURCE } from './lib/tideline.js';

const COMMANDS = ['git-pull', 'git-status', 'git-config', 'create-pr', 'pr list', 'pr show', 'pr refresh', 'pr retry',
  'event list', 'event show', 'event add', 'event check', 'event edit', 'event delete', 'event restore', 'event history', 'event validate', 'sync log', 'backup', 'check', 'user add', 'user passwd', 'user role', 'user list', 'user remove', 'token create', 'token list', 'token revoke', 'nginx-config'];
const NEW = { id: '2001-02-03--new', date: '2001-02-03', title: 'Something new that happened', importance: 5, tags: ['new'], actors: ['Somebody'], sources: [], body: 'It happened.' };

async function timeline(env = {}) {
  const repo = await createBareRepo({ files: sampleEvents() });
  const cli = createCli({ env: { TIMELINE_REPO_URL: repo.folder, ...env } });
  await cli.must('git-pull');
  return { repo, cli };
}

/** Runs a command on a terminal: `script` gives it one for all three standard streams. */
async function onTerminal(cli, words) {
  const line = [binary(), ...words].map((word) => `'${word}'`).join(' ');
  const { code, stdout } = await run('script', ['-qec', line, '/dev/null'], { env: { ...cli.environment(), TERM: 'xterm' } });
  return { code, text: stdout.replaceAll('\r\n', '\n') };
}

describe('command line', () => {
  it('says what it does with --help and --version', async () => {
    const cli = createCli();
    const all = await cli.run('--help');
    assert.equal(all.code, 0);
    for (const command of COMMANDS) {
      const { code, stdout } = await cli.run(...command.split(' '), '--help');
      assert.equal(code, 0, command);
      assert.ok(stdout.startsWith(`tideline ${command}`), stdout);
      assert.ok(all.stdout.includes(`  ${command}`), command);
    }
    assert.match((await cli.run('event', '--help')).stdout, /event validate ID/);
    assert.match((await cli.run('--version')).stdout, /^tideline \d+\.\d+\.\d+\n$/);
  });

  it('names every command and option in the man page', async () => {
    const cli = createCli();
    const page = readFileSync(path.join(SOURCE, 'cli', 'tideline.1'), 'utf8').replaceAll('\\-', '-').replace(/\\f./g, '').replaceAll('"', '');
    for (const command of COMMANDS) {
      assert.ok(page.includes(command), command);
      const { stdout } = await cli.run(...command.split(' '), '--help');
      for (const [, option] of stdout.matchAll(/^ {2}(--[a-z-]+)/gm)) assert.ok(page.includes(option), `${command} ${option}`);
    }
  });

  it('completes commands and options in bash', async () => {
    const complete = async (...words) => {
      const program = `source "${SOURCE}/cli/tideline.bash"; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _tideline; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return (await run('bash', ['-c', program], { env: cleanEnv(tempDir('bash')) })).stdout.trim().split('\n');
    };
    assert.deepEqual(await complete('tideline', 'git-'), ['git-pull', 'git-status', 'git-config']);
    assert.deepEqual(await complete('tideline', 'event', 'v'), ['validate']);
    assert.deepEqual(await complete('tideline', 'user', 'r'), ['role', 'remove']);
    assert.deepEqual(await complete(binary(), 'token', 'create', '--scope', ''), ['read', 'write']);
    assert.deepEqual(await complete(binary(), '--tenant', 'us', 'git-pull', '--conf'), ['--confirm-deletions']);
    assert.deepEqual(await complete(binary(), 'event', 'validate', 'x', '--status', 'v'), ['validated']);
  });

  it('refuses what it does not know, with status 2', async () => {
    const { cli } = await timeline();
    const wrong = [[], ['frobnicate'], ['event'], ['event', 'frobnicate'], ['frobnicate', '--help'], ['git-pull', '--frob'], ['git-pull', 'x'],
      ['event', 'show'], ['event', 'list', '--limit', '0'], ['event', 'list', '--limit', '10001'], ['event', 'list', '--limit', '1x'],
      ['event', 'list', '--state', 'odd'], ['event', 'list', '--state'], ['event', 'list', '--state', 'draft', '--state', 'draft'],
      ['git-pull', '--force=yes'], ['event', 'validate', 'x'], ['event', 'validate', 'x', '--status', 'fine'],
      ['event', 'validate', 'x', '--status', 'validated', '--score', '11'], ['event', 'validate', 'x', '--status', 'validated', '--score', 'nan'],
      ['pr', 'show', '0'], ['pr', 'retry', 'x'], ['create-pr', '--events', ','], ['git-config', '--set', 'X'], ['--tenant']];
    for (const words of wrong) {
      const { code, json, stderr } = await cli.run(...words);
      assert.equal(code, 2, words.join(' '));
      assert.equal(json?.success, false, words.join(' '));
      assert.equal(json.code, 'usage', words.join(' '));
      assert.ok(json.error.length > 10 && stderr === '', words.join(' '));
    }
  });

  it('answers failures with a code of their own', async () => {
    const { cli } = await timeline();
    const table = [[['event', 'show', 'no-such-event'], 5, 'not_found'], [['event', 'add', '/no/such/file'], 5, 'not_found'],
      [['create-pr'], 4, 'nothing_to_do'], [['--tenant', 'other', 'git-status'], 2, 'unknown_tenant'], [['pr', 'show', '7'], 5, 'not_found']];
    for (const [words, status, name] of table) {
      const { code, json } = await cli.run(...words);
      assert.deepEqual([code, json.code, json.success], [status, name, false], words.join(' '));
    }
    const bad = await cli.run('event', 'add', '-', { input: '{"date": "2001-01-01",\n "title": ' });
    assert.deepEqual([bad.code, bad.json.success], [1, false]);
    const large = await cli.run('event', 'add', '-', { input: 'x'.repeat(1024 * 1024 + 1) });
    assert.deepEqual([large.code, large.json.code], [1, 'too_large']);
  });

  it('keeps answers on standard output and sentences on standard error', async () => {
    const { cli } = await timeline();
    const text = await cli.run('--text', 'git-status');
    assert.deepEqual([text.code, text.stderr, text.json], [0, '', undefined]);
    assert.match(text.stdout, /^In step with the repository\n/);
    const failed = await cli.run('event', 'show', 'no-such-event', '--text');
    assert.deepEqual([failed.code, failed.stdout], [5, '']);
    assert.match(failed.stderr, /^tideline: .*no-such-event/);
    const steps = await cli.run('git-pull', '--verbose');
    assert.equal(steps.json.success, true);
    assert.match(steps.stderr, /^(tideline: \w[^\n]*\n)*$/);
  });

  it('answers in text on a terminal, and keeps control characters from it', async () => {
    const { cli } = await timeline();
    await cli.must('event', 'add', '-', { input: JSON.stringify({ ...NEW, note: 'a\u001b[31mb\u009b1mc\u202ed' }) });
    const shown = await onTerminal(cli, ['event', 'show', NEW.id]);
    assert.equal(shown.code, 0);
    assert.match(shown.text, /note: a\?\[31mb\?1mc\?d\n/);
    const json = await onTerminal(cli, ['event', 'show', NEW.id, '--json']);
    assert.ok(!/[\u001b\u009b\u202e]/.test(json.text));
    assert.equal(JSON.parse(json.text).event.note, 'a\u001b[31mb\u009b1mc\u202ed');
    assert.match((await onTerminal(cli, ['event', 'list'])).text, /^STATE +SCORE +ID +TITLE\n/);
    assert.match((await onTerminal(cli, ['git-pull', '--force'])).text, /\[#{24}\] 100%.*\r\u001b\[K(In step|Pulled)/s);
  });

  it('lists, adds and validates events', async () => {
    const { cli } = await timeline();
    const seen = [];
    for (let cursor; ;) {
      const page = await cli.must('event', 'list', '--limit', '2', ...(cursor ? ['--cursor', cursor] : []));
      assert.ok(page.events.length <= 2 && page.total === SAMPLE_IDS.length);
      seen.push(...page.events.map((event) => event.id));
      if (!(cursor = page.next_cursor)) break;
    }
    assert.deepEqual([...seen].sort(), [...SAMPLE_IDS].sort());
    const file = path.join(tempDir('event'), 'new.md');
    writeFileSync(file, asMarkdown(NEW));
    const added = await cli.must('event', 'add', file);
    assert.deepEqual([added.event.id, added.state, added.revision], [NEW.id, 'draft', 1]);
    assert.equal((await cli.run('event', 'add', file)).json.code, 'already_exists');
    const verdict = await cli.must('event', 'validate', NEW.id, '--status=validated', '--score', '8.5', '--notes', 'Two sources read');
    assert.deepEqual([verdict.state, verdict.validation.score, verdict.validation.notes], ['validated', 8.5, 'Two sources read']);
    assert.deepEqual((await cli.must('event', 'list', '--state', 'validated')).events.map((event) => event.id), [NEW.id]);
    assert.equal((await cli.must('event', 'validate', NEW.id, '--status', 'rejected')).state, 'rejected');
  });

  it('pages through what was pulled and sent', async () => {
    const { cli } = await timeline();
    await cli.must('git-pull', '--force');
    const whole = (await cli.must('sync', 'log')).syncs.map(({ id }) => id);
    const first = await cli.must('sync', 'log', '--limit', '1');
    const second = await cli.must('sync', 'log', '--limit', '1', '--cursor', first.next_cursor);
    assert.deepEqual([whole.length, first.syncs[0].id, second.syncs[0].id, second.next_cursor], [2, ...whole, null]);
    assert.match((await cli.run('--text', 'sync', 'log', '--limit', '1')).stdout, new RegExp(`The next: --cursor ${first.next_cursor}\n$`));
    for (const list of [['sync', 'log'], ['pr', 'list']]) {
      assert.equal((await cli.run(...list, '--cursor', 'zz')).json.code, 'invalid_input');
      assert.equal((await cli.run(...list, '--limit', '1001')).code, 2);
    }
  });

  it('takes ids with commas whole', async () => {
    const odd = '2001-01-01--one,two';
    const repo = await createBareRepo({ files: { [`${EVENTS}/${odd}.json`]: JSON.stringify({ ...NEW, id: odd, date: '2001-01-01' }), ...sampleEvents() } });
    const cli = createCli({ env: { TIMELINE_REPO_URL: repo.folder } });
    await cli.must('git-pull');
    const refused = await cli.run('create-pr', '--events', odd);
    assert.match(refused.json.error, /one,two/);
    await cli.must('event', 'add', '-', { input: JSON.stringify(NEW) });
    await cli.must('event', 'validate', NEW.id, '--status', 'validated');
    assert.match((await cli.run('create-pr', '--dry-run', '--events', `${NEW.id},${odd}`)).json.error, /one,two/);
    assert.equal((await cli.must('create-pr', '--dry-run', '--events', `${NEW.id},`)).events_count, 1);
  });

  it('stores settings, shows where each comes from, and never a secret', async () => {
    const repo = await createBareRepo({ files: sampleEvents() });
    const other = await createBareRepo({ files: sampleEvents(), branch: 'trunk' });
    const cli = createCli({ tenants: { us: { TIMELINE_REPO_URL: repo.folder, GITHUB_TOKEN: 'canary-token', TIMELINE_WEBHOOK_SECRET: 'canary-secret' } } });
    const first = await cli.must('git-config', '--show');
    assert.deepEqual([first.repo_url, first.branch, first.token_configured, first.push_url], [repo.folder, 'main', true, repo.folder]);
    assert.deepEqual([first.source.TIMELINE_REPO_URL, first.source.TIMELINE_BRANCH], ['file', 'default']);
    const stored = await cli.must('git-config', '--repo', other.folder, '--branch', 'trunk', '--set', 'INSTANCE_NAME=The US');
    assert.deepEqual([stored.repo_url, stored.branch, stored.instance_name, stored.source.TIMELINE_REPO_URL], [other.folder, 'trunk', 'The US', 'database']);
    assert.equal((await cli.must('git-pull')).imported, SAMPLE_IDS.length);
    const back = await cli.must('git-config', '--unset', 'TIMELINE_REPO_URL', '--unset', 'TIMELINE_BRANCH');
    assert.deepEqual([back.repo_url, back.branch], [repo.folder, 'main']);
    for (const pair of ['GITHUB_TOKEN=canary-x', 'DB_PATH=/x', 'TIMELINE_WORKSPACE=/x', 'NONSENSE=1']) {
      assert.equal((await cli.run('git-config', '--set', pair)).code, 2, pair);
    }
    const both = await cli.run('git-config', '--branch', 'other', '--set', 'TIMELINE_EVENT_FORMAT=yaml');
    assert.deepEqual([both.code, (await cli.must('git-config')).branch], [2, 'main']);
    const overruled = await cli.run('git-config', '--branch', 'x', { env: { TIMELINE_BRANCH: 'main' } });
    assert.match(overruled.json.error, /TIMELINE_BRANCH is set by the environment/);
    const everything = JSON.stringify([first, stored, back, both, overruled]) + (await cli.run('git-config', '--text')).stdout;
    assert.ok(!everything.includes('canary'), everything);
  });

  it('asks which timeline is meant', async () => {
    const repo = await createBareRepo({ files: sampleEvents() });
    const cli = createCli({ tenants: { us: { TIMELINE_REPO_URL: repo.folder }, brazil: { TIMELINE_REPO_URL: repo.folder, TIMELINE_BRANHC: 'x' } } });
    const asked = await cli.run('git-pull');
    assert.deepEqual([asked.code, asked.json.code], [2, 'usage']);
    assert.match(asked.json.error, /--tenant NAME.*brazil, us/);
    assert.match(asked.stderr, /brazil\.env, line 2: TIMELINE_BRANHC .*TIMELINE_BRANCH\?/);
    assert.equal((await cli.must('--tenant', 'us', 'git-pull')).imported, SAMPLE_IDS.length);
    assert.equal((await cli.must('git-status', '--offline', '--tenant', 'brazil')).events_in_db, 0);
  });

  it('refuses settings that cannot be meant, naming file, line and key', async () => {
    const cli = createCli({ tenants: { us: { TIMELINE_REPO_URL: 'https://me:canary@git.example.org/x', TIMELINE_BRANCH: 'main' } } });
    const { code, json, stderr } = await cli.run('git-pull');
    assert.deepEqual([code, json.code, json.line], [2, 'configuration', 1]);
    assert.match(json.error, /us\.env, line 1: TIMELINE_REPO_URL .*GITHUB_TOKEN/);
    assert.ok(!`${json.error}${stderr}`.includes('canary'));
    const environment = await createCli({ env: { TIMELINE_REPO_URL: 'http://git.example.org/x' } }).run('git-pull');
    assert.match(environment.json.error, /Environment: TIMELINE_REPO_URL .*expected https/);
    const unset = await createCli().run('git-pull');
    assert.deepEqual([unset.code, unset.json.code], [2, 'configuration']);
  });

  it('stops cleanly when it is told to', async () => {
    let asked = 0;
    const silent = net.createServer((socket) => {
      asked += 1;
      socket.on('error', () => {});
    });
    await new Promise((resolve) => silent.listen(0, LOOPBACK, resolve));
    const cli = createCli({ env: { TIMELINE_REPO_URL: `https://${LOOPBACK}:${silent.address().port}/x` } });
    try {
      for (const signal of ['SIGINT', 'SIGTERM']) {
        const before = asked;
        const handle = await cli.begin(['git-pull']);
        await waitUntil(() => asked > before, { what: 'the connection' });
        handle.signal(signal);
        assert.equal((await handle.ended).code, 1, signal);
        assert.match(handle.log, /"code":"cancelled"/);
      }
    } finally {
      silent.close();
    }
  });

  it('is quiet when its reader has gone', async () => {
    const { cli } = await timeline();
    const { stdout } = await run('bash', ['-c', `'${binary()}' event list | true; echo "\${PIPESTATUS[0]}"`], { env: cli.environment() });
    assert.equal(stdout.trim(), '0');
  });
});
