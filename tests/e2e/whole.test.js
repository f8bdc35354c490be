// The whole path once: a real timeline over real HTTPS beside another tenant, seen in pages, and a validated event sent
// to the Git server and to GitHub's API. No secret shows anywhere on the way.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { corpus } from './lib/corpus.js';
import { startFakeGithub } from './lib/fake_github.js';
import { EVENTS, generatedTimeline, sampleEvents, SAMPLE_IDS } from './lib/fixtures.js';
import { startGitServer } from './lib/git_server.js';
import { waitUntil } from './lib/net.js';
import { tempDir } from './lib/temp.js';
import { startService } from './lib/tideline.js';

const TOKEN = 'canary-token-4f1c9d';
const ID = '2011-03-04--records-office-opens-its-archive';
const NEW = `---
id: ${ID}
date: '2011-03-04'
title: The Records Office opens its archive to everyone
importance: 6
tags:
- archives
actors:
- Records Office
sources:
- title: 'Notice of the opening: what is open, and what is not'
  url: https://archive.example.org/notice
  outlet: Example Archive
---

From this day on anyone may read what the office has kept for more than thirty years.
`;
const bundle = corpus();
const expected = bundle ? { events: 1935, folder: 'timeline/data/events' } : { events: 300, folder: EVENTS };

describe('the whole path', () => {
  let server;
  let github;
  let service;
  let repo;
  before(async () => {
    const authority = await createAuthority();
    server = await startGitServer({ authority, token: TOKEN });
    github = await startFakeGithub({ authority, tokens: { [TOKEN]: {} } });
    repo = await server.addRepo('history/timeline', bundle ? { from: bundle } : {});
    if (!bundle) await repo.commit([...generatedTimeline(expected.events)]);
    await server.addRepo('people/samples', { files: sampleEvents() });
    github.addRepo('history/timeline', repo);
    const token = path.join(tempDir('secret'), 'token');
    writeFileSync(token, `${TOKEN}\n`, { mode: 0o600 });
    const common = { GITHUB_TOKEN_FILE: token, TIMELINE_CA_FILE: authority.certFile, TIMELINE_PUBLIC: 'true' };
    service = await startService({ authority, tenants: {
      history: { ...common, TIMELINE_REPO_URL: server.url('history/timeline'), GITHUB_API_URL: github.url, INSTANCE_NAME: 'History' },
      samples: { ...common, TIMELINE_REPO_URL: server.url('people/samples'), INSTANCE_NAME: 'Samples' },
    } });
    for (const tenant of ['history', 'samples']) {
      await waitUntil(async () => (await service.get(tenant, '/api/v1/status')).json?.last_import,
        { what: `the pull of ${tenant} at start`, timeoutMs: 120000, explain: () => service.pool.log });
    }
  });
  after(async () => {
    await service?.stop();
    await server?.stop();
    await github?.stop();
  });

  it('shows each tenant its own timeline on its own hostname', async () => {
    const [history, samples] = await Promise.all(['history', 'samples'].map((tenant) => service.get(tenant, '/')));
    assert.match(history.text, /In step with main/);
    assert.match(history.text, new RegExp(`${expected.events.toLocaleString('en')} events`));
    assert.match(samples.text, new RegExp(`${SAMPLE_IDS.length} events`));
    const { json } = await service.get('history', '/api/v1/status');
    const status = await service.cli('history', 'git-status');
    for (const key of ['events_in_db', 'events_in_repo', 'commits_behind', 'conflicts']) assert.equal(status.json[key], json[key], key);
    assert.equal(json.events_in_db, expected.events);
    assert.equal((await service.get('history', `/events/${SAMPLE_IDS[0]}`)).status, 404);
    assert.equal((await service.get('samples', `/events/${SAMPLE_IDS[0]}`)).status, 200);
  });

  it('sends a validated event as exactly the expected commit and pull request, once', async () => {
    const file = path.join(tempDir('event'), 'event.md');
    writeFileSync(file, NEW);
    assert.equal((await service.cli('history', 'event', 'add', file)).code, 0);
    assert.equal((await service.cli('history', 'create-pr')).code, 4);
    assert.equal((await service.cli('history', 'event', 'validate', ID, '--status', 'validated', '--score', '8.5')).code, 0);
    const tip = await repo.tip();
    const { json: answer, code } = await service.cli('history', 'create-pr');
    assert.equal(code, 0, JSON.stringify(answer));
    const [commit] = await repo.log(answer.branch);
    assert.deepEqual([commit.id, commit.parents], [answer.commit_hash, [tip]]);
    const [before, now] = [await repo.tree(tip), await repo.tree(answer.branch)];
    const name = `${expected.folder}/${ID}.md`;
    assert.deepEqual({ ...now, [name]: undefined }, { ...before, [name]: undefined });
    assert.equal(now[name].mode, '100644');
    assert.equal(await repo.read(name, answer.branch), NEW);
    const pull = github.pull('history/timeline', answer.pr_number);
    assert.equal(pull.title, 'Add 1 researched event (2011-03-04)');
    assert.match(pull.body, /Average quality score: 8\.50\/10|8\.50\/10/);
    github.assertValid();
    assert.equal((await service.cli('history', 'create-pr')).code, 4);
    const page = await service.get('history', `/pull-requests/${answer.pr_number}`);
    assert.equal(page.status, 200);
    assert.ok(page.text.includes(`/events/${ID}`) && page.text.includes(answer.branch));
    assert.match((await service.get('history', `/events/${ID}`)).text, /exported/);
    await repo.fsck();
  });

  it('finds the event by its words', async () => {
    const { json } = await service.get('history', '/api/v1/events?q=records+office+archive');
    assert.ok(json.events.some((event) => event.id === ID));
    assert.equal((await service.get('samples', '/api/v1/events?q=records+office+archive')).json.events.some((event) => event.id === ID), false);
  });

  it('says at the top of the page that a pull failed, and forgets it after the next', async () => {
    server.answer('people/samples', 503);
    assert.equal((await service.cli('samples', 'git-pull')).code, 8);
    assert.match((await service.get('samples', '/')).text, /<h1 class="headline tone-problem">The last pull failed</);
    server.answer('people/samples', null);
    assert.equal((await service.cli('samples', 'git-pull')).code, 0);
    assert.match((await service.get('samples', '/')).text, /In step with main/);
  });

  it('keeps the token to itself', async () => {
    const texts = [service.pool.log, service.nginx.log];
    for (const page of ['/', '/events', `/events/${ID}`, '/pull-requests', '/syncs', '/api/v1/status', '/api/v1/syncs']) {
      texts.push((await service.get('history', page)).text);
    }
    for (const text of texts) assert.ok(!text.includes(TOKEN));
    const holders = filesBelow(service.state).filter((name) => readFileSync(name).includes(TOKEN));
    assert.deepEqual(holders, []);
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      assert.ok(!read(`/proc/${pid}/cmdline`).includes(TOKEN), `the token is in the command line of ${pid}`);
    }
  });
});

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(name) : entry.isFile() && statSync(name).size < 64 << 20 ? [name] : [];
  });
}

function read(name) {
  try {
    return readFileSync(name, 'utf8');
  } catch {
    return ''; // the process has ended, or is not ours to see
  }
}
