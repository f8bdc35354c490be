// The queue of review in a browser, with scripts and without: what waits longest comes first, a verdict leads to the next one,
// a reservation is seen by others, what changed meanwhile is not judged unseen, and several are judged at once.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { screenshot, startBrowser } from './lib/browser.js';
import { createAuthority } from './lib/ca.js';
import { execute, query } from './lib/database.js';
import { asMarkdown, EVENTS, sampleEvents, SAMPLE_IDS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { addAccount, signedIn, Visitor } from './lib/session.js';
import { startService } from './lib/tideline.js';

const newEvent = (n, title, more = {}) => ({ id: `2031-05-${n}--event-${n}`, date: `2031-05-${n}`, title, importance: 5, tags: ['records'],
  actors: ['Records Office'], summary: `What happened on the ${n}th, told in more than a few words.`,
  sources: [{ title: 'Notice', url: 'https://archive.example.org/notice', date: `2031-05-${n}` }], ...more });
const idOf = (n) => `2031-05-${n}--event-${n}`;
const EDITED = SAMPLE_IDS[0];
const REMOVED = SAMPLE_IDS[1];

describe('review on pages', { timeout: 300000 }, () => {
  let service;
  let browser;
  let password;

  before(async () => {
    const repo = await createBareRepo({ files: sampleEvents() });
    const tenants = {};
    for (const name of ['scripted', 'plain', 'forms', 'empty']) {
      tenants[name] = { TIMELINE_REPO_URL: repo.folder, AUTO_PULL_ON_START: 'false', TIMELINE_PUBLIC: String(name !== 'forms') };
    }
    service = await startService({ authority: await createAuthority(), tenants });
    for (const name of Object.keys(tenants)) {
      for (const who of ['ada', 'bob']) password = await addAccount(service, name, who, 'editor', password);
      await addAccount(service, name, 'vic', 'viewer', password);
      await must(name, 'git-pull');
      if (name !== 'empty') await fill(name);
    }
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.stop();
    await service?.stop();
  });

  async function must(tenant, ...args) {
    const { code, json, stdout, stderr } = await service.cli(tenant, ...args);
    assert.equal(code, 0, `${args.filter((one) => typeof one === 'string').join(' ')}: ${stdout}${stderr}`);
    return json;
  }
  const add = (tenant, event) => must(tenant, 'event', 'add', '-', { input: JSON.stringify(event) });
  const database = (tenant) => path.join(service.state, tenant, 'db', 'timeline.db');
  /** As another program writes. */
  const retitle = (tenant, id, title) => execute(database(tenant),
    `UPDATE timeline_events SET json_content = json_set(json_content, '$.title', '${title}') WHERE id = '${id}'`);
  const show = (tenant, id) => must(tenant, 'event', 'show', id);

  /** An edit, a removal, and six new events, in this order. */
  async function fill(tenant) {
    await retitle(tenant, EDITED, 'The canal is open');
    await must(tenant, 'event', 'list');
    await execute(database(tenant), `DELETE FROM timeline_events WHERE id = '${REMOVED}'`);
    await must(tenant, 'event', 'list');
    for (let n = 11; n <= 16; n++) await add(tenant, newEvent(n, `New thing <${n}>`, n === 13 ? { sources: [] } : {}));
    await must(tenant, 'event', 'validate', idOf(13), '--status', 'pending', '--notes', 'Which office said so?\nName it.');
  }

  async function open(tenant, who, { javaScript = true } = {}) {
    const page = await browser.newPage({ javaScript });
    if (!who) return page;
    await page.goto(service.url(tenant, '/login'));
    await page.getByLabel('Name').fill(who);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(service.url(tenant, '/'));
    return page;
  }

  async function look(page, name) {
    for (const [size, scheme, viewport] of [['wide', 'light', { width: 1280, height: 900 }], ['narrow', 'dark', { width: 360, height: 700 }]]) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize(viewport);
      await screenshot(page, `${name}-${size}-${scheme}`, { fullPage: true });
      assert.equal(await page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - window.innerWidth)), 0, `${name} ${size} scrolls sideways`);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1280, height: 900 });
  }

  for (const tenant of ['scripted', 'plain']) {
    it(`leads from the status page through the queue (${tenant})`, async () => {
      const page = await open(tenant, 'ada', { javaScript: tenant === 'scripted' });
      const heading = () => page.locator('h1').textContent();
      await page.getByRole('link', { name: /^8 draft$/ }).click();
      assert.equal(await heading(), '8 events wait for review');
      assert.equal(new URL(page.url()).pathname, '/validation');
      const rows = await page.locator('.queue li').allTextContents();
      assert.deepEqual(rows.map((row) => row.match(/The canal is open|New thing <\d+>|Louvre/)?.[0]),
        ['The canal is open', 'Louvre', ...[11, 12, 13, 14, 15, 16].map((n) => `New thing <${n}>`)]);
      assert.match(rows[4], /Sent back: Which office said so\?/);
      await look(page, `review-queue-${tenant}`);

      await page.getByRole('link', { name: /Review The canal/ }).click();
      assert.equal(await heading(), 'The canal is open');
      await page.getByRole('button', { name: 'Reserve it for an hour' }).click();
      assert.match(await page.locator('main').textContent(), /You have reserved this until \d\d:\d\d UTC/);
      assert.match(await page.locator('.flash').textContent(), /Reserved for you for an hour/);
      await look(page, `review-event-${tenant}`);
      const bob = await open(tenant, 'bob', { javaScript: tenant === 'scripted' });
      await bob.goto(page.url());
      assert.match(await bob.locator('main').textContent(), /ada has reserved this until/);
      await bob.goto(service.url(tenant, '/validation?free=true'));
      assert.equal(await bob.locator('h1').textContent(), '7 events wait for review');

      await page.getByLabel('Score', { exact: true }).fill('8,5');
      await page.getByLabel('Notes', { exact: true }).fill('Read in two papers');
      await page.getByRole('button', { name: 'Validate', exact: true }).click();
      assert.match(await page.locator('.flash').textContent(), /“The canal is open” is validated, score 8.5\./);
      assert.match(await heading(), /Louvre/, 'the next one');
      assert.match(await page.locator('main').textContent(), /marked as removed[^]*takes its file out of the repository/);
      await look(page, `review-removal-${tenant}`);
      const canal = await show(tenant, EDITED);
      assert.deepEqual([canal.state, canal.validation.score, canal.validation.notes, canal.reservation], ['validated', 8.5, 'Read in two papers', null]);
      assert.deepEqual([canal.verdicts[0].author, canal.verdicts[0].status], ['ada', 'validated']);
      await page.getByRole('link', { name: 'Back to the one you judged last' }).click();
      assert.equal(await heading(), 'The canal is open');
      assert.match(await page.locator('#verdicts + ol').textContent(), /validated[^]*by ada[^]*Read in two papers/);
      await page.goBack();

      await page.getByRole('button', { name: 'Reject' }).click();
      assert.match(await page.locator('.errors').textContent(), /Say why the event is rejected/);
      await page.getByLabel('Score', { exact: true }).fill('7');
      await page.getByLabel('Notes', { exact: true }).fill('It did happen');
      await look(page, `review-errors-${tenant}`);
      await page.getByRole('button', { name: 'Reject' }).click();
      assert.match(await page.locator('.flash').textContent(), /The removal of “.*Louvre.*” is rejected\./);
      const kept = await show(tenant, REMOVED);
      assert.deepEqual([kept.state, kept.change, kept.validation.score], ['rejected', 'removed', null]);

      assert.equal(await heading(), 'New thing <11>');
      await page.getByRole('button', { name: 'Send back' }).click();
      assert.match(await page.locator('.errors').textContent(), /Say what is to be mended/);
      await page.getByLabel('Notes', { exact: true }).fill('A second source, please');
      await page.getByRole('button', { name: 'Send back' }).click();
      assert.equal(await heading(), 'New thing <12>');
      await page.goto(service.url(tenant, '/validation'));
      assert.equal(await heading(), '6 events wait for review');
      assert.match((await page.locator('.queue li').allTextContents())[0], /New thing <11>[^]*Sent back: A second source, please/);
    });

    it(`does not judge what changed meanwhile, and keeps what was typed (${tenant})`, async () => {
      const page = await open(tenant, 'ada', { javaScript: tenant === 'scripted' });
      await page.goto(service.url(tenant, `/validation/${idOf(12)}`));
      await page.getByLabel('Score', { exact: true }).fill('9');
      await page.getByLabel('Notes', { exact: true }).fill('As I read it');
      await retitle(tenant, idOf(12), 'Another thing altogether');
      await page.getByRole('button', { name: 'Validate', exact: true }).click();
      assert.match(await page.locator('.errors').textContent(), /changed while you looked at it/);
      assert.equal(await page.locator('h1').textContent(), 'Another thing altogether');
      assert.deepEqual([await page.getByLabel('Score', { exact: true }).inputValue(), await page.getByLabel('Notes', { exact: true }).inputValue()], ['9', 'As I read it']);
      assert.equal((await show(tenant, idOf(12))).state, 'draft');
      await look(page, `review-stale-${tenant}`);
      await page.getByRole('button', { name: 'Validate', exact: true }).click();
      assert.match(await page.locator('.flash').textContent(), /“Another thing altogether” is validated, score 9\./);
      assert.equal(await page.locator('h1').textContent(), '5 events wait for review', 'it waited anew, so it was the last');
    });

    it(`judges several at once, and asks before (${tenant})`, async () => {
      const page = await open(tenant, 'ada', { javaScript: tenant === 'scripted' });
      await page.goto(service.url(tenant, '/validation?change=added'));
      await page.getByRole('button', { name: 'Validate the chosen ones' }).click();
      assert.match(await page.locator('.errors').textContent(), /Choose at least one event/);
      for (const n of [13, 14, 15]) await page.getByRole('checkbox', { name: new RegExp(`<${n}>`) }).check();
      await page.getByLabel('Score', { exact: true }).fill('much');
      await page.getByRole('button', { name: 'Validate the chosen ones' }).click();
      assert.match(await page.locator('.errors').textContent(), /number from 0 to 10/);
      assert.equal(await page.locator('.queue input:checked').count(), 3, 'what was chosen stays so');
      assert.equal(await page.locator('h1').textContent(), '5 new events wait for review', 'on the same page of the list');
      await look(page, `review-many-errors-${tenant}`);
      await page.getByLabel('Score', { exact: true }).fill('7.5');
      await page.getByRole('button', { name: 'Validate the chosen ones' }).click();
      assert.equal(await page.locator('h1').textContent(), 'Validate 3 events?');
      assert.equal((await show(tenant, idOf(14))).state, 'draft');
      await look(page, `review-many-${tenant}`);
      await retitle(tenant, idOf(15), 'Changed at the last moment');
      await page.getByRole('button', { name: 'Validate 3 events' }).click();
      assert.equal(await page.locator('h1').textContent(), '2 events were validated, 1 not');
      assert.match(await page.locator('main dl').textContent(), /2031-05-15--event-15\s*The event .* is at revision 2 by now/);
      await look(page, `review-report-${tenant}`);
      assert.deepEqual([(await show(tenant, idOf(14))).validation.score, (await show(tenant, idOf(15))).state], [7.5, 'draft']);
      await page.getByRole('link', { name: 'Back to the queue' }).click();
      for (const box of await page.getByRole('checkbox').all()) await box.check();
      await page.getByLabel('Notes', { exact: true }).fill('None of these happened');
      await page.getByRole('button', { name: 'Reject them' }).click();
      assert.equal(await page.locator('h1').textContent(), 'Reject 3 events?');
      await page.getByRole('button', { name: 'Reject 3 events' }).click();
      assert.match(await page.locator('.flash').textContent(), /3 events were rejected\./);
      assert.equal(await page.locator('h1').textContent(), 'Nothing waits for review');
      await look(page, `review-empty-${tenant}`);
    });
  }

  it('is read by whoever may read, and acts for editors alone', async () => {
    const nobody = await new Visitor(service, 'empty').get('/validation');
    assert.match(nobody.text, /<h1>Nothing waits for review<\/h1>[^]*come to this page/);
    const viewer = await signedIn(service, 'forms', { name: 'viewer', role: 'viewer' });
    for (const address of ['/validation', `/validation/${idOf(11)}`]) {
      const { status, text } = await viewer.get(address);
      assert.equal(status, 200);
      assert.doesNotMatch(text.replace(/<header[^]*?<\/header>/, ''), /<form|<input|<button/, address);
    }
    assert.equal((await viewer.post('/validation', { events: `1:${idOf(11)}`, status: 'validated', sure: '1' })).status, 403);
    assert.equal((await viewer.post(`/validation/${idOf(11)}`, { status: 'validated' })).status, 403);
    assert.match((await new Visitor(service, 'plain').get('/')).text, /href="\/validation"/);
  });

  it('says of events in other states why there is nothing to decide', async () => {
    const ada = await signedIn(service, 'forms', { name: 'eve' });
    for (const [id, text] of [[SAMPLE_IDS[3], /It is as the repository has it/], ['none', /There is no event none/]]) {
      const answer = await ada.get(`/validation/${id}`);
      assert.match(answer.text, text);
      assert.doesNotMatch(answer.text, /name="status"/);
    }
  });

  it('takes over what somebody else has reserved when that is said', async () => {
    const [eve, max] = [await signedIn(service, 'forms', { name: 'eve2' }), await signedIn(service, 'forms', { name: 'max' })];
    const here = `/validation/${idOf(11)}`;
    await eve.follow(await eve.post(`${here}/reserve`));
    assert.match((await max.follow(await max.post(`${here}/reserve`))).text, /Somebody else has just reserved it/);
    assert.match((await max.follow(await max.post(`${here}/release`))).text, /Somebody else has it by now/);
    assert.match((await max.get(here)).text, /name="take_over" value="1"[^]*eve2 has reserved this until[^]*Take it over/);
    assert.match((await max.follow(await max.post(`${here}/reserve`, { take_over: '1' }))).text, /You have reserved this/);
    assert.match((await max.follow(await max.post(`${here}/release`))).text, /Released\.[^]*Reserve it for an hour/);
    const [row] = await query(database('forms'), `SELECT validation_status, reserved_by, reserved_at FROM event_metadata WHERE event_id = '${idOf(11)}'`);
    assert.deepEqual(row, { validation_status: 'pending', reserved_by: null, reserved_at: null });
    assert.equal((await eve.post('/validation/none/reserve')).status, 404);
    for (const n of [14, 15, 16]) await must('forms', 'event', 'validate', idOf(n), '--status', 'pending', '--notes', 'é'.repeat(4096));
    for (const address of ['/validation', `/validation/${idOf(14)}`]) {
      const { text } = await max.get(address);
      assert.ok(/é…/.test(text) && Buffer.byteLength(text) < 30 * 1024, `${address}: ${Buffer.byteLength(text)} bytes`);
    }
  });

  it('refuses what no form of ours sends, in words, and changes nothing', async () => {
    const eve = await signedIn(service, 'forms', { name: 'eve3' });
    const state = () => query(database('forms'), 'SELECT id, state, revision FROM tl_event ORDER BY id');
    const old = await state();
    const chosen = `1:${idOf(11)}`;
    const wrong = [['/validation', { events: idOf(11), status: 'validated' }, 400], ['/validation', { events: '1:', status: 'validated' }, 400],
      ['/validation', { events: `0:${idOf(11)}`, status: 'validated' }, 400], ['/validation', { events: `-1:${idOf(11)}`, status: 'validated' }, 400],
      ['/validation', { events: `99999999999999999999:${idOf(11)}`, status: 'validated' }, 400], ['/validation', { events: chosen, status: ['validated', 'rejected'] }, 400],
      ['/validation', { events: chosen, status: 'fine', sure: '1' }, 422], ['/validation', { events: chosen, sure: '1' }, 422],
      ['/validation', { events: chosen, status: 'rejected', notes: ' \r\n', sure: '1' }, 422], ['/validation', { events: chosen, status: 'validated', score: '11', sure: '1' }, 422],
      ['/validation', { events: chosen, status: 'validated', score: '1e1', sure: '1' }, 422], ['/validation', { events: chosen, status: 'validated', score: '0x5', sure: '1' }, 422],
      ['/validation', { events: chosen, status: 'validated', score: 'nan', sure: '1' }, 422], ['/validation', { events: chosen, status: 'validated', score: '1 2', sure: '1' }, 422],
      ['/validation', { status: 'rejected', notes: 'x', sure: '1' }, 422], ['/validation', { events: chosen, status: 'validated', cursor: 'zz', score: 'x' }, 400],
      [`/validation/${idOf(11)}`, { status: 'validated', revision: 'x' }, 400], [`/validation/${idOf(11)}`, { status: 'validated', revision: '1:2' }, 400],
      [`/validation/${idOf(11)}`, { status: '' }, 422], [`/validation/${idOf(11)}`, { status: 'validated', notes: 'x'.repeat(9000) }, 422],
      [`/validation/${idOf(11)}`, { status: 'validated', revision: '2' }, 412], ['/validation/none', { status: 'validated' }, 404]];
    for (const [address, fields, status] of wrong) {
      const answer = await eve.post(address, fields);
      assert.equal(answer.status, status, `${address} ${JSON.stringify(fields).slice(0, 100)}: ${answer.text}`);
      assert.match(answer.text, /<h1/);
    }
    assert.deepEqual(await state(), old);
    for (const address of ['/validation?change=none', '/validation?cursor=zz', `/validation?cursor=${'f'.repeat(24)}`]) assert.equal((await eve.get(address)).status, 400, address);
    const typed = await eve.post(`/validation/${idOf(11)}`, { status: 'rejected', score: '"><b>', notes: '' });
    assert.match(typed.text, /value="&quot;&gt;&lt;b&gt;"/);
    assert.match((await eve.get(`/validation/${idOf(12)}?after=${encodeURIComponent('"><b>//evil')}`)).text, /href="\/validation\/%22%3E%3Cb%3E%2F%2Fevil"/);
  });
});
