// What bad input and a bad world get: one code, one sentence, the exit status of the contract, and the database as before.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { assertChecked } from './lib/check.js';
import { eventsOf } from './lib/database.js';
import { startFaultProxy, startRedirector } from './lib/fault_proxy.js';
import { asMarkdown, EVENTS, generatedEvent, sampleEvents } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { startGitServer } from './lib/git_server.js';
import { freePort } from './lib/net.js';
import { mustRun } from './lib/process.js';
import { tempDir } from './lib/temp.js';
import { createCli } from './lib/tideline.js';

const SLUG = 'people/timeline';

describe('a bad remote', () => {
  let authority;
  let server;
  let proxy;
  let redirector;
  before(async () => {
    authority = await createAuthority();
    server = await startGitServer({ authority });
    await server.addRepo(SLUG, { files: sampleEvents() });
    await server.addRepo('people/other', { files: sampleEvents() });
    proxy = await startFaultProxy({ targetPort: server.port });
    redirector = await startRedirector({ certificate: await authority.issue(['git.localhost', '127.0.0.1']), to: server.url(SLUG) });
  });
  after(async () => {
    await redirector?.stop();
    await proxy?.stop();
    await server?.stop();
  });

  /** A timeline that has been pulled once, and what a second pull with other settings says. */
  async function second(env, prepare = async () => {}) {
    const database = path.join(tempDir('database'), 'timeline.db');
    const url = server.url(SLUG, { port: proxy.port });
    const cli = createCli({ env: { TIMELINE_REPO_URL: url, GITHUB_TOKEN: server.token, DB_PATH: database,
      TIMELINE_CA_FILE: authority.certFile, TIMELINE_REMOTE_TIMEOUT: '2' } });
    proxy.set({ kind: 'none' });
    await cli.must('git-pull');
    const events = await eventsOf(database);
    await prepare();
    const result = await cli.run('git-pull', { env: typeof env === 'function' ? env() : env, timeoutMs: 60000 });
    proxy.set({ kind: 'none' });
    assert.deepEqual(await eventsOf(database), events);
    assert.equal(result.json?.success, false, result.stdout + result.stderr);
    assert.ok(result.json.error.length > 20 && !result.stdout.includes(server.token), result.stdout);
    return [result.json.code, result.code];
  }

  it('with a wrong token', async () => assert.deepEqual(await second({ GITHUB_TOKEN: 'wrong-token' }), ['remote_auth', 7]));
  it('without a token', async () => assert.deepEqual(await second({ GITHUB_TOKEN: '' }), ['remote_auth', 7]));
  it('that is silent', async () =>
    assert.deepEqual(await second({}, () => proxy.set({ kind: 'silent' })), ['remote_timeout', 8]));
  it('that stalls', async () =>
    assert.deepEqual(await second({}, () => proxy.set({ kind: 'stall', after: 500 })), ['remote_timeout', 8]));
  for (const kind of ['rst', 'fin']) {
    it(`that ends the connection (${kind})`, async () => {
      const [code, status] = await second({}, () => proxy.set({ kind, after: 0 }));
      assert.ok(['remote_unreachable', 'remote_tls'].includes(code) && status === 8, code);
    });
  }
  it('that an unknown authority vouches for', async () =>
    assert.deepEqual(await second({ TIMELINE_CA_FILE: '' }), ['remote_tls', 8]));
  it('that forbids', async () => {
    const status = async () => second({}, () => server.answer(SLUG, 403)).finally(() => server.answer(SLUG, null));
    assert.deepEqual(await status(), ['remote_forbidden', 7]);
  });

  /** A first pull that fails. */
  async function first(env) {
    const cli = createCli({ env: { GITHUB_TOKEN: server.token, TIMELINE_CA_FILE: authority.certFile, TIMELINE_REMOTE_TIMEOUT: '2', ...env } });
    const result = await cli.run('git-pull', { timeoutMs: 60000 });
    assert.equal(result.json?.success, false, result.stdout + result.stderr);
    return [result.json.code, result.code, result.json.error];
  }

  it('where nobody listens', async () => {
    const url = server.url(SLUG, { port: await freePort() });
    assert.deepEqual((await first({ TIMELINE_REPO_URL: url })).slice(0, 2), ['remote_unreachable', 8]);
  });
  it('that redirects elsewhere', async () => {
    const url = server.url(SLUG, { port: redirector.port });
    assert.deepEqual((await first({ TIMELINE_REPO_URL: url })).slice(0, 2), ['remote_redirect', 7]);
    assert.ok(redirector.requests.length > 0);
    assert.deepEqual((await server.requests()).filter((request) => request.uri.includes(`${SLUG}.git/${SLUG}.git`)), []);
  });
  it('without the repository', async () =>
    assert.deepEqual((await first({ TIMELINE_REPO_URL: server.url('people/nothing') })).slice(0, 2), ['repository_not_found', 5]));
  it('without the branch', async () => {
    const [code, status, sentence] = await first({ TIMELINE_REPO_URL: server.url(SLUG), TIMELINE_BRANCH: 'nope' });
    assert.deepEqual([code, status], ['branch_not_found', 5]);
    assert.match(sentence, /main/);
  });
  it('in a folder that is not there', async () =>
    assert.deepEqual((await first({ TIMELINE_REPO_URL: '/nowhere/at/all.git' })).slice(0, 2), ['repository_not_found', 5]));
  it('with a password in its URL', async () => {
    const [code, status, sentence] = await first({ TIMELINE_REPO_URL: 'https://me:hunter2@example.org/a/b' });
    assert.deepEqual([code, status], ['configuration', 2]);
    assert.ok(!sentence.includes('hunter2'));
  });
  it('over plain http or ssh', async () => {
    assert.equal((await first({ TIMELINE_REPO_URL: 'http://example.org/a/b' }))[1], 2);
    assert.equal((await first({ TIMELINE_REPO_URL: 'git@example.org:a/b' }))[1], 2);
  });
});

describe('a bad database or disk', () => {
  const failing = async (repo, database, under) => {
    const cli = createCli({ env: { TIMELINE_REPO_URL: repo.folder, DB_PATH: database } });
    const result = await cli.run('git-pull', { under });
    assert.equal(result.json?.success, false, result.stdout.slice(0, 1000) + result.stderr);
    return [result.json.code, result.code];
  };

  it('is refused when it is not a database, and stays as it is', async () => {
    const repo = await createBareRepo({ files: sampleEvents() });
    const database = path.join(tempDir('foreign'), 'notes.txt');
    writeFileSync(database, 'These are my notes, not a database. '.repeat(200));
    assert.deepEqual(await failing(repo, database), ['database_not_ours', 2]);
  });

  it('is refused when its tables mean something else', async () => {
    const repo = await createBareRepo({ files: sampleEvents() });
    const database = path.join(tempDir('foreign'), 'other.db');
    await mustRun('sqlite3', [database, 'CREATE TABLE timeline_events (a, b); INSERT INTO timeline_events VALUES (1, 2);']);
    assert.deepEqual(await failing(repo, database), ['database_not_ours', 2]);
  });

  const root = process.getuid() === 0;
  it('that is read-only', { skip: root ? false : 'mounting needs root' }, async () => {
    const repo = await createBareRepo({ files: sampleEvents() });
    const folder = await mount('2m');
    await mustRun('mount', ['-o', 'remount,ro', folder]);
    try {
      assert.deepEqual(await failing(repo, path.join(folder, 'timeline.db')), ['read_only', 1]);
    } finally {
      await mustRun('umount', [folder]);
    }
  });

  it('that is full', { skip: root ? false : 'mounting needs root' }, async () => {
    const files = Object.fromEntries(Array.from({ length: 400 }, (_, i) => {
      const event = generatedEvent(i);
      return [`${EVENTS}/${event.id}.md`, asMarkdown(event)];
    }));
    const repo = await createBareRepo({ files });
    const folder = await mount('800k');
    const database = path.join(folder, 'timeline.db');
    try {
      assert.deepEqual(await failing(repo, database), ['disk_full', 1]);
      const cli = createCli({ env: { TIMELINE_REPO_URL: repo.folder, DB_PATH: database } });
      assert.equal((await eventsOf(database)).size, 0);
      await mustRun('mount', ['-o', 'remount,size=64m', folder]);
      assert.equal((await cli.must('git-pull')).imported, 400);
      await assertChecked(cli);
    } finally {
      await mustRun('umount', [folder]);
    }
  });

  async function mount(size) {
    const folder = path.join(tempDir('disk'), 'mount');
    mkdirSync(folder);
    await mustRun('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
    return folder;
  }
});
