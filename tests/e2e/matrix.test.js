// Every route of the table, asked for by everybody: who may not is refused in words and changes nothing, whoever may is let in,
// and a form from elsewhere does nothing for anybody. The table is read from the source, so that no new route is left out.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { execute, query } from './lib/database.js';
import { sampleEvents, SAMPLE_IDS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { waitUntil } from './lib/net.js';
import { addAccount, createToken, formBody, signedIn, Visitor } from './lib/session.js';
import { SOURCE, startService } from './lib/tideline.js';

const FORM = 'application/x-www-form-urlencoded';
/** The event that changes on both sides. */
const CONTESTED = SAMPLE_IDS[1];
const LEVEL = { ANYBODY: 0, READER: 1, ACCOUNT: 1, EDITOR: 2, ADMIN: 3 };
const ROW = /\{METHOD_(\w+), "([^"]+)", FACE_(\w+), TENANT_(\w+), WHO_(\w+), BODY_(\w+),\s*(\w+)\}/g;
const ROUTES = [...readFileSync(path.join(SOURCE, 'fcgi/route.c'), 'utf8').matchAll(ROW)]
  .map(([, method, pattern, face, tenant, who, body, handler]) => ({ method, pattern, face, tenant, who, body, handler, name: `${method} ${pattern}` }));

/** Where the service asks for more than the table, which lets in whoever might: a pull asked for again is a pull. */
const STRICTER = { 'POST /jobs/*/again': 'EDITOR' };
/** Things that are others' own: to who may not see them they are not there. */
const HIDDEN = ['GET /tokens/*', 'POST /tokens/*'];
/** Waits for review, for whoever may judge it. */
const WAITS = { id: '2031-01-02--it-waits', date: '2031-01-02', title: 'It waits', importance: 5, tags: ['a'], actors: ['x'], sources: [], summary: 'Text.' };
const OF_REVIEW = {
  at: { '/validation/*': WAITS.id, '/validation/*/reserve': WAITS.id, '/validation/*/release': WAITS.id,
    '/api/v1/events/*/validation': WAITS.id, '/api/v1/events/*/reservation': WAITS.id },
  forms: { '/validation': { events: `1:${WAITS.id}`, status: 'validated', sure: '1' }, '/validation/*': { status: 'rejected', notes: 'No', revision: '1' },
    '/validation/*/reserve': { take_over: '1' } },
  bodies: { '/api/v1/events/*/validation': { status: 'rejected', notes: 'No' }, '/api/v1/events/validation': { events: [WAITS.id], status: 'validated' },
    '/api/v1/events/*/reservation': { take_over: true } },
};
const DRAFT = { id: '2031-01-01--a-draft', date: '2031-01-01', title: 'A draft', importance: 5, tags: ['a', 'b', 'c'], actors: ['x'],
  sources: [{ title: 'y', url: 'https://archive.example.org/y' }], summary: 'Text.' };

const WRITTEN = { id: '2032-01-01--by-an-intruder', date: '2032-01-01', title: 'By an intruder' };

describe('everybody at every route', () => {
  let service;
  let files; // of the databases
  let people; // by tenant: name -> {level, get, post, …}
  let things; // by tenant: what stands for "*", and what is sent

  before(async () => {
    const repo = await createBareRepo({ files: sampleEvents() });
    const common = { TIMELINE_REPO_URL: repo.folder };
    service = await startService({ authority: await createAuthority(), env: { TIDELINE_ALLOWED_HOSTS: '127.0.0.1' }, tenants: {
      us: { ...common, TIMELINE_HOSTNAMES: 'us.localhost,us2.localhost' }, open: { ...common, TIMELINE_PUBLIC: 'true' }, other: common } });
    files = Object.fromEntries(['us', 'open', 'other'].map((tenant) => [tenant, path.join(service.state, tenant, 'db', 'timeline.db')]));
    for (const tenant of Object.keys(files)) {
      await waitUntil(async () => (await service.cli(tenant, 'git-status', '--offline')).json?.last_import,
        { what: `the first pull of ${tenant}`, timeoutMs: 60000, explain: () => service.pool.log });
    }
    const elsewhere = await signedIn(service, 'other', { name: 'admin', role: 'admin' });
    const foreignToken = await createToken(service, 'other', 'admin', '--scope', 'write');
    const [[file, text]] = Object.entries(sampleEvents()).filter(([name]) => name.includes(CONTESTED));
    await repo.commit({ [file]: text.replace(/^("?title"?: ?).*?(,?)$/m, '$1"Theirs"$2') });
    people = {};
    things = {};
    for (const tenant of ['us', 'open']) {
      people[tenant] = await peopleOf(tenant, elsewhere, foreignToken);
      things[tenant] = await thingsOf(tenant);
      await resting(tenant);
    }
  });
  after(() => service?.stop());

  async function peopleOf(tenant, elsewhere, foreignToken) {
    const all = { nobody: { level: 0, session: new Visitor(service, tenant) } };
    for (const [name, level] of [['viewer', 1], ['editor', 2], ['admin', 3]]) {
      const session = await signedIn(service, tenant, { name, role: name });
      all[name] = { level, session, csrf: await session.csrf() };
      all[`${name}, token to read`] = { level, reads: true, token: await createToken(service, tenant, name, '--scope', 'read') };
      if (level > 1) all[`${name}, token to write`] = { level, token: await createToken(service, tenant, name, '--scope', 'write') };
    }
    const stranger = new Visitor(service, tenant);
    stranger.cookies = new Map(elsewhere.cookies);
    all["another timeline's admin"] = { level: 0, session: stranger, csrf: await elsewhere.csrf() };
    all["another timeline's token"] = { level: 0, wrong: true, token: foreignToken };
    all['no token of anybody'] = { level: 0, wrong: true, token: `tdl_${'A'.repeat(43)}` };
    return all;
  }

  /** Real things, so that whoever got through would do something. */
  async function thingsOf(tenant) {
    const must = async (...args) => {
      const { code, json, stdout } = await service.cli(tenant, ...args);
      assert.equal(code, 0, stdout);
      return json;
    };
    await must('event', 'add', '-', { input: JSON.stringify(DRAFT) });
    await must('event', 'validate', DRAFT.id, '--status', 'validated', '--score', '8');
    await execute(files[tenant], `UPDATE timeline_events SET json_content = json_set(json_content, '$.title', 'Ours') WHERE id = '${CONTESTED}'`);
    assert.equal((await service.cli(tenant, 'git-pull')).code, 3);
    await must('event', 'add', '-', { input: JSON.stringify(WAITS) });
    await addAccount(service, tenant, 'victim', 'viewer');
    await must('token', 'create', '--user', 'victim', '--name', 'of the victim');
    const [{ id: token }] = await query(files[tenant], "SELECT id FROM tl_token WHERE account = 'victim'");
    const [{ id: job }] = await query(files[tenant], "SELECT max(id) AS id FROM tl_job WHERE kind = 'pull'");
    assert.equal((await people[tenant].editor.session.post(`/events/${SAMPLE_IDS[2]}/edit`, { do: 'save', revision: 1, title: 'Another title' })).status, 303);
    const { token: write } = people[tenant]['editor, token to write'];
    const asked = await service.request('POST', tenant, '/api/v1/pull-requests/preview', { body: JSON.stringify({ events: [DRAFT.id] }),
      headers: { Authorization: `Bearer ${write}`, 'Content-Type': 'application/json' } });
    assert.equal(asked.status, 202, asked.text);
    const preview = asked.json.job.id;
    await waitUntil(async () => (await query(files[tenant], `SELECT state FROM tl_job WHERE id = ${preview}`))[0].state === 'succeeded',
      { what: 'the preview', timeoutMs: 30000, explain: () => service.pool.log });
    const [plan, compare] = [await ended(tenant, 'plan'), await ended(tenant, 'compare')];
    const repository = { repo_url: 'https://127.0.0.1/other', branch: 'main' };
    const unknown = `https://127.0.0.1:${service.port}/not-a-repository`; // whose certificate nobody vouches for: a failure for good
    const choice = { events: `1:${DRAFT.id}`, title: 'T', description: 'D' };
    return {
      at: { ...OF_REVIEW.at, '/events/*': SAMPLE_IDS[0], '/events/*/edit': SAMPLE_IDS[0], '/events/*/delete': SAMPLE_IDS[0], '/events/*/history': SAMPLE_IDS[0],
        '/events/*/restore': SAMPLE_IDS[2], '/events/*/revisions/*': [SAMPLE_IDS[0], 1], '/api/v1/events/*': SAMPLE_IDS[3], '/pull-requests/preview/*': preview, '/jobs/*': job, '/api/v1/jobs/*': job,
        '/jobs/*/cancel': job, '/jobs/*/again': job, '/jobs/*/confirm': plan, '/pull/plan/*': plan, '/settings/compare/*': compare,
        '/settings/accounts/*': 'victim', '/tokens/*': token, '/pull-requests/*': 1,
        '/api/v1/pull-requests/*': 1, '/static/*': 'style.css',
        '/api/v1/events/*/history': SAMPLE_IDS[3], '/api/v1/events/*/revisions/*': [SAMPLE_IDS[3], 1], '/api/v1/events/*/restore': SAMPLE_IDS[3],
        '/conflicts/*': CONTESTED, '/conflicts/*/undo': CONTESTED, '/api/v1/conflicts/*': CONTESTED, '/api/v1/conflicts/*/resolution': CONTESTED, '/api/v1/conflicts/*/undo': CONTESTED },
      forms: { ...OF_REVIEW.forms, '/events/new': { do: 'save', date: '2031-02-02', title: 'An intruder' }, '/events/add': { events: JSON.stringify([{ date: '2031-03-03', title: 'Intruders' }]) },
        '/events/*/edit': { do: 'save', revision: 1, title: 'Defaced' }, '/events/*/delete': { revision: 1 },
        '/events/*/restore': { revision: 1, looked_at: 2 }, '/pull-requests': { preview }, '/pull-requests/preview': choice, '/pull-requests/retry': { id: 1 },
        '/login': { name: 'victim', password: 'not the password' }, '/account/password': { current_password: 'x', password: 'long enough to be one',
          password_again: 'long enough to be one' }, '/settings/repository': repository, '/settings/compare': { repo_url: unknown, branch: 'main' },
        '/settings/accounts': { name: 'intruder', role: 'admin', password: 'long enough to be one' },
        '/settings/accounts/*': { action: 'role', role: 'admin' }, '/conflicts/*': { take: 'ours' }, '/tokens': { token_name: 'intruder', scope: 'read', expires: '30' }, '/tokens/*': {} },
      bodies: { ...OF_REVIEW.bodies, '/api/v1/pull-requests': { preview }, '/api/v1/pull-requests/preview': { events: [DRAFT.id] }, '/api/v1/config': repository, '/api/v1/config/preview': { repo_url: `${unknown}2` },
        '/api/v1/events': WRITTEN, '/api/v1/events/check': WRITTEN, '/api/v1/events/*': { date: '2032-01-01', title: 'An intruder was here' },
        '/api/v1/events/*/restore': { revision: 1 },
        '/api/v1/conflicts/*/resolution': { take: 'theirs' } },
    };
  }

  /** A job as it would have ended: of a pull that would remove much, of a repository that is elsewhere. */
  async function ended(tenant, kind) {
    const result = JSON.stringify({ success: true, imported: 0, updated: 0, deleted: 1, unchanged: 0, conflicts: [], merged: [], warnings: [], errors: [],
      new_commits: 1, events: { deleted: [{ id: CONTESTED, date: '1900-01-01', title: 'Gone' }] }, needs_confirmation: true, seen: '0123456789abcdef',
      repo_url: 'https://127.0.0.1/other', branch: 'main', now: { repo_url: null, branch: 'main' }, version: 'x' });
    await execute(files[tenant], `INSERT INTO tl_job (kind, args, state, result, created_by, created_at, not_before, finished_at)
      VALUES ('${kind}', '{}', 'succeeded', '${result}', '', 1, 1, 1700000000000000)`);
    return (await query(files[tenant], `SELECT max(id) AS id FROM tl_job WHERE kind = '${kind}'`))[0].id;
  }

  const resting = (tenant) => waitUntil(async () =>
    (await query(files[tenant], "SELECT count(*) AS n FROM tl_job WHERE state IN ('queued', 'running')"))[0].n === 0,
  { what: `${tenant} to be at rest`, timeoutMs: 60000, explain: () => service.pool.log });

  /** All that acting would change; not when somebody was last seen, nor how often a login was tried. */
  async function contents(tenant) {
    const tables = ['SELECT name, role, password FROM tl_account ORDER BY name', 'SELECT hash, account FROM tl_session ORDER BY hash',
      'SELECT id, account, scope FROM tl_token ORDER BY id', 'SELECT id, kind, state, args, cancel_asked FROM tl_job ORDER BY id',
      'SELECT * FROM tl_setting ORDER BY 1', 'SELECT caller, key FROM tl_idempotency ORDER BY 1, 2',
      'SELECT id, state FROM tl_pull_request ORDER BY id', 'SELECT event_id, revision FROM tl_revision ORDER BY 1, 2', 'SELECT id, json_content FROM timeline_events ORDER BY id',
      'SELECT id, revision, base_hash, state FROM tl_event ORDER BY id', 'SELECT * FROM tl_conflict ORDER BY 1', 'SELECT * FROM tl_decision ORDER BY id',
      'SELECT event_id, validation_status, validation_notes, reserved_by, reserved_at FROM event_metadata ORDER BY event_id', 'SELECT * FROM tl_verdict ORDER BY id'];
    return Promise.all(tables.map((sql) => query(files[tenant], sql)));
  }

  const addressOf = (tenant, route) => {
    let n = 0;
    return route.pattern.replaceAll('*', () => {
      assert.ok(route.pattern in things[tenant].at, `${route.pattern}: say what stands for *`);
      return encodeURIComponent([things[tenant].at[route.pattern]].flat()[n++]);
    });
  };

  /** What is sent with a route; `over` is put over its headers. */
  function bodyOf(tenant, route, who, { csrf = who.csrf, headers: over = {} } = {}) {
    const match = ['PUT', 'DELETE'].includes(route.method) || /\/(resolution|restore)$/.test(route.pattern) ? { 'If-Match': '*' } : {};
    if (route.body === 'NONE') return { headers: { ...match, ...over } };
    if (route.body === 'JSON' || route.body === 'EVENT') return { body: JSON.stringify(things[tenant].bodies[route.pattern] ?? {}),
      headers: { 'Content-Type': 'application/json', ...match, ...over } };
    return { body: formBody({ ...things[tenant].forms[route.pattern], ...(csrf ? { csrf } : {}) }),
      headers: { 'Content-Type': FORM, 'Sec-Fetch-Site': 'same-origin', ...over } };
  }

  const ask = async (tenant, route, who, options = {}) => {
    const { body, headers } = bodyOf(tenant, route, who, options);
    const cookie = [...(who.session?.cookies ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
    const method = options.method ?? route.method;
    const answer = await service.request(method, tenant, addressOf(tenant, route), { body, headers: { ...headers,
      ...(cookie ? { Cookie: cookie } : {}), ...(who.token ? { Authorization: `Bearer ${who.token}` } : {}) } });
    holds(answer, `${method} ${addressOf(tenant, route)}`);
    return answer;
  };

  /** What every answer has in common. */
  function holds({ status, headers, text }, what) {
    assert.ok(status < 500, `${what}: ${status}\n${text}\n${service.pool.log.slice(-2000)}`);
    assert.match(headers['content-security-policy'] ?? '', /default-src 'none'/, what);
    assert.match(headers['content-security-policy'], /frame-ancestors 'none'/, what);
    assert.equal(headers['x-content-type-options'], 'nosniff', what);
    assert.match(headers['strict-transport-security'] ?? '', /max-age=\d{7}/, what);
    assert.ok(headers['cache-control'], what);
    assert.doesNotMatch(text, /\sstyle=|<style|\son[a-z]+="/, what);
  }

  /** The account that counts: pages know sessions, programs bring tokens, never the other way round. */
  const levelOf = (route, who) => ((route.face === 'JSON' ? who.token : who.session) ? who.level : 0);
  const need = (route) => STRICTER[route.name] ?? route.who;

  function isAllowed(tenant, route, who) {
    if (route.tenant === 'NONE') return true;
    if (route.face === 'JSON' && (who.wrong || (who.reads && (route.method !== 'GET' || LEVEL[route.who] > 1)))) return false;
    if (need(route) === 'READER' && tenant === 'open') return true;
    return levelOf(route, who) >= LEVEL[need(route)];
  }

  /** The ways to say no: nobody may be somebody after signing in; somebody who may not is told so. */
  function isRefusal(tenant, route, who, { status, headers }) {
    if (levelOf(route, who) === 0 && route.face === 'HTML' && route.method === 'GET') return status === 303 && /^\/login/.test(headers.location);
    if (levelOf(route, who) === 0) return status === 401 && !headers['set-cookie'] && Boolean(headers['www-authenticate']);
    return status === 403 && !headers['set-cookie'];
  }

  it('reads the whole table', () => {
    const rows = readFileSync(path.join(SOURCE, 'fcgi/route.c'), 'utf8').match(/\{METHOD_[A-Z]+, "\//g);
    assert.equal(ROUTES.length, rows.length);
    assert.ok(ROUTES.length > 40);
  });

  for (const tenant of ['us', 'open']) {
    it(`refuses whoever may not, and then nothing has changed (${tenant})`, async () => {
      const old = await contents(tenant);
      let refused = 0;
      for (const route of ROUTES) {
        for (const [name, who] of Object.entries(people[tenant])) {
          if (isAllowed(tenant, route, who)) continue;
          const answer = await ask(tenant, route, who);
          assert.ok(isRefusal(tenant, route, who, answer), `${name}: ${route.name}: ${answer.status} ${answer.headers.location}\n${answer.text}`);
          assert.ok(!answer.text.includes('Destroy Lisbon'), `${name}: ${route.name} tells of events`); // its title; the id was in the address
          refused += 1;
        }
      }
      assert.ok(refused > 200, `${refused} refusals`);
      assert.deepEqual(await contents(tenant), old);
    });

    it(`takes no form from elsewhere, whoever is signed in (${tenant})`, async () => {
      const old = await contents(tenant);
      const admin = people[tenant].admin;
      const elsewhere = [{ 'Sec-Fetch-Site': 'cross-site' }, { 'Sec-Fetch-Site': 'same-site', Origin: `https://${tenant}.localhost:${service.port}` },
        { 'Sec-Fetch-Site': 'none' }, { 'Sec-Fetch-Site': '', Origin: `https://other.localhost:${service.port}` },
        { 'Sec-Fetch-Site': '', Origin: 'null' }, { 'Sec-Fetch-Site': '' }];
      for (const route of ROUTES.filter(({ body }) => body === 'FORM')) {
        for (const headers of elsewhere) {
          const answer = await ask(tenant, route, admin, { headers });
          assert.equal(answer.status, 403, `${route.name} ${JSON.stringify(headers)}`);
          assert.match(answer.text, /did not come from a page of this timeline/);
          assert.doesNotMatch(answer.text, /type="hidden" name="(?!csrf)/, 'nothing of it is carried on');
        }
        if (route.who === 'ANYBODY') continue;
        for (const csrf of ['', 'x', people[tenant].editor.csrf, people[tenant]["another timeline's admin"].csrf]) {
          const answer = await ask(tenant, route, admin, { csrf });
          assert.equal(answer.status, 403, `${route.name} with the token "${csrf}"`);
        }
      }
      assert.deepEqual(await contents(tenant), old);
    });

    it(`hides what is somebody else's own (${tenant})`, async () => {
      const old = await contents(tenant);
      for (const route of ROUTES.filter(({ name }) => HIDDEN.includes(name))) {
        for (const name of ['viewer', 'editor']) assert.equal((await ask(tenant, route, people[tenant][name])).status, 404, `${name}: ${route.name}`);
      }
      assert.deepEqual(await contents(tenant), old);
    });

    it(`shows whoever may read what they may, with HEAD as with GET (${tenant})`, async () => {
      for (const route of ROUTES.filter(({ method }) => method === 'GET')) {
        for (const [name, who] of Object.entries(people[tenant])) {
          if (!isAllowed(tenant, route, who) || (HIDDEN.includes(route.name) && who.level < 3)) continue;
          const answer = await ask(tenant, route, who);
          const there = !route.pattern.includes('pull-requests/*') && !(route.pattern === '/login' && levelOf(route, who));
          assert.equal(answer.status, there ? 200 : route.pattern === '/login' ? 303 : 404, `${name}: ${route.name}\n${answer.text}`);
          if (levelOf(route, who) && route.tenant !== 'NONE') assert.match(answer.headers['cache-control'], /private|no-store/, `${name}: ${route.name}`);
          if (route.tenant !== 'NONE' && answer.status === 200 && !/no-store/.test(answer.headers['cache-control'])) {
            assert.match(answer.headers.vary ?? '', route.face === 'JSON' ? /Authorization/ : /Cookie/, route.name);
          }
          if (route.face === 'HTML' && answer.status !== 303) assert.equal(answer.text.includes('>Your account: <'), levelOf(route, who) > 0, `${name}: ${route.name}`);
          const head = await ask(tenant, route, who, { method: 'HEAD' });
          assert.deepEqual([head.status, head.text], [answer.status, ''], `${name}: HEAD ${route.pattern}`);
        }
      }
    });
  }

  it('answers other methods with those that there are', async () => {
    for (const pattern of new Set(ROUTES.map((route) => route.pattern))) {
      const known = ROUTES.filter((route) => route.pattern === pattern);
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
        if (known.some((route) => route.method === method)) continue;
        const answer = await ask('us', known[0], people.us.admin, { method });
        assert.equal(answer.status, 405, `${method} ${pattern}`);
        for (const one of known) assert.ok(answer.headers.allow?.includes(one.method), `${method} ${pattern}: ${answer.headers.allow}`);
      }
    }
  });

  it('lets those act who may: what was refused above would have worked', async () => {
    const tenant = 'us';
    const acted = async (name, who, statuses, sql) => {
      const answer = await ask(tenant, ROUTES.find((route) => route.name === name), people[tenant][who]);
      assert.ok(statuses.includes(answer.status), `${who}: ${name}: ${answer.status}\n${answer.text}`);
      assert.equal((await query(files[tenant], `SELECT count(*) AS n FROM ${sql}`))[0].n, 1, `${name}: ${sql}`);
      await resting(tenant);
    };
    const last = async () => (await query(files[tenant], 'SELECT max(id) AS id FROM tl_job'))[0].id;
    const newJob = async (kind) => `tl_job WHERE kind = '${kind}' AND id > ${await last()}`;
    await acted('POST /check', 'viewer', [303], await newJob('check'));
    await acted('POST /pull', 'editor', [303], await newJob('pull'));
    await acted('POST /pull/plan', 'editor', [303], await newJob('plan'));
    await acted('POST /refresh', 'editor', [303], await newJob('refresh'));
    await acted('POST /settings/compare', 'admin', [303], await newJob('compare'));
    await acted('POST /api/v1/config/preview', 'admin, token to write', [202], await newJob('compare'));
    await acted('POST /pull-requests/preview', 'editor', [303], await newJob('preview'));
    await acted('POST /api/v1/check', 'viewer, token to read', [403], "tl_account WHERE name = 'viewer'");
    await acted('POST /api/v1/check', 'editor, token to write', [202], await newJob('check'));
    await acted('POST /api/v1/pull', 'editor, token to write', [202], await newJob('pull'));
    await acted('POST /api/v1/pull-requests/refresh', 'editor, token to write', [202], await newJob('refresh'));
    await acted('POST /api/v1/conflicts/*/resolution', 'editor, token to write', [200], "tl_decision WHERE take = 'theirs' AND author = 'editor'");
    await acted('POST /api/v1/conflicts/*/undo', 'editor, token to write', [200], "tl_decision WHERE undone_by = 'editor'");
    await acted('POST /conflicts/*', 'editor', [303], "tl_decision WHERE take = 'ours' AND author = 'editor'");
    await acted('POST /conflicts/*/undo', 'editor', [303], "tl_decision WHERE take = 'ours' AND undone_by = 'editor'");
    await acted('POST /api/v1/events', 'editor, token to write', [201], `timeline_events WHERE id = '${WRITTEN.id}'`);
    await acted('PUT /api/v1/events/*', 'editor, token to write', [200], `timeline_events WHERE id = '${SAMPLE_IDS[3]}' AND title = 'An intruder was here'`);
    await acted('POST /api/v1/events/*/restore', 'editor, token to write', [200], `tl_event WHERE id = '${SAMPLE_IDS[3]}' AND state = 'merged' AND revision = 3`);
    await acted('DELETE /api/v1/events/*', 'editor, token to write', [200], `tl_event WHERE id = '${SAMPLE_IDS[3]}' AND change = 'removed'`);
    await acted('POST /settings/accounts', 'admin', [303], "tl_account WHERE name = 'intruder' AND role = 'admin'");
    await acted('POST /settings/accounts/*', 'admin', [303], "tl_account WHERE name = 'victim' AND role = 'admin'");
    await acted('POST /tokens', 'viewer', [200], "tl_token WHERE name = 'intruder' AND account = 'viewer'");
    await acted('POST /tokens/*', 'admin', [303], "(SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM tl_token WHERE account = 'victim'))");
    await acted('POST /events/new', 'editor', [303], "timeline_events WHERE title = 'An intruder'");
    await acted('POST /events/add', 'editor', [200], "timeline_events WHERE title = 'Intruders'");
    await acted('POST /events/*/edit', 'editor', [303], `timeline_events WHERE title = 'Defaced' AND id = '${SAMPLE_IDS[0]}'`);
    await acted('POST /events/*/restore', 'editor', [303], `timeline_events WHERE title <> 'Another title' AND id = '${SAMPLE_IDS[2]}'`);
    things[tenant].forms['/events/*/delete'].revision = 2;
    await acted('POST /events/*/delete', 'editor', [303], `tl_event WHERE removed = 1 AND id = '${SAMPLE_IDS[0]}'`);
    await acted('POST /pull-requests', 'editor', [303], await newJob('create_pr'));
  });
});
