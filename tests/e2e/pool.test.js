// The pool under what happens to services: workers and masters that die, reloads good and bad, stops, a stalled remote.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startBrowser } from './lib/browser.js';
import { createAuthority } from './lib/ca.js';
import { startFaultProxy } from './lib/fault_proxy.js';
import { generatedTimeline, sampleEvents, SAMPLE_IDS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { startGitServer } from './lib/git_server.js';
import { accepts, waitUntil } from './lib/net.js';
import { cleanEnv, run, start } from './lib/process.js';
import { tempDir } from './lib/temp.js';
import { binary, SOURCE, startService, writeTenants } from './lib/tideline.js';
import { isAlive, workersOf } from './lib/workers.js';

const MANY = 3000; // so that one answer fills every buffer on its way

const pulled = (service, tenant) => waitUntil(async () => (await service.get(tenant, '/api/v1/status')).json?.last_import,
  { what: `${tenant} to be pulled`, timeoutMs: 60000, explain: () => service.pool.log });

const started = (service, kind, count, without = []) => waitUntil(() => {
  const workers = workersOf(service.pool.pid, kind);
  return workers.length === count && !workers.some((pid) => without.includes(pid)) && workers;
}, { what: `${count} ${kind} workers`, explain: () => service.pool.log });

/** A whole FastCGI request without a body. */
function fastcgiRequest(parameters) {
  const record = (type, content) => Buffer.concat([Buffer.from([1, type, 0, 1, content.length >> 8, content.length & 255, 0, 0]), content]);
  const pairs = Object.entries(parameters).map(([name, value]) =>
    Buffer.concat([Buffer.from([name.length, value.length]), Buffer.from(name + value)]));
  const begin = Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([record(1, begin), record(4, Buffer.concat(pairs)), record(4, Buffer.alloc(0)), record(5, Buffer.alloc(0))]);
}

describe('the pool', () => {
  let authority;
  let service;
  let repo;
  before(async () => {
    authority = await createAuthority();
    repo = await createBareRepo({ files: sampleEvents() });
    await repo.commit(generatedTimeline(MANY));
    service = await startService({ authority, webWorkers: 2, jobWorkers: 1,
      tenants: { us: { TIMELINE_REPO_URL: repo.folder, TIMELINE_PUBLIC: 'true' } } });
    await pulled(service, 'us');
  });
  after(() => service?.stop());

  it('listens on a socket for its group only', () => {
    assert.equal(statSync(service.socket).mode & 0o777, 0o660);
  });

  it('replaces workers that are killed, and goes on answering', async () => {
    for (const kind of ['web', 'job']) {
      const [victim, ...others] = await started(service, kind, kind === 'web' ? 2 : 1);
      process.kill(victim, 'SIGKILL');
      const now = await started(service, kind, others.length + 1, [victim]);
      for (const other of others) assert.ok(now.includes(other));
      assert.equal((await service.get('us', '/')).status, 200);
    }
    assert.match(service.pool.log, /web worker \d+ ended with signal 9; another starts in \d+ ms/);
  });

  /** SIGHUP while two visitors ask for pages; answers when the new generation works and the old one is gone. */
  async function reloadUnderLoad(tenantsAfter) {
    const old = [...await started(service, 'web', 2), ...await started(service, 'job', 1)];
    const from = service.pool.log.length;
    const answers = [];
    let asking = true;
    const visitor = async (page) => {
      while (asking) answers.push((await service.get('us', page)).status);
    };
    const visitors = [visitor('/'), visitor('/events?q=harbour')];
    service.pool.signal('SIGHUP');
    await waitUntil(() => service.pool.log.slice(from).includes(`reloaded: ${tenantsAfter} tenants`),
      { what: 'the reload', explain: () => service.pool.log, timeoutMs: 30000 });
    await started(service, 'web', 2, old);
    await started(service, 'job', 1, old);
    await waitUntil(() => !old.some(isAlive), { what: 'the old workers to end' });
    asking = false;
    await Promise.all(visitors);
    assert.ok(answers.length > 2 && answers.every((status) => status === 200), answers.join(' '));
  }

  it('takes over new tenants at SIGHUP, and lets go of removed ones, without dropping a request', async () => {
    writeTenants(service.tenants, { brazil: { TIMELINE_REPO_URL: repo.folder, TIMELINE_PUBLIC: 'true', INSTANCE_NAME: 'Brazil' } });
    await reloadUnderLoad(2);
    await waitUntil(async () => (await service.cli('brazil', 'git-status', '--offline')).json.events_in_db === SAMPLE_IDS.length + MANY,
      { what: 'the new tenant to be pulled', explain: () => service.pool.log });
    rmSync(path.join(service.tenants, 'brazil.env'));
    await reloadUnderLoad(1);
  });

  it('keeps the old configuration when the new one is refused', async () => {
    const old = await started(service, 'web', 2);
    const file = path.join(service.tenants, 'broken.env');
    writeFileSync(file, `TIMELINE_REPO_URL=${repo.folder}\nTIMELINE_PUBLIC=perhaps\n`);
    service.pool.signal('SIGHUP');
    await waitUntil(() => /refused and the old one stays: .*broken\.env, line 2: TIMELINE_PUBLIC/.test(service.pool.log),
      { what: 'the refusal in the log', explain: () => service.pool.log });
    rmSync(file);
    assert.deepEqual(await started(service, 'web', 2), old);
    assert.equal((await service.get('us', '/')).status, 200);
  });

  it('answers whom it has let in, though told to end while the request was still coming', async () => {
    const request = fastcgiRequest({ REQUEST_METHOD: 'GET', REQUEST_URI: '/api/v1/status', TIDELINE_TENANT: 'us' });
    const visitor = net.connect(service.socket);
    let answer = '';
    visitor.on('data', (part) => { answer += part; });
    const closed = new Promise((resolve, reject) => { visitor.on('close', resolve).on('error', reject); });
    visitor.write(request.subarray(0, 8));
    const from = service.pool.log.length;
    const old = await started(service, 'web', 2);
    service.pool.signal('SIGHUP');
    await waitUntil(() => service.pool.log.slice(from).includes('reloaded:') && old.filter(isAlive).length === 1,
      { what: 'the other worker of before to end', explain: () => service.pool.log });
    visitor.write(request.subarray(8));
    await closed;
    assert.match(answer, /"events_in_db":/);
  });

  it('kills a worker that is stuck with a visitor who does not read', { timeout: 90000 }, async () => {
    const workers = await started(service, 'web', 2);
    const visitor = net.connect(service.socket);
    visitor.on('error', () => {});
    visitor.pause();
    visitor.write(fastcgiRequest({ REQUEST_METHOD: 'GET', REQUEST_URI: '/api/v1/events?limit=10000', TIDELINE_TENANT: 'us' }));
    const [, stuck] = await waitUntil(() => service.pool.log.match(/web worker (\d+) shows no sign of life and is killed/),
      { what: 'the stuck worker to be killed', timeoutMs: 60000, explain: () => service.pool.log });
    visitor.destroy();
    const now = await started(service, 'web', 2, [Number(stuck)]);
    assert.equal(workers.filter((pid) => now.includes(pid)).length, 1, 'only the stuck one is replaced');
    assert.equal((await service.get('us', '/')).status, 200);
  });

  it('refuses a second service on its socket, and a broken page or tenant at start', async () => {
    const env = cleanEnv(service.home, { TIDELINE_STATE: service.state });
    const attempt = (args) => run(binary('tideline-fcgi'), args, { env });
    const second = await attempt(service.poolArgs);
    assert.match(second.stderr, /Another service listens on/);
    assert.equal(second.code, 6);
    const pages = tempDir('pages');
    writeFileSync(path.join(pages, 'status.mustache'), '<p>\n{{#a}}</p>');
    const other = (more) => ['--tenants', service.tenants, '--socket', path.join(pages, 's'), ...more];
    const broken = await attempt(other(['--templates', pages]));
    assert.match(broken.stderr, /status/);
    assert.notEqual(broken.code, 0);
    for (const args of [['--web-workers', '0'], ['--nothing'], ['word']]) assert.equal((await attempt(other(args))).code, 2, args[0]);
    assert.match((await attempt(['--help'])).stdout, /--job-workers N/);
    assert.match((await attempt(['--version'])).stdout, /^tideline-fcgi \d+\.\d+\.\d+\n$/);
    const json = await attempt([...service.poolArgs, '--log-format', 'json']);
    assert.equal(JSON.parse(json.stderr.trim().split('\n').at(-1)).level, 'error');
  });
});

describe('the end of a pool', () => {
  it('leaves no worker when the master is killed, and begins again over what it left', async () => {
    const home = tempDir('pool');
    const repo = await createBareRepo({ files: sampleEvents() });
    const tenants = writeTenants(path.join(home, 'tenants'), { us: { TIMELINE_REPO_URL: repo.folder } });
    const socket = path.join(home, 'run', 'tideline.sock');
    const args = ['--tenants', tenants, '--socket', socket, '--templates', path.join(SOURCE, 'templates'), '--job-workers', '1'];
    const env = cleanEnv(home, { TIDELINE_STATE: path.join(home, 'state') });
    // Not with the helper that would end the workers itself.
    const child = spawn(binary('tideline-fcgi'), args, { env, detached: true, stdio: 'ignore' });
    const workers = await waitUntil(() => {
      const all = ['web', 'job'].flatMap((kind) => workersOf(child.pid, kind));
      return all.length === 5 && all;
    }, { what: 'five workers' });
    child.kill('SIGKILL');
    await waitUntil(() => !workers.some(isAlive), { what: 'the workers to end with their master' });
    assert.equal(await accepts(socket), false);
    const again = await start(binary('tideline-fcgi'), args, { env, ready: socket, name: 'tideline-fcgi' });
    const exit = await again.stop(15000);
    assert.deepEqual([exit.code, exit.orphans], [0, false], again.log);
    assert.match(again.log, /stopping[\s\S]*stopped/);
    assert.equal(existsSync(socket), false);
  });
});

describe('a stalled remote', () => {
  let service;
  let proxy;
  let server;
  let browser;
  before(async () => {
    const authority = await createAuthority();
    server = await startGitServer({ authority });
    const slow = await server.addRepo('slow/timeline', { files: sampleEvents() });
    assert.ok(slow);
    proxy = await startFaultProxy({ targetPort: server.port, fault: { kind: 'silent' } });
    const busy = await createBareRepo({ files: sampleEvents() });
    service = await startService({ authority, webWorkers: 2, jobWorkers: 2, tenants: {
      slow: { TIMELINE_REPO_URL: server.url('slow/timeline', { port: proxy.port }), TIMELINE_CA_FILE: authority.certFile,
        GITHUB_TOKEN: server.token, TIMELINE_PUBLIC: 'true' },
      us: { TIMELINE_REPO_URL: busy.folder, TIMELINE_PUBLIC: 'true' },
    } });
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.stop();
    await service?.stop();
    await proxy?.stop();
    await server?.stop();
  });

  it('slows nobody else, is shown as it goes, and the job outlives its worker', async () => {
    await waitUntil(() => proxy.struck > 0, { what: 'the pull to reach the remote', explain: () => service.pool.log });
    await pulled(service, 'us');
    const page = await browser.newPage();
    await page.goto(service.url('slow', '/'));
    await page.getByRole('heading', { name: 'Pulling from the repository' }).waitFor();
    assert.equal(await page.locator('progress').count(), 1);
    proxy.set({ kind: 'none' });
    for (const pid of workersOf(service.pool.pid, 'job')) process.kill(pid, 'SIGKILL');
    await pulled(service, 'slow');
    await page.getByRole('heading', { name: /In step with main/ }).waitFor(); // swapped in by the page's own script
    assert.deepEqual(page.problems, []);
    assert.doesNotMatch(service.pool.log, new RegExp(server.token));
    assert.equal((await service.get('slow', '/api/v1/status')).json.events_in_db, SAMPLE_IDS.length);
  });
});
