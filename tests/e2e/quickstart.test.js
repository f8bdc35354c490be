// nginx/quickstart.sh as a visitor uses it: what it prints works, Ctrl-C leaves nothing, and what can be wrong is said.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { sampleEvents } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { accepts, freePort, waitUntil } from './lib/net.js';
import { cleanEnv, run, start } from './lib/process.js';
import { tempDir } from './lib/temp.js';
import { assertSane, buildFolder, SOURCE } from './lib/tideline.js';

const SCRIPT = path.join(SOURCE, 'nginx/quickstart.sh');
const READY = /Ctrl-C stops everything/;

/** Settings of a start that shares nothing with another one. The folder has a space in its name, as people's have. */
async function place(extra = {}) {
  const home = tempDir('quickstart');
  const state = path.join(home, 'my state');
  const port = await freePort();
  const env = { QUICKSTART_STATE: state, QUICKSTART_PORT: String(port), TIDELINE_BUILD: buildFolder(), ...extra };
  return { home, state, port, env: cleanEnv(home, env) };
}

const started = [];

async function startIn(where, options = {}) {
  const handle = await start('sh', [SCRIPT], { env: where.env, ready: READY, timeoutMs: 60000, ...options });
  started.push(handle);
  return handle;
}

const runIn = (where, env = {}) => run('sh', [SCRIPT], { env: { ...where.env, ...env } });

/** The lines that it asks to be tried. */
function linesToTry(log) {
  const [, block] = log.match(/Try in another terminal:\n((?: {4}.*\n)+)/);
  return block.trimEnd().split('\n').map((line) => line.trim());
}

/** The command lines of the processes that were started for this state folder and are more than zombies. */
function processesOf(state) {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return command.includes(state) ? [`${pid} ${command}`] : [];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

const curl = (where, tenant, page) =>
  run('curl', ['-fsk', '--noproxy', '*', `https://${tenant}.localhost:${where.port}${page}`]);

/** Each timeline is pulled in the background when the pool starts. */
const pulled = (where, tenant) => waitUntil(async () =>
  JSON.parse((await curl(where, tenant, '/api/v1/status')).stdout).events_in_db > 0, { what: `the first pull of ${tenant}` });

/** What a terminal does at Ctrl-C: the signal goes to the whole group in the foreground. */
async function endGroup(handle, signal) {
  process.kill(-handle.pid, signal);
  return handle.ended;
}

describe('quickstart', () => {
  // Also after an assertion that failed: the runner would wait for what still runs.
  afterEach(async () => {
    for (const handle of started.splice(0)) if (!handle.exit) await handle.stop();
  });

  it('serves two samples, and every line that it asks to be tried works', async () => {
    const where = await place();
    const handle = await startIn(where);
    const lines = linesToTry(handle.log);
    assert.equal(lines.length, 6, handle.log);
    await pulled(where, 'us');
    await pulled(where, 'brazil');
    const results = [];
    // Another terminal: started elsewhere, with another timeline's settings in its environment.
    const env = cleanEnv(where.home, { TIMELINE_REPO_URL: '/nowhere', DB_PATH: '/nowhere/x.db', TIMELINE_BRANCH: 'x' });
    for (const line of lines) results.push(await run('sh', ['-c', line], { env, cwd: where.home }));
    results.forEach((result, i) => assert.equal(result.code, 0, `${lines[i]}\n${result.stdout}${result.stderr}`));
    const [status, list, added, verdict, sent, page] = results.map((result) => JSON.parse(result.stdout));
    assert.equal(status.events_in_repo, 6);
    assert.equal(list.events.length, 5);
    assert.equal(added.success && verdict.success, true);
    assert.equal(sent.pr_number, 1);
    assert.equal(page.open_pull_requests, 1);
    assert.match((await curl(where, 'brazil', '/events')).stdout, /Ficha Limpa/);
    await endGroup(handle, 'SIGINT');
    assertSane(readFileSync(path.join(where.state, 'tideline.log'), 'utf8'), 'tideline-fcgi');
  });

  for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM']) {
    it(`stops everything at ${signal}, and starts again where it was`, async () => {
      const where = await place();
      const first = await startIn(where);
      assert.ok(processesOf(where.state).length >= 2);
      const exit = await endGroup(first, signal);
      assert.deepEqual([exit.signal, exit.orphans], [null, false]);
      assert.deepEqual(processesOf(where.state), []);
      assert.equal(await accepts(where.port), false);
      const certificate = statSync(path.join(where.state, 'tls/server.pem')).mtimeMs;
      const second = await startIn(where);
      assert.equal(statSync(path.join(where.state, 'tls/server.pem')).mtimeMs, certificate);
      await endGroup(second, 'SIGINT');
    });
  }

  it('leaves a running one alone when it is started again', async () => {
    const where = await place();
    const first = await startIn(where);
    const again = await runIn(where);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /Tideline runs from .* already \(processes [\d ]+\)\. Stop it with Ctrl-C, or start/);
    const busy = await runIn(where, { QUICKSTART_STATE: path.join(where.home, 'other') });
    assert.equal(busy.code, 1);
    assert.equal(busy.stderr.trim().split('\n').length, 1, busy.stderr);
    assert.match(busy.stderr, new RegExp(`^Port ${where.port} is in use\\. Choose another one: QUICKSTART_PORT=`));
    assert.equal((await curl(where, 'us', '/healthz')).code, 0);
    await endGroup(first, 'SIGINT');
  });

  it('ends, and says so, when one of its two servers has ended', async () => {
    const where = await place();
    const handle = await startIn(where);
    const [, pool] = readFileSync(path.join(where.state, 'run/pids'), 'utf8').split(' ').map(Number);
    process.kill(pool, 'SIGTERM');
    await handle.ended;
    assert.equal(handle.exit.code, 1);
    assert.match(handle.log, /Tideline stopped by itself/);
    assert.deepEqual(processesOf(where.state), []);
  });

  it('serves a repository of the visitor\'s, named from where it was started', async () => {
    const where = await place({
      TIMELINE_REPO_URL: './mine.git', TIMELINE_BRANCH: 'trunk', INSTANCE_NAME: 'My own', GITHUB_TOKEN: 'canary-token',
    });
    const repo = await createBareRepo({ files: sampleEvents(), branch: 'trunk' });
    assert.equal(spawnSync('cp', ['-r', repo.folder, path.join(where.home, 'mine.git')]).status, 0);
    const handle = await startIn(where, { cwd: where.home });
    await pulled(where, 'timeline');
    assert.match((await curl(where, 'timeline', '/')).stdout, /My own/);
    for (const line of linesToTry(handle.log)) {
      const result = await run('sh', ['-c', line], { env: cleanEnv(where.home), cwd: where.home });
      assert.ok(result.code === 0 || (line.includes('create-pr') && result.code === 4), `${line}\n${result.stdout}`);
    }
    const token = path.join(where.state, 'token');
    assert.equal(statSync(token).mode & 0o777, 0o600);
    assert.doesNotMatch(handle.log, /canary-token/);
    assert.doesNotMatch(readFileSync(path.join(where.state, 'tenants/timeline.env'), 'utf8'), /canary-token/);
    await endGroup(handle, 'SIGINT');
  });

  it('refuses settings that cannot be meant, with a sentence', async () => {
    const where = await place();
    const cases = [
      [{ QUICKSTART_PORT: 'https' }, /QUICKSTART_PORT is "https"; expected a number from 1 to 65535\./],
      [{ QUICKSTART_PORT: '70000' }, /70000/],
      [{ QUICKSTART_STATE: path.join(where.home, 'it\'s') }, /quote/],
      [{ TIMELINE_REPO_URL: './nothing' }, /TIMELINE_REPO_URL: there is no such folder\./],
      [{ TIMELINE_REPO_URL: 'http://example.org/a' }, /timeline\.env, line 1: TIMELINE_REPO_URL/],
      [{ TIMELINE_REPO_URL: '/nowhere', TIMELINE_BRANCH: 'a b' }, /TIMELINE_BRANCH is "a b"/],
    ];
    for (const [env, sentence] of cases) {
      const result = await runIn(where, env);
      assert.notEqual(result.code, 0, JSON.stringify(env));
      assert.match(result.stderr, sentence);
      assert.deepEqual(processesOf(where.state), []);
    }
    assert.equal(existsSync(path.join(where.state, 'run/tideline.sock')), false);
  });

  it('says the one line to run as root where packages are missing and there is no sudo', async () => {
    const tools = path.join(tempDir('tools'), 'bin');
    mkdirSync(tools);
    const script = `id() { echo 1000; }; PATH='${tools}'; . '${SOURCE}/nginx/packages.sh'
      packages_have() { [ "$1" != 'nginx|@nginx' ]; }; packages_ensure serving git 'nginx|@nginx'`;
    const result = await run('/bin/sh', ['-c', script]);
    assert.equal(result.code, 1);
    assert.equal(result.stderr, 'Packages are missing for serving. Install them as root with: '
      + 'apt-get install -y --no-install-recommends nginx\n');
  });
});
