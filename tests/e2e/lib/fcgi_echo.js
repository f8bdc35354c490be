// A FastCGI application that answers what it was given, and a client that sends bytes as they are: to see what nginx
// lets through.
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { LOOPBACK } from './net.js';
import { tempDir } from './temp.js';

const BEGIN = 1;
const END = 3;
const PARAMS = 4;
const STDIN = 5;
const STDOUT = 6;

/** Name-value pairs of FastCGI: lengths of one byte, or of four with the highest bit set. */
function parsePairs(bytes) {
  const pairs = [];
  let at = 0;
  const length = () => {
    if (bytes[at] < 128) return bytes[at++];
    at += 4;
    return bytes.readUInt32BE(at - 4) & 0x7fffffff;
  };
  while (at < bytes.length) {
    const [name, value] = [length(), length()];
    pairs.push([bytes.toString('latin1', at, at + name), bytes.toString('latin1', at + name, at + name + value)]);
    at += name + value;
  }
  return pairs;
}

function record(type, id, content) {
  const head = Buffer.from([1, type, id >> 8, id & 255, content.length >> 8, content.length & 255, 0, 0]);
  return Buffer.concat([head, content]);
}

function answer(socket, id, text) {
  const all = Buffer.from(text);
  for (let at = 0; at < all.length; at += 60000) socket.write(record(STDOUT, id, all.subarray(at, at + 60000)));
  socket.end(Buffer.concat([record(STDOUT, id, Buffer.alloc(0)), record(END, id, Buffer.alloc(8))]));
}

/** Reads one request: nginx keeps no connection to the application. */
function serve(socket, respond) {
  let data = Buffer.alloc(0);
  const parts = { [PARAMS]: [], [STDIN]: [] };
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    data = Buffer.concat([data, bytes]);
    while (data.length >= 8) {
      const [type, id, content, padding] = [data[1], data.readUInt16BE(2), data.readUInt16BE(4), data[6]];
      if (data.length < 8 + content + padding) return;
      if (type !== BEGIN && content) parts[type].push(data.subarray(8, 8 + content));
      if (type === STDIN && !content) respond(parsePairs(Buffer.concat(parts[PARAMS])), Buffer.concat(parts[STDIN]), (text) => answer(socket, id, text));
      data = data.subarray(8 + content + padding);
    }
  });
}

/**
 * Answers `{socket, seen, hold(), release(), stop()}`: `seen` holds `{params: {…}, names: […], bytes}` of each request so far, and each
 * is answered with the same as JSON, with `canary-TENANT` in it and `filler` bytes more. Between `hold()` and `release()` requests wait.
 */
export async function startEcho({ filler = 0 } = {}) {
  const seen = [];
  const socket = path.join(tempDir('echo'), 'echo.sock');
  let waiting = null;
  const server = net.createServer((connection) => serve(connection, (pairs, body, send) => {
    const one = { params: Object.fromEntries(pairs), names: pairs.map(([name]) => name), bytes: body.length };
    seen.push(one);
    const text = JSON.stringify({ ...one, canary: `canary-${one.params.TIDELINE_TENANT}`, filler: 'x'.repeat(filler) });
    const go = () => send(`Status: 200 OK\r\nContent-Type: application/json\r\n\r\n${text}`);
    if (waiting) waiting.push(go);
    else go();
  }));
  server.listen(socket);
  await once(server, 'listening');
  return { socket, seen, hold: () => (waiting = []), release: () => waiting.splice(0).forEach((go) => go()), stop: () => new Promise((resolve) => server.close(resolve)) };
}

/**
 * Connects to 127.0.0.1 and sends `bytes` (a string is latin1; a list is written one after the other with `everyMs` between).
 * Resolves when the other side has closed, or `enough(text)` says so, with `{text, ended, ms}`; `secure` holds options of
 * tls.connect, without it the connection is plain.
 */
export function sendRaw(port, bytes, { secure, everyMs = 0, enough = () => false, timeoutMs = 10000 } = {}) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const socket = secure ? tls.connect({ host: LOOPBACK, port, checkServerIdentity: () => undefined, ...secure }) : net.connect(port, LOOPBACK);
    let text = '';
    const done = (ended) => {
      clearTimeout(timer);
      clearInterval(drip);
      socket.destroy();
      resolve({ text, ended, ms: performance.now() - began });
    };
    const timer = setTimeout(() => (socket.destroy(), clearInterval(drip), reject(new Error(`no end in ${timeoutMs} ms\n${text}`))), timeoutMs);
    let drip;
    socket.setEncoding('latin1');
    socket.on(secure ? 'secureConnect' : 'connect', () => {
      const pieces = Array.isArray(bytes) ? [...bytes] : [bytes];
      const write = () => (pieces.length ? socket.write(pieces.shift(), 'latin1') : clearInterval(drip));
      write();
      if (pieces.length) drip = setInterval(write, everyMs);
    });
    socket.on('data', (part) => ((text += part), enough(text) && done(false)));
    socket.on('error', (error) => {
      if (text || ['ECONNRESET', 'EPIPE'].includes(error.code)) done(true);
      else (clearTimeout(timer), clearInterval(drip), reject(error));
    });
    socket.on('close', () => done(true));
  });
}

/** The statuses of the answers that came back; not those that announce another. */
export const statusesOf = (text) => [...text.matchAll(/(?:^|\n|\})HTTP\/1\.[01] ([2-5]\d\d)/g)].map(([, status]) => Number(status));
