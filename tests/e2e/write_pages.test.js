// Writing events in a browser, with scripts and without: from an empty form to a saved draft, a change that somebody else made
// meanwhile, earlier versions, removing and bringing back. Then what every field does with what nobody means, hostile contents on
// every page, and that a form which nobody touched changes nothing, whatever the event holds.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { HtmlValidate } from 'html-validate';
import { screenshot, startBrowser } from './lib/browser.js';
import { createAuthority } from './lib/ca.js';
import { corpus } from './lib/corpus.js';
import { execute, query } from './lib/database.js';
import { sampleEvents, SAMPLE_IDS } from './lib/fixtures.js';
import { cloneBareRepo, createBareRepo } from './lib/git.js';
import { waitUntil } from './lib/net.js';
import { addAccount, formBody, signedIn } from './lib/session.js';
import { startService } from './lib/tideline.js';

const bundle = corpus();
const [LISBON, LOUVRE, CABLE, CANAL, METRE] = SAMPLE_IDS;
const validator = new HtmlValidate({ extends: ['html-validate:recommended'], rules: { 'long-title': 'off', 'no-trailing-whitespace': 'off',
  'attribute-boolean-style': 'off', 'void-style': 'off', 'meta-refresh': 'off',
  'form-dup-name': ['error', { shared: ['checkbox', 'radio', 'submit'] }] } });
const EVIL = `"><script>alert(1)</script><b>'&amp;`;

/** The fields of the form of a page as a browser would send them, as a map of names. */
function fieldsOf(html) {
  const decode = (text) => text.replace(/&(#(\d+)|#x([0-9a-f]+)|\w+);/gi, (all, name, dec, hex) => {
    if (dec ?? hex) return String.fromCodePoint(Number.parseInt(dec ?? hex, dec ? 10 : 16));
    return { amp: '&', lt: '<', gt: '>', quot: '"' }[name] ?? assert.fail(all);
  });
  const form = html.match(/<form class="form"[^]*?<\/form>/)[0];
  const fields = new Map();
  for (const [, attributes] of form.matchAll(/<input([^>]*)>/g)) {
    const get = (name) => attributes.match(new RegExp(`\\s${name}="([^"]*)"`))?.[1];
    if (get('type') === 'checkbox') continue;
    const value = decode(get('value') ?? '');
    fields.set(get('name'), get('type') === 'text' ? value.replaceAll(/[\r\n]/g, '') : value);
  }
  for (const [, name, text] of form.matchAll(/<textarea[^>]*\sname="([^"]+)"[^>]*>\n?([^]*?)<\/textarea>/g)) fields.set(name, decode(text));
  for (const [name, value] of fields) fields.set(name, value.replaceAll(/\r\n|\r|\n/g, '\r\n'));
  return fields;
}

describe('writing events on pages', { timeout: 900000 }, () => {
  let authority;
  let service;
  let browser;
  let password;

  before(async () => {
    authority = await createAuthority();
    const tenants = {};
    for (const name of ['scripted', 'plain', 'forms', 'corpus']) {
      const repo = name === 'corpus' && bundle ? await cloneBareRepo(bundle) : await createBareRepo({ files: sampleEvents() });
      tenants[name] = { TIMELINE_REPO_URL: repo.folder, AUTO_PULL_ON_START: 'false', INSTANCE_NAME: `The ${name} timeline`, TIMELINE_PUBLIC: 'true' };
    }
    service = await startService({ authority, tenants, webWorkers: 2 });
    for (const name of Object.keys(tenants)) {
      assert.equal((await service.cli(name, 'git-pull')).code, 0);
      password = await addAccount(service, name, 'ada', 'editor', password);
      await addAccount(service, name, 'bob', 'editor', password);
    }
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.stop();
    await service?.stop();
  });

  const show = async (tenant, id) => (await service.cli(tenant, 'event', 'show', id)).json;
  const database = (tenant) => path.join(service.state, tenant, 'db', 'timeline.db');

  async function signIn(tenant, name, options) {
    const page = await browser.newPage(options);
    await page.goto(service.url(tenant, '/login'));
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(service.url(tenant, '/'));
    return page;
  }

  const heading = (page) => page.locator('h1').textContent();
  const press = async (page, name) => {
    await page.getByRole('button', { name, exact: true }).click();
    await page.waitForLoadState();
  };

  for (const javaScript of [true, false]) {
    const tenant = javaScript ? 'scripted' : 'plain';

    it(`goes all the way in a browser ${javaScript ? 'with' : 'without'} scripts`, async () => {
      const page = await signIn(tenant, 'ada', { javaScript });
      const url = (address) => service.url(tenant, address);

      // A new event: an error that is mended, one more source, a preview, and back to the form.
      await page.goto(url('/events'));
      await page.getByRole('link', { name: 'New event' }).click();
      await page.getByLabel('Title').first().fill('The Eiffel Tower Is Opened');
      await page.getByLabel('Summary').fill('A tower of iron,\n\nfor twenty years.\n');
      await press(page, 'Preview');
      await page.locator('.errors', { hasText: 'Give the event a date' }).waitFor();
      assert.equal(await page.getByLabel('Summary').inputValue(), 'A tower of iron,\n\nfor twenty years.\n');
      await page.locator('.errors a').click();
      await page.getByLabel('Date').first().fill('1889-03-31');
      await page.getByLabel('Importance').fill('8');
      await page.getByLabel('Status').fill('confirmed');
      await page.getByLabel('Actors').fill('Gustave Eiffel\n\n Maurice Koechlin ');
      await page.getByLabel('Tags').fill('towers\nparis\niron');
      await page.locator('#source_1_title').fill('The opening');
      await page.locator('#source_1_url').fill('https://archive.example.org/eiffel');
      await page.locator('#source_1_outlet').fill('The Archive');
      await page.locator('#source_2_title').fill('Suez again');
      await page.locator('#source_2_url').fill('https://archive.example.org/suez/opening');
      await press(page, 'Add another source');
      assert.match(page.url(), /#source_3_title$/);
      await page.locator('#source_3_title').fill('A third one');
      await page.locator('#source_3_date').fill('1889');
      await press(page, 'Preview');
      assert.equal(await heading(page), 'Save this event?');
      const preview = await page.locator('main').textContent();
      for (const part of ['The Eiffel Tower Is Opened', '1889-03-31--the-eiffel-tower-is-opened', 'made from date and title', 'Automatic score',
        'An event like this is here already', 'has a source at the same address', 'Maurice Koechlin', '3 sources']) assert.ok(preview.includes(part), part);
      assert.equal((await query(database(tenant), "SELECT count(*) AS n FROM timeline_events WHERE date = '1889-03-31'"))[0].n, 0);
      await press(page, 'Keep editing');
      assert.equal(await page.locator('#source_3_date').inputValue(), '1889');
      await press(page, 'Preview');
      await press(page, 'Save');
      const eiffel = '1889-03-31--the-eiffel-tower-is-opened';
      assert.equal(page.url(), url(`/events/${eiffel}`));
      assert.match(await page.locator('.flash').textContent(), /Saved as a draft\. It waits for review\./);
      assert.deepEqual((await show(tenant, eiffel)).event, { id: eiffel, date: '1889-03-31', title: 'The Eiffel Tower Is Opened', importance: 8, status: 'confirmed',
        tags: ['towers', 'paris', 'iron'], actors: ['Gustave Eiffel', 'Maurice Koechlin'], summary: 'A tower of iron,\n\nfor twenty years.\n',
        sources: [{ title: 'The opening', url: 'https://archive.example.org/eiffel', outlet: 'The Archive' },
          { title: 'Suez again', url: 'https://archive.example.org/suez/opening' }, { title: 'A third one', date: '1889' }] });

      // Edited: the preview says what changes, and keys without a field survive.
      const old = (await show(tenant, CANAL)).event;
      await page.goto(url(`/events/${CANAL}`));
      await page.getByRole('link', { name: 'Edit', exact: true }).click();
      await page.getByLabel('Summary').fill((await page.getByLabel('Summary').inputValue()).replace('ten years', 'eleven years'));
      await page.locator('#source_1_title').fill('The opening of the canal');
      await page.getByLabel('Tags').fill('infrastructure\ntrade\nships');
      await press(page, 'Preview');
      assert.equal(await heading(page), 'Save these changes?');
      assert.equal(await page.locator('.diff ins', { hasText: 'eleven' }).count(), 1);
      assert.match(await page.locator('#changes ~ *', { hasText: 'Tags' }).textContent(), /added ships[^]*removed egypt/);
      await press(page, 'Save');
      assert.match(await page.locator('.flash').textContent(), /Saved\. It is a draft now and waits for review\./);
      assert.match(await page.locator('main').textContent(), /Difference to the repository/);
      const edited = (await show(tenant, CANAL)).event;
      assert.deepEqual(edited.sources, [{ ...old.sources[0], title: 'The opening of the canal' }, old.sources[1]]);
      assert.deepEqual(Object.keys(edited), Object.keys(old));

      // Somebody else saves meanwhile: both versions are shown, put together, and saved.
      const other = await signIn(tenant, 'bob', { javaScript });
      await other.goto(url(`/events/${CANAL}/edit`));
      await page.goto(url(`/events/${CANAL}/edit`));
      await other.getByLabel('Importance').fill('10');
      await other.getByLabel('Title').first().fill('The Suez Canal Opens');
      await press(other, 'Save');
      await page.getByLabel('Status').fill('verified');
      await page.getByLabel('Title').first().fill('The Canal Opens');
      await press(page, 'Save');
      assert.equal(await heading(page), 'Somebody saved this event before you');
      const stale = await page.locator('main').textContent();
      assert.match(stale, /bob saved it/);
      assert.match(stale, /changed by both\s+Title[^]*The Suez Canal Opens[^]*The Canal Opens/);
      assert.match(stale, /changed by them\s+Importance/);
      assert.match(stale, /changed by you\s+Status/);
      assert.equal((await show(tenant, CANAL)).event.title, 'The Suez Canal Opens');
      await press(page, 'Put both together');
      assert.equal(await page.getByLabel('Importance').inputValue(), '10');
      assert.equal(await page.getByLabel('Status').inputValue(), 'verified');
      assert.equal(await page.getByLabel('Title').first().inputValue(), 'The Canal Opens');
      assert.match(await page.locator('.lead').textContent(), /but for Title: there it holds yours/);
      await press(page, 'Save');
      let now = (await show(tenant, CANAL)).event;
      assert.deepEqual([now.importance, now.status, now.title, now.sources], [10, 'verified', 'The Canal Opens', edited.sources]);

      // Once more, and mine on top of theirs.
      await other.goto(url(`/events/${CANAL}/edit`));
      await page.goto(url(`/events/${CANAL}/edit`));
      await other.getByLabel('Importance').fill('1');
      await press(other, 'Save');
      await page.getByLabel('Status').fill('confirmed');
      await press(page, 'Save');
      await press(page, 'Keep editing mine');
      assert.equal(await page.getByLabel('Status').inputValue(), 'confirmed');
      await press(page, 'Save');
      await press(page, 'Save mine on top of theirs');
      now = (await show(tenant, CANAL)).event;
      assert.deepEqual([now.importance, now.status], [10, 'confirmed']);

      // What became of it, and the version of the repository brought back.
      await page.getByRole('link', { name: 'All versions' }).click();
      const history = await page.locator('main').textContent();
      assert.match(history, /Version 1: imported from the repository/);
      assert.match(history, /bob, /);
      await page.getByRole('link', { name: 'Version 1', exact: true }).click();
      await press(page, 'Restore this version');
      assert.match(await page.locator('.flash').textContent(), /Version 1 is back\./);
      assert.deepEqual((await show(tenant, CANAL)).event, old);

      // Removed: what is in the repository waits, and comes back.
      await page.getByRole('link', { name: 'Remove' }).click();
      assert.match(await page.locator('main').textContent(), /It is in the repository[^]*suez-canal-opens\.md/);
      await press(page, 'Remove it');
      assert.match(await page.locator('main').textContent(), /This event is marked as removed/);
      assert.equal((await show(tenant, CANAL)).change, 'removed');
      await press(page, 'Bring it back');
      assert.deepEqual((await show(tenant, CANAL)).event, old);
      assert.notEqual((await show(tenant, CANAL)).change, 'removed');

      // What was only here is gone, and its history stays.
      await page.goto(url(`/events/${eiffel}/delete`));
      await press(page, 'Remove it');
      assert.equal(page.url(), url(`/events/${eiffel}/history`));
      const gone = await page.goto(url(`/events/${eiffel}`));
      assert.equal(gone.status(), 404);
      assert.equal(await heading(page), 'This event is gone');
      await page.getByRole('link', { name: 'See its history' }).click();
      await page.getByRole('link', { name: /^Version/ }).last().click();
      await press(page, 'Bring this version back');
      assert.equal((await show(tenant, eiffel)).event.title, 'The Eiffel Tower Is Opened');

      // A page that is left before its picture came, and answers that say what is wrong, are no problems.
      const problems = [...page.problems, ...other.problems].filter((text) => !/status of 4\d\d|net::ERR_ABORTED$/.test(text));
      assert.deepEqual(problems, []);
      await screenshot(page, `restored-${tenant}`);
      await page.context().close();
      await other.context().close();
    });
  }

  /** A visitor who sends forms as they stand on the page, with some fields typed into. */
  async function visitor(tenant, name = 'cleo') {
    const one = await signedIn(service, tenant, { name });
    one.send = async (address, typing = {}, button = 'save', follow = true) => {
      const page = await one.get(address);
      assert.equal(page.status, 200, `${address}\n${page.text}`);
      const fields = fieldsOf(page.text);
      for (const [key, value] of Object.entries(typing)) fields.set(key, value);
      fields.set('do', button);
      const { status, headers, text } = await one.post(address.replace(/\?.*/, ''), [...fields].filter(([key]) => key !== 'csrf'), { csrf: fields.get('csrf') });
      if (status !== 303 || !follow) return { status, text };
      return { status, location: headers.location, text: (await one.follow({ status, headers })).text };
    };
    return one;
  }

  const isValid = async (text, what) => {
    const report = await validator.validateString(text);
    assert.deepEqual(report.results.flatMap(({ messages }) => messages.map((m) => `${m.ruleId} ${m.line}: ${m.message}`)), [], what);
    assert.doesNotMatch(text, /<style|\sstyle=|<script(?! src="\/static\/)|\son\w+="/, what);
  };

  it('changes nothing by a form that nobody touched', async () => {
    const one = await visitor('corpus');
    const events = await query(database('corpus'), 'SELECT id FROM timeline_events ORDER BY id');
    const contents = () => query(database('corpus'), 'SELECT id, json_content FROM timeline_events ORDER BY id');
    const old = await contents();
    let raw = 0;
    for (const [i, { id }] of events.entries()) {
      const address = `/events/${encodeURIComponent(id)}/edit${i % 10 ? '' : '?raw=1'}`;
      raw += Number(address.endsWith('raw=1'));
      const { status, text } = await one.send(address, {}, 'save', i % 50 === 0);
      assert.equal(status, 303, `${id}\n${text}`);
      if (i % 50 === 0) assert.match(text, /Nothing was changed: the event is what it was already\./, id);
    }
    assert.deepEqual(await contents(), old);
    assert.ok(raw >= (bundle ? 100 : 1));
    assert.equal((await query(database('corpus'), 'SELECT count(*) AS n FROM timeline_events WHERE id IN (SELECT event_id FROM tl_revision WHERE revision > 1)'))[0].n, 0);
  });

  it('says beside each field what is wrong with it, and keeps what was typed', async () => {
    const one = await visitor('forms', 'dora');
    const good = { date: '2031-05-17', title: 'A day' };
    const rows = [
      ['/events/new', {}, /href="#date">Give the event a date[^]*href="#title">Give the event a title/],
      ['/events/new', { ...good, date: ' ' }, /href="#date"/],
      ['/events/new', { ...good, importance: 'high' }, /href="#importance">The importance must be a whole number/],
      ['/events/new', { ...good, id: 'not an id' }, /href="#id"/],
      ['/events/new', { ...good, id: CANAL }, /href="#id"/],
      ['/events/new', { ...good, date: 'some day' }, /href="#(id|date)"/],
      ['/events/new', { ...good, title: 'rtl \u202e' }, /role="alert"/],
      ['/events/new', { ...good, more: '{"a": 1,\n"b": }' }, /href="#more">The JSON is not valid at line 2/],
      ['/events/new', { ...good, more: '[1]' }, /href="#more"/],
      ['/events/new', { ...good, more: '{"title": "again"}' }, /href="#more">“title” has a field of its own/],
      ['/events/new?raw=1', {}, /role="alert"/],
      ['/events/new?raw=1', { whole: '{"date": "2031-05-17",\n\n"title" "x"}' }, /href="#whole">The JSON is not valid at line 3/],
      ['/events/new?raw=1', { whole: '---\ntitle: never closed\n' }, /href="#whole"/],
      [`/events/${CANAL}/edit`, { title: '' }, /href="#title"/],
      [`/events/${CANAL}/edit`, { title: 'x'.repeat(5000) }, /role="alert"/],
      [`/events/${CANAL}/edit?raw=1`, { whole: '{}' }, /role="alert"/],
      [`/events/${CANAL}/edit?raw=1`, { whole: JSON.stringify({ id: 'other', date: '1869-11-17', title: 'T' }) }, /role="alert"/],
    ];
    const old = await query(database('forms'), 'SELECT id, json_content FROM timeline_events ORDER BY id');
    for (const [address, typing, expected] of rows) {
      for (const button of ['save', 'preview']) {
        const what = `${address} ${JSON.stringify(typing).slice(0, 100)} ${button}`;
        const { status, text } = await one.send(address, typing, button);
        if (button === 'preview' && status === 200 && typing.id === CANAL) continue; // shown as a duplicate
        assert.ok([409, 422].includes(status), `${what}: ${status}\n${text}`);
        assert.match(text, expected, what);
        await isValid(text, what);
        for (const [name, value] of Object.entries(typing)) assert.equal(fieldsOf(text).get(name), value.replaceAll('\n', '\r\n'), `${what}: ${name}`);
      }
    }
    assert.deepEqual(await query(database('forms'), 'SELECT id, json_content FROM timeline_events ORDER BY id'), old);
  });

  it('refuses forms that no page made', async () => {
    const one = await visitor('forms', 'emil');
    const csrf = await one.csrf();
    const edit = `/events/${METRE}/edit`;
    const rows = [
      [edit, { do: 'save', title: 'x' }, 400], [edit, { do: 'save', revision: '0', title: 'x' }, 400], [edit, { do: 'save', revision: 'x', title: 'x' }, 400],
      [edit, { do: 'save', revision: '99', title: 'x' }, 404], [edit, [['do', 'save'], ['do', 'preview'], ['revision', '1']], 400],
      [edit, [['do', 'save'], ['revision', '1'], ['title', 'a'], ['title', 'b']], 400], [edit, { do: 'save', revision: '1', sources: '999' }, 400],
      ['/events/none/edit', { do: 'save', revision: '1' }, 404], ['/events/new', { do: 'save', sources: '-1' }, 400],
      [`/events/${METRE}/delete`, {}, 400], [`/events/${METRE}/delete`, { revision: '0' }, 400], [`/events/${METRE}/delete`, { revision: '99' }, 412],
      ['/events/none/delete', { revision: '1' }, 404], [`/events/${METRE}/restore`, { revision: '99', looked_at: '1' }, 404],
      [`/events/${METRE}/restore`, { revision: 'x', looked_at: '1' }, 400], ['/events/none/restore', { revision: '1', looked_at: '0' }, 404],
    ];
    const old = await query(database('forms'), 'SELECT id, json_content FROM timeline_events ORDER BY id');
    for (const [address, fields, status] of rows) {
      const answer = await one.post(address, fields, { csrf });
      assert.equal(answer.status, status, `${address} ${JSON.stringify(fields)}\n${answer.text}`);
    }
    for (const [address, status] of [['/events/none/edit', 404], ['/events/none/delete', 404], ['/events/none/history', 404], [`/events/${METRE}/revisions/99`, 404],
      [`/events/${METRE}/revisions/x`, 404], [`/events/${METRE}/history?cursor=%00`, 400], [`/events/${METRE}/history?cursor=zz`, 400]]) {
      assert.equal((await one.get(address)).status, status, address);
    }
    assert.equal((await one.post(edit, {}, { raw: `csrf=${csrf}&revision=1&do=save&summary=${'x'.repeat(1100000)}` })).status, 413);
    assert.deepEqual(await query(database('forms'), 'SELECT id, json_content FROM timeline_events ORDER BY id'), old);
  });

  it('saves once however often the button is pressed', async () => {
    const one = await visitor('forms', 'fynn');
    const fields = fieldsOf((await one.get('/events/new')).text);
    for (const [name, value] of [['title', 'Pressed twice'], ['date', '2031-06-01'], ['do', 'save']]) fields.set(name, value);
    const send = () => one.post('/events/new', [...fields].filter(([key]) => key !== 'csrf'), { csrf: fields.get('csrf') });
    const answers = await Promise.all([send(), send(), send()]);
    assert.deepEqual(answers.map(({ status }) => status), [303, 303, 303]);
    assert.deepEqual(await query(database('forms'), "SELECT count(*) AS n FROM timeline_events WHERE title = 'Pressed twice'"), [{ n: 1 }]);
  });

  it('keeps odd shapes, and lets each be mended', async () => {
    const one = await visitor('forms', 'gina');
    const odd = { id: '2031-07-01--odd', date: '2031-07-01', title: 'Odd', importance: '7', tags: { a: 1 }, actors: ['One', 2, null], status: true,
      sources: ['https://archive.example.org/bare', { title: ['a', 'list'], tier: 3 }, { title: 'Kept', publisher: 'P', tier: 1, date: 1869 }], summary: 'a\r\nb\r\n', numbers: [1.50, 1e3] };
    const added = await service.cli('forms', 'event', 'add', '-', { input: JSON.stringify(odd).replace('1.5,1000', '1.50,1e3') });
    assert.equal(added.code, 0, added.stdout);
    const content = async () => (await query(database('forms'), `SELECT json_content FROM timeline_events WHERE id = '${odd.id}'`))[0].json_content;
    const old = await content();
    const address = `/events/${odd.id}/edit`;
    assert.match((await one.send(address)).text, /Nothing was changed/);
    assert.equal(await content(), old);
    const shown = fieldsOf((await one.get(address)).text);
    assert.deepEqual(['tags', 'actors', 'status'].map((name) => shown.has(name)), [false, false, false]);
    assert.deepEqual(Object.keys(JSON.parse(shown.get('more'))), ['tags', 'actors', 'status', 'numbers']);
    await one.send(address, { source_3_title: 'Renamed', more: JSON.stringify({ tags: ['a'], actors: ['One', 2, null], status: true, numbers: [1.5] }) });
    assert.deepEqual(JSON.parse(await content()), { ...odd, tags: ['a'], numbers: [1.5], sources: [...odd.sources.slice(0, 2), { ...odd.sources[2], title: 'Renamed' }] });
    await one.send(address, { source_2_remove: '1' });
    assert.equal(JSON.parse(await content()).sources.length, 2);
    const { text } = await one.send(address, { source_1_url: 'https://archive.example.org/other', importance: '8' }, 'raw');
    const whole = JSON.parse(fieldsOf(text).get('whole'));
    assert.deepEqual([whole.sources[0], whole.importance, whole.summary], ['https://archive.example.org/other', 8, 'a\r\nb\r\n']);
  });

  it('shows hostile contents as text on every page', async () => {
    const one = await visitor('forms', 'hugo');
    const id = '2031-08-01--hostile';
    const event = { id, date: '2031-08-01', title: EVIL, summary: `${EVIL}\n\n[x](javascript:alert(1))`, status: EVIL, actors: [EVIL], tags: [EVIL, `javascript:alert(1)`],
      sources: [{ title: EVIL, url: 'javascript:alert(1)', outlet: EVIL, [EVIL]: EVIL }, { title: { [EVIL]: EVIL } }], [EVIL]: { [EVIL]: [EVIL] } };
    const pages = [];
    const add = ({ status, text }, what) => { assert.equal(status, 200, `${what}\n${text}`); pages.push([what, text]); };
    add(await one.post('/events/add', { events: JSON.stringify([event, { title: EVIL }, EVIL, { id: EVIL, date: '2031-08-02', title: EVIL }]) }), 'add');
    for (const address of ['', '/edit', '/edit?raw=1', '/delete', '/history', '/revisions/1']) add(await one.get(`/events/${id}${address}`), address);
    const changed = { title: `${EVIL} 2`, summary: `${EVIL} 3`, tags: `${EVIL}4`, source_1_title: `${EVIL}5`, status: `${EVIL}6` };
    add(await one.send(`/events/${id}/edit`, changed, 'preview'), 'preview');
    const stale = fieldsOf((await one.get(`/events/${id}/edit`)).text);
    assert.equal((await one.send(`/events/${id}/edit`, changed)).status, 303);
    stale.set('title', `${EVIL} 7`).set('do', 'save');
    const both = await one.post(`/events/${id}/edit`, [...stale].filter(([key]) => key !== 'csrf'), { csrf: stale.get('csrf') });
    assert.equal(both.status, 412);
    pages.push(['stale', both.text]);
    for (const address of ['', '/history', '/revisions/1', '/revisions/2']) add(await one.get(`/events/${id}${address}`), `${address} then`);
    for (const [what, text] of pages) {
      await isValid(text, what);
      assert.doesNotMatch(text, /<script>|href="javascript|<b>'/, what);
      assert.ok(text.includes('&lt;script&gt;'), what);
    }
  });

  it('adds many at once, and reports about each', async () => {
    const one = await visitor('forms', 'ines');
    const event = (day, more = {}) => ({ date: `2031-09-${day}`, title: `Day ${day}`, summary: 'Text.', ...more });
    const text = JSON.stringify([event('01'), event('02'), { title: 'No date' }, 7, event('03', { sources: [{ title: 'S', url: 'https://archive.example.org/metre' }] })], null, 1);
    const first = await one.post('/events/add', { events: text });
    assert.match(first.text, /<h1>3 added, 2 refused<\/h1>/);
    assert.match(first.text, /2031-09-01--day-01[^]*added as a draft/);
    assert.match(first.text, />Event 3<[^]*Say on which day it happened/);
    assert.match(first.text, new RegExp(`resembles <a href="/events/${METRE}"`));
    assert.equal(fieldsOf(first.text).get('events'), text.replaceAll('\n', '\r\n'));
    await isValid(first.text, 'report');
    const second = await one.post('/events/add', { events: text });
    assert.match(second.text, /<h1>3 there already, 2 refused<\/h1>/);
    const good = await one.post('/events/add', { events: JSON.stringify(event('04')) });
    assert.match(good.text, /<h1>1 added<\/h1>/);
    assert.doesNotMatch(good.text, /<textarea/);
    for (const events of ['', ' ', '[', '[1', 'nothing', '[{"date": "2031-09-05",\n"title": }]']) {
      const bad = await one.post('/events/add', { events });
      assert.match(bad.text, /role="alert"|refused/, events);
      assert.ok([200, 400, 422].includes(bad.status), `${events}: ${bad.status}`);
      assert.equal(fieldsOf(bad.text).get('events'), events.replaceAll('\n', '\r\n'), events);
      await isValid(bad.text, events);
    }
    const many = Array.from({ length: 500 }, (_, i) => ({ date: '2031-10-01', title: `Many ${i}` }));
    const report = await one.post('/events/add', { events: JSON.stringify(many) });
    assert.match(report.text, /<h1>500 added<\/h1>[^]*and 450 more/);
    assert.ok(Buffer.byteLength(report.text) < 30 * 1024, `${Buffer.byteLength(report.text)} bytes`);
  });

  it('shows readers the history, and nothing that they cannot do', async () => {
    for (const address of [`/events/${LISBON}`, `/events/${LISBON}/history`, `/events/${LISBON}/revisions/1`, '/events', '/']) {
      const { status, text } = await service.get('forms', address);
      assert.equal(status, 200, address);
      assert.doesNotMatch(text, /\/edit"|\/delete"|\/restore"|New event|<form(?! class="search")/, address);
    }
    for (const address of [`/events/${LISBON}/edit`, '/events/new', '/events/add', `/events/${LISBON}/delete`]) {
      assert.match((await service.get('forms', address)).headers.location ?? '', /^\/login\?next=/, address);
    }
  });

  it('takes up a form after signing in anew', async () => {
    const one = await visitor('forms', 'jona');
    const fields = fieldsOf((await one.get(`/events/${LOUVRE}/edit`)).text);
    fields.set('title', 'Le Louvre s’ouvre').set('do', 'save');
    one.cookies.clear();
    const login = await one.post(`/events/${LOUVRE}/edit`, [...fields].filter(([key]) => key !== 'csrf'), { csrf: fields.get('csrf') });
    assert.equal(login.status, 401);
    const kept = login.text.match(/name="kept" value="([^"]*)"/)[1].replaceAll('&amp;', '&');
    const again = await one.post('/login', { name: 'jona', password: one.password, kept, kept_path: `/events/${LOUVRE}/edit`, next: '/' }, { csrf: false });
    assert.equal(again.status, 200);
    assert.match(again.text, /Send it again\?/);
    const sent = fieldsOf(again.text);
    const answer = await one.post(`/events/${LOUVRE}/edit`, [...sent].filter(([key]) => key !== 'csrf'), { csrf: sent.get('csrf') });
    assert.equal(answer.status, 303);
    assert.equal((await show('forms', LOUVRE)).event.title, 'Le Louvre s’ouvre');
  });

  it('keeps what was typed when the event went away meanwhile', async () => {
    const one = await visitor('forms', 'kira');
    await one.send('/events/new', { title: 'Short-lived', date: '2031-11-01' });
    const address = '/events/2031-11-01--short-lived';
    const fields = fieldsOf((await one.get(`${address}/edit`)).text);
    fields.set('title', 'Still here').set('do', 'save');
    assert.equal((await one.post(`${address}/delete`, { revision: '1' })).status, 303);
    const answer = await one.post(`${address}/edit`, [...fields].filter(([key]) => key !== 'csrf'), { csrf: fields.get('csrf') });
    assert.equal(answer.status, 404);
    assert.match(answer.text, /Somebody has removed this event meanwhile/);
    assert.equal(fieldsOf(answer.text).get('title'), 'Still here');
    assert.equal((await one.get(address)).status, 404);
    await execute(database('forms'), "DELETE FROM tl_revision WHERE event_id = '2031-11-01--short-lived'");
    const never = await one.get(address);
    assert.equal(never.status, 404);
    assert.match(never.text, /<h1[^>]*>There is nothing at this address/);
  });

  it('carries an edit of a long paragraph to where it is seen', async () => {
    const one = await visitor('forms', 'lena');
    const sentences = Array.from({ length: 60 }, (_, i) => `Sentence number ${i} of a long paragraph stands here.`);
    await one.send('/events/new', { title: 'Long', date: '2031-12-01', summary: sentences.join(' ') });
    sentences[50] = 'Sentence number 50 of a long paragraph is another one.';
    const { text } = await one.send('/events/2031-12-01--long/edit', { summary: sentences.join(' ') }, 'preview');
    assert.match(text, /<del>stands here<\/del>[^]*<ins>is another one<\/ins>/);
    assert.match(text, /unchanged lines/);
    assert.equal((text.match(/Sentence number 7 /g) ?? []).length, 2, 'once in the form that is carried, once as it will look');
  });

  it('previews at the press of Enter, from any line of the form', async () => {
    const page = await signIn('forms', 'ada');
    await page.goto(service.url('forms', '/events/new'));
    await page.getByLabel('Title').first().fill('Entered');
    await page.locator('#source_2_url').fill('https://archive.example.org/entered');
    await page.getByLabel('Date').first().fill('2031-12-24');
    await page.locator('#source_2_url').press('Enter');
    await page.locator('h1', { hasText: 'Save this event?' }).waitFor();
    await page.getByRole('button', { name: 'Keep editing' }).click();
    assert.equal(await page.locator('#source_2_url').inputValue(), 'https://archive.example.org/entered');
    await page.context().close();
  });

  it('sends whom a form is too small for to the command line', async () => {
    const big = { date: '2031-12-31', title: 'Big', summary: 'ü'.repeat(250000) };
    const added = await service.cli('forms', 'event', 'add', '-', { input: JSON.stringify(big) });
    assert.equal(added.code, 0, added.stdout);
    const one = await visitor('forms', 'nora');
    assert.equal((await one.get('/events/2031-12-31--big')).status, 200);
    const { status, text } = await one.get('/events/2031-12-31--big/edit');
    assert.equal(status, 413);
    assert.match(text, /event edit &#39;2031-12-31--big&#39; FILE|event edit '2031-12-31--big' FILE/);
  });

  it('points out an event of the same day with nearly the same title', async () => {
    const { json } = await service.cli('forms', 'event', 'show', CABLE);
    const one = await visitor('forms', 'mona');
    const { text } = await one.send('/events/new', { title: json.event.title.toLowerCase(), date: json.event.date }, 'preview');
    assert.match(text, new RegExp(`href="/events/${CABLE}"`));
    assert.match(text, /has the same date and nearly the same title/);
  });
});
