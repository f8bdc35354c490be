// tideline check: a healthy timeline has no findings; each kind of damage is found, and nothing is changed by looking.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { assertChecked } from './lib/check.js';
import { execute } from './lib/database.js';
import { EVENTS, sampleEvents, SAMPLE_IDS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { tempDir } from './lib/temp.js';
import { createCli } from './lib/tideline.js';

const NEW = '1913-05-06--sent';
const EDITED = SAMPLE_IDS[1];
const CONFLICT = SAMPLE_IDS[2];

/** A timeline with a pull request, a conflict, a validated event and several revisions. */
async function timeline() {
  const repo = await createBareRepo({ files: sampleEvents() });
  const folder = tempDir('check');
  const database = path.join(folder, 'timeline.db');
  const cli = createCli({ env: { TIMELINE_REPO_URL: repo.folder, DB_PATH: database, TIMELINE_WORKSPACE: path.join(folder, 'workspace') } });
  await cli.must('git-pull');
  await cli.must('event', 'add', '-', { input: JSON.stringify({ id: NEW, date: NEW.slice(0, 10), title: 'Sent', sources: [{ title: 'S', url: 'https://example.org/' }] }) });
  await cli.must('event', 'validate', NEW, '--status', 'validated');
  await cli.must('create-pr');
  return { repo, cli, database, folder };
}

describe('tideline check', () => {
  let t;
  before(async () => { t = await timeline(); });

  it('finds nothing in a healthy timeline, and looks at all of it', async () => {
    const { checked, skipped, not_yet_seen: unseen } = await assertChecked(t.cli);
    const { events_in_db: events } = await t.cli.must('git-status', '--offline');
    assert.equal(checked.events, events);
    assert.equal(checked.search_documents, events);
    assert.ok(checked.repository_files > 0 && checked.files > 0);
    assert.deepEqual([checked.pull_requests, checked.commits, skipped, unseen], [1, 1, [], 0]);
  });

  it('changes nothing and makes nothing', async () => {
    const bytes = () => Buffer.concat(['', '-wal'].map((ending) => existsSync(t.database + ending) ? readFileSync(t.database + ending) : Buffer.alloc(0)));
    const before = bytes();
    await assertChecked(t.cli);
    assert.ok(bytes().equals(before));
    const empty = createCli({ env: { TIMELINE_REPO_URL: t.repo.folder } });
    assert.equal((await empty.run('check')).code, 5);
  });

  it('goes without a mirror, and says so', async () => {
    const other = await timeline();
    rmSync(path.join(other.folder, 'workspace'), { recursive: true });
    const { skipped, checked } = await assertChecked(other.cli);
    assert.equal(skipped[0].part, 'mirror');
    assert.equal(checked.repository_files, undefined);
  });

  it('leaves out what another program wrote until it is seen', async () => {
    const other = await timeline();
    await execute(other.database, `UPDATE timeline_events SET title = 'Other' WHERE id = '${SAMPLE_IDS[0]}'`);
    assert.equal((await assertChecked(other.cli)).not_yet_seen, 1);
    await other.cli.must('git-pull');
    assert.equal((await assertChecked(other.cli)).not_yet_seen, 0);
  });
});

/*
 * One breach per invariant: what a program does to the file, and the finding's code. `at` says what the finding is about.
 * Everything is done with the log off, as a fault of Tideline would be; what other programs do is no breach.
 */
const EVENT = SAMPLE_IDS[3];
const FILE = "CAST(path AS TEXT) LIKE '1869%'";
const breaches = [
  ['event_row_missing', "PRAGMA foreign_keys=OFF; DELETE FROM timeline_events WHERE id = $id", { event: EVENT }],
  ['event_unknown', "INSERT INTO timeline_events (id, json_content, file_path, file_hash) VALUES ('x', '{}', '', '')", { event: 'x' }],
  ['content_unreadable', "UPDATE timeline_events SET json_content = 'no' WHERE id = $id", { event: EVENT }],
  ['content_hash', "UPDATE timeline_events SET json_content = json_set(json_content, '$.title', 'Lost') WHERE id = $id", { event: EVENT }],
  ['event_columns', "UPDATE timeline_events SET title = 'Other' WHERE id = $id", { event: EVENT }],
  ['auto_score', 'UPDATE tl_event SET auto_score = auto_score - 1 WHERE id = $id', { event: EVENT }],
  ['event_date', "UPDATE tl_event SET date = '1999-01-01' WHERE id = $id", { event: EVENT }],
  ['place', 'UPDATE tl_event SET place = place + 16777216 WHERE id = $id', { event: EVENT }],
  ['place_twice', 'UPDATE tl_event SET place = (SELECT max(place) FROM tl_event) WHERE id = $id', { event: EVENT }],
  ['event_change', "UPDATE tl_event SET change = 'changed' WHERE id = $id", { event: EVENT }],
  ['event_state', "UPDATE tl_event SET state = 'validated' WHERE id = $id", { event: EVENT }],
  ['state_count', "UPDATE tl_count SET n = n + 1 WHERE state = 'merged'", {}],
  ['wait_count', "INSERT INTO tl_wait (change, n) VALUES ('added', 1) ON CONFLICT (change) DO UPDATE SET n = n + 1", {}],
  ['year_count', "UPDATE tl_year SET n = n + 1 WHERE year = '1869'", {}],
  ['metadata_status', `UPDATE event_metadata SET validation_status = 'perhaps' WHERE event_id = '${NEW}'`, { event: NEW }],
  ['metadata_alone', "PRAGMA foreign_keys=OFF; INSERT INTO event_metadata (event_id) VALUES ('x')", { event: 'x' }],
  ['export_alone', "PRAGMA foreign_keys=OFF; INSERT INTO event_export_status (event_id) VALUES ('x')", { event: 'x' }],
  ['export_missing', `UPDATE event_export_status SET exported = 0 WHERE event_id = '${NEW}'`, { event: NEW }],
  ['reference_broken', 'PRAGMA foreign_keys=OFF; INSERT INTO tl_job_loss (job, n) VALUES (99, 1)', {}],
  ['revision_gap', `DELETE FROM tl_revision WHERE event_id = '${EDITED}' AND revision = 1`, { event: EDITED }],
  ['revision_gap', 'UPDATE tl_event SET revision = revision + 1 WHERE id = $id', { event: EVENT }],
  ['revision_hash', `UPDATE tl_revision SET content = json_set(content, '$.title', 'Lost') WHERE event_id = '${EDITED}'`, { event: EDITED }],
  ['revision_unreadable', `UPDATE tl_revision SET content = '[]' WHERE event_id = '${EDITED}'`, { event: EDITED }],
  ['conflict_alone', "UPDATE tl_conflict SET event_id = 'x'", { event: 'x' }],
  ['conflict_empty', 'UPDATE tl_conflict SET ours = NULL, theirs = NULL', { event: CONFLICT }],
  ['conflict_unreadable', "UPDATE tl_conflict SET base = 'no'", { event: CONFLICT }],
  ['conflict_ours', "UPDATE tl_conflict SET ours = json_set(ours, '$.title', 'Lost')", { event: CONFLICT }],
  ['conflict_theirs', "UPDATE tl_conflict SET theirs = json_set(theirs, '$.title', 'Lost')", { event: CONFLICT }],
  ['event_state', 'DELETE FROM tl_conflict', { event: CONFLICT }],
  ['pull_request_state', "UPDATE tl_pull_request SET step = 'pushed' WHERE state = 'open'", { pull_request: 1 }],
  ['pull_request_incomplete', "UPDATE tl_pull_request SET number = 0 WHERE state = 'open'", { pull_request: 1 }],
  ['pull_request_incomplete', 'DELETE FROM tl_pull_request_event WHERE pull_request = 1', { pull_request: 1 }],
  ['pull_request_active', 'UPDATE tl_pull_request_event SET active = 0 WHERE pull_request = 1', { pull_request: 1 }],
  ['pull_request_twice', 'DROP INDEX tl_pull_request_event_once_each; UPDATE tl_pull_request_event SET event_id = (SELECT event_id FROM tl_pull_request_event WHERE pull_request = 1), revision = (SELECT revision FROM tl_pull_request_event WHERE pull_request = 1) WHERE pull_request = 2', { event: NEW }],
  ['pull_request_number', 'UPDATE tl_pull_request SET number = 1 WHERE id = 2', { pull_request: 2 }],
  ['pull_request_revision', "UPDATE tl_pull_request_event SET content_hash = 'x' WHERE pull_request = 1", { pull_request: 1 }],
  ['pull_request_files', "UPDATE tl_pull_request_event SET files = '{}' WHERE pull_request = 1", { pull_request: 1 }],
  ['pull_request_bytes', "UPDATE tl_pull_request_event SET files = json_remove(files, '$[0].text') WHERE pull_request = 2", { pull_request: 2 }],
  ['pull_request_bytes', "UPDATE tl_pull_request_event SET files = json_set(files, '$[0].text', 'Lost') WHERE pull_request = 2", { pull_request: 2 }],
  ['pull_request_commit', "UPDATE tl_pull_request_event SET files = json_set(files, '$[0].blob', commit_id) FROM tl_pull_request p WHERE p.id = pull_request AND p.id = 1", { pull_request: 1 }],
  ['job_state', "INSERT INTO tl_job (kind, args, state, created_by, created_at, not_before) VALUES ('pull', '{}', 'running', 'x', 1, 1)", {}],
  ['job_twice', "DROP INDEX tl_job_once_each; INSERT INTO tl_job (kind, args, state, created_by, created_at, not_before) VALUES ('pull', '{}', 'queued', 'x', 1, 1), ('pull', '{}', 'queued', 'x', 1, 1)", {}],
  ['file_state', `UPDATE tl_file SET broken = 1 WHERE ${FILE}`, { path: `${EVENT}.md` }],
  ['file_hash', `UPDATE tl_file SET content = json_set(content, '$.title', 'Lost') WHERE ${FILE}`, { path: `${EVENT}.md` }],
  ['file_blob', `UPDATE tl_file SET blob_id = (SELECT blob_id FROM tl_file WHERE NOT ${FILE} LIMIT 1) WHERE ${FILE}`, { path: `${EVENT}.md` }],
  ['file_event', `UPDATE tl_file SET event_id = 'x' WHERE ${FILE}`, { path: `${EVENT}.md` }],
  ['file_content', `UPDATE tl_file SET content_hash = (SELECT content_hash FROM tl_file WHERE NOT ${FILE} LIMIT 1) WHERE ${FILE}`, { path: `${EVENT}.md` }],
  ['file_broken', `UPDATE tl_file SET broken = 1, error = 'x' WHERE ${FILE}`, { path: `${EVENT}.md` }],
  ['file_unknown', `DELETE FROM tl_file WHERE ${FILE}`, { path: `${EVENT}.md` }],
  ['file_gone', `INSERT INTO tl_file SELECT repository, 'x.md', event_id, blob_id, format, content_hash, broken, error_line, error, warnings, content FROM tl_file WHERE ${FILE}`, { path: 'x.md' }],
  ['base', "UPDATE tl_event SET base_hash = '' WHERE id = $id", { event: EVENT }],
  ['event_missing', "UPDATE tl_file SET event_id = 'x' WHERE CAST(path AS TEXT) LIKE '1869%'", { event: 'x' }],
  ['repository_unknown', "UPDATE tl_setting SET value = '99' WHERE key = 'base_repository'", {}],
  ['repository_count', 'UPDATE tl_repository SET events_in_repo = events_in_repo + 1', {}],
  ['search_missing', "INSERT INTO tl_search (tl_search) VALUES ('delete-all')", { event: EVENT }],
  ['search_other', "INSERT INTO tl_search (rowid, title) SELECT place, 'wrongword' FROM tl_event WHERE id = $id", { event: EVENT }],
  ['search_stranger', "INSERT INTO tl_search (rowid, title) VALUES (77, 'wrongword')", {}],
  ['search_damaged', 'DELETE FROM tl_search_data WHERE id > 100', {}],
  ['schema_missing', 'DROP TRIGGER tl_timeline_events_update', {}],
  ['schema_other', 'DROP TRIGGER tl_event_insert; CREATE TRIGGER tl_event_insert AFTER INSERT ON tl_event BEGIN SELECT 1; END', {}],
  ['schema_missing', 'DROP TABLE tl_job_log', {}],
  ['schema_old', 'UPDATE tl_schema SET version = version - 1', {}],
];

describe('tideline check, of each breach', () => {
  let t;
  let template;
  before(async () => {
    t = await timeline();
    await t.cli.must('event', 'edit', EDITED, '-', { input: JSON.stringify({ ...(await t.cli.must('event', 'show', EDITED)).event, title: 'Edited here' }) });
    await t.cli.must('event', 'validate', EDITED, '--status', 'validated');
    await t.repo.refusePushes('Not now');
    assert.equal((await t.cli.run('create-pr')).json.code, 'push_rejected');
    await t.cli.must('event', 'edit', CONFLICT, '-', { input: JSON.stringify({ ...(await t.cli.must('event', 'show', CONFLICT)).event, title: 'Mine' }) });
    const file = `${EVENTS}/${CONFLICT}.md`;
    await t.repo.commit({ [file]: (await t.repo.read(file)).replace(/^title: .*$/m, 'title: Theirs') });
    assert.equal((await t.cli.run('git-pull')).code, 3);
    const { checked } = await assertChecked(t.cli);
    assert.deepEqual([checked.pull_requests, checked.conflicts], [2, 1]);
    await execute(t.database, 'PRAGMA wal_checkpoint(TRUNCATE)');
    template = path.join(t.folder, 'template.db');
    copyFileSync(t.database, template);
  });

  /** The check of a copy that something was done to. */
  async function checkAfter(damage) {
    const database = path.join(tempDir('breach'), 'timeline.db');
    copyFileSync(template, database);
    await damage(database);
    return t.cli.run('check', { env: { DB_PATH: database } });
  }

  for (const [code, sql, at] of breaches) {
    it(`finds ${code}: ${sql.replace(/^PRAGMA [^;]*; /, '').slice(0, 80)}`, async () => {
      const { json, code: exit } = await checkAfter((database) =>
        execute(database, `UPDATE tl_schema SET writing = 1; ${sql.replaceAll('$id', `'${EVENT}'`)}; UPDATE tl_schema SET writing = 0`));
      const found = json.findings.filter((finding) => finding.code === code);
      assert.ok(found.length > 0, JSON.stringify(json));
      const key = Object.keys(at)[0];
      if (key) assert.ok(found.some((finding) => finding[key] === at[key]), JSON.stringify(found));
      assert.deepEqual([exit, json.success, json.found >= found.length], [1, false, true]);
      assert.ok(found.every((finding) => /^[A-Z].*\.$/.test(finding.text)), JSON.stringify(found));
    });
  }

  it('finds a log that was left off, and pages that were damaged', async () => {
    const off = await checkAfter((database) => execute(database, 'UPDATE tl_schema SET writing = 1'));
    assert.deepEqual(off.json.findings.map((finding) => finding.code), ['log_off']);
    const damaged = await checkAfter((database) => {
      const bytes = readFileSync(database);
      bytes.fill(0xa5, 8192 * 12, 8192 * 12 + 400);
      writeFileSync(database, bytes);
    });
    assert.equal(damaged.code, 1);
    assert.ok(damaged.json.code === 'database_corrupt' || damaged.json.findings.some((finding) => finding.code === 'file_damaged'), damaged.stdout);
  });

  it('finds nothing in the copy that nothing was done to', async () => {
    assert.deepEqual((await checkAfter(() => {})).json.findings, []);
  });
});
