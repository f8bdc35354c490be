// Every page in every state that a visitor can bring it to, in one place: valid, light, free of findings of axe, one answer
// as its heading, one button that is filled, and nothing that scrolls sideways on 320 pixels.
import assert from 'node:assert/strict';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { after, before, describe, it } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { HtmlValidate } from 'html-validate';
import { screenshot, startBrowser } from './lib/browser.js';
import { createAuthority } from './lib/ca.js';
import { CONFLICTS, conflictTimeline } from './lib/conflicts.js';
import { execute } from './lib/database.js';
import { startFakeGithub } from './lib/fake_github.js';
import { EVENTS, generatedTimeline, hostileEntries, sampleEvents, SAMPLE_IDS } from './lib/fixtures.js';
import { startGitServer } from './lib/git_server.js';
import { waitUntil } from './lib/net.js';
import { addAccount } from './lib/session.js';
import { startService } from './lib/tideline.js';

const PAGE_BYTES = 30 * 1024;
const NARROWEST = { width: 320, height: 700 }; // also 1,280 pixels at 400 %
const validator = new HtmlValidate({ extends: ['html-validate:recommended'], rules: { 'long-title': 'off', 'no-trailing-whitespace': 'off',
  'attribute-boolean-style': 'off', 'void-style': 'off', 'meta-refresh': 'off',
  'form-dup-name': ['error', { shared: ['checkbox', 'radio', 'submit'] }] } });
const CANAL = '1869-11-17--suez-canal-opens';
const RTL = 'افتتاح قناة السويس أمام الملاحة الدولية (Suez) 1869';
const LONG = `Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft${'x'.repeat(80)} and what came of it`;
const newEvent = (day, title, more = {}) => ({ id: `2031-05-${day}--event-${day}`, date: `2031-05-${day}`, title, importance: 5, tags: ['records'],
  actors: ['Records Office'], summary: `What happened on the ${day}th, told in more than a few words.`,
  sources: [{ title: 'Notice', url: 'https://archive.example.org/notice', date: `2031-05-${day}` }], ...more });

describe('every page', { timeout: 1800000 }, () => {
  let authority;
  let server;
  let github;
  let service;
  let browser;
  let password;
  const repos = {};
  const pages = {};

  const must = async (tenant, ...args) => {
    const done = await service.cli(tenant, ...args);
    assert.ok([0, 3].includes(done.code), `${args.filter((one) => typeof one === 'string').join(' ')}: ${done.stdout}${done.stderr}`);
    return done.json;
  };
  const add = (tenant, event) => must(tenant, 'event', 'add', '-', { input: JSON.stringify(event) });
  const judge = (tenant, id, status, ...more) => must(tenant, 'event', 'validate', id, '--status', status, ...more);
  const database = (tenant) => path.join(service.state, tenant, 'db', 'timeline.db');

  /** As another program writes: a title in place of another. */
  const retitle = (tenant, id, title) => execute(database(tenant),
    `UPDATE timeline_events SET json_content = json_set(json_content, '$.title', '${title}') WHERE id = '${id}'`);

  /** An event in each state, pull requests in each state, and files that cannot be read. */
  async function fillFull() {
    const slug = 'people/full';
    await must('full', 'git-pull');
    for (const [day, end] of [['01', 'merge'], ['02', 'close'], ['03', null]]) {
      await add('full', newEvent(day, `The ${day} of May`));
      await judge('full', `2031-05-${day}--event-${day}`, 'validated', '--score', '8', '--notes', 'Read\ntwice');
      const { pr_number: number } = await must('full', 'create-pr');
      if (end === 'merge') await github.merge(slug, number, { method: 'squash' });
      if (end === 'close') github.close(slug, number);
      if (end) await must('full', 'pr', 'refresh');
    }
    await add('full', newEvent('04', 'A draft'));
    await add('full', newEvent('05', 'No good', { sources: [] }));
    await judge('full', '2031-05-05--event-05', 'rejected');
    await retitle('full', SAMPLE_IDS[4], 'Ours');
    const file = `${EVENTS}/${SAMPLE_IDS[4]}.json`;
    const text = String(await repos.full.read(file));
    await repos.full.commit({ [file]: text.replace(/"title": *"[^"]*"/, '"title": "Theirs"') });
    await must('full', 'git-pull');
    await retitle('full', CANAL, 'The canal is open');
    await judge('full', CANAL, 'validated', '--score', '9');
    await must('full', 'event', 'delete', SAMPLE_IDS[5]);
    await add('full', newEvent('07', 'Gone'));
    await must('full', 'event', 'delete', '2031-05-07--event-07');
  }

  /** 500 events that are ready to go out, some with titles that are hard to lay out. */
  async function fillMany() {
    await must('many', 'git-pull');
    const title = `CASE i % 4 WHEN 0 THEN '${RTL}' WHEN 1 THEN '${LONG}' WHEN 2 THEN '<b>bold</b> & "quoted"' ELSE 'An ordinary day' END`;
    const content = JSON.stringify(newEvent('06', 'x')).replaceAll("'", "''");
    const counted = "WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < 499), "
      + "e AS (SELECT i, (1500 + i) || '-03-04' AS day, (1500 + i) || '-03-04--many-' || i AS id FROM n)";
    await execute(database('many'), `BEGIN; ${counted} INSERT INTO timeline_events (id, json_content, date, title, file_path, file_hash)
      SELECT id, json_set('${content}', '$.id', id, '$.date', day, '$.title', ${title}), day, 'x', '', '' FROM e;
      ${counted} INSERT INTO event_metadata (event_id, validation_status, quality_score) SELECT id, 'validated', 8 FROM e; COMMIT;`);
    await execute(database('many'), `WITH RECURSIVE n(i) AS (VALUES (100) UNION ALL SELECT i + 1 FROM n WHERE i < 129)
      INSERT INTO timeline_events (id, json_content, date, title, file_path, file_hash)
      SELECT (1500 + i) || '-03-04--waits-' || i, json_set('${content}', '$.id', (1500 + i) || '-03-04--waits-' || i, '$.date', (1500 + i) || '-03-04', '$.title', ${title}),
        (1500 + i) || '-03-04', 'x', '', '' FROM n`);
    await judge('many', '1600-03-04--waits-100', 'pending', '--notes', `${LONG}\n${RTL}`);
  }

  before(async () => {
    authority = await createAuthority();
    server = await startGitServer({ authority });
    github = await startFakeGithub({ authority, tokens: { [server.token]: {} } });
    const tenants = {};
    const titles = { full: 'A full timeline', many: `${RTL} ${LONG.slice(0, 45)}`, bare: 'Bare', away: 'Away', shrunk: 'Shrunk', unpulled: 'Not pulled', torn: 'Torn' };
    for (const [name, title] of Object.entries(titles)) {
      const slug = `people/${name}`;
      repos[name] = await server.addRepo(slug, { files: name === 'bare' ? { 'README.md': 'Nothing yet\n', [`${EVENTS}/README.md`]: 'Nothing\n' }
        : name === 'torn' ? conflictTimeline.before() : sampleEvents() });
      github.addRepo(slug, repos[name]);
      tenants[name] = { TIMELINE_REPO_URL: server.url(slug), GITHUB_TOKEN: server.token, GITHUB_API_URL: github.url,
        TIMELINE_CA_FILE: authority.certFile, AUTO_PULL_ON_START: 'false', INSTANCE_NAME: title, TIMELINE_PUBLIC: String(name !== 'shrunk') };
    }
    await repos.full.commit([...hostileEntries().map(({ path: name, value }) => [name, value]), ...generatedTimeline(120)]);
    service = await startService({ authority, tenants, webWorkers: 2, env: { TIDELINE_ALLOWED_HOSTS: '127.0.0.1' } });
    for (const name of Object.keys(titles)) {
      if (name !== 'unpulled') password = await addAccount(service, name, 'ada', 'admin', password);
    }
    await addAccount(service, 'full', 'vic', 'viewer', password);
    await Promise.all([fillFull(), fillMany(), must('bare', 'git-pull'), must('shrunk', 'git-pull'), must('away', 'git-pull'),
      conflictTimeline.collide({ service, tenant: 'torn', repo: repos.torn, database: database('torn') })]);
    server.answer('people/away', 503);
    await repos.shrunk.commit(Object.fromEntries(Object.keys(sampleEvents()).filter((name) => name.startsWith(`${EVENTS}/1`)).map((name) => [name, null])));
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.stop();
    await service?.stop();
    await github?.stop();
    await server?.stop();
  });

  /** One browser for each person at each timeline; `null` is nobody. */
  async function visit(tenant, who, address) {
    const key = `${tenant}/${who}`;
    if (!pages[key]) {
      const page = await browser.newPage();
      if (who) {
        await page.goto(service.url(tenant, '/login'));
        await page.getByLabel('Name').fill(who);
        await page.getByLabel('Password').fill(password);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.waitForURL(service.url(tenant, '/'));
      }
      pages[key] = page;
    }
    if (address) await pages[key].goto(service.url(tenant, address));
    return pages[key];
  }

  /** What the server sent is what is validated and weighed; a page that a form led to is asked for as it was shown. */
  async function check(page, name, html, { many = false } = {}) {
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1280, height: 900 });
    // A form with 500 events in it is light on the wire; every other page is light before that, too.
    const bytes = many ? gzipSync(html).length : Buffer.byteLength(html);
    assert.ok(bytes <= PAGE_BYTES, `${name}: ${bytes} bytes`);
    assert.doesNotMatch(html, /<style|\sstyle=|<script(?! src="\/static\/)|\son\w+="/, name);
    const report = await validator.validateString(html);
    assert.deepEqual(report.results.flatMap(({ messages }) => messages.map((m) => `${m.ruleId} ${m.line}: ${m.message}`)), [], name);
    assert.equal(await page.locator('h1').count(), 1, `${name}: headings`);
    const filled = await page.locator('main :is(.button, button[type=submit]):not(.button-secondary, .button-link, .search button)').allTextContents();
    assert.ok(new Set(filled).size <= 1, `${name}: buttons ${filled}`);
    for (const [size, scheme] of [['wide', 'light'], ['narrow', 'dark']]) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize(size === 'wide' ? { width: 1280, height: 900 } : NARROWEST);
      await screenshot(page, `${name}-${size}-${scheme}`, { fullPage: !many });
      assert.equal(await page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - window.innerWidth)), 0, `${name} ${size} scrolls sideways`);
      if (many && size === 'narrow') continue; // the same 500 rows once more
      const { violations } = await new AxeBuilder({ page }).analyze();
      assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html}`), [], `${name} ${size} ${scheme}`);
    }
  }

  async function checkAt(tenant, who, address, name, options) {
    const page = await visit(tenant, who);
    const answer = await page.goto(service.url(tenant, address));
    await check(page, name, await answer.text(), options);
  }

  /** The page that pressing a button leads to, or the one after it. */
  async function press(page, button) {
    const [answer] = await Promise.all([page.waitForEvent('response', (one) => one.request().isNavigationRequest() && one.status() !== 303),
      page.getByRole('button', { name: button }).first().click()]);
    await page.waitForLoadState();
    return answer.text();
  }

  const readers = [
    ['full', null, '/', 'status-nobody'], ['full', 'vic', '/', 'status-viewer'], ['full', 'ada', '/', 'status-admin'],
    ['many', 'ada', '/', 'status-many'], ['bare', null, '/', 'status-bare-nobody'], ['bare', 'ada', '/', 'status-bare'], ['unpulled', null, '/', 'status-unpulled'],
    ['full', null, '/events', 'events'], ['full', null, '/events?q=lighthouse', 'events-one'], ['full', null, '/events?q=nothingatall', 'events-none'],
    ['full', null, '/events?from=1800&to=1900&tag=records&importance=3', 'events-filtered'], ['full', null, '/events?from=x&importance=99', 'events-errors'],
    ['many', null, '/events', 'events-many'], ['bare', null, '/events', 'events-bare'], ['unpulled', null, '/events', 'events-unpulled'],
    ['full', null, `/events/${CANAL}`, 'event-validated'], ['full', null, `/events/${SAMPLE_IDS[4]}`, 'event-conflict'],
    ['full', null, '/events/2031-05-01--event-01', 'event-merged'], ['full', null, '/events/2031-05-03--event-03', 'event-exported'],
    ['full', null, '/events/2031-05-04--event-04', 'event-draft'], ['full', null, '/events/2031-05-05--event-05', 'event-rejected'],
    ['many', null, '/events/1500-03-04--many-0', 'event-rtl'], ['many', null, '/events/1501-03-04--many-1', 'event-long'],
    ['torn', null, '/', 'status-torn'], ['torn', 'ada', '/', 'status-torn-admin'], ['torn', null, '/conflicts', 'conflicts'], ['full', 'vic', '/conflicts', 'conflicts-one'],
    ['bare', null, '/conflicts', 'conflicts-none'], ['unpulled', null, '/conflicts', 'conflicts-unpulled'], ['torn', null, `/conflicts/${CONFLICTS.fields}`, 'conflict-reader'],
    ...Object.entries(CONFLICTS).map(([key, id]) => ['torn', 'ada', `/conflicts/${id}`, `conflict-${key}`]),
    ['torn', 'ada', `/events/${CONFLICTS.removedHere}`, 'event-removed-conflict'], ['full', null, `/conflicts/${CANAL}`, 'error-no-conflict'],
    ['full', 'ada', '/events', 'events-admin'], ['full', 'ada', `/events/${CANAL}`, 'event-edited'], ['full', 'ada', `/events/${SAMPLE_IDS[5]}`, 'event-removed'],
    ['full', null, '/events/2031-05-07--event-07', 'event-gone'], ['full', 'ada', '/events/new', 'write-new'], ['full', 'ada', '/events/new?raw=1', 'write-new-raw'],
    ['full', 'ada', `/events/${CANAL}/edit`, 'write-edit'], ['full', 'ada', `/events/${SAMPLE_IDS[0]}/edit?raw=1`, 'write-raw'],
    ['many', 'ada', '/events/1501-03-04--many-1/edit', 'write-long'], ['full', 'ada', `/events/${CANAL}/delete`, 'write-delete'],
    ['full', 'ada', '/events/2031-05-04--event-04/delete', 'write-delete-draft'], ['full', null, `/events/${CANAL}/history`, 'history'],
    ['full', 'ada', '/events/2031-05-07--event-07/history', 'history-gone'], ['full', 'ada', `/events/${CANAL}/revisions/1`, 'revision'],
    ['full', null, `/events/${CANAL}/revisions/2`, 'revision-now'], ['full', 'ada', '/events/add', 'write-many'],
    ['full', null, '/pull-requests', 'pulls'], ['full', 'ada', '/pull-requests', 'pulls-admin'], ['bare', null, '/pull-requests', 'pulls-bare'],
    ['bare', 'ada', '/pull-requests', 'pulls-bare-admin'],
    ['full', 'ada', '/pull-requests/1', 'pull-merged'], ['full', 'ada', '/pull-requests/2', 'pull-closed'], ['full', null, '/pull-requests/3', 'pull-open'],
    ['full', 'ada', '/pull-requests/new', 'new'], ['many', 'ada', '/pull-requests/new', 'new-many'], ['bare', 'ada', '/pull-requests/new', 'new-bare'],
    ['full', null, '/syncs', 'syncs'], ['unpulled', null, '/syncs', 'syncs-unpulled'],
    ['full', null, '/login', 'login'], ['unpulled', null, '/login', 'login-first'],
    ['full', 'ada', '/account', 'account'], ['full', 'vic', '/account', 'account-viewer'],
    ['full', 'ada', '/settings', 'settings'], ['full', 'ada', '/settings/accounts/vic', 'settings-account'],
    ['full', 'ada', '/settings/accounts/vic?ask=remove', 'settings-remove'], ['full', 'ada', '/settings/accounts/ada', 'settings-own'],
    ['full', null, '/nothing', 'error-404'], ['full', null, '/events/none', 'error-event'], ['full', 'vic', '/settings', 'error-403'],
    ['full', null, '/events?cursor=zz', 'error-400'], ['full', null, '/pull', 'error-405'],
  ];
  for (const [tenant, who, address, name] of readers) {
    it(`is good: ${name}`, () => checkAt(tenant, who, address, name, { many: name === 'new-many' }));
  }

  const reviewers = [
    ['full', null, '/validation', 'review'], ['full', 'vic', '/validation', 'review-viewer'], ['full', 'ada', '/validation', 'review-editor'],
    ['full', 'ada', '/validation?change=removed', 'review-none'], ['bare', null, '/validation', 'review-bare'], ['unpulled', null, '/validation', 'review-unpulled'],
    ['many', 'ada', '/validation', 'review-many'], ['many', 'ada', '/validation/1601-03-04--waits-101', 'review-long'],
    ['full', null, '/validation/2031-05-04--event-04', 'review-event-nobody'], ['full', 'ada', '/validation/2031-05-04--event-04', 'review-event'],
    ['full', 'ada', `/validation/${CANAL}`, 'review-validated'], ['full', 'ada', '/validation/2031-05-03--event-03', 'review-exported'],
    ['full', 'ada', `/validation/${SAMPLE_IDS[4]}`, 'review-conflict'], ['full', 'ada', '/validation/2031-05-05--event-05', 'review-rejected'],
  ];
  for (const [tenant, who, address, name] of reviewers) {
    it(`is good: ${name}`, () => checkAt(tenant, who, address, name));
  }

  it('is good: what verdicts lead to', async () => {
    const page = await visit('many', 'ada', '/validation');
    await check(page, 'review-many-errors', await press(page, 'Validate the chosen ones'));
    assert.equal(await page.evaluate(() => document.activeElement.className), 'errors');
    for (const box of await page.getByRole('checkbox').all()) await box.check();
    await page.getByLabel('Notes', { exact: true }).fill('Read <twice>\nby two');
    await check(page, 'review-many-ask', await press(page, 'Validate the chosen ones'));
    await retitle('many', '1601-03-04--waits-101', 'Changed at the last moment');
    await check(page, 'review-many-report', await press(page, /Validate \d+ events/));
    const id = '1602-03-04--waits-102';
    await retitle('many', id, 'It waits again');
    await page.goto(service.url('many', `/validation/${id}`));
    await check(page, 'review-judged-before', await again(page));
    await check(page, 'review-event-errors', await press(page, 'Reject'));
    await page.getByLabel('Notes', { exact: true }).fill('Not this one');
    await retitle('many', id, 'It changed meanwhile');
    await check(page, 'review-event-stale', await press(page, 'Reject'));
    await press(page, 'Reject');
    await check(page, 'review-last', await again(page));
    await page.goto(service.url('many', `/validation/1601-03-04--waits-101`));
    await press(page, 'Reserve it for an hour');
    await check(page, 'review-reserved', await again(page));
  });

  const ended = (page, heading) => page.locator('h1', { hasText: heading }).waitFor({ timeout: 60000 });

  /** The page as it is now, fetched once more: a job's page has been swapped by the script since it came. */
  const again = async (page) => (await page.reload()).text();

  it('is good: what forms lead to', async () => {
    const page = await visit('full', 'ada', '/login?next=/settings');
    const nobody = await visit('full', null, '/login');
    await nobody.getByLabel('Name').fill('ada');
    await nobody.getByLabel('Password').fill('wrong');
    await check(nobody, 'login-errors', await press(nobody, 'Sign in'));

    await page.goto(service.url('full', '/settings'));
    await page.getByRole('textbox', { name: 'Repository' }).fill('ftp://x');
    await page.getByRole('textbox', { name: 'Branch' }).fill('a..b');
    await check(page, 'settings-errors', await press(page, 'See what differs'));
    await page.goto(service.url('full', '/account'));
    await page.getByLabel('What it is for').fill('nightly export');
    await check(page, 'token-made', await press(page, 'Make the token'));
    await page.goto(service.url('full', '/account'));
    await page.getByRole('link', { name: /Revoke/ }).first().click();
    await check(page, 'token-revoke', await again(page));
    await page.goto(service.url('full', '/account'));
    for (const [label, text] of [['Your password now', 'x'], ['New password again', 'z'], ['New password', 'y']]) await page.getByLabel(label, { exact: true }).fill(text);
    await check(page, 'account-errors', await press(page, 'Change the password'));
  });

  it('is good: deciding about conflicts', async () => {
    const page = await visit('torn', 'ada', `/conflicts/${CONFLICTS.fields}`);
    await check(page, 'conflict-errors', await press(page, 'Decide'));
    for (const one of await page.getByLabel('As in the repository').all()) await one.check();
    const late = await browser.newPage({ storageState: await page.context().storageState() });
    await late.goto(page.url());
    await late.getByRole('group', { name: 'Title', exact: true }).getByLabel('Write your own', { exact: true }).check();
    await press(page, 'Decide');
    await ended(page, 'Decided');
    await check(page, 'conflict-decided', await again(page));
    await check(late, 'conflict-late', await press(late, 'Decide'));
    await press(page, 'Take the last decision back');
    await check(page, 'conflict-undone', await again(page));
    await conflictTimeline.upstream({ service, tenant: 'torn', repo: repos.torn, key: 'added', fields: { importance: 7 } });
    await page.goto(service.url('torn', `/conflicts/${CONFLICTS.removedThere}`));
    await page.getByLabel('Remove it').check();
    await press(page, 'Decide');
    await check(page, 'conflict-removed', await again(page));
    await page.goto(service.url('torn', `/conflicts/${CONFLICTS.added}`));
    await page.getByRole('group', { name: 'Title', exact: true }).getByLabel('As it is here').check();
    await conflictTimeline.upstream({ service, tenant: 'torn', repo: repos.torn, key: 'added', fields: { importance: 8 } });
    await check(page, 'conflict-stale', await press(page, 'Decide'));
    await late.context().close();
  });

  it('is good: an event being written', async () => {
    const page = await visit('full', 'ada', '/events/new');
    const type = async (typing) => { for (const [id, text] of Object.entries(typing)) await page.locator(`[id="${id}"]`).fill(text); };
    const send = (button) => press(page, new RegExp(`^${button}$`));
    await type({ title: 'First message crosses the Atlantic: Glory to God', importance: 'high', actors: 'One\nTwo' });
    await check(page, 'write-errors', await send('Preview'));
    assert.equal(await page.evaluate(() => document.activeElement.className), 'errors');
    await type({ date: '1858-08-16', importance: '3', source_1_title: 'Telegram', source_1_url: 'https://archive.example.org/telegram?a=1&b=2', summary: 'Some words.\n\n- a list' });
    await check(page, 'write-rows', await send('Add another source'));
    await check(page, 'write-preview-new', await send('Preview'));
    await page.goto(service.url('full', `/events/${SAMPLE_IDS[1]}/edit`));
    await type({ title: 'Le Louvre est ouvert', tags: 'museums\nparis', summary: `${LONG} was opened to everybody.`, source_1_title: 'Another title' });
    await check(page, 'write-preview', await send('Preview'));
    await retitle('full', SAMPLE_IDS[1], 'The Louvre opens');
    await check(page, 'write-stale', await send('Save'));
    await check(page, 'write-merged', await send('Put both together'));
    await page.goto(service.url('full', '/events/new?raw=1'));
    await type({ whole: '{"date": "2031-01-01",\n"title": }' });
    await check(page, 'write-raw-errors', await send('Save'));
    await page.goto(service.url('full', '/events/add'));
    await type({ events: JSON.stringify([newEvent('08', 'Many'), { title: 'No date' }, newEvent('04', 'A draft'), { date: '2031-05-09', title: LONG }]) });
    await check(page, 'write-report', await send('Add them'));
  });

  it('is good: a pull request on its way', async () => {
    const page = await visit('full', 'ada', '/pull-requests/new');
    for (const box of await page.getByRole('checkbox', { name: /2031|1869/ }).all()) await box.uncheck();
    await page.getByLabel('Labels').fill('x'.repeat(60));
    await check(page, 'new-errors', await press(page, 'Preview'));
    assert.equal(await page.evaluate(() => document.activeElement.className), 'errors');
    await page.goto(service.url('full', '/pull-requests/new'));
    await press(page, 'Preview');
    await page.waitForURL(/preview\/\d+$/);
    await check(page, 'preview', await again(page));
    await repos.full.refusePushes('No releases on Fridays');
    await press(page, 'Send');
    await ended(page, 'The pull request was not sent');
    await check(page, 'job-refused', await again(page));
    await checkAt('full', 'ada', '/pull-requests/new', 'new-unfinished');
    await checkAt('full', 'ada', '/', 'status-unfinished');
    const many = await visit('many', 'ada', '/pull-requests/new');
    await press(many, 'Preview');
    await many.waitForURL(/preview\/\d+$/, { timeout: 60000 });
    await check(many, 'preview-many', await again(many), { many: true });
  });

  it('is good: jobs in each state', async () => {
    const away = await visit('away', 'ada', '/');
    await press(away, 'Pull now');
    await away.getByText('tried again by itself').waitFor({ timeout: 60000 });
    const job = new URL(away.url()).pathname;
    await checkAt('away', 'ada', job, 'job-later');
    assert.equal(await away.locator('h1').textContent(), 'The pull waits for its next try');
    assert.equal(await away.locator('progress').count(), 0);
    await checkAt('away', 'ada', '/', 'status-later');
    assert.match(await away.locator('section.job').textContent(), /waits for its next try[^]*status 503[^]*tried again by itself in/);
    await away.goto(service.url('away', job));
    await press(away, 'Cancel');
    await ended(away, 'The pull was cancelled');
    await check(away, 'job-cancelled', await again(away));
    await checkAt('away', 'ada', '/', 'status-away');
    await checkAt('away', null, '/', 'status-away-nobody');
    const shrunk = await visit('shrunk', 'ada', '/');
    await press(shrunk, 'Pull now');
    await ended(shrunk, /./);
    await shrunk.getByText('Should these events really go?').waitFor({ timeout: 60000 });
    await check(shrunk, 'job-deletions', await again(shrunk));
    await shrunk.getByRole('link', { name: /^Remove these \d+ events$/ }).click();
    await check(shrunk, 'pull-confirm', await again(shrunk));
    await checkAt('shrunk', 'ada', '/', 'status-deletions');
    assert.match(await shrunk.locator('.lead').textContent(), /confirm it when the pull asks/);
    await checkAt('shrunk', null, '/login?next=/events', 'login-private');
    const full = await visit('full', 'ada', '/');
    await repos.full.commit(Object.fromEntries(Object.entries(sampleEvents()).slice(0, 4).map(([name, text], i) => [name, i ? text.replace(/Records|the/g, 'some') : null])));
    await press(full, 'Check now');
    await full.waitForURL(service.url('full', '/'), { timeout: 60000 });
    await checkAt('full', 'ada', '/', 'status-behind');
    await press(full, 'See what a pull would do');
    await full.waitForURL(/plan\/\d+$/, { timeout: 60000 });
    await check(full, 'plan', await again(full));
    await visit('full', 'ada', '/');
    await press(full, 'Pull now');
    await full.waitForURL(service.url('full', '/'), { timeout: 60000 });
    await checkAt('full', null, '/jobs/1', 'job-done');
  });

  it('is good: another repository, before it is followed', async () => {
    const page = await visit('full', 'ada', '/settings');
    await page.getByRole('textbox', { name: 'Repository' }).fill(server.url('people/shrunk'));
    await press(page, 'See what differs');
    await page.waitForURL(/compare\/\d+$/, { timeout: 60000 });
    await check(page, 'compare', await again(page));
    await page.getByRole('link', { name: 'Stay' }).click();
    await page.getByRole('textbox', { name: 'Repository' }).fill(server.url('people/absent'));
    await press(page, 'See what differs');
    await ended(page, 'The repositories could not be compared');
    await check(page, 'compare-failed', await again(page));
  });

  it('lets somebody choose a few of many', async () => {
    const page = await visit('many', 'ada', '/pull-requests/new');
    const chosen = () => page.locator('input[name=events]:checked').count();
    assert.equal(await chosen(), 500);
    await page.getByRole('link', { name: 'Choose none, then a few' }).click();
    assert.equal(await chosen(), 0);
    await page.getByRole('checkbox', { name: /1503-03-04/ }).check();
    await press(page, 'Preview');
    await page.waitForURL(/preview\/\d+$/, { timeout: 60000 });
    assert.equal(await page.locator('h1').textContent(), 'This sends 1 event');
    assert.match(await page.locator('main').textContent(), /Add 1 researched event \(1503-03-04\)/);
  });

  it('keeps its shapes where the system forces the colours', async () => {
    const page = await browser.newPage({ forcedColors: 'active' });
    await page.goto(service.url('full', '/'));
    for (const name of ['h1', '.state']) {
      const kept = await page.locator(name).first().evaluate((one) => getComputedStyle(one, '::before').forcedColorAdjust);
      assert.equal(kept, 'none', name);
    }
    const [here, other] = await page.locator('header nav a').evaluateAll((links) => links.map((one) => getComputedStyle(one).borderBottomWidth));
    assert.notEqual(here, other);
    await page.context().close();
  });
});
