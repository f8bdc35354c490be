// The bodies of GitHub's answers, made from its own examples and what the test's repositories and pull requests hold.

/** Makes bodies for one fake: `base` is its address, `schema` gives the examples. */
export class GithubObjects {
  constructor(schema, base, apiBase) {
    this.schema = schema;
    this.base = base;
    this.apiBase = apiBase;
  }

  user(login) {
    return { ...this.schema.example('simple-user'), login, html_url: `${this.base}/${login}` };
  }

  account(login) {
    return { ...this.schema.example('private-user'), login };
  }

  identity(entry) {
    const [owner, name] = entry.slug.split('/');
    return { id: entry.id, name, full_name: entry.slug, private: entry.private, fork: Boolean(entry.parent),
      owner: this.user(owner), default_branch: entry.repo.branch, html_url: `${this.base}/${entry.slug}`,
      url: `${this.apiBase}/repos/${entry.slug}`, clone_url: `${this.base}/${entry.slug}.git` };
  }

  repository(entry, permissions) {
    return { ...this.schema.example('full-repository'), ...this.identity(entry), has_discussions: false, permissions };
  }

  label(name, index) {
    return { id: 1000 + index, node_id: `LA_${index}`, url: `${this.apiBase}/labels/${encodeURIComponent(name)}`, name,
      description: '', color: 'ededed', default: false };
  }

  /** What lists and single pull requests have in common. */
  pullBasics(pull, entry) {
    const api = `${this.apiBase}/repos/${entry.slug}`;
    const html = `${this.base}/${entry.slug}/pull/${pull.number}`;
    return { id: 5000 + pull.number, number: pull.number, title: pull.title, body: pull.body, draft: pull.draft,
      state: pull.state, locked: false, user: this.user(pull.author), labels: pull.labels.map((n, i) => this.label(n, i)),
      created_at: pull.createdAt, updated_at: pull.updatedAt, closed_at: pull.closedAt, merged_at: pull.mergedAt,
      merge_commit_sha: pull.mergeCommit, milestone: null, assignee: null, assignees: [], requested_reviewers: [],
      requested_teams: [], auto_merge: null, active_lock_reason: null,
      url: `${api}/pulls/${pull.number}`, html_url: html, diff_url: `${html}.diff`, patch_url: `${html}.patch`,
      issue_url: `${api}/issues/${pull.number}`, commits_url: `${api}/pulls/${pull.number}/commits`,
      comments_url: `${api}/issues/${pull.number}/comments`, statuses_url: `${api}/statuses/${pull.headSha}` };
  }

  /** One end of a pull request. A deleted fork or branch leaves the ref and commit, as on GitHub. */
  end(example, entry, ref, sha) {
    const owner = entry.slug.split('/')[0];
    return { ...example, label: `${owner}:${ref}`, ref, sha, user: this.user(owner),
      repo: { ...example.repo, ...this.identity(entry) } };
  }

  pullListItem(pull, entry) {
    const example = this.schema.example('pull-request-simple-items')[0];
    return { ...example, ...this.pullBasics(pull, entry),
      head: this.end(example.head, pull.headEntry, pull.headRef, pull.headSha),
      base: this.end(example.base, entry, pull.baseRef, pull.baseSha) };
  }

  /** `figures`: mergeable, commits, additions, deletions, changed_files. */
  pull(pull, entry, figures) {
    const example = this.schema.example('pull-request');
    return { ...example, ...this.pullBasics(pull, entry), ...figures,
      head: this.end(example.head, pull.headEntry, pull.headRef, pull.headSha),
      base: this.end(example.base, entry, pull.baseRef, pull.baseSha),
      merged: Boolean(pull.mergedAt), merged_by: pull.mergedAt ? this.user('maintainer') : null,
      comments: 0, review_comments: 0, maintainer_can_modify: false };
  }

  branch(name, sha) {
    const example = this.schema.example('branch-with-protection');
    return { ...example, name, protected: false, commit: { ...example.commit, sha } };
  }

  ref(entry, name, sha) {
    const url = `${this.apiBase}/repos/${entry.slug}/git`;
    return { ref: `refs/${name}`, node_id: 'REF', url: `${url}/refs/${name}`,
      object: { type: 'commit', sha, url: `${url}/commits/${sha}` } };
  }
}

/** GitHub's error bodies, word for word where clients are known to read them. */
export function errorBody(message, status, errors) {
  return { message, ...(errors ? { errors } : {}), documentation_url: 'https://docs.github.com/rest', status: String(status) };
}

export const refusal = {
  badCredentials: () => ({ status: 401, body: errorBody('Bad credentials', 401) }),
  notFound: () => ({ status: 404, body: errorBody('Not Found', 404) }),
  missingScope: (accepted = 'pull_requests=write') => ({
    status: 403, headers: { 'X-Accepted-GitHub-Permissions': accepted },
    body: errorBody('Resource not accessible by personal access token', 403) }),
  invalid: (errors) => ({ status: 422, body: errorBody('Validation Failed', 422, errors) }),
  primaryLimit: (status = 403, seconds = 60) => ({
    status, headers: { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '0', 'x-ratelimit-used': '5000',
      'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + seconds), 'x-ratelimit-resource': 'core' },
    body: errorBody('API rate limit exceeded for user ID 1.', status) }),
  secondaryLimit: (status = 403, seconds = 60) => ({
    status, headers: { 'Retry-After': String(seconds) },
    body: errorBody('You have exceeded a secondary rate limit. Please wait a few minutes before you try again.', status) }),
  badGateway: () => ({ status: 502, body: errorBody('Server Error', 502) }),
};
