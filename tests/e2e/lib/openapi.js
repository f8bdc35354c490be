// The API's own description (templates/openapi.json): which operation a request means, and whether its answer is what is
// described there. What was seen is remembered, so that a test can name what nobody tried.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import { waitUntil } from './net.js';
import { SOURCE } from './tideline.js';

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options', 'trace'];
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** The document as it stands in the tree. */
export function readDescription() {
  return JSON.parse(readFileSync(path.join(SOURCE, 'templates', 'openapi.json'), 'utf8'));
}

/** Programs must let new members pass; a test must not: every object with named members gets no others. */
function closed(value) {
  if (Array.isArray(value)) return value.map(closed);
  if (value === null || typeof value !== 'object') return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, closed(part)]));
  const named = copy.type === 'object' && copy.properties && copy.additionalProperties === undefined;
  return named ? { ...copy, additionalProperties: false } : copy;
}

const pointer = (...parts) => `api#/${parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;

export class Description {
  constructor(document = readDescription()) {
    this.document = document;
    this.seen = new Set();
    this.ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
    this.ajv.addFormat('date-time', TIME);
    this.ajv.addSchema({ ...closed(document), $id: 'api' }, 'api', false, false);
    this.operations = Object.entries(document.paths).flatMap(([template, item]) =>
      METHODS.filter((method) => item[method]).map((method) => ({ template, method, ...item[method] })));
  }

  /** The object that a reference stands for, and where it is. */
  resolve(object, place) {
    if (!object?.$ref) return [object, place];
    const parts = object.$ref.slice(2).split('/');
    return [parts.reduce((at, part) => at[part], this.document), parts];
  }

  validator(place) {
    return this.ajv.getSchema(pointer(...place)) ?? this.ajv.compile({ $ref: pointer(...place) });
  }

  valid(place, value, what) {
    const validate = this.validator(place);
    if (!validate(value)) {
      const why = validate.errors.map((error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
      assert.fail(`${what} is not as described (${place.join('/')}):\n${why.join('\n')}\n${JSON.stringify(value).slice(0, 2000)}`);
    }
  }

  /** The templates that an address fits, literal ones before those with parameters; the operation of the method, if there is one. */
  find(method, address) {
    const segments = new URL(address, 'https://x').pathname.split('/');
    const fits = (template) => {
      const parts = template.split('/');
      return parts.length === segments.length && parts.every((part, i) => /^\{.*\}$/.test(part) || part === segments[i]);
    };
    const template = Object.keys(this.document.paths).filter(fits).sort((a, b) => a.includes('{') - b.includes('{'))[0];
    const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
    return { template, operation: this.operations.find((one) => one.template === template && one.method === verb),
      methods: this.operations.filter((one) => one.template === template).map((one) => one.method) };
  }

  /** Throws unless an answer is as described; what is not described at all has to be a problem document. */
  check(method, address, answer) {
    const { operation, methods } = this.find(method, address);
    const what = `${method} ${address.slice(0, 100)}: ${answer.status}`;
    if (!operation) {
      this.checkProblem(answer, what, method);
      assert.equal(answer.status, methods.length ? 405 : 404, what);
      const names = methods.flatMap((name) => (name === 'get' ? ['GET', 'HEAD'] : [name.toUpperCase()]));
      if (methods.length) assert.deepEqual(answer.headers.allow.split(', ').sort(), names.sort(), what);
      return;
    }
    const status = operation.responses[answer.status] ? String(answer.status) : 'default';
    assert.ok(operation.responses[status], `${what} is not described`);
    const [response, place] = this.resolve(operation.responses[status],
      ['paths', operation.template, operation.method, 'responses', status]);
    this.checkHeaders(response, place, answer, what);
    if (method !== 'HEAD') this.checkContent(response, place, answer, what);
    if (status === 'default') this.checkProblem(answer, what, method);
    this.seen.add(`${operation.operationId} ${status}`);
  }

  checkProblem(answer, what, method = 'GET') {
    assert.equal(answer.headers['content-type'], 'application/problem+json', what);
    assert.ok(answer.status >= 400, what);
    if (method === 'HEAD') return;
    this.valid(['components', 'schemas', 'Problem'], answer.json, what);
    assert.equal(answer.json.status, answer.status, what);
  }

  checkHeaders(response, place, answer, what) {
    for (const [name, header] of Object.entries(response.headers ?? {})) {
      const [described, at] = this.resolve(header, [...place, 'headers', name]);
      const value = answer.headers[name.toLowerCase()];
      assert.ok(value !== undefined || !described.required, `${what} lacks ${name}`);
      if (value !== undefined) this.valid([...at, 'schema'], value, `${what}: ${name}`);
    }
  }

  checkContent(response, place, answer, what) {
    const type = answer.headers['content-type']?.split(';')[0];
    if (!response.content) {
      assert.equal(answer.text, '', what);
      return;
    }
    assert.ok(response.content[type], `${what} is ${type}`);
    this.valid([...place, 'content', type, 'schema'], type.endsWith('json') ? answer.json : answer.text, what);
    if (type === 'application/problem+json') assert.equal(answer.json.status, answer.status, what);
  }

  /** Is a body one that the operation takes? */
  takes(method, address, body) {
    const { operation } = this.find(method, address);
    return this.validator(['paths', operation.template, operation.method, 'requestBody', 'content', 'application/json', 'schema'])(body);
  }

  /** Described answers of a test file's part of the API that nothing has asked for yet; `default` stands for any. */
  untried(part = 'api.test.js') {
    const mine = ({ template }) => (Object.keys(PARTS).find((file) => PARTS[file].test(template)) ?? 'api.test.js') === part;
    return this.operations.filter(mine).flatMap(({ operationId, responses }) => Object.keys(responses)
      .filter((status) => status !== 'default').map((status) => `${operationId} ${status}`)).filter((one) => !this.seen.has(one));
  }
}

/** Which test file asks for every answer of which addresses; api.test.js has the rest. */
const PARTS = { 'api_conflicts.test.js': /^\/api\/v1\/conflicts/,
  'api_events.test.js': /^\/api\/v1\/events(\/check|\/\{id\}(\/(history|restore|revisions\/\{revision\}))?)?$/ };

/** A program with a token that asks a tenant; every answer is held to the description. */
export class Program {
  constructor(service, tenant, description, token) {
    Object.assign(this, { service, tenant, description, token });
  }

  /** The same with another token, or none. */
  as(token) {
    return new Program(this.service, this.tenant, this.description, token);
  }

  /** `json` is sent as application/json, `body` (text or bytes) as `type`. */
  async ask(method, address, { json, body, type, key, match, headers = {} } = {}) {
    const content = json === undefined ? body : JSON.stringify(json);
    const media = json === undefined ? type : type ?? 'application/json';
    const answer = await this.service.request(method, this.tenant, address, { body: content, headers: {
      ...(this.token ? { Authorization: `Bearer ${this.token}` } : {}), ...(media ? { 'Content-Type': media } : {}),
      ...(content === undefined ? {} : { 'Content-Length': Buffer.byteLength(content) }),
      ...(key ? { 'Idempotency-Key': key } : {}), ...(match ? { 'If-Match': match } : {}), ...headers } });
    this.description.check(method, address, answer);
    if (answer.status < 300 && json !== undefined) {
      assert.ok(this.description.takes(method, address, json), `${method} ${address} took what is not described: ${content}`);
    }
    return answer;
  }

  get(address, options) {
    return this.ask('GET', address, options);
  }

  post(address, json, options = {}) {
    return this.ask('POST', address, { json, ...options });
  }

  /** Waits until the job of a 202 is over; answers it. */
  async job(answer, state = 'succeeded') {
    assert.equal(answer.status, 202, answer.text);
    let job;
    await waitUntil(async () => {
      ({ json: { job } } = await this.get(answer.headers.location));
      return !['queued', 'running'].includes(job.state) || job.next_try_at;
    }, { what: `${answer.headers.location} to end`, timeoutMs: 60000, explain: () => JSON.stringify(job) + this.service.pool.log });
    assert.equal(job.state, state, JSON.stringify(job));
    return job;
  }
}
