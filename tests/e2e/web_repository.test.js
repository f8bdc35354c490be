// A repository that was set on the web: which hosts it may name, and which token it gets.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { sampleEvents } from './lib/fixtures.js';
import { startGitServer } from './lib/git_server.js';
import { waitUntil } from './lib/net.js';
import { signedIn } from './lib/session.js';
import { startService } from './lib/tideline.js';

const TOKEN = 'canary-settings-token';

describe('a repository that was set on the web', () => {
  let server;
  let repo;
  let service;
  let admin;
  const tenants = {};
  const elsewhere = (slug) => server.url(slug, { host: 'localhost' });
  const asked = (slug) => server.requests().filter(({ uri }) => uri.startsWith(`/${slug}.git/`));
  const version = async () => (await admin.get('/settings')).text.match(/name="version" value="([^"]+)"/)[1];

  async function begin(env, state) {
    service = await startService({ authority: server.authority, env, state, tenants });
    await waitUntil(async () => (await service.get('us', '/api/v1/status')).json?.last_import, { what: 'the first pull', timeoutMs: 60000, explain: () => service.pool.log });
  }

  async function outcome(answer) {
    assert.equal(answer.status, 303, answer.text);
    const page = answer.headers.location.replace(/\?.*/, '');
    return waitUntil(async () => {
      const { text } = await admin.get(page);
      return /state-(succeeded|failed|cancelled)/.test(text) && text;
    }, { what: page, timeoutMs: 60000, explain: () => service.pool.log });
  }

  before(async () => {
    server = await startGitServer({ authority: await createAuthority(), token: TOKEN });
    repo = await server.addRepo('team/timeline', { files: sampleEvents() });
    await server.addRepo('closed/fork', { from: repo.folder });
    await server.addRepo('open/fork', { from: repo.folder, anonymous: true });
    tenants.us = { TIMELINE_REPO_URL: server.url('team/timeline'), TIMELINE_CA_FILE: server.authority.certFile, GITHUB_TOKEN: TOKEN, TIMELINE_PUBLIC: 'true' };
    await begin({ TIDELINE_ALLOWED_HOSTS: '127.0.0.1,localhost' });
    admin = await signedIn(service, 'us', { name: 'root', role: 'admin' });
  });
  after(async () => {
    await service?.stop();
    await server?.stop();
  });

  const follow = async (url) => outcome(await admin.post('/settings/repository', { repo_url: url, branch: 'main', version: await version() }));

  it('gets no token of another host', async () => {
    const text = await follow(elsewhere('closed/fork'));
    assert.match(text, /localhost asks for a token, but GITHUB_TOKEN is for 127\.0\.0\.1:\d+ and is sent nowhere else/);
    assert.equal((await service.get('us', '/api/v1/status')).json.repo_url, server.url('team/timeline'));
    assert.match(await follow(elsewhere('open/fork')), /state-succeeded/);
    await waitUntil(async () => (await service.get('us', '/api/v1/status')).json.repo_url === elsewhere('open/fork'), { what: 'the switch' });
    assert.match(await outcome(await admin.post('/pull')), /state-succeeded/);
    const sent = [...asked('closed/fork'), ...asked('open/fork')];
    assert.ok(sent.length >= 3, `${sent.length} requests`);
    assert.deepEqual(sent.filter(({ authorization }) => authorization), []);
    assert.ok(!service.pool.log.includes(TOKEN));
  });

  it('is asked for nothing once the operator allows its host no more', async () => {
    const { state } = service;
    await service.stop();
    const before = server.requests().length;
    await begin({}, state);
    admin.service = service;
    const text = await outcome(await admin.post('/pull'));
    assert.match(text, /was set on the web, but the operator does not allow its host/);
    const atTerminal = await service.cli('us', 'git-pull');
    assert.match(atTerminal.json.error, /localhost has a private or local address/);
    assert.equal(server.requests().length, before);
    assert.match((await admin.get('/settings')).text, /set on this page/);
  });

  it('is the operator’s own once git-config says so, and gets the token then', async () => {
    assert.equal((await service.cli('us', 'git-config', '--repo', elsewhere('closed/fork'))).code, 0);
    assert.match(await outcome(await admin.post('/pull')), /state-succeeded/);
    assert.ok(asked('closed/fork').some(({ authorization }) => authorization));
    const { text } = await admin.get('/settings');
    assert.match(text, /set with tideline git-config/);
    assert.doesNotMatch(text, /set on this page/);
  });
});
