// A real timeline over real HTTPS: all of it comes in, and replaying its history gives what a fresh import gives.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { corpus } from './lib/corpus.js';
import { eventsOf } from './lib/database.js';
import { cloneBareRepo } from './lib/git.js';
import { startGitServer } from './lib/git_server.js';
import { tempDir } from './lib/temp.js';
import { createCli } from './lib/tideline.js';

const bundle = corpus();
const skip = bundle ? false : 'the shared corpus is not beside this checkout';

describe('the corpus', { skip }, () => {
  let server;
  let cli;
  before(async () => {
    const authority = await createAuthority();
    server = await startGitServer({ authority });
    await server.addRepo('history/timeline', { from: bundle });
    cli = createCli({ env: { TIMELINE_REPO_URL: server.url('history/timeline'), GITHUB_TOKEN: server.token,
      TIMELINE_CA_FILE: authority.certFile, DB_PATH: path.join(tempDir('database'), 'corpus.db') } });
  });
  after(() => server?.stop());

  it('comes in whole over HTTPS', async () => {
    const plan = await cli.run('--text', 'git-pull', '--dry-run');
    assert.match(plan.stdout, /^New events \(1935\)\n[^]*?^ {2}and 1915 more; --json shows the first 1000$/m);
    const report = await cli.must('git-pull');
    assert.equal(report.imported, 1935);
    assert.equal(report.files_changed_total, 2052);
    assert.equal(report.new_commits, 21);
    assert.deepEqual(report.errors, []);
    assert.equal(report.warnings.filter((warning) => warning.rule === 'duplicate_id').length, 117);
    const status = await cli.must('git-status');
    assert.deepEqual([status.events_in_db, status.events_in_repo, status.commits_behind, status.local_changes], [1935, 1935, 0, 0]);
    const again = await cli.must('git-pull');
    assert.deepEqual([again.imported, again.updated, again.deleted, again.unchanged], [0, 0, 0, 1935]);
  });

  it('gives, replayed commit by commit, what a fresh import of each commit gives', { timeout: 900000 }, async () => {
    const whole = await cloneBareRepo(bundle);
    const commits = (await whole.log()).map((entry) => entry.id).reverse();
    assert.equal(commits.length, 21);
    const folder = tempDir('replay');
    const remote = await cloneBareRepo(bundle);
    const replayed = createCli({ env: { TIMELINE_REPO_URL: remote.folder, DB_PATH: path.join(folder, 'replay.db') } });
    for (const [index, commit] of commits.entries()) {
      await remote.setBranch('main', commit);
      const report = await replayed.must('git-pull', '--confirm-deletions');
      assert.equal(report.after_commit, commit);
      const fresh = createCli({ env: { TIMELINE_REPO_URL: remote.folder, DB_PATH: path.join(folder, `${index}.db`) } });
      const freshReport = await fresh.must('git-pull');
      assert.deepEqual(report.errors, freshReport.errors);
      const broken = new Set(report.errors.map((error) => path.basename(error.path).replace(/\.[a-z]+$/, '')));
      compare(await eventsOf(path.join(folder, 'replay.db')), await eventsOf(path.join(folder, `${index}.db`)), broken);
    }
  });
});

/** Equal but for events whose file is broken at that commit: those keep their last good content. */
function compare(replayed, fresh, broken) {
  const ids = new Set([...replayed.keys(), ...fresh.keys()]);
  for (const id of ids) if (!broken.has(id)) assert.deepEqual(replayed.get(id), fresh.get(id), id);
}
