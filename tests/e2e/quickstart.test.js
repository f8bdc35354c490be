// nginx/quickstart.sh as a visitor uses it: what it prints works, Ctrl-C leaves nothing, and what can be wrong is said.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import https from 'node:https';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { sampleEvents } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { accepts, freePort, LOOPBACK, waitUntil } from './lib/net.js';
import { cleanEnv, run, start } from './lib/process.js';
import { Visitor } from './lib/session.js';
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

/** Types the lines into one shell, as somebody would, and answers `{line, code, stdout}` of each. */
async function tryLines(lines, options) {
  const script = lines.map((line) => `${line}\nprintf '\\n@@ %d\\n' $?\n`).join('');
  const { stdout, stderr } = await run('sh', ['-c', script], options);
  const parts = stdout.split(/\n@@ (\d+)\n/);
  return lines.map((line, i) => ({ line, stdout: parts[2 * i], code: Number(parts[2 * i + 1]), stderr }));
}

/** What it says about signing in to a timeline: the password, or null when the account was there before. */
function passwordFor(log, tenant) {
  const [, said] = log.match(new RegExp(`https://${tenant}\\.localhost:\\d+/login {3}as demo, with the password (.*)`));
  return /^that was shown/.test(said) ? null : said;
}

/** One request as a browser would send it. */
function request(where, method, tenant, page, { headers = {}, body } = {}) {
  const name = `${tenant}.localhost`;
  return new Promise((resolve, reject) => {
    const options = { method, host: LOOPBACK, port: where.port, path: page, servername: name, agent: false, rejectUnauthorized: false,
      headers: { Host: `${name}:${where.port}`, ...headers } };
    https.request(options, async (response) => {
      let text = '';
      for await (const part of response.setEncoding('utf8')) text += part;
      resolve({ status: response.statusCode, headers: response.headers, text });
    }).on('error', reject).end(body);
  });
}

/** Signs in with a password, which must be right, and answers the visitor. */
async function signIn(where, tenant, password) {
  const visitor = new Visitor({ request: (...args) => request(where, ...args) }, tenant);
  await visitor.signIn('demo', password);
  return visitor;
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

/** Sends what waits as a visitor without JavaScript does, and answers the page before and the page after it was sent. */
async function sendInBrowser(visitor, form) {
  const ends = (answer) => waitUntil(async () => {
    const page = await visitor.get(answer.headers.location);
    return page.status === 303 && page;
  }, { what: `${answer.headers.location} to lead on` });
  const { text } = await visitor.get(form);
  const value = (name) => (text.match(new RegExp(`name="${name}"[^>]* value="([^"]*)"`)) ?? text.match(new RegExp(`name="${name}"[^>]*>\n([^<]*)<`)))[1];
  const plain = (html) => html.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  const fields = Object.fromEntries(['events', 'title', 'generated_title', 'description', 'generated_description'].map((name) => [name, plain(value(name))]));
  const preview = await visitor.follow(await ends(await visitor.post('/pull-requests/preview', fields, { from: form })));
  const id = preview.text.match(/name="preview" value="(\d+)"/)[1];
  return [preview.text, (await visitor.follow(await ends(await visitor.post('/pull-requests', { preview: id }, { from: form })))).text];
}

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
    assert.equal(lines.length, 8, handle.log);
    await pulled(where, 'us');
    await pulled(where, 'brazil');
    // Another terminal: started elsewhere, with another timeline's settings in its environment.
    const env = cleanEnv(where.home, { TIMELINE_REPO_URL: '/nowhere', DB_PATH: '/nowhere/x.db', TIMELINE_BRANCH: 'x' });
    const results = await tryLines(lines, { env, cwd: where.home });
    for (const { line, code, stdout, stderr } of results) assert.equal(code, 0, `${line}\n${stdout}${stderr}`);
    const [status, list, added, verdict, planned, , page, pull] = results.map(({ stdout }) => (stdout ? JSON.parse(stdout) : null));
    assert.equal(status.events_in_repo, 6);
    assert.equal(list.events.length, 5);
    assert.equal(added.success && verdict.success, true);
    assert.equal(planned.events_count, 1);
    assert.equal(page.events_in_db, 7);
    assert.ok(pull.job, JSON.stringify(pull));
    assert.match((await curl(where, 'brazil', '/events')).stdout, /Ficha Limpa/);
    const [, form] = handle.log.match(/https:\/\/us\.localhost:\d+(\/\S+) shows the exact difference before anything is sent/);
    const [before, after] = await sendInBrowser(await signIn(where, 'us', passwordFor(handle.log, 'us')), form);
    assert.match(before, /timeline_data\/events\/2016-06-30--foia-improvement-act\.md/);
    assert.match(after, /FOIA Improvement Act/);
    assert.equal(JSON.parse((await curl(where, 'us', '/api/v1/status')).stdout).open_pull_requests, 1);
    await endGroup(handle, 'SIGINT');
    assertSane(readFileSync(path.join(where.state, 'tideline.log'), 'utf8'), 'tideline-fcgi');
  });

  it('makes an admin of each timeline, whose password works in the browser and is kept nowhere', async () => {
    const where = await place();
    const first = await startIn(where);
    const password = passwordFor(first.log, 'us');
    assert.match(password, /^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);
    assert.equal(passwordFor(first.log, 'brazil'), password);
    await pulled(where, 'us');
    for (const tenant of ['us', 'brazil']) {
      const visitor = await signIn(where, tenant, password);
      for (const page of ['/account', '/settings']) assert.equal((await visitor.get(page)).status, 200, page);
    }
    const form = first.log.match(/https:\/\/us\.localhost:\d+(\/\S+) shows the exact difference/)[1];
    assert.equal((await (await signIn(where, 'us', password)).get(form)).status, 200);
    assert.equal((await request(where, 'GET', 'us', form)).status, 303);
    const kept = await run('grep', ['-rlF', password, where.home]);
    assert.deepEqual([kept.code, kept.stdout], [1, '']);
    await endGroup(first, 'SIGINT');

    const second = await startIn(where);
    assert.deepEqual([passwordFor(second.log, 'us'), passwordFor(second.log, 'brazil')], [null, null]);
    assert.doesNotMatch(second.log, /note it/);
    await signIn(where, 'us', password);
    const [, renew] = second.log.match(/a new one:\n {8}(.*--tenant us user passwd demo)\n/);
    const renewed = await run('sh', ['-c', `${renew} --password-stdin`], { env: cleanEnv(where.home), cwd: where.home, input: 'another one that I chose\n' });
    assert.equal(renewed.code, 0, renewed.stdout + renewed.stderr);
    await signIn(where, 'us', 'another one that I chose');
    await signIn(where, 'brazil', password);
    await assert.rejects(signIn(where, 'us', password));
    await endGroup(second, 'SIGINT');
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
    const visitor = await signIn(where, 'timeline', passwordFor(handle.log, 'timeline'));
    await waitUntil(async () => JSON.parse((await run(path.join(where.state, 'tideline'), ['git-status', '--offline'], { env: cleanEnv(where.home) })).stdout).events_in_db > 0,
      { what: 'the first pull' });
    assert.match((await visitor.get('/')).text, /My own/);
    const closed = await request(where, 'GET', 'timeline', '/');
    assert.equal(closed.status, 303);
    assert.match(closed.headers.location, /^\/login/);
    const lines = linesToTry(handle.log);
    assert.equal(lines.length, 7);
    for (const { line, code, stdout } of await tryLines(lines, { env: cleanEnv(where.home), cwd: where.home })) {
      assert.ok(code === 0 || (line.includes('create-pr') && code === 4), `${line}\n${stdout}`);
      if (line.startsWith('curl')) assert.ok(JSON.parse(stdout).repo_url || JSON.parse(stdout).job, stdout);
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
