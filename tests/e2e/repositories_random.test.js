// Two repositories and one database, changed at random on all sides, with a switch after each round: every edit is there or
// waits for a person, and nothing of the one repository is ever in the other.
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { execute, query } from './lib/database.js';
import { asJson, EVENTS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { tempDir } from './lib/temp.js';
import { createCli } from './lib/tideline.js';

const ROUNDS = Number(process.env.TIDELINE_ROUNDS ?? 16);
const SEED = Number(process.env.TIDELINE_SEED ?? 20261201);
const ids = Array.from({ length: 14 }, (_, i) => `2001-01-${String(i + 1).padStart(2, '0')}--event-${i + 1}`);
const file = (id) => `${EVENTS}/${id}.json`;
const event = (id, extra = {}) => ({ id, date: id.slice(0, 10), title: `About ${id}`, importance: 5, tags: ['one'], actors: ['Somebody'],
  sources: [{ title: 'A source', url: 'https://example.org/a', publisher: 'Example', date: '2001-01-01', tier: 1 }], body: 'Something happened.', ...extra });

/** Mulberry32. */
function random(seed) {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n);
  };
}

describe('two repositories, changed at random', { timeout: 900000 }, () => {
  it(`keep every edit and each other apart (seed ${SEED}, ${ROUNDS} rounds)`, async () => {
    const next = random(SEED);
    const pick = (list) => list[next(list.length)];
    const sides = {};
    for (const name of ['home', 'fork']) {
      sides[name] = { repo: await createBareRepo({ files: Object.fromEntries(ids.map((id) => [file(id), asJson(event(id))])) }), now: new Map(ids.map((id) => [id, {}])), n: 0 };
    }
    const database = path.join(tempDir('database'), 'timeline.db');
    const cli = createCli({ tenants: { us: { TIMELINE_REPO_URL: sides.home.repo.folder, DB_PATH: database } } });
    await cli.must('git-pull');
    const alive = new Map(); // note -> event: edits made here, which nobody has taken back
    let at = 'home';
    let n = 0;

    /** Somebody works in a repository: fields that only this one has, events that go and come back. */
    const upstream = async (name) => {
      const side = sides[name];
      const id = pick(ids);
      const has = side.now.get(id);
      side.n += 1;
      if (has && next(5) === 0) side.now.delete(id);
      else side.now.set(id, { ...has, [`of_${name}`]: `${name} ${side.n}`, importance: next(10) });
      const fields = side.now.get(id);
      await side.repo.commit({ [file(id)]: fields ? asJson(event(id, fields)) : null });
    };
    const contents = async () => new Map((await query(database, 'SELECT id, json_content FROM timeline_events'))
      .map(({ id, json_content: content }) => [id, JSON.parse(content)]));
    /** Somebody writes here: a note of its own for each edit, so that none has to give way to another. */
    const write = async () => {
      const here = await contents();
      n += 1;
      const note = `note_${n}`;
      const id = here.size && next(4) ? pick([...here.keys()]) : `2002-01-01--written-${n}`;
      if (here.has(id)) await execute(database, `UPDATE timeline_events SET json_content = json_set(json_content, '$.${note}', 'kept') WHERE id = '${id}'`);
      else await cli.must('event', 'add', '-', { input: JSON.stringify({ ...event(id), [note]: 'kept' }) });
      alive.set(note, id);
      if (next(2)) await cli.run('event', 'validate', id, '--status', 'validated', '--score', '8');
    };

    const look = async (what) => {
      const here = await contents();
      const conflicts = new Map((await query(database, 'SELECT event_id, ours FROM tl_conflict')).map(({ event_id: id, ours }) => [id, ours ?? '']));
      for (const [note, id] of alive) {
        assert.ok(here.get(id)?.[note] === 'kept' || conflicts.get(id)?.includes(`"${note}"`), `${what}: ${note} of ${id} is lost: ${JSON.stringify(here.get(id))}`);
      }
      const other = at === 'home' ? 'fork' : 'home';
      for (const [id, content] of here) {
        if (!conflicts.has(id)) assert.equal(content[`of_${other}`], undefined, `${what}: ${id} has something of ${other}`);
        if (!conflicts.has(id)) assert.equal(content[`of_${at}`], sides[at].now.get(id)?.[`of_${at}`], `${what}: ${id} lacks something of ${at}`);
      }
      for (const id of sides[at].now.keys()) assert.ok(here.has(id), `${what}: ${id} is missing`);
      const check = await cli.run('check');
      assert.equal(check.code, 0, `${what}: ${check.stdout}${check.stderr}`);
    };

    for (let round = 0; round < ROUNDS; round += 1) {
      for (let i = next(3); i > 0; i -= 1) await upstream(pick(['home', 'fork']));
      for (let i = next(3); i > 0; i -= 1) await write();
      if (next(3)) {
        at = at === 'home' ? 'fork' : 'home';
        await cli.must('git-config', '--repo', sides[at].repo.folder);
      }
      const pulled = await cli.run('git-pull', '--confirm-deletions');
      assert.ok([0, 3].includes(pulled.code), pulled.stdout + pulled.stderr);
      await look(`round ${round} (${at})`);
    }
  });
});
