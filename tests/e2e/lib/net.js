// Loopback only: free ports, and waiting until something accepts connections.
import { lstatSync } from 'node:fs';
import net from 'node:net';

export const LOOPBACK = '127.0.0.1';

const LOWEST = 12000;
const HIGHEST = 31999; // below the range from which the kernel takes the ports of outgoing connections
const given = new Set();

/** A port on 127.0.0.1 that nobody listens on and that this process has not been given before. */
export async function freePort() {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (!given.has(port) && (await canListen(port))) {
      given.add(port);
      return port;
    }
  }
}

function canListen(port) {
  return new Promise((resolve) => {
    const server = net.createServer().once('error', () => resolve(false));
    server.listen(port, LOOPBACK, () => server.close(() => resolve(true)));
  });
}

/** Does a TCP port or a unix socket (a path) accept a connection right now? */
export function accepts(target) {
  const options = typeof target === 'number' ? { host: LOOPBACK, port: target } : { path: target };
  if (typeof target === 'string' && !isSocket(target)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = net.connect(options);
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}

function isSocket(file) {
  try {
    return lstatSync(file).isSocket();
  } catch {
    return false;
  }
}

/**
 * Asks `probe` again until it answers something true, and returns that. Throws after `timeoutMs`, naming `what` and
 * what `explain()` has to say. The pause between two looks is short because readiness is what is waited for, not time.
 */
export async function waitUntil(probe, { what = 'a condition', timeoutMs = 15000, everyMs = 15, explain } = {}) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const answer = await probe();
    if (answer) return answer;
    if (Date.now() > end) {
      throw new Error(`waited ${timeoutMs} ms for ${what}${explain ? `\n${explain()}` : ''}`);
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
