// tideline backup: a whole and consistent copy while others write, or none at all.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { assertChecked } from './lib/check.js';
import { eventsOf, query } from './lib/database.js';
import { generatedTimeline, sampleEvents } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { run } from './lib/process.js';
import { tempDir } from './lib/temp.js';
import { createCli } from './lib/tideline.js';

const event = (n) => JSON.stringify({ id: `1914-01-01--event-${n}`, date: '1914-01-01', title: `Number ${n}`, sources: [] });

function timeline(repo, folder = tempDir('backup')) {
  const database = path.join(folder, 'timeline.db');
  return { folder, database, cli: createCli({ env: { TIMELINE_REPO_URL: repo.folder, DB_PATH: database, TIMELINE_WORKSPACE: path.join(folder, 'workspace') } }) };
}

describe('tideline backup', () => {
  let repo;
  let t;
  before(async () => {
    repo = await createBareRepo({ files: sampleEvents() });
    t = timeline(repo);
    await t.cli.must('git-pull');
  });

  it('makes a copy that passes the check and goes on as the database', async () => {
    const file = path.join(t.folder, 'copy.db');
    const answer = await t.cli.must('backup', file);
    assert.deepEqual([answer.success, answer.file, answer.bytes], [true, file, statSync(file).size]);
    assert.deepEqual(readdirSync(t.folder).filter((name) => name.includes('copy')), ['copy.db']);
    assert.equal(statSync(file).mode & 0o777, 0o640);
    const copy = createCli({ env: { TIMELINE_REPO_URL: repo.folder, DB_PATH: file } });
    await assertChecked(copy);
    assert.deepEqual(await eventsOf(file), await eventsOf(t.database));
    // Nothing of it looks new to Tideline: it opens without a migration.
    const [{ cookie }] = await query(file, 'SELECT cookie FROM tl_schema');
    assert.deepEqual(await query(file, 'PRAGMA schema_version'), [{ schema_version: cookie }]);
    await copy.must('event', 'add', '-', { input: event(0) });
    assert.equal((await copy.must('git-pull')).imported, 0);
    await assertChecked(copy);
  });

  it('refuses what is there unless asked, and the database itself always', async () => {
    const file = path.join(tempDir('backup'), 'copy.db');
    writeFileSync(file, 'mine');
    const refused = await t.cli.run('backup', file);
    assert.deepEqual([refused.code, refused.json.code, readFileSync(file, 'utf8')], [1, 'already_exists', 'mine']);
    await t.cli.must('backup', file, '--replace');
    assert.equal(readFileSync(file).subarray(0, 15).toString(), 'SQLite format 3');
    for (const target of [t.database, `${t.database}-tideline.lock`, path.dirname(file)]) {
      const { code, json } = await t.cli.run('backup', target, '--replace');
      assert.deepEqual([code, json.code], [1, 'already_exists'], target);
    }
    // A log that belongs to another database would be read as this one's.
    writeFileSync(`${file}-wal`, 'of another database');
    assert.equal((await t.cli.run('backup', file, '--replace')).json.code, 'already_exists');
    await assertChecked(t.cli);
  });

  it('is there whole or not at all', async () => {
    const missing = await t.cli.run('backup', path.join(t.folder, 'no', 'such', 'folder', 'copy.db'));
    assert.deepEqual([missing.code, missing.json.success], [1, false]);
    const cli = createCli({ env: { TIMELINE_REPO_URL: repo.folder } });
    assert.equal((await cli.run('backup', path.join(t.folder, 'none.db'))).code, 5);
    assert.ok(!existsSync(path.join(t.folder, 'none.db')));
  });

  it('leaves nothing when the disk is full', async (test) => {
    const folder = tempDir('full');
    if ((await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder])).code !== 0) return test.skip('no tmpfs can be mounted here');
    try {
      const { code, json } = await t.cli.run('backup', path.join(folder, 'copy.db'));
      assert.deepEqual([code, json.code, readdirSync(folder)], [1, 'disk_full', []]);
    } finally {
      await run('umount', [folder]);
    }
  });

  it('is of one moment while others write', async () => {
    const other = timeline(await createBareRepo({ files: [...generatedTimeline(1500)] }));
    await other.cli.must('git-pull');
    let stop = false;
    const added = [];
    const writer = (async () => {
      for (let n = 1; !stop; n++) {
        await other.cli.must('event', 'add', '-', { input: event(n) });
        added.push(n);
      }
    })();
    for (let i = 0; i < 5; i++) {
      const least = added.length;
      const file = path.join(other.folder, `copy-${i}.db`);
      const { events } = await other.cli.must('backup', file);
      const copy = createCli({ env: { TIMELINE_REPO_URL: repo.folder, DB_PATH: file } });
      const { checked } = await assertChecked(copy, `copy ${i}`);
      assert.equal(checked.events, events);
      const [{ n }] = await query(file, "SELECT count(*) n FROM timeline_events WHERE id LIKE '1914-01-01--event-%'");
      assert.ok(n >= least && n <= added.length + 1, `${least} <= ${n} <= ${added.length + 1}`);
    }
    stop = true;
    await writer;
    assert.ok(added.length > 2, 'nobody wrote meanwhile');
    await assertChecked(other.cli);
  });
});
