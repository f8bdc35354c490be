// What happens here and in the repository at the same time: nothing is lost, and no conflict is made up.
import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { assertChecked } from './lib/check.js';
import { eventsOf, execute, query } from './lib/database.js';
import { startFakeGithub } from './lib/fake_github.js';
import { asJson, asMarkdown, EVENTS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { startGitServer } from './lib/git_server.js';
import { run } from './lib/process.js';
import { tempDir } from './lib/temp.js';
import { binary, createCli } from './lib/tideline.js';

const event = (id, extra = {}) => ({ id, date: id.slice(0, 10), title: `About ${id}`, importance: 5, tags: ['one'], actors: ['Somebody'],
  sources: [{ title: 'A source', url: 'https://example.org/a', publisher: 'Example', date: '2001-01-01', tier: 1 }],
  body: 'Something happened.', ...extra });
const file = (id) => `${EVENTS}/${id}.md`;
const ids = Array.from({ length: 12 }, (_, i) => `2001-01-${String(i + 1).padStart(2, '0')}--event-${i + 1}`);
const ID = ids[0];
const many = () => Object.fromEntries(ids.map((id) => [file(id), asMarkdown(event(id))]));

/** An edit as another program of the research tools makes it. */
const edit = (database, id, title) =>
  execute(database, `UPDATE timeline_events SET json_content = json_set(json_content, '$.title', '${title}') WHERE id = '${id.replaceAll("'", "''")}'`);

/** Each test ends with the check of its timelines. */
const followed = [];
afterEach(async () => { for (const cli of followed.splice(0)) await assertChecked(cli); });

async function follow(files = many()) {
  const repo = await createBareRepo({ files });
  const database = path.join(tempDir('database'), 'timeline.db');
  const cli = createCli({ env: { TIMELINE_REPO_URL: repo.folder, DB_PATH: database } });
  await cli.must('git-pull');
  followed.push(cli);
  const send = async (id, title) => {
    await edit(database, id, title);
    await cli.must('event', 'validate', id, '--status', 'validated', '--score', '8');
  };
  return { repo, cli, database, send, state: async (id = ID) => (await cli.must('event', 'show', id)).state };
}

describe('an event that was sent', () => {
  it('may be edited again while its pull request is open: the merge is no conflict', async () => {
    const { repo, cli, database, send, state } = await follow();
    await send(ID, 'First edit');
    const { branch } = await cli.must('create-pr');
    await send(ID, 'Second edit');
    assert.equal((await cli.run('create-pr')).code, 4, 'a second revision waits for the first');
    await repo.merge(branch, { base: 'main', method: 'squash' });
    const pulled = await cli.must('git-pull');
    assert.deepEqual(pulled.conflicts, []);
    assert.equal((await eventsOf(database)).get(ID).json_content.title, 'Second edit');
    assert.equal(await state(), 'validated');
    const next = await cli.must('create-pr');
    assert.match(await repo.read(file(ID), next.commit_hash), /title: Second edit/);
  });

  it('follows what reviewers made of it before they merged', async () => {
    const { repo, cli, database, send, state } = await follow();
    await send(ID, 'As sent');
    const { branch } = await cli.must('create-pr');
    const text = (await repo.read(file(ID), branch)).replace('As sent', 'As reviewed');
    await repo.commit({ [file(ID)]: text }, { branch });
    await repo.merge(branch, { base: 'main', method: 'merge' });
    const pulled = await cli.must('git-pull');
    assert.deepEqual(pulled.conflicts, []);
    assert.equal((await eventsOf(database)).get(ID).json_content.title, 'As reviewed');
    assert.equal(await state(), 'merged');
    assert.equal((await cli.must('pr', 'show', '1')).pull_request.state, 'merged');
    assert.equal((await cli.run('create-pr')).code, 4);
  });

  it('keeps an edit made after sending, when reviewers changed what was sent', async () => {
    const { repo, cli, database, send } = await follow();
    await send(ID, 'As sent');
    const { branch } = await cli.must('create-pr');
    await edit(database, ID, 'Mine again');
    await repo.commit({ [file(ID)]: (await repo.read(file(ID), branch)).replace('As sent', 'As reviewed') }, { branch });
    await repo.merge(branch, { base: 'main', method: 'merge' });
    const pulled = await cli.run('git-pull');
    assert.deepEqual([pulled.code, pulled.json.conflicts.map((conflict) => conflict.id)], [3, [ID]]);
    assert.equal((await eventsOf(database)).get(ID).json_content.title, 'Mine again');
  });

  it('is a conflict, not gone, when it is deleted upstream while its pull request is open', async () => {
    const { repo, cli, database, send } = await follow();
    await send(ID, 'As sent');
    await cli.must('create-pr');
    await repo.commit({ [file(ID)]: null });
    assert.equal((await cli.run('git-pull')).code, 3);
    assert.equal((await eventsOf(database)).get(ID).json_content.title, 'As sent');
    assert.equal((await cli.run('create-pr')).code, 4);
  });

  it('is not sent after it was rejected, when nothing had left yet', async () => {
    const { repo, cli, send, state } = await follow();
    await send(ID, 'Rejected later');
    await send(ids[1], 'Good');
    await repo.refusePushes('Not now');
    assert.equal((await cli.run('create-pr')).json.code, 'push_rejected');
    await cli.must('event', 'validate', ID, '--status', 'rejected', '--notes', 'Wrong after all');
    await repo.acceptPushes();
    const answer = await cli.must('create-pr');
    assert.equal(answer.events_count, 1);
    assert.deepEqual(Object.keys(await repo.changes('main', answer.commit_hash)).length, 1);
    assert.match(await repo.read(file(ids[1]), answer.commit_hash), /title: Good/);
    assert.equal(await state(), 'rejected');
    assert.equal((await repo.branches()).length, 2);
  });

  it('does not hold up the others when it cannot go, and says why', async () => {
    const { repo, cli, database, send, state } = await follow();
    await send(ID, 'Changed there too');
    await send(ids[1], 'Good');
    await repo.commit({ [file(ID)]: asMarkdown(event(ID, { title: 'Theirs' })) });
    await execute(database, `INSERT INTO timeline_events (id, json_content, date, title, file_path, file_hash) VALUES ('No Name!', '${
      JSON.stringify({ id: 'No Name!', date: '2001-01-01', title: 'T' })}', '2001-01-01', 'T', '', '')`);
    await cli.must('event', 'validate', 'No Name!', '--status', 'validated');
    const answer = await cli.must('create-pr');
    assert.deepEqual(await repo.changes(`${answer.commit_hash}^`, answer.commit_hash), { [file(ids[1])]: 'M' });
    assert.deepEqual([answer.events_count, answer.warnings.length], [1, 2], JSON.stringify(answer));
    assert.deepEqual([await state(), await state(ids[1])], ['validated', 'exported']);
    assert.equal((await cli.run('create-pr', '--events', ID)).code, 1, 'one that was named is an error');
  });

  it('may stand in a file whose name holds what real names hold', async () => {
    const odd = ['2001-02-01--caf\\u00e9', "2001-02-02--o'hara,-\"the\"-$5:-50%", '2001-02-03--café (1)'];
    const { repo, cli, send } = await follow({ ...many(), ...Object.fromEntries(odd.map((id) => [file(id), asMarkdown(event(id))])) });
    for (const id of odd) await send(id, 'Edited');
    await send(ID, 'Edited');
    const validated = (await cli.must('event', 'list', '--state', 'validated')).events.map((row) => row.id).sort();
    const answer = await cli.must('create-pr');
    assert.equal(answer.events_count, validated.length);
    for (const id of validated) assert.match(await repo.read(file(id), answer.commit_hash), /title: '?Edited/, id);
  });
});

describe('another program', () => {
  it('may add and edit events that are shown, listed and validated at once', async () => {
    const { cli, database } = await follow();
    const insert = (id) => execute(database, `INSERT INTO timeline_events (id, json_content, date, title, file_path, file_hash) VALUES ('${id}', '${
      JSON.stringify({ id, date: '2009-09-09', title: 'From elsewhere' })}', '2009-09-09', 'From elsewhere', '', '')`);
    await insert('2009-09-09--one');
    assert.equal((await cli.must('event', 'show', '2009-09-09--one')).state, 'draft');
    await insert('2009-09-09--two');
    assert.equal((await cli.must('event', 'list')).total, ids.length + 2);
    await insert('2009-09-09--three');
    await cli.must('event', 'validate', '2009-09-09--three', '--status', 'validated');
    await insert('2009-09-09--four');
    const status = await cli.must('git-status', '--offline');
    assert.deepEqual([status.events_in_db, status.pending_export], [ids.length + 4, 1]);
    await insert('2009-09-09--five');
    const taken = await cli.run('event', 'add', '-', { input: JSON.stringify({ id: '2009-09-09--five', date: '2009-09-09', title: 'Mine' }) });
    assert.equal(taken.json.success, false, 'nobody writes over what another program has added');
    assert.equal((await eventsOf(database)).get('2009-09-09--five').title, 'From elsewhere');
    await edit(database, ID, 'Edited elsewhere');
    assert.equal((await cli.must('event', 'show', ID)).state, 'draft');
  });
});

describe('a pull', () => {
  it('brings back an event that another tool\'s table kept alive when it was deleted', async () => {
    const { repo, cli, database, state } = await follow();
    await execute(database, `CREATE TABLE notes (id INTEGER PRIMARY KEY, event VARCHAR REFERENCES timeline_events (id)); INSERT INTO notes (event) VALUES ('${ID}')`);
    await repo.commit({ [file(ID)]: null });
    assert.equal((await cli.must('git-pull')).deleted, 1);
    assert.equal((await cli.must('git-status')).events_in_db, ids.length - 1);
    await repo.commit({ [file(ID)]: asMarkdown(event(ID, { title: 'Back' })) });
    const back = await cli.must('git-pull');
    assert.deepEqual([back.imported, back.updated, back.conflicts], [1, 0, []]);
    assert.equal((await eventsOf(database)).get(ID).title, 'Back');
    assert.equal(await state(), 'merged');
    assert.equal((await cli.must('git-status')).events_in_db, ids.length);
  });

  it('ends a conflict when the edit here is taken back', async () => {
    const { repo, cli, database, state } = await follow();
    await edit(database, ID, 'Mine');
    await repo.commit({ [file(ID)]: asMarkdown(event(ID, { title: 'Theirs' })) });
    assert.equal((await cli.run('git-pull')).code, 3);
    await edit(database, ID, `About ${ID}`);
    const forced = await cli.run('git-pull', '--force');
    assert.deepEqual([forced.code, forced.json.conflicts], [0, []]);
    assert.equal(await state(), 'merged');
    assert.equal((await eventsOf(database)).get(ID).title, 'Theirs');
  });

  it('moves ids between files, changes ids inside, mends and breaks files, all at once', async () => {
    const { repo, cli, database } = await follow();
    const [a, b, c, d, e, f] = ids;
    await repo.commit({ [file(e)]: '---\nid: x\ntitle: A: b: c\ndate: 2001-01-01\n---\n' });
    assert.equal((await cli.must('git-pull')).errors.length, 1);
    await repo.commit({
      [file(a)]: asMarkdown(event(b, { title: 'B in the file of A' })),
      [file(b)]: asMarkdown(event(a, { title: 'A in the file of B' })),
      [file(c)]: asMarkdown(event('2001-03-03--changed-inside')),
      [file(d)]: null,
      [`${EVENTS}/renamed.md`]: asMarkdown(event(d)),
      [file(e)]: asMarkdown(event(e, { title: 'Mended' })),
      [file(f)]: '---\nid: x\ntitle: A: b: c\ndate: 2001-01-01\n---\n',
    });
    const report = await cli.must('git-pull');
    assert.deepEqual([report.imported, report.updated, report.deleted, report.errors.map((error) => error.path)], [1, 3, 1, [file(f)]]);
    const fresh = createCli({ env: { TIMELINE_REPO_URL: repo.folder, DB_PATH: path.join(tempDir('fresh'), 'timeline.db') } });
    await fresh.must('git-pull');
    const { db_path: other } = await fresh.must('git-config', '--show');
    const expected = await eventsOf(other);
    const events = await eventsOf(database);
    events.delete(f); // its last good content stays here, and the new database never saw it
    assert.deepEqual(events, expected);
    const paths = async (of) => query(of, `SELECT id, file_path FROM timeline_events WHERE id <> '${f}' ORDER BY id`);
    assert.deepEqual(await paths(database), await paths(other));
    assert.equal((await cli.must('git-status')).events_in_repo, (await fresh.must('git-status')).events_in_repo);
    const again = await cli.must('git-pull', '--force');
    assert.deepEqual([again.imported, again.updated, again.deleted, again.unchanged], [0, 0, 0, ids.length - 1]);
  });

  it('shows names that are no UTF-8 as text, twins too', async () => {
    const { repo, cli, database } = await follow();
    const id = '2002-02-02--cafe';
    const parent = await repo.tip();
    // As fast-import quotes bytes; \351 is an e with an accent in Latin-1.
    const inline = (ending, text) => `M 100644 inline "${EVENTS}/2002-02-02--caf\\351${ending}"\ndata ${Buffer.byteLength(text)}\n${text}\n`;
    await repo.git(['fast-import', '--quiet', '--done', '--date-format=raw'], { input: `commit refs/heads/main\ncommitter T <t@example.org> 1100000000 +0000\ndata 1\nx\nfrom ${parent}\n${
      inline('.md', asMarkdown(event(id)))}${inline('.json', asJson(event(id, { title: 'Other' })))}done\n` });
    const { stdout } = await run(binary(), ['git-pull'], { env: cli.environment(), binary: true });
    assert.ok(isUtf8(stdout), stdout.toString('latin1'));
    const report = JSON.parse(stdout.toString());
    assert.equal(report.imported, 1);
    assert.ok(report.warnings.some(({ rule, warning }) => rule === 'duplicate_id' && warning.includes('caf')), stdout.toString());
    await edit(database, id, 'Edited');
    await cli.must('event', 'validate', id, '--status', 'validated');
    const { commit_hash: commit } = await cli.must('create-pr');
    assert.equal(Object.keys(await repo.changes('main', commit)).length, 2);
  });

  for (const [count, gone, stops] of [[1, 1, true], [5, 1, false], [10, 2, false], [10, 3, true], [4, 1, true]]) {
    it(`${stops ? 'stops before' : 'goes on'} removing ${gone} of ${count} events`, async () => {
      const files = Object.fromEntries(Object.entries(many()).slice(0, count));
      const { repo, cli, database } = await follow(files);
      const before = await eventsOf(database);
      await repo.commit(Object.fromEntries(Object.keys(files).slice(0, gone).map((name) => [name, null])));
      const result = await cli.run('git-pull');
      assert.equal(result.code, stops ? 1 : 0, result.stdout);
      if (stops) assert.deepEqual(await eventsOf(database), before);
      assert.equal((await cli.must('git-pull', '--confirm-deletions')).deleted, stops ? gone : 0);
      assert.equal((await eventsOf(database)).size, count - gone);
    });
  }

  it('leaves no trace in the database with --dry-run, whatever it finds', async () => {
    const { repo, cli, database } = await follow();
    await edit(database, ID, 'Mine');
    await repo.commit({ [file(ID)]: asMarkdown(event(ID, { title: 'Theirs' })), [file(ids[1])]: null,
      [file(ids[2])]: 'broken', [file('2005-05-05--new')]: asMarkdown(event('2005-05-05--new')) });
    const dump = async () => query(database, `SELECT (SELECT group_concat(path || blob_id || broken) FROM (SELECT * FROM tl_file ORDER BY path)) files,
      (SELECT group_concat(id || json_content || file_path || coalesce(last_synced, '')) FROM (SELECT * FROM timeline_events ORDER BY id)) events,
      (SELECT count(*) FROM sync_status) syncs, (SELECT count(*) FROM tl_conflict) conflicts, (SELECT imported_commit || events_in_repo FROM tl_repository) repository,
      (SELECT count(*) FROM tl_revision) revisions`);
    const before = await dump();
    const dry = await cli.run('git-pull', '--dry-run');
    assert.deepEqual([dry.code, dry.json.imported, dry.json.deleted, dry.json.conflicts.length, dry.json.errors.length], [3, 1, 1, 1, 1]);
    assert.deepEqual(await dump(), before);
    const real = await cli.run('git-pull');
    for (const key of ['imported', 'updated', 'deleted', 'unchanged', 'conflicts', 'errors', 'warnings', 'files_changed', 'new_commits'])
      assert.deepEqual(real.json[key], dry.json[key], key);
  });
});
