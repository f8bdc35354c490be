// Conflicts on pages: what each side says is seen and decided field by field, with scripts and without, and taken back;
// who may not decide sees it all the same; a form over sides that are no more changes nothing and loses nothing.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { HtmlValidate } from 'html-validate';
import { screenshot, startBrowser } from './lib/browser.js';
import { createAuthority } from './lib/ca.js';
import { CONFLICTS, conflictTimeline, MARKUP, STEERING } from './lib/conflicts.js';
import { execute, query } from './lib/database.js';
import { EVENTS, SAMPLE_IDS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { signedIn, Visitor } from './lib/session.js';
import { startService } from './lib/tideline.js';

const PAGE_BYTES = 30 * 1024;
const NARROWEST = { width: 320, height: 700 };
const validator = new HtmlValidate({ extends: ['html-validate:recommended'], rules: { 'long-title': 'off', 'no-trailing-whitespace': 'off',
  'attribute-boolean-style': 'off', 'void-style': 'off', 'form-dup-name': ['error', { shared: ['checkbox', 'radio', 'submit'] }] } });
const unescaped = (text) => text.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
const at = (id) => `/conflicts/${encodeURIComponent(id)}`;

describe('conflicts on pages', { timeout: 900000 }, () => {
  let service;
  let browser;
  let timeline;
  let ada;
  let password;

  before(async () => {
    const repo = await createBareRepo({ files: conflictTimeline.before() });
    service = await startService({ authority: await createAuthority(), webWorkers: 2, tenants: {
      us: { TIMELINE_REPO_URL: repo.folder, TIMELINE_PUBLIC: 'true', AUTO_PULL_ON_START: 'false', INSTANCE_NAME: 'Canals' } } });
    timeline = { repo, database: path.join(service.state, 'us', 'db', 'timeline.db') };
    await conflictTimeline.collide({ service, tenant: 'us', ...timeline });
    ada = await signedIn(service, 'us', { name: 'ada', role: 'editor' });
    password = ada.password;
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.stop();
    await service?.stop();
  });

  async function visit(who, address, options) {
    const page = await browser.newPage(options);
    if (who) {
      await page.goto(service.url('us', `/login?next=${encodeURIComponent(address)}`));
      await page.getByLabel('Name').fill(who);
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(service.url('us', address));
    } else {
      await page.goto(service.url('us', address));
    }
    return page;
  }

  const api = async (id) => (await service.get('us', `/api/v1/events/${encodeURIComponent(id)}`)).json;
  const looked = async (visitor, id) => unescaped((await visitor.get(at(id))).text.match(/name="version" value="([^"]+)"/)[1]);
  /** The form of a conflict as it is now, answered. */
  const decide = async (visitor, id, fields) => visitor.post(at(id), { version: await looked(visitor, id), ...fields });
  const errorsIn = (text) => [...text.matchAll(/<p class="error" id="f-([^"]+)-error">([^<]+)<\/p>/g)].map(([, field, words]) => [field, unescaped(words)]);
  const takeBack = async (id) => assert.equal((await ada.post(`${at(id)}/undo`)).status, 303);

  async function isGood(html, name) {
    assert.ok(Buffer.byteLength(html) <= PAGE_BYTES, `${name}: ${Buffer.byteLength(html)} bytes`);
    assert.doesNotMatch(html, /<style|\sstyle=|<script|<img|\son\w+="/, name);
    const report = await validator.validateString(html);
    assert.deepEqual(report.results.flatMap(({ messages }) => messages.map((m) => `${m.ruleId} ${m.line}: ${m.message}`)), [], name);
  }

  it('lists what waits, longest first, in plain words', async () => {
    const { text } = await service.get('us', '/conflicts');
    assert.match(text, /<h1>8 conflicts need you<\/h1>/);
    assert.match(text, /aria-current="page">Conflicts \(8\)</);
    const rows = [...text.matchAll(/<a href="(\/conflicts\/[^"]+)"><bdi>([^<]*)<\/bdi><\/a> <small>([^<]*)</g)].map(([, href, title, words]) => [href, title, words]);
    assert.deepEqual(rows.map(([href]) => href), Object.values(CONFLICTS).map(at));
    assert.deepEqual(rows[0].slice(1), ['The first harbour board is elected by the citizens of the town', 'Title, Summary, Importance and 1 more']);
    assert.equal(rows[2][2], 'removed in the repository, changed here');
    assert.equal(rows[3][2], 'removed here, changed in the repository');
    assert.equal(rows[4][2], 'added on both sides: Title, Importance');
    await isGood(text, 'the list');
    const other = await service.get('us', '/events');
    assert.match(other.text, /<a href="\/conflicts">Conflicts \(8\)<\/a>/);
    assert.match((await service.get('us', '/')).text, /<h1[^>]*>8 conflicts need you<[^]*href="\/conflicts">See the 8 conflicts</);
    assert.match((await ada.get('/')).text, /href="\/conflicts">Settle the conflicts</);
    assert.match((await ada.get('/pull-requests/new')).text, /<a href="\/conflicts">8 conflicts<\/a> are left out until somebody has decided/);
    assert.match((await service.get('us', '/')).text, /<a href="\/conflicts"><strong>8<\/strong> conflict</);
  });

  it('leads from the event to its conflict', async () => {
    const { text } = await service.get('us', `/events/${CONFLICTS.fields}`);
    assert.match(text, new RegExp(`href="${at(CONFLICTS.fields)}">See the conflict<`));
    assert.match((await ada.get(`/events/${CONFLICTS.fields}`)).text, new RegExp(`href="${at(CONFLICTS.fields)}">Settle the conflict<`));
    assert.doesNotMatch((await service.get('us', `/events/${SAMPLE_IDS[0]}`)).text, /conflicts\/|the conflict/);
  });

  it('shows everybody the sides, and the form to editors alone', async () => {
    for (const id of Object.values(CONFLICTS)) {
      const { status, text } = await service.get('us', at(id));
      assert.equal(status, 200);
      assert.doesNotMatch(text, /<form|type="radio"/, id);
      assert.match(text, /Editors of this timeline decide/);
      await isGood(text, id);
      const own = await ada.get(at(id));
      assert.match(own.text, /<button class="button" type="submit">Decide</, id);
      await isGood(own.text, id);
    }
    const { text } = await service.get('us', at(CONFLICTS.fields));
    assert.match(text, /The first harbour board is <del>elected<\/del> by the <del>merchants<\/del> of the town/);
    assert.match(text, /is elected by the <ins>citizens<\/ins> of the town/);
    assert.match(text, /is <ins>chosen<\/ins> by the merchants of the town/);
    assert.match(text, /Comes in from the repository without a question: 2 fields/);
    assert.match(text, /harbour\n<ins>trade<\/ins>/);
    assert.match(text, /Also changed here: 3 fields/);
    assert.equal((await service.get('us', at('2001-01-01--nothing'))).status, 404);
    assert.equal((await service.get('us', at(SAMPLE_IDS[0]))).status, 404);
  });

  it('asks for what is missing, beside it, and keeps what was typed', async () => {
    const before_ = await api(CONFLICTS.fields);
    const answer = await decide(ada, CONFLICTS.fields, { choice_title: 'own', own_title: 'Mine <b>& "yours"', choice_importance: 'own', own_importance: 'seven',
      choice_casualties: 'own', own_casualties: '{"estimate": 4,}' });
    assert.equal(answer.status, 422);
    assert.deepEqual(errorsIn(answer.text), [['summary', 'Summary: choose a side, or write your own.'], ['importance', 'Importance: Write a number, such as 7 or 7.5.'],
      ['casualties', errorsIn(answer.text)[2][1]]]);
    assert.match(errorsIn(answer.text)[2][1], /^Casualties: This is not JSON/);
    assert.match(answer.text, /<a href="#f-summary">Summary: choose a side/);
    assert.match(answer.text, /name="own_title" value="Mine &lt;b&gt;&amp; &quot;yours&quot;"/);
    assert.match(answer.text, /id="f-title-own" name="choice_title" value="own" checked/);
    assert.match(answer.text, /name="own_importance" value="seven"/);
    await isGood(answer.text, 'errors');
    const empty = await decide(ada, CONFLICTS.fields, { choice_title: 'own', own_title: ' ', choice_summary: 'ours', choice_importance: 'theirs', choice_casualties: 'bogus' });
    assert.deepEqual(errorsIn(empty.text).map(([field]) => field), ['title', 'casualties']);
    const bad = await decide(ada, CONFLICTS.fields, { choice_title: 'own', own_title: 'x'.repeat(5000), choice_summary: 'ours', choice_importance: 'theirs', choice_casualties: 'ours' });
    assert.deepEqual([bad.status, errorsIn(bad.text)], [422, []], bad.text);
    assert.match(bad.text, /<li>[^<]*the title has more than 4096 bytes/);
    assert.deepEqual(await api(CONFLICTS.fields), before_);
  });

  it('decides field by field without scripts, says what comes next, and takes it back', async () => {
    const page = await visit('ada', '/conflicts', { javaScript: false });
    const id = CONFLICTS.fields;
    const before_ = (await api(id)).event;
    await page.getByRole('link', { name: /first harbour board/ }).click();
    assert.equal(await page.locator('h1').textContent(), 'What shall this event say?');
    const question = (name) => page.getByRole('group', { name, exact: true });
    await question('Title').getByLabel(/As it is here/).check();
    await question('Summary').getByLabel('Write your own', { exact: true }).check();
    await question('Summary').getByRole('textbox').fill('Twelve members were elected.\n\nThe count took three days and was never repeated.');
    await question('Importance').getByLabel('As in the repository').check();
    await page.getByRole('button', { name: 'Decide' }).click();
    assert.equal(await page.evaluate(() => document.activeElement.className), 'errors');
    assert.match(await page.locator('.errors').textContent(), /Casualties: choose a side, or write your own/);
    assert.equal(await question('Summary').getByRole('textbox').inputValue(), 'Twelve members were elected.\n\nThe count took three days and was never repeated.');
    await question('Casualties').getByLabel('Write your own', { exact: true }).check();
    await question('Casualties').getByRole('textbox').fill('{"estimate": 5, "range": {"low": 1, "high": 5}}');
    await page.getByRole('button', { name: 'Decide' }).click();
    assert.equal(await page.locator('h1').textContent(), 'Decided');
    assert.equal(await page.locator('.flash').textContent(), 'Decided. It waits for review, and then for a pull request.');
    assert.match(await page.locator('.history').textContent(), /Title as it was here; [^]*Importance as in the repository; [^]*Casualties written: “Estimate: 5 Range: Low: 1 High: 5”/);
    const { event, state } = await api(id);
    assert.equal(state, 'draft');
    assert.deepEqual([event.title, event.importance, event.casualties.range.low], [before_.title, 9, 1]);
    assert.equal(event.summary, 'Twelve members were elected.\n\nThe count took three days and was never repeated.');
    assert.deepEqual([event.tags, event.location, event.status, event.actors], [['harbour', 'election', 'trade'], 'Town hall', 'confirmed', ['The Harbour Board', 'Ada Lindqvist']]);
    assert.match(await page.locator('main').textContent(), /Next of 7 conflicts/);
    await page.getByRole('button', { name: 'Take the last decision back' }).click();
    assert.match(await page.locator('.flash').textContent(), /taken back, and the conflict is open again/);
    assert.equal(await page.locator('h1').textContent(), 'What shall this event say?');
    assert.match(await page.locator('.history').textContent(), /taken back by ada/);
    assert.deepEqual((await api(id)).event, before_);
    assert.equal((await api(id)).state, 'conflict');
    assert.equal((await ada.post(`${at(id)}/undo`)).status, 409);
    assert.deepEqual(page.problems.filter((text) => !/status of 422/.test(text)), []);
    await page.context().close();
  });

  it('takes all of one side at once', async () => {
    const id = CONFLICTS.fields;
    const page = await visit('ada', at(id));
    await page.getByRole('button', { name: 'All as in the repository' }).click();
    await page.locator('h1', { hasText: 'Decided' }).waitFor();
    assert.match(await page.locator('.flash').textContent(), /^Decided\. It (differs|waits)/);
    assert.equal((await api(id)).event.title, 'The first harbour board is chosen by the merchants of the town');
    assert.match(await page.locator('.history').textContent(), /Everything as in the repository/);
    await takeBack(id);
    assert.equal((await decide(ada, id, { take: 'ours' })).status, 303);
    assert.equal((await api(id)).event.title, 'The first harbour board is elected by the citizens of the town');
    await takeBack(id);
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });

  it('settles a source part by part', async () => {
    const id = CONFLICTS.sources;
    const { text } = await ada.get(at(id));
    const names = [...text.matchAll(/<legend>([^<]+)<\/legend>/g)].map(([, name]) => name);
    assert.deepEqual(names, ['Outlet of the source https://archive.example.org/minutes', 'Date of the source https://archive.example.org/minutes',
      'The source https://archive.example.org/letter'].filter((name) => names.includes(name)));
    assert.match(text, /Without it, as here/);
    const fields = [...text.matchAll(/id="f-([^"-]+)-theirs"/g)].map(([, field]) => field);
    assert.equal(fields.length, names.length);
    const answer = await decide(ada, id, Object.fromEntries(fields.flatMap((field, i) => (i ? [[`choice_${field}`, 'theirs']]
      : [[`choice_${field}`, 'own'], [`own_${field}`, 'Both archives']]))));
    assert.equal(answer.status, 303, answer.text);
    const { event } = await api(id);
    assert.deepEqual(event.sources, [{ title: 'Minutes of the board', url: 'https://archive.example.org/minutes', outlet: 'Both archives', date: '1911' },
      { title: 'A letter of the keeper', url: 'https://archive.example.org/letter', tier: 1 }]);
    await takeBack(id);
  });

  it('asks whether an event stays that one side removed', async () => {
    for (const [key, keep, event] of [['removedThere', 'ours', 'The ferry Elif sinks'], ['removedHere', 'theirs', 'The new bridge opens']]) {
      const id = CONFLICTS[key];
      const { text } = await ada.get(at(id));
      assert.match(text, /<h1>Shall this event stay\?<\/h1>/);
      assert.match(text, key === 'removedThere' ? /The ferry <ins>Elif <\/ins>sinks/ : /The <ins>new <\/ins>bridge opens/);
      const nothing = await decide(ada, id, {});
      assert.deepEqual([nothing.status, errorsIn(nothing.text)], [422, [['event', 'Choose one of the two.']]]);
      assert.equal((await decide(ada, id, { choice_event: keep })).status, 303);
      assert.equal((await api(id)).event.title, event);
      assert.match((await ada.get(at(id))).text, /<span class="notes">Kept, as/);
      await takeBack(id);
      const removed = await decide(ada, id, { choice_event: keep === 'ours' ? 'theirs' : 'ours' });
      assert.equal(removed.status, 303);
      const after_ = await ada.follow(removed);
      assert.equal(after_.status, 200);
      assert.match(after_.text, key === 'removedThere' ? /Decided\. It is removed here, as in the repository\./ : /Decided\. Its removal waits for/);
      assert.match(after_.text, /Removed, as/);
      await isGood(after_.text, `${key}, removed`);
      await takeBack(id);
    }
  });

  it('sets two additions beside each other', async () => {
    const { text } = await ada.get(at(CONFLICTS.added));
    assert.doesNotMatch(text, /Before/);
    assert.match(text, /<ins>The second<\/ins> census is taken/);
    assert.equal((await decide(ada, CONFLICTS.added, { choice_title: 'theirs', choice_importance: 'ours' })).status, 303);
    const { event } = await api(CONFLICTS.added);
    assert.deepEqual([event.title, event.importance], ['The second census is taken', 4]);
    await takeBack(CONFLICTS.added);
  });

  it('is not steered by what a field is called or says', async () => {
    const id = CONFLICTS.hostile;
    const page = await visit('ada', at(id));
    assert.deepEqual(page.problems, []);
    assert.equal(await page.locator('main script, main img').count(), 0);
    for (const one of await page.locator('fieldset').all()) await one.getByLabel('Write your own', { exact: true }).check();
    const boxes = await page.locator('main').getByRole('textbox').all();
    assert.equal(boxes.length, 7);
    for (const [i, box] of boxes.entries()) await box.fill(i === 2 || i === 3 ? `["mine ${i}"]` : `mine ${i}`);
    await page.getByRole('button', { name: 'Decide' }).click();
    await page.locator('h1', { hasText: 'Decided' }).waitFor();
    const { event } = await api(id);
    assert.deepEqual([event.title, event.summary, event[MARKUP], event[`k${STEERING}`], event.csrf, event.version, event.event],
      ['mine 0', 'mine 1', ['mine 2'], ['mine 3'], 'mine 4', 'mine 5', 'mine 6']);
    await isGood(await (await page.reload()).text(), 'hostile, decided');
    assert.deepEqual(page.problems, []);
    await takeBack(id);
    for (const address of [at(id), '/conflicts']) {
      assert.doesNotMatch((await service.get('us', address)).text.replace(/<\/?bdi>/g, ''), address === '/conflicts' ? /<script|<img/ : /<script|<img|\u202e|\u001b/);
    }
    await page.context().close();
  });

  it('fills in a long text when somebody wants to change it', async () => {
    const id = CONFLICTS.long;
    const ours = (await api(id)).event.summary;
    const page = await visit('ada', at(id), { javaScript: false });
    assert.equal(await page.locator('main textarea').count(), 0);
    await page.getByLabel(/Write your own/).check();
    await page.getByRole('button', { name: 'Decide' }).click();
    assert.match(await page.locator('.errors').textContent(), /Summary: write your own now\. What stands here is filled in\./);
    assert.equal(await page.locator('main textarea').inputValue(), ours);
    await page.locator('main textarea').fill(ours.replace('It ends here.', 'It ends here and there.'));
    await page.getByRole('button', { name: 'Decide' }).click();
    assert.equal(await page.locator('h1').textContent(), 'Decided');
    assert.equal((await api(id)).event.summary, ours.replace('It ends here.', 'It ends here and there.'));
    await takeBack(id);
    await page.context().close();
  });

  it('asks one question for all that a page cannot hold', async () => {
    const id = CONFLICTS.many;
    const { text } = await ada.get(at(id));
    const fields = [...text.matchAll(/id="f-([^"-]+)-own"/g)].map(([, field]) => field);
    assert.equal(fields.length, 12);
    assert.match(text, /18 more questions/);
    const twelve = Object.fromEntries(fields.map((field) => [`choice_${field}`, 'theirs']));
    assert.deepEqual(errorsIn((await decide(ada, id, twelve)).text), [['rest', 'Choose a side for the other questions.']]);
    assert.equal((await decide(ada, id, { ...twelve, choice_rest: 'ours' })).status, 303);
    const { event } = await api(id);
    assert.deepEqual([event.field_11.slice(0, 5), event.field_12], ['there', 'here 12']);
    assert.match((await ada.get(at(id))).text, /and 6 more; all else as it was here/);
    await takeBack(id);
  });

  it('changes nothing when the sides are others by now, shows them, and keeps what was written', async () => {
    const id = CONFLICTS.added;
    const page = await visit('ada', at(id));
    const title = page.getByRole('group', { name: 'Title', exact: true });
    await title.getByLabel('Write your own', { exact: true }).check();
    await title.getByRole('textbox').fill('A census of my own');
    await page.getByRole('group', { name: 'Importance', exact: true }).getByLabel('As in the repository').check();
    await conflictTimeline.upstream({ service, tenant: 'us', ...timeline, key: 'added', fields: { title: 'The third census is taken' } });
    await page.getByRole('button', { name: 'Decide' }).click();
    await page.getByText('was changed, here or in the repository, since you opened this page').waitFor();
    assert.equal(await title.getByRole('textbox').inputValue(), 'A census of my own');
    assert.match(await title.textContent(), /The third census is taken/);
    assert.ok(await page.getByRole('group', { name: 'Importance', exact: true }).getByLabel('As in the repository').isChecked());
    assert.equal((await api(id)).state, 'conflict');
    await page.getByRole('button', { name: 'Decide' }).click();
    await page.locator('h1', { hasText: 'Decided' }).waitFor();
    assert.deepEqual([(await api(id)).event.title, (await api(id)).event.importance], ['A census of my own', 6]);
    await takeBack(id);
    await page.context().close();
  });

  it('says so when somebody else was faster, and gives back what was written', async () => {
    const id = CONFLICTS.added;
    const version = await looked(ada, id);
    assert.equal((await decide(ada, id, { take: 'ours' })).status, 303);
    const late = await ada.post(at(id), { version, choice_title: 'own', own_title: 'Too <late>', choice_importance: 'ours' });
    assert.equal(late.status, 412);
    assert.match(late.text, /Somebody else has decided since you opened this page/);
    assert.match(late.text, /What you had written[^]*<dt>Title<\/dt><dd class="notes">Too &lt;late&gt;</);
    await isGood(late.text, 'late');
    await takeBack(id);
    const other = await ada.post(at(id), { version: 'older', choice_summary: 'own', own_summary: 'No question any more', choice_title: 'theirs' });
    assert.equal(other.status, 412);
    assert.match(other.text, /What you had written[^]*<dt>Summary<\/dt><dd class="notes">No question any more</);
    assert.match(other.text, /id="f-title-theirs" name="choice_title" value="theirs" checked/);
    await isGood(other.text, 'another question');
    const stale = await ada.post(at(id), { version: 'x', take: 'ours' });
    assert.deepEqual([stale.status, (await api(id)).state], [412, 'conflict']);
    const twice = await ada.post(at(id), [['version', version], ['version', version], ['take', 'ours']]);
    assert.equal(twice.status, 400);
  });

  it('offers a form of an ended session to be sent again', async () => {
    const id = CONFLICTS.added;
    const version = await looked(ada, id);
    const nobody = new Visitor(service, 'us');
    const asked = await nobody.post(at(id), { version, choice_title: 'ours', choice_importance: 'theirs' }, { csrf: 'x' });
    assert.equal(asked.status, 401);
    const kept = Object.fromEntries(['kept', 'kept_path', 'next'].map((name) => [name, unescaped(asked.text.match(new RegExp(`name="${name}" value="([^"]*)"`))[1])]));
    const again = await nobody.follow(await nobody.post('/login', { name: 'ada', password, ...kept }, { csrf: false }));
    assert.match(again.text, /<dt>Choice title<\/dt><dd class="notes">ours</);
    assert.match(again.text, new RegExp(`class="act" href="${at(id)}">Do not send it`));
  });

  it('says on the page of a pull which events are in question, and which went together', async () => {
    const id = SAMPLE_IDS[4];
    const file = `${EVENTS}/${id}.json`;
    await execute(timeline.database, `UPDATE timeline_events SET json_content = json_set(json_content, '$.importance', 3) WHERE id = '${id}'`);
    await timeline.repo.commit({ [file]: String(await timeline.repo.read(file)).replace(/"title": *"[^"]*"/, '"title": "Signed in Paris"') });
    const page = await visit('ada', '/');
    await page.getByRole('button', { name: 'Pull now' }).click();
    await page.waitForURL(service.url('us', '/'), { timeout: 60000 });
    const [{ id: job }] = await query(timeline.database, "SELECT max(id) AS id FROM tl_job WHERE kind = 'pull'");
    const { text } = await service.get('us', `/jobs/${job}`);
    assert.match(text, /<h2 id="in-conflict">8 conflicts<\/h2>/);
    assert.ok(text.includes(`<a href="${at(CONFLICTS.removedHere)}">${CONFLICTS.removedHere}</a> <small>removed here, changed in the repository</small>`), text);
    assert.match(text, /<h2 id="brought-together">1 event brought together by field<\/h2>/);
    assert.ok(text.includes(`<a href="/events/${id}">${id}</a> <small>Title</small>`), text);
    assert.doesNotMatch(text, /\u202e|\u001b/);
    await isGood(text, 'the page of a pull');
    await page.goto(service.url('us', `/jobs/${job}`));
    await screenshot(page, 'conflict-pulled');
    const { event } = await api(id);
    assert.deepEqual([event.title, event.importance], ['Signed in Paris', 3]);
    assert.match((await service.get('us', '/syncs')).text, /<a class="act" href="\/conflicts">8 conflicts<\/a>/);
    await page.context().close();
  });

  it('reads well wide and narrow, light and dark', async () => {
    const page = await visit('ada', '/conflicts');
    for (const [name, address] of [['list', '/conflicts'], ...Object.entries(CONFLICTS).map(([key, id]) => [key, at(id)])]) {
      for (const [size, scheme] of [['wide', 'light'], ['narrow', 'dark']]) {
        await page.emulateMedia({ colorScheme: scheme });
        await page.setViewportSize(size === 'wide' ? { width: 1280, height: 900 } : NARROWEST);
        await page.goto(service.url('us', address));
        for (const one of await page.locator('details').all()) await one.locator('summary').click();
        if (name !== 'list') for (const one of await page.getByLabel('Write your own', { exact: true }).all()) await one.check();
        await screenshot(page, `conflict-${name}-${size}-${scheme}`);
        assert.equal(await page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - window.innerWidth)), 0, `${name} ${size} scrolls sideways`);
        const { violations } = await new AxeBuilder({ page }).analyze();
        assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html}`), [], `${name} ${size} ${scheme}`);
      }
    }
  });
});
