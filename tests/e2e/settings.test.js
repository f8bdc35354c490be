// The settings, accounts and tokens in the browser; following another repository; what the status page lets people do.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { HtmlValidate } from 'html-validate';
import { screenshot, startBrowser } from './lib/browser.js';
import { createAuthority } from './lib/ca.js';
import { execute, query } from './lib/database.js';
import { EVENTS, generatedTimeline, sampleEvents } from './lib/fixtures.js';
import { startGitServer } from './lib/git_server.js';
import { freePort, waitUntil } from './lib/net.js';
import { addAccount, signedIn, Visitor } from './lib/session.js';
import { tempDir } from './lib/temp.js';
import { startService } from './lib/tideline.js';

const PAGE_BYTES = 30 * 1024;
const TOKEN = 'canary-settings-token';
const validator = new HtmlValidate({ extends: ['html-validate:recommended'],
  rules: { 'long-title': 'off', 'no-trailing-whitespace': 'off', 'attribute-boolean-style': 'off', 'void-style': 'off' } });

const event = (id, title) => JSON.stringify({ id, date: id.slice(0, 10), title, sources: [{ title: 'Register', url: 'https://archive.example.org/r' }] });
const unescaped = (text) => text.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
const errorsIn = (text) => [...text.matchAll(/<p class="error" id="([a-z_]+)-error">([^<]+)<\/p>/g)].map(([, field, words]) => [field, unescaped(words)]);
const errorOf = (answer, field) => errorsIn(answer.text).find(([name]) => name === field)?.[1];

describe('settings, accounts and the acting status page', () => {
  let authority;
  let server;
  let repo;
  let fork;
  let service;
  let browser;
  let admin;
  let editor;
  let viewer;

  const status = async (tenant = 'us') => (await admin.service.get(tenant, '/api/v1/status')).json;
  const version = async () => (await admin.get('/settings')).text.match(/name="version" value="([^"]+)"/)[1];

  /** The end of the job that a form was answered with. */
  async function ended(visitor, answer) {
    assert.equal(answer.status, 303, answer.text);
    const id = answer.headers.location.match(/^\/jobs\/(\d+)\?follow=1$/)[1];
    return waitUntil(async () => {
      const { text } = await visitor.get(`/jobs/${id}`);
      const state = text.match(/<span class="state state-[a-z]+">(succeeded|failed|cancelled)<\/span>/)?.[1];
      return state && { state, text: unescaped(text), id };
    }, { what: `job ${id}`, timeoutMs: 60000, explain: () => service.pool.log });
  }

  async function pulled(url, count) {
    await waitUntil(async () => {
      const now = await status();
      return now.repo_url === url && now.events_in_repo === count && now.last_import;
    }, { what: `the pull of ${url}`, timeoutMs: 60000, explain: () => service.pool.log });
  }

  const follow = async (fields) => admin.post('/settings/repository', { repo_url: server.url('team/timeline'), branch: 'main',
    version: await version(), ...fields });

  async function enter(page, name, visitor, next) {
    await page.goto(service.url('us', `/login?next=${next}`));
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Password').fill(visitor.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(service.url('us', next));
  }

  async function invalid(html) {
    const report = await validator.validateString(html);
    return report.results.flatMap(({ messages }) => messages.map((m) => `${m.ruleId} ${m.line}: ${m.message}`));
  }

  async function assertGood(page, html, name) {
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), 0, `${name} scrolls sideways`);
    const { violations } = await new AxeBuilder({ page }).analyze();
    assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html}`), [], name);
    assert.deepEqual(await invalid(html), [], name);
  }

  before(async () => {
    authority = await createAuthority();
    server = await startGitServer({ authority, token: TOKEN });
    repo = await server.addRepo('team/timeline', { files: sampleEvents() });
    await repo.commit(generatedTimeline(30));
    fork = await server.addRepo('someone/fork', { from: repo.folder });
    await fork.commit([[`${EVENTS}/1901-01-01--only-in-the-fork.json`, event('1901-01-01--only-in-the-fork', 'Only in the fork')]]);
    await fork.setBranch('research', await fork.tip('main'));
    await server.addRepo('someone/empty');
    const settings = (name) => ({ TIMELINE_REPO_URL: server.url('team/timeline'), TIMELINE_CA_FILE: authority.certFile,
      GITHUB_TOKEN: TOKEN, TIMELINE_PUBLIC: 'true', INSTANCE_NAME: name });
    service = await startService({ authority, jobWorkers: 2, tenants: {
      us: settings('Canals & lighthouses'), brazil: settings('Brazil'), unpulled: { ...settings('Later'), AUTO_PULL_ON_START: 'false' } } });
    for (const tenant of ['us', 'brazil']) {
      await waitUntil(async () => (await service.get(tenant, '/api/v1/status')).json?.last_import,
        { what: `the first pull of ${tenant}`, timeoutMs: 60000, explain: () => service.pool.log });
    }
    admin = await signedIn(service, 'us', { name: 'root', role: 'admin' });
    editor = await signedIn(service, 'us', { name: 'eddy', role: 'editor' });
    viewer = await signedIn(service, 'us', { name: 'vera', role: 'viewer' });
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.stop();
    await service?.stop();
    await server?.stop();
  });

  it('shows each visitor what they may do, and no more', async () => {
    const stranger = (await service.get('us', '/')).text;
    assert.match(stranger, /<a href="\/login">Sign in<\/a>/);
    for (const words of ['Pull now', 'Check now', 'href="/settings"', 'Sign out']) assert.ok(!stranger.includes(words), words);
    const pages = { viewer: (await viewer.get('/')).text, editor: (await editor.get('/')).text, admin: (await admin.get('/')).text };
    assert.match(pages.viewer, /Check now/);
    assert.doesNotMatch(pages.viewer, /Pull now|href="\/settings"/);
    assert.match(pages.editor, /action="\/pull"[\s\S]*Pull now/);
    assert.doesNotMatch(pages.editor, /href="\/settings"/);
    assert.match(pages.admin, /<a href="\/settings">Settings<\/a>/);
    for (const text of Object.values(pages)) assert.equal(text.match(/class="button"/g).length, 1, 'one primary button');
    for (const visitor of [viewer, editor]) {
      for (const page of ['/settings', '/settings/accounts/root']) assert.equal((await visitor.get(page)).status, 403, page);
      for (const [page, fields] of [['/settings/repository', { repo_url: 'x', branch: 'main' }], ['/settings/accounts', { name: 'mallory', role: 'admin', password: 'long enough for it' }],
        ['/settings/accounts/root', { action: 'remove' }]]) {
        assert.equal((await visitor.post(page, fields)).status, 403, page);
      }
    }
    assert.equal((await viewer.post('/pull')).status, 403);
    const away = await service.get('us', '/settings');
    assert.deepEqual([away.status, away.headers.location], [303, '/login?next=%2Fsettings']);
    assert.match((await admin.get('/settings')).text, />eddy<[\s\S]*>root<[\s\S]*>vera</);
  });

  it('opens nothing to the session of another tenant', async () => {
    const stranger = new Visitor(service, 'brazil');
    for (const [name, value] of admin.cookies) stranger.cookies.set(name, value);
    for (const page of ['/settings', '/account', '/settings/accounts/root', '/tokens/1']) {
      assert.match((await stranger.get(page)).headers.location, /^\/login\?next=/, page);
    }
    const csrf = await admin.csrf('/settings');
    for (const [page, fields] of [['/settings/accounts', { name: 'mallory', role: 'admin', password: 'long enough for it' }],
      ['/settings/repository', { repo_url: server.url('someone/fork'), branch: 'main' }], ['/tokens', { scope: 'write', expires: '30' }]]) {
      assert.notEqual((await stranger.post(page, fields, { csrf })).status, 303, page);
    }
    assert.equal((await service.cli('brazil', 'user', 'list')).json.accounts.length, 0);
    assert.equal((await service.cli('brazil', 'token', 'list')).json.tokens.length, 0);
  });

  it('says where each value was set', async () => {
    const { text } = await admin.get('/settings');
    assert.match(text, /Address<\/dt><dd><a href="https:\/\/127[^]*?<small>from the timeline(’|&#39;)s file<\/small>/);
    assert.match(text, /Branch<\/dt><dd><code>main<\/code> <small>by default<\/small>/);
    assert.match(text, /TIMELINE_PUBLIC, from the timeline/);
    assert.match(text, /Token for the forge<\/dt><dd>yes/);
    assert.ok(!text.includes(TOKEN));
    assert.ok(Buffer.byteLength(text) <= PAGE_BYTES, `${Buffer.byteLength(text)} bytes`);
  });

  it('refuses repositories and branches that cannot be meant, and keeps what was typed', async () => {
    const cases = [
      [{ repo_url: '' }, 'repo_url', /begins with https/],
      [{ repo_url: '   ' }, 'repo_url', /begins with https/],
      [{ repo_url: 'git@github.com:a/b.git' }, 'repo_url', /whole address/],
      [{ repo_url: 'http://127.0.0.1/a/b.git' }, 'repo_url', /whole address/],
      [{ repo_url: '/etc' }, 'repo_url', /for its operator/],
      [{ repo_url: `file://${repo.folder}` }, 'repo_url', /for its operator/],
      [{ repo_url: repo.folder }, 'repo_url', /for its operator/],
      [{ repo_url: `https://user:secret@127.0.0.1:${server.port}/a/b.git` }, 'repo_url', /user name/],
      [{ repo_url: 'https://127.0.0.1/a b' }, 'repo_url', /no address of a repository/],
      [{ repo_url: 'https://127.0.0.1/"><script>alert(1)</script>' }, 'repo_url', /no address of a repository/],
      [{ repo_url: `https://127.0.0.1/${'a'.repeat(5000)}` }, 'repo_url', /1,000 characters/],
      [{ repo_url: 'https://127.0.0.1/\u202egpj.exe' }, 'repo_url', /no address of a repository/],
      [{ repo_url: 'https://github.com/a/b.git' }, 'repo_url', /does not allow this host; allowed are: 127\.0\.0\.1/],
      [{ repo_url: 'https://localhost/a/b.git' }, 'repo_url', /does not allow/],
      [{ repo_url: 'https://127.0.0.2/a/b.git' }, 'repo_url', /does not allow/],
      [{ repo_url: 'https://[::1]/a/b.git' }, 'repo_url', /does not allow/],
      [{ repo_url: 'https://169.254.169.254/latest/meta-data' }, 'repo_url', /does not allow/],
      [{ repo_url: 'https://2130706433/a/b.git' }, 'repo_url', /does not allow/],
      [{ repo_url: 'https://127.0.0.1.evil.example/a/b.git' }, 'repo_url', /does not allow/],
      [{ branch: '' }, 'branch', /which branch/],
      [{ branch: 'no spaces please' }, 'branch', /Git allows no such name/],
      [{ branch: '--upload-pack=touch /tmp/x' }, 'branch', /Git allows no such name/],
      [{ branch: 'refs/heads/main' }, 'branch', /Git allows no such name/],
      [{ branch: 'b'.repeat(500) }, 'branch', /Git allows no such name/],
    ];
    for (const [fields, field, words] of cases) {
      const answer = await follow(fields);
      const what = JSON.stringify(fields).slice(0, 80);
      assert.equal(answer.status, 422, what);
      assert.match(errorOf(answer, field) ?? '', words, what);
      assert.match(answer.text, new RegExp(`<a href="#${field}">`), what);
      assert.match(answer.text, new RegExp(`id="${field}"[^>]*aria-invalid="true"`), what);
      assert.ok(!answer.text.includes('<script>alert'), what);
      if (fields[field].trim()) assert.ok(unescaped(answer.text).includes(`value="${fields[field].trim()}`), what);
    }
    const both = await follow({ repo_url: 'ftp://x', branch: 'a..b' });
    assert.deepEqual(errorsIn(both.text).map(([field]) => field), ['repo_url', 'branch']);
    assert.equal((await status()).repo_url, server.url('team/timeline'));
  });

  it('has an answer for what no browser sends', async () => {
    const sent = version();
    const twice = [['repo_url', server.url('someone/fork')], ['repo_url', 'https://evil.example/x'], ['branch', 'main'], ['version', await sent]];
    assert.equal((await admin.post('/settings/repository', twice)).status, 400);
    assert.equal((await admin.post('/settings/repository', {}, { csrf: false, raw: `csrf=${await admin.csrf()}&repo_url=%ff%fe&branch=main` })).status, 400);
    assert.equal((await admin.post('/settings/repository', {}, { csrf: false, raw: `csrf=${await admin.csrf()}&repo_url=a%00b` })).status, 400);
    assert.equal((await admin.post('/settings/repository', { repo_url: 'x'.repeat(1200000) })).status, 413);
    assert.equal((await admin.post('/settings/repository', {})).status, 412);
    for (const [page, fields] of [['/settings/accounts/eddy', {}], ['/settings/accounts/eddy', { action: 'promote' }]]) {
      assert.equal((await admin.post(page, fields)).status, 400, page);
    }
    for (const page of ['/settings/accounts/nobody', '/settings/accounts/..%2f..', '/settings/accounts/%ff', '/tokens/0', '/tokens/999', '/tokens/x']) {
      assert.ok([400, 404].includes((await admin.get(page)).status), page);
    }
    for (const page of ['/settings/accounts', '/settings/repository', '/account/password']) {
      const answer = await admin.get(page);
      assert.deepEqual([answer.status, answer.headers.allow], [405, 'POST'], page);
    }
    assert.equal((await status()).repo_url, server.url('team/timeline'));
  });

  it('tells somebody whose form is older than the settings', async () => {
    const stale = await admin.post('/settings/repository', { repo_url: server.url('someone/fork'), branch: 'main', version: '0123456789abcdef' });
    assert.equal(stale.status, 412);
    assert.match(errorOf(stale, 'repo_url'), /changed by somebody else/);
    assert.match(stale.text, /value="https:\/\/127\.0\.0\.1:\d+\/someone\/fork\.git"/);
    const same = await follow({});
    assert.equal(same.status, 409);
    assert.match(errorOf(same, 'repo_url'), /followed already/);
  });

  it('stores nothing of a repository that does not answer, is empty or lacks the branch', async () => {
    const closed = await freePort();
    const cases = [
      [{ repo_url: `https://127.0.0.1:${closed}/a/b.git` }, /Cannot reach 127\.0\.0\.1/, 'queued'],
      [{ repo_url: server.url('nobody/nothing') }, /no such repository/, 'failed'],
      [{ repo_url: server.url('someone/fork'), branch: 'absent' }, /no branch absent; it has main, research/, 'failed'],
      [{ repo_url: server.url('someone/empty') }, /is empty/, 'failed'],
    ];
    for (const [fields, words, end] of cases) {
      const answer = await follow(fields);
      const id = answer.headers.location.match(/\d+/)[0];
      const page = await waitUntil(async () => {
        const text = unescaped((await admin.get(`/jobs/${id}`)).text);
        return words.test(text) && text;
      }, { what: `job ${id} of ${JSON.stringify(fields)}`, timeoutMs: 30000, explain: () => service.pool.log });
      if (end === 'queued') {
        assert.match(page, /tried again by itself/);
        assert.match((await admin.get('/settings')).text, new RegExp(`A switch to another repository or branch is under way\\. <a href="/jobs/${id}">`));
        const { text } = await viewer.get('/');
        assert.match(text, new RegExp(`<section class="job"[^]*<a href="/jobs/${id}">[^]*Cannot reach 127`));
        assert.deepEqual(await invalid(text), []);
        const other = await follow({ repo_url: server.url('someone/fork') });
        assert.equal(other.status, 409);
        assert.match(errorOf(other, 'repo_url'), new RegExp(id));
        assert.equal((await admin.post(`/jobs/${id}/cancel`)).status, 303);
      }
      assert.equal((await status()).repo_url, server.url('team/timeline'));
      assert.doesNotMatch((await admin.get('/settings')).text, /set on this page/);
    }
  });

  it('follows a fork once it has answered, and comes back', async () => {
    const here = await status();
    const answer = await follow({ repo_url: `  ${server.url('someone/fork')}\n`, branch: 'research' });
    const end = await ended(admin, answer);
    assert.equal(end.state, 'succeeded', end.text);
    await pulled(server.url('someone/fork'), here.events_in_repo + 1);
    assert.match((await admin.get('/events/1901-01-01--only-in-the-fork')).text, /Only in the fork/);
    const { text } = await admin.get('/settings');
    assert.equal(text.match(/<small>set on this page<\/small>/g).length, 2);
    const shown = await service.cli('us', 'git-config', '--show');
    assert.deepEqual([shown.json.repo_url, shown.json.branch, shown.json.source.TIMELINE_REPO_URL], [server.url('someone/fork'), 'research', 'database']);
    const back = await ended(admin, await follow({}));
    assert.equal(back.state, 'succeeded', back.text);
    await pulled(server.url('team/timeline'), here.events_in_repo);
    assert.doesNotMatch((await admin.get('/settings')).text, /set on this page/);
  });

  it('adds, changes and removes accounts', async () => {
    const cases = [
      [{ name: '', role: 'viewer', password: 'a good long one' }, 'name'],
      [{ name: 'Ada Lovelace', role: 'viewer', password: 'a good long one' }, 'name'],
      [{ name: '../etc', role: 'viewer', password: 'a good long one' }, 'name'],
      [{ name: 'x'.repeat(64), role: 'viewer', password: 'a good long one' }, 'name'],
      [{ name: '<b>', role: 'viewer', password: 'a good long one' }, 'name'],
      [{ name: 'ada', role: 'emperor', password: 'a good long one' }, 'role'],
      [{ name: 'ada', role: '', password: 'a good long one' }, 'role'],
      [{ name: 'ada', role: 'viewer', password: 'tiny-pw' }, 'password'],
      [{ name: 'ada', role: 'viewer' }, 'password'],
      [{ name: 'ada', role: 'viewer', password: 'x'.repeat(2000) }, 'password'],
      [{ name: 'root', role: 'viewer', password: 'a good long one' }, 'name'],
    ];
    for (const [fields, field] of cases) {
      const answer = await admin.post('/settings/accounts', fields);
      const what = JSON.stringify(fields).slice(0, 80);
      assert.ok([409, 422].includes(answer.status), `${what}: ${answer.status}`);
      assert.ok(errorOf(answer, field), what);
      if (fields.password) assert.ok(!answer.text.includes(`"${fields.password}`), what);
      if (fields.name) assert.ok(unescaped(answer.text).includes(`name="name" value="${fields.name}"`), what);
    }
    const added = await admin.follow(await admin.post('/settings/accounts', { name: 'ada', role: 'viewer', password: 'a good long one' }));
    assert.match(added.text, /role="status"><p>ada has an account now/);
    assert.doesNotMatch((await admin.get('/settings')).text, /has an account now/, 'said once');
    const ada = new Visitor(service, 'us');
    await ada.signIn('ada', 'a good long one');
    assert.equal((await ada.post('/pull')).status, 403);
    const raised = await admin.follow(await admin.post('/settings/accounts/ada', { action: 'role', role: 'editor' }));
    assert.match(raised.text, /ada is an editor now/);
    assert.match((await ada.get('/')).text, /Pull now/);
    assert.equal((await admin.post('/settings/accounts/ada', { action: 'role', role: 'king' })).status, 422);
    assert.equal((await admin.post('/settings/accounts/ada', { action: 'password', password: 'tiny-pw' })).status, 422);
    assert.equal((await admin.post('/settings/accounts/ada', { action: 'password', password: 'another good one' })).status, 303);
    assert.match((await ada.get('/')).text, /Sign in/, 'signed out by it');
    await ada.signIn('ada', 'another good one');
    const asked = await admin.get('/settings/accounts/ada?ask=remove');
    assert.match(asked.text, /<h1 id="remove">Remove ada\?<\/h1>[\s\S]*Keep the account/);
    assert.ok((await admin.get('/settings')).text.includes('>ada<'), 'asking removes nothing');
    const gone = await admin.follow(await admin.post('/settings/accounts/ada', { action: 'remove' }));
    assert.match(gone.text, /The account ada is gone/);
    assert.match((await ada.get('/')).text, /Sign in/);
    assert.equal((await admin.get('/settings/accounts/ada')).status, 404);
  });

  it('keeps the last admin', async () => {
    const less = await admin.post('/settings/accounts/root', { action: 'role', role: 'viewer' });
    const none = await admin.post('/settings/accounts/root', { action: 'remove' });
    for (const answer of [less, none]) {
      assert.ok([403, 409, 422].includes(answer.status), answer.status);
      assert.match(unescaped(answer.text), /class="errors"[\s\S]*admin/);
    }
    assert.equal((await admin.get('/settings')).status, 200);
  });

  it('shows a token once, and revokes it after asking', async () => {
    for (const [fields, field] of [[{ scope: 'everything', expires: '30' }, 'scope'], [{ scope: 'read', expires: '-1' }, 'expires'],
      [{ scope: 'read', expires: '99999' }, 'expires'], [{ scope: 'read', expires: 'soon' }, 'expires'], [{ scope: 'read' }, 'expires'],
      [{ scope: 'read', expires: '30', token_name: 'n'.repeat(5000) }, 'token_name']]) {
      const answer = await editor.post('/tokens', fields);
      assert.equal(answer.status, 422, JSON.stringify(fields).slice(0, 60));
      assert.ok(errorOf(answer, field), JSON.stringify(fields).slice(0, 60));
      assert.match(answer.text, /<h1>Your account<\/h1>/);
    }
    assert.equal((await viewer.post('/tokens', { scope: 'write', expires: '30' })).status, 422, 'a viewer may not write');
    assert.ok((await editor.post('/tokens', { user: 'root', scope: 'read', expires: '30' })).status >= 400, 'nobody makes tokens of others');
    const made = await editor.post('/tokens', { scope: 'write', expires: '30', token_name: '<nightly> export' });
    assert.deepEqual([made.status, made.headers['cache-control']], [200, 'no-store']);
    const [token] = made.text.match(/tdl_[\w-]{43}/);
    const used = await service.get('us', '/api/v1/status', { headers: { Authorization: `Bearer ${token}` } });
    assert.equal(used.status, 200);
    const own = await editor.get('/account');
    assert.ok(!own.text.includes(token));
    assert.match(own.text, /&lt;nightly&gt; export[\s\S]*just now/);
    const page = own.text.match(/href="(\/tokens\/\d+)"/)[1];
    assert.equal((await viewer.get(page)).status, 404, 'somebody else\'s');
    assert.ok((await viewer.post(page)).status >= 400);
    assert.match((await editor.get(page)).text, /Revoke “&lt;nightly&gt; export”\?[\s\S]*Keep it/);
    const revoked = await editor.follow(await editor.post(page));
    assert.match(revoked.text, /is revoked/);
    assert.equal((await service.get('us', '/api/v1/config', { headers: { Authorization: `Bearer ${token}` } })).status, 401);
    assert.equal((await editor.post(page)).status, 404, 'once');
    const forOther = await admin.post('/tokens', { user: 'vera', scope: 'read', expires: '0', from: 'settings' });
    assert.match(forOther.text, /vera[\s\S]*when it is revoked/);
    assert.match((await admin.get('/settings')).text, /vera, <code>/);
    assert.doesNotMatch((await editor.get('/account')).text, /vera/);
    const refused = await admin.post('/tokens', { user: 'nobody-here', scope: 'read', expires: '30', from: 'settings' });
    assert.match(refused.text, /<h1>Settings<\/h1>/);
    assert.ok(errorOf(refused, 'user'));
  });

  it('lets everybody change their own password and end other sessions', async () => {
    const password = await addAccount(service, 'us', 'pia', 'viewer');
    const [pia, elsewhere] = [new Visitor(service, 'us'), new Visitor(service, 'us')];
    await pia.signIn('pia', password);
    await elsewhere.signIn('pia', password);
    const cases = [
      [{ current_password: '', password: 'a new long one', password_again: 'a new long one' }, 'current_password'],
      [{ current_password: 'wrong', password: 'a new long one', password_again: 'a new long one' }, 'current_password'],
      [{ current_password: password, password: 'short', password_again: 'short' }, 'password'],
      [{ current_password: password, password: 'a new long one', password_again: 'another long one' }, 'password_again'],
      [{ current_password: password, password, password_again: password }, 'password'],
    ];
    for (const [fields, field] of cases) {
      const answer = await pia.post('/account/password', fields);
      assert.equal(answer.status, 422, JSON.stringify(fields));
      assert.ok(errorOf(answer, field), `${field}: ${JSON.stringify(errorsIn(answer.text))}`);
      for (const value of Object.values(fields)) assert.ok(!value || !answer.text.includes(`"${value}"`));
    }
    assert.match((await pia.follow(await pia.post('/account/sessions'))).text, /signed out everywhere but here/);
    assert.equal((await elsewhere.get('/account')).status, 303);
    await elsewhere.signIn('pia', password);
    const changed = await pia.follow(await pia.post('/account/password', { current_password: password, password: 'a new long one', password_again: 'a new long one' }));
    assert.match(changed.text, /Your password is changed/);
    assert.equal((await elsewhere.get('/account')).status, 303);
    assert.equal((await pia.get('/account')).status, 200);
  });

  it('puts the one button first that follows from the headline', async () => {
    const primary = async () => unescaped((await editor.get('/')).text.match(/class="button"[^>]*>([^<]+)</)[1]);
    assert.match(await primary(), /^See the .* events$/);
    await repo.commit([[`${EVENTS}/1902-02-02--new-there.json`, event('1902-02-02--new-there', 'New there')]]);
    const checked = await ended(viewer, await viewer.post('/check'));
    assert.equal(checked.state, 'succeeded');
    assert.match((await editor.get('/')).text, /1 commit behind main[\s\S]*Pull to bring its changes in\./);
    assert.equal(await primary(), 'Pull now');
    assert.match((await editor.get('/')).text, /<code>tideline --tenant us git-pull<\/code>/);
    assert.equal((await ended(editor, await editor.post('/pull'))).state, 'succeeded');
    assert.match(await primary(), /^See the .* events$/);
  });

  it('is valid, light and accessible, wide and narrow, light and dark', async () => {
    const [tokenPage] = (await admin.get('/settings')).text.match(/\/tokens\/\d+/);
    const pages = { status: '/', settings: '/settings', account: '/settings/accounts/vera', remove: '/settings/accounts/vera?ask=remove',
      own: '/account', revoke: tokenPage, syncs: '/syncs' };
    for (const [name, address] of Object.entries(pages)) {
      const { text } = await admin.get(address);
      assert.ok(Buffer.byteLength(text) <= PAGE_BYTES, `${name}: ${Buffer.byteLength(text)} bytes`);
      assert.doesNotMatch(text, /<style|\sstyle=|<script(?! src="\/static\/)|\son\w+="/);
      assert.deepEqual(await invalid(text), [], name);
    }
    for (const [size, scheme] of [['wide', 'light'], ['wide', 'dark'], ['narrow', 'light'], ['narrow', 'dark']]) {
      const page = await browser.newPage({ size, scheme });
      await enter(page, 'root', admin, '/account');
      const look = async (name) => {
        await screenshot(page, `set-${name}-${size}-${scheme}`);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), 0, `${name} ${size} scrolls sideways`);
        if (size === 'wide' && scheme === 'dark' || size === 'narrow' && scheme === 'light') return;
        const { violations } = await new AxeBuilder({ page }).analyze();
        assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html}`), [], `${name} ${size} ${scheme}`);
        const small = await page.evaluate(() => [...document.querySelectorAll('main button, main .button, main input:not([type=hidden]), main select, .account button')]
          .filter((node) => node.getBoundingClientRect().height < 43.5).map((node) => node.outerHTML));
        assert.deepEqual(small, [], `${name} ${size} has targets under 44 px`);
      };
      for (const [name, address] of Object.entries(pages)) {
        await page.goto(service.url('us', address));
        await look(name);
      }
      await page.goto(service.url('us', '/settings'));
      await page.getByRole('textbox', { name: 'Repository' }).fill('https://evil.example/a/b.git');
      await page.getByRole('textbox', { name: 'Branch' }).fill('a..b');
      await page.getByRole('button', { name: 'See what differs' }).click();
      await page.waitForURL(/settings\/compare/);
      await look('refused');
      if (size === 'wide' && scheme === 'light') {
        await page.goto(service.url('us', '/'));
        await page.emulateMedia({ media: 'print' });
        await screenshot(page, 'set-status-print');
        await page.goto(service.url('us', '/settings'));
        await screenshot(page, 'set-settings-print');
        await page.emulateMedia({ media: 'screen' });
      }
      assert.deepEqual(page.problems.filter((words) => !/422|ERR_ABORTED/.test(words)), []);
      await page.context().close();
    }
  });

  it('goes by keyboard, with and without scripts', async () => {
    for (const javaScript of [true, false]) {
      const page = await browser.newPage({ javaScript });
      await page.goto(service.url('us', '/login?next=/settings'));
      await page.getByLabel('Name').fill('root');
      await page.keyboard.press('Tab');
      await page.keyboard.type(admin.password);
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/settings$/);
      await page.getByRole('textbox', { name: 'Repository' }).fill('https://evil.example/a/b.git');
      await page.keyboard.press('Enter');
      await page.waitForURL(/settings\/compare/);
      await page.locator('.errors a').first().focus();
      await page.keyboard.press('Enter');
      assert.equal(await page.evaluate(() => document.activeElement.id), 'repo_url', 'the summary leads to the field');
      assert.equal(await page.getByRole('textbox', { name: 'Repository' }).inputValue(), 'https://evil.example/a/b.git');
      const name = javaScript ? 'with-scripts' : 'without';
      await page.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
      await page.getByLabel('Role').selectOption('editor');
      await page.getByLabel('Password').fill('a good long one');
      await page.getByRole('button', { name: 'Add the account' }).click();
      await page.waitForURL(/\/settings$/);
      assert.match(await page.getByRole('status').textContent(), new RegExp(`${name} has an account now`));
      await page.getByRole('link', { name, exact: true }).click();
      await page.getByRole('link', { name: `Remove ${name}…` }).click();
      await page.getByRole('button', { name: `Remove ${name}` }).click();
      await page.waitForURL(/\/settings$/);
      assert.equal(await page.getByRole('link', { name, exact: true }).count(), 0);
      await page.getByLabel('What it is for').fill('nightly');
      await page.getByRole('button', { name: 'Make the token' }).click();
      assert.match(await page.locator('.secret').textContent(), /^tdl_/);
      if (javaScript) await screenshot(page, 'set-token-made');
      await page.getByRole('link', { name: 'I have copied it' }).click();
      assert.equal(await page.locator('.secret').count(), 0);
      assert.deepEqual(page.problems.filter((words) => !/422|ERR_ABORTED/.test(words)), []);
      await page.context().close();
    }
  });

  it('switches in the browser and leads to what came out', async () => {
    const page = await browser.newPage();
    await enter(page, 'root', admin, '/settings');
    await page.getByRole('textbox', { name: 'Repository' }).fill(server.url('someone/fork'));
    await page.getByRole('button', { name: 'See what differs' }).click();
    await page.waitForURL(/settings\/compare\/\d+/, { timeout: 30000 });
    await screenshot(page, 'set-compared');
    await page.getByRole('button', { name: 'Switch to this repository' }).click();
    await waitUntil(async () => (await status()).repo_url === server.url('someone/fork'), { what: 'the switch', timeoutMs: 30000, explain: () => service.pool.log });
    await waitUntil(async () => !/\/jobs\/\d+\?follow=1$/.test(page.url()), { what: 'the job page to lead on', timeoutMs: 30000 });
    await screenshot(page, 'set-switched');
    assert.deepEqual(page.problems.filter((words) => !words.includes('ERR_ABORTED')), [], 'leaving a page ends its questions');
    await page.context().close();
    const back = await ended(admin, await follow({}));
    assert.equal(back.state, 'succeeded', back.text);
  });

  it('names the first step where nobody has an account', async () => {
    assert.match((await service.get('brazil', '/')).text, /Nobody has an account here yet[\s\S]*tideline --tenant brazil user add NAME --role admin/);
    assert.doesNotMatch((await service.get('us', '/')).text, /Nobody has an account/);
    assert.match((await service.get('unpulled', '/')).text, /Not pulled yet/);
  });

  it('asks the remote anew when a visitor sees old figures, and only then', async () => {
    const database = path.join(service.state, 'us', 'db', 'timeline.db');
    const checks = async () => (await query(database, "SELECT id FROM tl_job WHERE kind = 'check'")).length;
    await waitUntil(async () => (await query(database, "SELECT id FROM tl_job WHERE state IN ('queued', 'running')")).length === 0,
      { what: 'all jobs to end', timeoutMs: 30000, explain: () => service.pool.log });
    const before = await checks();
    await viewer.get('/');
    assert.equal(await checks(), before, 'the figures are new');
    await execute(database, `UPDATE tl_repository SET checked_at = checked_at - 400000000;
      UPDATE tl_job SET created_at = created_at - 400000000, started_at = started_at - 400000000, finished_at = finished_at - 400000000`);
    await service.get('us', '/');
    assert.equal(await checks(), before, 'nobody is signed in');
    await viewer.get('/');
    assert.equal(await checks(), before + 1);
    await waitUntil(async () => Date.now() - Date.parse((await status()).checked_at) < 60000, { what: 'the check', timeoutMs: 30000, explain: () => service.pool.log });
  });

  it('offers what is ready to go out, and shows what did not get through', async () => {
    const file = path.join(tempDir('event'), 'event.json');
    writeFileSync(file, JSON.stringify({ date: '1903-03-03', title: 'Goes out', sources: [{ title: 'Register', url: 'https://archive.example.org/r' }] }));
    const id = (await service.cli('us', 'event', 'add', file)).json.event.id;
    assert.equal((await service.cli('us', 'event', 'validate', id, '--status', 'validated')).code, 0);
    const ready = (await editor.get('/')).text;
    assert.match(ready, /class="button" href="\/pull-requests\/new">Create pull request</);
    assert.match(ready, /1 event is ready to go out\./);
    assert.doesNotMatch((await viewer.get('/')).text, /Create pull request</);
    server.refuseWriting('team/timeline');
    assert.notEqual((await service.cli('us', 'create-pr')).code, 0);
    const stuck = unescaped((await editor.get('/')).text);
    assert.match(stuck, /Pull requests that did not get through[\s\S]*It stopped half way/);
    assert.match(stuck, /action="\/pull-requests\/retry"[\s\S]*Go on with it/);
    assert.doesNotMatch((await viewer.get('/')).text, /Go on with it/);
    const page = await browser.newPage({ size: 'narrow', scheme: 'dark' });
    await enter(page, 'eddy', editor, '/');
    await screenshot(page, 'set-stuck');
    await assertGood(page, (await editor.get('/')).text, 'what did not get through');
    await page.context().close();
    server.refuseWriting('team/timeline', false);
    const row = stuck.match(/name="id" value="(\d+)"/)[1];
    assert.equal((await ended(editor, await editor.post('/pull-requests/retry', { id: row }))).state, 'succeeded');
    assert.doesNotMatch((await editor.get('/')).text, /did not get through/);
  });

  it('stays light with many accounts and tokens of long names', async () => {
    const database = path.join(service.state, 'brazil', 'db', 'timeline.db');
    const boss = await signedIn(service, 'brazil', { name: 'boss', role: 'admin' });
    await execute(database, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
      INSERT INTO tl_account (name, role, password, created_at, created_by, password_at, login_at)
      SELECT printf('%02d-', i) || '${'n'.repeat(60)}', 'editor', '', 1, 'boss', 1, 1700000000000000 FROM n;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 90)
      INSERT INTO tl_token (hash, hint, account, name, scope, created_at, created_by, ends_at, used_at)
      SELECT i, 'tdl_abcd', CASE WHEN i < 45 THEN '01-${'n'.repeat(60)}' ELSE 'boss' END, printf('%02d ', i) || '${'&'.repeat(40)}', 'write', 1, 'boss', 1900000000000000, 1700000000000000 FROM n`);
    for (const [page, words] of [['/settings', /And 41 more accounts[^]*And 78 more tokens/], ['/account', /And 21 more tokens/],
      [`/settings/accounts/01-${'n'.repeat(60)}`, /And 19 more tokens/]]) {
      const { text } = await boss.get(page);
      assert.match(text, words, page);
      assert.ok(Buffer.byteLength(text) <= PAGE_BYTES, `${page}: ${Buffer.byteLength(text)} bytes`);
    }
  });

  it('draws events per year and syncs per week, with a table beside the picture', async () => {
    const { text } = await viewer.get('/');
    assert.match(text, /<svg viewBox="0 0 640 96" role="img" aria-labelledby="years-title" aria-describedby="years-desc">/);
    const counted = [...text.matchAll(/<rect [^>]*><title>[^:]+: ([\d,]+) events?<\/title>/g)].reduce((sum, [, n]) => sum + Number(n.replace(',', '')), 0);
    assert.equal(counted, (await status()).events_in_db);
    const syncs = (await viewer.get('/syncs')).text;
    assert.match(syncs, /In the last 26 weeks: \d+ pulls, 1 pull request, \d+ failures?\./);
    assert.match(syncs, /<polygon|<rect/);
  });
});
