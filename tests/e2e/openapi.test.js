// The API's description is valid OpenAPI, and says of the routes what the table of routes says. That answers are as described
// is shown in api.test.js.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Description, readDescription } from './lib/openapi.js';
import { SOURCE } from './lib/tideline.js';

const SECURITY = { WHO_ANYBODY: [], WHO_READER: [{ bearer: [] }, {}], WHO_ACCOUNT: [{ bearer: [] }], WHO_EDITOR: [{ bearer: [] }], WHO_ADMIN: [{ bearer: [] }] };

function routes() {
  const text = readFileSync(path.join(SOURCE, 'fcgi', 'route.c'), 'utf8');
  const row = /\{METHOD_(\w+),\s*"([^"]+)",\s*FACE_(\w+),\s*TENANT_\w+,\s*(WHO_\w+),\s*(BODY_\w+),\s*handle_\w+\}/g;
  return [...text.matchAll(row)].map(([, method, pattern, face, who, body]) => ({ method: method.toLowerCase(), pattern, face, who, body }));
}

/** Every object of the document with the place where it stands. */
function* parts(value, place = '#') {
  if (value === null || typeof value !== 'object') return;
  yield [value, place];
  for (const [key, part] of Object.entries(value)) yield* parts(part, `${place}/${key}`);
}

describe('the description of the API', () => {
  const document = readDescription();
  const { operations } = new Description(document);

  it('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    assert.deepEqual([valid, errors], [true, undefined]);
    assert.match(document.openapi, /^3\.1\./);
    const broken = structuredClone(document);
    delete broken.paths['/api/v1/status'].get.responses['200'].description;
    assert.equal((await new Validator().validate(broken)).valid, false);
  });

  it('holds every route of the API and no other', () => {
    const table = routes();
    assert.ok(table.length > 20);
    assert.equal(table.length, readFileSync(path.join(SOURCE, 'fcgi', 'route.c'), 'utf8').match(/\{METHOD_\w+, "\//g).length, 'rows that could not be read');
    const served = table.filter(({ face, pattern }) => face === 'JSON' || pattern === '/healthz').map(({ method, pattern, who, body }) =>
      `${method} ${pattern} ${JSON.stringify(SECURITY[who])} ${['BODY_JSON', 'BODY_EVENT'].includes(body)}`);
    const described = operations.map(({ method, template, security, requestBody }) =>
      `${method} ${template.replace(/\{\w+\}/g, '*')} ${JSON.stringify(security)} ${Boolean(requestBody)}`);
    assert.deepEqual(described.sort(), served.sort());
  });

  it('names each operation once, all parameters of its path, and refers to nothing that is not there', () => {
    assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length);
    const lookUp = (reference) => reference.slice(2).split('/').reduce((at, key) => at?.[key], document);
    const used = new Set();
    for (const [part, place] of parts(document)) {
      if (typeof part.$ref !== 'string') continue;
      used.add(part.$ref);
      assert.ok(lookUp(part.$ref), `${place} refers to ${part.$ref}`);
    }
    for (const { template, parameters = [], operationId } of operations) {
      const named = parameters.map((one) => (one.$ref ? lookUp(one.$ref) : one)).filter((one) => one.in === 'path').map((one) => one.name);
      assert.deepEqual(named, [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name), operationId);
    }
    const kinds = ['schemas', 'responses', 'parameters', 'headers'];
    const unused = kinds.flatMap((kind) => Object.keys(document.components[kind]).map((name) => `#/components/${kind}/${name}`)).filter((name) => !used.has(name));
    assert.deepEqual(unused, []);
  });

  it('names every parameter that a list reads', () => {
    const text = ['handle_api.c', 'handle_api_event.c'].map((name) => readFileSync(path.join(SOURCE, 'fcgi', name), 'utf8')).join('');
    const read = new Set([...text.matchAll(/request_(?:param|number)\(x->request, "(\w+)"/g)].map(([, name]) => name));
    const all = [...Object.values(document.components.parameters), ...operations.flatMap(({ parameters = [] }) => parameters)];
    const described = new Set(all.filter((one) => one.in === 'query').map(({ name }) => name));
    for (const unlisted of ['query', 'v']) assert.ok(read.delete(unlisted), unlisted); // the same as q; of static files
    assert.deepEqual([...read].sort(), [...described].sort());
  });

  it('describes what every operation answers when it fails', () => {
    for (const { operationId, responses, requestBody, security } of operations) {
      assert.ok(responses.default, operationId);
      if (requestBody) for (const status of ['400', '413', '415', '422']) assert.ok(responses[status], `${operationId} ${status}`);
      if (security.length) assert.ok(responses['401'], operationId);
    }
  });
});
