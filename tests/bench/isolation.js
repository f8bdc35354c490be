// A tenant whose remote says nothing, ten jobs deep, beside another: that one's pages, and how soon its jobs begin.
import path from 'node:path';
import { createAuthority } from '../e2e/lib/ca.js';
import { query } from '../e2e/lib/database.js';
import { startFaultProxy } from '../e2e/lib/fault_proxy.js';
import { generatedTimeline, sampleEvents } from '../e2e/lib/fixtures.js';
import { createBareRepo } from '../e2e/lib/git.js';
import { startGitServer } from '../e2e/lib/git_server.js';
import { freePort, waitUntil } from '../e2e/lib/net.js';
import { startNginx } from '../e2e/lib/nginx.js';
import { cleanEnv, mustRun, start } from '../e2e/lib/process.js';
import { tempDir } from '../e2e/lib/temp.js';
import { binary, SOURCE, writeTenants } from '../e2e/lib/tideline.js';
import { figureRow, median, rounds, row } from './measure.js';
import { ask, load, serverBlock } from './web.js';

const DEEP = 10;
const START_MS = 1000;

/** `silent`, whose remote is behind the proxy, and `bench`, which is measured; both are full, and have a token each. */
async function startBoth(home) {
  const authority = await createAuthority();
  const server = await startGitServer({ authority });
  await server.addRepo('one/timeline', { files: sampleEvents() });
  const proxy = await startFaultProxy({ targetPort: server.port });
  const near = await createBareRepo({ files: generatedTimeline(1935) });
  const tenants = writeTenants(path.join(home, 'tenants'), {
    silent: { TIMELINE_REPO_URL: server.url('one/timeline', { port: proxy.port }), TIMELINE_CA_FILE: authority.certFile,
      GITHUB_TOKEN: server.token, AUTO_PULL_ON_START: 'false' },
    bench: { TIMELINE_REPO_URL: near.folder, TIMELINE_PUBLIC: 'true', AUTO_PULL_ON_START: 'false' } });
  const env = cleanEnv(home, { TIDELINE_TENANTS: tenants, TIDELINE_STATE: path.join(home, 'state') });
  const tideline = (tenant, args, input) => mustRun(binary(), ['--tenant', tenant, ...args], { env, input });
  const tokens = {};
  for (const tenant of ['silent', 'bench']) {
    await tideline(tenant, ['git-pull']);
    await tideline(tenant, ['user', 'add', 'ada', '--role', 'editor', '--password-stdin'], 'correct horse battery\n');
    tokens[tenant] = JSON.parse((await tideline(tenant, ['token', 'create', '--user', 'ada', '--scope', 'write'])).stdout).token;
  }
  const event = { id: '1900-01-01--waits', date: '1900-01-01', title: 'Waits to be sent', sources: [{ title: 'A', url: 'https://archive.example.org/a' }] };
  await tideline('silent', ['event', 'add', '-'], JSON.stringify(event));
  await tideline('silent', ['event', 'validate', event.id, '--status', 'validated', '--score', '8']);
  const socket = path.join(home, 'tideline.sock');
  const pool = await start(binary('tideline-fcgi'), ['--tenants', tenants, '--socket', socket, '--templates',
    path.join(SOURCE, 'templates'), '--web-workers', '2', '--job-workers', '2'], { env, ready: socket, name: 'tideline-fcgi' });
  const port = await freePort();
  const nginx = await startNginx({ servers: await serverBlock(env, port, socket), port, name: 'bench' });
  const stop = async () => {
    for (const one of [nginx, pool, proxy, server]) await one.stop();
  };
  return { env, pool, proxy, port, tokens, stop, database: (tenant) => path.join(home, 'state', tenant, 'db', 'timeline.db') };
}

async function api(both, tenant, method, page, body) {
  const answer = await ask(both.port, { method, page: `/api/v1${page}`, body: body && JSON.stringify(body),
    headers: { Host: `${tenant}.localhost`, Authorization: `Bearer ${both.tokens[tenant]}`, 'Content-Type': 'application/json' } });
  if (answer.status >= 300) throw new Error(`${method} ${page} of ${tenant}: ${answer.status} ${answer.body}`);
  return JSON.parse(answer.body);
}

const active = async (both) => (await api(both, 'silent', 'GET', '/jobs?limit=100')).jobs.filter(({ state }) => ['queued', 'running'].includes(state));

async function calm(both) {
  await waitUntil(async () => {
    const jobs = await active(both);
    for (const { id, cancel_asked: asked } of jobs) if (!asked) await api(both, 'silent', 'DELETE', `/jobs/${id}`).catch(() => {});
    return jobs.length === 0;
  }, { what: 'the silent tenant to be calm', explain: () => both.pool.log });
}

async function trouble(both) {
  await api(both, 'silent', 'POST', '/pull', {});
  await api(both, 'silent', 'POST', '/check', {});
  for (let i = 2; i < DEEP; i++) await api(both, 'silent', 'POST', '/pull-requests/preview', { title: `Choice ${i}` });
  await waitUntil(async () => {
    const jobs = await active(both);
    return jobs.length === DEEP && jobs.some(({ state }) => state === 'running');
  }, { what: `${DEEP} jobs`, explain: () => both.pool.log });
}

/** Milliseconds from being queued to being begun. */
async function startDelay(both) {
  const { job } = await api(both, 'bench', 'POST', '/check', {});
  await waitUntil(async () => (await api(both, 'bench', 'GET', `/jobs/${job.id}`)).job.state === 'succeeded',
    { what: 'the check', explain: () => both.pool.log });
  const [{ us }] = await query(both.database('bench'), `SELECT started_at - created_at AS us FROM tl_job WHERE id = ${job.id}`);
  return us / 1000;
}

export async function benchIsolation() {
  const both = await startBoth(tempDir('bench-isolation'));
  both.proxy.set({ kind: 'silent' });
  const figures = await rounds(async () => {
    await calm(both);
    const alone = (await load(both.port)).rate;
    await trouble(both);
    const delay = await startDelay(both);
    const [{ rate: beside }, busy] = await Promise.all([load(both.port), startDelay(both)]);
    return { alone, beside, delay, busy };
  });
  await calm(both);
  both.proxy.set({ kind: 'none' });
  await both.stop();
  const delays = [...figures.delay, ...figures.busy];
  const most = Math.max(...delays);
  return [
    row(`status page beside a silent remote, ${DEEP} jobs deep`, { ours: figures.beside, theirs: figures.alone, unit: 'req/s', limit: 0.8,
      atLeast: true, counterpart: 'alone' }),
    figureRow('  a job begins after', `${median(delays).toFixed(0)} ms`, `<= ${START_MS} ms`, most <= START_MS, `at most ${most.toFixed(0)} ms`),
  ];
}
