// Living beside the research tools: one database, made by them, in which they go on writing with plain SQL while Tideline
// pulls, reviews and sends. What they write is noticed, what is theirs is left alone, and what they read is true.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { execute, query } from './lib/database.js';
import { asJson, asMarkdown, EVENTS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { mustRun } from './lib/process.js';
import {
  dumps,
  holdDatabase,
  insertEvent,
  insertMetadata,
  makeResearchDatabase,
  OTHER_TABLES
} from './lib/research.js';
import { tempDir } from './lib/temp.js';
import { createCli, startService } from './lib/tideline.js';

const event = (id, extra = {}) => ({
  id,
  date: id.slice(0, 10),
  title: `About ${id}`,
  importance: 6,
  tags: ['harbour', 'café'],
  actors: ['Zoë Nilsson'],
  sources: [{
    url: 'https://example.org/a',
    title: 'A source',
    publisher: 'Example',
    date: '2001-01-01',
    tier: 1
  }],
  body: 'Something happened; the minutes say what.',
  status: 'confirmed',
  ...extra
});
/** As the tools keep what they read: the text below the front matter is the summary. */
const stored = ({ body, ...fields }) => ({ ...fields, summary: body });
const file = (id, ending = 'md') => `${EVENTS}/${id}.${ending}`;

const EQUAL = '2001-01-01--equal';
const OLD = '2001-01-02--old';
const EDITED = '2001-01-03--edited-and-validated';
const REJECTED = '2001-01-04--rejected';
const TWIN = '2001-01-05--twin';
const LINKED = '2001-01-06--linked';
const EXTRA = '2001-02-01--only-here';
const READY = '2001-02-02--only-here-and-validated';
const IN_REPO = [EQUAL, OLD, EDITED, REJECTED, TWIN, LINKED];

const repoFiles = () => ({
  ...Object.fromEntries(IN_REPO.map((id) => [file(id), asMarkdown(event(id))])),
  [file(TWIN, 'json')]: asJson(event(TWIN, { title: 'The other twin' }))
});

async function timeline({ linked = true } = {}) {
  const repo = await createBareRepo({ files: repoFiles() });
  const database = path.join(tempDir('research'), 'unified.db');
  await makeResearchDatabase(
    database,
    [
      {
        event: stored(event(EQUAL)),
        status: 'validated',
        score: 9.5,
        notes: 'Checked twice.',
        priority: 'RP-1'
      },
      { event: stored(event(OLD, { title: 'An older title' })), status: 'pending' },
      {
        event: stored(event(EDITED, { title: 'A better title', importance: 9 })),
        status: 'validated',
        score: 8
      },
      { event: stored(event(REJECTED, { title: 'A bad title' })), status: 'rejected', notes: 'No.' },
      { event: stored(event(TWIN, { title: 'The other twin' })), status: 'validated' },
      { event: stored(event(LINKED)) },
      { event: stored(event(EXTRA)), status: 'in_progress' },
      { event: stored(event(READY)), status: 'validated', score: 7 },
    ],
    linked ? `INSERT INTO event_connections VALUES (1, '${LINKED}', '${EQUAL}', 'follows', 0.5, NULL);
  INSERT INTO validation_logs VALUES (1, '${EQUAL}', 'agent', 'It''s so', '2026-02-03 04:05:06.000007');
  INSERT INTO event_export_status VALUES (11, '${EQUAL}', 1, '2026-01-03 00:00:00.000000', 4, 1, '2026-01-04 00:00:00.000000');`
       : '');
  const cli = createCli({ env: { TIMELINE_REPO_URL: repo.folder, DB_PATH: database } });
  const all = async (table = 'timeline_events') => query(database, `SELECT * FROM ${table}`);
  const one = async (id) => (await query(database, `SELECT * FROM timeline_events WHERE id = '${id}'`))[0];
  const says = async (id) => {
    const { state, change, revision } = await cli.must('event', 'show', id);
    return `${state} ${change} ${revision}`;
  };
  return { repo, database, cli, all, one, says };
}

/** Everything that is the tools' own, as text. */
async function theirs(database) {
  const { stdout } = await mustRun('sqlite3', [database, `.dump ${OTHER_TABLES.join(' ')}`]);
  const schema = await query(
    database, `SELECT name, sql FROM sqlite_schema WHERE name NOT GLOB 'tl_*' AND tbl_name NOT GLOB 'tl_*'
  AND name NOT GLOB 'sqlite_*' ORDER BY name`);
  return { stdout, schema };
}

/** Their full-text search agrees with their table, and nothing refers to nothing. */
async function assertSound(database) {
  await execute(database, "INSERT INTO events_fts (events_fts, rank) VALUES ('integrity-check', 1)");
  assert.deepEqual(await query(database, 'PRAGMA foreign_key_check'), []);
  assert.deepEqual(await query(database, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
}

describe('the first pull into a database of the research tools', () => {
  let t;
  let rows; // as the tools left them
  let other;
  let pulled;

  before(async () => {
    t = await timeline();
    rows = new Map((await t.all()).map((row) => [row.id, row]));
    other = await theirs(t.database);
    const dry = await t.cli.must('git-pull', '--dry-run');
    assert.deepEqual([dry.imported, dry.updated, dry.deleted, dry.conflicts], [0, 3, 0, []]);
    pulled = await t.cli.must('git-pull');
  });

  it('asks nothing, and changes what is neither the same nor meant', () => {
    const { imported, updated, deleted, conflicts } = pulled;
    assert.deepEqual({ imported, updated, deleted, conflicts },
            { imported: 0, updated: 3, deleted: 0, conflicts: [] });
  });

  for (const [id, what, expected] of [
      [EQUAL, 'takes a row that equals its file for what the repository holds', 'merged none 1'],
      [LINKED, 'does so without any metadata', 'merged none 1'],
      [OLD, 'follows the repository where nobody validated what differs', 'merged none 2'],
      [REJECTED, 'follows it where somebody rejected that', 'merged none 2'],
      [
        TWIN, 'follows the file that counts where the row is what the other one holds',
        'merged none 2'
      ],
      [
        EDITED, 'keeps what somebody validated as an edit of what the repository holds',
        'validated changed 1'
      ],
      [EXTRA, 'has what the repository lacks as a local addition', 'draft added 1'],
      [READY, 'has it as a validated one where it was', 'validated added 1'],
  ]) {
    it(what, async () => assert.equal(await t.says(id), expected));
  }

  it('leaves every row that it keeps as it was written', async () => {
    for (const id of [EQUAL, LINKED, EDITED, EXTRA, READY]) {
      const { json_content: content, title, importance, status } = await t.one(id);
      const was = rows.get(id);
      assert.deepEqual([content, title, importance, status],
              [was.json_content, was.title, was.importance, was.status], id);
    }
    assert.equal((await t.one(EDITED)).file_path, file(EDITED), 'and knows where it stands');
  });

  it('keeps a revision of what it replaced', async () => {
    const kept = await query(
      t.database, `SELECT event_id, content FROM tl_revision WHERE revision = 1 ORDER BY event_id`);
    assert.deepEqual(
      kept.map((row) => [row.event_id, JSON.parse(row.content).title]),
      [[OLD, 'An older title'], [REJECTED, 'A bad title'], [TWIN, 'The other twin']]);
    const { history } = await t.cli.must('event', 'show', OLD);
    assert.deepEqual(history.map((one) => one.author), ['repository', 'another program']);
  });

  it('keeps what was said about the events, and all that is not its own', async () => {
    assert.deepEqual(
      (await query(
        t.database,
        `SELECT validation_status, quality_score, validation_notes, created_by, research_priority_id
   FROM event_metadata WHERE event_id = '${EQUAL}'`))[0],
      {
        validation_status: 'validated',
        quality_score: 9.5,
        validation_notes: 'Checked twice.',
        created_by: 'research-agent-3',
        research_priority_id: 'RP-1'
      });
    assert.deepEqual(await theirs(t.database), other);
    assert.deepEqual(
      (await query(t.database, `SELECT * FROM event_export_status WHERE event_id = '${EQUAL}'`))[0], {
        id: 11,
        event_id: EQUAL,
        exported: 1,
        export_date: '2026-01-03 00:00:00.000000',
        pr_number: 4,
        merged: 1,
        merge_date: '2026-01-04 00:00:00.000000'
      });
    await assertSound(t.database);
  });

  it('sends what was validated there, and nothing else', async () => {
    const sent = await t.cli.must('create-pr');
    assert.equal(sent.events_count, 2);
    const changes = await t.repo.changes('main', sent.branch);
    assert.deepEqual(changes, { [file(EDITED)]: 'M', [file(READY)]: 'A' });
    const text = await t.repo.read(file(EDITED), sent.branch);
    assert.match(text, /title: A better title\n/);
    assert.match(text, /importance: 9\n/);
    assert.deepEqual((await t.cli.must('check')).success, true);
  });

  it('is over after the first pull: what differs then is a conflict or an edit', async () => {
    await t.repo.commit({ [file(OLD)]: asMarkdown(event(OLD, { title: 'Theirs' })) });
    await execute(t.database, `UPDATE timeline_events SET title = 'Mine' WHERE id = '${OLD}'`);
    assert.equal((await t.cli.run('git-pull')).code, 3);
    assert.match(await t.says(OLD), /^conflict changed/);
  });
});

describe('what the research tools write while Tideline runs', () => {
  const combinations =
    ['ON', 'OFF'].flatMap((keys) => ['ON', 'OFF'].map((recursive) => ({ keys, recursive })));
  const settings = ({ keys, recursive }) =>
    `PRAGMA foreign_keys=${keys}; PRAGMA recursive_triggers=${recursive};\n`;
  const now = (id, extra) => stored(event(id, extra));
  const set = (id, json) => `UPDATE timeline_events SET json_content = '${dumps(json).replaceAll("'", "''")}' WHERE id = '${id}';`;

  /** What is done to an event of the repository, what is said of it then, and a look at its answer. */
  const kinds = {
    content: {
      sql: (id) => set(id, now(id, { title: 'By content' })),
      says: 'draft changed 2',
      look: (a) => assert.equal(a.event.title, 'By content')
    },
    column: {
      sql: (id) =>
        `UPDATE timeline_events SET title = 'By column', importance = 2 WHERE id = '${id}';`,
      says: 'draft changed 2',
      look: (a) => assert.deepEqual([a.event.title, a.event.importance], ['By column', 2])
    },
    both: {
      sql: (id) => `UPDATE timeline_events SET title = 'By column', json_content = '${dumps(now(id, { title: 'By content' }))}' WHERE id = '${id}';`,
      says: 'draft changed 2',
      look: (a) => assert.equal(a.event.title, 'By content')
    },
    spelling: {
      sql: (id) =>
        `UPDATE timeline_events SET json_content = json(json_content), last_synced = '2027-01-01 00:00:00.000000' WHERE id = '${id}';`,
      says: 'merged none 1'
    },
    deleted: {
      sql: (id) => `DELETE FROM timeline_events WHERE id = '${id}';`,
      says: 'draft removed 2',
      look: (a) => assert.equal(a.event.title, `About ${a.id}`)
    },
    replaced: {
      sql: (id) => insertEvent(now(id, { title: 'Replaced' }), { verb: 'INSERT OR REPLACE' }),
      says: 'draft changed 2',
      look: (a) => assert.equal(a.event.title, 'Replaced')
    },
    upserted: {
      sql: (id) =>
        insertEvent(now(id, { title: 'Upserted' }),
              { tail: 'ON CONFLICT (id) DO UPDATE SET json_content = excluded.json_content' }),
      says: 'draft changed 2',
      look: (a) => assert.equal(a.event.title, 'Upserted')
    },
    ignored: {
      sql: (id) => insertEvent(now(id, { title: 'Ignored' }), { verb: 'INSERT OR IGNORE' }),
      says: 'merged none 1'
    },
    renamed: {
      sql: (id) => `UPDATE timeline_events SET id = '${id}-again' WHERE id = '${id}';`,
      says: 'draft removed 2',
      also: (id) => [`${id}-again`, 'draft added 1']
    },
    validated: {
      sql: (id) => set(id, now(id, { title: 'Validated' })) +
             insertMetadata(id, 'validated', { score: 7.5, notes: 'Sound.' }),
      says: 'validated changed 2',
      look: (a) => assert.deepEqual(
        [a.validation.status, a.validation.score, a.validation.notes, a.validation.date],
        ['validated', 7.5, 'Sound.', '2026-02-03T05:06:07Z'])
    },
    rejected: {
      sql: (id) => set(id, now(id, { title: 'Rejected' })) + insertMetadata(id, 'rejected'),
      says: 'rejected changed 2'
    },
    'edited after its verdict': {
      sql: (id) => `${insertMetadata(id, 'validated')} ${set(id, now(id, { title: 'Later' }))}`,
      says: 'draft changed 2',
      look: (a) => assert.equal(a.validation.status, 'pending')
    },
    'edited and taken back': {
      sql: (id) => `${set(id, now(id, { title: 'For a moment' }))} ${set(id, now(id))}`,
      says: 'merged none 1'
    },
    'deleted and inserted': {
      sql: (id) =>
        `DELETE FROM timeline_events WHERE id = '${id}'; ${insertEvent(now(id, { title: 'Anew' }))}`,
      says: 'draft changed 2',
      look: (a) => assert.equal(a.event.title, 'Anew')
    },
  };
  const cases = combinations.flatMap(
    (combination, c) => Object.entries(kinds).map(
      ([name, kind], k) => ({
        name,
        kind,
        combination,
        id: `2011-${String(c + 1).padStart(2, '0')}-${String(k + 1).padStart(2, '0')}--event`
      })));
  let authority;
  let service;
  let repo;
  let database;

  const show = async (id) => {
    const { status, json, text } = await service.get('us', `/api/v1/events/${id}`);
    assert.equal(status, 200, text);
    return json;
  };
  const shows = async (id) => {
    const { state, change, revision } = await show(id);
    return `${state} ${change} ${revision}`;
  };

  before(async () => {
    repo = await createBareRepo({
      files: {
        ...Object.fromEntries(cases.map(({ id }) => [file(id), asMarkdown(event(id))])),
        ...repoFiles()
      }
    });
    database = path.join(tempDir('research'), 'unified.db');
    await makeResearchDatabase(
      database, [{ event: stored(event(LINKED)) }],
      `INSERT INTO event_connections VALUES (1, '${LINKED}', '${LINKED}', 'self', 1, NULL);`);
    authority = await createAuthority();
    service = await startService({
      authority,
      tenants: {
        us: {
          TIMELINE_REPO_URL: repo.folder,
          DB_PATH: database,
          TIMELINE_PUBLIC: 'true',
          AUTO_PULL_ON_START: 'false'
        }
      }
    });
    assert.equal((await service.cli('us', 'git-pull')).code, 0);
  });
  after(() => service.stop());

  for (const { name, kind, combination, id } of cases) {
    it(`${name}, with foreign_keys ${combination.keys} and recursive_triggers ${combination.recursive}`,
     async () => {
       assert.equal(await shows(id), 'merged none 1');
       await execute(database, `${settings(combination)} BEGIN; ${kind.sql(id)} COMMIT;`);
       assert.equal(await shows(id), kind.says);
       kind.look?.(await show(id));
       if (kind.also)
         assert.equal(await shows(kind.also(id)[0]), kind.also(id)[1]);
       const { history, revision } = await show(id);
       assert.deepEqual(history.map((one) => one.revision),
                Array.from({ length: revision }, (_, i) => revision - i));
       if (revision > 1) {
         assert.equal(history[0].author, 'another program');
         const [{ content }] = await query(
           database, `SELECT content FROM tl_revision WHERE event_id = '${id}' AND revision = 1`);
         assert.equal(JSON.parse(content).title, `About ${id}`);
       }
     });
  }

  it('shows notes and a score that alone were changed', async () => {
    const { id } = cases.find((one) => one.name === 'validated');
    await execute(
      database,
      `UPDATE event_metadata SET validation_notes = 'Sounder.', quality_score = 9 WHERE event_id = '${id}'`);
    const { validation, state } = await show(id);
    assert.deepEqual([validation.notes, validation.score, state], ['Sounder.', 9, 'validated']);
  });

  it('waits for the end of a long transaction, and serves pages meanwhile', async () => {
    const { id } = cases.find((one) => one.name === 'ignored');
    const holder = await holdDatabase(
      database, { sql: `UPDATE timeline_events SET title = 'At long last' WHERE id = '${id}'` });
    assert.equal(await shows(id), 'merged none 1');
    const { status, text } = await service.get('us', '/events?q=Something');
    assert.equal(status, 200, text);
    assert.equal((await holder.release()).code, 0);
    assert.equal((await show(id)).event.title, 'At long last');
  });

  it('is all found again when a table was made anew, by the service that is running', async () => {
    const [one, two] = cases.filter(({ name }) => name === 'spelling').map(({ id }) => id);
    await execute(database, `PRAGMA foreign_keys=OFF; PRAGMA legacy_alter_table=ON; BEGIN;
   CREATE TABLE _alembic_tmp_timeline_events (id VARCHAR NOT NULL, json_content JSON NOT NULL, date VARCHAR, title TEXT, summary TEXT,
    importance INTEGER, status VARCHAR, file_path VARCHAR NOT NULL, file_hash VARCHAR NOT NULL, last_synced DATETIME,
    starred BOOLEAN DEFAULT 0 NOT NULL, PRIMARY KEY (id));
   INSERT INTO _alembic_tmp_timeline_events SELECT id, json_content, date, title, summary, importance, status, file_path, file_hash,
    last_synced, 0 FROM timeline_events;
   UPDATE _alembic_tmp_timeline_events SET json_content = json_set(json_content, '$.title', 'Migrated') WHERE id = '${one}';
   DROP TABLE timeline_events;
   ALTER TABLE _alembic_tmp_timeline_events RENAME TO timeline_events; COMMIT;`);
    assert.equal(await shows(one), 'draft changed 2');
    await execute(database, `UPDATE timeline_events SET title = 'Afterwards' WHERE id = '${two}'`);
    assert.equal(await shows(two), 'draft changed 2');
  });

  it('goes out when it was validated, removals too', async () => {
    const removed = cases.find((one) => one.name === 'deleted').id;
    await execute(database, insertMetadata(removed, 'validated', { verb: 'INSERT OR REPLACE' }));
    assert.equal(await shows(removed), 'validated removed 2');
    const expected =
      [...cases.filter((one) => one.name === 'validated').map(({ id }) => id), removed].sort();
    const { code, json } = await service.cli('us', 'create-pr');
    assert.equal(code, 0);
    const changes = await repo.changes('main', json.branch);
    assert.deepEqual(Object.keys(changes).sort(), expected.map((id) => file(id)));
    const check = await service.cli('us', 'check');
    assert.equal(check.code, 0, check.stdout);
    assert.deepEqual(await query(database, 'PRAGMA foreign_key_check'), []);
  });
});

describe('what the research tools read', () => {
 const ID = '2003-03-03--life';
 const LOOKED = '2003-03-04--looked-at';
 let t;
 let next = 2;

 /** The row of event_export_status: `none`, `-` (nothing is sent) or `#N`, with `merged`. Dates are held to their spelling. */
 async function exported(id = ID) {
  const [row] = await query(t.database, `SELECT exported, export_date, pr_number, merged, merge_date FROM event_export_status WHERE event_id = '${id}'`);
  if (!row) return 'none';
  const spelling = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/;
  if (!row.exported) assert.deepEqual([row.export_date, row.pr_number, row.merged, row.merge_date], [null, null, 0, null]);
  else assert.match(row.export_date, spelling);
  if (row.merged) assert.match(row.merge_date, spelling);
  else assert.equal(row.merge_date, null);
  return row.exported ? `#${row.pr_number}${row.merged ? ' merged' : ''}` : '-';
 }
 /** The rows of sync_status since the last look, without their times, which are looked at here. */
 async function syncs() {
  const rows = await query(t.database, `SELECT * FROM sync_status WHERE id >= ${next} ORDER BY id`);
  next += rows.length;
  return rows.map(({ id, started_at: from, completed_at: to, conflicts, errors, ...row }) => {
   assert.ok(from <= to && /\.\d{6}$/.test(from) && /\.\d{6}$/.test(to), `${from} to ${to}`);
   assert.equal(row.repo_url, t.repo.folder);
   return { ...row, conflicts: JSON.parse(conflicts), errors: JSON.parse(errors) };
  });
 }
 const row = (type, more) => ({ repo_url: t.repo.folder, sync_type: type, success: 1, events_imported: 0, events_updated: 0,
  events_exported: 0, pr_number: null, pr_url: null, branch_name: 'main', commits_processed: 0, files_changed: 0, conflicts: [],
  errors: [], ...more });
 const set = (title, id = ID) => execute(t.database,
  `UPDATE timeline_events SET json_content = json_set(json_content, '$.title', '${title}') WHERE id = '${id}'`);
 const validate = (id = ID) => execute(t.database, insertMetadata(id, 'validated', { score: 8, verb: 'INSERT OR REPLACE' }));
 /** As anything that looks does: Tideline sees what was written. */
 const look = async (id = ID) => (await t.cli.must('event', 'show', id)).state;
 const send = async () => {
  const { branch, pr_number: number } = await t.cli.must('create-pr');
  const [one] = await syncs();
  assert.deepEqual(one, row('export', { events_exported: 1, pr_number: number, branch_name: branch, commits_processed: 1, files_changed: 1 }));
  return { branch, number };
 };

 before(async () => {
  t = await timeline();
  await t.repo.commit({ [file(ID)]: asMarkdown(event(ID)), [file(LOOKED)]: asMarkdown(event(LOOKED)) });
  await t.cli.must('git-pull');
  assert.deepEqual(await syncs(), [row('import', { events_imported: 2, events_updated: 3, commits_processed: 2, files_changed: 9 })]);
  await execute(t.database, `UPDATE event_metadata SET validation_status = 'pending' WHERE event_id IN ('${EDITED}', '${READY}')`);
 });

 it('is true at every step of an event\'s life', async () => {
  assert.equal(await exported(), 'none', 'never sent');
  await set('First');
  await validate();
  assert.deepEqual([await look(), await exported()], ['validated', 'none'], 'about to be sent');
  const first = await send();
  assert.deepEqual([await look(), await exported()], ['exported', `#${first.number}`], 'sent');
  await set('Second');
  assert.deepEqual([await look(), await exported()], ['draft', '-'], 'edited since');
  await set('First');
  assert.deepEqual([await look(), await exported()], ['exported', `#${first.number}`], 'and what was sent again');
  await t.repo.merge(first.branch, { method: 'squash' });
  await t.cli.must('pr', 'refresh');
  assert.equal(await exported(), `#${first.number} merged`, 'merged');
  await t.cli.must('git-pull');
  assert.deepEqual(await syncs(), [row('import', { commits_processed: 1, files_changed: 1 })]);
  assert.deepEqual([await look(), await exported()], ['merged', `#${first.number} merged`], 'and here again');

  await set('Third');
  await validate();
  assert.deepEqual([await look(), await exported()], ['validated', '-'], 'edited after the merge');
  const third = await send();
  assert.equal(await exported(), `#${third.number}`);
  await t.repo.deleteBranch(third.branch);
  await t.cli.must('pr', 'refresh');
  assert.deepEqual([await look(), await exported()], ['validated', '-'], 'closed: to be sent again');
  const again = await send();
  assert.equal(await exported(), `#${again.number}`);
  await set('Fourth');
  await t.repo.merge(again.branch);
  await t.cli.must('pr', 'refresh');
  assert.equal(await exported(), '-', 'merged, but there is an edit that was not');
  await t.cli.must('git-pull');
  assert.deepEqual(await syncs(), [row('import', { commits_processed: 2, files_changed: 1 })]);
  assert.deepEqual([await look(), await exported()], ['draft', '-']);
  await set('Third');
  assert.deepEqual([await look(), await exported()], ['merged', `#${again.number} merged`], 'taken back');
  await t.repo.commit({ [file(ID)]: asMarkdown(event(ID, { title: 'From upstream' })) });
  await t.cli.must('git-pull');
  assert.deepEqual(await syncs(), [row('import', { events_updated: 1, commits_processed: 1, files_changed: 1 })]);
  assert.deepEqual([await look(), await exported()], ['merged', `#${again.number} merged`], 'changed there since');
 });

 it('is true of a removal', async () => {
  await assert.rejects(execute(t.database, `PRAGMA foreign_keys=ON; DELETE FROM timeline_events WHERE id = '${LINKED}'`), /FOREIGN KEY/);
  await execute(t.database, `PRAGMA foreign_keys=OFF; DELETE FROM timeline_events WHERE id IN ('${ID}', '${LINKED}')`);
  assert.deepEqual([await look(), await exported()], ['draft', '-'], 'to be removed');
  await validate();
  const removal = await send();
  assert.deepEqual([await look(), await exported()], ['exported', `#${removal.number}`], 'the removal is sent');
  await t.repo.merge(removal.branch);
  await t.cli.must('pr', 'refresh');
  assert.equal(await exported(), `#${removal.number} merged`);
  await t.cli.must('git-pull');
  assert.equal(await exported(), 'none', 'the event is gone, and its row with it');
  await syncs();

  await validate(LINKED);
  const held = await send();
  await t.repo.merge(held.branch);
  await t.cli.must('pr', 'refresh');
  await t.cli.must('git-pull');
  await syncs();
  assert.equal(await exported(LINKED), `#${held.number} merged`, 'kept for who refers to it');
  assert.equal((await t.one(LINKED)).title, `About ${LINKED}`);
  assert.equal((await query(t.database, `SELECT state FROM tl_event WHERE id = '${LINKED}'`))[0].state, 'gone');
 });

 it('tells of conflicts and of what failed', async () => {
  await set('Mine', LOOKED);
  await t.repo.commit({ [file(LOOKED)]: asMarkdown(event(LOOKED, { title: 'Theirs' })), [file('2003-03-05--broken')]: '---\nid: x\ntitle: A: b: c\n---\n' });
  assert.equal((await t.cli.run('git-pull')).code, 3);
  const [pulled] = await syncs();
  assert.deepEqual({ ...pulled, errors: pulled.errors.map(({ path: name }) => name), conflicts: pulled.conflicts.map(({ id, fields }) => [id, fields]) },
   row('import', { commits_processed: 1, files_changed: 2, conflicts: [[LOOKED, ['title']]], errors: [file('2003-03-05--broken')] }));
  await execute(t.database, `UPDATE event_metadata SET validation_status = 'validated' WHERE event_id = '${READY}'`);
  t.repo.setHook('pre-receive', 'echo "Not today." >&2; exit 1');
  assert.equal((await t.cli.run('create-pr')).code, 7);
  const [failed] = await syncs();
  assert.equal(await exported(READY), 'none');
  const { branch_name: branch, errors: [error] } = failed;
  assert.match(branch, /^research-batch\//);
  assert.match(error.error, /Not today/);
  assert.deepEqual({ ...failed, errors: [] }, row('export', { success: 0, branch_name: branch }));
  t.repo.setHook('pre-receive', null);
  await send();
  const missing = await t.cli.run('git-pull', { env: { TIMELINE_EVENTS_DIR: 'nowhere' } });
  assert.equal(missing.code, 5);
  const [refused] = await syncs();
  assert.deepEqual([refused.success, refused.errors.length, refused.errors[0].code], [0, 1, 'not_found']);
 });

 it('leaves alone what is theirs, all the while', async () => {
  assert.deepEqual((await query(t.database, `SELECT * FROM event_export_status WHERE event_id = '${EQUAL}'`))[0],
   { id: 11, event_id: EQUAL, exported: 1, export_date: '2026-01-03 00:00:00.000000', pr_number: 4, merged: 1, merge_date: '2026-01-04 00:00:00.000000' });
  assert.deepEqual((await query(t.database, 'SELECT * FROM sync_status WHERE id = 1'))[0].commits_processed, 1);
  const fresh = await timeline();
  assert.deepEqual(await theirs(t.database), await theirs(fresh.database));
  await assertSound(t.database);
  assert.equal((await t.cli.must('check')).success, true);
 });
});
