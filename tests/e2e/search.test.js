// Searching and filtering events: the command line, the API and the page say the same, and say what they cannot mean.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { HtmlValidate } from 'html-validate';
import { startBrowser } from './lib/browser.js';
import { createAuthority } from './lib/ca.js';
import { execute } from './lib/database.js';
import { EVENTS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { waitUntil } from './lib/net.js';
import { startService } from './lib/tideline.js';

const validator = new HtmlValidate({ extends: ['html-validate:recommended'],
  rules: { 'long-title': 'off', 'no-trailing-whitespace': 'off', 'attribute-boolean-style': 'off', 'void-style': 'off' } });
const flaws = (html) => validator.validateStringSync(html).results.flatMap(({ messages }) => messages.map(({ line, message }) => `${line}: ${message}`));
const event = (id, title, more) => [`${EVENTS}/${id}.json`, JSON.stringify({ id, date: id.slice(0, 10), title, sources: [], ...more })];
const files = Object.fromEntries([
  event('1994-05-17--harbour-opens', 'The harbour opens', { tags: ['oil-spill', 'Harbour'], actors: ['Élodie Marchand'], importance: 9 }),
  event('1994-11-02--court-sits', 'The court sits at the harbour', { tags: ['oil spill'], actors: [{ name: 'Elodie Marchand', role: 'judge' }], importance: 5 }),
  event('1995-01-01--ferry-runs', 'A ferry runs', { tags: ['oil'], actors: ['Marchand'], importance: 1 }),
  event('2001-09-09--harbour-closes', 'The harbour closes', { tags: ['harbour'], summary: 'A "quoted" <b>end</b> & more.' }),
]);

describe('search', () => {
  let service;
  let browser;
  const api = async (filter) => (await service.get('us', `/api/v1/events?${new URLSearchParams(filter)}`));
  const page = async (filter) => (await service.get('us', `/events?${new URLSearchParams(filter)}`));
  const slugs = (json) => json.events.map(({ id }) => id.slice(12));

  before(async () => {
    const repo = await createBareRepo({ files });
    service = await startService({ authority: await createAuthority(), tenants: { us: { TIMELINE_REPO_URL: repo.folder, TIMELINE_PUBLIC: 'true' } } });
    await waitUntil(async () => (await service.get('us', '/api/v1/status')).json?.last_import, { what: 'the first pull', timeoutMs: 60000 });
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.stop();
    await service?.stop();
  });

  const cases = [
    [{}, ['harbour-closes', 'ferry-runs', 'court-sits', 'harbour-opens']],
    [{ q: 'harbour' }, ['harbour-closes', 'court-sits', 'harbour-opens']],
    [{ tag: 'HARBOUR' }, ['harbour-closes', 'harbour-opens']],
    [{ tag: 'oil-spill' }, ['harbour-opens']],
    [{ tag: 'oil' }, ['ferry-runs']],
    [{ actor: 'elodie marchand' }, ['court-sits', 'harbour-opens']],
    [{ importance: 5 }, ['court-sits', 'harbour-opens']],
    [{ from: '1994', to: '1994' }, ['court-sits', 'harbour-opens']],
    [{ from: '1994-06', to: '1995-01' }, ['ferry-runs', 'court-sits']],
    [{ from: '2001-09-09' }, ['harbour-closes']],
    [{ to: '1994-05-17', state: 'merged', q: 'open*', tag: 'harbour', actor: 'Élodie Marchand', importance: 9 }, ['harbour-opens']],
    [{ q: 'harbour', tag: 'oil' }, []],
    [{ state: 'draft', importance: 0 }, []],
  ];
  for (const [filter, expected] of cases) {
    it(`finds ${expected.length} for ${JSON.stringify(filter)}`, async () => {
      const { json } = await api(filter);
      assert.deepEqual(slugs(json), expected);
      assert.equal(json.total, expected.length);
      assert.equal(json.total_is_exact, true);
      const { q, ...options } = filter;
      const cli = await service.cli('us', 'event', 'list', ...(q ? ['--query', q] : []),
        ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]));
      assert.equal(cli.code, 0, cli.stdout);
      assert.deepEqual(slugs(cli.json), expected);
      const { status, text } = await page(filter);
      assert.equal(status, 200);
      assert.deepEqual([...text.matchAll(/<a href="\/events\/\d{4}-\d\d-\d\d--([^"]+)">/g)].map((match) => match[1]), expected);
      assert.deepEqual(flaws(text), []);
    });
  }

  it('says what cannot be meant beside the field, with what was typed, and finds nothing', async () => {
    const wrong = { from: '1994-13', to: '94', importance: '11', tag: 'x'.repeat(201) };
    const { status, json } = await api(wrong);
    assert.equal(status, 422);
    assert.equal(json.code, 'invalid_fields');
    assert.deepEqual(json.errors.map(({ field }) => field), ['from', 'to', 'tag', 'importance']);
    const answer = await page({ ...wrong, q: 'harbour' });
    assert.equal(answer.status, 422);
    assert.doesNotMatch(answer.text, /harbour-opens/);
    for (const [name, value] of Object.entries(wrong)) {
      assert.match(answer.text, new RegExp(`<input type="text" id="${name}" name="${name}" value="${value}"[^>]* aria-describedby="${name}-hint ${name}-error" aria-invalid="true">`));
      assert.match(answer.text, new RegExp(`<p class="error" id="${name}-error">Give [^<]+\\.</p>`));
    }
    assert.deepEqual(flaws(answer.text), []);
    const reversed = await api({ from: '1995', to: '1994' });
    assert.deepEqual(reversed.json.errors.map(({ field }) => field), ['to']);
    const cli = await service.cli('us', 'event', 'list', '--importance', 'much');
    assert.deepEqual([cli.code, cli.json.success, cli.json.code], [1, false, 'invalid_fields']);
    for (const importance of ['-1', '1.5', '1e1', '0x1', ' 1', '٣']) assert.equal((await api({ importance })).status, 422, importance);
    for (const from of ['1994-', '1994-5', '1994-02-30', '0000', '12345', '1994-05-17T00:00', "'", '\u0000'].slice(0, 7)) {
      assert.equal((await api({ from })).status, 422, from);
    }
  });

  it('works as a form without JavaScript: filters open, chips take one off, pages keep them', async () => {
    const tab = await browser.newPage({ javaScript: false });
    await tab.goto(service.url('us', '/events?state=merged'));
    assert.equal(await tab.locator('details.narrow').getAttribute('open'), null);
    await tab.getByText('More filters').click();
    await tab.getByLabel('Tag', { exact: true }).fill('harbour');
    await tab.getByLabel('From', { exact: true }).fill('1994');
    await tab.getByLabel('Importance at least').fill('3');
    await tab.getByRole('button', { name: 'Apply the filters' }).click();
    assert.equal(await tab.locator('h1').textContent(), '1 merged event');
    assert.equal(await tab.getByLabel('Tag', { exact: true }).inputValue(), 'harbour');
    assert.equal(await tab.getByLabel('Tag', { exact: true }).isVisible(), true);
    await tab.getByRole('link', { name: 'Remove the filter importance at least 3' }).click();
    assert.equal(await tab.locator('h1').textContent(), '2 merged events');
    assert.equal(new URL(tab.url()).search, '?state=merged&from=1994&tag=harbour');
    await tab.getByRole('link', { name: 'draft', exact: true }).click();
    assert.match(await tab.locator('.empty').textContent(), /Take a filter off/);
    await tab.goto(service.url('us', '/events/1994-05-17--harbour-opens'));
    await tab.getByRole('link', { name: 'Élodie Marchand' }).click();
    assert.equal(await tab.locator('h1').textContent(), '2 events');
    await tab.context().close();
  });

  it('is accessible, also with problems', async () => {
    const tab = await browser.newPage();
    for (const search of ['?tag=harbour&from=1994', '?from=199&importance=x']) {
      for (const width of [360, 1200]) {
        await tab.setViewportSize({ width, height: 800 });
        await tab.goto(service.url('us', `/events${search}`));
        const { violations } = await new AxeBuilder({ page: tab }).analyze();
        assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes[0].html]), []);
        assert.ok(await tab.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `no scrolling sideways at ${width}`);
      }
    }
    await tab.context().close();
  });

  it('pages through what it found while another program writes', async () => {
    const seen = [];
    for (let cursor = ''; cursor !== null;) {
      const { json } = await api({ q: 'harbour', limit: 1, ...(cursor && { cursor }) });
      seen.push(...slugs(json));
      cursor = json.next_cursor;
      await execute(path.join(service.state, 'us', 'db', 'timeline.db'), `INSERT INTO timeline_events (id, json_content, date, title, file_path, file_hash) VALUES ('n${seen.length}',
        '{"id":"n${seen.length}","date":"2020-01-01","title":"Harbour again"}', '2020-01-01', 'Harbour again', '', '')`);
    }
    assert.deepEqual(seen, ['harbour-closes', 'court-sits', 'harbour-opens']);
    assert.equal((await api({ q: 'harbour' })).json.total, 6);
  });
});
