// Running commands and keeping servers: each is ended by its own process id, and none outlives the test process.
import { spawn } from 'node:child_process';
import { accepts, waitUntil } from './net.js';

const running = new Set();
process.on('exit', () => {
  for (const child of running) killGroup(child, 'SIGKILL');
});
for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
  process.once(signal, () => process.exit(status));
}

/** Each is started in a group of its own, so that a server's workers end with it. Answers whether anybody was there. */
function killGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
    return true;
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
    return false;
  }
}

/**
 * The whole environment of everything started here: nothing of the caller's configuration, proxies or tokens leaks in.
 */
export function cleanEnv(home, extra = {}) {
  const env = {
    PATH: '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    ...(home ? { HOME: home } : {}),
    ...extra,
  };
  for (const key of Object.keys(env)) if (env[key] === undefined || env[key] === null) delete env[key];
  return env;
}

/**
 * Runs a command to its end. Answers `{code, signal, stdout, stderr, ms, timedOut}`; texts, or Buffers with
 * `{binary: true}`. Never throws for an exit status: see `mustRun`.
 */
export function run(command, args = [], options = {}) {
  const { cwd, env = cleanEnv(), input, timeoutMs = 60000, binary = false } = options;
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const out = [];
    const err = [];
    let timedOut = false;
    const timer = setTimeout(() => ((timedOut = true), killGroup(child, 'SIGKILL')), timeoutMs);
    running.add(child);
    child.stdout.on('data', (data) => out.push(data));
    child.stderr.on('data', (data) => err.push(data));
    child.stdin.on('error', () => {}); // a command that does not read its input to the end is no failure of the test
    child.once('error', (error) => (clearTimeout(timer), running.delete(child), reject(error)));
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      const text = (chunks) => (binary ? Buffer.concat(chunks) : Buffer.concat(chunks).toString('utf8'));
      resolve({ code, signal, stdout: text(out), stderr: text(err), ms: performance.now() - began, timedOut });
    });
    if (input && typeof input !== 'string' && !Buffer.isBuffer(input)) feed(child.stdin, input).catch(reject);
    else child.stdin.end(input ?? '');
  });
}

/** Writes an iterable of strings or Buffers, in large pieces, at the speed at which it is read. */
async function feed(stream, chunks) {
  let ended = stream.destroyed;
  let wake = () => {};
  stream.on('drain', () => wake());
  stream.on('close', () => ((ended = true), wake()));
  let piece = [];
  let size = 0;
  const flush = async () => {
    const room = stream.write(Buffer.concat(piece));
    piece = [];
    size = 0;
    if (!room && !ended) await new Promise((resolve) => (wake = resolve));
  };
  for await (const chunk of chunks) {
    if (ended) return;
    piece.push(Buffer.from(chunk));
    size += chunk.length;
    if (size >= 1 << 18) await flush();
  }
  if (!ended) await flush();
  stream.end();
}

/** As `run`, and throws unless the exit status is 0. */
export async function mustRun(command, args = [], options = {}) {
  const result = await run(command, args, options);
  if (result.code === 0) return result;
  const how = result.timedOut ? 'took too long' : `ended with ${result.signal ?? result.code}`;
  throw new Error(`${command} ${args.join(' ')} ${how}\n${result.stdout}${result.stderr}`);
}

/**
 * Starts a server and waits until it is ready: `ready` is a port, the path of a unix socket, a RegExp that a line of
 * its output must match, or an async function answering true. The kernel sends it TERM if this process dies.
 */
export async function start(command, args = [], options = {}) {
  const { cwd, env = cleanEnv(), ready, timeoutMs = 15000, name = command } = options;
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', command, ...args], {
    cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
  });
  const handle = new Running(child, name);
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  try {
    await waitUntil(() => handle.isReady(ready), { what: `${name} to be ready`, timeoutMs, explain: () => handle.log });
  } catch (error) {
    await handle.stop(0);
    throw error;
  }
  return handle;
}

/** A process that runs: `pid`, `log` (both outputs as they came), `stop()`. */
class Running {
  constructor(child, name) {
    this.child = child;
    this.name = name;
    this.pid = child.pid;
    this.log = '';
    this.exit = null; // {code, signal, orphans} once it has ended; orphans: children of it were still there
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (this.log += text));
    }
    child.once('exit', (code, signal) => {
      this.exit = { code, signal, orphans: killGroup(child, 'SIGKILL') };
      running.delete(child);
    });
    this.ended = new Promise((resolve) => child.once('close', () => resolve(this.exit)));
  }

  async isReady(ready) {
    if (this.exit) throw new Error(`${this.name} ended with ${this.exit.signal ?? this.exit.code}\n${this.log}`);
    if (ready === undefined) return true;
    if (ready instanceof RegExp) return ready.test(this.log);
    if (typeof ready === 'function') return ready();
    return accepts(ready);
  }

  /** Sends a signal to this one process (not to its children). */
  signal(name) {
    this.child.kill(name);
  }

  /**
   * TERM to the process, and after `graceMs` KILL to it; children that it leaves behind are killed at once.
   * Answers `{code, signal, orphans}`.
   */
  async stop(graceMs = 8000) {
    this.signal('SIGTERM');
    const timer = setTimeout(() => killGroup(this.child, 'SIGKILL'), graceMs);
    const exit = await this.ended;
    clearTimeout(timer);
    return exit;
  }
}
