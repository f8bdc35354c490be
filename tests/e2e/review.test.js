// Review at the command line: the queue, reservations, verdicts about one and about many, and a removal on its whole way.
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { eventsOf, execute, query } from './lib/database.js';
import { asMarkdown, EVENTS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { tempDir } from './lib/temp.js';
import { createCli } from './lib/tideline.js';

const ids = Array.from({ length: 8 }, (_, i) => `2001-01-0${i + 1}--event-${i + 1}`);
const event = (id, extra = {}) => ({ id, date: id.slice(0, 10), title: `About ${id} and what came of it`, importance: 5, tags: ['one'], actors: ['Somebody'],
  sources: [{ title: 'A source', url: `https://example.org/${id}`, publisher: 'Example', date: '2001-01-01', tier: 1 }], body: 'Something happened.', ...extra });
const file = (id) => `${EVENTS}/${id}.md`;

async function follow(there = ids) {
  const repo = await createBareRepo({ files: Object.fromEntries(there.map((id) => [file(id), asMarkdown(event(id))])) });
  const database = path.join(tempDir('database'), 'timeline.db');
  const cli = createCli({ env: { TIMELINE_REPO_URL: repo.folder, DB_PATH: database } });
  await cli.must('git-pull');
  const edit = (id, title) => execute(database, `UPDATE timeline_events SET json_content = json_set(json_content, '$.title', '${title}') WHERE id = '${id}'`);
  const queue = async (...args) => (await cli.must('event', 'queue', ...args)).events.map((one) => one.id);
  return { repo, cli, database, edit, queue, show: (id) => cli.must('event', 'show', id) };
}

describe('review', () => {
  it('lists what waits, longest first, by what it is', async () => {
    const { cli, edit, queue } = await follow();
    assert.deepEqual(await queue(), []);
    for (const id of [ids[3], ids[1]]) {
      await edit(id, `Edited ${id}`);
      await cli.must('event', 'list');
    }
    await cli.must('event', 'add', '-', { input: JSON.stringify(event('2001-02-01--new', { title: 'Something new' })) });
    await cli.must('event', 'delete', ids[0]);
    assert.deepEqual(await queue(), [ids[3], ids[1], '2001-02-01--new', ids[0]]);
    assert.deepEqual([await queue('--change', 'changed'), await queue('--change', 'added'), await queue('--change', 'removed')],
      [[ids[3], ids[1]], ['2001-02-01--new'], [ids[0]]]);
    const { events: [first], next_cursor: cursor, total } = await cli.must('event', 'queue', '--limit', '3');
    assert.deepEqual([first.title, first.change, first.updated_by, total], [`Edited ${ids[3]}`, 'changed', 'another program', 4]);
    assert.deepEqual(await queue('--limit', '3', '--cursor', cursor), [ids[0]]);
    const { stdout } = await cli.run('--text', 'event', 'queue', '--limit', '3');
    assert.match(stdout, /WAITING SINCE +CHANGE +SCORE[^]*changed[^]*Edited[^]*3 of 4 events[^]*--cursor/);
    for (const args of [['--change', 'none'], ['--limit', '0'], ['--limit', '1001']]) assert.equal((await cli.run('event', 'queue', ...args)).code, 2);
    assert.equal((await cli.run('event', 'queue', '--cursor', 'x')).json.code, 'invalid_input');
  });

  it('reserves for an hour, takes over when that is said, and lets go', async () => {
    const { cli, database, edit, queue, show } = await follow();
    const [id] = ids;
    await edit(id, 'Edited');
    const reserved = await cli.must('event', 'reserve', id);
    assert.ok(reserved.reservation.mine && Math.abs(Date.parse(reserved.reservation.until) - Date.now() - 3600000) < 60000);
    assert.deepEqual([reserved.state, reserved.revision, reserved.validation.status], ['draft', 2, 'in_progress']);
    await execute(database, `UPDATE event_metadata SET reserved_by = 'agent 7' WHERE event_id = '${id}'`);
    assert.deepEqual([await queue(), await queue('--free')], [[id], []]);
    const refused = await cli.run('event', 'reserve', id);
    assert.deepEqual([refused.code, refused.json.code], [1, 'already_exists']);
    assert.match(refused.json.error, /reserved by agent 7 until \d{4}-.*Z\. Take it over/);
    assert.equal((await cli.run('event', 'release', id)).json.code, 'already_exists');
    assert.ok((await cli.must('event', 'reserve', id, '--take-over')).reservation.mine);
    assert.equal((await cli.must('event', 'release', id)).reservation, null);
    assert.equal((await cli.must('event', 'release', id)).validation.status, 'pending');
    await execute(database, `UPDATE event_metadata SET reserved_by = 'agent 7', validation_status = 'in_progress', reserved_at = datetime('now', '-61 minutes') WHERE event_id = '${id}'`);
    assert.deepEqual([(await show(id)).reservation, await queue('--free')], [null, [id]], 'its hour is over');
    assert.match((await cli.run('--text', 'event', 'reserve', id)).stdout, /is reserved for \S+ until 2/);
    assert.equal((await show(id)).revision, 2);
    assert.equal((await cli.run('event', 'reserve', ids[1])).json.code, 'nothing_to_do');
    assert.deepEqual([(await cli.run('event', 'reserve', 'none')).code, (await cli.run('event', 'release', 'none')).code], [5, 5]);
  });

  it('keeps every verdict, and takes none about what nobody looked at', async () => {
    const { cli, database, edit, show } = await follow();
    const [id] = ids;
    await edit(id, 'Edited');
    await cli.must('event', 'reserve', id);
    const back = await cli.must('event', 'validate', id, '--status', 'pending', '--notes', 'Name the source', '--revision', '2');
    assert.deepEqual([back.state, back.reservation], ['draft', null]);
    const { events: [row] } = await cli.must('event', 'queue');
    assert.deepEqual([row.sent_back, row.notes], [true, 'Name the source']);
    await edit(id, 'Edited again');
    const stale = await cli.run('event', 'validate', id, '--status', 'validated', '--revision', '2');
    assert.deepEqual([stale.code, stale.json.code], [1, 'stale']);
    assert.match(stale.json.error, /at revision 3 by now, changed by another program/);
    await cli.must('event', 'validate', id, '--status', 'validated', '--score', '9', '--revision', '3');
    await execute(database, `UPDATE event_metadata SET validation_status = 'rejected', validation_notes = 'Not ours' WHERE event_id = '${id}'`);
    const { verdicts, state } = await show(id);
    assert.deepEqual(verdicts.map((one) => [one.status, one.revision, one.notes]),
      [['rejected', 3, 'Not ours'], ['validated', 3, null], ['pending', 2, 'Name the source']]);
    assert.deepEqual([state, verdicts[0].author, verdicts[1].score], ['rejected', 'another program', 9]);
    const silent = await cli.must('event', 'validate', id, '--status', 'rejected');
    assert.deepEqual(silent.warnings.map((one) => one.rule), ['no_reason']);
    assert.match((await cli.run('--text', 'event', 'validate', id, '--status', 'rejected')).stdout, /rejected without a reason/);
  });

  it('returns to review what is edited after its verdict, by whomever', async () => {
    const { cli, edit, queue, show } = await follow();
    for (const id of ids.slice(0, 2)) {
      await edit(id, `Edited ${id}`);
      await cli.must('event', 'validate', id, '--status', 'validated', '--score', '8');
    }
    assert.equal((await cli.must('create-pr', '--dry-run')).events_count, 2);
    await edit(ids[0], 'By another program');
    await cli.must('event', 'edit', ids[1], '-', { input: JSON.stringify(event(ids[1], { title: 'By a person, through Tideline' })) });
    assert.deepEqual([await queue(), (await cli.run('create-pr')).code], [[ids[1], ids[0]].sort(), 4]);
    assert.deepEqual([(await show(ids[0])).validation.status, (await show(ids[1])).validation.status], ['pending', 'pending']);
  });

  it('gives the same verdict about many, and reports each', async () => {
    const { cli, edit, queue } = await follow();
    for (const id of ids.slice(0, 4)) await edit(id, `Edited ${id}`);
    const good = await cli.must('event', 'validate', ids[0], ids[1], '--status', 'validated', '--score', '7');
    assert.deepEqual([good.success, good.validated, good.refused, good.events.map((one) => one.score)], [true, 2, 0, [7, 7]]);
    const some = await cli.run('event', 'validate', ids[2], 'none', ids[3], '--status', 'validated');
    assert.deepEqual([some.code, some.json.success, some.json.validated, some.json.refused], [1, false, 2, 1]);
    assert.deepEqual(some.json.events.map((one) => [one.id, one.result, one.code]), [[ids[2], 'validated', null], ['none', 'refused', 'not_found'], [ids[3], 'validated', null]]);
    assert.deepEqual(await queue(), []);
    const text = await cli.run('--text', 'event', 'validate', ids[2], 'none', '--status', 'pending', '--notes', 'Once more');
    assert.match(text.stdout, new RegExp(`pending +${ids[2]}\\nrefused +none: There is no event none`));
    for (const args of [['--status', 'rejected'], ['--status', 'validated', '--revision', '2'], ['--status', 'fine'], []]) {
      assert.notEqual((await cli.run('event', 'validate', ids[2], ids[3], ...args)).code, 0, args.join(' '));
    }
    assert.deepEqual(await queue(), [ids[2]]);
  });

  it('judges more than a thousand at once, in parts', { timeout: 300000 }, async () => {
    const { cli, database } = await follow();
    await execute(database, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
      INSERT INTO timeline_events (id, json_content, date, title, file_path, file_hash)
      SELECT 'many-' || i, json_object('id', 'many-' || i, 'date', '2001-01-01', 'title', 'T ' || i), '2001-01-01', 'T', '', '' FROM n`);
    const many = Array.from({ length: 1200 }, (_, i) => `many-${i + 1}`);
    const report = await cli.must('event', 'validate', ...many, '--status', 'validated', '--score', '5');
    assert.deepEqual([report.validated, report.refused, report.events.length, report.events[1199].id], [1200, 0, 1200, 'many-1200']);
    const [counts] = await query(database, "SELECT (SELECT count(*) FROM tl_event WHERE state = 'validated') AS v, (SELECT count(*) FROM tl_verdict) AS w, (SELECT sum(n) FROM tl_wait) AS q");
    assert.deepEqual(counts, { v: 1200, w: 1200, q: 0 });
  });
});

describe('a removal', () => {
  it('is reviewed, sent, merged, and gone', async () => {
    const { repo, cli, database, queue, show } = await follow();
    const [id] = ids;
    await cli.must('event', 'delete', id);
    assert.deepEqual([(await show(id)).state, (await show(id)).change, await queue('--change', 'removed')], ['draft', 'removed', [id]]);
    assert.equal((await cli.run('create-pr')).code, 4, 'not before somebody has looked');
    const rejected = await cli.must('event', 'validate', id, '--status', 'rejected', '--notes', 'It did happen');
    assert.deepEqual([rejected.state, (await cli.run('create-pr')).code, await queue()], ['rejected', 4, []]);
    const validated = await cli.must('event', 'validate', id, '--status', 'validated', '--score', '8', '--revision', '2');
    assert.deepEqual([validated.state, validated.change, validated.verdicts.map((one) => one.status)], ['validated', 'removed', ['validated', 'rejected']]);
    const dry = await cli.must('create-pr', '--dry-run');
    assert.match(dry.description, /Events Removed/);
    const { branch, events_count: count } = await cli.must('create-pr');
    assert.deepEqual([count, (await show(id)).state], [1, 'exported']);
    assert.deepEqual(await repo.changes('main', branch), { [file(id)]: 'D' });
    await repo.merge(branch, { base: 'main', method: 'merge' });
    const pulled = await cli.must('git-pull');
    assert.deepEqual([pulled.conflicts, pulled.errors], [[], []]);
    assert.equal((await cli.run('event', 'show', id)).code, 5);
    assert.equal((await eventsOf(database)).has(id), false);
    assert.deepEqual([await queue(), (await cli.run('create-pr')).code], [[], 4]);
    assert.equal((await cli.run('check')).code, 0);
  });

  it('that is validated goes out with edits and new events, each in its own section', async () => {
    const { repo, cli, edit } = await follow();
    await cli.must('event', 'delete', ids[0]);
    await edit(ids[1], 'Edited');
    await cli.must('event', 'add', '-', { input: JSON.stringify(event('2001-02-01--new', { title: 'Something new' })) });
    await cli.must('event', 'validate', ids[0], ids[1], '2001-02-01--new', '--status', 'validated');
    const { description } = await cli.must('create-pr', '--dry-run');
    assert.match(description, /Events Added[^]*Something new[^]*Events Updated[^]*Edited[^]*Events Removed[^]*event-1/);
    const { branch, events_count: count } = await cli.must('create-pr');
    assert.equal(count, 3);
    await repo.merge(branch, { base: 'main', method: 'squash' });
    await cli.must('git-pull');
    assert.deepEqual((await cli.must('event', 'list', '--state', 'merged')).total, 8);
  });
});
