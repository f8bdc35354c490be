// Events that changed here and in the repository: what comes in by itself, what waits for a person, deciding at the command
// line, and that the repository gets exactly what was decided.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { eventsOf, execute } from './lib/database.js';
import { EVENTS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { tempDir } from './lib/temp.js';
import { createCli } from './lib/tideline.js';

const ID = '2001-01-01--first';
const OTHER = '2001-01-02--second';
const file = (id) => `${EVENTS}/${id}.md`;

/** As a careful person writes it, with quirks that no program may level. */
const text = (id, { title = 'A title that says enough', importance = 5, outlet = 'Paper', tags = ['one', 'two', 'three'], summary = 'What happened.' } = {}) =>
  `---\n# kept by hand\nid:   ${id}\ntitle: ${title}   # a comment\ndate: "${id.slice(0, 10)}"\nimportance: ${importance}\ntags: [${tags.join(', ')}]\nactors:\n    - 'Somebody'\n`
  + `sources:\n  - title: "One"\n    url: https://example.org/one\n    outlet: ${outlet}\n  - {title: Two, url: 'https://example.org/two'}\n---\n\n${summary}`;

async function follow(files = { [file(ID)]: text(ID), [file(OTHER)]: text(OTHER) }) {
  const repo = await createBareRepo({ files });
  const database = path.join(tempDir('database'), 'timeline.db');
  const cli = createCli({ env: { TIMELINE_REPO_URL: repo.folder, DB_PATH: database } });
  await cli.must('git-pull');
  const edit = async (id, ...pairs) => {
    const set = pairs.map((one) => (typeof one === 'number' ? one : `'${one}'`)).join(', ');
    await execute(database, `UPDATE timeline_events SET json_content = json_set(json_content, ${set}) WHERE id = '${id}'`);
    await cli.must('event', 'validate', id, '--status', 'validated', '--score', '8');
  };
  const event = async (id = ID) => cli.must('event', 'show', id);
  return { repo, database, cli, edit, event };
}

/** The event's title differs on all three sides, and the importance came in from there. */
async function contested() {
  const all = await follow();
  await all.edit(ID, '$.title', 'Our title that says enough');
  await all.repo.commit({ [file(ID)]: text(ID, { title: 'Their title that says enough', importance: 7 }) });
  const pulled = await all.cli.run('git-pull');
  assert.equal(pulled.code, 3);
  return { ...all, pulled: pulled.json };
}

describe('an event that changed on both sides', () => {
  it('takes what changed there, stays validated, and goes out as exactly its own change', async () => {
    const { repo, cli, edit, event } = await follow();
    await edit(ID, '$.title', 'Our title that says enough');
    await repo.commit({ [file(ID)]: text(ID, { importance: 8, tags: ['one', 'three', 'four'] }) });
    const dry = await cli.must('git-pull', '--dry-run');
    assert.deepEqual(dry.merged, [{ id: ID, fields: ['importance', 'tags'] }]);
    const pulled = await cli.must('git-pull');
    assert.deepEqual([pulled.conflicts, pulled.merged, pulled.updated], [[], [{ id: ID, fields: ['importance', 'tags'] }], 1]);
    const { state, change, validation, event: fields, history } = await event();
    assert.deepEqual([state, change, validation.status, validation.score], ['validated', 'changed', 'validated', 8]);
    assert.deepEqual([fields.title, fields.importance, fields.tags], ['Our title that says enough', 8, ['one', 'three', 'four']]);
    assert.deepEqual([history[0].author, history[0].reason], ['repository', 'merge']);
    const { commit_hash: commit } = await cli.must('create-pr');
    assert.equal(await repo.read(file(ID), commit), text(ID, { title: 'Our title that says enough', importance: 8, tags: ['one', 'three', 'four'] }));
    assert.equal((await cli.must('check')).success, true);
  });

  it('is named by the pull with what came in, in words for people', async () => {
    const { repo, cli, edit } = await follow();
    await edit(ID, '$.title', 'Our title that says enough');
    await repo.commit({ [file(ID)]: text(ID, { importance: 8 }) });
    const { stdout } = await cli.run('--text', 'git-pull');
    assert.match(stdout, new RegExp(`Merged into your edits \\(1\\)\n  ${ID}: importance\n`));
  });

  it('goes back to review when the two together break more rules than either', async () => {
    const { repo, cli, edit, event, database } = await follow();
    await execute(database, `UPDATE timeline_events SET json_content = json_remove(json_content, '$.importance') WHERE id = '${ID}'`);
    await cli.must('event', 'validate', ID, '--status', 'validated');
    await edit(OTHER, '$.title', 'Our title that says enough');
    await repo.commit({ [file(ID)]: text(ID).replace(/actors:\n.*\n/, '') });
    await cli.must('git-pull');
    const { state, event: fields } = await event();
    assert.deepEqual([state, fields.importance, fields.actors], ['draft', undefined, undefined]);
    assert.equal((await event(OTHER)).state, 'validated');
  });

  it('is a conflict where no merge can tell, and holds up nothing else', async () => {
    const { repo, cli, edit, event, pulled } = await contested();
    assert.deepEqual(pulled.conflicts, [{ id: ID, fields: ['title'], here: 'changed', in_repository: 'changed' }]);
    await edit(OTHER, '$.title', 'Another title that says enough');
    assert.equal((await cli.must('create-pr')).events_count, 1);
    const { state, event: fields } = await event();
    assert.deepEqual([state, fields.title, fields.importance], ['conflict', 'Our title that says enough', 5]);
    await repo.commit({ [`${EVENTS}/2001-01-03--third.md`]: text('2001-01-03--third') });
    assert.equal((await cli.run('git-pull')).json.imported, 1);
  });
});

describe('conflict', () => {
  it('lists and shows what waits, with exit status 3 until nothing does', async () => {
    const { cli } = await contested();
    const listed = await cli.run('conflict', 'list');
    assert.equal(listed.code, 3);
    assert.deepEqual(listed.json.conflicts.map(({ id, kind, fields }) => [id, kind, fields]), [[ID, 'fields', ['title']]]);
    const { conflict, open, decisions } = await cli.must('conflict', 'show', ID);
    assert.deepEqual([open, decisions], [true, []]);
    assert.deepEqual(conflict.fields, [{ field: 'title', base: 'A title that says enough', ours: 'Our title that says enough', theirs: 'Their title that says enough' }]);
    assert.deepEqual([conflict.from_theirs, conflict.version], [['importance'], listed.json.conflicts[0].version]);
    assert.deepEqual([conflict.base.importance, conflict.ours.importance, conflict.theirs.importance], [5, 5, 7]);
    const { stdout } = await cli.run('--text', 'conflict', 'show', ID);
    assert.match(stdout, /^title\n {2}shared {2}A title that says enough\n {2}here {4}Our title that says enough\n {2}there {3}Their title that says enough$/m);
    assert.match(stdout, /Comes in by itself: importance/);
    const { stdout: list, stderr } = await cli.run('--text', 'conflict', 'list');
    assert.match(list, new RegExp(`${ID} +fields`));
    assert.match(stderr, /1 event needs a decision/);
    assert.equal((await cli.run('conflict', 'show', OTHER)).code, 5);
    assert.equal((await cli.run('conflict', 'resolve', OTHER, '--take', 'ours')).code, 5);
    await cli.must('conflict', 'resolve', ID, '--take', 'ours');
    assert.deepEqual((await cli.must('conflict', 'list')).conflicts, []);
    assert.match((await cli.run('--text', 'conflict', 'show', ID)).stdout, /no open conflict[\s\S]*Decisions\n.*: ours \(revision \d+\); tideline conflict undo/);
  });

  for (const [args, title] of [[['--take', 'ours'], 'Our'], [['--take', 'theirs'], 'Their'], [['--field', 'title=ours'], 'Our'],
    [['--take', 'ours', '--field', 'title=theirs'], 'Their']]) {
    it(`resolve ${args.join(' ')}: what differs then goes out, and nothing else`, async () => {
      const { repo, cli, event } = await contested();
      const resolved = await cli.must('conflict', 'resolve', ID, ...args);
      assert.deepEqual([resolved.event.title, resolved.event.importance], [`${title} title that says enough`, 7]);
      const ours = title === 'Our';
      assert.deepEqual([(await event()).state, resolved.validation.status], [ours ? 'validated' : 'merged', 'validated']);
      assert.equal((await cli.must('check')).success, true);
      const sent = await cli.run('create-pr');
      assert.equal(sent.code, ours ? 0 : 4);
      if (ours) assert.equal(await repo.read(file(ID), sent.json.commit_hash), text(ID, { title: 'Our title that says enough', importance: 7 }));
      assert.deepEqual((await cli.must('git-pull', '--force')).conflicts, [], 'and it stays decided');
    });
  }

  it('takes a written event from a file or standard input, which goes back to review', async () => {
    const { cli, event } = await contested();
    const bad = await cli.run('conflict', 'resolve', ID, '--take', '-', { input: '{"title": "No date"}' });
    assert.deepEqual([bad.code, bad.json.code], [1, 'invalid_fields']);
    assert.equal((await event()).state, 'conflict');
    const written = path.join(tempDir('written'), 'event.md');
    writeFileSync(written, text(ID, { title: 'A title from both of them' }));
    const done = await cli.must('conflict', 'resolve', ID, '--take', written);
    assert.deepEqual([done.state, done.event.title, done.decision.take], ['draft', 'A title from both of them', 'written']);
    await cli.must('conflict', 'undo', ID);
    assert.equal((await cli.must('conflict', 'resolve', ID, '--take', '-', { input: JSON.stringify({ date: '2001-01-01', title: 'From standard input' }) })).event.id, ID);
  });

  it('refuses what cannot be meant, and then nothing has changed', async () => {
    const { cli, database } = await contested();
    const old = await eventsOf(database);
    const { conflict: { version } } = await cli.must('conflict', 'show', ID);
    for (const [args, code] of [[[], 2], [['--field', 'title'], 2], [['--field', 'title=mine'], 2], [['--field', 'title=ours', '--field', 'title=theirs'], 2],
      [['--field', 'summary=ours'], 1], [['--take', 'ours', '--if-version', `${version}x`], 1], [['--take', '/no/such/file'], 5]]) {
      const { code: actual, stdout } = await cli.run('conflict', 'resolve', ID, ...args);
      assert.equal(actual, code, `${args.join(' ')}: ${stdout}`);
    }
    assert.deepEqual(await eventsOf(database), old);
    await cli.must('conflict', 'resolve', ID, '--take', 'ours', '--if-version', version);
  });

  it('undo opens the question again, with the repository of now, and not once it went out', async () => {
    const { repo, cli, event } = await contested();
    await cli.must('conflict', 'resolve', ID, '--take', 'theirs');
    const undone = await cli.must('conflict', 'undo', ID);
    assert.deepEqual([undone.open, undone.conflict.ours.title, undone.decisions[0].undone_by !== null], [true, 'Our title that says enough', true]);
    assert.deepEqual([(await event()).state, (await event()).validation.status], ['conflict', 'validated']);
    assert.equal((await cli.run('conflict', 'undo', ID)).code, 4);
    assert.equal((await cli.run('conflict', 'undo', '2031-01-01--never-was')).code, 5);
    await cli.must('conflict', 'resolve', ID, '--take', 'ours');
    await repo.commit({ [file(ID)]: text(ID, { title: 'Their title that says enough', importance: 9 }) });
    await cli.must('git-pull');
    const changed = await cli.run('conflict', 'undo', ID);
    assert.deepEqual([changed.code, changed.json.code], [4, 'nothing_to_do'], 'a merge came in since');
    assert.match(changed.json.error, /has changed since this decision/);
  });

  it('can be undone no more once the decision is in a pull request', async () => {
    const { cli } = await contested();
    await cli.must('conflict', 'resolve', ID, '--take', 'ours');
    const { pr_number: number } = await cli.must('create-pr');
    const refused = await cli.run('conflict', 'undo', ID);
    assert.match(refused.json.error, new RegExp(`pull request ${number}`));
    assert.equal((await cli.must('conflict', 'show', ID)).decisions[0].can_undo, false);
  });

  it('sees at once what another program edits while it is open', async () => {
    const { cli, edit, event } = await contested();
    await edit(ID, '$.title', 'Ours once more, at length');
    assert.equal((await cli.must('conflict', 'show', ID)).conflict.fields[0].ours, 'Ours once more, at length');
    await edit(ID, '$.title', 'Their title that says enough');
    assert.equal((await cli.run('conflict', 'show', ID)).code, 5, 'settled, and nobody had to decide');
    assert.deepEqual([(await event()).state, (await event()).event.importance], ['merged', 7]);
  });
});

describe('an event that one side removed and the other changed', () => {
  const removedThere = async () => {
    const all = await follow();
    await all.edit(ID, '$.title', 'Our title that says enough');
    await all.repo.commit({ [file(ID)]: null });
    assert.equal((await all.cli.run('git-pull', '--confirm-deletions')).code, 3);
    assert.equal((await all.cli.must('conflict', 'show', ID)).conflict.kind, 'removed_there');
    return all;
  };

  it('comes back with a pull request when ours is taken', async () => {
    const { repo, cli, event } = await removedThere();
    await cli.must('conflict', 'resolve', ID, '--take', 'ours');
    assert.deepEqual([(await event()).state, (await event()).change], ['validated', 'added']);
    const { commit_hash: commit } = await cli.must('create-pr');
    assert.deepEqual(await repo.changes('main', commit), { [file(ID)]: 'A' });
  });

  it('is gone when theirs is taken, and back when that is undone', async () => {
    const { cli, event } = await removedThere();
    const gone = await cli.must('conflict', 'resolve', ID, '--take', 'theirs');
    assert.deepEqual([gone.removed, gone.decision.revision], ['gone', null]);
    assert.equal((await cli.run('event', 'show', ID)).code, 5);
    assert.match((await cli.run('--text', 'conflict', 'show', ID)).stdout, /theirs \(the event is gone\)/);
    assert.equal((await cli.must('check')).success, true);
    assert.equal((await cli.must('conflict', 'undo', ID)).conflict.ours.title, 'Our title that says enough');
    assert.equal((await event()).state, 'conflict');
    assert.equal((await cli.must('check')).success, true);
  });
});
describe('removing an event', () => {
  it('removed here and changed there waits for a person, and either side can be had', async () => {
    const { repo, cli, event } = await follow();
    await cli.must('event', 'delete', ID);
    await cli.must('event', 'validate', ID, '--status', 'validated');
    await repo.commit({ [file(ID)]: text(ID, { importance: 9 }) });
    assert.equal((await cli.run('git-pull')).code, 3);
    assert.equal((await cli.must('conflict', 'show', ID)).conflict.kind, 'removed_here');
    assert.match((await cli.run('--text', 'conflict', 'show', ID)).stdout, /\nimportance\n {2}shared +\d+\n {2}there +9\n/);
    await cli.must('conflict', 'resolve', ID, '--take', 'theirs');
    assert.deepEqual([(await event()).state, (await event()).event.importance], ['merged', 9]);
    await cli.must('conflict', 'undo', ID);
    await cli.must('conflict', 'resolve', ID, '--take', 'ours');
    assert.deepEqual([(await event()).state, (await event()).change], ['validated', 'removed']);
    const { branch, commit_hash: commit } = await cli.must('create-pr');
    assert.deepEqual(await repo.changes('main', commit), { [file(ID)]: 'D' });
    await repo.merge(branch, { base: 'main', method: 'squash' });
    await cli.must('git-pull', '--confirm-deletions');
    assert.equal((await cli.run('event', 'show', ID)).code, 5);
  });

  it('of an addition on its way survives the merge as a removal', async () => {
    const { repo, cli, event } = await follow();
    const id = '2002-02-02--new';
    await cli.must('event', 'add', '-', { input: JSON.stringify({ id, date: '2002-02-02', title: 'New' }) });
    await cli.must('event', 'validate', id, '--status', 'validated');
    const { branch } = await cli.must('create-pr');
    assert.equal((await cli.must('event', 'delete', id)).removed, 'pending');
    assert.equal((await cli.must('check')).success, true);
    await repo.merge(branch, { base: 'main', method: 'merge' });
    await cli.must('git-pull');
    assert.deepEqual([(await event(id)).state, (await event(id)).change], ['draft', 'removed']);
    await cli.must('event', 'validate', id, '--status', 'validated');
    const { commit_hash: commit } = await cli.must('create-pr');
    assert.equal(Object.values(await repo.changes('main', commit)).join(), 'D');
  });

  it('of an addition whose pull request is closed leaves nothing', async () => {
    const { repo, cli } = await follow();
    const id = '2002-02-02--new';
    await cli.must('event', 'add', '-', { input: JSON.stringify({ id, date: '2002-02-02', title: 'New' }) });
    await cli.must('event', 'validate', id, '--status', 'validated');
    const { branch } = await cli.must('create-pr');
    await cli.must('event', 'delete', id);
    await repo.git(['update-ref', '-d', `refs/heads/${branch}`]);
    await cli.must('git-pull');
    assert.equal((await cli.run('event', 'show', id)).code, 5);
    assert.equal((await cli.must('check')).success, true);
  });
});
