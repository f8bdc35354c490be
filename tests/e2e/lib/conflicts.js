// A timeline with a conflict of every kind: files of before, and what both sides then do to them.
import assert from 'node:assert/strict';
import { execute } from './database.js';
import { EVENTS, sampleEvents } from './fixtures.js';

const day = (n) => `1911-03-${String(n).padStart(2, '0')}`;
const id = (n, name) => `${day(n)}--${name}`;

/** The events in conflict, by what is in question. */
export const CONFLICTS = {
  fields: id(1, 'harbour-board-elected'),
  sources: id(2, 'lighthouse-lit'),
  removedThere: id(3, 'ferry-sinks'),
  removedHere: id(4, 'bridge-opens'),
  added: id(5, 'census-taken'),
  hostile: id(6, 'hostile'),
  long: id(7, 'long-report'),
  many: id(8, 'many-fields'),
};

export const STEERING = 'safe\u202eexe \u001b[2J';
export const MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{csrf}}';
const paragraph = (n) => `Paragraph ${n} of the report tells in some detail what the board had found in the archives of the harbour, and in which order; nothing in it was ever disputed by anybody who had read the ledgers.`;
const report = (first, middle, last) => [first, ...Array.from({ length: 40 }, (_, i) => paragraph(i + 1)), middle,
  ...Array.from({ length: 40 }, (_, i) => paragraph(i + 41)), last].join('\n\n');

const plain = (n, name, more) => ({ id: id(n, name), date: day(n), title: `Event ${n}`, summary: 'What happened, in more than a few words, so that it can be read.', importance: 5, tags: ['harbour'],
  actors: ['The Harbour Board'], sources: [{ title: 'Minutes of the board', url: 'https://archive.example.org/minutes', outlet: 'Archive', date: day(n) },
    { title: 'A letter', url: 'https://archive.example.org/letter', tier: 2 }], ...more });
const many = (of) => Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`field_${String(i).padStart(2, '0')}`, of(i)]));

/** What stands before: `[before, here, there]`; null is not there. */
const SIDES = {
  fields: [plain(1, 'harbour-board-elected', { title: 'The first harbour board is elected by the merchants of the town', casualties: { estimate: 3, range: { low: 2, high: 4 } },
    summary: 'Twelve members were elected.\n\nThe count took two days and was repeated once.' }),
  { title: 'The first harbour board is elected by the citizens of the town', importance: 7, actors: ['The Harbour Board', 'Ada Lindqvist'], casualties: { estimate: 5, range: { low: 2, high: 4 } }, tags: ['harbour', 'election'],
    summary: 'Twelve members were elected.\n\nThe count took three days and was repeated once.', location: 'Town hall' },
  { title: 'The first harbour board is chosen by the merchants of the town', importance: 9, tags: ['harbour', 'trade'], casualties: { estimate: 4, range: { low: 1, high: 4 } },
    summary: 'Twelve members were elected.\n\nThe count took two days and was never repeated.', status: 'confirmed' }],
  sources: [plain(2, 'lighthouse-lit', { title: 'The lighthouse is lit' }),
    { sources: [{ title: 'Minutes of the board', url: 'https://archive.example.org/minutes', outlet: 'State archive', date: day(2) }] },
    { sources: [{ title: 'Minutes of the board', url: 'https://archive.example.org/minutes', outlet: 'City archive', date: '1911' },
      { title: 'A letter of the keeper', url: 'https://archive.example.org/letter', tier: 1 }] }],
  removedThere: [plain(3, 'ferry-sinks', { title: 'The ferry sinks' }), { title: 'The ferry Elif sinks', importance: 8 }, null],
  removedHere: [plain(4, 'bridge-opens', { title: 'The bridge opens' }), null, { title: 'The new bridge opens', tags: ['harbour', 'bridges'] }],
  added: [null, plain(5, 'census-taken', { title: 'A census is taken', importance: 4 }), plain(5, 'census-taken', { title: 'The second census is taken', importance: 6 })],
  hostile: [plain(6, 'hostile', { title: 'Base', [MARKUP]: 'x', [`k${STEERING}`]: 'x', csrf: 'x', version: 'x', event: 'x' }),
    { title: `Ours ${MARKUP}`, summary: STEERING, [MARKUP]: STEERING, [`k${STEERING}`]: MARKUP, csrf: 'ours', version: 'ours', event: 'ours' },
    { title: `Theirs ${MARKUP}`, summary: MARKUP, [MARKUP]: [STEERING, MARKUP], [`k${STEERING}`]: { [STEERING]: MARKUP }, csrf: 'theirs', version: 'theirs', event: 'theirs' }],
  long: [plain(7, 'long-report', { title: 'A long report', summary: report('It begins.', 'In the middle.', 'It ends.') }),
    { summary: report('It begins here.', 'In the middle, here.', 'It ends here.') }, { summary: report('It begins there.', 'In the middle.', 'It ends there.') }],
  many: [plain(8, 'many-fields', { title: `Event 8 ${'"'.repeat(4000)}`, ...many((i) => `before ${i}`) }), many((i) => `here ${i}`), many((i) => `there ${'and '.repeat(40)} ${i}`)],
};

const fileOf = (key) => `${EVENTS}/${CONFLICTS[key]}.json`;
const text = (event) => `${JSON.stringify(event, null, 2)}\n`;
const sqlText = (value) => `'${JSON.stringify(value).replaceAll("'", "''")}'`;

export const conflictTimeline = {
  /** The repository's files before anybody did anything. */
  before() {
    return { ...sampleEvents(), ...Object.fromEntries(Object.entries(SIDES).flatMap(([key, [base]]) => (base ? [[fileOf(key), text(base)]] : []))) };
  },

  /** Both sides of the named conflicts (default: all), and the pull that finds them. */
  async collide({ service, tenant, repo, database, keys = Object.keys(CONFLICTS) }) {
    const run = async (allowed, ...args) => {
      const done = await service.cli(tenant, ...args);
      assert.ok(allowed.includes(done.code), `${args[0]}: ${done.stdout}${done.stderr}`);
    };
    const files = {};
    await run([0, 3], 'git-pull');
    for (const key of keys) {
      const [base, ours, theirs] = SIDES[key];
      files[fileOf(key)] = theirs ? text({ ...base, ...theirs }) : null;
      if (!base) await run([0], 'event', 'add', '-', { input: JSON.stringify(ours) });
      else if (!ours) await execute(database, `DELETE FROM event_metadata WHERE event_id = '${CONFLICTS[key]}'; DELETE FROM timeline_events WHERE id = '${CONFLICTS[key]}'`);
      else await execute(database, `UPDATE timeline_events SET json_content = ${sqlText({ ...base, ...ours })} WHERE id = '${CONFLICTS[key]}'`);
    }
    await repo.commit(files);
    await run([3], 'git-pull');
  },

  /** The repository goes on: another commit to an event, and the pull of it. */
  async upstream({ service, tenant, repo, key, fields }) {
    const [base, , theirs] = SIDES[key];
    await repo.commit({ [fileOf(key)]: text({ ...base, ...theirs, ...fields }) });
    const { code, stdout } = await service.cli(tenant, 'git-pull');
    assert.equal(code, 3, stdout);
  },
};
