// The state of the fake GitHub: repositories, pull requests, and what each operation does with them.
import { refusal } from './github_objects.js';

const TITLE_MAX = 256;
const BODY_MAX = 65536;
const now = () => new Date().toISOString().replace(/\.\d+Z/, 'Z');

export class GithubPulls {
  constructor() {
    this.queue = Promise.resolve();
    this.entries = new Map(); // owner/name -> {slug, id, repo, private, parent, pulls}
    this.handlers = {
      'users/get-authenticated': (call) => ok(this.objects.account(call.token.login)),
      'rate-limit/get': () => ok(this.schema.example('rate-limit-overview')),
      'repos/get': (call) => ok(this.objects.repository(call.entry, permissionsOf(call.token))),
      'repos/get-branch': (call) => this.getBranch(call),
      'git/get-ref': (call) => this.getRef(call),
      'pulls/list': (call) => this.list(call),
      'pulls/create': (call) => this.create(call),
      'pulls/get': (call) => this.withPull(call, (pull) => this.show(call.entry, pull)),
      'pulls/update': (call) => this.withPull(call, (pull) => this.update(call, pull)),
      'pulls/list-files': (call) => this.withPull(call, (pull) => this.listFiles(call.entry, pull)),
      'issues/list-labels-on-issue': (call) => this.withPull(call, (pull) => this.labels(pull)),
      'issues/add-labels': (call) => this.withPull(call, (pull) => this.addLabels(call, pull)),
    };
  }

  /** Puts a real bare repository (see git.js) on the forge as `owner/name`; `parent` names what it is a fork of. */
  addRepo(slug, repo, { private: isPrivate = false, parent = null } = {}) {
    this.entries.set(slug, { slug, repo, private: isPrivate, parent, id: 100 + this.entries.size, pulls: [] });
  }

  entry(slug) {
    return this.entries.get(slug);
  }

  /** One operation at a time, as in a database: of two creations at once the second finds the first. */
  handle(call) {
    const done = this.queue.then(() => this.handlers[call.operation](call));
    this.queue = done.catch(() => {});
    return done;
  }

  /** The pull request as the fake holds it (not as the API shows it). */
  pull(slug, number) {
    const pull = this.entry(slug)?.pulls.find((one) => one.number === Number(number));
    if (!pull) throw new Error(`no pull request ${number} on ${slug}`);
    return pull;
  }

  /** All pull requests of a repository, after a look at its branches. */
  async pulls(slug) {
    const entry = this.entry(slug);
    for (const pull of entry.pulls) await this.refresh(entry, pull);
    return entry.pulls;
  }

  // ---- what people do on the forge, called by tests

  /** Merges for real: method `merge`, `squash` or `rebase`. Answers the commit that is now the base's tip. */
  async merge(slug, number, { method = 'merge', deleteBranch = false, message } = {}) {
    const entry = this.entry(slug);
    const pull = this.pull(slug, number);
    await this.refresh(entry, pull);
    if (pull.state !== 'open') throw new Error(`pull request ${number} is ${pull.state}`);
    const headOwner = pull.headEntry.slug.split('/')[0];
    const texts = { merge: `Merge pull request #${number} from ${headOwner}/${pull.headRef}\n\n${pull.title}`,
      squash: `${pull.title} (#${number})` };
    const id = await entry.repo.merge(pull.headSha, { base: pull.baseRef, method, message: message ?? texts[method] });
    this.settle(pull, id);
    if (deleteBranch) await pull.headEntry.repo.deleteBranch(pull.headRef);
    return id;
  }

  /** Closes without merging. */
  close(slug, number) {
    const pull = this.pull(slug, number);
    Object.assign(pull, { state: 'closed', closedAt: now(), updatedAt: now() });
  }

  settle(pull, commit) {
    Object.assign(pull, { state: 'closed', mergedAt: now(), closedAt: now(), updatedAt: now(), mergeCommit: commit });
  }

  /** Follows what has happened to the branches: pushed to, deleted (closed), contained in the base (merged). */
  async refresh(entry, pull) {
    if (pull.state !== 'open') return;
    const sha = await pull.headEntry.repo.tip(`refs/heads/${pull.headRef}`);
    if (sha && sha !== pull.headSha) {
      pull.headSha = sha;
      pull.looks = 0;
      await this.keepHead(entry, pull);
    }
    const base = await entry.repo.tip(`refs/heads/${pull.baseRef}`);
    if (base && await entry.repo.isAncestor(pull.headSha, base)) this.settle(pull, base);
    else if (!sha) Object.assign(pull, { state: 'closed', closedAt: now(), updatedAt: now() });
  }

  /** As GitHub, the base repository keeps the head as refs/pull/N/head. */
  keepHead(entry, pull) {
    const target = `refs/pull/${pull.number}/head`;
    return entry.repo.git(['fetch', '-q', pull.headEntry.repo.folder, `+${pull.headSha}:${target}`]);
  }

  // ---- operations of the API

  async getBranch({ entry, params }) {
    const sha = await entry.repo.tip(`refs/heads/${params.branch}`);
    return sha ? ok(this.objects.branch(params.branch, sha)) : refusal.notFound();
  }

  async getRef({ entry, params }) {
    const sha = await entry.repo.tip(`refs/${params.ref}`);
    return sha ? ok(this.objects.ref(entry, params.ref, sha)) : refusal.notFound();
  }

  async withPull(call, action) {
    const number = Number(call.params.pull_number ?? call.params.issue_number);
    const pull = call.entry.pulls.find((one) => one.number === number);
    if (!pull) return refusal.notFound();
    await this.refresh(call.entry, pull);
    return action(pull);
  }

  async create({ entry, body, token }) {
    const wrong = complaints(body);
    if (wrong.length) return refusal.invalid(wrong);
    const [owner, headRef] = body.head.includes(':') ? body.head.split(':') : [entry.slug.split('/')[0], body.head];
    const headEntry = this.inNetwork(entry, owner, body.head_repo);
    const headSha = headEntry && await headEntry.repo.tip(`refs/heads/${headRef}`);
    if (!headSha) return refusal.invalid([{ resource: 'PullRequest', field: 'head', code: 'invalid' }]);
    const baseSha = await entry.repo.tip(`refs/heads/${body.base}`);
    if (!baseSha) return refusal.invalid([{ resource: 'PullRequest', field: 'base', code: 'invalid' }]);
    await this.pulls(entry.slug);
    const pull = { number: entry.pulls.length + 1, title: body.title, body: body.body ?? null, draft: body.draft ?? false,
      state: 'open', author: token.login, labels: [], headEntry, headRef, headSha, baseRef: body.base, baseSha,
      createdAt: now(), updatedAt: now(), closedAt: null, mergedAt: null, mergeCommit: null, looks: 0 };
    const refused = await this.refuseCreation(entry, pull, owner);
    if (refused) return refused;
    entry.pulls.push(pull);
    const shown = await this.show(entry, pull);
    return { ...shown, status: 201, headers: { Location: shown.body.url } };
  }

  async refuseCreation(entry, pull, owner) {
    const custom = (message) => refusal.invalid([{ resource: 'PullRequest', code: 'custom', message }]);
    const twin = entry.pulls.some((one) => one.state === 'open' && one.headEntry === pull.headEntry
      && one.headRef === pull.headRef && one.baseRef === pull.baseRef);
    if (twin) return custom(`A pull request already exists for ${owner}:${pull.headRef}.`);
    await this.keepHead(entry, pull);
    if (await entry.repo.isAncestor(pull.headSha, pull.baseSha)) {
      await entry.repo.git(['update-ref', '-d', `refs/pull/${pull.number}/head`]);
      const head = pull.headEntry === entry ? pull.headRef : `${owner}:${pull.headRef}`;
      return custom(`No commits between ${pull.baseRef} and ${head}`);
    }
    return null;
  }

  /** The repository of `owner` among a repository, its parent and its forks. */
  inNetwork(entry, owner, headRepo) {
    const root = entry.parent ?? entry.slug;
    return [...this.entries.values()].find((one) => one.slug.split('/')[0] === owner
      && (!headRepo || one.slug === headRepo || one.slug.split('/')[1] === headRepo)
      && (one.slug === root || one.parent === root));
  }

  async list({ entry, query, path }) {
    const { state = 'open', head, base, sort = 'created', direction } = query;
    let found = await this.pulls(entry.slug);
    if (state !== 'all') found = found.filter((pull) => pull.state === state);
    if (base) found = found.filter((pull) => pull.baseRef === base);
    if (head?.includes(':')) { // without "owner:" GitHub ignores the filter
      found = found.filter((pull) => `${pull.headEntry.slug.split('/')[0]}:${pull.headRef}` === head);
    }
    const key = sort === 'updated' ? 'updatedAt' : 'createdAt';
    const up = (a, b) => a[key].localeCompare(b[key]) || a.number - b.number;
    const newestFirst = (direction ?? (sort === 'created' ? 'desc' : 'asc')) === 'desc';
    const sorted = [...found].sort((a, b) => (newestFirst ? up(b, a) : up(a, b)));
    const { page, headers } = this.paginate(sorted, query, path);
    return { status: 200, headers, body: page.map((pull) => this.objects.pullListItem(pull, entry)) };
  }

  paginate(all, query, path) {
    const size = Math.min(Number(query.per_page ?? 30), 100);
    const number = Number(query.page ?? 1);
    const page = all.slice((number - 1) * size, number * size);
    const link = (to, rel) => `<${this.url}${path}?${new URLSearchParams({ ...query, page: to })}>; rel="${rel}"`;
    const last = Math.ceil(all.length / size);
    if (number >= last) return { page, headers: {} };
    return { page, headers: { Link: `${link(number + 1, 'next')}, ${link(last, 'last')}` } };
  }

  /** `mergeable` is null at the first look at a head, as on GitHub: it is being worked out. */
  async show(entry, pull) {
    const open = pull.state === 'open';
    const mergeable = open && pull.looks > 0 ? await entry.repo.mergeable(pull.headSha, pull.baseRef) : null;
    pull.looks += 1;
    const base = pull.state === 'open' ? pull.baseRef : pull.baseSha;
    const files = await this.files(entry, pull);
    const sum = (key) => files.reduce((total, file) => total + file[key], 0);
    const commits = Number(await entry.repo.git(['rev-list', '--count', `${base}..${pull.headSha}`]));
    const mergeableState = mergeable === null ? 'unknown' : mergeable ? 'clean' : 'dirty';
    return ok(this.objects.pull(pull, entry, { mergeable, rebaseable: mergeable, mergeable_state: mergeableState, commits,
      additions: sum('additions'), deletions: sum('deletions'), changed_files: files.length }));
  }

  async files(entry, pull) {
    const range = `${pull.baseSha}...${pull.headSha}`;
    const numbers = await entry.repo.git(['diff', '--numstat', '-z', '--no-renames', range]);
    return numbers.split('\0').filter(Boolean).map((line) => {
      const [added, removed, filename] = line.split('\t');
      return { filename, additions: Number(added) || 0, deletions: Number(removed) || 0 };
    });
  }

  async listFiles(entry, pull) {
    const base = await entry.repo.git(['merge-base', pull.baseSha, pull.headSha]);
    const changes = await entry.repo.changes(base, pull.headSha);
    const words = { A: 'added', M: 'modified', D: 'removed', T: 'changed' };
    const url = `${this.url}/repos/${entry.slug}`;
    return ok((await this.files(entry, pull)).map((file) => ({ ...file, sha: pull.headSha,
      status: words[changes[file.filename]], changes: file.additions + file.deletions,
      blob_url: `${url}/blob`, raw_url: `${url}/raw`, contents_url: `${url}/contents` })));
  }

  async update({ entry, body }, pull) {
    const wrong = complaints({ title: pull.title, head: 'h', base: 'b', ...body });
    if (wrong.length) return refusal.invalid(wrong);
    if (pull.mergedAt && body.state === 'open') return refusal.invalid([{ resource: 'PullRequest', code: 'invalid', field: 'state' }]);
    for (const key of ['title', 'body']) if (body[key] !== undefined) pull[key] = body[key];
    if (body.base) pull.baseRef = body.base;
    if (body.state && body.state !== pull.state) {
      Object.assign(pull, { state: body.state, closedAt: body.state === 'closed' ? now() : null });
    }
    pull.updatedAt = now();
    return this.show(entry, pull);
  }

  labels(pull) {
    return ok(pull.labels.map((name, index) => this.objects.label(name, index)));
  }

  addLabels({ body }, pull) {
    const wanted = (Array.isArray(body) ? body : body?.labels ?? []).map((label) => label.name ?? label);
    for (const name of wanted) if (!pull.labels.includes(name)) pull.labels.push(name);
    pull.updatedAt = now();
    return this.labels(pull);
  }
}

const ok = (body) => ({ status: 200, body });

/** What GitHub says about the fields of a new or changed pull request. */
function complaints(body) {
  const about = (field, code, message) => ({ resource: 'PullRequest', field, code, ...(message ? { message } : {}) });
  const found = [];
  for (const field of ['title', 'head', 'base']) if (!body?.[field]) found.push(about(field, 'missing_field'));
  if ([...(body?.title ?? '')].length > TITLE_MAX) {
    found.push(about('title', 'custom', `title is too long (maximum is ${TITLE_MAX} characters)`));
  }
  if ([...(body?.body ?? '')].length > BODY_MAX) {
    found.push(about('body', 'custom', `body is too long (maximum is ${BODY_MAX} characters)`));
  }
  return found;
}

function permissionsOf(token) {
  const write = token.permissions.contents === 'write';
  return { admin: false, maintain: false, push: write, triage: write, pull: true };
}
