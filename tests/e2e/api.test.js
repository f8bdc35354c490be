// The JSON API as programs use it: every operation of openapi.json, who may call it, and the whole way from a pull to an
// exported event. Every answer is held to the description; what nobody asked for fails the last test.
import assert from 'node:assert/strict';
import path from 'node:path';
import { writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { execute } from './lib/database.js';
import { startFakeGithub } from './lib/fake_github.js';
import { startFaultProxy } from './lib/fault_proxy.js';
import { generatedTimeline, sampleEvents, SAMPLE_IDS } from './lib/fixtures.js';
import { startGitServer } from './lib/git_server.js';
import { waitUntil } from './lib/net.js';
import { Description, Program } from './lib/openapi.js';
import { start } from './lib/process.js';
import { addAccount, createToken, signedIn } from './lib/session.js';
import { tempDir } from './lib/temp.js';
import { startService } from './lib/tideline.js';

const EVENTS = 120;
const event = (id, title) => ({ id, date: id.slice(0, 10), title, importance: 7, status: 'confirmed', tags: ['trade', 'sea', 'law'],
  actors: ['Harbour Board'], sources: [{ title: 'Minutes', url: 'https://archive.example.org/minutes', outlet: 'Archive' }],
  summary: 'The board decided after a long debate; the minutes of the meeting name everybody who spoke, and what each of them said about it.' });
const IDS = ['1901-02-03--harbour-opens', '1902-03-04--harbour-closes', '1903-04-05--harbour-opens-again'];

describe('the API', () => {
  const description = new Description();
  const programs = {};
  const tokens = {};
  let authority;
  let server;
  let github;
  let proxy;
  let service;
  let repo;
  let us; // the editor's program
  let admin;

  before(async () => {
    authority = await createAuthority();
    server = await startGitServer({ authority });
    github = await startFakeGithub({ authority, tokens: { [server.token]: {} } });
    proxy = await startFaultProxy({ targetPort: server.port, fault: { kind: 'silent' } });
    repo = await server.addRepo('history/timeline', { files: Object.fromEntries(generatedTimeline(EVENTS)) });
    await repo.setBranch('next', 'main');
    await server.addRepo('people/samples', { files: sampleEvents() });
    github.addRepo('history/timeline', repo);
    const token = path.join(tempDir('secret'), 'token');
    writeFileSync(token, `${server.token}\n`, { mode: 0o600 });
    const common = { GITHUB_TOKEN_FILE: token, TIMELINE_CA_FILE: authority.certFile, AUTO_PULL_ON_START: 'false' };
    service = await startService({ authority, jobWorkers: 2, tenants: {
      us: { ...common, TIMELINE_REPO_URL: server.url('history/timeline'), GITHUB_API_URL: github.url },
      open: { ...common, TIMELINE_REPO_URL: server.url('people/samples'), TIMELINE_PUBLIC: 'true' },
      stuck: { ...common, TIMELINE_REPO_URL: server.url('people/samples', { port: proxy.port }) },
    } });
    for (const tenant of ['us', 'open', 'stuck']) await addPrograms(tenant);
    us = programs.us.editor;
    admin = programs.us.admin;
  });
  after(async () => {
    await service?.stop();
    await proxy?.stop();
    await server?.stop();
    await github?.stop();
  });

  async function addPrograms(tenant) {
    programs[tenant] = { nobody: new Program(service, tenant, description) };
    tokens[tenant] = {};
    for (const role of ['viewer', 'editor', 'admin']) {
      await addAccount(service, tenant, role, role);
      tokens[tenant][role] = await createToken(service, tenant, role, '--scope', role === 'viewer' ? 'read' : 'write');
      programs[tenant][role] = programs[tenant].nobody.as(tokens[tenant][role]);
    }
  }

  async function must(tenant, ...args) {
    const { code, json, stdout, stderr } = await service.cli(tenant, ...args);
    assert.equal(code, 0, stdout + stderr);
    return json;
  }

  async function addEvent(tenant, one, validated = true) {
    await must(tenant, 'event', 'add', '-', { input: JSON.stringify(one) });
    if (validated) await must(tenant, 'event', 'validate', one.id, '--status', 'validated', '--score', '8');
  }

  const ids = (answer) => answer.json.events.map(({ id }) => id);

  it('pulls, previews, sends and follows a pull request', async () => {
    const empty = await us.get('/api/v1/status');
    assert.deepEqual([empty.json.last_import, empty.json.events_in_db], [null, 0]);
    const pulled = await us.job(await us.post('/api/v1/pull', {}));
    assert.deepEqual([pulled.kind, pulled.created_by, pulled.result.imported], ['pull', 'editor', EVENTS]);
    assert.equal((await us.get('/api/v1/status')).json.events_in_db, EVENTS);
    for (const address of ['/api/v1/pull-requests', '/api/v1/pull-requests/preview']) {
      const nothing = await us.post(address, {});
      assert.deepEqual([nothing.status, nothing.json.code], [409, 'nothing_to_do']);
    }
    for (const [i, id] of IDS.entries()) await addEvent('us', event(id, `Harbour ${i}`));

    const [first, second, third] = IDS;
    const { headers } = await us.get(`/api/v1/events/${second}`);
    const preview = await us.job(await us.post('/api/v1/pull-requests/preview',
      { events: [first, { id: second, revision: Number(headers.etag.slice(1, -1)) }], title: 'Two of three', labels: ['history'] }));
    assert.equal(preview.result.title, 'Two of three');
    assert.equal(preview.result.events_count, 2);
    assert.match(preview.result.description, /## Research Batch Summary/);
    assert.ok(preview.result.diff.includes(first) && preview.result.diff.includes(second) && !preview.result.diff.includes(third));
    assert.deepEqual([...new Set(preview.result.files.map((file) => file.event))].sort(), [first, second]);
    assert.deepEqual((await repo.branches()).sort(), ['main', 'next']);
    assert.deepEqual((await us.get('/api/v1/pull-requests')).json.pull_requests, []);

    const sent = await us.post('/api/v1/pull-requests', { preview: preview.id }, { key: 'send-two' });
    assert.equal(sent.headers['idempotency-replayed'], undefined);
    const { result } = await us.job(sent);
    assert.deepEqual([result.title, result.events_count], ['Two of three', 2]);
    const pull = github.pull('history/timeline', result.pr_number);
    assert.deepEqual([pull.title, pull.body, pull.headRef], ['Two of three', preview.result.description, result.branch]);
    assert.deepEqual((await repo.log(result.branch))[0].id, result.commit_hash);
    assert.deepEqual(ids(await us.get('/api/v1/events?state=exported')).sort(), [first, second]);
    assert.deepEqual(ids(await us.get('/api/v1/events?state=validated')), [third]);
    const listed = await us.get('/api/v1/pull-requests?state=open');
    assert.deepEqual(listed.json.pull_requests.map(({ number, branch }) => [number, branch]), [[result.pr_number, result.branch]]);
    const shown = await us.get(`/api/v1/pull-requests/${result.pr_number}`);
    assert.deepEqual([shown.json.pull_request.labels, shown.json.pull_request.events.map(({ id }) => id)], [['history'], [first, second]]);

    const again = await us.post('/api/v1/pull-requests', { preview: preview.id }, { key: 'send-two' });
    assert.deepEqual([again.status, again.headers['idempotency-replayed'], again.json.job.id, again.json.replayed],
      [202, 'true', sent.json.job.id, true]);
    const other = await us.post('/api/v1/pull-requests', { events: [third] }, { key: 'send-two' });
    assert.deepEqual([other.status, other.json.code], [422, 'idempotency_key_reused']);
    const taken = await us.post('/api/v1/pull-requests', { events: [first] });
    assert.deepEqual([taken.status, taken.json.code, taken.json.errors[0].field], [422, 'invalid_fields', 'events']);
    assert.match(taken.json.errors[0].error, /open pull request/);
    assert.equal((await github.pulls('history/timeline')).length, 1);

    await github.merge('history/timeline', result.pr_number);
    const refreshed = await us.job(await us.post('/api/v1/pull-requests/refresh', {}));
    assert.deepEqual(refreshed.result.merged.map(({ number }) => number), [result.pr_number]);
    assert.equal((await us.get(`/api/v1/pull-requests/${result.pr_number}`)).json.pull_request.state, 'merged');
    github.assertValid();
  });

  it('asks the remote without importing', async () => {
    const before = (await us.get('/api/v1/status')).json;
    assert.equal((await programs.us.viewer.post('/api/v1/check', {})).status, 403); // a token to read makes nobody work
    const job = await us.job(await us.post('/api/v1/check', {}));
    assert.equal(job.kind, 'check');
    assert.ok(job.result.commits_behind >= 1); // the merge
    assert.equal((await us.get('/api/v1/status')).json.last_import, before.last_import);
    await us.job(await us.ask('POST', '/api/v1/pull')); // no body at all
    assert.equal((await us.get('/api/v1/status')).json.commits_behind, 0);
  });

  it('pages through every list, each row once', async () => {
    const lists = { events: 50, syncs: 1, jobs: 2, 'pull-requests': 1 };
    await us.job(await us.post('/api/v1/pull-requests', { events: [IDS[2]], draft: true }));
    for (const [list, limit] of Object.entries(lists)) {
      const key = list.replace('-', '_');
      const whole = (await us.get(`/api/v1/${list}?limit=1000`)).json;
      assert.equal(whole.next_cursor, null);
      assert.ok(whole[key].length > limit, list);
      const seen = [];
      for (let cursor = ''; cursor !== null;) {
        const { json } = await us.get(`/api/v1/${list}?limit=${limit}${cursor && `&cursor=${cursor}`}`);
        assert.ok(json[key].length <= limit && json[key].length > 0);
        seen.push(...json[key].map(({ id }) => id));
        cursor = json.next_cursor;
      }
      assert.deepEqual(seen, whole[key].map(({ id }) => id), list);
      for (const cursor of ['zz', '0', '-1', '01', '1x', '9'.repeat(30), '%00', '%20']) {
        assert.equal((await us.get(`/api/v1/${list}?cursor=${cursor}`)).status, 400, `${list} ${cursor}`);
      }
      for (const limit of ['0', '-1', 'x', '1e2', '10001', '1&limit=2', '%ff']) {
        assert.equal((await us.get(`/api/v1/${list}?limit=${limit}`)).status, 400, `${list} ${limit}`);
      }
    }
    for (const address of ['events?state=odd', 'pull-requests?state=odd', `events?q=${'x'.repeat(300)}`, 'events?state=draft&state=draft']) {
      assert.equal((await us.get(`/api/v1/${address}`)).json.code, 'invalid_input', address);
    }
  });

  it('filters events, and names the parameter that is wrong', async () => {
    const { json } = await us.get('/api/v1/events?limit=1000');
    const of = async (query) => ids(await us.get(`/api/v1/events?limit=1000&${query}`));
    const { id, date } = json.events[5];
    assert.ok((await of(`from=${date}&to=${date}`)).includes(id));
    assert.ok((await of('from=1902&to=1902')).includes(IDS[1]));
    assert.deepEqual((await of('tag=trade&actor=harbour+board')).sort(), IDS);
    assert.ok((await of('importance=8')).every((found) => json.events.find((one) => one.id === found).importance >= 8));
    assert.deepEqual(await of('q=harbour&actor=harbour+board&importance=8'), []);
    const wrong = { from: ['1902-13', 'x', '19', '1902-02-30'], to: ['0'], importance: ['11', '-1', 'x', '1.5'], tag: ['x'.repeat(201)], actor: ['x'.repeat(300)] };
    for (const [field, values] of Object.entries(wrong)) {
      for (const value of values) {
        const answer = await us.get(`/api/v1/events?${field}=${value}`);
        assert.deepEqual([answer.status, answer.json.errors?.[0].field], [422, field], `${field}=${value.slice(0, 20)}`);
      }
    }
  });

  it('reviews: the queue, reservations, verdicts about one and about many', async () => {
    const waits = Array.from({ length: 6 }, (_, i) => event(`1911-01-0${i + 1}--waits-${i + 1}`, `It waits ${i + 1}`));
    for (const one of waits) await addEvent('us', one, false);
    const [first, second, third, fourth, fifth] = waits.map(({ id }) => id);
    const queue = async (query = '') => (await us.get(`/api/v1/validation${query}`)).json;
    assert.deepEqual((await queue()).events.map(({ id }) => id), waits.map(({ id }) => id));
    for (let seen = [], cursor = ''; cursor !== null;) {
      const page = await queue(`?limit=4${cursor && `&cursor=${cursor}`}`);
      seen = [...seen, ...page.events.map(({ id }) => id)];
      cursor = page.next_cursor;
      assert.deepEqual([page.total, seen], [6, waits.slice(0, seen.length).map(({ id }) => id)]);
    }
    const [row] = (await queue('?limit=1')).events;
    assert.deepEqual([row.title, row.change, row.revision, row.reserved_by, row.mine, row.sent_back, row.notes, row.updated_by !== ''],
      ['It waits 1', 'added', 1, null, false, false, null, true]);
    assert.deepEqual([(await queue('?change=removed')).total, (await queue('?change=added')).total, (await queue()).total], [0, 6, 6]);
    for (const query of ['change=none', 'free=1', 'limit=0', 'limit=1001', 'cursor=zz', `cursor=${'f'.repeat(24)}`]) assert.equal((await us.get(`/api/v1/validation?${query}`)).status, 400, query);

    const reserved = await us.post(`/api/v1/events/${first}/reservation`, {});
    assert.deepEqual([reserved.json.reservation.by, reserved.json.reservation.mine, reserved.json.revision, reserved.json.validation.status], ['editor', true, 1, 'in_progress']);
    const minutes = (Date.parse(reserved.json.reservation.until) - Date.now()) / 60000;
    assert.ok(minutes > 58 && minutes <= 60, `${minutes} minutes`);
    assert.equal((await us.ask('POST', `/api/v1/events/${first}/reservation`)).status, 200, 'the hour begins anew');
    const taken = await admin.post(`/api/v1/events/${first}/reservation`, {});
    assert.deepEqual([taken.status, taken.json.code], [409, 'already_exists']);
    assert.match(taken.json.detail, /reserved by editor until 2\d{3}-/);
    assert.equal((await admin.ask('DELETE', `/api/v1/events/${first}/reservation`)).json.code, 'already_exists');
    const free = (await admin.get('/api/v1/validation?free=true')).json;
    assert.deepEqual([free.total, free.events[0].id], [5, second]);
    assert.equal((await queue('?free=true')).total, 6, 'free for who has it');
    assert.equal((await admin.post(`/api/v1/events/${first}/reservation`, { take_over: true })).json.reservation.by, 'admin');
    assert.equal((await admin.ask('DELETE', `/api/v1/events/${first}/reservation`)).json.reservation, null);
    assert.equal((await us.post('/api/v1/events/none/reservation', {})).status, 404);

    const verdict = `/api/v1/events/${first}/validation`;
    await us.post(`/api/v1/events/${first}/reservation`, {});
    const back = await admin.post(verdict, { status: 'pending', notes: 'Which harbour?', revision: 1 });
    assert.deepEqual([back.json.state, back.json.reservation, back.json.verdicts[0].author, back.json.verdicts[0].status], ['draft', null, 'admin', 'pending']);
    assert.deepEqual([(await queue()).events[0].sent_back, (await queue()).events[0].notes], [true, 'Which harbour?']);
    const stale = await us.post(verdict, { status: 'validated', revision: 7 });
    assert.deepEqual([stale.status, stale.json.code], [412, 'stale']);
    assert.match(stale.json.detail, /revision 1 by now/);
    assert.equal((await us.post(verdict, { status: 'validated' }, { match: '"7"' })).status, 412);
    for (const [body, field] of [[{}, 'status'], [{ status: 'fine' }, 'status'], [{ status: 'rejected' }, 'notes'], [{ status: 'rejected', notes: ' \n' }, 'notes'],
      [{ status: 'validated', score: 11 }, 'score'], [{ status: 'validated', score: -1 }, 'score'], [{ status: 'validated', score: '8' }, 'score'],
      [{ status: 'validated', notes: 'x'.repeat(9000) }, 'notes'], [{ status: 'validated', revision: 0 }, 'revision'], [{ status: 1 }, 'status']]) {
      const answer = await us.post(verdict, body);
      assert.deepEqual([answer.status, answer.json.errors?.[0].field], [422, field], JSON.stringify(body));
    }
    assert.equal((await us.get(`/api/v1/events/${first}`)).json.state, 'draft');
    assert.equal((await us.post('/api/v1/events/none/validation', { status: 'validated' })).status, 404);
    const good = await us.post(verdict, { status: 'validated', score: 8.5, notes: 'Both papers say so' }, { match: '"1"' });
    assert.deepEqual([good.json.state, good.json.validation.score, good.json.verdicts.map(({ status }) => status)], ['validated', 8.5, ['validated', 'pending']]);
    assert.equal((await us.post(`/api/v1/events/${first}/reservation`, {})).json.code, 'nothing_to_do');
    const automatic = (await us.post(`/api/v1/events/${second}/validation`, { status: 'validated', score: null })).json.validation;
    assert.equal(automatic.score, automatic.automatic_score);

    const many = await us.post('/api/v1/events/validation', { events: [third, { id: fourth, revision: 1 }, { id: fifth, revision: 9 }, 'none', third], status: 'rejected', notes: 'Told twice' });
    assert.deepEqual([many.status, many.json.success, many.json.rejected, many.json.refused], [200, false, 3, 2]);
    assert.deepEqual(many.json.events.map(({ id, result, code }) => [id, result, code]),
      [[third, 'rejected', null], [fourth, 'rejected', null], [fifth, 'refused', 'stale'], ['none', 'refused', 'not_found'], [third, 'rejected', null]]);
    assert.deepEqual((await queue()).events.map(({ id }) => id), waits.slice(4).map(({ id }) => id));
    for (const [body, field] of [[{ status: 'validated' }, 'events'], [{ status: 'validated', events: [] }, 'events'], [{ status: 'rejected', events: [fifth] }, 'notes'],
      [{ status: 'validated', events: [1] }, 'events'], [{ events: [fifth] }, 'status']]) {
      const answer = await us.post('/api/v1/events/validation', body);
      assert.deepEqual([answer.status, answer.json.errors?.[0].field], [422, field], JSON.stringify(body));
    }
    for (const { id } of waits.slice(0, 2)) await us.post(`/api/v1/events/${id}/validation`, { status: 'rejected', notes: 'Not for this timeline' });
  });

  /** One request for each operation; `done` is what somebody gets who may: nothing that changes anything. */
  const rights = [
    ['GET', '/api/v1/status', 'reader', 200], ['GET', '/api/v1/events', 'reader', 200], ['GET', '/api/v1/events/none', 'reader', 404],
    ['GET', '/api/v1/validation', 'reader', 200], ['POST', '/api/v1/events/none/validation', 'editor', 422], ['POST', '/api/v1/events/validation', 'editor', 422],
    ['POST', '/api/v1/events/none/reservation', 'editor', 422], ['DELETE', '/api/v1/events/none/reservation', 'editor', 404],
    ['GET', '/api/v1/pull-requests', 'reader', 200], ['GET', '/api/v1/pull-requests/99', 'reader', 404], ['GET', '/api/v1/syncs', 'reader', 200],
    ['GET', '/api/v1/jobs', 'reader', 200], ['GET', '/api/v1/jobs/999', 'reader', 404], ['POST', '/api/v1/check', 'viewer', 422],
    ['POST', '/api/v1/pull', 'editor', 422], ['POST', '/api/v1/pull-requests', 'editor', 422], ['POST', '/api/v1/pull-requests/preview', 'editor', 422],
    ['POST', '/api/v1/pull-requests/refresh', 'editor', 422], ['DELETE', '/api/v1/jobs/999', 'editor', 404],
    ['GET', '/api/v1/config', 'admin', 200], ['PUT', '/api/v1/config', 'admin', 428], ['POST', '/api/v1/config/preview', 'admin', 422]];
  const LEVELS = ['reader', 'viewer', 'editor', 'admin'];
  const options = (method) => (['POST', 'PUT'].includes(method) ? { json: { zzz: 1 } } : {});

  it('lets in who may, and nobody else', async () => {
    const readOnly = us.as(await createToken(service, 'us', 'admin', '--scope', 'read'));
    const expired = await createToken(service, 'us', 'admin', '--scope', 'write', '--expires', '1', '--name', 'expired');
    const revoked = await createToken(service, 'us', 'admin', '--scope', 'write', '--name', 'revoked');
    await execute(path.join(service.state, 'us', 'db', 'timeline.db'), "UPDATE tl_token SET ends_at = 1000000 WHERE name = 'expired'");
    const { tokens: list } = await must('us', 'token', 'list');
    await must('us', 'token', 'revoke', String(list.find(({ name }) => name === 'revoked').id));
    const strangers = { nothing: undefined, wrong: `${tokens.us.admin.slice(0, -2)}zz`, expired, revoked, another: tokens.open.admin,
      odd: "x' OR 1=1 --", long: 'a'.repeat(2000) };
    for (const [method, address, least, done] of rights) {
      for (const [name, token] of Object.entries(strangers)) {
        const answer = await us.as(token).ask(method, address, options(method));
        assert.deepEqual([answer.status, answer.json.code], [401, 'unauthenticated'], `${method} ${address} with ${name}`);
      }
      for (const role of ['viewer', 'editor', 'admin']) {
        const may = LEVELS.indexOf(role) >= LEVELS.indexOf(least);
        const answer = await programs.us[role].ask(method, address, options(method));
        assert.equal(answer.status, may ? done : 403, `${method} ${address} as ${role}: ${answer.text}`);
      }
      const reads = least === 'reader' || least === 'viewer' || method === 'GET';
      assert.equal((await readOnly.ask(method, address, options(method))).status, reads && least !== 'admin' ? done : 403, `${method} ${address} to read`);
      const open = await programs.open.nobody.ask(method, address, options(method));
      assert.equal(open.status, least === 'reader' ? done : 401, `${method} ${address} of a public timeline`);
      assert.equal((await programs.open.nobody.as(tokens.us.admin).ask(method, address, options(method))).status, 401);
    }
    const used = (await must('us', 'token', 'list')).tokens.find(({ account, name }) => account === 'editor' && name !== 'expired');
    assert.ok(used.used_at);
  });

  it('ignores cookies', async () => {
    const visitor = await signedIn(service, 'us', { name: 'browser', role: 'admin' });
    const cookie = { Cookie: [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
    for (const [method, address] of rights) {
      assert.equal((await us.as().ask(method, address, { ...options(method), headers: cookie })).status, 401, address);
    }
    assert.equal((await programs.us.viewer.get('/api/v1/config', { headers: cookie })).status, 403);
    assert.equal((await us.get('/api/v1/status', { headers: cookie })).headers['set-cookie'], undefined);
  });

  it('answers HEAD, conditions, other methods and unknown addresses', async () => {
    const [{ id }] = (await us.get('/api/v1/jobs')).json.jobs;
    const [{ number }] = (await us.get('/api/v1/pull-requests')).json.pull_requests;
    const addresses = ['status', 'events', `events/${IDS[0]}`, 'validation', 'pull-requests', `pull-requests/${number}`, 'syncs', 'jobs', `jobs/${id}`, 'config', 'openapi.json'];
    for (const address of addresses.map((one) => `/api/v1/${one}`)) {
      const full = await admin.get(address);
      assert.equal(full.status, 200, address);
      const head = await admin.ask('HEAD', address);
      assert.deepEqual([head.status, head.text, head.headers.etag, head.headers['content-length']], [200, '', full.headers.etag, String(Buffer.byteLength(full.text))], address);
      const named = /events\/|config/.test(address); // the tag names the thing for If-Match, not the bytes
      for (const tag of [full.headers.etag, `W/${full.headers.etag}`, `"x", ${full.headers.etag}`]) {
        const same = await admin.get(address, { headers: { 'If-None-Match': tag } });
        assert.equal(same.status, named ? 200 : 304, address);
        if (!named) assert.deepEqual([same.text, same.headers.etag], ['', full.headers.etag]);
      }
      assert.equal((await admin.get(address, { headers: { 'If-None-Match': '"other"' } })).status, 200);
    }
    for (const { template, operationId } of description.operations) {
      const address = template.replace(/\{\w+\}/, '1');
      for (const method of ['PUT', 'PATCH', 'DELETE', 'POST', 'GET']) {
        if (description.find(method, address).operation || operationId === 'getHealth') continue;
        assert.equal((await admin.ask(method, address, {})).status, 405, `${method} ${address}`);
      }
    }
    for (const address of ['/api/v1/', '/api/v1/none', '/api/v2/status', '/api/v1/jobs/1/log', '/api/v1/events/a/b']) {
      assert.deepEqual([(await admin.get(address)).status, (await admin.post(address, {})).status], [404, 404], address);
    }
    for (const name of ['0', '01', '-1', '1x', 'x', '9'.repeat(30), '%ff', '..%2f1', "1'"]) {
      for (const list of ['jobs', 'pull-requests']) {
        assert.ok([400, 404].includes((await admin.get(`/api/v1/${list}/${name}`)).status), `${list}/${name}`);
      }
      assert.ok([400, 404].includes((await us.ask('DELETE', `/api/v1/jobs/${name}`)).status), name);
    }
    assert.equal((await us.ask('GET', '/healthz')).text, 'ok\n');
    assert.equal((await us.get(`/api/v1/events/${encodeURIComponent('../../etc/passwd')}`)).status, 404);
  });

  const bodies = [['POST', '/api/v1/pull'], ['POST', '/api/v1/check'], ['POST', '/api/v1/pull-requests'], ['POST', '/api/v1/pull-requests/preview'],
    ['POST', '/api/v1/pull-requests/refresh'], ['PUT', '/api/v1/config'], ['POST', '/api/v1/config/preview'], ['POST', '/api/v1/events/none/validation'],
    ['POST', '/api/v1/events/validation'], ['POST', '/api/v1/events/none/reservation']];
  const match = '*';

  it('takes JSON objects alone, and names what is wrong with them', async () => {
    const jobs = (await us.get('/api/v1/jobs?limit=1')).json.jobs[0].id;
    const media = [undefined, 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonx', 'application/json-patch+json', 'json'];
    const broken = ['{', '[]', 'null', '"{}"', '1', '{"a":1,"a":1}', '{} {}', '{"a":NaN}', "{'a':1}", '{"a":1,}', '{"a":"\\u0000"}', '{/**/}', '\ufeff{}',
      Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), '{"a":'.repeat(100) + '1' + '}'.repeat(100)];
    for (const [method, address] of bodies) {
      for (const type of media) assert.equal((await admin.ask(method, address, { body: '{}', type, match })).status, 415, `${address} ${type}`);
      for (const body of broken) {
        const answer = await admin.ask(method, address, { body, type: 'application/json', match });
        assert.deepEqual([answer.status, answer.json.code], [400, 'invalid_input'], `${address} ${body}`);
      }
      const large = await admin.ask(method, address, { body: `{"a":"${'x'.repeat(1 << 20)}"}`, type: 'application/json', match });
      assert.deepEqual([large.status, large.json.code], [413, 'too_large'], address);
      for (const [json, field] of [[{ zzz: 1 }, 'zzz'], [{ '': 1 }, ''], [{ '<b>': 1 }, '<b>'], [{ Events: [] }, 'Events'], [{ __proto__x: {} }, '__proto__x']]) {
        const answer = await admin.ask(method, address, { json, match });
        assert.deepEqual([answer.status, answer.json.code, answer.json.errors.map((one) => one.field)], [422, 'invalid_fields', [field]], address);
        assert.equal(description.takes(method, address, json), false);
      }
      const many = await admin.ask(method, address, { json: Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`m${i}`, i])), match });
      assert.ok(many.status === 422 && many.json.errors.length <= 20, address);
    }
    assert.match((await us.ask('POST', '/api/v1/pull', { body: '{\n"force": tru\n}', type: 'application/json' })).json.detail, /line 2/i);
    assert.equal((await us.ask('POST', '/api/v1/pull-requests')).status, 415);
    assert.equal((await us.get('/api/v1/jobs?limit=1')).json.jobs[0].id, jobs, 'something was queued');
  });

  it('refuses members of another type, and what cannot be meant', async () => {
    const pulls = ['/api/v1/pull-requests', '/api/v1/pull-requests/preview'];
    const types = { events: [null, 'x', {}, [], [1], [null], [''].map(() => ({ id: 'x' })), [{ id: 'x', revision: 0 }], [{ id: 'x', revision: '1' }], [{ id: 'x', revision: 1, more: 1 }]],
      title: [null, 1, [], {}], description: [null, 1, ['x']], labels: [null, 'x', [1], {}], draft: [null, 0, 'true', 1] };
    for (const address of pulls) {
      for (const [field, values] of Object.entries(types)) {
        for (const value of values) {
          const answer = await us.post(address, { [field]: value });
          assert.deepEqual([answer.status, answer.json.errors?.[0].field], [422, field], `${field}: ${JSON.stringify(value)}`);
          assert.equal(description.takes('POST', address, { [field]: value }), false, `${field}: ${JSON.stringify(value)}`);
        }
      }
      const meant = { events: [['nothing-like-it'], ["x' OR 1=1"], [{ id: SAMPLE_IDS[0], revision: 1 }]], title: ['x'.repeat(2000), 'two\nlines', '\u202e'],
        description: ['x'.repeat(70000)], labels: [['x'.repeat(300)], ['a,b\nc'], Array.from({ length: 21 }, (_, i) => `l${i}`)] };
      for (const [field, values] of Object.entries(meant)) {
        for (const value of values) {
          const answer = await us.post(address, { [field]: value });
          assert.deepEqual([answer.status, answer.json.errors?.[0].field], [422, field], `${field}: ${JSON.stringify(value).slice(0, 100)} ${answer.text}`);
        }
      }
    }
    for (const preview of [0, -1, 1.5, '1', null, [], 999999, (await us.get('/api/v1/jobs')).json.jobs.at(-1).id]) {
      assert.deepEqual((await us.post(pulls[0], { preview })).json.errors?.[0].field, 'preview', String(preview));
    }
    assert.equal((await us.post(pulls[0], { preview: 1, title: 'x' })).json.errors[0].field, 'preview');
    for (const field of ['force', 'confirm_deletions']) {
      for (const value of [null, 1, 'true', {}]) assert.equal((await us.post('/api/v1/pull', { [field]: value })).json.errors[0].field, field);
    }
    const two = await us.post(pulls[0], { title: 1, labels: 2, zzz: 3 });
    assert.deepEqual(two.json.errors.map(({ field }) => field).sort(), ['labels', 'title', 'zzz']);
  });

  it('honours an Idempotency-Key on every POST', async () => {
    const posts = { '/api/v1/pull': [{}, { force: true }], '/api/v1/check': [{}], '/api/v1/pull-requests/refresh': [{}],
      '/api/v1/pull-requests/preview': [{ events: [IDS[0]] }, { events: [IDS[0]], title: 'Another' }] };
    const id = '1904-05-06--harbour-grows';
    await addEvent('us', event(id, 'The harbour grows'));
    posts['/api/v1/pull-requests/preview'] = [{ events: [id] }, { events: [id], title: 'Another' }];
    for (const [address, [json, other]] of Object.entries(posts)) {
      for (const key of ['with space', 'x'.repeat(201), 'ümlaut', '\tx y']) {
        assert.equal((await us.post(address, json, { key: Buffer.from(key).toString('latin1') })).status, 400, `${address} ${key}`);
      }
      const key = `key-of-${address}`;
      const first = await us.post(address, json, { key });
      await us.job(first);
      const second = await us.post(address, json, { key });
      assert.deepEqual([second.json.job.id, second.json.job.state, second.headers['idempotency-replayed']], [first.json.job.id, 'succeeded', 'true'], address);
      assert.equal((await admin.post(address, json, { key })).headers['idempotency-replayed'], undefined, 'another account has keys of its own');
      await us.job(await us.post(address, json)); // without the key it is done anew
      if (other) assert.deepEqual([(await us.post(address, other, { key })).json.code], ['idempotency_key_reused'], address);
    }
    assert.equal((await us.post('/api/v1/check', {}, { key: 'key-of-/api/v1/pull' })).json.code, 'idempotency_key_reused');
  });

  it('makes one pull request of a button pressed five times', async () => {
    const id = '1905-06-07--harbour-sinks';
    await addEvent('us', event(id, 'The harbour sinks'));
    const before = (await github.pulls('history/timeline')).length;
    const press = (key) => Promise.all(Array.from({ length: 5 }, () => us.post('/api/v1/pull-requests', { events: [id] },
      { key, type: 'application/json; charset=utf-8' })));
    const answers = [...await press('pressed'), ...await press('pressed')];
    assert.deepEqual(answers.map(({ status, json }) => [status, json.job.id]), Array(10).fill([202, answers[0].json.job.id]));
    assert.equal(answers.filter(({ headers }) => headers['idempotency-replayed'] !== 'true').length, 1);
    await us.job(answers[0]);
    assert.equal((await github.pulls('history/timeline')).length, before + 1);
    github.assertValid();
  });

  it('reads on, and says when to come back, while another program writes', async () => {
    const file = path.join(service.state, 'us', 'db', 'timeline.db-tideline.lock');
    const writer = await start('flock', [file, 'sh', '-c', 'echo locked; exec tail -f /dev/null'], { ready: /locked/, name: 'flock' });
    try {
      const busy = await us.post('/api/v1/pull', {});
      assert.deepEqual([busy.status, busy.json.code, Number(busy.headers['retry-after']) > 0], [503, 'database_busy', true]);
      const read = await us.get('/api/v1/events?limit=1');
      assert.deepEqual([read.status, read.headers['cache-control'], read.headers.vary], [200, 'private, no-cache', 'Authorization']);
      assert.equal((await programs.open.editor.job(await programs.open.editor.post('/api/v1/check', {}))).state, 'succeeded');
    } finally {
      await writer.stop();
    }
    await us.job(await us.post('/api/v1/pull', {}));
  });

  it('changes the settings of who has seen them, once the remote has answered', async () => {
    const config = await admin.get('/api/v1/config');
    assert.deepEqual([config.json.branch, config.json.token_configured, config.json.hosts.includes('127.0.0.1')], ['main', true, true]);
    assert.ok(!config.text.includes(server.token));
    const put = (json, tag) => admin.ask('PUT', '/api/v1/config', { json, match: tag });
    const preview = (json) => admin.post('/api/v1/config/preview', json);
    const { etag } = config.headers;
    assert.deepEqual([(await preview({ branch: 'main' })).json.code, (await preview({})).json.code], ['nothing_to_do', 'invalid_fields']);
    const compared = await admin.job(await preview({ branch: 'next' }), 'succeeded');
    assert.deepEqual([compared.kind, compared.result.branch, compared.result.now.branch, compared.result.dry_run], ['compare', 'next', 'main', true]);
    assert.deepEqual([(await put({ branch: 'next' })).status, (await put({ branch: 'next' }, '"0"')).status, (await put({ branch: 'next' }, 'W/"0"')).status], [428, 412, 412]);
    assert.deepEqual([(await put({ branch: 'main' }, etag)).json.code, (await put({}, etag)).json.code], ['nothing_to_do', 'invalid_fields']);
    assert.equal((await put({ branch: 'main' }, `W/${etag}`)).json.code, 'nothing_to_do'); // nginx weakens the tag of what it compresses
    const packed = await service.request('HEAD', 'us', '/api/v1/config', { headers: { Authorization: `Bearer ${admin.token}`, 'Accept-Encoding': 'gzip' } });
    assert.ok([etag, `W/${etag}`].includes(packed.headers.etag));
    const refused = { repo_url: ['http://127.0.0.1/x.git', 'file:///etc', '/srv/x', 'https://evil.example/x.git', 'https://u:p@127.0.0.1/x', 'x', 1, null],
      branch: ['..', '-x', 'a b', 'x'.repeat(300), 1, null] };
    for (const [field, values] of Object.entries(refused)) {
      for (const value of values) {
        for (const answer of [await put({ [field]: value }, etag), await preview({ [field]: value })]) {
          assert.deepEqual([answer.status, answer.json.errors?.[0].field], [422, field], `${field}: ${value}`);
        }
      }
    }
    assert.equal((await admin.post('/api/v1/config/preview', { branch: 'main' })).json.code, 'nothing_to_do');
    assert.equal((await admin.job(await admin.post('/api/v1/config/preview', { branch: 'next' }))).kind, 'compare');
    const failed = await admin.job(await put({ branch: 'nowhere' }, etag), 'failed');
    assert.equal(failed.code, 'branch_not_found');
    assert.equal((await admin.get('/api/v1/config')).headers.etag, etag);
    const both = await Promise.all([put({ branch: 'next' }, etag), put({ branch: 'elsewhere' }, etag)]);
    assert.deepEqual(both.map(({ status }) => status).filter((status) => status === 202).length >= 1, true);
    const done = await admin.job(both[0].status === 202 ? both[0] : await put({ branch: 'next' }, '*'));
    assert.equal(done.result.branch, 'next');
    const now = await admin.get('/api/v1/config');
    assert.deepEqual([now.json.branch, now.json.from_web, (await put({ branch: 'main' }, etag)).status], ['next', ['TIMELINE_BRANCH'], 412]);
    assert.equal((await admin.job(await put({ branch: 'main' }, `"x", ${now.headers.etag}`))).result.branch, 'main');
    await waitUntil(async () => (await admin.get('/api/v1/jobs?limit=5')).json.jobs.every(({ state }) => !['queued', 'running'].includes(state)),
      { what: 'the pulls that follow' });
  });

  it('joins, refuses, limits and cancels what waits behind a silent remote', async () => {
    const stuck = programs.stuck.editor;
    for (const [i, id] of IDS.entries()) await addEvent('stuck', event(id, `Harbour ${i}`));
    const pull = await stuck.post('/api/v1/pull', {});
    const joined = await stuck.post('/api/v1/pull', { force: true });
    assert.deepEqual([joined.status, joined.json.joined, joined.json.job.id], [202, true, pull.json.job.id]);
    const create = await stuck.post('/api/v1/pull-requests', { events: [IDS[0]] });
    const same = await stuck.post('/api/v1/pull-requests', { events: [IDS[0]] });
    assert.deepEqual([same.json.joined, same.json.job.id], [true, create.json.job.id]);
    const other = await stuck.post('/api/v1/pull-requests', { events: [IDS[1]] });
    assert.deepEqual([other.status, other.json.code, other.json.job], [409, 'already_running', create.json.job.id]);
    const settings = (branch) => programs.stuck.admin.ask('PUT', '/api/v1/config', { json: { branch }, match: '*' });
    const change = await settings('next');
    const clash = await settings('other');
    assert.deepEqual([clash.status, clash.json.code, clash.json.job], [409, 'already_running', change.json.job.id]);
    const previews = await Promise.all(Array.from({ length: 20 }, (_, i) => stuck.post('/api/v1/pull-requests/preview', { title: `Title ${i}` })));
    assert.deepEqual(previews.map(({ status }) => status), Array(20).fill(202));
    const flood = await stuck.post('/api/v1/pull-requests/preview', { title: 'One too many' });
    assert.deepEqual([flood.status, flood.json.code, Number(flood.headers['retry-after']) > 0], [429, 'too_many_requests', true]);
    for (const answer of [create, change, ...previews]) {
      const cancelled = await stuck.ask('DELETE', answer.headers.location);
      assert.deepEqual([cancelled.status, cancelled.json.job.state], [200, 'cancelled']);
      const over = await stuck.ask('DELETE', answer.headers.location);
      assert.deepEqual([over.status, over.json.code], [409, 'nothing_to_do']);
    }
    await waitUntil(async () => (await stuck.get(pull.headers.location)).json.job.state === 'running', { what: 'the pull to run' });
    assert.equal((await stuck.ask('DELETE', pull.headers.location)).json.job.cancel_asked, true);
    await stuck.job(pull, 'cancelled');
  });

  it('opens nothing to another tenant', async () => {
    const jobs = (await us.get('/api/v1/jobs?limit=1')).json.jobs[0].id;
    const { open } = programs;
    assert.equal((await open.editor.get(`/api/v1/jobs/${jobs}`)).status, 404);
    assert.equal((await open.editor.ask('DELETE', `/api/v1/jobs/${jobs}`)).status, 404);
    assert.equal((await open.editor.get(`/api/v1/events/${IDS[0]}`)).status, 404);
    assert.equal((await open.editor.post('/api/v1/pull-requests', { preview: jobs })).status, 422);
    await open.editor.job(await open.editor.post('/api/v1/pull', {}, { key: 'send-two' })); // keys are the tenant's own
    assert.equal((await open.nobody.get('/api/v1/events')).json.total, SAMPLE_IDS.length);
    for (const list of ['events', 'jobs', 'syncs', 'pull-requests', 'status']) {
      assert.doesNotMatch((await open.nobody.get(`/api/v1/${list}`)).text, /arbour|history\/timeline/, list);
    }
  });

  it('keeps pages small, whatever a sync has to tell, and pages through them in the browser', async () => {
    const file = path.join(service.state, 'open', 'db', 'timeline.db');
    const rows = (n, bytes) => execute(file, `WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${n})
      INSERT INTO sync_status (repo_url, sync_type, started_at, completed_at, success, errors)
      SELECT 'x', 'import', '2026-01-02 03:04:05.000006', '2026-01-02 03:04:06.000007', 1,
        json_array(json_object('path', 'p', 'line', NULL, 'error', replace(hex(zeroblob(${bytes})), '00', 'e'))) FROM c`);
    await rows(60, 10);
    await rows(4, 1.5 * (1 << 20));
    const { nobody } = programs.open;
    const seen = [];
    for (let cursor = ''; cursor !== null;) {
      const { json, text } = await nobody.get(`/api/v1/syncs?limit=1000${cursor && `&cursor=${cursor}`}`);
      assert.ok(json.syncs.length > 0 && text.length < 4 << 20);
      seen.push(...json.syncs.map(({ id }) => id));
      cursor = json.next_cursor;
    }
    assert.deepEqual([seen.length >= 65, seen], [true, [...new Set(seen)].sort((a, b) => b - a)]);
    await execute(file, "DELETE FROM sync_status WHERE repo_url = 'x' AND length(errors) > 1000");
    const first = (await service.get('open', '/syncs')).text;
    const [, older] = first.match(/href="(\/syncs\?cursor=\d+)" rel="next"/);
    const last = (await service.get('open', older)).text;
    assert.match(last, /<h1>Older syncs<\/h1>[\s\S]*<a href="\/syncs">Back to the newest/);
    assert.doesNotMatch(last, /rel="next"/);
    for (const list of ['syncs', 'pull-requests']) assert.equal((await service.get('open', `/${list}?cursor=zz`)).status, 400);
  });

  it('serves its description', async () => {
    const { json, headers } = await programs.us.nobody.get('/api/v1/openapi.json');
    assert.deepEqual(json, description.document);
    assert.equal((await programs.stuck.nobody.get('/api/v1/openapi.json')).headers.etag, headers.etag);
  });

  it('leaves no operation and no described answer untried', () => {
    assert.deepEqual(description.untried(), []);
  });
});
