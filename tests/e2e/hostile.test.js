// What a hostile repository or visitor tries: pages that cost too much, texts that steer a reader's browser or terminal,
// headers that name another tenant, hooks that look for secrets.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { execute } from './lib/database.js';
import { EVENTS, sampleEvents } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { waitUntil } from './lib/net.js';
import { signedIn } from './lib/session.js';
import { tempDir } from './lib/temp.js';
import { createCli, startService } from './lib/tideline.js';

const MILLION = 1e6;
const CANARY = 'canary-token-77b0e2';
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const fill = (unit) => unit.repeat(Math.floor(MILLION / JSON.stringify(unit).length));
const list = (count, of) => Array.from({ length: count }, (_, i) => of(i));

/** An event as a JSON file; the rest of its fields decide what it costs. */
const event = (id, fields) => [`${EVENTS}/${id}.json`, JSON.stringify({ id, date: id.slice(0, 10), title: `Title of ${id}`, ...fields })];

/** Each near 1 MiB, made of what costs most per byte. */
const COSTLY = Object.fromEntries([
  event('1801-01-01--brackets', { summary: fill('[') }),
  event('1801-01-02--code', { summary: fill('`a`') }),
  event('1801-01-03--points', { summary: fill('- a\n') }),
  event('1801-01-04--headings', { summary: fill('# a\n') }),
  event('1801-01-05--tags', { tags: list(150000, (i) => String(i % 10)) }),
  event('1801-01-06--sources', { sources: list(200000, () => 'a') }),
  event('1801-01-07--source-keys', { sources: list(9000, () => ({ a: 1, b: [2], c: { d: 3 }, url: 'x' })) }),
  event('1801-01-08--keys', Object.fromEntries(list(60000, (i) => [`k${i}`, i]))),
  event('1801-01-09--nested', { x: list(480, () => list(480, () => [1])) }),
]);

const TRAP = '1802-02-02--trap';
const texts = { markup: '"><script>alert(1)</script><img src=x onerror=alert(2)>', escape: '\u001b[2J\u001b]0;owned\u0007\u009b31m',
  bidi: 'safe\u202eexe.txt\u2066', link: 'javascript:alert(3)', data: 'data:text/html,<script>alert(4)</script>' };
const TRAPS = Object.fromEntries([
  event(TRAP, { title: `Trap ${texts.markup} @team Fixes #1 {{{nav}}}`, summary: Object.values(texts).join('\n\n'), tags: Object.values(texts),
    [texts.markup]: texts.escape, [`k${texts.escape}`]: { [texts.bidi]: [texts.markup] }, __proto__x: texts.bidi,
    status: texts.markup, location: texts.data,
    sources: [texts.link, texts.data, { title: texts.markup, url: ' javascript:alert(5)' }, { title: 'x', url: 'https://a.example/"onx=1' }] }),
  event('1802-02-03--long-title', { title: 'x'.repeat(900000) }),
]);

describe('a hostile repository', () => {
  let service;
  let repo;

  before(async () => {
    repo = await createBareRepo({ files: { ...sampleEvents(), ...COSTLY, ...TRAPS } });
    service = await startService({ authority: await createAuthority(), tenants: {
      us: { TIMELINE_REPO_URL: repo.folder, TIMELINE_PUBLIC: 'true' },
      closed: { TIMELINE_REPO_URL: repo.folder, INSTANCE_NAME: 'Closed', AUTO_PULL_ON_START: 'false' } } });
    await waitUntil(async () => (await service.get('us', '/api/v1/status')).json?.last_import,
      { what: 'the first pull', timeoutMs: 120000, explain: () => service.pool.log });
  });
  after(() => service?.stop());

  it('makes no page larger than a page, and no worker busy for long', async () => {
    for (const file of Object.keys(COSTLY)) {
      const page = `/events/${path.basename(file, '.json')}`;
      const began = Date.now();
      const { status, text } = await service.get('us', page);
      assert.equal(status, 200, page);
      assert.ok(text.endsWith('</html>\n'), page);
      assert.ok(text.length < 800000, `${page}: ${text.length}`);
      assert.ok(Date.now() - began < 8000, `${page}: ${Date.now() - began} ms`); // was minutes with sanitizers
      assert.equal((await service.get('us', `/api/v1${page}`)).json.id, path.basename(page));
    }
  });

  it('asks about conflicts in such events on pages that are pages', async () => {
    const database = path.join(service.state, 'us', 'db', 'timeline.db');
    const quoted = (name) => `'1801-01-${name}'`;
    const set = (ids, sql) => `UPDATE timeline_events SET json_content = ${sql} WHERE id IN (${ids.map(quoted)});`;
    const prefixed = ['01--brackets', '02--code', '03--points', '04--headings'];
    await execute(database, `BEGIN; ${set(prefixed, "json_set(json_content, '$.summary', 'ours ' || json_extract(json_content, '$.summary'))")}
      ${set(['06--sources'], "json_insert(json_content, '$.sources[#]', 'ours')")} ${set(['07--source-keys'], "json_set(json_content, '$.sources[0].a', 'ours')")}
      ${set(['08--keys'], "(SELECT json_group_object(key, CASE WHEN key GLOB 'k*' THEN 'ours' ELSE value END) FROM json_each(json_content))")}
      ${set(['09--nested'], "json_set(json_content, '$.x[0][0][0]', 'ours')")} COMMIT;`);
    const theirs = (name, change) => {
      const file = `${EVENTS}/1801-01-${name}.json`;
      const content = JSON.parse(COSTLY[file]);
      change(content);
      return [file, JSON.stringify(content)];
    };
    await repo.commit(Object.fromEntries([...prefixed.map((name) => theirs(name, (one) => { one.summary = `theirs ${one.summary}`; })),
      theirs('06--sources', (one) => one.sources.push('theirs')), theirs('07--source-keys', (one) => { one.sources[0].a = 'theirs'; }),
      theirs('08--keys', (one) => Object.keys(one).filter((key) => key.startsWith('k')).forEach((key) => { one[key] = 'theirs'; })),
      theirs('09--nested', (one) => { one.x[0][0][0] = 'theirs'; })]));
    const pulled = await service.cli('us', 'git-pull');
    assert.equal(pulled.code, 3, pulled.stdout.slice(0, 2000));
    const ids = pulled.json.conflicts.map(({ id }) => id);
    assert.ok(ids.length >= 7, `${ids}`);
    const editor = await signedIn(service, 'us', { name: 'eddy', role: 'editor' });
    for (const id of ids) {
      for (const who of [service, editor]) {
        const { status, text } = who === service ? await service.get('us', `/conflicts/${id}`) : await editor.get(`/conflicts/${id}`);
        assert.equal(status, 200, id);
        assert.ok(Buffer.byteLength(text) <= 30 * 1024, `${id}: ${Buffer.byteLength(text)}`);
      }
      const all = await editor.post(`/conflicts/${id}`, { take: 'theirs' });
      assert.equal(all.status, 303, `${id}: ${all.text}`);
      assert.equal((await editor.get(`/conflicts/${id}`)).status, 200);
      assert.equal((await editor.post(`/conflicts/${id}/undo`)).status, 303, id);
    }
  });

  it('refuses a title that no list could hold', async () => {
    const { text } = await service.get('us', '/');
    assert.match(text, /1802-02-03--long-title\.json.*the title has more than 4096 bytes/s);
    assert.ok((await service.get('us', '/api/v1/events?limit=1000')).text.length < 100000);
  });

  it('writes nothing of its own into a page', async () => {
    for (const page of ['/', '/events', '/events?q=Trap', `/events/${TRAP}`, '/syncs', `/events?q=${encodeURIComponent(texts.markup)}`]) {
      const { status, text } = await service.get('us', page);
      assert.equal(status, 200, page);
      assert.doesNotMatch(text, /<script(?! src="\/static\/live\.js)|<img|"onx=/, page);
      assert.doesNotMatch(text, /href="\s*(?!https?:|\/|#)[^"]/i, page);
    }
    assert.equal((await service.get('us', `/api/v1/events/${TRAP}`)).json.event.tags[1], texts.escape);
  });

  it('does not steer the terminal', async () => {
    for (const args of [['--text', 'event', 'show', TRAP], ['--text', 'event', 'list'], ['--text', 'git-pull', '--force'],
      ['--text', 'event', 'show', `no${texts.escape}${texts.bidi}`], ['--text', 'event', 'list', '--cursor', texts.escape], [`--${texts.escape}`]]) {
      const { stdout, stderr } = await service.cli('us', ...args);
      assert.doesNotMatch(stdout + stderr, STEERING, args.join(' '));
      assert.ok(stdout + stderr, args.join(' '));
    }
    assert.doesNotMatch(service.pool.log.replaceAll('\n', ''), STEERING);
  });

  it('keeps the tenant that nginx says, whatever a header or query claims', async () => {
    const headers = { Host: 'us.localhost', 'X-Forwarded-Host': 'closed.localhost', Forwarded: 'host=closed.localhost', 'TIDELINE-TENANT': 'closed',
      TIDELINE_TENANT: 'closed', 'X-Original-URL': '/nothing', 'X-Rewrite-URL': '/nothing', Proxy: 'http://127.0.0.1:9' };
    const { status, text } = await service.get('us', '/?TIDELINE_TENANT=closed', { headers });
    assert.equal(status, 200);
    assert.ok(!text.includes('Closed'));
    const other = await service.get('closed', '/?TIDELINE_TENANT=us', { headers: { ...headers, Host: 'closed.localhost', TIDELINE_TENANT: 'us' } });
    assert.deepEqual([other.status, other.headers.location.split('?')[0]], [303, '/login']);
  });

  it('takes any search for words', async () => {
    for (const query of ['"', '""', 'a"b', '*', '**', 'NEAR(a b)', 'title:x', '{a b}:c', '-a', 'a AND', 'OR', '(', '^a', "'; DROP TABLE x;--", '\\',
      '\u0001', '\u202e', '\ufeff', '%', 'x'.repeat(200)]) {
      const { status, json } = await service.get('us', `/api/v1/events?q=${encodeURIComponent(query)}`);
      assert.equal(status, 200, query);
      assert.equal(typeof json.total, 'number', query);
    }
  });
});

describe('a branch with a name that a shell would act on', () => {
  it('is one word in the commands that the page gives', async () => {
    const branch = "main;id&$(id)'`id`";
    const repo = await createBareRepo({ files: sampleEvents(), branch });
    const service = await startService({ authority: await createAuthority(), tenants: {
      us: { TIMELINE_REPO_URL: repo.folder, TIMELINE_BRANCH: branch, TIMELINE_PUBLIC: 'true', AUTO_PULL_ON_START: 'false' } } });
    try {
      const file = path.join(tempDir('event'), 'event.json');
      writeFileSync(file, JSON.stringify({ date: '2003-03-03', title: 'One that goes out', sources: ['https://a.example/'] }));
      for (const args of [['git-pull'], ['event', 'add', file], ['event', 'validate', '2003-03-03--one-that-goes-out', '--status', 'validated'], ['create-pr']]) {
        const { code, stdout, stderr } = await service.cli('us', ...args);
        assert.equal(code, 0, stdout + stderr);
      }
      const { text } = await service.get('us', '/pull-requests/1');
      const [, commands] = text.match(/<pre class="commands"[^>]*><code>([^<]*)</);
      const plain = commands.replaceAll('&#39;', "'").replaceAll('&amp;', '&');
      assert.ok(plain.includes("git switch 'main;id&$(id)'\\''`id`'\n"), plain);
      assert.match(plain, /^git fetch origin research-batch\/[\w-]+\n/);
    } finally {
      await service.stop();
    }
  });
});

describe('a hook of a repository on this machine', () => {
  it('sees neither the token nor anything else of ours', async () => {
    const repo = await createBareRepo({ files: sampleEvents() });
    const seen = path.join(tempDir('hook'), 'seen');
    repo.setHook('pre-receive', `#!/bin/sh\n{ env; ls -l /proc/$$/fd; tr '\\0' ' ' </proc/$$/cmdline; cat; } >'${seen}' 2>&1\n`);
    const cli = createCli({ env: { TIMELINE_REPO_URL: repo.folder, GITHUB_TOKEN: CANARY, TIMELINE_WEBHOOK_SECRET: `${CANARY}-hook` } });
    await cli.must('git-pull');
    await cli.must('event', 'add', '-', { input: JSON.stringify({ date: '2003-03-03', title: 'One that goes out @team Fixes #1', sources: ['https://a.example/'] }) });
    await cli.must('event', 'validate', '2003-03-03--one-that-goes-out-team-fixes-1', '--status', 'validated');
    await cli.must('create-pr');
    assert.ok(existsSync(seen), 'the hook was not run');
    const text = readFileSync(seen, 'utf8');
    assert.ok(!text.includes(CANARY), text);
    const names = [...text.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name).filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name));
    assert.deepEqual(names.sort(), ['GIT_ALTERNATE_OBJECT_DIRECTORIES', 'GIT_CONFIG_NOSYSTEM', 'GIT_DIR', 'LC_ALL', 'PATH']);
    assert.ok(!/timeline\.db|\.sock|\.lock|memfd/.test(text), text);
  });
});
