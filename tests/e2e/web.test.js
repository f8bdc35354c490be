// The pages and the API through nginx over TLS: what visitors and programs get, and what strangers do not.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { HtmlValidate } from 'html-validate';
import { screenshot, startBrowser } from './lib/browser.js';
import { createAuthority } from './lib/ca.js';
import { EVENTS, generatedTimeline, hostileEntries, sampleEvents, SAMPLE_IDS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { freePort, LOOPBACK, waitUntil } from './lib/net.js';
import { startNginx } from './lib/nginx.js';
import { tempDir } from './lib/temp.js';
import { startService } from './lib/tideline.js';

const PAGE_BYTES = 30 * 1024;
const CSP = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
  + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const GENERATED = 70;
const canal = '/events/1869-11-17--suez-canal-opens';
const odd = `/events/${encodeURIComponent("1901-01-20--it's, $5% (\u00e9) \"q\"")}`;
const validator = new HtmlValidate({ extends: ['html-validate:recommended'],
  rules: { 'long-title': 'off', 'no-trailing-whitespace': 'off', 'attribute-boolean-style': 'off', 'void-style': 'off' } });

const nested = { date: '2001-02-03', title: 'A "draft" <b>with</b> & everything', importance: 7, tags: ['open-records'],
  actors: ['City Council'], summary: 'First **bold** words.\n\n## Heading\n\n- one\n- [two](javascript:alert(1))',
  sources: ['https://archive.example.org/bare', { title: 'Minutes', url: 'javascript:alert(1)', tier: 1, checked: true }],
  implications: { short_term: 'rises', deep: [{ a: [1, { b: null }] }, true] }, odd_key: '<script>alert(2)</script>' };

describe('pages and API', () => {
  let service;
  let browser;
  let repo;
  const get = (page, options) => service.get('us', page, options);

  before(async () => {
    repo = await createBareRepo({ files: sampleEvents() });
    await repo.commit([...hostileEntries().map(({ path: name, value }) => [name, value]), ...generatedTimeline(GENERATED)]);
    const other = await createBareRepo({ files: { [`${EVENTS}/1900-01-01--canary-of-brazil.json`]:
      JSON.stringify({ id: '1900-01-01--canary-of-brazil', date: '1900-01-01', title: 'Canary of Brazil', sources: [] }) } });
    const notDatabase = path.join(tempDir('broken'), 'timeline.db');
    writeFileSync(notDatabase, 'Dear diary, this is not a database at all.\n'.repeat(50));
    service = await startService({ authority: await createAuthority(), plainHttp: true, tenants: {
      us: { TIMELINE_REPO_URL: repo.folder, TIMELINE_PUBLIC: 'true', INSTANCE_NAME: "Sample 'timeline' & more" },
      brazil: { TIMELINE_REPO_URL: other.folder, TIMELINE_PUBLIC: 'true', INSTANCE_NAME: 'Brazil' },
      closed: { TIMELINE_REPO_URL: other.folder, INSTANCE_NAME: 'Closed' },
      broken: { TIMELINE_REPO_URL: repo.folder, TIMELINE_PUBLIC: 'true', AUTO_PULL_ON_START: 'false', DB_PATH: notDatabase },
      waiting: { TIMELINE_REPO_URL: repo.folder, TIMELINE_PUBLIC: 'true', AUTO_PULL_ON_START: 'false' },
    } });
    await waitUntil(async () => (await service.get('waiting', '/api/v1/status')).status === 200, { what: 'all tenants to be looked at' });
    for (const tenant of ['us', 'brazil']) {
      await waitUntil(async () => (await service.get(tenant, '/api/v1/status')).json?.last_import,
        { what: `the first pull of ${tenant}`, timeoutMs: 60000, explain: () => service.pool.log });
    }
    const file = path.join(tempDir('event'), 'event.json');
    writeFileSync(file, JSON.stringify(nested));
    const added = await service.cli('us', 'event', 'add', file);
    assert.equal(added.code, 0, added.stdout);
    writeFileSync(file, JSON.stringify({ date: '2002-02-02', title: 'One that goes out', sources: nested.sources }));
    const { json } = await service.cli('us', 'event', 'add', file);
    const id = json.event.id ?? json.id;
    assert.equal((await service.cli('us', 'event', 'validate', id, '--status', 'validated', '--notes', 'Read\ntwice')).code, 0);
    const sent = await service.cli('us', 'create-pr');
    assert.equal(sent.code, 0, sent.stdout);
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.stop();
    await service?.stop();
  });

  const draft = async () => {
    const { json } = await get('/api/v1/events?state=draft');
    return `/events/${json.events[0].id}`;
  };

  it('answers what the status is, in words, numbers and JSON', async () => {
    const { json } = await get('/api/v1/status');
    assert.equal(json.repo_url, repo.folder);
    const { text, status } = await get('/');
    assert.equal(status, 200);
    assert.match(text, /<h1 class="headline tone-attention">In step with main<\/h1>/);
    assert.match(text, /<title>In step with main · Sample &#39;timeline&#39; &amp; more<\/title>/);
    assert.match(text, new RegExp(`<a href="/events">${json.events_in_db} events</a>`));
    for (const state of ['validated', 'exported', 'merged', 'rejected']) assert.match(text, new RegExp(`href="/events\\?state=${state}"`));
    assert.match(text, /href="\/conflicts"><strong>0</);
    assert.match(text, /href="\/validation"><strong>\d+<\/strong> draft/);
    assert.match(text, /files cannot be read/);
    assert.match(text, /1901-01-01--unquoted-colon\.md/);
    assert.match(text, /href="\/pull-requests\/1"/);
    assert.match(text, /<time datetime="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ" title="\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC">just now<\/time>/);
  });

  it('lists, filters, searches and pages events', async () => {
    const first = await get('/api/v1/events?limit=30');
    assert.equal(first.json.events.length, 30);
    const seen = new Set();
    for (let cursor = ''; cursor !== null;) {
      const { json } = await get(`/api/v1/events?limit=30${cursor && `&cursor=${cursor}`}`);
      for (const event of json.events) seen.add(event.id);
      cursor = json.next_cursor;
    }
    assert.equal(seen.size, first.json.total);
    for (const id of SAMPLE_IDS) assert.ok(seen.has(id), id);
    const page = await get('/events');
    assert.equal(page.text.match(/<tr><td class="date">/g).length, 50);
    const older = page.text.match(/href="(\/events\?cursor=[^"]+)" rel="next"/)[1];
    assert.match((await get(older)).text, /Back to the newest/);
    assert.match((await get('/events?q=lighthouse')).text, /<h1>1 event for “lighthouse”<\/h1>[\s\S]*1869-11-17--suez-canal-opens/);
    assert.match((await get('/events?state=exported')).text, /<h1>1 exported event<\/h1>[\s\S]*One that goes out/);
    assert.match((await get('/events?q=nothingatall')).text, /<h1>No events for “nothingatall”<\/h1>[\s\S]*Show all events/);
    assert.match((await get('/events?state=rejected')).text, /<h1>No rejected events<\/h1>/);
    for (const query of ['"', 'a"b', '*', 'AND OR', 'title:x', '(', "';--", '%22*']) {
      assert.equal((await get(`/events?q=${encodeURIComponent(query)}`)).status, 200, query);
    }
  });

  it('shows every field of an event, and makes links of http addresses only', async () => {
    const { text } = await get(await draft());
    assert.match(text, /A &quot;draft&quot; &lt;b&gt;with&lt;\/b&gt; &amp; everything/);
    for (const part of ['<strong>bold</strong>', 'Short term', 'rises', 'Odd key', '&lt;script&gt;alert(2)', 'Checked', 'tier 1',
      'href="https://archive.example.org/bare"', '[two](javascript:alert(1))', 'Automatic score', 'Version 1</a>: added here']) {
      assert.ok(text.includes(part), part);
    }
    assert.doesNotMatch(text, /href="\s*javascript:/i);
    assert.match((await get(canal)).text, /The opening of the canal: an eyewitness report[\s\S]*timeline_data\/events\/1869-11-17--suez-canal-opens\.md/);
    assert.equal((await get(odd)).status, 200);
  });

  it('is the pull request where the remote has none', async () => {
    const { text } = await get('/pull-requests/1');
    const branch = (await repo.branches()).find((name) => name.startsWith('research-batch/'));
    assert.match(text, new RegExp(`git fetch origin ${branch}\ngit switch main`));
    assert.match(text, /One that goes out/);
    assert.match(text, /Research Batch Summary/);
    assert.equal((await get('/api/v1/pull-requests')).json.pull_requests.length, 1);
    assert.equal((await get('/api/v1/pull-requests/1')).json.pull_request.branch, branch);
    for (const number of ['0', '2', '01', 'x', '-1', '9'.repeat(30)]) assert.equal((await get(`/pull-requests/${number}`)).status, 404, number);
  });

  it('is valid, light, guarded, and free of inline code on every page', async () => {
    const pages = ['/', '/events', canal, odd, await draft(), '/pull-requests', '/pull-requests/1', '/syncs', '/nothing', '/events?q=zzz'];
    for (const page of pages) {
      const { text, headers } = await get(page);
      assert.ok(Buffer.byteLength(text) <= PAGE_BYTES, `${page}: ${Buffer.byteLength(text)} bytes`);
      assert.equal(headers['content-security-policy'], CSP);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'same-origin');
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
      assert.doesNotMatch(text, /<style|\sstyle=|<script(?! src="\/static\/)|\son\w+="/);
      const report = await validator.validateString(text);
      assert.deepEqual(report.results.flatMap(({ messages }) => messages.map((m) => `${m.ruleId} ${m.line}: ${m.message}`)), [], page);
    }
  });

  it('is accessible and fits, wide and narrow, light and dark', async () => {
    const pages = { status: '/', events: '/events', event: canal, draft: await draft(), pull: '/pull-requests/1', syncs: '/syncs' };
    const looks = [['wide', 'light'], ['wide', 'dark'], ['narrow', 'light']];
    for (const [size, scheme] of looks) {
      const page = await browser.newPage({ size, scheme });
      for (const [name, address] of Object.entries(pages)) {
        await page.goto(service.url('us', address));
        await screenshot(page, `${name}-${size}-${scheme}`);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), 0, `${name} ${size} scrolls sideways`);
        const { violations } = await new AxeBuilder({ page }).analyze();
        assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html}`), [], `${name} ${size} ${scheme}`);
      }
      assert.deepEqual(page.problems, []);
      await page.context().close();
    }
  });

  it('works by keyboard and without scripts', async () => {
    const page = await browser.newPage({ javaScript: false });
    await page.goto(service.url('us', '/events'));
    await page.keyboard.press('Tab');
    assert.equal(await page.locator(':focus').textContent(), 'Skip to the content');
    await page.getByRole('searchbox').fill('lighthouse');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=lighthouse/);
    await page.getByRole('link', { name: /Suez Canal/ }).click();
    assert.match(await page.locator('h1').textContent(), /Suez Canal/);
    assert.equal(await page.getByRole('link', { name: 'Events', exact: true }).getAttribute('aria-current'), 'true');
    await page.context().close();
  });

  it('answers conditional requests, HEAD, and every worker what has just changed', async () => {
    const full = await get('/events');
    assert.equal(full.headers['cache-control'], 'no-cache');
    const same = await get('/events', { headers: { 'If-None-Match': full.headers.etag } });
    assert.deepEqual([same.status, same.text, same.headers.etag], [304, '', full.headers.etag]);
    assert.equal((await get('/events', { headers: { 'If-None-Match': '"other"' } })).status, 200);
    const head = await service.request('HEAD', 'us', '/events');
    assert.deepEqual([head.status, head.text, head.headers['content-length']], [200, '', full.headers['content-length']]);
    const event = await get(`/api/v1${canal}`);
    assert.equal(event.headers.etag, `"${event.json.revision}"`);
    const id = (await draft()).slice('/events/'.length);
    for (const status of ['validated', 'rejected', 'pending']) {
      assert.equal((await service.cli('us', 'event', 'validate', id, '--status', status)).code, 0);
      for (let i = 0; i < 8; i++) {
        const word = status === 'pending' ? 'draft' : status;
        assert.match((await get(`/events/${id}`)).text, new RegExp(`state-${word}">${word}<`));
      }
    }
  });

  it('serves its static files for ever by their content', async () => {
    const { text } = await get('/');
    for (const [, href] of text.matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)) {
      const file = await get(href);
      assert.equal(file.status, 200, href);
      assert.match(file.headers['content-type'], /^(text\/css|text\/javascript|application\/javascript|image\/svg\+xml)/);
    }
  });

  it('refuses in one clear sentence', async () => {
    const cases = [['GET', '/nothing', 404, 'not_found'], ['GET', '/events/none', 404, 'not_found'], ['GET', '/events/', 404, 'not_found'],
      ['GET', '/events?state=odd', 400, 'invalid_input'], ['GET', '/events?cursor=zz', 400, 'invalid_input'],
      ['GET', '/events?q=1&q=2', 400, 'invalid_input'], ['GET', `/events?q=${'x'.repeat(300)}`, 400, 'invalid_input'],
      ['GET', '/events?limit=0', 400, 'invalid_input', 'api'], ['GET', '/events?limit=10001', 400, 'invalid_input', 'api'],
      ['POST', '/syncs', 405, 'invalid_input'], ['DELETE', '/', 405, 'invalid_input', 'page'], ['GET', '/%ff', 400, 'invalid_input'],
      ['GET', `/${'x'.repeat(5000)}`, 413, 'too_large']];
    for (const [method, address, status, code, only] of cases) {
      if (only !== 'api') {
        const page = await service.request(method, 'us', address);
        assert.equal(page.status, status, `${method} ${address.slice(0, 40)}`);
        assert.equal(page.headers['cache-control'], 'no-store');
        assert.match(page.text, /<p class="lead">[A-Z][^<]+\.<\/p>[\s\S]*quote <code>[0-9a-f]{8}<\/code>/);
        if (status === 405) assert.equal(page.headers.allow, 'GET, HEAD');
      }
      if (only !== 'page') {
        const problem = await service.request(method, 'us', `/api/v1${address}`);
        assert.deepEqual([problem.status, problem.headers['content-type'], problem.json.code], [status, 'application/problem+json', code]);
        assert.match(problem.json.detail, /^[A-Z].+\.$/);
      }
    }
  });

  it('says what is wrong when it is the service, and logs it under the id that it shows', async () => {
    const page = await service.get('broken', '/');
    assert.equal(page.status, 500);
    const [, id] = page.text.match(/Something went wrong here[\s\S]*quote <code>([0-9a-f]{8})<\/code>/);
    const logged = (quote) => waitUntil(() => new RegExp(`error .*broken: .*database_not_ours, ${quote}`).test(service.pool.log),
      { what: 'the error in the log', explain: () => service.pool.log });
    await logged(id);
    assert.doesNotMatch(page.text, /timeline\.db/); // which file it is, is for the log
    const problem = await service.get('broken', '/api/v1/events');
    assert.deepEqual([problem.status, problem.json.code], [500, 'database_not_ours']);
    await logged(problem.json.error_id);
    assert.equal((await get('/')).status, 200);
  });

  it('keeps a private timeline private, and one not pulled yet explained', async () => {
    for (const address of ['/', '/events', '/syncs', '/events/x', '/pull-requests']) {
      const page = await service.get('closed', address);
      assert.deepEqual([page.status, page.headers.location.split('?')[0], page.text], [303, '/login', ''], address);
    }
    const problem = await service.get('closed', '/api/v1/events');
    assert.deepEqual([problem.status, problem.json.code, problem.headers['www-authenticate']], [401, 'unauthenticated', 'Bearer realm="tideline"']);
    const waiting = await service.get('waiting', '/');
    assert.equal(waiting.status, 200);
    assert.match(waiting.text, /Not pulled yet[\s\S]*tideline --tenant waiting git-pull/);
    for (const address of ['/events', '/syncs', '/pull-requests']) assert.equal((await service.get('waiting', address)).status, 200, address);
    assert.equal((await service.get('waiting', '/api/v1/status')).json.last_import, null);
    assert.equal((await service.get('closed', '/healthz')).text, 'ok\n');
  });

  it('never shows one tenant to another, and none to a stranger', async () => {
    const pages = ['/', '/events', '/events?q=canary', '/api/v1/events', '/syncs', '/events/1900-01-01--canary-of-brazil'];
    for (let i = 0; i < 4; i++) {
      const [us, brazil] = await Promise.all(['us', 'brazil'].map((tenant) =>
        Promise.all(pages.map((page) => service.get(tenant, page)))));
      for (const { text } of us) assert.doesNotMatch(text, /Canary of Brazil/);
      for (const page of ['/events', '/events?q=canary', '/api/v1/events']) assert.match(brazil[pages.indexOf(page)].text, /Canary of Brazil/);
      assert.equal(us.at(-1).status, 404);
    }
    const claims = { 'X-Forwarded-Host': 'brazil.localhost', 'Tideline-Tenant': 'brazil', Forwarded: 'host=brazil.localhost' };
    assert.match((await service.get('us', '/', { headers: claims })).text, /<a class="name" href="\/">Sample/);
    const port = await freePort();
    const servers = ['nobody', '', '../us', 'US'].map((tenant, i) => `location /${i} { fastcgi_pass unix:${service.socket};
      fastcgi_param REQUEST_METHOD GET; fastcgi_param REQUEST_URI /api/v1/events; fastcgi_param TIDELINE_TENANT "${tenant}"; }`);
    const raw = await startNginx({ port, servers: `server { listen ${LOOPBACK}:${port}; ${servers.join('\n')} }` });
    for (const i of servers.keys()) {
      const answer = await fetch(`http://${LOOPBACK}:${port}/${i}`);
      assert.deepEqual([answer.status, (await answer.json()).code], [421, 'unknown_tenant']);
    }
    await raw.stop();
  });
});
