// Events over the API: adding, checking, editing, removing and restoring them, what they were, and who writes at the same time.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { sampleEvents, SAMPLE_IDS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { Description, Program } from './lib/openapi.js';
import { addAccount, createToken } from './lib/session.js';
import { startService } from './lib/tideline.js';

const HARBOUR = { id: '1901-02-03--harbour-opens', date: '1901-02-03', title: 'Harbour opens', tags: ['sea'] };
const AT = `/api/v1/events/${HARBOUR.id}`;
const IN_REPOSITORY = `/api/v1/events/${encodeURIComponent(SAMPLE_IDS[0])}`;
const MARKDOWN = '---\ndate: 1903-03-03\ntitle: A bridge is built\nimportance: 5\n---\n\nOf iron.\n';

describe('events over the API', () => {
  const description = new Description();
  let service;
  let editor;
  let viewer;
  let nobody;

  before(async () => {
    const repo = await createBareRepo({ files: sampleEvents() });
    service = await startService({ authority: await createAuthority(), webWorkers: 4,
      tenants: { us: { TIMELINE_REPO_URL: repo.folder, AUTO_PULL_ON_START: 'false' } } });
    nobody = new Program(service, 'us', description);
    for (const name of ['editor', 'viewer']) await addAccount(service, 'us', name, name);
    editor = nobody.as(await createToken(service, 'us', 'editor', '--scope', 'write'));
    viewer = nobody.as(await createToken(service, 'us', 'viewer', '--scope', 'read'));
    await editor.job(await editor.post('/api/v1/pull', {}));
  });
  after(() => service?.stop());

  const put = (address, json, match) => editor.ask('PUT', address, { json, match });
  const fields = (answer) => answer.json.errors.map(({ field }) => field);

  it('adds one, as an object or Markdown, and says where it is', async () => {
    const added = await editor.post('/api/v1/events', { ...HARBOUR, id: undefined });
    assert.deepEqual([added.status, added.headers.location, added.headers.etag, added.json.event], [201, AT, '"1"', HARBOUR]);
    assert.deepEqual([added.json.state, added.json.updated_by, added.json.unchanged], ['draft', 'editor', false]);
    const text = await editor.ask('POST', '/api/v1/events', { body: MARKDOWN, type: 'text/markdown; charset=utf-8' });
    assert.deepEqual([text.status, text.json.id, text.json.event.summary], [201, '1903-03-03--a-bridge-is-built', 'Of iron.']);
    const twice = await editor.post('/api/v1/events', HARBOUR);
    assert.deepEqual([twice.status, twice.json.code], [409, 'already_exists']);
    const wrong = await editor.post('/api/v1/events', { id: 'Odd', date: '', title: 'a\u202eb' });
    assert.deepEqual([wrong.status, wrong.json.code, fields(wrong)], [422, 'invalid_fields', ['date', 'title', 'id']]);
    const broken = await editor.ask('POST', '/api/v1/events', { body: '---\ntitle: x\n---\n', type: 'text/markdown' });
    assert.deepEqual([broken.status, broken.json.code, broken.json.line], [422, 'invalid_event', 2]);
    for (const [body, type, status] of [['{"date": ', 'application/json', 400], ['7', 'application/json', 400], ['', 'application/json', 400],
      ['<x/>', 'text/xml', 415], ['{}', undefined, 415], ['', 'text/markdown', 422], [`{"x":"${'x'.repeat(1 << 20)}"}`, 'application/json', 413]]) {
      assert.equal((await editor.ask('POST', '/api/v1/events', { body, type })).status, status, body.slice(0, 20));
    }
    assert.equal((await viewer.post('/api/v1/events', HARBOUR)).status, 403);
    assert.equal((await nobody.post('/api/v1/events', HARBOUR)).status, 401);
  });

  it('adds many, each on its own', async () => {
    const bad = { date: '1904-01-01' };
    const many = await editor.post('/api/v1/events', [HARBOUR, { ...HARBOUR, title: 'Another' }, bad, { date: '1904-01-02', title: 'A tower falls' }]);
    assert.deepEqual([many.status, many.json.success, many.json.added, many.json.unchanged, many.json.refused], [200, false, 1, 1, 2]);
    assert.deepEqual(many.json.events.map(({ name, index, result, code }) => [name, index, result, code]), [[null, 1, 'unchanged', null],
      [null, 2, 'refused', 'already_exists'], [null, 3, 'refused', 'invalid_fields'], [null, 4, 'added', null]]);
    assert.match(many.json.events[2].error, /title/);
    const none = await editor.post('/api/v1/events', []);
    assert.deepEqual([none.status, none.json.success, none.json.events], [200, true, []]);
  });

  it('checks without writing', async () => {
    const before = (await editor.get('/api/v1/events')).headers.etag;
    const fresh = await editor.post('/api/v1/events/check', { date: HARBOUR.date, title: 'The harbour opens!' });
    assert.deepEqual([fresh.status, fresh.json.new, fresh.json.proposed_id], [200, true, true]);
    assert.deepEqual(fresh.json.duplicates.map(({ id, why }) => [id, why]), [[HARBOUR.id, 'title']]);
    const edit = await editor.post(`/api/v1/events/check?edit=${HARBOUR.id}`, { ...HARBOUR, tags: [] });
    assert.deepEqual([edit.json.new, edit.json.changes.map(({ field, removed }) => [field, removed]), edit.json.current.revision], [false, [['tags', ['sea']]], 1]);
    assert.equal((await editor.ask('POST', '/api/v1/events/check', { body: MARKDOWN, type: 'text/markdown' })).json.duplicates[0].why, 'id');
    assert.equal((await editor.post('/api/v1/events/check?edit=no-such-event', HARBOUR)).status, 404);
    assert.equal((await editor.post('/api/v1/events/check', [HARBOUR])).status, 400);
    assert.equal((await editor.post('/api/v1/events/check', {})).status, 422);
    assert.equal((await editor.ask('POST', '/api/v1/events/check', { body: 'x', type: 'text/plain' })).status, 415);
    assert.equal((await editor.ask('POST', '/api/v1/events/check', { body: 'x'.repeat((1 << 20) + 1), type: 'text/markdown' })).status, 413);
    assert.equal((await viewer.post('/api/v1/events/check', HARBOUR)).status, 403);
    assert.equal((await nobody.post('/api/v1/events/check', HARBOUR)).status, 401);
    assert.equal((await editor.get('/api/v1/events')).headers.etag, before);
  });

  it('edits what was looked at, and shows both versions when somebody else was faster', async () => {
    const edited = { ...HARBOUR, tags: ['sea', 'trade'] };
    const first = await put(AT, edited, '"1"');
    assert.deepEqual([first.status, first.headers.etag, first.json.event.tags, first.json.unchanged], [200, '"2"', ['sea', 'trade'], false]);
    const same = await put(AT, edited, '"2"');
    assert.deepEqual([same.headers.etag, same.json.unchanged], ['"2"', true]);
    const mine = { ...HARBOUR, title: 'Mine' };
    const stale = await put(AT, mine, 'W/"1"');
    assert.deepEqual([stale.status, stale.json.code, stale.json.current.revision, stale.json.current.event, stale.json.current.updated_by], [412, 'stale', 2, edited, 'editor']);
    assert.deepEqual(stale.json.changes.map(({ field }) => field), ['title', 'tags']);
    assert.deepEqual(stale.json.since.map(({ field, added }) => [field, added]), [['tags', ['trade']]]);
    for (const match of ['"x"', '2', '"02"', '"99999999999999999999"', '""', '"1", "3"']) assert.equal((await put(AT, mine, match)).status, 412, match);
    assert.equal((await put(AT, mine, '"1", W/"2"')).headers.etag, '"3"');
    assert.equal((await put(AT, edited, '*')).headers.etag, '"4"');
    assert.equal((await put(AT, mine)).status, 428);
    assert.equal((await put('/api/v1/events/no-such-event', mine, '*')).status, 404);
    const other = await put(AT, { ...mine, id: '1901-02-03--other' }, '*');
    assert.deepEqual([other.status, fields(other)], [422, ['id']]);
    assert.equal((await put(AT, [mine], '*')).status, 400);
    const text = await editor.ask('PUT', AT, { body: '---\ndate: 1901-02-03\ntitle: From a file\n---\n', type: 'text/markdown', match: '"4"' });
    assert.deepEqual([text.status, text.json.event], [200, { id: HARBOUR.id, date: HARBOUR.date, title: 'From a file' }]);
    assert.equal((await editor.ask('PUT', AT, { body: 'x', type: 'text/plain', match: '*' })).status, 415);
    assert.equal((await editor.ask('PUT', AT, { body: 'x'.repeat((1 << 20) + 1), type: 'text/markdown', match: '*' })).status, 413);
    assert.equal((await viewer.ask('PUT', AT, { json: mine, match: '*' })).status, 403);
    assert.equal((await nobody.ask('PUT', AT, { json: mine, match: '*' })).status, 401);
    const { event } = (await editor.get(IN_REPOSITORY)).json;
    assert.deepEqual((await put(IN_REPOSITORY, { ...event, importance: 1 }, '"1"')).json.base_changes,
      [{ field: 'importance', kind: 'changed', from: event.importance, to: 1 }]);
    assert.deepEqual((({ base_changes, state }) => [base_changes, state])((await put(IN_REPOSITORY, event, '"2"')).json), [null, 'merged']);
  });

  it('tells what an event was', async () => {
    const whole = await editor.get(`${AT}/history`);
    assert.deepEqual(whole.json.revisions.map(({ revision, reason, current }) => [revision, reason, current]),
      [[5, 'edit', true], [4, 'edit', false], [3, 'edit', false], [2, 'edit', false], [1, 'add', false]]);
    assert.deepEqual(whole.json.revisions[3].changes.map(({ field, added }) => [field, added]), [['tags', ['trade']]]);
    assert.equal(whole.json.revisions[4].changes, null);
    const page = await editor.get(`${AT}/history?limit=2`);
    const next = await editor.get(`${AT}/history?limit=2&cursor=${page.json.next_cursor}`);
    assert.deepEqual([...page.json.revisions, ...next.json.revisions].map(({ revision }) => revision), [5, 4, 3, 2]);
    const old = await editor.get(`${AT}/revisions/1`);
    assert.deepEqual([old.json.event, old.json.changes, old.json.current_revision, old.json.to_now.length > 0], [HARBOUR, null, 5, true]);
    for (const address of [`${AT}/history`, `${AT}/revisions/1`]) {
      const { headers } = await viewer.get(address);
      assert.equal((await viewer.get(address, { headers: { 'If-None-Match': headers.etag } })).status, 304);
      assert.equal((await nobody.get(address)).status, 401);
    }
    for (const address of [`${AT}/revisions/6`, `${AT}/revisions/0`, `${AT}/revisions/x`, '/api/v1/events/no-such-event/history']) {
      assert.equal((await editor.get(address)).status, 404, address);
    }
    assert.equal((await editor.get(`${AT}/history?cursor=x`)).status, 400);
    assert.equal((await editor.get(`${AT}/history?limit=1001`)).status, 400);
  });

  it('removes and restores', async () => {
    const del = (address, match, who = editor) => who.ask('DELETE', address, { match });
    const restore = (address, json, match, who = editor) => who.ask('POST', `${address}/restore`, { json, match });
    assert.equal((await del(AT)).status, 428);
    assert.deepEqual((({ status, json }) => [status, json.current.revision, json.changes])(await del(AT, '"1"')), [412, 5, null]);
    assert.equal((await del(AT, '*', viewer)).status, 403);
    assert.equal((await del(AT, '*', nobody)).status, 401);
    assert.deepEqual((await del(AT, '"5"')).json, { success: true, id: HARBOUR.id, removed: 'gone', unchanged: false });
    assert.equal((await editor.get(AT)).status, 404);
    assert.equal((await del(AT, '*')).status, 404);
    assert.equal((await put(AT, HARBOUR, '*')).status, 404);
    const { json: history } = await editor.get(`${AT}/history`);
    assert.deepEqual([history.gone, history.revisions[0].removed, history.revisions[0].author], [true, true, 'editor']);
    assert.equal((await editor.get(`${AT}/revisions/2`)).json.to_now, null);

    assert.equal((await restore(AT, {}, '"5"')).status, 412);
    const back = await restore(AT, {});
    assert.deepEqual([back.status, back.headers.etag, back.json.event.title], [200, '"7"', 'From a file']);
    assert.equal((await restore(AT, { revision: 1 })).status, 428);
    assert.equal((await restore(AT, { revision: 1 }, '"6"')).status, 412);
    assert.deepEqual((await restore(AT, { revision: 1 }, '"7"')).json.event, HARBOUR);
    assert.equal((await restore(AT, {}, '*')).status, 409);
    assert.equal((await restore(AT, { revision: 99 }, '*')).status, 404);
    assert.deepEqual(fields(await restore(AT, { revision: 0, x: 1 }, '*')), ['revision', 'x']);
    assert.equal((await restore(AT, { revision: 1 }, '*', viewer)).status, 403);
    assert.equal((await restore(AT, { revision: 1 }, '*', nobody)).status, 401);
    for (const [body, type, status] of [['[1]', 'application/json', 400], ['x', 'text/plain', 415], ['x'.repeat((1 << 20) + 1), 'application/json', 413]]) {
      assert.equal((await editor.ask('POST', `${AT}/restore`, { body, type, match: '*' })).status, status);
    }

    const pending = await del(IN_REPOSITORY, '"3"');
    assert.deepEqual([pending.json.removed, pending.json.change, pending.json.state], ['pending', 'removed', 'draft']);
    assert.equal((await editor.get(IN_REPOSITORY)).json.removed, true);
    assert.equal((await del(IN_REPOSITORY, '*')).json.unchanged, true);
    assert.deepEqual((({ removed, state }) => [removed, state])((await restore(IN_REPOSITORY, {}, '"4"')).json), [false, 'merged']);
  });

  it('lets one of fifty that write at the same time win, and loses no text', async () => {
    const { headers, json } = await editor.post('/api/v1/events', { date: '1910-01-01', title: 'Round 0' });
    const address = headers.location;
    let { etag } = headers;
    const winners = ['Round 0'];
    for (let round = 1; round <= 6; round += 1) {
      const titles = Array.from({ length: 50 }, (_, i) => `Round ${round}, writer ${i}`);
      const answers = await Promise.all(titles.map((title) => put(address, { id: json.id, date: '1910-01-01', title }, etag)));
      const won = answers.filter(({ status }) => status === 200);
      assert.deepEqual(won.length, 1, answers.map(({ status }) => status).join(' '));
      for (const [i, { status, json: refused }] of answers.entries()) {
        if (status === 200) continue;
        assert.equal(status, 412);
        assert.deepEqual([refused.current.event.title, refused.changes[0].to], [won[0].json.event.title, titles[i]]);
      }
      etag = won[0].headers.etag;
      winners.unshift(won[0].json.event.title);
      assert.equal((await editor.get(address)).json.event.title, winners[0]);
    }
    const { revisions } = (await editor.get(`${address}/history`)).json;
    assert.deepEqual(revisions.slice(0, -1).map(({ changes }) => changes[0].to), winners.slice(0, -1));
    assert.deepEqual(revisions.map(({ revision }) => revision), [7, 6, 5, 4, 3, 2, 1]);
  });

  it('lists and shows as described', async () => {
    const { headers } = await viewer.get('/api/v1/events?limit=2');
    assert.equal((await viewer.get('/api/v1/events?limit=2', { headers: { 'If-None-Match': headers.etag } })).status, 304);
    assert.equal((await viewer.get('/api/v1/events?limit=0')).status, 400);
    assert.equal((await viewer.get('/api/v1/events?from=odd')).status, 422);
    assert.equal((await nobody.get('/api/v1/events')).status, 401);
    assert.equal((await nobody.get(AT)).status, 401);
    assert.equal((await service.cli('us', 'check')).json.success, true);
  });

  it('leaves no described answer untried', () => {
    assert.deepEqual(description.untried('api_events.test.js'), []);
  });
});
