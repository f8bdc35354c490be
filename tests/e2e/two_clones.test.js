// Both sides edit at random, and nothing is lost: a short run. The long one is tests/proof/two_clones.js.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EVENTS, generatedTimeline } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { TwoClones } from './lib/two_clones.js';

const ROUNDS = Number(process.env.TIDELINE_ROUNDS ?? 25);
const SEED = Number(process.env.TIDELINE_SEED ?? Date.now() % 1000000);

describe('two clones that are edited at random', () => {
  it(`lose nothing in ${ROUNDS} rounds (TIDELINE_SEED=${SEED})`, { timeout: 600_000 }, async (test) => {
    const repo = await createBareRepo({ files: [...generatedTimeline(40)] });
    const counts = await new TwoClones({ repo, folder: EVENTS, seed: SEED, hot: 12 }).run(ROUNDS);
    test.diagnostic(JSON.stringify(counts));
    assert.ok(counts.sent > 0 && counts.pulled > 0, 'nothing went either way');
  });
});
