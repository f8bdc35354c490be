// node bench.js TOOLS [import|nothing|incremental|web|search|tenants|isolation]…: see run.sh, which builds what this needs.
import os from 'node:os';
import path from 'node:path';
import { benchIsolation } from './isolation.js';
import { printTable, REPETITIONS, useStopwatch } from './measure.js';
import { benchImport, benchIncremental, benchNothing } from './pull.js';
import { benchSearch } from './search.js';
import { benchTenants } from './tenants.js';
import { benchWeb } from './web.js';

const ALL = { import: benchImport, nothing: benchNothing, incremental: benchIncremental, web: benchWeb, search: benchSearch,
  tenants: benchTenants, isolation: benchIsolation };
const [tools, ...chosen] = process.argv.slice(2);
const names = chosen.length ? chosen : Object.keys(ALL);
const unknown = names.find((name) => !ALL[name]);
if (!tools || unknown) {
  console.error(`There is no "${unknown}": choose of ${Object.keys(ALL).join(', ')}. See tests/bench/run.sh.`);
  process.exit(2);
}

useStopwatch(path.join(tools, 'stopwatch'));
console.log(`${os.cpus()[0].model}, ${os.cpus().length} processors, ${REPETITIONS} rounds; `
  + 'median (smallest-largest); ratio: median of the rounds\n');
const rows = [];
for (const name of names) rows.push(...(await ALL[name]({ tools })));
printTable(rows);
