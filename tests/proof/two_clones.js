// The long run of two_clones.js, on the corpus where it is there:
//   TIDELINE_BUILD=build node tests/proof/two_clones.js [--rounds 500] [--seed N] [--generated COUNT] [--verbose]
// Ends with 0 when nothing was lost and every check was clean; says seed and history when not (with TIDELINE_KEEP_TEMP=1
// the folders stay). A release build is faster.
import { corpus } from '../e2e/lib/corpus.js';
import { EVENTS, generatedTimeline } from '../e2e/lib/fixtures.js';
import { cloneBareRepo, createBareRepo } from '../e2e/lib/git.js';
import { TwoClones } from '../e2e/lib/two_clones.js';

function option(name, fallback) {
  const at = process.argv.indexOf(name);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
}

const rounds = option('--rounds', 500);
const seed = option('--seed', Date.now() % 1000000);
const generated = option('--generated', corpus() ? 0 : 300);
const repo = generated ? await createBareRepo({ files: [...generatedTimeline(generated)] }) : await cloneBareRepo(corpus());
const folder = generated ? EVENTS : 'timeline/data/events';
const log = process.argv.includes('--verbose') ? console.log : () => {};

console.log(`${rounds} rounds, seed ${seed}, on ${generated ? `${generated} generated events` : 'the corpus'}`);
const clones = new TwoClones({ repo, folder, seed, log });
try {
  console.log(JSON.stringify(await clones.run(rounds)));
} catch (error) {
  console.error(error.message);
  console.error(`Kept with TIDELINE_KEEP_TEMP=1: ${clones.state}, ${repo.folder}`);
  process.exitCode = 1;
}
