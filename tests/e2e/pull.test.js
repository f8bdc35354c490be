// git-pull: what changed in the repository comes into the database, and nothing that was done here is lost.
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { createCli } from './lib/tideline.js';
import { eventsOf, execute, query } from './lib/database.js';
import { asJson, asMarkdown, EVENTS, hostileEntries, sampleEvents, SAMPLE_IDS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { tempDir } from './lib/temp.js';

const event = (id, extra = {}) => ({ id, date: id.slice(0, 10), title: `About ${id}`, importance: 5, tags: ['one'], actors: ['Somebody'],
  sources: [{ title: 'A source', url: 'https://example.org/a', publisher: 'Example', date: '2001-01-01', tier: 1 }],
  body: 'Something happened.', ...extra });
const file = (id) => `${EVENTS}/${id}.md`;
const many = (count) => Object.fromEntries(Array.from({ length: count }, (_, i) => {
  const id = `2001-01-${String(i + 1).padStart(2, '0')}--event-${i + 1}`;
  return [file(id), asMarkdown(event(id))];
}));

async function follow(files, env = {}) {
  const repo = await createBareRepo({ files });
  const database = path.join(tempDir('database'), 'timeline.db');
  const cli = createCli({ env: { TIMELINE_REPO_URL: repo.folder, DB_PATH: database, ...env } });
  return { repo, cli, database, pull: (...args) => cli.run('git-pull', ...args) };
}

describe('git-pull', () => {
  it('imports every format, then finds nothing new', async () => {
    const { cli, pull, database, repo } = await follow(sampleEvents());
    const first = await pull();
    assert.equal(first.code, 0, first.stderr + first.stdout);
    assert.equal(first.json.success, true);
    assert.equal(first.json.imported, SAMPLE_IDS.length);
    assert.equal(first.json.after_commit, await repo.tip());
    assert.equal(first.json.before_commit, null);
    assert.deepEqual([...(await eventsOf(database)).keys()], [...SAMPLE_IDS].sort());
    const again = await cli.must('git-pull');
    assert.deepEqual([again.imported, again.updated, again.deleted, again.unchanged, again.new_commits],
      [0, 0, 0, SAMPLE_IDS.length, 0]);
    for (const key of ['conflicts', 'warnings', 'errors', 'files_changed', 'last_sync']) assert.ok(key in again, key);
    assert.equal((await query(database, "SELECT count(*) n FROM sync_status WHERE success = 1 AND sync_type = 'import'"))[0].n, 2);
  });

  it('adds, updates, deletes and renames', async () => {
    const { repo, cli, database } = await follow(many(12));
    await cli.must('git-pull');
    await repo.commit({
      [file('2001-01-01--event-1')]: asMarkdown(event('2001-01-01--event-1', { title: 'Another title' })),
      [file('2001-01-02--event-2')]: null,
      [file('2001-01-03--event-3')]: null,
      [file('2001-01-03--renamed')]: asMarkdown(event('2001-01-03--renamed')),
      [file('2002-02-02--new')]: asMarkdown(event('2002-02-02--new')),
    });
    const report = await cli.must('git-pull');
    assert.deepEqual([report.imported, report.updated, report.deleted, report.new_commits], [2, 1, 2, 1]);
    assert.equal(report.files_changed.length, 5);
    const events = await eventsOf(database);
    assert.equal(events.size, 12);
    assert.equal(events.get('2001-01-01--event-1').title, 'Another title');
    assert.ok(!events.has('2001-01-03--event-3') && events.has('2001-01-03--renamed'));
  });

  it('prefers .md to its twins and says in what they differ', async () => {
    const id = '2003-03-03--twice';
    const json = asJson(event(id, { title: 'In JSON' }));
    const { repo, cli, database } = await follow({ [`${EVENTS}/${id}.json`]: json, [file(id)]: asMarkdown(event(id, { title: 'In Markdown' })) });
    const report = await cli.must('git-pull');
    assert.equal(report.imported, 1);
    const twin = report.warnings.find((warning) => warning.rule === 'duplicate_id');
    assert.match(twin.warning, /differ in: .*title/);
    assert.equal((await eventsOf(database)).get(id).title, 'In Markdown');
    await repo.commit({ [file(id)]: null });
    assert.equal((await cli.must('git-pull', '--confirm-deletions')).updated, 1);
    assert.equal((await eventsOf(database)).get(id).title, 'In JSON');
  });

  it('reports a broken file at every pull and keeps its last good content', async () => {
    const files = many(3);
    const { repo, cli, database } = await follow(files);
    await cli.must('git-pull');
    await repo.commit({ [file('2001-01-01--event-1')]: '---\nid: x\ntitle: A: b: c\ndate: 2001-01-01\n---\n' });
    for (let i = 0; i < 2; i++) {
      const report = await cli.must('git-pull');
      assert.deepEqual(report.errors.map(({ path: name, line }) => [name, line]), [[file('2001-01-01--event-1'), 3]]);
      assert.equal((await eventsOf(database)).size, 3);
      assert.equal((await eventsOf(database)).get('2001-01-01--event-1').title, 'About 2001-01-01--event-1');
    }
    await repo.commit({ [file('2001-01-01--event-1')]: asMarkdown(event('2001-01-01--event-1', { title: 'Mended' })) });
    const mended = await cli.must('git-pull');
    assert.deepEqual(mended.errors, []);
    assert.equal((await eventsOf(database)).get('2001-01-01--event-1').title, 'Mended');
  });

  it('keeps an event whose file became a folder, reports it, and takes the file back', async () => {
    const { repo, cli, database } = await follow(many(6));
    await cli.must('git-pull');
    const name = file('2001-01-01--event-1');
    await repo.commit({ [name]: null });
    await repo.commit({ [`${name}/inside.txt`]: 'not an event' });
    for (let i = 0; i < 2; i++) {
      const report = await cli.must('git-pull');
      assert.deepEqual(report.errors.map((error) => error.path), [name]);
      assert.equal((await eventsOf(database)).size, 6);
    }
    await repo.commit({ [`${name}/inside.txt`]: null });
    await repo.commit({ [name]: asMarkdown(event('2001-01-01--event-1', { title: 'A file again' })) });
    const back = await cli.must('git-pull');
    assert.deepEqual([back.errors, back.updated], [[], 1]);
    assert.equal((await eventsOf(database)).get('2001-01-01--event-1').title, 'A file again');
  });

  it('skips and reports hostile tree entries', async () => {
    const entries = hostileEntries();
    const files = { ...many(2) };
    for (const entry of entries) files[entry.path] = entry.value;
    const { cli, database } = await follow(files);
    const report = await cli.must('git-pull');
    const events = await eventsOf(database);
    const good = entries.filter((entry) => entry.good).length;
    assert.equal(events.size, 2 + good, JSON.stringify([...events.keys()]) + JSON.stringify(report.errors));
    const bad = entries.filter((entry) => !entry.good);
    assert.ok(report.errors.length > 0 && report.errors.length <= bad.length, JSON.stringify(report.errors));
    for (const error of report.errors) assert.ok(error.error && error.path, JSON.stringify(error));
  });

  it('never overwrites a local edit: both sides changed is a conflict, and the rest goes on', async () => {
    const { repo, cli, database } = await follow(many(6));
    await cli.must('git-pull');
    const id = '2001-01-01--event-1';
    await execute(database, `UPDATE timeline_events SET json_content = json_set(json_content, '$.title', 'Edited here') WHERE id = '${id}'`);
    await repo.commit({
      [file(id)]: asMarkdown(event(id, { title: 'Edited there' })),
      [file('2001-01-02--event-2')]: asMarkdown(event('2001-01-02--event-2', { title: 'Only there' })),
    });
    const result = await cli.run('git-pull');
    assert.equal(result.code, 3);
    assert.deepEqual(result.json.conflicts.map((conflict) => [conflict.id, conflict.fields]), [[id, ['title']]]);
    assert.equal(result.json.updated, 1);
    const events = await eventsOf(database);
    assert.equal(events.get(id).json_content.title, 'Edited here');
    assert.equal(events.get('2001-01-02--event-2').title, 'Only there');
    const status = await cli.must('git-status');
    assert.deepEqual([status.conflicts, status.events_in_db], [1, 6]);
    await repo.commit({ [file(id)]: asMarkdown(event(id, { title: 'Edited here' })) });
    assert.deepEqual((await cli.must('git-pull')).conflicts, []);
  });

  it('keeps an edited event that upstream deletes', async () => {
    const { repo, cli, database } = await follow(many(6));
    await cli.must('git-pull');
    await execute(database, "UPDATE timeline_events SET json_content = json_set(json_content, '$.title', 'Mine') WHERE id = '2001-01-01--event-1'");
    await repo.commit({ [file('2001-01-01--event-1')]: null });
    const result = await cli.run('git-pull');
    assert.equal(result.code, 3);
    assert.equal((await eventsOf(database)).get('2001-01-01--event-1').json_content.title, 'Mine');
  });

  it('stops before removing more than a fifth, and goes on when told', async () => {
    const { repo, cli, database } = await follow(many(10));
    await cli.must('git-pull');
    const before = await eventsOf(database);
    await repo.commit(Object.fromEntries(Object.keys(many(3)).map((name) => [name, null])));
    const stopped = await cli.run('git-pull');
    assert.equal(stopped.code, 1);
    assert.equal(stopped.json.code, 'deletions_need_confirmation');
    assert.deepEqual(await eventsOf(database), before);
    assert.equal((await cli.must('git-pull', '--confirm-deletions')).deleted, 3);
    assert.equal((await eventsOf(database)).size, 7);
  });

  it('changes nothing with --dry-run and compares everything with --force', async () => {
    const { repo, cli, database } = await follow(many(5));
    const dry = await cli.must('git-pull', '--dry-run');
    assert.equal(dry.imported, 5);
    assert.equal((await eventsOf(database)).size, 0);
    assert.equal((await query(database, 'SELECT count(*) n FROM sync_status'))[0].n, 0);
    await cli.must('git-pull');
    const forced = await cli.must('git-pull', '--force');
    assert.deepEqual([forced.imported, forced.updated, forced.unchanged], [0, 0, 5]);
    assert.equal(forced.files_changed.length, 5);
    assert.ok(await repo.tip());
  });

  it('follows a force-push and survives the loss of its mirror', async () => {
    const { repo, cli, database } = await follow(many(10));
    const begin = await repo.tip();
    await repo.commit({ [file('2001-01-01--event-1')]: asMarkdown(event('2001-01-01--event-1', { title: 'First way' })) });
    await cli.must('git-pull');
    await repo.commit({ [file('2001-01-02--event-2')]: asMarkdown(event('2001-01-02--event-2', { title: 'Second way' })) }, { parent: begin });
    const report = await cli.must('git-pull');
    assert.equal(report.updated, 2);
    assert.ok(report.warnings.some((warning) => warning.rule === 'history_rewritten'));
    assert.equal((await eventsOf(database)).get('2001-01-01--event-1').title, 'About 2001-01-01--event-1');
    const config = await cli.must('git-config', '--show');
    const { rmSync } = await import('node:fs');
    rmSync(config.workspace, { recursive: true });
    const again = await cli.must('git-pull');
    assert.deepEqual([again.imported, again.updated, again.deleted, again.unchanged], [0, 0, 0, 10]);
  });

  it('says which branches there are when the configured one is gone', async () => {
    const { repo, cli, database } = await follow(many(3));
    await cli.must('git-pull');
    const before = await eventsOf(database);
    await repo.setBranch('trunk', await repo.tip());
    await repo.deleteBranch('main');
    const result = await cli.run('git-pull');
    assert.equal(result.code, 5);
    assert.equal(result.json.code, 'branch_not_found');
    assert.match(result.json.error, /trunk/);
    assert.deepEqual(await eventsOf(database), before);
  });

  it('pulls an empty repository, and the first events when they come', async () => {
    const { repo, cli } = await follow(undefined);
    const empty = await cli.must('git-pull');
    assert.deepEqual([empty.imported, empty.after_commit], [0, null]);
    await repo.commit(many(2));
    assert.equal((await cli.must('git-pull')).imported, 2);
  });

  it('refuses another repository until git-config says so, then follows it', async () => {
    const { cli, database } = await follow(many(4));
    await cli.must('git-pull');
    const other = await createBareRepo({ files: { ...many(2), [file('2009-09-09--other')]: asMarkdown(event('2009-09-09--other')) } });
    const refused = await cli.run('git-pull', { env: { TIMELINE_REPO_URL: other.folder } });
    assert.equal(refused.code, 2);
    assert.equal(refused.json.code, 'repository_switched');
    assert.equal((await eventsOf(database)).size, 4);
    const elsewhere = { env: { TIMELINE_REPO_URL: other.folder } };
    assert.equal((await cli.run('git-config', '--repo', other.folder, '--dry-run', elsewhere)).json?.deleted, 2);
    assert.equal((await cli.run('git-config', '--repo', '/somewhere/else', elsewhere)).json.code, 'configuration');
    assert.equal((await cli.run('git-config', '--repo', other.folder, elsewhere)).code, 0);
    const followed = await cli.run('git-pull', '--confirm-deletions', elsewhere);
    assert.deepEqual([followed.code, followed.json.imported, followed.json.deleted], [0, 1, 2], followed.stdout);
    assert.equal((await eventsOf(database)).size, 3);
  });

  it('keeps edits when the repository is switched under the database', async () => {
    const first = await createBareRepo({ files: many(8) });
    const second = await createBareRepo({ files: { ...many(7), [file('2009-09-09--other')]: asMarkdown(event('2009-09-09--other')) } });
    const cli = createCli({ tenants: { one: { TIMELINE_REPO_URL: first.folder } } });
    await cli.must('git-pull');
    const { db_path: database } = await cli.must('git-config', '--show');
    await execute(database, "UPDATE timeline_events SET json_content = json_set(json_content, '$.title', 'Mine') WHERE id = '2001-01-02--event-2'");
    await cli.must('git-config', '--repo', second.folder);
    const report = await cli.must('git-pull');
    assert.deepEqual([report.imported, report.deleted], [1, 1]);
    const events = await eventsOf(database);
    assert.equal(events.size, 8);
    assert.equal(events.get('2001-01-02--event-2').json_content.title, 'Mine');
    await cli.must('git-config', '--repo', first.folder);
    const back = await cli.must('git-pull');
    assert.deepEqual([back.imported, back.deleted], [1, 1]);
    assert.equal((await eventsOf(database)).get('2001-01-02--event-2').json_content.title, 'Mine');
  });

  it('finds events anywhere the operator says, and says so when there is no folder', async () => {
    const repo = await createBareRepo({ files: { 'events/2001-01-01--a.md': asMarkdown(event('2001-01-01--a')) } });
    const cli = createCli({ env: { TIMELINE_REPO_URL: repo.folder } });
    const result = await cli.run('git-pull');
    assert.deepEqual([result.code, result.json.code], [5, 'not_found']);
    assert.match(result.json.error, /TIMELINE_EVENTS_DIR/);
    assert.equal((await cli.run('git-pull', { env: { TIMELINE_EVENTS_DIR: 'events' } })).json.imported, 1);
  });

  it('lets one of two pulls at once win and loses nothing', async () => {
    const { cli, database } = await follow(many(20));
    const results = await Promise.all([cli.run('git-pull'), cli.run('git-pull'), cli.run('git-pull')]);
    for (const { code, json } of results) assert.ok(code === 0 || (code === 6 && json.code === 'locked'), JSON.stringify(json));
    assert.ok(results.some(({ code }) => code === 0));
    await cli.must('git-pull');
    assert.equal((await eventsOf(database)).size, 20);
  });
});
