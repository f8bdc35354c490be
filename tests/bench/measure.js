// Measuring: interleaved repetitions, medians, and the table at the end.
import { mustRun } from '../e2e/lib/process.js';

export const REPETITIONS = Number(process.env.BENCH_REPETITIONS ?? 9);

let stopwatch;
export const useStopwatch = (file) => (stopwatch = file);

/** Runs a command under the stopwatch: `{wall, cpu, rss}` in ms and KiB; throws unless it ends with 0. */
export async function time(command, { env, input } = {}) {
  const { stdout } = await mustRun(stopwatch, [...(input ? ['-i', input] : []), ...command], { env, timeoutMs: 900000 });
  const figures = JSON.parse(stdout);
  if (figures.code !== 0) throw new Error(`${command.join(' ')} ended with ${figures.code}`);
  return figures;
}

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const digits = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2));

/** `12.3 (11.9-14.0) ms`. */
export const spread = (values, unit) =>
  `${digits(median(values))} (${digits(Math.min(...values))}-${digits(Math.max(...values))}) ${unit}`;

/**
 * Calls `round(i)` REPETITIONS times after one that does not count. It answers an object of figures, all taken in this
 * round, so that what disturbs the machine disturbs all of them. Answers `{name: [values]}`.
 */
export async function rounds(round, repetitions = REPETITIONS) {
  const all = {};
  for (let i = -1; i < repetitions; i++) {
    const figures = await round(i);
    if (i >= 0) for (const [name, value] of Object.entries(figures)) (all[name] ??= []).push(value);
  }
  return all;
}

const ratios = (ours, theirs) => ours.map((value, i) => value / theirs[i]);

/** One line of the table. `ours` and `theirs` are the values of the same rounds; the ratio is the rounds' median. */
export function row(what, { ours, theirs, unit = 'ms', limit, atLeast = false, counterpart }) {
  const ratio = median(ratios(ours, theirs));
  return { what, ours: spread(ours, unit), counterpart: `${counterpart} ${spread(theirs, unit)}`, ratio: ratio.toFixed(2),
    limit: `${atLeast ? '>=' : '<='} ${limit}`, kept: atLeast ? ratio >= limit : ratio <= limit };
}

/** A line without a ratio: a figure and its limit. */
export const figureRow = (what, ours, limit, kept, counterpart = '') =>
  ({ what, ours, counterpart, ratio: '', limit, kept });

export const noteRow = (what, ours, counterpart = '', ratio = '') => ({ what, ours, counterpart, ratio, limit: '', kept: null });

export function printTable(rows) {
  const columns = ['what', 'ours', 'counterpart', 'ratio', 'limit'];
  const titles = { what: 'measured', ours: 'Tideline', counterpart: 'counterpart', ratio: 'ratio', limit: 'limit' };
  const width = (key) => Math.max(titles[key].length, ...rows.map((one) => one[key].length));
  const line = (one, end) => `| ${columns.map((key) => one[key].padEnd(width(key))).join(' | ')} | ${end} |`;
  console.log(line(titles, '    '));
  console.log(`|${columns.map((key) => '-'.repeat(width(key) + 2)).join('|')}|------|`);
  for (const one of rows) console.log(line(one, { true: 'kept', false: 'MISS', null: '    ' }[one.kept]));
}
