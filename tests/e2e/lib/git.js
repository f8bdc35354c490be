// Plain git: the command with a clean configuration, and bare repositories that tests fill, change and read.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cleanEnv, mustRun, run } from './process.js';
import { tempDir } from './temp.js';

const TESTER = 'Test Person <person@example.org>';
const FIRST_SECOND = 1_700_000_000; // commits of a repository are a minute apart from here on: ids repeat exactly

/** The environment of every git here: no system or user configuration, no prompt, any owner accepted. */
export function gitEnv(extra = {}) {
  const config = { 'safe.directory': '*', 'init.defaultBranch': 'main', 'core.quotePath': 'false',
    'user.name': 'Test Person', 'user.email': 'person@example.org', 'gc.auto': '0', 'protocol.file.allow': 'always' };
  const entries = Object.entries(config).flatMap(([key, value], i) =>
    [[`GIT_CONFIG_KEY_${i}`, key], [`GIT_CONFIG_VALUE_${i}`, value]]);
  return cleanEnv(undefined, { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_COUNT: String(Object.keys(config).length), ...Object.fromEntries(entries), HOME: '/nonexistent', ...extra });
}

/** Runs git to its end and answers as `run` does. */
export const git = (args, options = {}) => run('git', args, { ...options, env: gitEnv(options.env) });

/** As `git`, throws unless it succeeded, and answers its standard output without the last newline. */
export async function mustGit(args, options = {}) {
  const { stdout } = await mustRun('git', args, { ...options, env: gitEnv(options.env) });
  return options.binary ? stdout : stdout.replace(/\n$/, '');
}

/** A bare repository with branch `branch` at `folder` (default: a temporary folder); `files` become its first commit. */
export async function createBareRepo({ folder, branch = 'main', files, message = 'First events' } = {}) {
  const repo = new BareRepo(folder ?? path.join(tempDir('repo'), 'repo.git'), branch);
  await mustGit(['init', '-q', '--bare', '-b', branch, repo.folder]);
  const streamed = typeof files?.next === 'function'; // a generator: too many to name one by one
  if (files) await (streamed ? repo.commitMany(files, { message }) : repo.commit(files, { message }));
  return repo;
}

/** A bare copy of a bundle or of another repository. */
export async function cloneBareRepo(source, { folder, branch = 'main' } = {}) {
  const repo = new BareRepo(folder ?? path.join(tempDir('repo'), 'repo.git'), branch);
  await mustGit(['clone', '-q', '--bare', '-b', branch, source, repo.folder]);
  return repo;
}

const quotePath = (name) => `"${name.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n')}"`;
const block = (bytes) => Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')]);

/** One entry of a fast-import commit: text or Buffer; null removes; `{mode, content}` or `{commit}` for odd entries. */
function fileCommand(name, value) {
  if (value === null) return Buffer.from(`D ${quotePath(name)}\n`);
  if (value?.commit) return Buffer.from(`M 160000 ${value.commit} ${quotePath(name)}\n`);
  const mode = value?.mode ?? '100644';
  const content = Buffer.from(value?.content ?? value);
  return Buffer.concat([Buffer.from(`M ${mode} inline ${quotePath(name)}\n`), block(content)]);
}

export class BareRepo {
  constructor(folder, branch = 'main') {
    this.folder = folder;
    this.branch = branch;
    this.commits = 0;
  }

  git(args, options = {}) {
    return mustGit(['-C', this.folder, ...args], options);
  }

  /**
   * Commits `files` on top of a branch and answers the commit's id. `files` is an object or an iterable of
   * `[path, value]`. Values: see `fileCommand`; `{mode: '120000', content}` makes a symlink, `{commit: id}` a submodule.
   * Options: `branch`, `message`, `parent` (a commit, or null for a root: with it this is a force-push), `author`
   * `"Name <mail>"`, `time` in seconds.
   */
  async commit(files, options = {}) {
    const { branch = this.branch, message = 'Change events', author = TESTER } = options;
    const time = options.time ?? this.nextTime();
    const parent = options.parent === undefined ? await this.tip(branch) : options.parent;
    const who = `${author} ${time} +0000`;
    const head = [`commit refs/heads/${branch}\n`, `author ${who}\ncommitter ${who}\n`, block(Buffer.from(message))];
    // A branch that fast-import has not been told about starts without a parent: name it always.
    if (parent) head.push(`from ${parent}\n`);
    const entries = Symbol.iterator in files ? files : Object.entries(files);
    function* stream() {
      yield* head;
      for (const [name, value] of entries) yield fileCommand(name, value);
      yield '\ndone\n';
    }
    await this.git(['fast-import', '--quiet', '--force', '--done', '--date-format=raw'], { input: stream() });
    return this.tip(branch);
  }

  /**
   * As `commit`, for tens of thousands of files in one folder (where fast-import's own trees take quadratic time):
   * values are texts or Buffers, nothing is removed. Options: `branch`, `message`, `time`.
   */
  async commitMany(files, { branch = this.branch, message = 'Change many events', time = this.nextTime() } = {}) {
    const folder = tempDir('many');
    const marks = path.join(folder, 'marks');
    const names = [];
    function* blobs() {
      for (const [name, value] of files) {
        yield `blob\nmark :${names.push(name)}\n`;
        yield block(Buffer.from(value));
      }
      yield 'done\n';
    }
    const compression = ['-c', 'core.compression=1', '-c', 'pack.compression=1'];
    await this.git([...compression, 'fast-import', '--quiet', '--done', `--export-marks=${marks}`],
      { input: blobs(), timeoutMs: 300000 });
    const env = { GIT_INDEX_FILE: path.join(folder, 'index') };
    const parent = await this.tip(branch);
    if (parent) await this.git(['read-tree', parent], { env });
    const ids = readFileSync(marks, 'utf8').trim().split('\n').map((line) => line.slice(1).split(' '));
    const entries = ids.map(([mark, id]) => [names[mark - 1], `100644 ${id}\t${names[mark - 1]}\0`]);
    entries.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    await this.git(['update-index', '-z', '--add', '--index-info'], { env, input: entries.map(([, line]) => line) });
    const tree = await this.git(['write-tree'], { env });
    const date = `${time} +0000`;
    const id = await this.git(['commit-tree', tree, ...(parent ? ['-p', parent] : []), '-m', message],
      { env: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date } });
    await this.setBranch(branch, id);
    return id;
  }

  nextTime() {
    this.commits += 1;
    return FIRST_SECOND + 60 * (this.commits - 1);
  }

  /** The commit at a branch or revision, or null. */
  async tip(revision = this.branch) {
    const { code, stdout } = await git(['-C', this.folder, 'rev-parse', '-q', '--verify', `${revision}^{commit}`]);
    return code === 0 ? stdout.trim() : null;
  }

  /** All refs: `{'refs/heads/main': id, …}`. */
  async refs() {
    const text = await this.git(['for-each-ref', '--format=%(refname) %(objectname)']);
    return Object.fromEntries(text.split('\n').filter(Boolean).map((line) => line.split(' ')));
  }

  /** Branch names without `refs/heads/`. */
  async branches() {
    return Object.keys(await this.refs()).filter((ref) => ref.startsWith('refs/heads/')).map((ref) => ref.slice(11));
  }

  /** Commits reachable from `revision` (or in a range `a..b`), newest first: `{id, parents, tree, author, …}`. */
  async log(revision = this.branch) {
    const fields = ['%H', '%P', '%T', '%an <%ae>', '%at', '%cn <%ce>', '%ct', '%s', '%B'];
    const text = await this.git(['log', '-z', '--topo-order', `--format=${fields.join('%x1f')}`, revision, '--']);
    return text.split('\0').filter(Boolean).map((record) => {
      const [id, parents, tree, author, authorTime, committer, time, subject, body] = record.split('\x1f');
      return { id, parents: parents.split(' ').filter(Boolean), tree, author, authorTime: Number(authorTime),
        committer, time: Number(time), subject, message: body.replace(/\n+$/, '') };
    });
  }

  /** Files of a revision below `folder`: `{path: {mode, id, size}}`. */
  async tree(revision = this.branch, folder = '') {
    const text = await this.git(['ls-tree', '-r', '-l', '-z', revision, '--', ...(folder ? [`${folder}/`] : ['.'])]);
    return Object.fromEntries(text.split('\0').filter(Boolean).map((line) => {
      const [meta, name] = line.split('\t');
      const [mode, , id, size] = meta.split(/ +/);
      return [name, { mode, id, size: size === '-' ? null : Number(size) }];
    }));
  }

  /** A file's bytes as text (or a Buffer with `{binary: true}`). */
  async read(name, revision = this.branch, options = {}) {
    const { stdout } = await mustRun('git', ['-C', this.folder, 'cat-file', 'blob', `${revision}:${name}`],
      { ...options, env: gitEnv() });
    return stdout;
  }

  /** Paths that differ between two revisions: `{path: 'A' | 'M' | 'D'}` (no rename detection). */
  async changes(from, to) {
    const parts = (await this.git(['diff', '--no-renames', '--name-status', '-z', from, to])).split('\0');
    const changes = {};
    for (let i = 0; i + 1 < parts.length; i += 2) changes[parts[i + 1]] = parts[i];
    return changes;
  }

  /** Is one commit an ancestor of another? */
  async isAncestor(older, newer) {
    return (await git(['-C', this.folder, 'merge-base', '--is-ancestor', older, newer])).code === 0;
  }

  setBranch(branch, revision) {
    return this.git(['update-ref', `refs/heads/${branch}`, revision]);
  }

  deleteBranch(branch) {
    return this.git(['update-ref', '-d', `refs/heads/${branch}`]);
  }

  /** Installs a hook (`pre-receive`, `update`, …) from the text of a shell script; null removes it. */
  setHook(name, script) {
    const file = path.join(this.folder, 'hooks', name);
    writeFileSync(file, script === null ? '#!/bin/sh\nexit 0\n' : `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }

  /** From now on every push is refused with `message`: by `update`, ref by ref, or by `pre-receive`, all at once. */
  refusePushes(message, { hook = 'update' } = {}) {
    this.setHook(hook, `printf '%s\\n' '${message.replaceAll("'", "'\\''")}' >&2\nexit 1`);
  }

  acceptPushes() {
    for (const hook of ['update', 'pre-receive']) this.setHook(hook, null);
  }

  /** `git fsck`: throws when the repository is not sound. */
  fsck() {
    return this.git(['fsck', '--strict', '--no-dangling']);
  }

  /**
   * Brings `head` into `base` as a forge does it: `merge` (a merge commit), `squash` (one commit, one parent) or
   * `rebase` (each commit anew). Answers the new tip of `base`; throws on a content conflict.
   */
  async merge(head, { base = this.branch, method = 'merge', message = `Merge ${head}`, author = TESTER } = {}) {
    const [, name, mail] = author.match(/^(.*) <(.*)>$/);
    const date = `${this.nextTime()} +0000`;
    const env = { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: mail, GIT_COMMITTER_NAME: 'Forge',
      GIT_COMMITTER_EMAIL: 'noreply@forge.example', GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    if (method === 'rebase') return this.rebase(head, base, env);
    const tree = (await this.git(['merge-tree', '--write-tree', base, head])).split('\n')[0];
    const parents = method === 'merge' ? [base, head] : [base];
    const args = [];
    for (const parent of parents) args.push('-p', await this.tip(parent));
    const id = await this.git(['commit-tree', tree, ...args, '-m', message], { env });
    await this.setBranch(base, id);
    return id;
  }

  async rebase(head, base, env) {
    const clone = path.join(tempDir('rebase'), 'clone');
    const { GIT_COMMITTER_NAME, GIT_COMMITTER_EMAIL, GIT_COMMITTER_DATE } = env;
    const options = { env: { GIT_COMMITTER_NAME, GIT_COMMITTER_EMAIL, GIT_COMMITTER_DATE } };
    await mustGit(['clone', '-q', '--no-checkout', this.folder, clone]);
    await mustGit(['-C', clone, 'checkout', '-q', '--detach', await this.tip(head)]);
    await mustGit(['-C', clone, 'rebase', '-q', '--force-rebase', await this.tip(base)], options);
    const id = await mustGit(['-C', clone, 'rev-parse', 'HEAD']);
    await this.git(['fetch', '-q', clone, 'HEAD']);
    await this.setBranch(base, id);
    return id;
  }

  /** Would `head` merge into `base` without conflict? */
  async mergeable(head, base = this.branch) {
    return (await git(['-C', this.folder, 'merge-tree', '--write-tree', base, head])).code === 0;
  }
}
