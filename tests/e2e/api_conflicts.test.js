// Conflicts over the API: every operation and every answer that the description has for them.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { execute, query } from './lib/database.js';
import { EVENTS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { waitUntil } from './lib/net.js';
import { Description, Program } from './lib/openapi.js';
import { addAccount, createToken } from './lib/session.js';
import { startService } from './lib/tideline.js';

const ids = Array.from({ length: 6 }, (_, i) => `2001-01-0${i + 1}--event-${i + 1}`);
const [FIRST, SECOND, REMOVED, SOURCES] = ids;
const content = (id, more = {}) => ({ id, date: id.slice(0, 10), title: `About ${id}`, importance: 5, sources: [{ title: 'S', url: 'https://example.org/s', outlet: 'X' }], ...more });
const files = (more) => Object.fromEntries(ids.map((id) => [`${EVENTS}/${id}.json`, more(id)]).filter(([, one]) => one !== undefined)
  .map(([name, one]) => [name, one && `${JSON.stringify(one, null, 2)}\n`]));

describe('conflicts over the API', () => {
  const description = new Description();
  const people = {};
  let service;
  let database;
  let repo;
  let us; // the editor's program

  before(async () => {
    repo = await createBareRepo({ files: files((id) => content(id)) });
    service = await startService({ authority: await createAuthority(), tenants: { us: { TIMELINE_REPO_URL: repo.folder } } });
    database = path.join(service.state, 'us', 'db', 'timeline.db');
    people.nobody = new Program(service, 'us', description);
    for (const [name, role, scope] of [['viewer', 'viewer', 'read'], ['editor', 'editor', 'write'], ['reader', 'editor', 'read']]) {
      await addAccount(service, 'us', name, role);
      people[name] = people.nobody.as(await createToken(service, 'us', name, '--scope', scope));
    }
    us = people.editor;
    await waitUntil(async () => (await us.get('/api/v1/status')).json?.last_import, { what: 'the first pull', timeoutMs: 60000, explain: () => service.pool.log });
    await change(ids, "json_set(json_content, '$.title', 'Ours')");
    await change([SOURCES], "json_set(json_content, '$.title', title, '$.sources[0].outlet', 'Ours')");
    await repo.commit(files((id) => (id === REMOVED ? null : content(id, id === SOURCES
      ? { sources: [{ title: 'S', url: 'https://example.org/s', outlet: 'Theirs' }] } : { title: 'Theirs', importance: 7 }))));
    const pulled = await service.cli('us', 'git-pull', '--confirm-deletions');
    assert.equal(pulled.code, 3, pulled.stdout);
  });
  after(() => service?.stop());

  const change = (which, set) => execute(database, `UPDATE timeline_events SET json_content = ${set} WHERE id IN (${which.map((id) => `'${id}'`).join()})`);
  const at = (id, rest = '') => `/api/v1/conflicts/${id}${rest}`;
  const etag = async (id) => (await us.get(at(id))).headers.etag;
  const decide = async (id, body, options = {}) => us.post(at(id, '/resolution'), body, { match: await etag(id), ...options });
  const fields = (answer) => answer.json.errors.map(({ field }) => field);

  it('lists them in pages, longest open first', async () => {
    const seen = [];
    for (let cursor = ''; cursor !== null;) {
      const { json } = await people.viewer.get(`/api/v1/conflicts?limit=4${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      assert.equal(json.total, ids.length);
      seen.push(...json.conflicts);
      cursor = json.next_cursor;
    }
    assert.deepEqual(seen.map(({ id }) => id), ids);
    assert.deepEqual(seen.map(({ kind }) => kind), ids.map((id) => (id === REMOVED ? 'removed_there' : 'fields')));
    assert.equal((await us.get('/api/v1/conflicts?cursor=x')).status, 400);
    assert.equal((await us.get('/api/v1/conflicts?limit=0')).status, 400);
    const { headers } = await us.get('/api/v1/conflicts');
    assert.equal((await us.get('/api/v1/conflicts', { headers: { 'If-None-Match': headers.etag } })).status, 304);
  });

  it('shows both sides field by field', async () => {
    const { json, headers } = await people.viewer.get(at(FIRST));
    assert.deepEqual(json.conflict.fields, [{ field: 'title', base: `About ${FIRST}`, ours: 'Ours', theirs: 'Theirs' }]);
    assert.equal(headers.etag, `"${json.conflict.version}"`);
    assert.deepEqual([json.conflict.changed_here.map(({ field }) => field), json.conflict.changed_there.map(({ field }) => field)], [['title'], ['title', 'importance']]);
    assert.deepEqual((await us.get(at(SOURCES))).json.conflict.fields[0].detail,
      [{ choice: 'sources/1', source: 'https://example.org/s', key: 'outlet', base: 'X', ours: 'Ours', theirs: 'Theirs' }]);
    assert.equal((await us.get(at('2001-01-09--none'))).status, 404);
  });

  it('lets only editors decide, about what they have seen', async () => {
    for (const rest of ['/resolution', '/undo']) {
      assert.equal((await people.nobody.post(at(FIRST, rest), {}, { match: '*' })).status, 401);
      assert.equal((await people.nobody.as('tdl_x').post(at(FIRST, rest), {}, { match: '*' })).status, 401);
      assert.equal((await people.viewer.post(at(FIRST, rest), {}, { match: '*' })).status, 403);
      assert.equal((await people.reader.post(at(FIRST, rest), {}, { match: '*' })).status, 403);
    }
    for (const address of ['/api/v1/conflicts', at(FIRST)]) assert.equal((await people.nobody.get(address)).status, 401);
    assert.equal((await us.post(at(FIRST, '/resolution'), { take: 'ours' })).status, 428);
    const old = await etag(FIRST);
    await change([FIRST], "json_set(json_content, '$.summary', 'More')");
    const stale = await us.post(at(FIRST, '/resolution'), { take: 'ours' }, { match: old });
    assert.deepEqual([stale.status, stale.json.code], [412, 'stale']);
    assert.equal((await us.post(at('2001-01-09--none', '/resolution'), { take: 'ours' }, { match: '*' })).status, 404);
  });

  it('refuses what cannot be meant, naming each member, and changes nothing', async () => {
    const rows = () => query(database, 'SELECT id, json_content, state FROM timeline_events JOIN tl_event USING (id) ORDER BY id');
    const old = await rows();
    for (const [body, wrong] of [[{}, ['take']], [{ take: 'mine' }, ['take']], [{ take: 1 }, ['take']], [{ fields: [] }, ['fields']], [{ fields: {} }, ['title']],
      [{ fields: { title: 'mine', nothing: 'ours' } }, ['title', 'nothing']], [{ fields: { title: { value: '' } } }, ['event']], [{ choose: 'ours' }, ['choose']],
      [{ event: { title: 'T' } }, ['event']], [{ event: 5 }, ['event']], [{ event: { title: 'T', date: '2001-01-01' }, take: 'ours' }, ['event']],
      [{ event: '---\ntitle: T\ndate: 2001-01-01\nid: other\n---\n' }, ['id']], [{ fields: { title: null } }, ['title']]]) {
      const answer = await decide(FIRST, body);
      assert.equal(answer.status, 422, JSON.stringify(body));
      assert.deepEqual(fields(answer), wrong, JSON.stringify(body));
    }
    assert.deepEqual(fields(await decide(REMOVED, { fields: { title: 'ours' } })), ['fields']);
    const match = await etag(FIRST);
    const send = (body, type = 'application/json') => us.ask('POST', at(FIRST, '/resolution'), { body, type, match });
    assert.equal((await send('{')).status, 400);
    assert.equal((await send('')).status, 415);
    assert.equal((await send('take=ours', 'application/x-www-form-urlencoded')).status, 415);
    assert.equal((await send(JSON.stringify({ event: 'x'.repeat(1 << 20) }))).status, 413);
    const undo = (body, type = 'application/json') => us.ask('POST', at(FIRST, '/undo'), { body, type });
    assert.equal((await undo('{')).status, 400);
    assert.equal((await undo('x=1', 'application/x-www-form-urlencoded')).status, 415);
    assert.equal((await undo(`{${' '.repeat(1 << 20)}}`)).status, 413);
    assert.deepEqual(fields(await us.post(at(FIRST, '/undo'), { sure: true })), ['sure']);
    assert.deepEqual([(await us.post(at(FIRST, '/undo'), {})).status, await rows()], [409, old]);
  });

  it('decides by side, by field, by written value, by part of a source, and as a whole', async () => {
    const first = await decide(FIRST, { take: 'theirs' });
    assert.deepEqual([first.status, first.json.event.title, first.json.event.summary, first.json.decision.author], [200, 'Theirs', 'More', 'editor']);
    const second = await decide(SECOND, { fields: { title: { value: 'Both' } } });
    assert.deepEqual([second.json.event.title, second.json.event.importance, second.json.state], ['Both', 7, 'draft']);
    const sources = await decide(SOURCES, { fields: { 'sources/1': 'theirs' } });
    assert.equal(sources.json.event.sources[0].outlet, 'Theirs');
    const removed = await decide(REMOVED, { take: 'theirs' });
    assert.deepEqual([removed.json.removed, (await us.get(`/api/v1/events/${REMOVED}`)).status], ['gone', 404]);
    const written = await decide(ids[4], { event: { ...content(ids[4]), title: 'Written' } });
    assert.deepEqual([written.json.event.title, written.json.decision.take], ['Written', 'written']);
    const text = await decide(ids[5], { event: `---\ntitle: In a file\ndate: 2001-01-06\n---\nText.\n` });
    assert.deepEqual([text.json.event.id, text.json.event.summary], [ids[5], 'Text.']);
    assert.deepEqual((await us.get('/api/v1/conflicts')).json, { success: true, conflicts: [], next_cursor: null, total: 0 });
  });

  it('keeps what was decided, and takes it back', async () => {
    const shown = (await us.get(at(REMOVED))).json;
    assert.deepEqual([shown.open, shown.conflict, shown.decisions.length, shown.decisions[0].can_undo], [false, null, 1, true]);
    assert.equal((await us.post(at(REMOVED, '/resolution'), { take: 'ours' }, { match: '*' })).status, 404);
    const undone = await us.post(at(REMOVED, '/undo'), {});
    assert.deepEqual([undone.json.open, undone.json.conflict.ours.title, undone.json.decisions[0].undone_by], [true, 'Ours', 'editor']);
    assert.equal((await us.post(at(REMOVED, '/undo'))).status, 409);
    assert.equal((await us.get(`/api/v1/events/${REMOVED}`)).json.state, 'conflict');
    assert.equal((await decide(REMOVED, { take: 'ours' })).json.change, 'added');
  });

  it('leaves no described answer untried', () => {
    assert.deepEqual(description.untried('api_conflicts.test.js'), []);
  });
});
