// A stateful fake of GitHub's pull-request API over HTTPS, beside real bare repositories. It refuses what GitHub
// refuses, fails as GitHub fails when a test asks for it, and holds every request and answer against GitHub's schema:
// what does not fit is kept in `problems`, and `stop()` throws if there are any.
import { githubSchema } from './github_schema.js';
import { GithubObjects, refusal } from './github_objects.js';
import { startHttps } from './fault_proxy.js';
import { GithubPulls } from './github_pulls.js';

const MAX_BODY = 1 << 20;
const RATE = { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '4990', 'x-ratelimit-used': '10',
  'x-ratelimit-resource': 'core' };

/** Which permission an operation needs of a fine-grained token: any of these. */
const NEEDS = {
  'pulls/list': ['pull_requests=read'],
  'pulls/get': ['pull_requests=read'],
  'pulls/list-files': ['pull_requests=read'],
  'pulls/create': ['pull_requests=write'],
  'pulls/update': ['pull_requests=write'],
  'issues/list-labels-on-issue': ['issues=read', 'pull_requests=read'],
  'issues/add-labels': ['issues=write', 'pull_requests=write'],
  'repos/get-branch': ['contents=read'],
  'git/get-ref': ['contents=read'],
};
const EVERYTHING = { pull_requests: 'write', issues: 'write', contents: 'write', metadata: 'read' };

/** Ways to fail, for `github.fail(kind, options)`. See lib/README.md for what each does. */
const FAULTS = ['bad-credentials', 'missing-scope', 'not-found', 'primary-limit', 'secondary-limit', 'bad-gateway',
  'done-then-502', 'slow', 'silent', 'cut', 'huge', 'malformed', 'answer'];

/**
 * Starts the fake. Options: `authority` or `certificate`; `tokens` `{TOKEN: {login, permissions, repositories, scopes}}`
 * (default: one token `github-test-token` that may do everything); `prefix` (such as `/api/v3` for GitHub Enterprise).
 */
export async function startFakeGithub({ authority, certificate, tokens, prefix = '' }) {
  const issued = certificate ?? await authority.issue(['localhost', 'github.localhost', '127.0.0.1']);
  const github = new FakeGithub(await githubSchema(), prefix);
  github.tokens = tokens ?? { 'github-test-token': {} };
  github.https = await startHttps(issued, (request, response) => github.take(request, response));
  github.port = github.https.port;
  github.url = github.https.url + prefix;
  github.objects = new GithubObjects(github.schema, github.https.url, github.url);
  return github;
}

class FakeGithub extends GithubPulls {
  constructor(schema, prefix) {
    super();
    this.schema = schema;
    this.prefix = prefix;
    this.requests = []; // {method, path, query, headers, body, operation, status}
    this.problems = [];
    this.faults = [];
  }

  /** The requests of one operation, such as `'pulls/create'`. */
  requestsOf(operation) {
    return this.requests.filter((request) => request.operation === operation);
  }

  /** Hands out what has been found wrong and forgets it: for tests that expect a problem. */
  takeProblems() {
    return this.problems.splice(0);
  }

  /**
   * The next `times` requests (of `operation`, if given) fail. Further options by kind: `status`, `seconds` (limits),
   * `ms` (slow), `bytes` (huge), `body` and `headers` (answer: exactly this, unchecked).
   */
  fail(kind, { operation, times = 1, ...options } = {}) {
    if (!FAULTS.includes(kind)) throw new Error(`fail() knows ${FAULTS.join(' ')}`);
    this.faults.push({ kind, operation, left: times, ...options });
  }

  recover() {
    this.faults = [];
  }

  /** Throws if any request or answer so far did not fit GitHub's schema and headers. */
  assertValid() {
    if (this.problems.length) throw new Error(`against GitHub's API:\n${this.problems.join('\n')}`);
  }

  async stop() {
    await this.https.stop();
    this.assertValid();
  }

  async take(request, response) {
    try {
      const call = await this.read(request);
      this.requests.push(call);
      this.inspect(call);
      const fault = this.nextFault(call);
      const answer = await this.answer(call, fault);
      call.status = answer?.status ?? null;
      if (answer) this.send(response, call, answer, fault);
    } catch (error) {
      this.problems.push(`the fake itself failed: ${error.stack}`);
      response.destroy();
    }
  }

  async read(request) {
    const chunks = [];
    let size = 0;
    for await (const chunk of request) {
      size += chunk.length;
      if (size <= MAX_BODY) chunks.push(chunk);
    }
    const url = new URL(request.url, 'https://fake');
    const inside = url.pathname.startsWith(`${this.prefix}/`);
    const path = inside ? url.pathname.slice(this.prefix.length) : url.pathname;
    const operation = inside ? this.schema.operationOf(request.method, path) : null;
    const text = Buffer.concat(chunks).toString('utf8');
    return { method: request.method, path, query: Object.fromEntries(url.searchParams), headers: request.headers, text,
      body: parseJson(text), operation: operation?.operationId ?? null, params: operation?.params ?? {} };
  }

  problem(call, text) {
    this.problems.push(`${call.method} ${call.path}: ${text}`);
  }

  /** The headers that GitHub asks of clients, and its schema. */
  inspect(call) {
    const { headers } = call;
    if (!/^Bearer \S+$/.test(headers.authorization ?? '')) this.problem(call, 'Authorization is not "Bearer TOKEN"');
    if (headers.accept !== 'application/vnd.github+json') this.problem(call, `Accept is ${headers.accept}`);
    if (headers['x-github-api-version'] !== '2022-11-28') this.problem(call, 'X-GitHub-Api-Version is not 2022-11-28');
    if (!headers['user-agent']) this.problem(call, 'User-Agent is missing');
    if (call.text && !/^application\/json\b/.test(headers['content-type'] ?? '')) {
      this.problem(call, `Content-Type is ${headers['content-type']}`);
    }
    if (!call.operation) {
      this.problem(call, 'no operation of GitHub that this fake knows');
      return;
    }
    if (call.query.head && !call.query.head.includes(':')) this.problem(call, 'head= without owner: is ignored by GitHub');
    for (const text of this.schema.checkRequest(call.operation, call)) this.problem(call, `request: ${text}`);
  }

  nextFault(call) {
    const fault = this.faults.find((f) => f.left > 0 && (!f.operation || f.operation === call.operation));
    if (fault) fault.left -= 1;
    return fault ?? { kind: 'none' };
  }

  /** The answer with the fault's hand in it, or null for none at all. */
  async answer(call, fault) {
    const { kind, status, seconds } = fault;
    if (kind === 'silent') return null;
    if (kind === 'bad-credentials') return refusal.badCredentials();
    if (kind === 'missing-scope') return refusal.missingScope(NEEDS[call.operation]?.join('; '));
    if (kind === 'not-found') return refusal.notFound();
    if (kind === 'primary-limit') return refusal.primaryLimit(status, seconds);
    if (kind === 'secondary-limit') return refusal.secondaryLimit(status, seconds);
    if (kind === 'bad-gateway') return refusal.badGateway();
    if (kind === 'answer') return { status: fault.status ?? 200, body: fault.body, headers: fault.headers };
    if (kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.ms ?? 1000));
    const answer = await this.refuseOrDo(call);
    return kind === 'done-then-502' ? refusal.badGateway() : answer;
  }

  async refuseOrDo(call) {
    const token = this.tokens[(call.headers.authorization ?? '').replace(/^Bearer /, '')];
    if (!token) return refusal.badCredentials();
    if (!call.operation) return refusal.notFound();
    if (call.body === undefined && call.text) return refusal.invalid([{ code: 'custom', message: 'Problems parsing JSON' }]);
    call.token = { login: 'tester', permissions: EVERYTHING, repositories: null, ...token };
    const { owner, repo } = call.params;
    if (owner) {
      call.entry = this.entry(`${owner}/${repo}`);
      if (!call.entry || !mayRead(call.token, call.entry)) return refusal.notFound();
    }
    const needs = NEEDS[call.operation];
    if (needs && !needs.some((need) => grants(call.token.permissions, need))) return refusal.missingScope(needs.join('; '));
    const answer = await this.handle(call);
    if (call.token.scopes) answer.headers = { ...answer.headers, 'X-OAuth-Scopes': call.token.scopes.join(', ') };
    return answer;
  }

  send(response, call, answer, fault) {
    const faked = ['answer', 'cut', 'huge', 'malformed'].includes(fault.kind);
    if (!faked && call.operation) {
      const wrong = this.schema.checkAnswer(call.operation, answer.status, structuredClone(answer.body));
      for (const text of wrong) this.problem(call, `answer ${answer.status}: ${text}`);
    }
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? null);
    const reset = String(Math.floor(Date.now() / 1000) + 3000);
    const headers = { 'Content-Type': 'application/json; charset=utf-8', 'X-GitHub-Media-Type': 'github.v3; format=json',
      ...RATE, 'x-ratelimit-reset': reset, ...answer.headers };
    if (fault.kind === 'huge') return sendHuge(response, headers, fault.bytes ?? 256 << 20);
    const sent = fault.kind === 'malformed' ? `${text.slice(0, -1)},}` : text;
    response.writeHead(answer.status, { ...headers, 'Content-Length': Buffer.byteLength(sent) });
    if (fault.kind !== 'cut') return response.end(sent);
    return response.write(sent.slice(0, sent.length / 2), () => response.destroy());
  }
}

function parseJson(text) {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

const mayRead = (token, entry) => !entry.private || !token.repositories || token.repositories.includes(entry.slug);

function grants(permissions, need) {
  const [name, level] = need.split('=');
  return permissions[name] === 'write' || (level === 'read' && permissions[name] === 'read');
}

/** Valid JSON of `bytes` bytes, sent as fast as it is taken. */
function sendHuge(response, headers, bytes) {
  const piece = 'x'.repeat(1 << 16);
  let left = bytes;
  response.writeHead(200, headers);
  response.write('{"message":"');
  const more = () => {
    while (left > 0 && !response.destroyed) {
      left -= piece.length;
      if (!response.write(piece)) return void response.once('drain', more);
    }
    if (!response.destroyed) response.end('"}');
  };
  more();
}
