// Pulls, whole process, local remote, against what plain git needs for the same.
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { corpus } from '../e2e/lib/corpus.js';
import { EVENTS, generatedFiles, generatedTimeline } from '../e2e/lib/fixtures.js';
import { cloneBareRepo, createBareRepo, gitEnv, mustGit } from '../e2e/lib/git.js';
import { tempDir } from '../e2e/lib/temp.js';
import { binary, createCli } from '../e2e/lib/tideline.js';
import { median, noteRow, REPETITIONS, rounds, row, spread, time } from './measure.js';

const LIMIT = 3;
const MANY = Number(process.env.BENCH_EVENTS ?? 100000);
const CHANGED = 10;

/** The corpus, or a timeline of its shape: about as many files, a tenth of the ids in two formats. */
async function wholeTimeline() {
  const bundle = corpus();
  if (bundle) return { name: 'the corpus', repo: await cloneBareRepo(bundle) };
  return { name: 'a generated timeline', repo: await createBareRepo({ files: generatedTimeline(1935) }) };
}

/** A command line with its own state and the repository as remote, by path as `git` gets it. */
const tenantOf = (repo) => createCli({ env: { TIMELINE_REPO_URL: repo.folder } });

const pull = (cli) => time([binary(), '--json', 'git-pull'], { env: cli.environment() });
const git = (args, options) => time(['git', ...args], { env: gitEnv(), ...options });

/** The state folder's database folders, so that the mirror can stay while the database goes. */
function forgetDatabase(cli) {
  for (const name of readdirSync(cli.state)) rmSync(path.join(cli.state, name, 'db'), { recursive: true, force: true });
}

/** The folder with the events, and the ids of its blobs as input of cat-file. */
async function blobsOf(repo) {
  const names = Object.keys(await repo.tree(repo.branch));
  const folder = [EVENTS, 'timeline/data/events'].find((one) => names.some((name) => name.startsWith(`${one}/`)));
  const files = Object.values(await repo.tree(repo.branch, folder));
  const list = path.join(tempDir('blobs'), 'ids');
  writeFileSync(list, files.map((file) => `${file.id}\n`).join(''));
  return { list, count: files.length };
}

export async function benchImport() {
  const { name, repo } = await wholeTimeline();
  const cli = tenantOf(repo);
  const { list, count } = await blobsOf(repo);
  const clones = tempDir('clones');
  await cli.must('git-pull');
  const figures = await rounds(async (i) => {
    forgetDatabase(cli);
    const ours = await pull(cli);
    const blobs = await git(['-C', repo.folder, 'cat-file', '--batch'], { input: list });
    const clone = await git(['clone', '-q', '--bare', pathToFileURL(repo.folder).href, path.join(clones, `transport-${i}`)]);
    const linked = await git(['clone', '-q', '--bare', repo.folder, path.join(clones, `linked-${i}`)]);
    return { ours: ours.wall, cpu: ours.cpu, rss: ours.rss / 1024, blobs: blobs.wall, clone: clone.wall, linked: linked.wall,
      theirs: blobs.wall + clone.wall, theirsLinked: blobs.wall + linked.wall };
  });
  return [
    row(`import of ${name}, ${count} files`, { ...figures, limit: LIMIT, counterpart: 'cat-file + clone over file://' }),
    noteRow('  of it processor time, memory', `${spread(figures.cpu, 'ms')}, ${spread(figures.rss, 'MiB')}`),
    noteRow('  counterpart: cat-file, clone', '', `${spread(figures.blobs, 'ms')}, ${spread(figures.clone, 'ms')}`),
    noteRow('  with a clone that only makes hard links', '', `${spread(figures.theirsLinked, 'ms')}`,
      (median(figures.ours) / median(figures.theirsLinked)).toFixed(2)),
  ];
}

/** A mirror of git's own, to fetch into. */
async function mirrorOf(repo) {
  const folder = path.join(tempDir('mirror'), 'mirror.git');
  await mustGit(['clone', '-q', '--mirror', repo.folder, folder]);
  return folder;
}

export async function benchNothing() {
  const { name, repo } = await wholeTimeline();
  const cli = tenantOf(repo);
  const mirror = await mirrorOf(repo);
  await cli.must('git-pull');
  const figures = await rounds(async () => {
    const ours = await pull(cli);
    const theirs = await git(['-C', mirror, 'fetch', '-q', 'origin']);
    return { ours: ours.wall, cpu: ours.cpu, rss: ours.rss / 1024, theirs: theirs.wall };
  }, 3 * REPETITIONS);
  return [row(`pull of ${name} with nothing new`, { ...figures, limit: LIMIT, counterpart: 'git fetch' }),
    noteRow('  of it processor time, memory', `${spread(figures.cpu, 'ms')}, ${spread(figures.rss, 'MiB')}`)];
}

/** CHANGED events of the generated timeline, other ones in each round. */
function changesOf(round) {
  const step = Math.floor(MANY / CHANGED);
  return Array.from({ length: CHANGED }, (_, n) => generatedFiles(n * step + 3 * round, { round: round + 1 })[0]);
}

export async function benchIncremental() {
  const repo = await createBareRepo({ files: generatedTimeline(MANY) });
  const cli = tenantOf(repo);
  const mirror = await mirrorOf(repo);
  const first = await pull(cli);
  const figures = await rounds(async (i) => {
    const before = await repo.tip();
    await repo.commit(changesOf(i + 1));
    const ours = await pull(cli);
    const fetch = await git(['-C', mirror, 'fetch', '-q', 'origin']);
    const diff = await git(['-C', mirror, 'diff-tree', '-r', before, await repo.tip()]);
    return { ours: ours.wall, cpu: ours.cpu, rss: ours.rss / 1024, fetch: fetch.wall, diff: diff.wall,
      theirs: fetch.wall + diff.wall };
  });
  const log = await cli.must('sync', 'log', '--limit', '1');
  const updated = log.syncs[0].updated;
  if (updated !== CHANGED) throw new Error(`the last pull updated ${updated} events, not ${CHANGED}`);
  return [
    row(`pull of ${CHANGED} files changed of ${MANY}`, { ...figures, limit: LIMIT, counterpart: 'fetch + diff-tree' }),
    noteRow('  of it processor time, memory', `${spread(figures.cpu, 'ms')}, ${spread(figures.rss, 'MiB')}`),
    noteRow('  counterpart: fetch, diff-tree', '', `${spread(figures.fetch, 'ms')}, ${spread(figures.diff, 'ms')}`),
    noteRow('  the first pull, of everything', `${(first.wall / 1000).toFixed(1)} s, ${(first.rss / 1024).toFixed(0)} MiB`),
  ];
}
