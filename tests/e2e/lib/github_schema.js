// GitHub's own OpenAPI description (@octokit/openapi), cut to the operations a pull-request client uses. Every request
// that reaches the fake and every answer it gives is held against it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { OpenAPIBackend } from 'openapi-backend';

const REPO = '/repos/{owner}/{repo}';
const OPERATIONS = {
  '/user': ['get'],
  '/rate_limit': ['get'],
  [REPO]: ['get'],
  [`${REPO}/branches/{branch}`]: ['get'],
  [`${REPO}/git/ref/{ref}`]: ['get'],
  [`${REPO}/pulls`]: ['get', 'post'],
  [`${REPO}/pulls/{pull_number}`]: ['get', 'patch'],
  [`${REPO}/pulls/{pull_number}/files`]: ['get'],
  [`${REPO}/issues/{issue_number}/labels`]: ['get', 'post'],
};

/** The formats that GitHub's schemas name, checked and not skipped. */
const FORMATS = {
  uri: (text) => URL.canParse(text),
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  'repo.nwo': /^[\w.-]+\/[\w.-]+$/,
  int64: { type: 'number', validate: Number.isSafeInteger },
  int32: { type: 'number', validate: Number.isInteger },
  timestamp: true,
  email: true,
  'ssh-key': true,
};

let loaded;

/** Loads the description once per process. Answers `{examples, operationOf, checkRequest, checkAnswer}`. */
export function githubSchema() {
  loaded ??= load();
  return loaded;
}

async function load() {
  const require = createRequire(import.meta.url);
  const file = require.resolve('@octokit/openapi/generated/api.github.com.json');
  const whole = JSON.parse(readFileSync(file, 'utf8'));
  const paths = {};
  for (const [path, methods] of Object.entries(OPERATIONS)) {
    paths[path] = Object.fromEntries(methods.map((method) => [method, whole.paths[path][method]]));
  }
  const errors = Object.fromEntries(['basic-error', 'validation-error'].map((name) =>
    [`/${name}`, { get: errorOperation(name) }]));
  const api = new OpenAPIBackend({
    definition: { openapi: whole.openapi, info: whole.info, paths: { ...paths, ...errors }, components: whole.components },
    quick: true,
    ajvOpts: { strict: false, formats: FORMATS },
  });
  await api.init();
  return new GithubSchema(api, whole.components.examples);
}

/** Statuses that the description does not list for an operation (401, 502, …) still carry one of two error bodies. */
function errorOperation(name) {
  const schema = { $ref: `#/components/schemas/${name}` };
  return { operationId: name, responses: { 400: { description: name, content: { 'application/json': { schema } } } } };
}

const describe = (errors) => errors.map((e) => `${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params)}`);

class GithubSchema {
  constructor(api, examples) {
    this.api = api;
    this.examples = examples;
  }

  /** A deep copy of one of GitHub's example bodies. */
  example(name) {
    return structuredClone(this.examples[name].value);
  }

  /** The operation that a method and path belong to (`{operationId, params}`), or null. */
  operationOf(method, plainPath) {
    // A ref keeps its slashes in GitHub's paths, which the router takes for further segments.
    const path = plainPath.replace(/(\/git\/ref\/)(.+)$/, (all, head, ref) => head + encodeURIComponent(ref));
    const operation = this.api.router.matchOperation({ method: method.toLowerCase(), path, headers: {} });
    if (!operation) return null;
    const parsed = this.api.router.parseRequest({ method, path, headers: {} }, operation);
    return { operationId: operation.operationId, params: parsed.params };
  }

  /** What is wrong with a request: a list of sentences, empty if nothing is. */
  checkRequest(operationId, { method, path, query, headers, body }) {
    const operation = this.api.getOperation(operationId);
    const request = { method: method.toLowerCase(), path, query, headers, body };
    return describe(this.api.validateRequest(request, operation).errors ?? []).concat(unknownKeys(operation, body));
  }

  /** What is wrong with an answer. */
  checkAnswer(operationId, status, body) {
    const operation = this.api.getOperation(operationId);
    const listed = operation.responses[status]?.content;
    if (listed) return describe(this.api.validateResponse(body, operation, status).errors ?? []);
    const name = body?.errors ? 'validation-error' : 'basic-error';
    return describe(this.api.validateResponse(body, this.api.getOperation(name), 400).errors ?? []);
  }
}

/** GitHub ignores fields that it does not know; sending one is a mistake of ours all the same. */
function unknownKeys(operation, body) {
  const schema = operation.requestBody?.content?.['application/json']?.schema;
  const known = Object.keys(schema?.properties ?? {});
  if (!known.length || typeof body !== 'object' || body === null || Array.isArray(body)) return [];
  return Object.keys(body).filter((key) => !known.includes(key)).map((key) => `body field ${key} is unknown to GitHub`);
}
