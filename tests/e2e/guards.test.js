// Before a pull, and before another repository is followed: what would come of it, and the stop before much is removed.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { screenshot, startBrowser } from './lib/browser.js';
import { createAuthority } from './lib/ca.js';
import { execute, query } from './lib/database.js';
import { asMarkdown, EVENTS } from './lib/fixtures.js';
import { startGitServer } from './lib/git_server.js';
import { waitUntil } from './lib/net.js';
import { Description, Program } from './lib/openapi.js';
import { createToken, signedIn } from './lib/session.js';
import { startService } from './lib/tideline.js';

const event = (id, extra = {}) => ({ id, date: id.slice(0, 10), title: `About ${id}`, importance: 5, tags: ['one'], actors: ['Somebody'],
  sources: [{ title: 'A source', url: 'https://example.org/a', publisher: 'Example', date: '2001-01-01', tier: 1 }], body: 'Something happened.', ...extra });
const file = (id) => `${EVENTS}/${id}.md`;
const ids = Array.from({ length: 12 }, (_, i) => `2001-01-${String(i + 1).padStart(2, '0')}--event-${i + 1}`);
const NEW = '2001-02-01--only-there';
const files = (changes = {}) => Object.fromEntries(ids.map((id) => [file(id), asMarkdown(event(id, changes[id]))]));
const without = (list) => Object.fromEntries(list.map((id) => [file(id), null]));

describe('before something is done', { timeout: 300000 }, () => {
  let authority;
  let server;
  let service;
  let browser;
  const at = {}; // by tenant: {repo, database, admin, editor, api, …}

  before(async () => {
    authority = await createAuthority();
    server = await startGitServer({ authority });
    const names = ['plan', 'stop', 'moved', 'switch', 'program', 'plain'];
    const tenants = {};
    for (const name of names) {
      at[name] = { repo: await server.addRepo(`us/${name}`, { files: files() }) };
      tenants[name] = { TIMELINE_REPO_URL: server.url(`us/${name}`), TIMELINE_CA_FILE: authority.certFile, GITHUB_TOKEN: server.token, INSTANCE_NAME: name };
    }
    const fork = { ...files({ [ids[0]]: { title: 'Of the fork' } }), [file(NEW)]: asMarkdown(event(NEW)) };
    delete fork[file(ids[1])];
    at.fork = await server.addRepo('them/fork', { files: fork });
    at.small = await server.addRepo('them/small', { files: Object.fromEntries(Object.entries(files()).slice(0, 3)) });
    service = await startService({ authority, tenants, env: { TIDELINE_ALLOWED_HOSTS: '127.0.0.1' } });
    for (const name of names) {
      at[name].database = path.join(service.state, name, 'db', 'timeline.db');
      await waitUntil(async () => (await service.cli(name, 'git-status', '--offline')).json?.last_import,
        { what: `the first pull of ${name}`, timeoutMs: 60000, explain: () => service.pool.log });
      at[name].admin = await signedIn(service, name, { name: 'ada', role: 'admin' });
      at[name].editor = await signedIn(service, name, { name: 'eddy', role: 'editor' });
    }
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.stop();
    await service?.stop();
    await server?.stop();
  });

  const edit = (name, id, title) => execute(at[name].database, `UPDATE timeline_events SET json_content = json_set(json_content, '$.title', '${title}') WHERE id = '${id}'`);
  const idsOf = async (name) => (await query(at[name].database, 'SELECT id FROM timeline_events ORDER BY id')).map(({ id }) => id);

  /** Where a job that a form began has led. */
  async function ended(visitor, answer) {
    assert.equal(answer.status, 303, answer.text);
    const address = answer.headers.location;
    return waitUntil(async () => {
      const page = await visitor.get(address);
      if (page.status === 303) return visitor.get(page.headers.location);
      return /<h1[^>]*tone-(problem|good)/.test(page.text) && !/data-say/.test(page.text) && page;
    }, { what: `the end of ${address}`, timeoutMs: 30000, explain: () => service.pool.log });
  }

  it('a plan names what would become of which event, and changes nothing', async () => {
    const { repo, editor, database } = at.plan;
    await edit('plan', ids[3], 'Mine');
    await edit('plan', ids[4], 'Mine');
    await repo.commit({ ...without([ids[0]]), [file(ids[1])]: asMarkdown(event(ids[1], { title: 'Changed <there>' })), [file(ids[3])]: asMarkdown(event(ids[3], { title: 'Theirs' })),
      [file(ids[4])]: asMarkdown(event(ids[4], { importance: 9 })), [file(NEW)]: asMarkdown(event(NEW)) });
    await service.cli('plan', 'event', 'show', ids[3]); // other programs' edits are noticed
    const rows = async () => Promise.all(['timeline_events', 'tl_event', 'tl_file', 'tl_repository', 'tl_conflict', 'sync_status'].map((table) => query(database, `SELECT * FROM ${table}`)));
    const old = await rows();
    const page = await ended(editor, await editor.post('/pull/plan', {}));
    assert.match(page.text, /<h1[^>]*>Waiting to be pulled: 1 new event, 1 changed, 1 removed, 1 merged with an edit here, 1 conflict<\/h1>/);
    assert.match(page.text, new RegExp(`Removed[^]*href="/events/${ids[0]}"[^]*Changed here and there[^]*href="/events/${ids[3]}"[^]*title[^]*Merged[^]*${ids[4]}[^]*importance`));
    assert.match(page.text, /Changed &lt;there&gt;/);
    assert.ok(!page.text.includes(`href="/events/${NEW}"`) && page.text.includes(`About ${NEW}`), 'what is not here has no page');
    assert.match(page.text, /Pull now/);
    assert.deepEqual(await rows(), old);
    const { stdout } = await service.cli('plan', '--text', 'git-pull', '--dry-run');
    for (const words of [/New events \(1\)\n {2}2001-02-01--only-there: About/, /Events that are removed \(1\)/, /Merged into your edits \(1\)/, /a person has to decide \(1\)/]) assert.match(stdout, words);
    const pulled = await ended(editor, await editor.post('/pull', {}));
    assert.match(pulled.text, /Pulled: 1 new event/);
    const nothing = await ended(editor, await editor.post('/pull/plan', {}));
    assert.match(nothing.text, /A pull would change nothing[^]*Changed here and there/, 'the conflict is still open');
  });

  it('a pull that would remove much names the events, asks, and removes these alone', async () => {
    const { repo, editor } = at.stop;
    await repo.commit(without(ids.slice(0, 5)));
    const plan = await ended(editor, await editor.post('/pull/plan', {}));
    assert.match(plan.text, /5 events would go, more than a fifth of all[^]*href="\/jobs\/\d+\/confirm">Remove these 5 events</);
    assert.doesNotMatch(plan.text, />Pull now</);
    const stopped = await ended(editor, await editor.post('/pull', {}));
    assert.match(stopped.text, /The pull failed[^]*would remove 5 of 12 events[^]*Should these events really go\?[^]*Remove these 5 events[^]*Do nothing/);
    for (const id of ids.slice(0, 5)) assert.ok(stopped.text.includes(`href="/events/${id}"`), id);
    assert.equal((await idsOf('stop')).length, 12);
    const [, confirm] = stopped.text.match(/href="(\/jobs\/\d+\/confirm)"/);
    const question = await editor.get(confirm);
    assert.match(question.text, /<h1>Remove 5 events\?<\/h1>[^]*Remove 5 events and pull[^]*Do nothing/);
    const [, seen] = question.text.match(/name="seen" value="([0-9a-f]+)"/);
    await repo.commit(without([ids[5]]));
    const again = await ended(editor, await editor.post('/pull', { confirm_deletions: '1', seen }));
    assert.match(again.text, /would remove 6 of 12 events, more than a fifth, and not those that were agreed to/);
    assert.equal((await idsOf('stop')).length, 12);
    const [, after] = again.text.match(/href="(\/jobs\/\d+\/confirm)"/);
    const [, now] = (await editor.get(after)).text.match(/name="seen" value="([0-9a-f]+)"/);
    await repo.commit({ [file(NEW)]: asMarkdown(event(NEW)) });
    const done = await ended(editor, await editor.post('/pull', { confirm_deletions: '1', seen: now }));
    assert.match(done.text, /Pulled: 1 new event, 6 removed/, 'what else moved meanwhile is no reason to stop');
    assert.deepEqual(await idsOf('stop'), [...ids.slice(6), NEW].sort());
    assert.equal((await editor.get(confirm.replace(/\d+/, '999'))).status, 404);
    const [{ id: ordinary }] = await query(at.stop.database, "SELECT max(id) AS id FROM tl_job WHERE kind = 'pull'");
    assert.equal((await editor.get(`/jobs/${ordinary}/confirm`)).status, 404);
  });

  it('the command line names them, too', async () => {
    const { repo } = at.plain;
    await repo.commit(without(ids.slice(0, 4)));
    const stopped = await service.cli('plain', 'git-pull');
    assert.deepEqual([stopped.code, stopped.json.success, stopped.json.code, stopped.json.deletions_total, stopped.json.events_total], [1, false, 'deletions_need_confirmation', 4, 12]);
    assert.deepEqual(stopped.json.deletions, ids.slice(0, 4).map((id) => ({ id, date: id.slice(0, 10), title: `About ${id}` })));
    const text = await service.cli('plain', '--text', 'git-pull');
    assert.match(text.stdout, new RegExp(`Events that would be removed \\(4\\)\n {2}${ids[0]}: About[^]*git-pull --seen ${stopped.json.seen}`));
    const dry = await service.cli('plain', 'git-pull', '--dry-run');
    assert.deepEqual([dry.code, dry.json.needs_confirmation, dry.json.seen, dry.json.events.deleted.length], [0, true, stopped.json.seen, 4]);
    assert.equal((await service.cli('plain', 'git-pull', '--seen', '0123456789abcdef')).code, 1);
    assert.equal((await service.cli('plain', 'git-pull', '--seen', stopped.json.seen)).json.deleted, 4);
  });

  it('programs get both as jobs', async () => {
    const { repo, admin } = at.program;
    const api = new Program(service, 'program', new Description(), await createToken(service, 'program', 'ada', '--scope', 'write'));
    await repo.commit(without(ids.slice(0, 3)));
    const planned = await api.job(await api.post('/api/v1/pull', { dry_run: true }), 'succeeded');
    assert.equal(planned.kind, 'plan');
    assert.deepEqual(planned.result.events.deleted.map(({ id }) => id), ids.slice(0, 3));
    const failed = await api.job(await api.post('/api/v1/pull', {}), 'failed');
    assert.deepEqual([failed.code, failed.result.deletions_total, failed.result.seen], ['deletions_need_confirmation', 3, planned.result.seen]);
    for (const [body, field] of [[{ dry_run: true, confirm_deletions: true }, 'dry_run'], [{ seen: 1 }, 'seen']]) {
      const refused = await api.post('/api/v1/pull', body);
      assert.equal(refused.status, 422, refused.text);
      assert.match(refused.text, new RegExp(`"${field}"`));
    }
    const done = await api.job(await api.post('/api/v1/pull', { seen: planned.result.seen }), 'succeeded');
    assert.equal(done.result.deleted, 3);
    const compared = await api.job(await api.post('/api/v1/config/preview', { repo_url: server.url('them/fork') }), 'succeeded');
    assert.deepEqual([compared.result.imported, compared.result.deleted, compared.result.updated, compared.result.repo_url, compared.result.now.repo_url],
      [3, 0, 0, server.url('them/fork'), server.url('us/program')]);
    assert.equal((await api.get('/api/v1/config')).json.repo_url, server.url('us/program'));
    for (const [body, status] of [[{ repo_url: 'https://evil.example/x' }, 422], [{ repo_url: `file://${at.fork.folder}` }, 422], [{}, 422],
      [{ branch: 'main' }, 409], [{ url: 'x' }, 422]]) {
      assert.equal((await api.post('/api/v1/config/preview', body)).status, status, JSON.stringify(body));
    }
    const page = await admin.get(`/settings/compare/${compared.id}`);
    assert.match(page.text, /<h1>3 events would change<\/h1>/);
  });

  it('a comparison is the way to another repository', async () => {
    const { admin, editor, database } = at.switch;
    await edit('switch', ids[2], 'Mine');
    const { text } = await admin.get('/settings');
    const [, version] = text.match(/name="version" value="([^"]+)"/);
    const page = await ended(admin, await admin.post('/settings/compare', { repo_url: server.url('them/fork'), branch: 'main', version }));
    assert.match(page.text, /<h1>3 events would change<\/h1>[^]*Switch to this repository[^]*Stay/);
    assert.match(page.text, new RegExp(`Your changes[^]*${ids[2]}[^]*Only here[^]*${ids[1]}[^]*Different there[^]*${ids[0]}[^]*Only there[^]*About ${NEW}`));
    const [{ id }] = await query(database, "SELECT max(id) AS id FROM tl_job WHERE kind = 'compare'");
    assert.equal((await editor.get(`/settings/compare/${id}`)).status, 403);
    assert.doesNotMatch((await editor.get(`/jobs/${id}`)).text, new RegExp(`them/fork|${NEW}`));
    assert.equal((await idsOf('switch')).length, 12);
    const fields = Object.fromEntries([...page.text.match(/<form class="actions"[^]*?<\/form>/)[0].matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]));
    delete fields.csrf;
    await ended(admin, await admin.post('/settings/repository', fields));
    await waitUntil(async () => (await idsOf('switch')).includes(NEW), { what: 'the pull from the fork', timeoutMs: 30000, explain: () => service.pool.log });
    const [{ state }] = await query(database, `SELECT state FROM tl_event WHERE id = '${ids[2]}'`);
    assert.equal(state, 'draft');
    const stale = await admin.post('/settings/repository', fields);
    assert.equal(stale.status, 412, 'the comparison is older than the settings');
  });

  it('what a comparison showed may go when it is switched to', async () => {
    const page = await browser.newPage({ javaScript: false });
    await page.goto(service.url('moved', '/login?next=/settings'));
    await page.getByLabel('Name').fill('ada');
    await page.getByLabel('Password').fill(at.moved.admin.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('textbox', { name: 'Repository' }).fill(server.url('them/small'));
    await page.getByRole('button', { name: 'See what differs' }).click();
    await page.waitForURL(/settings\/compare\/\d+$/, { timeout: 30000 });
    assert.match(await page.locator('.warn').textContent(), /9 events, more than a fifth of all, would go/);
    await screenshot(page, 'guards-compare');
    await page.getByRole('button', { name: 'Switch to this repository' }).click();
    await waitUntil(async () => (await idsOf('moved')).length === 3, { what: 'the pull', timeoutMs: 30000, explain: () => service.pool.log });
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });

  it('works in the browser, wide and narrow, light and dark', async () => {
    const { repo, editor } = at.stop;
    await repo.commit(without([ids[6], ids[7]]));
    for (const [size, scheme] of [['wide', 'light'], ['narrow', 'dark']]) {
      const page = await browser.newPage({ size, scheme });
      const shot = (name) => screenshot(page, `guards-${name}-${size}-${scheme}`);
      await page.goto(service.url('stop', '/login?next=/'));
      await page.getByLabel('Name').fill('eddy');
      await page.getByLabel('Password').fill(editor.password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(service.url('stop', '/'));
      await page.getByRole('button', { name: 'Check now' }).click();
      await page.waitForURL(service.url('stop', '/'), { timeout: 30000 });
      await page.getByRole('button', { name: 'See what a pull would do' }).click();
      await page.waitForURL(/pull\/plan\/\d+$/, { timeout: 30000 });
      await shot('plan');
      await page.locator('summary', { hasText: 'Removed' }).click();
      await shot('plan-open');
      await page.goto(service.url('stop', '/'));
      await page.getByRole('button', { name: /^Pull/ }).click();
      await page.getByText('Should these events really go?').waitFor({ timeout: 30000 });
      await shot('stopped');
      await page.getByRole('link', { name: 'Remove these 2 events' }).click();
      await shot('question');
      if (size === 'wide') await page.getByRole('link', { name: 'Do nothing' }).click();
      else await page.getByRole('button', { name: 'Remove 2 events and pull' }).click();
      await page.waitForURL(size === 'wide' ? /jobs\/\d+$/ : service.url('stop', '/'), { timeout: 30000 });
      assert.deepEqual(page.problems.filter((words) => !words.includes('ERR_ABORTED')), []);
      await page.context().close();
    }
    assert.ok(!(await idsOf('stop')).includes(ids[6]));
  });
});
