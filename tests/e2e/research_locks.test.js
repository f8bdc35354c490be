// Other programs hold the database for seconds. Tideline waits as long as it may, says so when that was not enough, and
// does nothing by halves.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { execute, query } from './lib/database.js';
import { asMarkdown, EVENTS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { waitUntil } from './lib/net.js';
import { holdDatabase, insertMetadata, makeResearchDatabase } from './lib/research.js';
import { createToken } from './lib/session.js';
import { tempDir } from './lib/temp.js';
import { createCli, startService } from './lib/tideline.js';

const ID = '2001-01-01--held';
const OTHER = '2001-01-02--other';
const event = (id) => ({ id, date: id.slice(0, 10), title: `About ${id}`, importance: 6, tags: ['harbour'], actors: ['Zoë Nilsson'],
  sources: [{ url: 'https://example.org/a', title: 'A source', publisher: 'Example', date: '2001-01-01', tier: 1 }],
  body: 'Something happened.', status: 'confirmed' });
const file = (id) => `${EVENTS}/${id}.md`;
const set = (title) => `UPDATE timeline_events SET json_content = json_set(json_content, '$.title', '${title}') WHERE id = '${ID}'`;

async function timeline() {
  const repo = await createBareRepo({ files: { [file(ID)]: asMarkdown(event(ID)) } });
  const database = path.join(tempDir('research'), 'unified.db');
  const { body, ...fields } = event(ID);
  await makeResearchDatabase(database, [{ event: { ...fields, summary: body }, status: 'pending' }]);
  return { repo, database, settings: { TIMELINE_REPO_URL: repo.folder, DB_PATH: database, AUTO_PULL_ON_START: 'false' } };
}

/** Waits until the process writes, or waits for the other program to let it: it has Tideline's own lock then. */
const writes = (child) => waitUntil(() => Promise.resolve(new RegExp(`FLOCK .*WRITE ${child.pid} `).test(readFileSync('/proc/locks', 'utf8'))),
  { what: 'the command to want the database', timeoutMs: 20000, explain: () => child.log });
const rowsOf = (database, table) => query(database, `SELECT * FROM ${table}`);

describe('the command line', () => {
  let t;
  let cli;

  before(async () => {
    t = await timeline();
    cli = createCli({ env: t.settings });
  });

  /** Runs a command that finds the database held, and lets it go on when it waits. */
  async function held(args, options) {
    const holder = await holdDatabase(t.database, options);
    const command = await cli.begin(['--json', ...args]);
    await writes(command).finally(() => holder.release()).then((exit) => assert.equal(exit?.code ?? 0, 0));
    const { code } = await command.ended;
    assert.equal(code, 0, command.log);
  }

  it('waits at the first contact, when the database is none of Tideline\'s yet', async () => {
    await held(['git-status', '--offline']);
    assert.equal((await cli.must('event', 'show', ID)).state, 'draft');
  });

  it('works on a database that somebody reads all the while, and makes it a WAL database later', async () => {
    const fresh = await timeline();
    const mine = createCli({ env: fresh.settings });
    const mode = async () => (await query(fresh.database, 'PRAGMA journal_mode'))[0].journal_mode;
    const holder = await holdDatabase(fresh.database, { begin: 'BEGIN', sql: 'SELECT count(*) FROM timeline_events' });
    const opened = await mine.run('git-status', '--offline');
    // A rollback journal cannot be committed over a reader: refused in one sentence, or done.
    assert.ok(opened.code === 0 || /in use|Try again/.test(opened.json.error), opened.stdout);
    assert.equal(await mode(), 'delete');
    await holder.release();
    await mine.must('git-pull');
    assert.equal(await mode(), 'wal');
  });

  it('pulls when the other program is done, and sees what it wrote', async () => {
    await held(['git-pull'], { sql: set('Written meanwhile') });
    assert.equal((await cli.must('event', 'show', ID)).event.title, `About ${ID}`, 'first contact follows the repository');
    const { history } = await cli.must('event', 'show', ID);
    assert.deepEqual(history.map((one) => one.author), ['repository', 'another program', 'another program']);
    await t.repo.commit({ [file(OTHER)]: asMarkdown(event(OTHER)) });
    await held(['git-pull'], { sql: set('Written again') });
    const { state, event: now } = await cli.must('event', 'show', ID);
    assert.deepEqual([state, now.title], ['draft', 'Written again']);
    assert.equal((await cli.must('event', 'show', OTHER)).state, 'merged');
  });

  it('sends one pull request, however often it has to wait', async () => {
    await execute(t.database, insertMetadata(ID, 'validated', { score: 8, verb: 'INSERT OR REPLACE' }));
    await held(['create-pr']);
    assert.deepEqual((await rowsOf(t.database, 'tl_pull_request')).map(({ state, step }) => [state, step]), [['open', 'recorded']]);
    assert.equal((await t.repo.branches()).length, 2);
    assert.equal((await cli.must('check')).success, true);
  });
});

describe('the service', () => {
  let t;
  let service;
  let token;

  before(async () => {
    t = await timeline();
    service = await startService({ authority: await createAuthority(), tenants: { us: { ...t.settings, TIMELINE_PUBLIC: 'true' } } });
    assert.equal((await service.cli('us', 'git-pull')).code, 0);
    assert.equal((await service.cli('us', 'user', 'add', 'ada', '--role', 'editor', '--password-stdin', { input: 'correct horse battery\n' })).code, 0);
    token = await createToken(service, 'us', 'ada', '--scope', 'write');
  });
  after(() => service.stop());

  /** Over the API, on top of what is there now. */
  async function edit(title) {
    const { json, headers: { etag } } = await service.get('us', `/api/v1/events/${ID}`);
    return service.request('PUT', 'us', `/api/v1/events/${ID}`, { body: JSON.stringify({ ...json.event, title }),
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', 'If-Match': etag } });
  }
  const contents = () => query(t.database, 'SELECT id, json_content, title FROM timeline_events ORDER BY id');
  const revisions = () => query(t.database, 'SELECT event_id, revision FROM tl_revision ORDER BY id');

  it('reads on while another program writes', async () => {
    const holder = await holdDatabase(t.database, { sql: set('Not committed') });
    const pages = ['/', '/events', `/events/${ID}`, '/events?q=Something', '/api/v1/status'];
    const answers = [];
    for (const page of pages) answers.push(await service.get('us', page));
    await holder.release();
    for (const [i, { status, text }] of answers.entries()) {
      assert.equal(status, 200, `${pages[i]}: ${text}`);
      assert.doesNotMatch(text, /Not committed/);
    }
    assert.equal((await service.get('us', `/api/v1/events/${ID}`)).json.event.title, 'Not committed');
  });

  it('refuses to write, says when to try again, and changes nothing', async () => {
    const was = [await contents(), await revisions()];
    const holder = await holdDatabase(t.database);
    const refused = await edit('Mine').finally(() => holder.release());
    assert.equal(refused.status, 503, refused.text);
    assert.ok(Number(refused.headers['retry-after']) > 0);
    assert.match(refused.json.detail, /Try again/);
    assert.deepEqual([await contents(), await revisions()], was);
    const done = await edit('Mine');
    assert.equal(done.status, 200, done.text);
    assert.equal(done.json.event.title, 'Mine');
  });

  it('reads on even when that program wants everything for itself', async () => {
    const holder = await holdDatabase(t.database, { begin: 'BEGIN EXCLUSIVE', sql: set('By one alone') });
    const { status, text } = await service.get('us', '/api/v1/events').finally(() => holder.release());
    assert.equal(status, 200, text);
    assert.equal((await service.get('us', `/api/v1/events/${ID}`)).json.event.title, 'By one alone');
    assert.equal((await service.cli('us', 'check')).code, 0);
  });
});
