// Many visitors at one worker, whose answers are kept: nobody ever gets what was made for somebody else.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { sampleEvents } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { waitUntil } from './lib/net.js';
import { addAccount, createToken, signedIn, Visitor } from './lib/session.js';
import { startService } from './lib/tideline.js';

const NAMES = ['ada', 'ed', 'vic'];
const ROLES = { ada: 'admin', ed: 'editor', vic: 'viewer' };
const ADDRESSES = ['/', '/events', '/events?q=canal', '/pull-requests', '/syncs', '/jobs/1'];
const shownTo = (text) => text.match(/Your account: <\/span>([a-z]+)</)?.[1];
const tokensOf = (text) => [...text.matchAll(/name="csrf" value="([^"]*)"/g)].map(([, token]) => token);

describe('visitors at one worker', () => {
  let service;
  let visitors; // by name; nobody is undefined's

  before(async () => {
    const repo = await createBareRepo({ files: sampleEvents() });
    service = await startService({ authority: await createAuthority(), webWorkers: 1,
      tenants: { open: { TIMELINE_REPO_URL: repo.folder, TIMELINE_PUBLIC: 'true' } } });
    await waitUntil(async () => (await service.cli('open', 'git-status', '--offline')).json?.last_import,
      { what: 'the first pull', timeoutMs: 60000, explain: () => service.pool.log });
    visitors = new Map([[undefined, new Visitor(service, 'open')]]);
    for (const name of NAMES) visitors.set(name, await signedIn(service, 'open', { name, role: ROLES[name] }));
  });
  after(() => service?.stop());

  it('see their own pages, whoever asked before and whatever tag they bring', async () => {
    const tags = new Set(['*']);
    const seen = new Map(); // csrf token -> whose
    for (let round = 0; round < 3; round += 1) {
      for (const address of ADDRESSES) {
        for (const [name, visitor] of visitors) {
          const page = await visitor.get(address);
          assert.deepEqual([page.status, shownTo(page.text)], [200, name], address);
          assert.equal(page.headers['set-cookie'], undefined, address);
          assert.equal(/href="\/settings"/.test(page.text), name === 'ada', `${name} ${address}`);
          assert.equal(tokensOf(page.text).length > 0, name !== undefined, `${name} ${address}`);
          for (const token of tokensOf(page.text)) {
            assert.equal(seen.get(token) ?? name, name, `${address}: the token of ${seen.get(token)} is shown to ${name}`);
            seen.set(token, name);
          }
          const others = [...tags].filter((tag) => tag !== page.headers.etag && tag !== '*').join(', ');
          if (name) assert.equal(shownTo((await visitor.get(address, { headers: { 'If-None-Match': others || '"x"' } })).text), name, `${name} ${address}`);
          tags.add(page.headers.etag);
        }
      }
    }
  });

  it('are known on pages that say no, too', async () => {
    for (const [name, visitor] of visitors) {
      for (const [method, address, status] of [['GET', '/nothing', 404], ['GET', '/check', 405], ['PUT', '/', 405], ['GET', '/jobs/9999', 404]]) {
        const page = await visitor.request(method, address);
        assert.deepEqual([page.status, shownTo(page.text)], [status, name], address);
        assert.equal(page.text.includes('>Sign in<'), !name, `${name} ${address}`);
        assert.equal(page.headers['cache-control'], 'no-store', address);
      }
    }
  });

  it('get the message that is theirs, once, and no other', async () => {
    const ed = visitors.get('ed');
    const answer = await ed.post('/account/sessions');
    assert.equal(answer.status, 303);
    const message = ed.cookies.get('__Host-tideline-flash');
    assert.ok(message);
    for (const name of [undefined, 'vic']) {
      const other = visitors.get(name);
      const page = await other.get('/account', { headers: { Cookie: [...other.cookies, ['__Host-tideline-flash', message]].map((pair) => pair.join('=')).join('; ') } });
      assert.doesNotMatch(page.text, /class="flash"/, name);
    }
    assert.match((await ed.get('/account')).text, /You are signed out everywhere but here/);
    assert.equal(ed.cookies.get('__Host-tideline-flash'), undefined);
    assert.doesNotMatch((await ed.get('/account')).text, /class="flash"/);
    for (const forged of ['YQ.YQ', `${Buffer.from('Forged').toString('base64url')}.${message.split('.')[1]}`, `${message}A`, '.', '']) {
      const page = await ed.get('/account', { headers: { Cookie: `__Host-tideline=${ed.cookies.get('__Host-tideline')}; __Host-tideline-flash=${forged}` } });
      assert.equal(page.status, 200);
      assert.doesNotMatch(page.text, /class="flash"/, forged);
    }
  });

  it('may less as soon as their role is less, and nothing once they are gone', async () => {
    const ed = visitors.get('ed');
    const token = await createToken(service, 'open', 'ed', '--scope', 'write');
    const pull = () => service.request('POST', 'open', '/api/v1/pull', { headers: { Authorization: `Bearer ${token}` } });
    assert.equal((await ed.get('/pull-requests/new')).status, 200);
    assert.equal((await pull()).status, 202);
    const csrf = await ed.csrf();
    const ada = visitors.get('ada');
    assert.equal((await ada.post('/settings/accounts/ed', { action: 'role', role: 'viewer' })).status, 303);
    assert.equal((await ed.get('/pull-requests/new')).status, 403);
    assert.equal((await ed.post('/pull', {}, { csrf })).status, 403);
    assert.equal((await pull()).status, 403);
    assert.equal((await ada.post('/settings/accounts/ed', { action: 'remove' })).status, 303);
    assert.equal(shownTo((await ed.get('/')).text), undefined);
    assert.equal((await ed.post('/check', {}, { csrf })).status, 401);
    assert.equal((await pull()).status, 401);
  });

  it('have keys of their own for what they ask twice', async () => {
    await addAccount(service, 'open', 'bob', 'editor');
    const ask = async (name, page) => service.request('POST', 'open', page, { headers: { 'Idempotency-Key': 'the-same-for-both',
      Authorization: `Bearer ${await createToken(service, 'open', name, '--scope', 'write')}` } });
    const first = await ask('ada', '/api/v1/pull');
    assert.equal(first.status, 202);
    const other = await ask('bob', '/api/v1/check');
    assert.equal(other.status, 202, other.text);
    assert.equal(other.headers['idempotency-replayed'], undefined);
    assert.notEqual(other.json.job.id, first.json.job.id);
    const again = await ask('ada', '/api/v1/pull');
    assert.deepEqual([again.headers['idempotency-replayed'], again.json.job.id], ['true', first.json.job.id]);
  });
});
