// Two repositories behind one database, there and back: neither mixes with the other, and nothing that was done here is lost.
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { eventsOf, execute, query } from './lib/database.js';
import { asMarkdown, EVENTS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { run } from './lib/process.js';
import { tempDir } from './lib/temp.js';
import { createCli } from './lib/tideline.js';

const event = (id, extra = {}) => ({ id, date: id.slice(0, 10), title: `About ${id}`, importance: 5, tags: ['one'], actors: ['Somebody'],
  sources: [{ title: 'A source', url: 'https://example.org/a', publisher: 'Example', date: '2001-01-01', tier: 1 }],
  body: 'Something happened.', ...extra });
const file = (id) => `${EVENTS}/${id}.md`;
const ids = Array.from({ length: 12 }, (_, i) => `2001-01-${String(i + 1).padStart(2, '0')}--event-${i + 1}`);
const [ONE, TWO, THREE] = ids;
const NEW = '2001-02-01--written-here';
const filesOf = (changes = {}) => Object.fromEntries(ids.filter((id) => changes[id] !== null)
  .map((id) => [file(id), asMarkdown(event(id, changes[id]))]));

/** An edit as another program of the research tools makes it. */
const edit = (database, id, changes) => execute(database, `UPDATE timeline_events SET json_content = json_set(json_content${
  Object.entries(changes).map(([key, value]) => `, '$.${key}', json('${JSON.stringify(value).replaceAll("'", "''")}')`).join('')
}) WHERE id = '${id}'`);

/** A database that follows `home`, and a fork of it that has `changes`. */
async function follow(changes = {}, more = {}) {
  const home = await createBareRepo({ files: filesOf() });
  const fork = await createBareRepo({ files: { ...filesOf(changes), ...more } });
  const database = path.join(tempDir('database'), 'timeline.db');
  const cli = createCli({ tenants: { us: { TIMELINE_REPO_URL: home.folder, DB_PATH: database } } });
  const at = { database, cli, home, fork };
  at.pull = async (...args) => {
    const answer = await cli.run('git-pull', ...args);
    assert.ok(answer.code === 0 || answer.code === 3, answer.stdout + answer.stderr);
    return answer.json;
  };
  at.to = async (repo, ...args) => {
    await cli.must('git-config', '--repo', repo.folder);
    return at.pull(...args);
  };
  at.show = (id) => cli.must('event', 'show', id);
  at.title = async (id) => (await eventsOf(database)).get(id)?.json_content.title;
  at.metadata = async (id) => (await query(database, `SELECT * FROM event_metadata WHERE event_id = '${id}'`))[0];
  at.validate = (id, notes = 'Seen by Ann') => cli.must('event', 'validate', id, '--status', 'validated', '--score', '8', '--notes', notes);
  at.add = async (id, extra) => cli.must('event', 'add', '-', { input: asMarkdown(event(id, extra)) });
  await at.to(home);
  return at;
}

const contents = async (database) => new Map([...await eventsOf(database)].map(([id, row]) => [id, row.json_content]));

describe('repositories behind one database', () => {
  it('come back to what they were when nothing was edited, however often', async () => {
    const { database, home, fork, to } = await follow({ [ONE]: { title: 'Of the fork' }, [TWO]: null }, { [file(NEW)]: asMarkdown(event(NEW)) });
    const before = await contents(database);
    for (let round = 0; round < 3; round += 1) {
      await to(fork);
      const there = await contents(database);
      assert.equal(there.get(ONE).title, 'Of the fork');
      assert.ok(!there.has(TWO) && there.has(NEW));
      await to(home);
      assert.deepEqual(await contents(database), before);
      const status = await query(database, "SELECT DISTINCT state FROM tl_event");
      assert.deepEqual(status, [{ state: 'merged' }]);
    }
  });

  it('keep what reviewers said about an event that the other one lacks', async () => {
    const { database, home, fork, to, validate, metadata } = await follow({ [ONE]: null });
    await execute(database, 'ALTER TABLE event_metadata ADD COLUMN of_another_tool BLOB');
    await validate(ONE);
    await execute(database, `UPDATE event_metadata SET research_priority_id = 'RT-7', reserved_by = 'Bob', ai_summary = 'Short', of_another_tool = x'00ff' WHERE event_id = '${ONE}';
      INSERT INTO event_export_status (event_id, exported, export_date, pr_number, merged) VALUES ('${ONE}', 1, '2024-01-01 00:00:00.000000', 12, 1)`);
    const before = await metadata(ONE);
    await to(fork);
    assert.equal(await metadata(ONE), undefined);
    await to(home);
    assert.deepEqual(await metadata(ONE), before);
    assert.deepEqual(await query(database, `SELECT exported, pr_number, merged FROM event_export_status WHERE event_id = '${ONE}'`),
      [{ exported: 1, pr_number: 12, merged: 1 }]);
    assert.deepEqual(await query(database, 'SELECT * FROM tl_parked WHERE repository = (SELECT id FROM tl_followed)'), []);
  });

  it('keep it also when the other one loses the event later', async () => {
    const { home, fork, to, pull, validate, metadata } = await follow();
    await validate(ONE);
    const before = await metadata(ONE);
    await to(fork);
    await fork.commit({ [file(ONE)]: null });
    await pull();
    assert.equal(await metadata(ONE), undefined);
    await to(home);
    assert.deepEqual(await metadata(ONE), before);
  });

  it('keep an edit that equals the other one', async () => {
    const { database, home, fork, to, show, validate, metadata } = await follow({ [ONE]: { title: 'The better title' } });
    await edit(database, ONE, { title: 'The better title' });
    await validate(ONE);
    const before = await metadata(ONE);
    await to(fork);
    assert.equal((await show(ONE)).state, 'merged');
    await to(home);
    const back = await show(ONE);
    assert.equal(back.event.title, 'The better title');
    assert.equal(back.state, 'validated');
    assert.deepEqual(await metadata(ONE), before);
  });

  it('keep an addition that equals what the other one has', async () => {
    const { home, fork, to, show, add, validate } = await follow({}, { [file(NEW)]: asMarkdown(event(NEW)) });
    await add(NEW);
    await validate(NEW);
    await to(fork);
    assert.equal((await show(NEW)).state, 'merged');
    await to(home);
    assert.deepEqual([(await show(NEW)).state, (await show(NEW)).change], ['validated', 'added']);
  });

  it('do not leak the one\'s changes into the other when both were merged with an edit', async () => {
    const { database, home, fork, to, show } = await follow({ [ONE]: { importance: 9, tags: ['one', 'fork'], body: 'Something happened in the fork.' } });
    const { event: before } = await show(ONE);
    await edit(database, ONE, { title: 'Edited here' });
    await to(fork);
    const there = await show(ONE);
    assert.deepEqual([there.event.title, there.event.importance, there.event.tags], ['Edited here', 9, ['one', 'fork']]);
    assert.equal(there.change, 'changed');
    await to(home);
    const back = await show(ONE);
    assert.deepEqual([back.event.title, back.event.importance, back.event.tags, back.event.body ?? back.event.summary], ['Edited here', 5, ['one'], 'Something happened.']);
    assert.deepEqual(back.event, { ...before, title: 'Edited here' });
  });

  it('take along what was edited there, and only that', async () => {
    const { database, home, fork, to, show } = await follow({ [ONE]: { importance: 9 } });
    await edit(database, ONE, { title: 'Edited here' });
    await to(fork);
    await edit(database, ONE, { title: 'Edited again', tags: ['one', 'two'] });
    await edit(database, TWO, { title: 'Edited there' });
    await to(home);
    assert.deepEqual([(await show(ONE)).event.title, (await show(ONE)).event.importance, (await show(ONE)).event.tags], ['Edited again', 5, ['one', 'two']]);
    assert.equal((await show(TWO)).event.title, 'Edited there');
    await to(fork);
    assert.deepEqual([(await show(ONE)).event.title, (await show(ONE)).event.importance, (await show(ONE)).event.tags], ['Edited again', 9, ['one', 'two']]);
  });

  it('ask a person where an edit of the other one\'s value meets another value', async () => {
    const { database, home, fork, to } = await follow({ [ONE]: { importance: 9 } });
    await edit(database, ONE, { title: 'Edited here' });
    await to(fork);
    await edit(database, ONE, { importance: 10 });
    const back = await to(home);
    assert.deepEqual(back.conflicts.map(({ id, fields }) => [id, fields]), [[ONE, ['importance']]]);
  });

  it('open a conflict again as it was', async () => {
    const { database, cli, home, fork, to, pull, show } = await follow();
    await edit(database, ONE, { title: 'Mine' });
    await home.commit({ [file(ONE)]: asMarkdown(event(ONE, { title: 'Theirs' })) });
    assert.equal((await pull()).conflicts.length, 1);
    assert.deepEqual((await to(fork)).conflicts, []);
    assert.deepEqual([(await show(ONE)).event.title, (await show(ONE)).state], ['Mine', 'draft']);
    const back = await to(home);
    assert.deepEqual(back.conflicts.map(({ id, fields }) => [id, fields]), [[ONE, ['title']]]);
    assert.equal((await cli.must('git-status', '--offline')).conflicts, 1);
  });


  it('keep a removal that the other one has made', async () => {
    const { cli, home, fork, to, show, validate } = await follow({ [ONE]: null });
    await cli.must('event', 'delete', ONE);
    await validate(ONE);
    await to(fork);
    assert.equal((await cli.run('event', 'show', ONE)).code, 5);
    await to(home);
    assert.deepEqual([(await show(ONE)).state, (await show(ONE)).change], ['validated', 'removed']);
    const sent = await cli.must('create-pr', '--dry-run');
    assert.match(sent.diff, new RegExp(`deleted|${ONE}`));
  });

  it('keep an addition whose id the other one has with another content, settled there as theirs', async () => {
    const { cli, home, fork, to, show, add } = await follow({}, { [file(NEW)]: asMarkdown(event(NEW, { title: 'Another one' })) });
    await add(NEW, { title: 'Mine' });
    assert.equal((await to(fork)).conflicts.length, 1);
    await cli.must('conflict', 'resolve', NEW, '--take', 'theirs');
    assert.equal((await show(NEW)).event.title, 'Another one');
    await to(home);
    const back = await show(NEW);
    assert.deepEqual([back.event.title, back.change], ['Mine', 'added']);
    assert.deepEqual((await cli.must('conflict', 'list')).conflicts, []);
  });

  it('let nothing count as reviewed that was written anew there', async () => {
    const { cli, database, home, fork, to, show, add, validate } = await follow({ [ONE]: null });
    await edit(database, ONE, { title: 'Mine' });
    await validate(ONE);
    assert.equal((await to(fork)).conflicts.length, 1);
    await cli.must('conflict', 'resolve', ONE, '--take', 'theirs');
    await add(ONE, { title: 'Written anew' });
    await to(home);
    const back = await show(ONE);
    assert.deepEqual([back.event.title, back.state], ['Written anew', 'draft']);
  });

  it('let a draft that was deleted there stay deleted', async () => {
    const { cli, home, fork, to, add } = await follow();
    await add(NEW);
    await to(fork);
    await cli.must('event', 'delete', NEW);
    await to(home);
    assert.equal((await cli.run('event', 'show', NEW)).code, 5);
  });
});

describe('a pull request of the one', () => {
  const send = async (at, id) => {
    await edit(at.database, id, { title: 'Sent' });
    await at.validate(id);
    return at.cli.must('create-pr');
  };
  const exported = (database, id) => query(database, `SELECT exported, pr_number, merged FROM event_export_status WHERE event_id = '${id}'`);

  it('says nothing about what is to be sent to the other', async () => {
    const at = await follow();
    const { pr_number: number } = await send(at, ONE);
    assert.equal((await at.show(ONE)).state, 'exported');
    await at.to(at.fork);
    assert.equal((await at.show(ONE)).state, 'validated');
    assert.equal((await at.cli.must('git-status', '--offline')).open_pull_requests, 0);
    assert.deepEqual(await exported(at.database, ONE), [{ exported: 0, pr_number: null, merged: 0 }]);
    const there = await at.cli.must('create-pr');
    assert.equal((await at.show(ONE)).state, 'exported');
    await at.to(at.home);
    assert.equal((await at.show(ONE)).state, 'exported');
    assert.deepEqual(await exported(at.database, ONE), [{ exported: 1, pr_number: number, merged: 0 }]);
    assert.equal((await at.cli.run('create-pr')).code, 4, 'it is on its way already');
    assert.ok(there.branch);
  });

  it('is found merged when its repository is followed again', async () => {
    const at = await follow({ [ONE]: { importance: 9 } });
    const { branch, pr_number: number } = await send(at, ONE);
    await at.to(at.fork);
    await at.home.merge(branch, { base: 'main', method: 'squash' });
    const back = await at.to(at.home);
    assert.deepEqual(back.conflicts, []);
    assert.deepEqual([(await at.show(ONE)).state, (await at.show(ONE)).event.title, (await at.show(ONE)).event.importance], ['merged', 'Sent', 5]);
    assert.deepEqual(await exported(at.database, ONE), [{ exported: 1, pr_number: number, merged: 1 }]);
    await at.to(at.fork);
    assert.deepEqual([(await at.show(ONE)).state, (await at.show(ONE)).event.title, (await at.show(ONE)).event.importance], ['validated', 'Sent', 9]);
  });

  it('was merged with what reviewers made of it: that is no conflict', async () => {
    const at = await follow({ [ONE]: { importance: 9 } });
    const { branch } = await send(at, ONE);
    await at.to(at.fork);
    const text = (await at.home.read(file(ONE), branch)).replace('title: Sent', 'title: Sent and reviewed');
    await at.home.commit({ [file(ONE)]: text }, { branch });
    await at.home.merge(branch, { base: 'main', method: 'merge' });
    const back = await at.to(at.home);
    assert.deepEqual(back.conflicts, []);
    assert.deepEqual([(await at.show(ONE)).state, (await at.show(ONE)).event.title], ['merged', 'Sent and reviewed']);
  });

  it('may be edited on while it is open, there too', async () => {
    const at = await follow({ [ONE]: { importance: 9 } });
    const { branch } = await send(at, ONE);
    await edit(at.database, ONE, { title: 'Sent and edited on' });
    await at.validate(ONE);
    await at.to(at.fork);
    await edit(at.database, ONE, { tags: ['one', 'two'] });
    await at.home.merge(branch, { base: 'main', method: 'squash' });
    const back = await at.to(at.home);
    assert.deepEqual(back.conflicts, []);
    const { event: now, change } = await at.show(ONE);
    assert.deepEqual([now.title, now.tags, now.importance, change], ['Sent and edited on', ['one', 'two'], 5, 'changed']);
  });

  it('is not begun before the other repository was pulled', async () => {
    const at = await follow();
    await edit(at.database, ONE, { title: 'Edited' });
    await at.validate(ONE);
    await at.cli.must('git-config', '--repo', at.fork.folder);
    const refused = await at.cli.run('create-pr');
    assert.equal(refused.json.code, 'repository_switched');
    assert.match(refused.json.error, /git-pull/);
  });
});

describe('git-config --dry-run', () => {
  it('says how the other one differs from what is here, and changes nothing', async () => {
    const at = await follow({ [ONE]: { title: 'Of the fork' }, [TWO]: null, [THREE]: { title: 'Theirs' } }, { [file(NEW)]: asMarkdown(event(NEW)) });
    await edit(at.database, THREE, { title: 'Mine' });
    await edit(at.database, ids[3], { title: 'Edited' });
    await edit(at.database, ids[4], { title: 'Edited' });
    await at.fork.commit({ [file(ids[4])]: asMarkdown(event(ids[4], { importance: 9 })) });
    await at.show(ONE);
    const tables = async () => Promise.all(['timeline_events', 'event_metadata', 'event_export_status', 'sync_status', 'tl_event', 'tl_file',
      'tl_repository', 'tl_setting', 'tl_parked', 'tl_conflict', 'tl_revision'].map((table) => query(at.database, `SELECT * FROM ${table}`)));
    const before = await tables();
    const answer = await at.cli.must('git-config', '--repo', at.fork.folder, '--dry-run');
    assert.deepEqual(await tables(), before);
    const named = Object.fromEntries(Object.entries(answer.events).map(([kind, list]) => [kind, list.map(({ id, date, title }) => [id, date, title])]));
    assert.deepEqual(named, {
      imported: [[NEW, NEW.slice(0, 10), `About ${NEW}`]],
      updated: [[ONE, ONE.slice(0, 10), 'Of the fork']],
      deleted: [[TWO, TWO.slice(0, 10), `About ${TWO}`]],
      merged: [[ids[4], ids[4].slice(0, 10), 'Edited']],
      conflicts: [[THREE, THREE.slice(0, 10), 'Mine']],
      pending: [[ids[3], ids[3].slice(0, 10), 'Edited'], [ids[4], ids[4].slice(0, 10), 'Edited']],
    });
    assert.deepEqual([answer.repo_url, answer.now.repo_url, answer.needs_confirmation], [at.fork.folder, at.home.folder, false]);
    assert.equal((await at.cli.must('git-config', '--show')).repo_url, at.home.folder);
    const { stdout: text } = await at.cli.run('--text', 'git-config', '--repo', at.fork.folder, '--dry-run');
    for (const words of [/Only there/, /Only here/, /Different there/, /Merged into your edits/, /Your changes/, /a person would have to decide/, /git-config --repo/])
      assert.match(text, words);
  });

  it('tells of a branch, and refuses what it cannot compare', async () => {
    const at = await follow();
    await at.home.setBranch('drafts', await at.home.tip());
    await at.home.commit({ [file(NEW)]: asMarkdown(event(NEW)) }, { branch: 'drafts' });
    assert.equal((await at.cli.must('git-config', '--branch', 'drafts', '--dry-run')).imported, 1);
    assert.equal((await at.cli.run('git-config', '--branch', 'absent', '--dry-run')).json.code, 'branch_not_found');
    assert.equal((await at.cli.run('git-config', '--dry-run')).json.code, 'usage');
    assert.equal((await at.cli.run('git-config', '--repo', at.fork.folder, '--unset', 'TIMELINE_BRANCH', '--dry-run')).json.code, 'usage');
  });

  it('leaves the mirror of a shared workspace alone', async () => {
    const home = await createBareRepo({ files: filesOf() });
    const fork = await createBareRepo({ files: filesOf({ [ONE]: null }) });
    const workspace = path.join(tempDir('workspace'), 'mirror');
    const cli = createCli({ tenants: { us: { TIMELINE_REPO_URL: home.folder, WORKSPACE_ISOLATION: 'false', TIMELINE_WORKSPACE: workspace } } });
    await cli.must('git-pull');
    assert.equal((await cli.must('git-config', '--repo', fork.folder, '--dry-run')).deleted, 1);
    const { stdout } = await run('cat', [path.join(workspace, 'tideline-mirror')]);
    assert.equal(stdout.trim(), home.folder);
    assert.equal((await cli.must('git-pull')).unchanged, ids.length);
  });
});
