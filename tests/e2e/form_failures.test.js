// Forms that cannot be carried out: what was typed is still there when the database is busy, what was not looked at is not
// written over, pressing twice says what one press says, and what was done is told, however much it is.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { sampleEvents, SAMPLE_IDS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { Description, Program } from './lib/openapi.js';
import { holdDatabase } from './lib/research.js';
import { createToken, signedIn } from './lib/session.js';
import { startService } from './lib/tideline.js';

const TENANT = 'forms';

describe('forms that cannot be carried out', { timeout: 300000 }, () => {
  let service;
  let ada;
  let program;

  before(async () => {
    const repo = await createBareRepo({ files: sampleEvents() });
    service = await startService({ authority: await createAuthority(), tenants: { [TENANT]: { TIMELINE_REPO_URL: repo.folder, AUTO_PULL_ON_START: 'false' } } });
    assert.equal((await service.cli(TENANT, 'git-pull')).code, 0);
    ada = await signedIn(service, TENANT);
    program = new Program(service, TENANT, new Description(), await createToken(service, TENANT, 'ada', '--scope', 'write'));
  });
  after(() => service?.stop());

  const add = async (event) => {
    const added = await program.post('/api/v1/events', event);
    assert.equal(added.status, 201, added.text);
    return added.json.id;
  };

  it('keeps what was typed when something else is written for long', async () => {
    const id = await add({ date: '2031-01-01', title: 'Judged while busy' });
    const csrf = await ada.csrf();
    const holder = await holdDatabase(path.join(service.state, TENANT, 'db', 'timeline.db'));
    try {
      for (const [address, fields, typed] of [
        [`/validation/${id}`, { status: 'rejected', revision: '1', notes: 'Not a word of "this" stands in its sources' }, 'notes'],
        ['/validation', { status: 'rejected', events: `1:${id}`, sure: '1', notes: 'None of <these>' }, 'notes'],
        ['/events/add', { events: '[{"date": "2031-01-02", "title": "Pasted"}]' }, 'events'],
      ]) {
        const answer = await ada.post(address, fields, { csrf });
        assert.equal(answer.status, 503, address);
        assert.ok(answer.headers['retry-after'], address);
        const value = fields[typed].replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
        assert.ok(answer.text.includes(`name="${typed}" value="${value}"`), `${address}\n${answer.text}`);
        assert.match(answer.text, new RegExp(`action="${address}"`));
        assert.match(answer.text, /Something else is being written/);
        assert.doesNotMatch(answer.text, /signed out/);
      }
    } finally {
      await holder.release();
    }
  });

  it('shows the notes again when no event took the verdict about several', async () => {
    const id = await add({ date: '2031-04-01', title: 'Changed meanwhile' });
    const answer = await ada.post('/validation', { status: 'rejected', events: `7:${id}`, sure: '1', notes: 'A long <reason>' });
    assert.equal(answer.status, 200);
    assert.match(answer.text, /No event was rejected, 1 not/);
    assert.match(answer.text, /A long &lt;reason&gt;/);
  });

  it('brings nothing back over a version that nobody looked at', async () => {
    const id = await add({ date: '2031-02-01', title: 'The first' });
    const address = `/api/v1/events/${id}`;
    await program.ask('PUT', address, { json: { date: '2031-02-01', title: 'The second' }, match: '"1"' });
    assert.equal((await program.ask('DELETE', address, { match: '"2"' })).json.removed, 'gone');
    const page = (await ada.get(`/events/${id}/revisions/1`)).text;
    const [, lookedAt] = page.match(/name="looked_at" value="(\d+)"/);
    assert.equal((await program.post(`${address}/restore`, { revision: 2 })).status, 200);
    const answer = await ada.post(`/events/${id}/restore`, { revision: '1', looked_at: lookedAt });
    assert.equal(answer.headers.location, `/events/${id}/history`);
    assert.equal((await program.get(address)).json.event.title, 'The second');
  });

  it('says the same when a removed event is brought back by two presses', async () => {
    const id = SAMPLE_IDS[0];
    const at = `/events/${encodeURIComponent(id)}`;
    assert.equal((await ada.post(`${at}/delete`, { revision: '1' })).status, 303);
    const fields = { revision: '0', looked_at: (await ada.get(at)).text.match(/name="looked_at" value="(\d+)"/)[1] };
    for (const press of [1, 2]) {
      const answer = await ada.post(`${at}/restore`, fields);
      assert.deepEqual([answer.status, answer.headers.location], [303, at], `press ${press}\n${answer.text}`);
    }
  });

  it('cuts a long title in a message where a character ends', async () => {
    const id = await add({ date: '2031-03-01', title: `x${'é'.repeat(100)}` });
    const answer = await ada.post(`/validation/${id}`, { status: 'validated', revision: '1', score: '7', notes: '' });
    assert.equal(answer.status, 303);
    assert.doesNotMatch((await ada.get(answer.headers.location)).text, /\ufffd/);
  });

  it('tells what became of thousands of events that resemble each other', async () => {
    const events = Array.from({ length: 4000 }, (_, i) => ({ date: '2032-01-01', title: `The council of the town met for number ${i}` }));
    const answer = await program.post('/api/v1/events', events);
    assert.deepEqual([answer.status, answer.json.added, answer.json.events?.length], [200, 4000, 4000], answer.text.slice(0, 300));
  });
});
