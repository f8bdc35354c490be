// Byte proofs over a real timeline: every file parsed and written unchanged is the same, and each edit changes only the
// lines of its field. The proof itself is tests/unit/test_event_bytes.c, which has some files of its own besides.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { corpus } from './lib/corpus.js';
import { cloneBareRepo } from './lib/git.js';
import { run } from './lib/process.js';
import { tempDir } from './lib/temp.js';
import { binary } from './lib/tideline.js';

const FOLDER = 'timeline/data/events';
const program = path.join(path.dirname(binary()), 'test_event_bytes');
const skip = !corpus() ? 'the shared corpus is not beside this checkout' : !existsSync(program) ? 'the unit tests were not built' : false;

describe('the bytes of the corpus', { skip }, () => {
  it('stay what they are but for the lines of what was edited', { timeout: 300_000 }, async (test) => {
    const repo = await cloneBareRepo(corpus());
    const folder = tempDir('bytes');
    const names = Object.keys(await repo.tree('main', FOLDER));
    const { stdout } = await run('git', ['-C', repo.folder, 'cat-file', '--batch=%(objectsize)'], { binary: true, input: names.map((name) => `main:${name}\n`).join('') });
    let at = 0;
    for (const name of names) {
      const end = stdout.indexOf('\n', at);
      const size = Number(stdout.subarray(at, end));
      writeFileSync(path.join(folder, path.basename(name)), stdout.subarray(end + 1, end + 1 + size));
      at = end + 1 + size + 1;
    }
    const env = { ...process.env, TIDELINE_EVENT_FILES: folder };
    const { code, stdout: out, stderr } = await run(program, [], { env, timeoutMs: 290_000 });
    const text = `${out}${stderr}`.split('\n').filter((line) => !line.startsWith('[')).join('\n');
    assert.equal(code, 0, text);
    assert.match(text, /^2052 files \(0 more cannot be read\)/m);
    for (const line of text.split('\n').filter(Boolean)) test.diagnostic(line);
  });
});
