// Signing in and out through the real nginx: what sessions open and what they do not, where forms may come from, and
// what becomes of a form whose session ended.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { execute } from './lib/database.js';
import { sampleEvents } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { waitUntil } from './lib/net.js';
import { addAccount, formBody, signedIn, Visitor } from './lib/session.js';
import { startService } from './lib/tideline.js';

const FORM = 'application/x-www-form-urlencoded';

describe('signing in', () => {
  let service;
  let password;

  before(async () => {
    const repo = await createBareRepo({ files: sampleEvents() });
    service = await startService({ authority: await createAuthority(), tenants: {
      us: { TIMELINE_REPO_URL: repo.folder, INSTANCE_NAME: 'United States' },
      open: { TIMELINE_REPO_URL: repo.folder, TIMELINE_PUBLIC: 'true' },
      empty: { TIMELINE_REPO_URL: repo.folder },
    } });
    for (const tenant of ['us', 'open']) {
      await waitUntil(async () => (await service.cli(tenant, 'git-status', '--offline')).json?.last_import,
        { what: `the first pull of ${tenant}`, timeoutMs: 60000, explain: () => service.pool.log });
    }
    password = await addAccount(service, 'us', 'ada', 'editor');
  });

  after(() => service?.stop());

  const newVisitor = (tenant = 'us') => new Visitor(service, tenant);

  it('leads from a private page to the login and back', async () => {
    const visitor = newVisitor();
    const sent = await visitor.get('/events?state=merged&q=canal');
    assert.equal(sent.status, 303);
    assert.equal(sent.headers.location, `/login?next=${encodeURIComponent('/events?state=merged&q=canal')}`);
    const login = await visitor.get(sent.headers.location);
    assert.equal(login.status, 200);
    assert.equal(login.headers['cache-control'], 'no-store');
    assert.match(login.text, /Sign in to United States/);
    const answer = await visitor.post('/login', { name: 'ada', password, next: '/events?state=merged&q=canal' }, { csrf: false });
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.location, '/events?state=merged&q=canal');
    assert.match(answer.headers['set-cookie'][0],
      /^__Host-tideline=[A-Za-z0-9_-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=604800$/);
    const page = await visitor.get('/events?state=merged&q=canal');
    assert.equal(page.status, 200);
    assert.match(page.text, /ada/);
    assert.equal(page.headers['cache-control'], 'private, no-cache');
    assert.equal(page.headers.vary?.includes('Cookie'), true);
  });

  it('never leads to another site', async () => {
    for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example', '/%0d%0aSet-Cookie:x', 'javascript:alert(1)',
      '/a\r\nLocation: x', '/login?next=/', '', '\u0000', `/${'a'.repeat(3000)}`]) {
      const answer = await newVisitor().post('/login', { name: 'ada', password, next }, { csrf: false });
      if (next.includes('\u0000')) {
        assert.equal(answer.status, 400);
        continue;
      }
      assert.equal(answer.status, 303, next);
      assert.ok(answer.headers.location === '/' || answer.headers.location === '/%0d%0aSet-Cookie:x', `${next}: ${answer.headers.location}`);
    }
  });

  it('says the same for a wrong name and a wrong password, and keeps the name', async () => {
    const texts = [];
    for (const [name, word] of [['ada', 'not the password'], ['nobody', 'not the password'], ['ada', ''], ['', ''], ['<b>&"', 'x']]) {
      const answer = await newVisitor().post('/login', { name, password: word, next: '/' }, { csrf: false });
      assert.equal(answer.status, 401, name);
      assert.equal(answer.headers['set-cookie'], undefined);
      assert.ok(!answer.text.includes('not the password'));
      texts.push(answer.text.match(/<p class="error" id="name-error">([^<]*)/)[1]);
      if (name) assert.ok(answer.text.includes(`value="${name.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')}"`), answer.text);
    }
    assert.equal(new Set(texts).size, 1, texts.join('\n'));
  });

  it('slows guessing down, and says for how long', async () => {
    await addAccount(service, 'us', 'guessed');
    let answer;
    for (let i = 0; i < 12 && answer?.status !== 429; i++) {
      answer = await newVisitor().post('/login', { name: 'guessed', password: `guess ${i}`, next: '/' }, { csrf: false });
    }
    assert.equal(answer.status, 429);
    assert.ok(Number(answer.headers['retry-after']) > 0);
    assert.match(answer.text, /Try again/i);
    await waitUntil(async () => (await newVisitor().post('/login', { name: 'ada', password, next: '/' }, { csrf: false })).status === 303,
      { what: 'another account from the same address to be let in again', timeoutMs: 60000 });
  });

  it('ends at logout, on the server too', async () => {
    const visitor = newVisitor();
    await visitor.signIn('ada', password);
    const cookie = new Map(visitor.cookies);
    assert.equal((await visitor.get('/')).status, 200);
    const out = await visitor.post('/logout', {}, { from: '/' });
    assert.equal(out.status, 303);
    assert.match(out.headers['set-cookie'][0], /^__Host-tideline=; .*Max-Age=0/);
    assert.equal(out.headers['clear-site-data'], '"cache"', 'what the browser keeps for its "back" button goes, too');
    visitor.cookies = cookie;
    assert.equal((await visitor.get('/')).status, 303);
  });

  it('starts a new session at each login', async () => {
    const visitor = newVisitor();
    await visitor.signIn('ada', password);
    const first = new Map(visitor.cookies);
    await visitor.signIn('ada', password);
    assert.notDeepEqual(visitor.cookies, first);
    visitor.cookies = first;
    assert.equal((await visitor.get('/')).status, 303, 'the session before has ended');
  });

  it('takes only cookies that it gave', async () => {
    for (const value of ['', 'x', 'A'.repeat(43), 'é', '"', '../../etc/passwd', 'a'.repeat(3000), "' OR 1=1 --"]) {
      const answer = await service.get('us', '/', { headers: { Cookie: Buffer.from(`__Host-tideline=${value}`).toString('latin1') } });
      assert.equal(answer.status, 303, value);
    }
  });

  it('opens nothing of another tenant', async () => {
    const visitor = newVisitor();
    await visitor.signIn('ada', password);
    const elsewhere = newVisitor('empty');
    elsewhere.cookies = visitor.cookies;
    assert.equal((await elsewhere.get('/')).status, 303);
    const open = newVisitor('open');
    open.cookies = visitor.cookies;
    const page = await open.get('/');
    assert.equal(page.status, 200);
    assert.ok(!page.text.includes('ada'), 'nobody is signed in there');
    const answer = await open.post('/check', {}, { csrf: 'whatever' });
    assert.equal(answer.status, 401);
  });

  it('takes forms of its own pages only', async () => {
    const visitor = newVisitor();
    await visitor.signIn('ada', password);
    const csrf = await visitor.csrf('/');
    const origin = `https://us.localhost`;
    const post = (headers, body = formBody({ csrf })) => visitor.request('POST', '/check', { body, headers: { 'Content-Type': FORM, ...headers } });
    for (const headers of [{}, { 'Sec-Fetch-Site': 'cross-site' }, { 'Sec-Fetch-Site': 'same-site' }, { 'Sec-Fetch-Site': 'none' },
      { 'Sec-Fetch-Site': 'cross-site', Origin: origin }, { Origin: 'https://open.localhost' }, { Origin: 'https://evil.example' },
      { Origin: 'null' }, { Origin: 'http://us.localhost' }, { Origin: `${origin}.evil.example` }]) {
      const answer = await post(headers);
      assert.equal(answer.status, 403, JSON.stringify(headers));
      assert.match(answer.text, /did not come from a page of this timeline/);
    }
    assert.equal((await post({ Origin: origin })).status, 303);
    assert.equal((await post({ 'Sec-Fetch-Site': 'same-origin' })).status, 303);
    for (const token of ['', 'x', '0'.repeat(csrf.length), `${csrf}0`, csrf.slice(1)]) {
      const answer = await post({ 'Sec-Fetch-Site': 'same-origin' }, formBody({ csrf: token }));
      assert.equal(answer.status, 403, token);
      assert.match(answer.text, /Send it again/);
    }
    const bare = await post({ 'Sec-Fetch-Site': 'same-origin' }, '');
    assert.equal(bare.status, 403);
    assert.equal((await service.request('POST', 'us', '/login', { body: formBody({ name: 'ada', password }),
      headers: { 'Content-Type': FORM, 'Sec-Fetch-Site': 'cross-site' } })).status, 403, 'nor logins from elsewhere');
  });

  it('refuses bodies that are no form', async () => {
    const visitor = newVisitor();
    await visitor.signIn('ada', password);
    const post = (body, type = FORM) => visitor.request('POST', '/check', { body,
      headers: { 'Sec-Fetch-Site': 'same-origin', ...(type ? { 'Content-Type': type } : {}) } });
    assert.equal((await post('{}', 'application/json')).status, 415);
    assert.equal((await post('a=1', 'multipart/form-data; boundary=x')).status, 415);
    assert.equal((await post('a=1', null)).status, 415);
    assert.equal((await post('a=%ff')).status, 400);
    assert.equal((await post('a=%0')).status, 400);
    assert.equal((await post(Buffer.from([0x61, 0x3d, 0x00]))).status, 400);
    assert.equal((await post(formBody(Array.from({ length: 5000 }, (_, i) => [`f${i}`, ''])))).status, 413);
    assert.equal((await post(`a=${'x'.repeat(1100 * 1024)}`)).status, 413);
    assert.equal((await visitor.request('PUT', '/check', {})).status, 405);
    assert.equal((await visitor.request('GET', '/check', {})).headers.allow, 'POST');
  });

  it('keeps a form whose session ended, but no password', async () => {
    const visitor = await signedIn(service, 'us', { name: 'grace', role: 'admin' });
    const csrf = await visitor.csrf('/');
    await execute(path.join(service.state, 'us', 'db', 'timeline.db'), "DELETE FROM tl_session WHERE account = 'grace'");
    const typed = 'Æneas & <b>"sons"</b>\nsecond line';
    const answer = await visitor.post('/settings/repository', { repo_url: typed, branch: 'main', new_password: 'canary-password' }, { csrf });
    assert.equal(answer.status, 401);
    assert.match(answer.text, /What you had typed is kept/);
    assert.ok(!answer.text.includes('canary-password'));
    const hidden = (name) => answer.text.match(new RegExp(`name="${name}" value="([^"]*)"`))[1].replace(/&amp;/g, '&');
    const back = await visitor.post('/login', { name: 'grace', password: visitor.password, next: hidden('next'),
      kept: hidden('kept'), kept_path: hidden('kept_path') }, { csrf: false });
    assert.equal(back.status, 200);
    assert.match(back.text, /Send it again\?/);
    assert.match(back.text, /action="\/settings\/repository"/);
    assert.ok(back.text.includes('Æneas &amp; &lt;b&gt;&quot;sons&quot;&lt;/b&gt;'), back.text);
    assert.ok(!back.text.includes(csrf), 'with the new session\'s token');
    const resent = await visitor.post('/settings/repository', { repo_url: typed, branch: 'main' },
      { csrf: back.text.match(/name="csrf" value="([^"]+)"/)[1] });
    assert.ok([412, 422].includes(resent.status), `it is looked at as if it had been sent at once: ${resent.status}`);
    assert.ok(resent.text.includes('Æneas'), 'and shown again');
  });

  it('says that a form is lost when it is too long to travel', async () => {
    const answer = await newVisitor().post('/settings/repository', { repo_url: 'x'.repeat(300 * 1024) }, { csrf: 'gone' });
    assert.equal(answer.status, 401);
    assert.match(answer.text, /too long to be kept/);
  });

  it('offers a form of an earlier session again', async () => {
    const visitor = newVisitor();
    await visitor.signIn('ada', password);
    const old = await visitor.csrf('/');
    await visitor.signIn('ada', password);
    const answer = await visitor.post('/check', { note: 'typed' }, { csrf: old });
    assert.equal(answer.status, 403);
    assert.match(answer.text, /Send it again/);
    assert.match(answer.text, /name="note" value="typed"/);
  });

  it('shows the first step where nobody has an account', async () => {
    const page = await newVisitor('empty').get('/login');
    assert.equal(page.status, 200);
    assert.match(page.text, /tideline --tenant empty user add NAME --role admin/);
    const answer = await newVisitor('empty').post('/login', { name: 'ada', password, next: '/' }, { csrf: false });
    assert.notEqual(answer.status, 303);
  });

  it('lets everybody read a public timeline and nobody act there', async () => {
    const visitor = newVisitor('open');
    assert.equal((await visitor.get('/events')).status, 200);
    assert.equal((await visitor.get('/settings')).status, 303);
    assert.equal((await visitor.get('/pull-requests/new')).status, 303);
    const answer = await visitor.post('/pull', {}, { csrf: 'none' });
    assert.equal(answer.status, 401);
  });
});
