// Writing events at the command line: add (one, many, folders), check, edit, delete, restore, history; and what survives a kill.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { query } from './lib/database.js';
import { sampleEvents, SAMPLE_IDS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { waitUntil } from './lib/net.js';
import { tempDir } from './lib/temp.js';
import { createCli } from './lib/tideline.js';

const event = (n, more = {}) => ({ id: `1902-01-01--event-number-${n}`, date: '1902-01-01', title: `The ${n} case`, importance: 5,
  sources: [{ title: 'Minutes', url: `https://archive.example.org/minutes/${n}` }], ...more });
const HARBOUR = { id: '1901-02-03--harbour-opens', date: '1901-02-03', title: 'Harbour opens', tags: ['sea'] };
/** As a Markdown file: JSON values are YAML. */
const markdown = (fields, body = '') => `---\n${Object.entries(fields).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join('')}---\n${body}`;
const json = (value) => ({ input: JSON.stringify(value) });

async function timeline() {
  const repo = await createBareRepo({ files: sampleEvents() });
  const database = path.join(tempDir('db'), 'timeline.db');
  const cli = createCli({ env: { TIMELINE_REPO_URL: repo.folder, DB_PATH: database } });
  await cli.must('git-pull');
  return { repo, cli, database };
}

describe('writing events at the command line', () => {
  it('edits at the revision that was looked at, and shows both versions when there is another', async () => {
    const { cli } = await timeline();
    await cli.must('event', 'add', '-', json(HARBOUR));
    const edited = await cli.must('event', 'edit', HARBOUR.id, '-', '--revision', '1', json({ ...HARBOUR, tags: ['sea', 'trade'] }));
    assert.deepEqual([edited.revision, edited.unchanged, edited.event.tags], [2, false, ['sea', 'trade']]);
    const same = await cli.must('event', 'edit', HARBOUR.id, '-', json({ tags: ['sea', 'trade'], title: HARBOUR.title, date: HARBOUR.date }));
    assert.deepEqual([same.revision, same.unchanged], [2, true]);
    const mine = { ...HARBOUR, title: 'The harbour opens' };
    const stale = await cli.run('event', 'edit', HARBOUR.id, '-', '--revision', '1', json(mine));
    assert.deepEqual([stale.code, stale.json.success, stale.json.code], [1, false, 'stale']);
    assert.deepEqual([stale.json.event.tags, stale.json.yours, stale.json.revision], [['sea', 'trade'], mine, 2]);
    assert.deepEqual(stale.json.since.map(({ field, added }) => [field, added]), [['tags', ['trade']]]);
    const words = await cli.run('--text', 'event', 'edit', HARBOUR.id, '-', '--revision', '1', json(mine));
    assert.match(words.stdout, /at revision 2 now.*\n\nChanged since.*\n {2}tags: \+ trade\n\nWhat yours would change now\n(.*\n)*? {2}title: Harbour opens → The harbour opens\n/);
    assert.match(words.stderr, /^tideline: The event .* was changed meanwhile by /);
    assert.equal((await cli.run('event', 'edit', 'no-such-event', '-', json(HARBOUR))).code, 5);
    const other = await cli.run('event', 'edit', HARBOUR.id, '-', { input: markdown({ ...HARBOUR, id: '1901-02-03--other' }) });
    assert.deepEqual([other.code, other.json.code, other.json.line], [1, 'invalid_event', 2]);
    assert.match((await cli.run('--text', 'event', 'edit', HARBOUR.id, '-', json(mine))).stdout, /^1901-02-03--harbour-opens is draft \(revision 3\)\n/);
    assert.match((await cli.run('--text', 'event', 'edit', HARBOUR.id, '-', json(mine))).stdout, /says this already \(revision 3\)\n$/);
  });

  it('removes, restores and tells the history', async () => {
    const { cli } = await timeline();
    await cli.must('event', 'add', '-', json(HARBOUR));
    await cli.must('event', 'edit', HARBOUR.id, '-', json({ ...HARBOUR, title: 'Opened' }));
    assert.equal((await cli.run('event', 'delete', HARBOUR.id, '--revision', '1')).json.code, 'stale');
    const gone = await cli.must('event', 'delete', HARBOUR.id, '--revision', '2');
    assert.deepEqual([gone.removed, gone.id], ['gone', HARBOUR.id]);
    const lost = await cli.run('event', 'show', HARBOUR.id);
    assert.deepEqual([lost.code, /restored/.test(lost.json.error)], [5, true]);
    const history = await cli.must('event', 'history', HARBOUR.id);
    assert.deepEqual([history.gone, history.title, history.revisions.map(({ reason }) => reason)], [true, 'Opened', ['delete', 'edit', 'add']]);
    assert.deepEqual(history.revisions[1].changes, [{ field: 'title', kind: 'changed', from: 'Harbour opens', to: 'Opened' }]);
    assert.equal((await cli.must('event', 'show', HARBOUR.id, '--revision', '1')).event.title, 'Harbour opens');
    assert.equal((await cli.must('event', 'restore', HARBOUR.id)).event.title, 'Opened');
    const back = await cli.must('event', 'restore', HARBOUR.id, '--revision', '1');
    assert.deepEqual([back.event.title, back.revision, back.change], ['Harbour opens', 5, 'added']);
    assert.equal((await cli.run('event', 'restore', HARBOUR.id)).code, 4);
    const first = await cli.must('event', 'history', HARBOUR.id, '--limit', '2');
    const second = await cli.must('event', 'history', HARBOUR.id, '--limit', '2', '--cursor', first.next_cursor);
    assert.deepEqual([...first.revisions, ...second.revisions].map(({ revision }) => revision), [5, 4, 3, 2]);
    assert.match((await cli.run('--text', 'event', 'history', HARBOUR.id)).stdout, /\n\nRevision 2, edit by .* at \d.*Z\n {2}title: Harbour opens → Opened\n/);
    assert.match((await cli.run('--text', 'event', 'show', HARBOUR.id, '--revision', '2')).stdout, /^Event .*\n(.*\n)*title: Opened\n/);
    assert.equal((await cli.run('event', 'history', 'no-such-event')).code, 5);

    const there = SAMPLE_IDS[0];
    const pending = await cli.must('event', 'delete', there);
    assert.deepEqual([pending.removed, pending.change, pending.state], ['pending', 'removed', 'draft']);
    assert.match((await cli.run('--text', 'event', 'show', there)).stdout, /^Change +to be removed$/m);
    assert.equal((await cli.must('git-pull')).success, true);
    assert.equal((await cli.must('event', 'show', there)).removed, true);
    assert.deepEqual((({ removed, state }) => [removed, state])(await cli.must('event', 'restore', there)), [false, 'merged']);
    assert.equal((await cli.must('check')).success, true);
  });

  it('shows what differs from the repository', async () => {
    const { cli } = await timeline();
    const { event: content } = await cli.must('event', 'show', SAMPLE_IDS[1]);
    const edited = await cli.must('event', 'edit', SAMPLE_IDS[1], '-', json({ ...content, importance: 1 }));
    assert.deepEqual(edited.base_changes, [{ field: 'importance', kind: 'changed', from: content.importance, to: 1 }]);
    assert.match((await cli.run('--text', 'event', 'show', SAMPLE_IDS[1])).stdout, /\nDifferent from the repository\n {2}importance: \d → 1\n/);
    assert.equal((await cli.must('event', 'edit', SAMPLE_IDS[1], '-', json(content))).base_changes, null);
  });

  it('checks without writing', async () => {
    const { cli, database } = await timeline();
    await cli.must('event', 'add', '-', json(event(1)));
    const rows = () => query(database, 'SELECT id, revision FROM tl_event ORDER BY id');
    const before = await rows();
    const checked = await cli.must('event', 'check', '-', json({ date: '1902-01-01', title: 'The 1. CASE!', sources: ['http://ARCHIVE.example.org:80/minutes/1/#p3'] }));
    assert.deepEqual([checked.id, checked.proposed_id, checked.new, checked.current], ['1902-01-01--the-1-case', true, true, null]);
    assert.deepEqual(checked.duplicates.map(({ id, why, url }) => [id, why, url]), [[event(1).id, 'title', 'https://archive.example.org/minutes/1']]);
    assert.ok(checked.deductions.length && checked.automatic_score < 10);
    const change = await cli.must('event', 'check', '-', '--edit', event(1).id, json({ ...event(1), importance: 6 }));
    assert.deepEqual([change.new, change.changes.map(({ field }) => field), change.duplicates, change.current.revision], [false, ['importance'], [], 1]);
    assert.match((await cli.run('--text', 'event', 'check', '-', json(event(1)))).stdout, /\nThese may tell of the same\n {2}.*\(the same id\)\n/);
    assert.equal((await cli.run('event', 'check', '-', { input: '---\ntitle: x\n---\n' })).json.code, 'invalid_event');
    assert.deepEqual(await rows(), before);
  });

  it('adds arrays, several files and folders, and says of each what became of it', async () => {
    const { cli } = await timeline();
    const folder = tempDir('many');
    const array = path.join(folder, 'array.json');
    writeFileSync(array, JSON.stringify([event(1), event(2), 7, { date: '1902' }, event(1, { title: 'Other' }), event(2)]));
    const report = await cli.run('event', 'add', array);
    assert.deepEqual([report.code, report.json.success, report.json.added, report.json.unchanged, report.json.refused], [1, false, 2, 1, 3]);
    assert.deepEqual(report.json.events.map(({ index, id, result, code }) => [index, id, result, code]), [
      [1, event(1).id, 'added', null], [2, event(2).id, 'added', null], [3, null, 'refused', 'invalid_event'],
      [4, null, 'refused', 'invalid_fields'], [5, event(1).id, 'refused', 'already_exists'], [6, event(2).id, 'unchanged', null]]);
    assert.deepEqual(report.json.events[4].duplicates.map(({ id, why }) => [id, why])[0], [event(1).id, 'id']);
    assert.equal((await cli.must('event', 'show', event(1).id)).event.title, 'The 1 case');

    const events = path.join(folder, 'events');
    mkdirSync(path.join(events, 'below.md'), { recursive: true });
    writeFileSync(path.join(events, 'b.md'), markdown(event(3), '\nIt happened.\n'));
    writeFileSync(path.join(events, 'a.json'), JSON.stringify(event(4)));
    writeFileSync(path.join(events, '1903-01-01--named-by-its-file.yaml'), "date: '1903-01-01'\ntitle: Named by its file\n");
    writeFileSync(path.join(events, 'c.json'), '{"date": "1902-01-01",\n "title": ');
    writeFileSync(path.join(events, 'large.json'), JSON.stringify(event(5, { summary: 'x'.repeat(1024 * 1024) })));
    for (const name of ['README.md', '_index.md', 'notes.txt']) writeFileSync(path.join(events, name), 'nothing');
    const mixed = await cli.run('event', 'add', events, array, '-', json(HARBOUR));
    assert.equal(mixed.code, 1);
    assert.deepEqual(mixed.json.events.slice(0, 5).map(({ name, id, result, code, line }) => [path.basename(name), id, result, code, line]), [
      ['1903-01-01--named-by-its-file.yaml', '1903-01-01--named-by-its-file', 'added', null, null], ['a.json', event(4).id, 'added', null, null],
      ['b.md', event(3).id, 'added', null, null], ['c.json', null, 'refused', 'invalid_event', 2], ['large.json', null, 'refused', 'too_large', null]]);
    assert.deepEqual(mixed.json.events.at(-1), { name: '-', index: null, id: HARBOUR.id, result: 'added', code: null, error: null, line: null, duplicates: [] });
    assert.equal(mixed.json.events.length, 5 + 6 + 1);

    assert.deepEqual((({ code, json: { success, added, unchanged } }) => [code, success, added, unchanged])(
      await cli.run('event', 'add', '-', json([event(1), event(2)]))), [0, true, 0, 2]);
    const text = await cli.run('--text', 'event', 'add', array);
    assert.equal(text.code, 1);
    assert.match(text.stdout, /^0 added, 3 unchanged, 3 refused\n\nRefused\n {2}.*array\.json\[3\]: /);
    assert.match(text.stderr, /^tideline: 3 of 6 events were refused; the others are there\.\n$/);
    for (const [words, code, name] of [[[tempDir('empty')], 5, 'not_found'], [[array, '/no/such/file'], 5, 'not_found'], [[], 2, 'usage']]) {
      const { code: status, json: answer } = await cli.run('event', 'add', ...words);
      assert.deepEqual([status, answer.code], [code, name], words.join(' '));
    }
    const broken = await cli.run('event', 'add', '-', { input: '[{"date": "1902-01-01"},\n' });
    assert.deepEqual([broken.code, broken.json.events.length, broken.json.events[0].code], [1, 1, 'invalid_event']);
    const much = await cli.run('event', 'add', '-', json(Array.from({ length: 10001 }, (_, i) => i)));
    assert.deepEqual([much.code, much.json.code], [1, 'too_large']);
    assert.equal((await cli.must('check')).success, true);
  });

  it('keeps what a bulk has written when it is killed, and goes on from there', async () => {
    const { cli, database } = await timeline();
    const file = path.join(tempDir('bulk'), 'bulk.json');
    const dated = (i) => {
      const date = new Date(Date.UTC(1902, 0, 1 + i)).toISOString().slice(0, 10);
      return event(i, { id: `${date}--event-number-${i}`, date });
    };
    const all = Array.from({ length: 3000 }, (_, i) => dated(i));
    writeFileSync(file, JSON.stringify(all));
    const count = async () => (await query(database, "SELECT count(*) AS n FROM timeline_events WHERE id LIKE '%--event-number-%'"))[0].n;
    const adding = await cli.begin(['event', 'add', file]);
    await waitUntil(async () => await count() > 0, { what: 'the first chunk', timeoutMs: 60000 });
    adding.signal('SIGKILL');
    await adding.ended;
    const kept = await count();
    assert.ok(kept >= 100 && kept < 3000 && kept % 100 === 0, `${kept} are there`);
    assert.equal((await cli.must('check')).success, true);
    const again = await cli.must('event', 'add', file);
    assert.deepEqual([again.unchanged, again.added], [kept, 3000 - kept]);
    assert.equal(await count(), 3000);
    assert.equal((await cli.must('event', 'list', '--query', 'case', '--limit', '1')).total_is_exact, false);
  });

  it('sends a removal once it is validated', async () => {
    const { cli } = await timeline();
    await cli.must('event', 'delete', SAMPLE_IDS[0]);
    await cli.must('event', 'validate', SAMPLE_IDS[0], '--status', 'validated');
    const dry = await cli.must('create-pr', '--dry-run');
    assert.deepEqual(dry.files.map(({ event: id, change }) => [id, change]), [[SAMPLE_IDS[0], 'removed']]);
  });
});
