// A TCP proxy that fails on purpose, and an HTTPS server that sends its callers elsewhere.
import { readFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { freePort, LOOPBACK } from './net.js';

const DRIP_MS = 1000;

/**
 * Starts a proxy before `targetPort`. The fault counts the bytes that the server sends to the client, per connection:
 *   `{kind: 'none'}`              passes everything
 *   `{kind: 'silent'}`            accepts and never says anything
 *   `{kind: 'stall', after: N}`   nothing more after N bytes, connection open
 *   `{kind: 'drip', after: N}`    one byte a second after N bytes
 *   `{kind: 'fin', after: N}`     orderly end after N bytes
 *   `{kind: 'rst', after: N}`     reset after N bytes
 * `connections: K` in a fault leaves the first K connections alone. Change it any time with `proxy.set(fault)`; it
 * applies to connections made from then on.
 */
export async function startFaultProxy({ targetPort, fault = { kind: 'none' } }) {
  const proxy = new FaultProxy(targetPort, fault);
  proxy.port = await freePort();
  await new Promise((resolve, reject) => proxy.server.once('error', reject).listen(proxy.port, LOOPBACK, resolve));
  return proxy;
}

const KINDS = ['none', 'silent', 'stall', 'drip', 'fin', 'rst'];

class FaultProxy {
  constructor(targetPort, fault) {
    this.targetPort = targetPort;
    this.count = 0; // connections accepted since the last set()
    this.sockets = new Set();
    this.struck = 0; // connections on which the fault has been seen to happen
    this.set(fault);
    this.server = net.createServer((client) => this.accept(client));
  }

  set(fault) {
    if (!KINDS.includes(fault.kind)) throw new Error(`a fault is one of ${KINDS.join(' ')}`);
    this.fault = { after: 0, connections: 0, ...fault };
    this.count = 0;
  }

  accept(client) {
    this.count += 1;
    const fault = this.count > this.fault.connections ? this.fault : { kind: 'none' };
    this.keep(client);
    if (fault.kind === 'silent') {
      this.struck += 1;
      client.resume();
      return;
    }
    const server = net.connect(this.targetPort, LOOPBACK);
    this.keep(server);
    client.pipe(server);
    client.on('close', () => server.destroy());
    if (fault.kind === 'none') server.pipe(client);
    else this.limit(server, client, fault);
  }

  keep(socket) {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy()); // either side may break off: that is what this is for
  }

  /** Passes `after` bytes of the server's on, then does what the fault says. */
  limit(server, client, fault) {
    let left = fault.after;
    const strike = () => {
      if (left < 0) return;
      left = -1;
      this.struck += 1;
      this.act(server, client, fault.kind);
    };
    server.on('data', (data) => {
      if (left < 0) return;
      if (data.length <= left) {
        left -= data.length;
        client.write(data);
        return;
      }
      const rest = data.subarray(left);
      server.pause();
      if (fault.kind === 'drip') server.unshift(rest);
      if (left > 0) client.write(data.subarray(0, left), strike);
      else strike();
    });
    server.on('end', () => left >= 0 && client.end());
  }

  act(server, client, kind) {
    if (kind === 'stall') return;
    if (kind === 'fin') client.end(() => server.destroy());
    if (kind === 'rst') {
      client.resetAndDestroy();
      server.destroy();
    }
    if (kind === 'drip') this.drip(server, client);
  }

  drip(server, client) {
    server.removeAllListeners('data');
    const timer = setInterval(() => {
      const byte = server.read(1);
      if (byte) client.write(byte);
    }, DRIP_MS);
    client.on('close', () => clearInterval(timer));
  }

  async stop() {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/**
 * Starts an HTTPS server that answers everything with a redirect to the same path at `to`
 * (such as `https://other.example:8443`). `requests` records `{method, url, headers}` of what came in.
 */
export function startRedirector({ certificate, to, status = 302 }) {
  return startHttps(certificate, (request, response) => {
    response.writeHead(status, { Location: to + request.url, 'Content-Length': 0 }).end();
  });
}

/** Starts an HTTPS server that records what it gets and answers with `answer(request, response)` (default: 404). */
export async function startHttps(certificate, answer) {
  const requests = [];
  const sockets = new Set();
  const refuse = (request, response) => response.writeHead(404, { 'Content-Length': 0 }).end();
  const server = https.createServer(
    { cert: readFileSync(certificate.certFile), key: readFileSync(certificate.keyFile) },
    (request, response) => {
      requests.push({ method: request.method, url: request.url, headers: request.headers });
      (answer ?? refuse)(request, response);
    });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {}); // a client that does not trust the certificate is a case under test
  const port = await freePort();
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, LOOPBACK, resolve));
  return {
    port,
    requests,
    url: `https://${LOOPBACK}:${port}`,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
