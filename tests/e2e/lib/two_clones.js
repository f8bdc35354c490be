// Two sides that edit the same events at random, pull and send pull requests: after each round the check is clean, and
// every local edit is where it can be found. Each edit leaves a token, a word that is nowhere else, so that "lost" is
// no matter of opinion.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { assertChecked } from './check.js';
import { query } from './database.js';
import { git } from './git.js';
import { gitEnv } from './git.js';
import { run } from './process.js';
import { createRandom } from './random.js';
import { tempDir } from './temp.js';
import { createCli } from './tideline.js';
import { Local } from './two_clones_local.js';
import { Upstream } from './two_clones_upstream.js';

const TOKEN = /zq[lu]\d+q/g;
const tokensOf = (text) => new Set(text?.match(TOKEN) ?? []);

/** What must be findable: tokens written here that nobody here took away again. */
class Model {
  constructor() {
    this.live = new Map(); // token → the event it was written into
    this.dropped = new Set(); // by an edit, a removal or a decision of ours
    this.landed = new Set(); // seen in the repository: from then on they are the repository's
    this.decisions = new Map(); // event → tokens that its last decision dropped
  }

  drop(tokens) {
    const here = [...tokens];
    for (const token of here) {
      this.dropped.add(token);
      this.live.delete(token);
    }
    return here;
  }

  wrote(id, before, after) {
    const kept = tokensOf(after);
    this.drop([...tokensOf(before)].filter((token) => !kept.has(token)));
    for (const token of kept) this.add(id, token);
    this.decisions.delete(id);
  }

  add(id, token) {
    this.dropped.delete(token);
    if (token[2] === 'l' && !this.landed.has(token)) this.live.set(token, id);
  }

  removed(id, before) {
    this.drop(tokensOf(before));
    this.decisions.delete(id);
  }

  decided(id, sides, after) {
    const kept = tokensOf(after);
    this.decisions.set(id, this.drop([...tokensOf(sides)].filter((token) => !kept.has(token))));
    for (const token of kept) this.add(id, token);
  }

  /** What is in the repository is the repository's from then on: it may be edited and removed there. */
  land(upstream) {
    for (const token of upstream.keys()) {
      this.live.delete(token);
      if (token[2] === 'l') this.landed.add(token);
    }
  }

  undone(id) {
    for (const token of this.decisions.get(id) ?? []) this.add(id, token);
    this.decisions.delete(id);
  }
}

export class TwoClones {
  /**
   * `repo` is the bare repository that both sides share, `folder` its events folder. `hot`: how many of its events are
   * worked on most of the time, so that the sides meet.
   */
  constructor({ repo, folder, seed, hot = 24, log = () => {} }) {
    Object.assign(this, { repo, folder, seed, log, hotCount: hot });
    this.random = createRandom(seed);
    this.hot = new Set();
    this.model = new Model();
    this.state = tempDir('two-clones');
    this.database = path.join(this.state, 'timeline.db');
    this.workspace = path.join(this.state, 'workspace');
    this.cli = createCli({ env: { TIMELINE_REPO_URL: repo.folder, DB_PATH: this.database, TIMELINE_WORKSPACE: this.workspace } });
    this.history = [];
    this.counts = { upstream: 0, local: 0, pulled: 0, conflicts: 0, sent: 0, merged: 0, closed: 0 };
    this.tokens = 0;
  }

  async begin() {
    const side = (letter) => () => `zq${letter}${++this.tokens}q`;
    const help = (await Promise.all(['event', 'conflict'].map((group) => this.cli.run(group, '--help')))).map(({ stdout }) => stdout).join('\n');
    const commands = new Set([...help.matchAll(/^ {2}((?:event|conflict) [a-z-]+)/gm)].map(([, name]) => name));
    const shared = { random: this.random, hot: this.hot, model: this.model, commands };
    this.upstream = new Upstream({ ...shared, repo: this.repo, folder: this.folder, token: side('u') });
    this.local = new Local({ ...shared, cli: this.cli, database: this.database, token: side('l') });
    await this.cli.must('git-pull');
    await assertChecked(this.cli, 'the first pull');
    const ids = (await query(this.database, 'SELECT id FROM timeline_events ORDER BY id')).map((row) => row.id);
    for (let i = 0; i < this.hotCount; i++) this.hot.add(this.random.pick(ids));
  }

  tell(text) {
    if (!text) return;
    this.history.push(`${this.round}: ${text}`);
    this.log(this.history.at(-1));
  }

  async check(what) {
    await assertChecked(this.cli, `round ${this.round}, after ${what}`);
  }

  /** Now and then a command is killed in the middle: the next one has to go on from what it left. */
  async killedSometimes(command) {
    if (!this.random.chance(0.08)) return;
    const timeoutMs = 1 + this.random.int(60);
    const { signal } = await this.cli.run(command, { timeoutMs });
    this.tell(`${command} is ${signal ? 'killed' : 'done'} within ${timeoutMs} ms`);
    await this.check(`${command} was killed`);
  }

  async pull() {
    await this.killedSometimes('git-pull');
    const { code, json, stdout, stderr } = await this.cli.run('git-pull', '--confirm-deletions', ...(this.random.chance(0.05) ? ['--force'] : []));
    assert.ok(code === 0 || code === 3, `git-pull ended with ${code}: ${stdout}${stderr}`);
    this.counts.pulled += json.imported + json.updated + json.deleted;
    this.counts.conflicts += json.conflicts.length;
    this.tell(`pulls: ${json.imported} in, ${json.updated} changed, ${json.deleted} gone, conflicts ${json.conflicts.map((c) => c.id)}`);
    if (this.random.chance(0.2)) await this.check('the pull');
    await this.verify('the pull');
  }

  /** What was sent of an event has all that the revision held which was claimed: of a batch that an earlier run began, an earlier one. */
  async verifySent(answer) {
    const events = await query(this.database, `SELECT pe.event_id id, pe.change, coalesce(v.content, r.json_content) content
      FROM tl_pull_request p JOIN tl_pull_request_event pe ON pe.pull_request = p.id JOIN timeline_events r ON r.id = pe.event_id
      LEFT JOIN tl_revision v ON v.event_id = pe.event_id AND v.revision = pe.revision
      WHERE p.commit_id = '${answer.commit_hash}' AND pe.change <> 'removed' ORDER BY 1`);
    const sent = await this.grep(answer.commit_hash);
    for (const { id, change, content } of events) {
      for (const token of tokensOf(content))
        assert.ok(sent.has(token), `round ${this.round}: ${token} of ${id} (${change}) is not in what was sent of it`);
    }
  }

  async send() {
    const refused = this.random.chance(0.05);
    if (refused) await this.repo.refusePushes('Not now');
    else await this.killedSometimes('create-pr');
    const { code, json, stdout, stderr } = await this.cli.run('create-pr');
    if (refused) await this.repo.acceptPushes();
    assert.ok(code === 0 || code === 4 || (refused && code === 7) || (code === 1 && ['stale', 'invalid_event'].includes(json?.code)), `create-pr ended with ${code}: ${stdout}${stderr}`);
    this.tell(`sends${refused ? ' what is refused' : ''}: ${json.code ?? `${json.events_count} on ${json.branch}`} ${(json.warnings ?? []).join(' ')}`);
    await this.check('the pull and create-pr');
    if (code !== 0) return;
    this.counts.sent += json.events_count;
    await this.verifySent(json);
  }

  /** What becomes of the open ones is decided on the forge. */
  async settle() {
    const { pull_requests: open } = await this.cli.must('pr', 'list', '--state', 'open');
    for (const { branch } of open.sort((a, b) => (a.branch < b.branch ? -1 : 1))) {
      const way = this.random.weighted([[30, 'merge'], [25, 'squash'], [15, 'rebase'], [12, 'close'], [30, 'wait']]);
      if (way === 'wait' || !(await this.repo.tip(branch))) continue;
      if (way !== 'close' && await this.repo.mergeable(branch)) {
        await this.repo.merge(branch, { base: this.repo.branch, method: way }).then(() => this.counts.merged++,
          (error) => this.tell(`${branch} cannot be merged: ${error.message.slice(0, 80)}`));
        if (this.random.chance(0.5)) await this.repo.deleteBranch(branch);
        this.tell(`upstream ${way}s ${branch}`);
        this.model.land(await this.grep(this.repo.branch));
      } else if (way === 'close') {
        await this.repo.deleteBranch(branch);
        this.counts.closed++;
        this.tell(`upstream closes ${branch}`);
      }
    }
  }

  /** Tokens in a tree, with the file of each. */
  async grep(revision) {
    const { code, stdout, stderr } = await run('git', ['-C', this.repo.folder, 'grep', '-a', '-o', '-z', '-E', 'zq[lu][0-9]+q', revision], { env: gitEnv() });
    assert.ok(code === 0 || (code === 1 && !stderr), stderr);
    const found = new Map();
    for (const line of stdout.split('\n').filter(Boolean)) {
      const [name, token] = line.split('\0');
      found.set(token, [...(found.get(token) ?? []), name.slice(revision.length + 1)]);
    }
    return found;
  }

  /** Every live token is somewhere, and what the repository holds has come in. */
  async verify(what) {
    const contents = await query(this.database, "SELECT r.id, r.json_content c FROM timeline_events r LEFT JOIN tl_event t ON t.id = r.id WHERE coalesce(t.removed, 0) = 0 AND r.json_content LIKE '%zq%'");
    const removed = new Set((await query(this.database, 'SELECT id FROM tl_event WHERE removed <> 0')).map((row) => row.id));
    const sides = await query(this.database, "SELECT coalesce(base, '') || coalesce(ours, '') || coalesce(theirs, '') c FROM tl_conflict");
    const here = new Set([...contents, ...sides].flatMap((row) => [...tokensOf(row.c)]));
    const upstream = await this.grep(this.repo.branch);
    const open = await query(this.database, "SELECT commit_id c FROM tl_pull_request WHERE state IN ('running', 'open') AND commit_id <> ''");
    const sent = new Set();
    for (const { c } of open) if (await this.repo.tip(c)) for (const token of (await this.grep(c)).keys()) sent.add(token);
    this.model.land(upstream);
    for (const [token, id] of this.model.live) {
      assert.ok(here.has(token) || sent.has(token), `round ${this.round}, after ${what}: ${token}, written into ${id}, is lost`);
    }
    await this.verifyImported(upstream, here, removed, what);
  }

  /** Only the best file of an event comes in, and a broken one does not. */
  async verifyImported(upstream, here, removed, what) {
    const files = await query(this.database, `SELECT CAST(f.path AS TEXT) path, f.event_id id, f.broken,
      row_number() OVER (PARTITION BY f.event_id ORDER BY f.broken, CASE f.format WHEN 'md' THEN 0 WHEN 'json' THEN 1 ELSE 2 END, f.path) best FROM tl_file f`);
    const best = new Map(files.filter((file) => file.best === 1 && !file.broken).map((file) => [`${this.folder}/${file.path}`, file.id]));
    for (const [token, names] of upstream) {
      for (const name of names.filter((one) => best.has(one) && !removed.has(best.get(one))))
        assert.ok(here.has(token) || this.model.dropped.has(token), `round ${this.round}, after ${what}: ${token} of ${name} did not come in`);
    }
  }

  async play(round) {
    this.round = round;
    for (let n = this.random.int(5); n > 0; n--) {
      this.tell(prefixed('upstream ', await this.upstream.act()));
      this.counts.upstream++;
    }
    for (let n = this.random.int(6); n > 0; n--) {
      this.tell(prefixed('here ', await this.local.act()));
      this.counts.local++;
    }
    if (this.random.chance(0.1)) await this.check('the edits');
    if (this.random.chance(0.04)) {
      rmSync(this.workspace, { recursive: true, force: true });
      this.tell('the mirror is deleted');
    }
    await this.pull();
    await this.send();
    await this.settle();
  }

  async run(rounds) {
    try {
      await this.begin();
      for (let round = 1; round <= rounds; round++) await this.play(round);
      this.round = 'end';
      await this.pull();
      await this.repo.fsck();
    } catch (error) {
      error.message += `\nseed ${this.seed}; what came before:\n${this.history.slice(-40).join('\n')}\n`;
      throw error;
    }
    return this.counts;
  }
}

const prefixed = (who, text) => (text ? who + text : text);

/** Is this git able to merge without a working tree? */
export const canMerge = async () => (await git(['merge-tree', '-h'])).stdout.includes('--write-tree');
