// A thousand tenants: until the service is ready, what its master takes, and the first page of any of them.
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { sampleEvents } from '../e2e/lib/fixtures.js';
import { createBareRepo } from '../e2e/lib/git.js';
import { cleanEnv, mustRun, start } from '../e2e/lib/process.js';
import { tempDir } from '../e2e/lib/temp.js';
import { binary, SOURCE, writeTenants } from '../e2e/lib/tideline.js';
import { figureRow, median, REPETITIONS } from './measure.js';

const TENANTS = 1000;
const ASKED = 100; // one in ten, after each start once
const READY_MS = 2000;
const MASTER_MIB = 40;
const PAGE_MS = 25;

const nameOf = (i) => `t${String(i).padStart(4, '0')}`;

/** Every tenant has a database that was filled before; they are copies of the first one's. */
async function prepare(home) {
  const repo = await createBareRepo({ files: sampleEvents() });
  const settings = { TIMELINE_REPO_URL: repo.folder, TIMELINE_PUBLIC: 'true', AUTO_PULL_ON_START: 'false' };
  const tenants = writeTenants(path.join(home, 'tenants'),
    Object.fromEntries(Array.from({ length: TENANTS }, (_, i) => [nameOf(i), settings])));
  const state = path.join(home, 'state');
  const env = cleanEnv(home, { TIDELINE_TENANTS: tenants, TIDELINE_STATE: state });
  await mustRun(binary(), ['--tenant', nameOf(0), 'git-pull'], { env });
  const database = (i) => path.join(state, nameOf(i), 'db', 'timeline.db');
  await mustRun('sqlite3', [database(0), 'PRAGMA wal_checkpoint(TRUNCATE)']);
  for (let i = 1; i < TENANTS; i++) {
    mkdirSync(path.dirname(database(i)), { recursive: true });
    copyFileSync(database(0), database(i));
  }
  return { env, tenants, socket: path.join(home, 'tideline.sock') };
}

/** One request straight over the socket; answers the milliseconds until the whole answer is there. */
function ask(socket, tenant, uri) {
  const record = (type, content) => Buffer.concat([Buffer.from([1, type, 0, 1, content.length >> 8, content.length & 255, 0, 0]), content]);
  const parameters = Object.entries({ REQUEST_METHOD: 'GET', REQUEST_URI: uri, TIDELINE_TENANT: tenant }).map(([name, value]) =>
    Buffer.concat([Buffer.from([name.length, value.length]), Buffer.from(name + value)]));
  const request = Buffer.concat([record(1, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])), record(4, Buffer.concat(parameters)),
    record(4, Buffer.alloc(0)), record(5, Buffer.alloc(0))]);
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const chunks = [];
    const connection = net.connect(socket, () => connection.write(request));
    connection.on('data', (data) => chunks.push(data));
    connection.on('error', reject);
    connection.on('close', () => {
      const answer = Buffer.concat(chunks).toString('latin1');
      if (/Status: 200/.test(answer)) resolve(performance.now() - began);
      else reject(new Error(`${uri} of ${tenant}: ${answer.slice(0, 300)}`));
    });
  });
}

const residentMib = (pid) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024;

async function round({ env, tenants, socket }) {
  const began = performance.now();
  const pool = await start(binary('tideline-fcgi'), ['--tenants', tenants, '--socket', socket, '--templates',
    path.join(SOURCE, 'templates')], { env, name: 'tideline-fcgi', timeoutMs: 30000,
    ready: () => ask(socket, nameOf(0), '/healthz').then(() => true, () => false) });
  const ready = performance.now() - began;
  const pages = [];
  for (let k = 0; k < ASKED; k++) pages.push(await ask(socket, nameOf(k * (TENANTS / ASKED)), '/'));
  const master = residentMib(pool.pid);
  await pool.stop(20000);
  return { ready, master, pages };
}

export async function benchTenants() {
  const setting = await prepare(tempDir('bench-tenants'));
  const all = [];
  for (let i = 0; i < REPETITIONS; i++) all.push(await round(setting));
  const ready = all.map((one) => one.ready);
  const pages = all[0].pages.map((_, k) => median(all.map((one) => one.pages[k])));
  const slowest = Math.max(...pages);
  const single = Math.max(...all.flatMap((one) => one.pages));
  const master = Math.max(...all.map((one) => one.master));
  return [
    figureRow(`${TENANTS} tenants: until /healthz answers`, `${median(ready).toFixed(0)} ms`, `<= ${READY_MS} ms`,
      Math.max(...ready) <= READY_MS, `at most ${Math.max(...ready).toFixed(0)} ms`),
    figureRow('  the master (RSS)', `${master.toFixed(1)} MiB`, `<= ${MASTER_MIB} MiB`, master <= MASTER_MIB),
    figureRow('  first status page after a start, of the slowest tenant', `${slowest.toFixed(1)} ms`, `<= ${PAGE_MS} ms`,
      slowest <= PAGE_MS, `of half of them ${median(pages).toFixed(1)} ms, of a single request ${single.toFixed(1)} ms`),
  ];
}
