// From a pull to an open pull request in a browser, with scripts and without: the bar moves, events are chosen, what will be
// sent is shown, and what was sent is what was shown. And what every field of these forms does with what nobody means.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { HtmlValidate } from 'html-validate';
import { screenshot, startBrowser } from './lib/browser.js';
import { createAuthority } from './lib/ca.js';
import { corpus } from './lib/corpus.js';
import { execute } from './lib/database.js';
import { startFakeGithub } from './lib/fake_github.js';
import { EVENTS, generatedEvent, generatedTimeline, sampleEvents } from './lib/fixtures.js';
import { startGitServer } from './lib/git_server.js';
import { waitUntil } from './lib/net.js';
import { addAccount, signedIn } from './lib/session.js';
import { startService } from './lib/tideline.js';

const PAGE_BYTES = 30 * 1024;
const bundle = corpus();
const CANAL = '1869-11-17--suez-canal-opens';
const validator = new HtmlValidate({ extends: ['html-validate:recommended'], rules: { 'long-title': 'off', 'no-trailing-whitespace': 'off',
  'attribute-boolean-style': 'off', 'void-style': 'off', 'meta-refresh': 'off',
  'form-dup-name': ['error', { shared: ['checkbox', 'radio', 'submit'] }] } });
const newEvent = (day, title) => ({ id: `2031-05-${day}--${title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`, date: `2031-05-${day}`, title,
  importance: 5, tags: ['records'], actors: ['Records Office'], summary: `What happened on the ${day}th, told in more than a few words.`,
  sources: [{ title: 'Notice', url: 'https://archive.example.org/notice', date: `2031-05-${day}` }] });
const NEW = [newEvent('01', 'A first new thing'), newEvent('02', 'A second new thing'), newEvent('03', 'A third <new> thing')];

describe('pull requests on pages', () => {
  let authority;
  let server;
  let github;
  let service;
  let browser;
  let password;
  const repos = {};

  before(async () => {
    authority = await createAuthority();
    server = await startGitServer({ authority });
    github = await startFakeGithub({ authority, tokens: { [server.token]: {} } });
    const tenants = {};
    for (const name of ['scripted', 'plain', 'forms']) {
      const slug = `people/${name}`;
      const large = name !== 'forms';
      repos[name] = await server.addRepo(slug, bundle && large ? { from: bundle } : { files: sampleEvents() });
      // Enough to import for a bar to be seen moving.
      if (large) await repos[name].commitMany(generatedTimeline(5000, { folder: bundle ? 'timeline/data/events' : EVENTS }));
      github.addRepo(slug, repos[name]);
      tenants[name] = { TIMELINE_REPO_URL: server.url(slug), GITHUB_TOKEN: server.token, GITHUB_API_URL: github.url,
        TIMELINE_CA_FILE: authority.certFile, AUTO_PULL_ON_START: 'false', INSTANCE_NAME: `The ${name} timeline` };
    }
    service = await startService({ authority, tenants, webWorkers: 3 });
    for (const name of ['scripted', 'plain', 'forms']) password = await addAccount(service, name, 'ada', 'editor', password);
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.stop();
    await service?.stop();
    await github?.stop();
    await server?.stop();
  });

  const addEvents = async (tenant, events) => {
    for (const event of events) {
      const added = await service.cli(tenant, 'event', 'add', '-', { input: JSON.stringify(event) });
      assert.equal(added.code, 0, added.stdout);
      const validated = await service.cli(tenant, 'event', 'validate', event.id, '--status', 'validated', '--score', '8');
      assert.equal(validated.code, 0, validated.stdout);
    }
  };
  const database = (tenant) => path.join(service.state, tenant, 'db', 'timeline.db');

  /** As another program would: one event's title is another, and somebody has validated it. */
  const change = async (tenant, id, before, after_) => {
    await execute(database(tenant), `UPDATE timeline_events SET json_content = replace(json_content, '${before}', '${after_}') WHERE id = '${id}'`);
    const validated = await service.cli(tenant, 'event', 'validate', id, '--status', 'validated', '--score', '9');
    assert.equal(validated.code, 0, validated.stdout);
  };

  const check = async (page, name, { shots = false } = {}) => {
    const text = await page.content();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), 0, `${name} scrolls sideways`);
    if (shots) await screenshot(page, name);
    const { violations } = await new AxeBuilder({ page }).analyze();
    assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html}`), [], name);
    return text;
  };

  /** The script sees that a page leads on without following; the browser's log calls that an aborted request. */
  const problemsOf = (page) => page.problems.filter((text) => !/net::ERR_ABORTED$/.test(text));

  const isValid = async (visitor, address) => {
    const { text } = await visitor.get(address);
    const report = await validator.validateString(text);
    assert.deepEqual(report.results.flatMap(({ messages }) => messages.map((m) => `${m.ruleId} ${m.line}: ${m.message}`)), [], address);
    assert.doesNotMatch(text, /<style|\sstyle=|<script(?! src="\/static\/)|\son\w+="/);
    assert.ok(Buffer.byteLength(text) <= PAGE_BYTES, `${address}: ${Buffer.byteLength(text)} bytes`);
  };

  for (const javaScript of [true, false]) {
    const tenant = javaScript ? 'scripted' : 'plain';

    it(`goes all the way in a browser ${javaScript ? 'with' : 'without'} scripts`, async () => {
      const page = await browser.newPage({ javaScript });
      const url = (address) => service.url(tenant, address);
      await page.goto(url('/'));
      await page.getByLabel('Name').fill('ada');
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();

      // The pull, with a bar that moves.
      await page.getByRole('button', { name: 'Pull now' }).click();
      await page.waitForURL(/\/jobs\/\d+\?follow=1$/);
      const seen = new Set();
      await waitUntil(async () => {
        if (!page.url().includes('/jobs/')) return true;
        const bar = page.locator('main progress[value]');
        const value = await bar.getAttribute('value', { timeout: 1000 }).catch(() => null);
        if (value !== null && seen.size === 0) await screenshot(page, `job-running-${tenant}`).catch(() => {});
        if (value !== null) seen.add(value);
        return false;
      }, { what: 'the pull to end', timeoutMs: 120000, explain: () => page.content() });
      assert.ok(seen.size >= 2, `the bar stood at ${[...seen]}`);
      assert.equal(new URL(page.url()).pathname, '/');
      await page.locator('.flash', { hasText: /Pulled: [\d,]+ new events/ }).waitFor();

      // Events: three new ones and a changed one; found by their state.
      const old = generatedEvent(0);
      await addEvents(tenant, NEW);
      await change(tenant, old.id, old.title, old.title.replace(' ', ' (mended) '));
      await page.goto(url('/events'));
      await page.getByRole('link', { name: /validated/i }).first().click();
      assert.match(await page.locator('h1').textContent(), /^4 validated events$/);

      // The form: one is left out, the title is another.
      await page.getByRole('link', { name: 'Pull requests' }).click();
      await page.getByRole('link', { name: 'New pull request' }).click();
      assert.equal(await page.locator('h1').textContent(), '4 events ready to go out');
      assert.match(await page.getByLabel('Title').inputValue(), /^Add 4 researched events \(/);
      await page.getByRole('checkbox', { name: /A second new thing/ }).uncheck();
      await page.getByLabel('Title').fill('Three things from the archive');
      await page.getByLabel('Labels').fill('research, archive');
      await page.getByRole('button', { name: 'Preview' }).click();

      // Exactly what would be sent.
      await page.waitForURL(/\/pull-requests\/preview\/\d+$/, { timeout: 60000 });
      assert.equal(await page.locator('h1').textContent(), 'This sends 3 events');
      const main = await page.locator('main').textContent();
      for (const part of ['Three things from the archive', '3 files: 2 added, 1 changed', 'A third <new> thing', 'Research Batch Summary',
        'research', 'archive', NEW[0].id]) assert.ok(main.includes(part), part);
      assert.ok(!main.includes(NEW[1].id));
      assert.match(await page.locator('.diff ins').first().textContent(), /mended/);
      assert.equal((await github.pulls(`people/${tenant}`)).length, 0);

      // Changed once more: what was chosen and typed is still there, and the untouched description follows the choice.
      await page.getByRole('link', { name: 'Change' }).first().click();
      assert.equal(await page.getByLabel('Title').inputValue(), 'Three things from the archive');
      assert.match(await page.getByLabel('Description').inputValue(), /\*\*Events\*\*: 3/);
      assert.equal(await page.getByRole('checkbox', { name: /A second new thing/ }).isChecked(), false);
      assert.equal(await page.getByLabel('Labels').inputValue(), 'research, archive');
      await page.getByRole('button', { name: 'Preview' }).click();
      await page.waitForURL(/\/pull-requests\/preview\/\d+$/, { timeout: 60000 });

      // Sent, watched, landed.
      await page.getByRole('button', { name: 'Send' }).first().click();
      await page.waitForURL(/\/pull-requests\/\d+$/, { timeout: 60000 });
      assert.equal(await page.locator('h1').textContent(), 'Three things from the archive');
      assert.match(await page.locator('.flash').textContent(), /Sent, with 3 events/);
      const [pull] = await github.pulls(`people/${tenant}`);
      assert.equal(pull.title, 'Three things from the archive');
      assert.deepEqual(pull.labels.map((label) => label.name ?? label).sort(), ['archive', 'research']);
      assert.match(pull.body, /\*\*Events\*\*: 3/);
      const head = (await repos[tenant].branches()).find((name) => name.startsWith('research-batch/'));
      assert.match(await repos[tenant].git(['diff', `main..${head}`]), /\(mended\)/);
      await page.getByRole('link', { name: /A first new thing/ }).click();
      assert.equal(await page.locator('.over .state').textContent(), 'exported');
      await page.goto(url('/pull-requests/new'));
      assert.equal(await page.locator('h1').textContent(), '1 event ready to go out');
      assert.deepEqual(problemsOf(page), []);
      await page.context().close();
    });
  }

  it('works with fields that nobody means', async () => {
    const ada = await signedIn(service, 'forms', { name: 'bob' });
    const bad = '\xff';
    assert.equal((await ada.post('/pull')).status, 303);
    await waitUntil(async () => (await service.cli('forms', 'git-status', '--offline')).json?.last_import, { what: 'the pull', timeoutMs: 60000 });
    const empty = await ada.get('/pull-requests/new');
    assert.match(empty.text, /<h1>Nothing is ready to go out<\/h1>[\s\S]*href="\/validation"/);
    await addEvents('forms', NEW);
    const one = `1:${NEW[0].id}`;
    const rows = [
      [{}, 422, /href="#events">Choose at least one event\./],
      [{ events: '' }, 400], [{ events: 'x' }, 400], [{ events: '-1:x' }, 400], [{ events: '1:' }, 400], [{ events: `${'9'.repeat(19)}:x` }, 400],
      [{ events: '1:2031-05-09--nobody' }, 422, /“2031-05-09--nobody” is not there, or not any more\./],
      [{ events: '1:<script>alert(1)</script>' }, 422, /“&lt;script&gt;alert\(1\)&lt;\/script&gt;” is not there/],
      [{ events: `7:${NEW[0].id}` }, 422, /“A first new thing” \(2031-05-01\) was changed after it was chosen\./],
      [{ events: `1:${CANAL}` }, 422, /equals the repository: there is nothing to send\./],
      [{ events: one, title: 'x'.repeat(257) }, 422, /href="#title">The title is longer than 256 characters\./],
      [{ events: one, title: ' ' }, 422, /href="#title"/],
      [{ events: one, title: 'two\nlines' }, 422, /href="#title">The title holds a control character\./],
      [{ events: one, title: 'rtl \u202e' }, 422, /href="#title"/],
      [{ events: one, description: 'x'.repeat(65537) }, 422, /href="#description">The description is longer/],
      [{ events: one, labels: 'x'.repeat(51) }, 422, /href="#labels">The label is longer than 50/],
      [{ events: one, labels: Array.from({ length: 21 }, (_, i) => `l${i}`).join() }, 422, /href="#labels">These are more than 20 labels\./],
      [{ events: one, draft: 'yes' }, 400],
      [[['events', one], ['title', 'a'], ['title', 'b']], 400], [[['events', one], ['draft', '1'], ['draft', '1']], 400],
      [Array.from({ length: 5000 }, () => ['events', one]), 413],
    ];
    for (const [fields, status, text] of rows) {
      const answer = await ada.post('/pull-requests/preview', fields);
      assert.equal(answer.status, status, JSON.stringify(fields).slice(0, 200));
      if (!text) continue;
      assert.match(answer.text, text);
      assert.match(answer.text, /role="alert"/);
      const report = await validator.validateString(answer.text);
      assert.deepEqual(report.results.flatMap(({ messages }) => messages.map((m) => `${m.ruleId} ${m.line}: ${m.message}`)), []);
    }
    const token = await ada.csrf('/pull-requests/new');
    for (const raw of [`csrf=${token}&title=%ff`, `csrf=${token}&title=%00`, `csrf=${token}&title=%zz`, `csrf=${token}&events=${bad}`]) {
      assert.equal((await ada.post('/pull-requests/preview', {}, { raw })).status, 400, raw);
    }
    const huge = await ada.post('/pull-requests/preview', {}, { raw: `csrf=${token}&title=${'x'.repeat(1100000)}` });
    assert.equal(huge.status, 413);
    for (const [address, fields, status] of [['/pull-requests', {}, 404], ['/pull-requests', { preview: 'x' }, 404], ['/pull-requests', { preview: '999' }, 404],
      ['/pull-requests', { preview: '1' }, 404], ['/pull-requests', [['preview', '1'], ['preview', '2']], 400], ['/pull-requests/retry', {}, 400],
      ['/pull-requests/retry', { id: '999' }, 404], ['/pull-requests/retry', { id: '-1' }, 400], ['/pull', { force: 'x' }, 400],
      ['/pull', { confirm_deletions: '2' }, 400], ['/jobs/0/cancel', {}, 404], ['/jobs/999/cancel', {}, 404], ['/jobs/1/cancel', {}, 412],
      ['/jobs/x/again', {}, 404], ['/jobs/1/again', {}, 412]]) {
      assert.equal((await ada.post(address, fields)).status, status, `${address} ${JSON.stringify(fields)}`);
    }
    for (const [address, status] of [['/pull-requests/new?from=x', 404], ['/pull-requests/new?from=999', 404], ['/pull-requests/new?from=1', 404],
      ['/pull-requests/preview/1', 404], ['/pull-requests/preview/x', 404], ['/jobs/x', 404], ['/jobs/999', 404], ['/jobs/1', 200],
      ['/jobs/1?follow=%ff', 400], ['/jobs/1?follow=2', 200]]) {
      assert.equal((await ada.get(address)).status, status, address);
    }
  });

  it('keeps what was typed when something is wrong', async () => {
    const eve = await signedIn(service, 'forms', { name: 'eve' });
    const page = await eve.get('/pull-requests/new');
    const hidden = (name) => page.text.match(new RegExp(`name="${name}" value="([^"]*)"`))[1];
    const answer = await eve.post('/pull-requests/preview', { events: [`1:${NEW[0].id}`, `9:${NEW[1].id}`], title: 'My "title" & <b>',
      description: '\n\nMine\n', labels: 'one', draft: '1', generated_title: hidden('generated_title'), generated_description: '' });
    assert.equal(answer.status, 422);
    assert.match(answer.text, /value="My &quot;title&quot; &amp; &lt;b&gt;"/);
    assert.match(answer.text, /<textarea[^>]*>\n\n\nMine\n<\/textarea>/);
    assert.match(answer.text, /name="draft" value="1" checked/);
    assert.match(answer.text, new RegExp(`value="1:${NEW[0].id}" checked`));
    assert.match(answer.text, new RegExp(`value="1:${NEW[1].id}"><label[^]*?changed since you chose it`));
    assert.doesNotMatch(answer.text, new RegExp(`value="1:${NEW[2].id}" checked`));
  });

  it('notices an event that changes between the preview and the sending, and two people who send at once', async () => {
    const [ann, ben] = [await signedIn(service, 'forms', { name: 'ann' }), await signedIn(service, 'forms', { name: 'ben' })];
    const preview = async (visitor, events, fields = {}) => {
      const asked = await visitor.post('/pull-requests/preview', { events, ...fields });
      assert.equal(asked.status, 303, asked.text);
      await waitUntil(async () => (await visitor.get(asked.headers.location)).status === 303, { what: 'the preview', timeoutMs: 30000 });
      return (await visitor.get(asked.headers.location)).headers.location;
    };
    const first = await preview(ann, `1:${NEW[0].id}`);
    await isValid(ann, first);
    await isValid(ann, '/pull-requests/new');
    const raw = await ann.get(`${first}?as=diff`);
    assert.match(raw.headers['content-type'], /^text\/plain/);
    assert.match(raw.text, /^diff --git a\//);
    assert.equal((await ann.get(`${first}?file=2`)).status, 404);
    assert.equal((await ann.get(`${first}?file=x`)).status, 400);
    await change('forms', NEW[0].id, 'A first new thing', 'A first new thing, mended');
    const stale = await ann.post('/pull-requests', { preview: first.split('/').at(-1) });
    assert.equal(stale.status, 422);
    assert.match(stale.text, /“A first new thing, mended” \(2031-05-01\) was changed after it was chosen\./);
    assert.equal((await github.pulls('people/forms')).length, 0);

    // While the forge is slow, another choice has to wait, and the same one is the same job.
    github.fail('slow', { operation: 'pulls/create', ms: 3000 });
    const mine = await preview(ann, `1:${NEW[1].id}`, { title: 'Mine' });
    const other = await preview(ben, `1:${NEW[2].id}`, { title: 'Yours' });
    const [sent, again] = await Promise.all([1, 2].map(() => ann.post('/pull-requests', { preview: mine.split('/').at(-1) })));
    assert.deepEqual([sent.status, again.status], [303, 303]);
    assert.equal(sent.headers.location, again.headers.location);
    const refused = await ben.post('/pull-requests', { preview: other.split('/').at(-1) });
    assert.equal(refused.status, 409, refused.text);
    assert.match(refused.text, /which ann began, is not over yet/);
    assert.match(refused.text, /value="Yours"/);
    assert.match(refused.text, new RegExp(`href="${sent.headers.location.replace('?', '\\?')}"`));
    await waitUntil(async () => (await ann.get(sent.headers.location)).status === 303, { what: 'the pull request', timeoutMs: 60000 });
    assert.deepEqual((await github.pulls('people/forms')).map((pull) => pull.title), ['Mine']);
    assert.match((await ann.get(sent.headers.location)).headers.location, /^\/pull-requests\/\d+$/);
    await isValid(ann, sent.headers.location.replace('?follow=1', ''));
  });

  it('says what failed, what to do, and does it', async () => {
    const joe = await signedIn(service, 'forms', { name: 'joe' });
    const run = async (answer) => {
      assert.equal(answer.status, 303, answer.text);
      const job = answer.headers.location.replace('?follow=1', '');
      await waitUntil(async () => /state-(done|succeeded|failed|cancelled)"/.test((await joe.get(job)).text) || /tried again by itself/.test((await joe.get(job)).text),
        { what: 'the job to end or wait', timeoutMs: 60000 });
      return { job, text: (await joe.get(job)).text };
    };
    // A remote that is not there is asked again later, or now.
    server.answer('people/forms', 503);
    const waiting = await run(await joe.post('/pull'));
    assert.match(waiting.text, /The last try did not work out\. It is tried again by itself in \d+ seconds?\./);
    await isValid(joe, waiting.job);
    server.answer('people/forms', null);
    const now = await joe.post(`${waiting.job}/again`);
    assert.equal(now.headers.location, `${waiting.job}?follow=1`);
    await waitUntil(async () => (await joe.get(now.headers.location)).status === 303, { what: 'the pull', timeoutMs: 60000 });
    const status = await joe.follow(await joe.get(now.headers.location));
    assert.match(status.text, /class="flash"[^]*Nothing new in the repository\./);

    // Most events are gone from the repository: asked about, then done.
    const tip = await repos.forms.tip();
    const gone = Object.fromEntries(Object.keys(await repos.forms.tree(tip)).filter((name) => name.startsWith(`${EVENTS}/1`)).map((name) => [name, null]));
    await repos.forms.commit(gone);
    const asked = await run(await joe.post('/pull'));
    assert.match(asked.text, /<h1 class="headline tone-problem">The pull failed<\/h1>[^]*Should these events really go\?[^]*href="\/jobs\/\d+\/confirm"[^]*Events that would go/);
    await isValid(joe, asked.job);
    const done = await run(await joe.post('/pull', { confirm_deletions: '1' }));
    assert.match(done.text, /Pulled: \d+ removed</);
    await isValid(joe, done.job);

    // A refused push is left unfinished, and tried again from the form.
    await repos.forms.refusePushes('No releases on Fridays');
    const asked2 = await joe.post('/pull-requests/preview', { events: `1:${NEW[2].id}` });
    await waitUntil(async () => (await joe.get(asked2.headers.location)).status === 303, { what: 'the preview', timeoutMs: 30000 });
    const number = (await joe.get(asked2.headers.location)).headers.location.split('/').at(-1);
    const refused = await run(await joe.post('/pull-requests', { preview: number }));
    assert.match(refused.text, /The pull request was not sent[^]*No releases on Fridays[^]*push_rejected/);
    await isValid(joe, refused.job);
    const form = await joe.get('/pull-requests/new');
    assert.match(form.text, /Left unfinished[^]*No releases on Fridays[^]*action="\/pull-requests\/retry"/);
    await isValid(joe, '/pull-requests/new');
    await repos.forms.acceptPushes();
    const retried = await joe.post('/pull-requests/retry', { id: form.text.match(/name="id" value="(\d+)"/)[1] });
    await waitUntil(async () => (await joe.get(retried.headers.location)).status === 303, { what: 'the pull request', timeoutMs: 60000 });
    assert.match((await joe.follow(await joe.get(retried.headers.location))).text, /left unfinished is sent, with 1 event\./);
  });

  it('can be cancelled, and stays where somebody is on a page that changes', async () => {
    const kim = await signedIn(service, 'forms', { name: 'kim' });
    await addEvents('forms', [newEvent('04', 'A fourth new thing')]);
    const page = await browser.newPage();
    await page.goto(service.url('forms', '/pull-requests/new'));
    await page.getByLabel('Name').fill('kim');
    await page.getByLabel('Password').fill(kim.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.waitForURL(/preview\/\d+$/, { timeout: 60000 });
    // The forge takes its time; a pull waits behind it, and is not wanted any more.
    github.fail('slow', { operation: 'pulls/create', ms: 5000 });
    await page.getByRole('button', { name: 'Send' }).first().click();
    await page.waitForURL(/\/jobs\/\d+\?follow=1$/);
    const job = new URL(page.url()).pathname;
    await page.goto(service.url('forms', job));
    await page.locator('h1', { hasText: 'Sending the pull request' }).waitFor({ timeout: 30000 });
    const waiting = (await kim.post('/pull')).headers.location.replace('?follow=1', '');
    assert.match((await kim.get(waiting)).text, /The pull waits for its turn[^]*state-queued/);
    await isValid(kim, waiting);
    const cancelled = await kim.follow(await kim.post(`${waiting}/cancel`));
    assert.match(cancelled.text, /class="flash"[^]*Cancelled\.[^]*The pull was cancelled[^]*Ask for it again/);
    assert.equal((await kim.post(`${waiting}/cancel`)).status, 412);
    await isValid(kim, waiting);

    // The page is fetched again and swapped: the one who stood on a link stands on it still.
    const link = page.locator('main').getByRole('link', { name: 'Status' });
    await link.focus();
    await page.evaluate(() => { document.querySelector('main').dataset.old = 'yes'; });
    await page.locator('h1', { hasText: /Pull request #\d+ is open/ }).waitFor({ timeout: 60000 });
    assert.equal(await page.locator('main').getAttribute('data-old'), null);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Status');
    assert.match(await page.locator('body > [role=status]').last().textContent(), /Pull request #\d+ is open/);
    assert.equal(await page.locator('main').getAttribute('data-live'), null);
    assert.deepEqual(problemsOf(page), []);
    await page.context().close();
  });

  it('lets nobody act who may not', async () => {
    const viewer = await signedIn(service, 'forms', { name: 'vic', role: 'viewer' });
    for (const address of ['/pull', '/refresh', '/pull-requests', '/pull-requests/preview', '/pull-requests/retry', '/jobs/1/cancel']) {
      assert.equal((await viewer.post(address)).status, 403, address);
    }
    for (const address of ['/pull-requests/new', '/pull-requests/preview/1']) assert.equal((await viewer.get(address)).status, 403, address);
    assert.equal((await viewer.get('/jobs/1')).status, 200);
    assert.doesNotMatch((await viewer.get('/pull-requests')).text, /New pull request/);
  });

  it('is accessible and fits, wide and narrow, light and dark', async () => {
    const tenant = 'scripted';
    const { json } = await service.cli(tenant, 'event', 'list', '--limit', '2', '--state', 'merged');
    for (const event of json.events) {
      const title = JSON.stringify(event.title).slice(1, -1).replaceAll("'", "''");
      await change(tenant, event.id, title, `${title} and what came of it`);
    }
    for (const [size, scheme] of [['wide', 'light'], ['wide', 'dark'], ['narrow', 'light'], ['narrow', 'dark']]) {
      const page = await browser.newPage({ size, scheme });
      const shot = (name) => check(page, `${name}-${size}-${scheme}`, { shots: true });
      await page.goto(service.url(tenant, '/pull-requests/new'));
      await page.getByLabel('Name').fill('ada');
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(/new$/);
      await shot('pull-new');
      await page.getByRole('button', { name: 'Preview' }).click();
      await page.waitForURL(/preview\/\d+$/, { timeout: 60000 });
      await shot('pull-preview');
      await page.goto(service.url(tenant, '/jobs/1'));
      await shot('job-done');
      await page.goto(service.url(tenant, '/pull-requests/new'));
      for (const box of await page.getByRole('checkbox', { name: /new thing|came of/ }).all()) await box.uncheck();
      await page.getByLabel('Labels').fill('x'.repeat(60));
      await page.getByRole('button', { name: 'Preview' }).click();
      await page.getByRole('alert').waitFor();
      await shot('pull-new-errors');
      assert.deepEqual(problemsOf(page).filter((text) => !/422/.test(text)), []);
      await page.context().close();
    }
  });
});
