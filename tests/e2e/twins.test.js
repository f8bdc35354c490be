// An id that stands in several files: an edit goes to each of them, and changes in each only what was edited.
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { assertChecked } from './lib/check.js';
import { execute, query } from './lib/database.js';
import { EVENTS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { tempDir } from './lib/temp.js';
import { createCli } from './lib/tideline.js';

const ID = '1871-03-18--commune';
const MD = `${EVENTS}/${ID}.md`;
const JSON_FILE = `${EVENTS}/${ID}.json`;

const markdown = `---
id: ${ID}
date: 1871-03-18
title: The Commune Begins
importance: 8
tags:
- paris
- commune
actors:
- National Guard
sources:
- title: A witness
  url: https://example.org/witness
  outlet: Example Press
status: confirmed
---

Guns on the hill.
`;

// The same event, told otherwise: another importance, one tag more, another outlet, a field of its own.
const json = `{
    "date": "1871-03-18",
    "id": "${ID}",
    "title": "The Commune Begins",
    "summary": "Guns on the hill.\\n",
    "importance": 7,
    "tags": ["paris", "commune", "montmartre"],
    "actors": ["National Guard"],
    "sources": [
        {"title": "A witness", "url": "https://example.org/witness", "outlet": "Example Weekly"}
    ],
    "status": "confirmed",
    "place": "Montmartre"
}
`;

async function follow(files) {
  const repo = await createBareRepo({ files });
  const database = path.join(tempDir('twins'), 'timeline.db');
  const cli = createCli({ env: { TIMELINE_REPO_URL: repo.folder, DB_PATH: database } });
  await cli.must('git-pull');
  const send = async (change) => {
    await execute(database, `UPDATE timeline_events SET json_content = ${change} WHERE id = '${ID}'`);
    await cli.must('event', 'validate', ID, '--status', 'validated');
    return cli.must('create-pr');
  };
  return { repo, cli, database, send };
}

/** The lines that a commit takes out of a file and puts in. */
async function changedLines(repo, commit, file) {
  const text = await repo.git(['diff', '-U0', `${commit}^`, commit, '--', file]);
  return text.split('\n').filter((line) => /^[+-](?![+-]{2} )/.test(line));
}

describe('an edit of an event with differing twins', () => {
  it('changes in each file only the lines of what was edited', async () => {
    const { repo, cli, send } = await follow({ [MD]: markdown, [JSON_FILE]: json });
    const { commit_hash: commit, branch } = await send("json_set(json_content, '$.title', 'The Commune is Declared')");
    assert.deepEqual(await changedLines(repo, commit, MD), ['-title: The Commune Begins', '+title: The Commune is Declared']);
    assert.deepEqual(await changedLines(repo, commit, JSON_FILE), ['-    "title": "The Commune Begins",', '+    "title": "The Commune is Declared",']);
    await repo.merge(branch, { base: 'main', method: 'squash' });
    assert.deepEqual((await cli.must('git-pull')).conflicts, []);
    assert.equal((await cli.must('event', 'show', ID)).state, 'merged');
    assert.equal((await cli.must('pr', 'show', '1')).pull_request.state, 'merged');
    assert.equal((await cli.run('create-pr')).code, 4);
    await assertChecked(cli);
  });

  it('adds a tag to both lists and leaves what else differs in them', async () => {
    const { repo, cli, send } = await follow({ [MD]: markdown, [JSON_FILE]: json });
    const { commit_hash: commit } = await send("json_set(json_content, '$.tags', json('[\"paris\", \"commune\", \"uprising\"]'), '$.sources[0].date', '1871-04-01')");
    assert.deepEqual(await changedLines(repo, commit, MD), ['+- uprising', "+  date: '1871-04-01'"]);
    const now = JSON.parse(await repo.read(JSON_FILE, commit));
    assert.deepEqual(now, { ...JSON.parse(json), tags: ['paris', 'commune', 'montmartre', 'uprising'],
      sources: [{ title: 'A witness', url: 'https://example.org/witness', outlet: 'Example Weekly', date: '1871-04-01' }] });
    assert.equal((await changedLines(repo, commit, JSON_FILE)).length, 4);
    await assertChecked(cli);
  });

  it('wins where both say something about the edited field', async () => {
    const { repo, send } = await follow({ [MD]: markdown, [JSON_FILE]: json });
    const { commit_hash: commit } = await send("json_set(json_content, '$.importance', 9)");
    assert.deepEqual(await changedLines(repo, commit, MD), ['-importance: 8', '+importance: 9']);
    assert.deepEqual(await changedLines(repo, commit, JSON_FILE), ['-    "importance": 7,', '+    "importance": 9,']);
  });

  it('touches a twin only where it has to', async () => {
    const { repo, send } = await follow({ [MD]: markdown, [JSON_FILE]: json });
    const { commit_hash: commit } = await send("json_set(json_content, '$.importance', 7)");
    assert.deepEqual(await repo.changes(`${commit}^`, commit), { [MD]: 'M' });
  });

  it('does not write an id into a file that goes without', async () => {
    const { repo, send } = await follow({ [MD]: markdown, [JSON_FILE]: json.replace(`    "id": "${ID}",\n`, '') });
    const { commit_hash: commit } = await send("json_set(json_content, '$.title', 'Other')");
    assert.deepEqual(await changedLines(repo, commit, JSON_FILE), ['-    "title": "The Commune Begins",', '+    "title": "Other",']);
  });
});

describe('a removal', () => {
  for (const [what, other] of [['a twin', json], ['a twin that cannot be read any more', '{"title": ']]) {
    it(`takes out every file, ${what} too`, async () => {
      const { repo, cli, database } = await follow({ [MD]: markdown, [JSON_FILE]: json, [`${EVENTS}/1870-01-01--other.md`]: markdown.replaceAll(ID, '1870-01-01--other') });
      if (other !== json) {
        await repo.commit({ [JSON_FILE]: other });
        assert.equal((await cli.must('git-pull')).errors.length, 1);
      }
      await cli.must('event', 'delete', ID);
      await cli.must('event', 'validate', ID, '--status', 'validated');
      const { commit_hash: commit, branch } = await cli.must('create-pr');
      assert.deepEqual(await repo.changes(`${commit}^`, commit), { [MD]: 'D', [JSON_FILE]: 'D' });
      await repo.merge(branch, { base: 'main', method: 'merge' });
      await cli.must('git-pull', '--confirm-deletions');
      assert.equal((await cli.run('event', 'show', ID)).code, 5);
      assert.deepEqual(await query(database, `SELECT count(*) n FROM tl_file WHERE event_id = '${ID}'`), [{ n: 0 }]);
      await assertChecked(cli);
    });
  }
});
