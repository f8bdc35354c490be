// tideline check: a healthy timeline has no findings; each kind of damage is found, and nothing is changed by looking.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { assertChecked } from './lib/check.js';
import { execute } from './lib/database.js';
import { sampleEvents, SAMPLE_IDS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { tempDir } from './lib/temp.js';
import { createCli } from './lib/tideline.js';

const NEW = '1913-05-06--sent';

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
