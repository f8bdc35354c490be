// The status page through nginx, and what the workers' memory does, beside a program that answers the same bytes from
// memory: an equal pool, the same nginx, the same settings of its server.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { corpus } from '../e2e/lib/corpus.js';
import { generatedTimeline } from '../e2e/lib/fixtures.js';
import { cloneBareRepo, createBareRepo } from '../e2e/lib/git.js';
import { freePort, LOOPBACK, waitUntil } from '../e2e/lib/net.js';
import { startNginx } from '../e2e/lib/nginx.js';
import { cleanEnv, mustRun, start } from '../e2e/lib/process.js';
import { tempDir } from '../e2e/lib/temp.js';
import { binary, SOURCE, writeTenants } from '../e2e/lib/tideline.js';
import { figureRow, rounds, row } from './measure.js';

const WORKERS = 2;
const CONNECTIONS = 16;
const SECONDS = 3;
const REQUESTS = 100000;
const MOST_MIB = 15;
const NEW_MIB = 0.5; // a growth between half of the requests and all of them that is no noise

export function ask(port, { method = 'GET', page = '/', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    http.request({ method, host: LOOPBACK, port, path: page, agent: false, headers: { Host: 'bench.localhost', ...headers } },
      async (response) => {
        const chunks = [];
        for await (const chunk of response) chunks.push(chunk);
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) });
      }).on('error', reject).end(body);
  });
}

const get = (port, page, headers) => ask(port, { page, headers });

/** The cookie of a new account. Over plain HTTP only here: a browser would not send it. */
export async function signIn(env, port) {
  await mustRun(binary(), ['user', 'add', 'bench', '--role', 'admin', '--password-stdin'], { env, input: 'correct horse battery\n' });
  const { status, headers } = await ask(port, { method: 'POST', page: '/login', body: 'name=bench&password=correct+horse+battery',
    headers: { Origin: 'https://bench.localhost', 'Content-Type': 'application/x-www-form-urlencoded' } });
  if (status !== 303) throw new Error(`signing in: ${status}`);
  return headers['set-cookie'][0].split(';')[0];
}

/** Requests a second; throws if any answer was an error. */
export async function load(port, { seconds = SECONDS, cookie = 'a=b' } = {}) {
  const { stdout } = await mustRun('wrk', ['-t', '1', '-c', String(CONNECTIONS), '-d', `${seconds}s`, '-H', 'Host: bench.localhost',
    '-H', `Cookie: ${cookie}`, `http://${LOOPBACK}:${port}/`], { timeoutMs: (seconds + 20) * 1000 });
  const errors = stdout.match(/Non-2xx.*|Socket errors.*/);
  if (errors) throw new Error(`wrk: ${errors[0]}\n${stdout}`);
  return { rate: Number(stdout.match(/Requests\/sec:\s+([\d.]+)/)[1]), count: Number(stdout.match(/(\d+) requests in/)[1]) };
}

/** A tenant with a whole timeline in its database, a pool that serves it, and its place for nginx. */
async function startTideline(home) {
  const bundle = corpus();
  const repo = bundle ? await cloneBareRepo(bundle) : await createBareRepo({ files: generatedTimeline(1935) });
  const settings = { TIMELINE_REPO_URL: repo.folder, TIMELINE_PUBLIC: 'true', AUTO_PULL_ON_START: 'false' };
  const tenants = writeTenants(path.join(home, 'tenants'), { bench: settings });
  const env = cleanEnv(home, { TIDELINE_TENANTS: tenants, TIDELINE_STATE: path.join(home, 'state') });
  await mustRun(binary(), ['git-pull'], { env });
  const socket = path.join(home, 'tideline.sock');
  const pool = await start(binary('tideline-fcgi'), ['--tenants', tenants, '--socket', socket, '--templates',
    path.join(SOURCE, 'templates'), '--web-workers', String(WORKERS), '--job-workers', '1'],
    { env, ready: socket, name: 'tideline-fcgi' });
  return { env, pool, socket };
}

/** The server of the tenant as nginx-config writes it, with another port and socket for each program. */
export async function serverBlock(env, port, socket, ...more) {
  const { stdout } = await mustRun(binary(), ['nginx-config', '--rate', '0', '--login-rate', '0', '--connections', '0',
    '--listen', `${LOOPBACK}:${port}`, '--socket', socket, ...more], { env });
  return stdout;
}

/** The status page as the application sent it, for the program that answers from memory. */
function writeAnswer({ headers, body }) {
  const kept = Object.entries(headers).filter(([name]) => !['server', 'date', 'connection', 'transfer-encoding', 'vary',
    'content-length', 'x-content-type-options'].includes(name));
  const head = [`Status: 200 OK`, ...kept.map(([name, value]) => `${name}: ${value}`), `content-length: ${body.length}`];
  const file = path.join(tempDir('answer'), 'answer');
  writeFileSync(file, Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]));
  return file;
}

/** RSS in MiB of the web workers: the master starts them before the job workers. */
function memory(pool) {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').match(/\) \S (\d+)/)[1]) === pool.pid;
    } catch {
      return false;
    }
  }).sort((a, b) => a - b);
  return children.slice(0, WORKERS).map((pid) =>
    Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024);
}

/** Asks for REQUESTS status pages and notes the largest worker after a tenth, half and all of them. */
async function memoryUnderLoad(pool, port) {
  const marks = [0.1, 0.5, 1].map((share) => share * REQUESTS);
  const seen = [];
  for (let done = 0; marks.length;) {
    done += (await load(port, { seconds: 2 })).count;
    while (marks.length && done >= marks[0]) seen.push({ requests: marks.shift(), mib: Math.max(...memory(pool)) });
  }
  return seen;
}

/** The rates of the status page as this visitor sees it, and of the same bytes from memory. */
async function compare({ tools, nginxPorts: [ours, theirs], memorySocket, cookie }) {
  const page = await get(ours, '/', { Cookie: cookie });
  const counterpart = await start(path.join(tools, 'fcgi_memory'), [memorySocket, String(WORKERS), writeAnswer(page)],
    { ready: memorySocket, name: 'fcgi_memory' });
  const same = await get(theirs);
  if (!same.body.equals(page.body)) throw new Error('the counterpart answers something else');
  const figures = await rounds(async () => ({ ours: (await load(ours, { cookie })).rate, theirs: (await load(theirs, { cookie })).rate }));
  await counterpart.stop();
  rmSync(memorySocket, { force: true });
  return { figures, bytes: page.body.length, text: page.body.toString() };
}

export async function benchWeb({ tools }) {
  const home = tempDir('bench-web');
  const { env, pool, socket } = await startTideline(home);
  const ports = [await freePort(), await freePort()];
  const memorySocket = path.join(home, 'memory.sock');
  const servers = await serverBlock(env, ports[0], socket) + await serverBlock(env, ports[1], memorySocket, '--no-default');
  const nginx = await startNginx({ servers, port: ports[0], name: 'bench' });
  await waitUntil(async () => get(ports[0]).then((one) => one.status === 200 && one, () => null),
    { what: 'the status page', explain: () => pool.log + nginx.errorLog() });
  const status = JSON.parse((await get(ports[0], '/api/v1/status')).body);
  if (!(status.events_in_db > 1000)) throw new Error('the status page shows no timeline');
  const where = { tools, nginxPorts: ports, memorySocket };
  const visitors = await compare({ ...where, cookie: 'a=b' });
  const signedIn = await compare({ ...where, cookie: await signIn(env, ports[0]) });
  if (!signedIn.text.includes('name="csrf"')) throw new Error('nobody is signed in');
  const seen = await memoryUnderLoad(pool, ports[0]);
  for (const one of [nginx, pool]) await one.stop();
  const [tenth, half, all] = seen.map((one) => one.mib);
  return [
    row(`status page, ${visitors.bytes} bytes, ${WORKERS} workers`, { ...visitors.figures, unit: 'req/s', limit: 0.5, atLeast: true,
      counterpart: 'from memory' }),
    row(`signed-in status page, ${signedIn.bytes} bytes`, { ...signedIn.figures, unit: 'req/s', limit: 0.4, atLeast: true,
      counterpart: 'from memory' }),
    figureRow(`largest web worker (RSS) after ${REQUESTS} requests`, `${all.toFixed(1)} MiB`, `<= ${MOST_MIB} MiB`, all <= MOST_MIB),
    figureRow('  growth since half of them', `${(all - half).toFixed(2)} MiB`, 'none', all - half < NEW_MIB,
      `after a tenth ${tenth.toFixed(1)} MiB, half ${half.toFixed(1)} MiB`),
  ];
}
