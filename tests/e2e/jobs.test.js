// Jobs as people and programs ask for them: found, tried again, cancelled, and outliving whatever happens to workers.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { execute, query } from './lib/database.js';
import { startFaultProxy } from './lib/fault_proxy.js';
import { sampleEvents, SAMPLE_IDS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { startGitServer } from './lib/git_server.js';
import { waitUntil } from './lib/net.js';
import { addAccount, createToken, Visitor } from './lib/session.js';
import { startService } from './lib/tideline.js';
import { isAlive, workersOf } from './lib/workers.js';

const OVER = ['succeeded', 'failed', 'cancelled'];

/** A program with a token of a tenant. */
async function createAsker(service, tenant) {
  await addAccount(service, tenant, 'ada');
  const token = await createToken(service, tenant, 'ada', '--scope', 'write');
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  const api = (method, page, { body, ...more } = {}) =>
    service.request(method, tenant, `/api/v1${page}`, { body: body && JSON.stringify(body), headers: { ...headers, ...more } });
  const job = async (id) => (await api('GET', `/jobs/${id}`)).json;
  return {
    api,
    job,
    /** Asks for a job; answers `{id, joined, …}`. */
    async ask(page, body = {}, more = {}) {
      const answer = await api('POST', page, { body, ...more });
      assert.equal(answer.status, 202, answer.text);
      return { ...answer.json, ...answer.json.job };
    },
    /** Waits until a job is as `probe` wants it and answers `{job, log}`. */
    until: (id, what, probe, timeoutMs = 30000) => waitUntil(async () => {
      const one = await job(id);
      return one?.job && probe(one.job) && one;
    }, { what: `job ${id} ${what}`, timeoutMs, explain: () => service.pool.log }),
    over(id, timeoutMs) {
      return this.until(id, 'to end', ({ state }) => OVER.includes(state), timeoutMs);
    },
    waits(id) {
      return this.until(id, 'to wait for its next try', (one) => one.state === 'queued' && one.next_try_at && one.error);
    },
  };
}

/** A tenant `us` whose remote is behind a proxy that fails on demand, and a tenant `near` with a repository beside it. */
async function startTwo({ jobWorkers = 2, args = [] } = {}) {
  const authority = await createAuthority();
  const server = await startGitServer({ authority });
  await server.addRepo('one/timeline', { files: sampleEvents() });
  const proxy = await startFaultProxy({ targetPort: server.port });
  const near = await createBareRepo({ files: sampleEvents() });
  const service = await startService({ authority, webWorkers: 2, jobWorkers, args, tenants: {
    us: { TIMELINE_REPO_URL: server.url('one/timeline', { port: proxy.port }), TIMELINE_CA_FILE: authority.certFile,
      GITHUB_TOKEN: server.token },
    near: { TIMELINE_REPO_URL: near.folder },
  } });
  const setting = { service, proxy, database: (name) => path.join(service.state, name, 'db', 'timeline.db'),
    async stop() {
      proxy.set({ kind: 'none' });
      await service.stop();
      await proxy.stop();
      await server.stop();
    } };
  try {
    for (const name of ['us', 'near']) {
      await waitUntil(async () => (await service.cli(name, 'git-status', '--offline')).json?.last_import,
        { what: `${name} to be pulled`, timeoutMs: 60000, explain: () => service.pool.log });
    }
    setting.us = await createAsker(service, 'us');
    setting.near = await createAsker(service, 'near');
  } catch (error) {
    await setting.stop();
    throw error;
  }
  return setting;
}

const lines = ({ log }) => log.map(({ text }) => text).join('\n');

describe('jobs', () => {
  let two;
  let us;
  let proxy;
  before(async () => {
    two = await startTwo({ args: ['--stall-limit', '4'] });
    ({ us, proxy } = two);
  });
  after(() => two?.stop());
  beforeEach(() => proxy.set({ kind: 'none' }));

  const workerOf = async (id) => (await query(two.database('us'), `SELECT worker_pid & 4194303 pid FROM tl_job WHERE id = ${id}`))[0].pid;

  /** A pull that waits for a remote which says nothing; answers its id. */
  async function silentPull() {
    const struck = proxy.struck;
    proxy.set({ kind: 'silent' });
    const { id } = await us.ask('/pull');
    await waitUntil(() => proxy.struck > struck, { what: 'the pull to reach the remote', explain: () => two.service.pool.log });
    return id;
  }

  it('answer two who ask at once with one job, and run one after the other', async () => {
    const running = await silentPull();
    const again = await us.ask('/pull');
    assert.deepEqual([again.id, again.joined, again.state], [running, true, 'running']);
    const [first, second] = await Promise.all([us.ask('/check'), us.ask('/check')]);
    assert.equal(first.id, second.id);
    assert.deepEqual([first.joined, second.joined].sort(), [false, true]);
    assert.equal((await us.job(first.id)).job.state, 'queued', 'one at a time');
    proxy.set({ kind: 'none' });
    await us.api('DELETE', `/jobs/${running}`);
    assert.equal((await us.over(first.id)).job.state, 'succeeded');
    assert.equal((await us.job(running)).job.state, 'cancelled');
  });

  it('end when they are cancelled, waiting or running, though the remote says nothing', async () => {
    const running = await silentPull();
    const { id: waiting } = await us.ask('/check');
    const cancelled = await us.api('DELETE', `/jobs/${waiting}`);
    assert.equal(cancelled.json.job.state, 'cancelled');
    assert.equal((await us.api('DELETE', `/jobs/${waiting}`)).status, 409);
    assert.equal((await us.api('DELETE', '/jobs/999999')).status, 404);
    const asked = performance.now();
    assert.equal((await us.api('DELETE', `/jobs/${running}`)).json.job.cancel_asked, true);
    const end = await us.over(running);
    const ms = performance.now() - asked;
    assert.equal(end.job.state, 'cancelled');
    assert.ok(ms < 5000, `took ${ms} ms`); // a second where nobody else needs the processor, and far from the remote's time limit
    assert.match(lines(end), /A worker begins\.\nConnecting to the repository\.\nada asks to cancel\.\nCancelled\./);
  });

  it('are tried again by themselves when the remote comes back', async () => {
    proxy.set({ kind: 'rst' });
    const { id } = await us.ask('/pull');
    const { job } = await us.waits(id);
    assert.equal(job.code, 'remote_unreachable');
    assert.ok(Date.parse(job.next_try_at) - Date.parse(job.started_at) <= 7000);
    proxy.set({ kind: 'none' });
    const end = await us.over(id);
    assert.deepEqual([end.job.state, end.job.attempts, end.job.error], ['succeeded', 2, null]);
    assert.match(lines(end), /This is tried again in 5 s\.\nA worker begins, for the second time\.[\s\S]*Done\./);
  });

  it('are tried again at once when somebody asks', async () => {
    proxy.set({ kind: 'rst' });
    const { id } = await us.ask('/pull');
    await us.waits(id);
    await us.ask('/pull');
    await us.until(id, 'to fail again', ({ attempts, state }) => attempts === 2 && state === 'queued');
    const { job } = await us.waits(id);
    assert.ok(Date.parse(job.next_try_at) - Date.now() > 15000, 'the second wait is longer');
    proxy.set({ kind: 'none' });
    assert.equal((await us.ask('/pull')).joined, true);
    assert.equal((await us.over(id)).job.state, 'succeeded');
  });

  it('find their answer by a key', async () => {
    const key = { 'Idempotency-Key': 'jobs-1' };
    const first = await us.ask('/pull', {}, key);
    await us.over(first.id);
    const second = await us.ask('/pull', {}, key);
    assert.deepEqual([second.id, second.replayed, second.state], [first.id, true, 'succeeded']);
    const other = await us.api('POST', '/check', { body: {}, ...key });
    assert.deepEqual([other.status, other.json.code], [422, 'idempotency_key_reused']);
  });

  it('are begun anew when their worker is killed', async () => {
    const id = await silentPull();
    proxy.set({ kind: 'none' });
    process.kill(await workerOf(id), 'SIGKILL');
    const end = await us.over(id);
    assert.deepEqual([end.job.state, end.job.attempts], ['succeeded', 2]);
    assert.match(lines(end), /The worker ended in the middle\. The job is begun anew\./);
    assert.equal((await two.service.cli('us', 'git-status', '--offline')).json.events_in_db, SAMPLE_IDS.length);
  });

  it('are begun anew when their worker stalls', async () => {
    const id = await silentPull();
    const stopped = await workerOf(id);
    proxy.set({ kind: 'none' });
    process.kill(stopped, 'SIGSTOP');
    const end = await us.over(id);
    assert.equal(end.job.state, 'succeeded');
    assert.match(two.service.pool.log, new RegExp(`job worker ${stopped} shows no sign of life and is killed`));
    assert.equal(isAlive(stopped), false);
  });

  it('fail with a reason when every worker dies of them', async () => {
    const id = await silentPull();
    for (let i = 1; i <= 3; i++) {
      await us.until(id, `to be tried the ${i}. time`, ({ state, attempts }) => state === 'running' && attempts === i);
      process.kill(await workerOf(id), 'SIGKILL');
    }
    const { job } = await us.over(id);
    assert.deepEqual([job.state, job.code], ['failed', 'worker_lost']);
    assert.match(job.error, /The worker ended each time/);
  });

  it('and times of next tries survive a reload', async () => {
    proxy.set({ kind: 'rst' });
    const { id: later } = await us.ask('/check');
    await us.waits(later);
    const id = await silentPull();
    const reloads = two.service.pool.log.match(/reloaded/g)?.length ?? 0;
    two.service.pool.signal('SIGHUP');
    await waitUntil(() => (two.service.pool.log.match(/reloaded/g)?.length ?? 0) > reloads,
      { what: 'the reload', timeoutMs: 30000, explain: () => two.service.pool.log });
    proxy.set({ kind: 'none' });
    const { job } = await us.over(id, 45000);
    assert.deepEqual([job.state, job.attempts], ['succeeded', 1], 'a try that the service broke off does not count');
    assert.match(two.service.pool.log, new RegExp(`job ${id} pull waits for another worker`));
    assert.equal((await us.over(later, 60000)).job.state, 'succeeded');
  });

  it('are queued when a visitor finds the last answer old, and not again while the remote is down', async () => {
    const age = () => execute(two.database('us'), 'UPDATE tl_repository SET checked_at = (unixepoch() - 600) * 1000000; '
      + 'UPDATE tl_job SET created_at = created_at - 600000000, started_at = started_at - 600000000, finished_at = finished_at - 600000000');
    const newest = async () => (await us.api('GET', '/jobs?limit=1')).json.jobs[0];
    const visitor = new Visitor(two.service, 'us');
    await visitor.signIn('bob', await addAccount(two.service, 'us', 'bob', 'viewer'), '/account');
    const { id: before } = await us.ask('/check');
    await us.over(before);
    await visitor.get('/');
    assert.equal((await newest()).id, before, 'it is fresh');
    await age();
    proxy.set({ kind: 'rst' });
    await visitor.get('/');
    const check = await newest();
    assert.deepEqual([check.kind, check.created_by, check.id > before], ['check', 'bob', true]);
    await us.waits(check.id);
    await us.api('DELETE', `/jobs/${check.id}`);
    await visitor.get('/');
    assert.equal((await newest()).id, check.id, 'it has just been tried');
  });

  it('tell the API of a page on its way', async () => {
    const list = (await us.api('GET', '/jobs?limit=2')).json;
    assert.equal(list.jobs.length, 2);
    const next = (await us.api('GET', `/jobs?limit=2&cursor=${list.next_cursor}`)).json;
    assert.ok(next.jobs[0].id < list.jobs[1].id);
    await execute(two.database('us'), `UPDATE tl_job SET args = '{"force":true}' WHERE id = ${list.jobs[0].id}`);
    assert.deepEqual((await us.job(list.jobs[0].id)).job.request, { force: true });
  });
});

describe('a pool with one job worker', () => {
  let two;
  before(async () => {
    two = await startTwo({ jobWorkers: 1 });
  });
  after(() => two?.stop());

  it('starts another while one tenant holds it up, and ends that one when it has no work', async () => {
    const { us, near, proxy, service } = two;
    proxy.set({ kind: 'silent' });
    const { id } = await us.ask('/pull');
    await us.until(id, 'to run', ({ state }) => state === 'running');
    const quick = await near.ask('/pull');
    assert.equal((await near.over(quick.id)).job.state, 'succeeded');
    assert.equal((await us.job(id)).job.state, 'running');
    assert.match(service.pool.log, /all 1 job workers are busy and jobs wait: another one starts/);
    assert.equal(workersOf(service.pool.pid, 'job').length, 2);
    await us.api('DELETE', `/jobs/${id}`);
    await us.over(id);
    await waitUntil(() => workersOf(service.pool.pid, 'job').length === 1,
      { what: 'the other worker to end', timeoutMs: 30000, explain: () => service.pool.log });
    assert.doesNotMatch(service.pool.log, /job worker \d+ ended/);
  });

  it('stops with a job in hand, and goes on with it when it starts again', async () => {
    const { us, proxy, service } = two;
    proxy.set({ kind: 'silent' });
    const { id } = await us.ask('/pull');
    await us.until(id, 'to run', ({ state }) => state === 'running');
    const exit = await service.pool.stop(20000);
    assert.deepEqual([exit.code, exit.orphans], [0, false], service.pool.log);
    assert.match(service.pool.log, new RegExp(`job ${id} pull waits for another worker`));
    assert.deepEqual(await query(two.database('us'), `SELECT state, attempts FROM tl_job WHERE id = ${id}`),
      [{ state: 'queued', attempts: 0 }]);
    proxy.set({ kind: 'none' });
    await service.startPool();
    assert.equal((await us.over(id)).job.state, 'succeeded');
  });
});
