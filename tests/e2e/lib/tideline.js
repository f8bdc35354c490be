// Tideline itself: the command line and the service behind a private nginx, both with a clean environment.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, LOOPBACK, waitUntil } from './net.js';
import { startNginx } from './nginx.js';
import { cleanEnv, mustRun, run, start } from './process.js';
import { tempDir } from './temp.js';

/** The tree that these tests belong to. */
export const SOURCE = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');

const SANITIZERS = {
  ASAN_OPTIONS: 'detect_leaks=1:abort_on_error=0:exitcode=99:strict_string_checks=1',
  UBSAN_OPTIONS: 'print_stacktrace=1:exitcode=99',
};

/** The build under test: TIDELINE_BUILD, else build-asan of the tree. */
export function buildFolder() {
  return path.resolve(process.env.TIDELINE_BUILD || path.join(SOURCE, 'build-asan'));
}

/** The path of `tideline` or `tideline-fcgi`, which must have been built. */
export function binary(name = 'tideline') {
  const file = path.join(buildFolder(), 'bin', name);
  if (!existsSync(file)) throw new Error(`${file} is missing: build first (sh tests/run.sh does)`);
  return file;
}

/** A finding of AddressSanitizer, LeakSanitizer or UBSan in a program's output fails the test, whatever it expected. */
export function assertSane(text, what = 'tideline') {
  const finding = text.match(/^.*(AddressSanitizer|LeakSanitizer|UndefinedBehaviorSanitizer|runtime error:)/m);
  if (finding) throw new Error(`${what}: ${text.slice(finding.index, finding.index + 4000)}`);
}

/**
 * A command line with a state folder of its own. `env` holds the configuration (TIMELINE_REPO_URL, …); `tenants`
 * (`{NAME: {KEY: value}}`) writes a tenants folder instead. `cli.run('git-pull', '--dry-run')`; see `Cli.run`.
 */
export function createCli({ env = {}, tenants, tenant } = {}) {
  return new Cli({ env, tenants, tenant });
}

class Cli {
  constructor({ env, tenants, tenant }) {
    this.home = tempDir('cli');
    this.state = path.join(this.home, 'state');
    mkdirSync(this.state);
    this.tenant = tenant;
    this.tenants = tenants ? writeTenants(path.join(this.home, 'tenants'), tenants) : undefined;
    this.env = { TIDELINE_STATE: this.state, TIDELINE_TENANTS: this.tenants, ...SANITIZERS, ...env };
  }

  /**
   * Runs `tideline ARGS…`; a last object argument holds options: `env` (on top), `input`, `timeoutMs`, `cwd`,
   * `under` (a command before it, such as `['valgrind', '-q']`). Answers `{code, stdout, stderr, json, ms, …}`, where
   * `json` is the parsed standard output, or undefined if that is not JSON.
   */
  async run(...args) {
    const options = typeof args.at(-1) === 'object' ? args.pop() : {};
    const global = this.tenant ? ['--tenant', this.tenant] : [];
    const [command, ...before] = [...(options.under ?? []), binary(), ...global, ...args];
    const result = await run(command, before, { ...options, env: this.environment(options.env) });
    assertSane(result.stderr);
    return { ...result, json: tryJson(result.stdout) };
  }

  environment(extra = {}) {
    return cleanEnv(this.home, { ...this.env, ...extra });
  }

  /** As `run`, throws unless the exit status is 0, and answers the JSON. */
  async must(...args) {
    const result = await this.run(...args);
    if (result.code === 0 && result.json !== undefined) return result.json;
    const words = args.filter((arg) => typeof arg === 'string').join(' ');
    throw new Error(`tideline ${words} ended with ${result.signal ?? result.code}\n${result.stdout}${result.stderr}`);
  }

  /** Starts `tideline ARGS…` without waiting for its end (for kill tests). Answers the handle of process.js. */
  begin(args, { ready, env } = {}) {
    return start(binary(), args, { env: this.environment(env), ready, name: 'tideline' });
  }
}

function tryJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Writes NAME.env for each tenant and answers the folder. */
export function writeTenants(folder, tenants) {
  mkdirSync(folder, { recursive: true, mode: 0o750 });
  for (const [name, settings] of Object.entries(tenants)) {
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(path.join(folder, `${name}.env`), lines.join(''), { mode: 0o640 });
  }
  return folder;
}

/**
 * Starts `tideline-fcgi` and a private nginx with what `tideline nginx-config` prints, and waits until /healthz
 * answers for the first tenant. Options: `tenants` `{NAME: {KEY: value}}`, `authority` (certificate for all
 * hostnames), `webWorkers`, `jobWorkers`, `env`, `args` (more for tideline-fcgi), `plainHttp: true` (also without TLS),
 * `limits: true` (nginx limits each address; else the tests, which all come from one, may ask as much as they like).
 */
export async function startService(options) {
  const service = new Service(options);
  service.port = await freePort();
  if (options.plainHttp) service.httpPort = await freePort();
  try {
    await service.startPool();
    await service.startFront();
    const first = service.hostname(Object.keys(options.tenants)[0]);
    await waitUntil(async () => (await service.get(first, '/healthz').catch(() => ({}))).status === 200,
      { what: '/healthz to answer 200 through nginx', explain: () => service.pool.log + service.nginx.errorLog() });
  } catch (error) {
    await service.stop().catch(() => {});
    throw error;
  }
  return service;
}

class Service {
  constructor({ tenants, authority, webWorkers = 2, jobWorkers = 1, env = {}, args = [], limits = false, state }) {
    this.home = tempDir('service');
    this.settings = tenants;
    this.authority = authority;
    this.limits = limits;
    this.tenants = writeTenants(path.join(this.home, 'tenants'), tenants);
    this.state = state ?? path.join(this.home, 'state');
    mkdirSync(this.state, { recursive: true, mode: 0o750 });
    this.socket = path.join(this.home, 'tideline.sock');
    this.env = cleanEnv(this.home, { TIDELINE_STATE: this.state, TIDELINE_TENANTS: this.tenants, ...SANITIZERS, ...env });
    this.poolArgs = ['--tenants', this.tenants, '--socket', this.socket, '--templates', path.join(SOURCE, 'templates'),
      '--web-workers', String(webWorkers), '--job-workers', String(jobWorkers), ...args];
  }

  /** The first hostname that a tenant is served under. */
  hostname(tenant) {
    return this.settings[tenant].TIMELINE_HOSTNAMES?.split(',')[0].trim() ?? `${tenant}.localhost`;
  }

  hostnames() {
    return Object.entries(this.settings).flatMap(([name, { TIMELINE_HOSTNAMES: names }]) =>
      names?.split(',').map((one) => one.trim()) ?? [`${name}.localhost`]);
  }

  async startPool() {
    this.pool = await start(binary('tideline-fcgi'), this.poolArgs,
      { env: this.env, ready: this.socket, name: 'tideline-fcgi', timeoutMs: 30000 });
  }

  async startFront() {
    this.certificate = await this.authority.issue([...this.hostnames(), LOOPBACK]);
    const staticFolder = path.join(SOURCE, 'templates', 'static');
    const { stdout } = await mustRun(binary(), ['nginx-config', '--listen', `${LOOPBACK}:${this.port}`,
      '--certificate', this.certificate.certFile, '--key', this.certificate.keyFile, '--socket', this.socket,
      ...(existsSync(staticFolder) ? ['--static', staticFolder] : []),
      ...(this.limits ? [] : ['--rate', '0', '--login-rate', '0', '--connections', '0']),
      ...(this.httpPort ? ['--http', `${LOOPBACK}:${this.httpPort}`] : [])], { env: this.env });
    this.nginx = await startNginx({ servers: stdout, port: this.port, name: 'front' });
  }

  /** The address of a page for a browser: `service.url('us', '/events')`. */
  url(tenant, page = '/') {
    return `https://${this.hostname(tenant)}:${this.port}${page}`;
  }

  /** GET a page of a tenant or hostname: `{status, headers, text, json}`. */
  get(tenant, page, options = {}) {
    return this.request('GET', tenant, page, options);
  }

  /** One request over TLS to 127.0.0.1 with the tenant's name. Options: `headers`, `body`, `host` (another Host). */
  request(method, tenant, page, { headers = {}, body, host } = {}) {
    const name = this.settings[tenant] ? this.hostname(tenant) : tenant;
    const options = { method, host: LOOPBACK, port: this.port, path: page, servername: name, agent: false,
      ca: readFileSync(this.authority.certFile), headers: { Host: host ?? `${name}:${this.port}`, ...headers },
      checkServerIdentity: () => undefined, timeout: 30000 }; // names that nobody serves are asked for, too
    return new Promise((resolve, reject) => {
      const request = https.request(options, async (response) => {
        const chunks = [];
        try {
          for await (const chunk of response) chunks.push(chunk);
        } catch (error) {
          reject(error);
          return;
        }
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode, headers: response.headers, text, json: tryJson(text) });
      });
      request.on('timeout', () => request.destroy(new Error(`${method} ${page}: no answer in 30 s`)));
      request.on('error', reject);
      request.end(body);
    });
  }

  /** A command line on the same tenants and state as the service; a last object argument holds options of `run`, such as `input`. */
  async cli(tenant, ...args) {
    const options = typeof args.at(-1) === 'object' ? args.pop() : {};
    const result = await run(binary(), ['--tenant', tenant, ...args], { ...options, env: this.env });
    assertSane(result.stderr);
    return { ...result, json: tryJson(result.stdout) };
  }

  /** Stops nginx and the pool; throws if a sanitizer found something, or the pool did not end by itself with 0. */
  async stop() {
    await this.nginx?.stop();
    const exit = await this.pool?.stop(20000);
    assertSane(this.pool?.log ?? '', 'tideline-fcgi');
    if (exit?.orphans) throw new Error(`tideline-fcgi ended before its workers\n${this.pool.log}`);
    if (exit && exit.code !== 0) throw new Error(`tideline-fcgi ended with ${exit.signal ?? exit.code}\n${this.pool.log}`);
  }
}
