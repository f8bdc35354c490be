// Lists, searches and the pages of research among many events, each through nginx, one at a time, with other words or
// events each time: no answer is one that was kept.
import path from 'node:path';
import { execute, query } from '../e2e/lib/database.js';
import { generatedTimeline, NAMES, WORDS } from '../e2e/lib/fixtures.js';
import { createBareRepo } from '../e2e/lib/git.js';
import { freePort, waitUntil } from '../e2e/lib/net.js';
import { startNginx } from '../e2e/lib/nginx.js';
import { cleanEnv, mustRun, run, start } from '../e2e/lib/process.js';
import { tempDir } from '../e2e/lib/temp.js';
import { binary, SOURCE, writeTenants } from '../e2e/lib/tideline.js';
import { figureRow, median, REPETITIONS, spread } from './measure.js';
import { ask, serverBlock, signIn } from './web.js';

const MANY = Number(process.env.BENCH_EVENTS ?? 100000);
const LIMIT_MS = 20;
const REQUESTS = 12 * REPETITIONS;
const EDITED = Math.floor(MANY / 20);
const CONFLICTS = Math.min(200, Math.floor(EDITED / 25));

/** The generated events hold the same sixty words nearly all; so each gets a number of its own and a name of a thousand. */
function* timeline() {
  let n = 0;
  for (const [name, text] of generatedTimeline(MANY)) {
    n++;
    yield [name, name.endsWith('.md') ? `${text}\nParcel ${n} of estate${n % 1000}, lot no. ${(n * 7919) % 10007}.\n` : text];
  }
}

/** Some of the drafts change in the repository, too. */
async function makeConflicts(repo, database, env) {
  const rows = await query(database, `SELECT r.file_path AS file FROM tl_event t JOIN timeline_events r ON r.id = t.id
    WHERE t.state = 'draft' AND r.file_path LIKE '%.md' ORDER BY t.key * 7919 % 10007 LIMIT ${CONFLICTS}`);
  const files = {};
  for (const { file } of rows) files[file] = (await repo.read(file)).replace(/^title: .*$/m, 'title: Changed in the repository');
  await repo.commit(files);
  const { stdout } = await run(binary(), ['--json', 'git-pull'], { env, timeoutMs: 900000 });
  const found = JSON.parse(stdout).conflicts.length;
  if (found !== CONFLICTS) throw new Error(`${found} conflicts, not ${CONFLICTS}`);
}

/** Ids of some events in a state, as an address has them. */
async function some(database, state) {
  const rows = await query(database, `SELECT id FROM tl_event WHERE state = '${state}' ORDER BY key * 7919 % 10007 LIMIT 500`);
  return rows.map(({ id }) => encodeURIComponent(id));
}

async function startSite(home) {
  const repo = await createBareRepo({ files: timeline() });
  const tenants = writeTenants(path.join(home, 'tenants'), { bench: { TIMELINE_REPO_URL: repo.folder,
    TIMELINE_PUBLIC: 'true', AUTO_PULL_ON_START: 'false' } });
  const env = cleanEnv(home, { TIDELINE_TENANTS: tenants, TIDELINE_STATE: path.join(home, 'state') });
  await mustRun(binary(), ['git-pull'], { env, timeoutMs: 900000 });
  // Drafts, all over the years, as a research tool writes them.
  const database = path.join(home, 'state', 'bench', 'db', 'timeline.db');
  await execute(database, `UPDATE timeline_events SET title = title || ', revised'
    WHERE rowid % ${Math.floor(MANY / EDITED)} = 0`);
  const { stdout } = await mustRun(binary(), ['--json', 'event', 'list', '--state', 'draft'], { env, timeoutMs: 900000 });
  const { total } = JSON.parse(stdout);
  if (total !== EDITED) throw new Error(`${total} drafts, not ${EDITED}`);
  await makeConflicts(repo, database, env);
  const socket = path.join(home, 'tideline.sock');
  const pool = await start(binary('tideline-fcgi'), ['--tenants', tenants, '--socket', socket, '--templates',
    path.join(SOURCE, 'templates'), '--web-workers', '1', '--job-workers', '1'], { env, ready: socket, name: 'tideline-fcgi' });
  const port = await freePort();
  const nginx = await startNginx({ servers: await serverBlock(env, port, socket), port, name: 'bench' });
  await waitUntil(async () => ask(port).then((one) => one.status === 200, () => false), { what: 'the status page' });
  const cookie = await signIn(env, port);
  const { stdout: made } = await mustRun(binary(), ['--json', 'token', 'create', '--user', 'bench', '--scope', 'write'], { env });
  return { port, database, cookie, token: JSON.parse(made).token, stop: async () => {
    for (const one of [nginx, pool]) await one.stop();
  } };
}

const word = (i, step = 1) => WORDS[(i * step) % WORDS.length];
const year = (i) => 1700 + ((i * 37) % 300);

/** The cursor in the middle of a list. */
async function middle(port, filter) {
  let cursor = '';
  for (let seen = 0; seen < MANY * 0.4; seen += 10000) {
    const { body } = await ask(port, { page: `/api/v1/events?limit=10000${filter}${cursor && `&cursor=${cursor}`}` });
    cursor = JSON.parse(body).next_cursor;
    if (!cursor) throw new Error(`no page in the middle of ${filter}`);
  }
  return cursor;
}

async function kinds(port) {
  const [all, common] = [await middle(port, ''), await middle(port, `&q=${word(0)}`)];
  return {
    'first page': (i) => ({ x: i }),
    'first page (API)': (i) => ({ api: true, x: i }),
    'page in the middle': (i) => ({ cursor: all, x: i }),
    'a state': (i) => ({ state: 'draft', x: i }),
    'ten years': (i) => ({ from: year(i), to: year(i) + 9 }),
    'common word': (i) => ({ q: word(i) }),
    'common word, page in the middle': (i) => ({ q: word(0), cursor: common, x: i }),
    'two common words': (i) => ({ q: `${word(i)} ${word(i, 7)}` }),
    'five common words': (i) => ({ q: [1, 7, 11, 13, 17].map((step) => word(i + 1, step)).join(' ') }),
    'phrase of two words': (i) => ({ q: `"${word(i)} ${word(i + 1, 7)}"` }),
    'phrase of three words': (i) => ({ q: `"${word(i)} ${word(i + 1, 7)} ${word(i + 2, 11)}"` }),
    'rare word': (i) => ({ q: `estate${(i * 31) % 1000}` }),
    'rare and common word': (i) => ({ q: `estate${(i * 31) % 1000} ${word(i)}` }),
    'word that is nowhere': (i) => ({ q: `nowhere${i}` }),
    'prefix': (i) => ({ q: `${word(i).slice(0, 4)}*` }),
    'prefix of a thousand words': (i) => ({ q: `esta* ${word(i)}` }),
    'longer prefix of a thousand words': (i) => ({ q: `estat* ${word(i)}` }),
    'common word in a state': (i) => ({ q: word(i), state: i % 2 ? 'draft' : 'merged' }),
    'tag': (i) => ({ tag: word(i) }),
    'actor': (i) => ({ actor: NAMES[i % NAMES.length] }),
    'importance': (i) => ({ importance: i % 11 }),
    'tag, actor, importance': (i) => ({ tag: word(i), actor: NAMES[i % NAMES.length], importance: 5 }),
    'word, tag, actor, importance, years, state': (i) => ({ q: word(i), tag: word(i, 7), actor: NAMES[i % NAMES.length],
      importance: 3, from: 1800, to: 1950, state: 'merged' }),
  };
}

/** `x` asks for nothing: it makes the address another one. */
function list({ api, ...parameters }) {
  const text = new URLSearchParams(Object.entries(parameters).map(([key, value]) => [key, String(value)]));
  return { page: `${api ? '/api/v1' : ''}/events?${text}` };
}

/** What somebody sees who writes, reviews and decides. */
async function research({ database, cookie, token }) {
  const [merged, drafts, conflicts] = [await some(database, 'merged'), await some(database, 'draft'), await some(database, 'conflict')];
  const signed = (page) => ({ page, headers: { Cookie: cookie } });
  const one = (ids, i) => ids[(i * 7) % ids.length];
  const draft = (i) => ({ date: `${year(i)}-05-06`, title: [1, 7, 11, 13].map((step) => word(i, step)).join(' '), summary: 'Words.',
    tags: [word(i)], sources: [{ title: 'A source', url: `https://archive.example.org/${(i * 31) % MANY}/0` }] });
  return {
    'status': (i) => signed(`/?x=${i}`),
    'event': (i) => signed(`/events/${one(merged, i)}`),
    'edited event': (i) => signed(`/events/${one(drafts, i)}`),
    'history': (i) => signed(`/events/${one(drafts, i)}/history`),
    'edit form': (i) => signed(`/events/${one(merged, i)}/edit`),
    'review queue': (i) => signed(`/validation?x=${i}`),
    'review queue (API), changed events': (i) => ({ page: `/api/v1/validation?change=changed&x=${i}` }),
    'review of an event': (i) => signed(`/validation/${one(drafts, i)}`),
    'conflicts': (i) => signed(`/conflicts?x=${i}`),
    'conflict': (i) => signed(`/conflicts/${one(conflicts, i)}`),
    'choice of events to send': (i) => signed(`/pull-requests/new?x=${i}`),
    'check of a new event, with duplicates': (i) => ({ method: 'POST', page: '/api/v1/events/check', body: JSON.stringify(draft(i)),
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' } }),
  };
}

async function timed(port, request) {
  const began = process.hrtime.bigint();
  const { status } = await ask(port, request);
  if (status !== 200) throw new Error(`${request.page}: ${status}`);
  return Number(process.hrtime.bigint() - began) / 1e6;
}

export async function benchSearch() {
  const site = await startSite(tempDir('bench-search'));
  const lists = Object.entries(await kinds(site.port)).map(([kind, make]) => [kind, (i) => list(make(i))]);
  const all = Object.fromEntries([...lists, ...Object.entries(await research(site))]);
  const figures = Object.fromEntries(Object.keys(all).map((kind) => [kind, []]));
  for (let i = -2; i < REQUESTS; i++) {
    for (const [kind, make] of Object.entries(all)) {
      const ms = await timed(site.port, make(i + 2));
      if (i >= 0) figures[kind].push(ms);
    }
  }
  await site.stop();
  return Object.entries(figures).map(([kind, values]) => figureRow(`${MANY} events: ${kind}`, spread(values, 'ms'),
    `<= ${LIMIT_MS} ms`, median(values) <= LIMIT_MS));
}
