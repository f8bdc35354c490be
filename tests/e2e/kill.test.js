// kill -9 at many moments: an import is all of a commit or none of it, a pull request is one, and nobody has to help.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { assertChecked } from './lib/check.js';
import { eventsOf, query } from './lib/database.js';
import { startFakeGithub } from './lib/fake_github.js';
import { EVENTS, generatedTimeline, sampleEvents } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { startGitServer } from './lib/git_server.js';
import { tempDir } from './lib/temp.js';
import { createCli } from './lib/tideline.js';

const COUNT = 2000;
const NONE = { events: new Map(), commit: null };

/** What a database says, read from a copy, so that the next run meets the files just as the killed one left them. */
async function stateOf(database) {
  if (!existsSync(database)) return NONE;
  const copy = path.join(tempDir('copy'), 'timeline.db');
  for (const ending of ['', '-wal']) if (existsSync(database + ending)) copyFileSync(database + ending, copy + ending);
  const tables = await query(copy, "SELECT name FROM sqlite_schema WHERE name IN ('tl_repository', 'timeline_events')");
  assert.deepEqual(await query(copy, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
  assert.deepEqual(await query(copy, 'PRAGMA foreign_key_check'), []);
  const state = tables.length < 2 ? NONE
    : { events: await eventsOf(copy), commit: (await query(copy, 'SELECT imported_commit c FROM tl_repository'))[0]?.c || null };
  rmSync(path.dirname(copy), { recursive: true });
  return state;
}

/** Exactly one of the states; answers its place among them. */
function assertOneOf(states, found, what) {
  const at = states.findIndex(({ commit }) => commit === found.commit);
  assert.ok(at >= 0, `${what}: the commit ${found.commit} is neither the old nor the new one`);
  assert.deepEqual(found.events, states[at].events, `${what}: neither the old events nor the new ones`);
  return at;
}

/** Kills a run as soon as the WAL is larger than `bytes`: in the middle of what a commit writes. */
async function killAtWal(cli, database, bytes) {
  const running = await cli.begin(['git-pull']);
  const wal = `${database}-wal`;
  while (!running.exit && (statSync(wal, { throwIfNoEntry: false })?.size ?? 0) < bytes) await new Promise(setImmediate);
  running.signal('SIGKILL');
  await running.ended;
}

describe('git-pull, killed', () => {
  let repo;
  let old;
  let fresh;
  before(async () => {
    repo = await createBareRepo({ files: [...generatedTimeline(COUNT)] });
    const database = path.join(tempDir('reference'), 'timeline.db');
    const cli = createCli({ env: { TIMELINE_REPO_URL: repo.folder, DB_PATH: database } });
    await cli.must('git-pull');
    old = { ...(await stateOf(database)), tip: await repo.tip() };
    const names = Object.keys(await repo.tree('main', EVENTS));
    const files = [...generatedTimeline(600, { round: 1 }), ...generatedTimeline(COUNT + 100, { from: COUNT })];
    await repo.commit([...files, ...names.filter((name) => !files.some(([other]) => other === name)).slice(-60).map((name) => [name, null])]);
    await cli.must('git-pull');
    fresh = { ...(await stateOf(database)), tip: await repo.tip() };
    assert.ok(old.events.size > 1900 && fresh.events.size > 1900 && old.commit !== fresh.commit);
  });

  /** One run that is not disturbed: how long it takes, and how much it writes. */
  async function measure(prepare) {
    const { cli, database } = await prepare();
    const began = statSync(`${database}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    let written = 0;
    const running = await cli.begin(['git-pull']);
    const start = performance.now();
    while (!running.exit) {
      written = Math.max(written, statSync(`${database}-wal`, { throwIfNoEntry: false })?.size ?? 0);
      await new Promise(setImmediate);
    }
    return { ms: performance.now() - start, began, written };
  }

  async function killed(prepare, states) {
    const { ms, began, written } = await measure(prepare);
    const seen = new Set();
    const run = await prepare();
    // One and the same timeline is killed again and again, each time later, so that recovering is killed too.
    for (let i = 1; i <= 8; i++) {
      await run.cli.run('git-pull', { timeoutMs: Math.max(1, Math.round((ms * i) / 8)) });
      if (i % 3 === 0) rmSync(run.workspace, { recursive: true, force: true });
      seen.add(assertOneOf(states, await stateOf(run.database), `killed after ${i}/8 of ${Math.round(ms)} ms`));
    }
    for (const part of [0.2, 0.8]) {
      const other = await prepare();
      await killAtWal(other.cli, other.database, began + (written - began) * part);
      seen.add(assertOneOf(states, await stateOf(other.database), `killed when ${part} of the WAL was written`));
      await finish(other, states);
    }
    assert.ok(seen.has(0), 'no kill came before the commit: the test shows nothing');
    await finish(run, states);
  }

  async function finish({ cli, database }, states) {
    const report = await cli.must('git-pull');
    assert.deepEqual([report.success, report.conflicts, report.errors], [true, [], []]);
    assert.equal(assertOneOf(states, await stateOf(database), 'pulled again'), 1);
    const again = await cli.must('git-pull');
    assert.deepEqual([again.imported, again.updated, again.deleted, again.files_changed_total], [0, 0, 0, 0]);
    const { events_in_db: here, events_in_repo: there } = await cli.must('git-status', '--offline');
    assert.deepEqual([here, there], [states[1].events.size, states[1].events.size]);
    await assertChecked(cli);
  }

  function timeline(url) {
    const folder = tempDir('killed');
    const database = path.join(folder, 'timeline.db');
    const workspace = path.join(folder, 'workspace');
    return { database, workspace, cli: createCli({ env: { TIMELINE_REPO_URL: url, DB_PATH: database, TIMELINE_WORKSPACE: workspace } }) };
  }

  it('during the first import leaves nothing or all of it', async () =>
    killed(async () => timeline(repo.folder), [NONE, fresh]));

  it('during an update leaves the old events or the new ones', async () => {
    const first = timeline(repo.folder);
    const template = tempDir('template');
    await repo.setBranch('main', old.tip);
    await first.cli.must('git-pull');
    await repo.setBranch('main', fresh.tip);
    for (const ending of ['', '-wal']) copyFileSync(first.database + ending, path.join(template, `timeline.db${ending}`));
    await killed(async () => {
      const next = timeline(repo.folder);
      for (const ending of ['', '-wal']) copyFileSync(path.join(template, `timeline.db${ending}`), next.database + ending);
      return next;
    }, [old, fresh]);
  });
});

describe('create-pr, killed', () => {
  let authority;
  let server;
  let github;
  before(async () => {
    authority = await createAuthority();
    server = await startGitServer({ authority });
    github = await startFakeGithub({ authority, tokens: { [server.token]: {} } });
  });
  after(async () => {
    await server?.stop();
    await github?.stop();
  });

  for (const plain of [true, false]) {
    it(`and run again makes one branch and one pull request ${plain ? 'on a plain server' : 'on GitHub'}`, async () => {
      const slug = `people/killed-${plain ? 'plain' : 'github'}`;
      const repo = await server.addRepo(slug, { files: sampleEvents() });
      if (!plain) github.addRepo(slug, repo);
      const folder = tempDir('killed');
      const database = path.join(folder, 'timeline.db');
      const workspace = path.join(folder, 'workspace');
      const cli = createCli({ env: { TIMELINE_REPO_URL: server.url(slug), GITHUB_TOKEN: server.token, DB_PATH: database,
        TIMELINE_CA_FILE: authority.certFile, TIMELINE_WORKSPACE: workspace, ...(plain ? {} : { GITHUB_API_URL: github.url }) } });
      await cli.must('git-pull');
      const tip = await repo.tip();
      let ms = 0;
      for (let i = 0; i <= 8; i++) {
        const id = `1912-04-1${i}--sent-${i}`;
        await cli.must('event', 'add', '-', { input: JSON.stringify({ id, date: id.slice(0, 10), title: `Number ${i}`, sources: [{ title: 'S', url: 'https://example.org/' }] }) });
        await cli.must('event', 'validate', id, '--status', 'validated');
        // The first one is not disturbed and tells how long it takes.
        const first = await cli.run('create-pr', i ? { timeoutMs: Math.max(1, Math.round((ms * i) / 10)) } : {});
        if (i === 0) ms = first.ms;
        if (i % 3 === 0) rmSync(workspace, { recursive: true, force: true });
        const again = await cli.run('create-pr');
        assert.ok(again.code === 0 || again.code === 4, `${i}: ${again.stdout}`);
        const what = `killed after ${i}/10 of ${Math.round(ms)} ms`;
        const rows = await query(database, 'SELECT number, state, branch, commit_id FROM tl_pull_request ORDER BY id');
        assert.equal(rows.length, i + 1, what);
        assert.deepEqual([rows[i].state, rows[i].number > 0], ['open', true], what);
        assert.deepEqual((await repo.branches()).sort(), ['main', ...rows.map((row) => row.branch)].sort(), what);
        assert.equal(await repo.tip(rows[i].branch), rows[i].commit_id, what);
        assert.deepEqual(await repo.changes(tip, rows[i].commit_id), { [`${EVENTS}/${id}.md`]: 'A' }, what);
        assert.equal((await cli.must('event', 'show', id)).state, 'exported', what);
        if (!plain) assert.equal((await github.pulls(slug)).length, i + 1, what);
        await assertChecked(cli, what);
      }
      assert.equal((await cli.run('create-pr')).code, 4);
    });
  }
});
