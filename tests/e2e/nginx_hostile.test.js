// What a hostile visitor sends to the real nginx: claims about who is asked, requests of no or two meanings, too much, too
// slowly. Behind it stands an application that answers exactly what it was given.
import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { sendRaw, startEcho, statusesOf } from './lib/fcgi_echo.js';
import { EVENTS } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { freePort, LOOPBACK, waitUntil } from './lib/net.js';
import { startNginx } from './lib/nginx.js';
import { tempDir } from './lib/temp.js';
import { createCli, startService } from './lib/tideline.js';

const REPO = { TIMELINE_REPO_URL: '/nowhere/timeline.git' };
const MIB = 1024 * 1024;
const SECRET = 'canary-file-beside-the-static-ones';
/** The end of what nginx answers by itself; it goes on reading for a while what it has refused. */
const REFUSED = /<\/html>|"code":"\w+"\}/;
const CONNECTION = 'Connection: close\r\n';

/** All that may ever reach the application: nothing that a visitor makes up adds a name to it. */
const ALWAYS = ['TIDELINE_TENANT', 'QUERY_STRING', 'REQUEST_METHOD', 'CONTENT_TYPE', 'CONTENT_LENGTH', 'SCRIPT_NAME', 'PATH_INFO', 'REQUEST_URI',
  'DOCUMENT_URI', 'SERVER_PROTOCOL', 'REQUEST_SCHEME', 'HTTPS', 'GATEWAY_INTERFACE', 'SERVER_SOFTWARE', 'REMOTE_ADDR', 'REMOTE_PORT', 'SERVER_ADDR',
  'SERVER_PORT', 'SERVER_NAME'];
const READ = ['HTTP_ACCEPT', 'HTTP_AUTHORIZATION', 'HTTP_COOKIE', 'HTTP_IDEMPOTENCY_KEY', 'HTTP_IF_MATCH', 'HTTP_IF_NONE_MATCH', 'HTTP_ORIGIN', 'HTTP_REFERER',
  'HTTP_SEC_FETCH_SITE', 'HTTP_USER_AGENT', 'HTTP_X_GITHUB_DELIVERY', 'HTTP_X_GITHUB_EVENT', 'HTTP_X_HUB_SIGNATURE_256'];

describe('a hostile visitor', () => {
  const cli = createCli({ tenants: { us: { ...REPO, TIMELINE_HOSTNAMES: 'us.localhost, us.example.org' }, brazil: REPO } });
  let echo;
  let front;
  let impatient;
  let port;
  let httpPort;
  let shortPort;
  let ca;
  let folder;

  before(async () => {
    const authority = await createAuthority();
    const certificate = await authority.issue(['us.localhost', 'brazil.localhost', LOOPBACK]);
    ca = readFileSync(authority.certFile);
    echo = await startEcho({ filler: 3000 });
    folder = path.join(tempDir('files'), 'static');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'style.css'), 'body { color: black }\n');
    writeFileSync(path.join(folder, '..', 'secret.txt'), SECRET);
    [port, httpPort, shortPort] = [await freePort(), await freePort(), await freePort()];
    const servers = async (...where) => (await cli.run('nginx-config', '--certificate', certificate.certFile, '--key', certificate.keyFile, '--socket', echo.socket,
      '--static', folder, '--rate', '0', '--login-rate', '0', ...where)).stdout;
    front = await startNginx({ servers: await servers('--listen', `${LOOPBACK}:${port}`, '--http', `${LOOPBACK}:${httpPort}`), port, name: 'front' });
    const text = await servers('--listen', `${LOOPBACK}:${shortPort}`);
    assert.ok(text.includes('client_header_timeout 15s;') && text.includes('client_body_timeout 15s;') && text.includes('send_timeout 30s;'));
    // The same with less patience, so that the test needs none: what ends a connection is the setting, whatever its number.
    impatient = await startNginx({ servers: text.replace(/(client_header_timeout|client_body_timeout|send_timeout) \d+s;/g, '$1 1s;'), port: shortPort, name: 'impatient' });
  });
  after(async () => {
    await front?.stop();
    await impatient?.stop();
    await echo?.stop();
  });

  const secure = (extra = {}) => ({ ca, servername: 'us.localhost', ...extra });
  const send = (bytes, options = {}) => sendRaw(port, bytes, { secure: secure(), ...options });
  /** The JSON of the application's answer in the text of a response, or null when it was not the application that answered. */
  const told = (text) => {
    const [, json] = text.match(/(\{"params":.*\})/) ?? [];
    return json ? JSON.parse(Buffer.from(json, 'latin1').toString('utf8')) : null;
  };
  /** Sends one request; checks the status, whose canary is in the answer (null: nobody's), and that the application saw no more than that. */
  async function expect(request, status, tenant, options) {
    const before = echo.seen.length;
    const { text } = await send(request, { enough: (got) => REFUSED.test(got), ...options });
    const what = `${request.slice(0, 200)}\n---\n${text.slice(0, 400)}`;
    assert.deepEqual(statusesOf(text), [status], what);
    assert.deepEqual([...new Set(text.match(/canary-\w+/g))], tenant ? [`canary-${tenant}`] : [], what);
    assert.equal(echo.seen.length - before, tenant ? 1 : 0, what);
    assert.doesNotMatch(text, /nginx\/|Server: (?!nginx\r)/, what);
    return { text, seen: tenant ? told(text) : null };
  }

  describe('claims', () => {
    const get = (lines, page = '/') => `GET ${page} HTTP/1.1\r\n${lines}${CONNECTION}\r\n`;

    it('adds no parameter and changes none, whatever the headers say', async () => {
      const claims = ['X-Forwarded-Host: brazil.localhost', 'X-Forwarded-Server: brazil.localhost', 'X-Forwarded-For: 192.0.2.7', 'X-Forwarded-Proto: http', 'X-Forwarded-Port: 80',
        'X-Forwarded-Prefix: /x', 'Forwarded: for=192.0.2.7;host=brazil.localhost', 'X-Real-IP: 192.0.2.7', 'X-Client-IP: 192.0.2.7', 'True-Client-IP: 192.0.2.7',
        'X-Host: brazil.localhost', 'X-Original-URL: /other', 'X-Rewrite-URL: /other', 'X-HTTP-Method-Override: DELETE', 'Proxy: http://127.0.0.1:9',
        'TIDELINE_TENANT: brazil', 'Tideline-Tenant: brazil', 'TIDELINE-TENANT: brazil', 'HTTP_TIDELINE_TENANT: brazil', 'Http-Tideline-Tenant: brazil',
        'REMOTE_ADDR: 192.0.2.7', 'Remote-Addr: 192.0.2.7', 'REQUEST_URI: /other', 'Request-Uri: /other', 'REQUEST_METHOD: DELETE', 'SCRIPT_FILENAME: /etc/passwd',
        'Script-Filename: /etc/passwd', 'PATH_TRANSLATED: /etc/passwd', 'DOCUMENT_ROOT: /', 'PHP_VALUE: auto_prepend_file=/etc/passwd', 'FCGI_ROLE: AUTHORIZER',
        'Fcgi-Web-Server-Addrs: 192.0.2.7', 'LD_PRELOAD: /tmp/x.so', 'HTTP_PROXY: http://127.0.0.1:9', 'HTTPS: off', 'Content_Length: 5', 'Content_Type: text/x',
        'HTTP_COOKIE: a=b', 'Http-Cookie: a=b', 'HTTP_AUTHORIZATION: Bearer x', 'If_Match: "x"', 'Sec_Fetch_Site: same-origin', 'X-Accel-Redirect: /.tideline/refusal.html',
        'X-Sendfile: /etc/passwd', 'Via: 1.1 x', 'X-Tenant: brazil', 'Upgrade: h2c', 'Expect: 100-continue'];
      for (const claim of [...claims, claims.slice(0, 16).join('\r\n'), claims.slice(16).join('\r\n')]) {
        const { seen } = await expect(get(`Host: us.localhost\r\n${claim}\r\n`), 200, 'us');
        assert.deepEqual(seen.names, ALWAYS, claim);
        const { REMOTE_ADDR, REQUEST_URI, REQUEST_METHOD, HTTPS, CONTENT_LENGTH, SERVER_NAME } = seen.params;
        assert.deepEqual([REMOTE_ADDR, REQUEST_URI, REQUEST_METHOD, HTTPS, CONTENT_LENGTH, SERVER_NAME], [LOOPBACK, '/', 'GET', 'on', '', 'us.localhost'], claim);
      }
    });

    it('hands over the headers that the application reads, as they are', async () => {
      const values = Object.fromEntries(READ.map((name, i) => [name, `"${i}" \xe4; <v${i}>, {$uri} %00`]));
      const lines = READ.map((name) => `${name.slice(5).replaceAll('_', '-')}: ${values[name]}\r\n`).join('');
      const { seen } = await expect(get(`Host: us.localhost\r\n${lines}`), 200, 'us');
      assert.deepEqual(seen.names, [...ALWAYS, ...READ]);
      for (const name of READ) assert.equal(seen.params[name], values[name]);
      const twice = await expect(get('Host: us.localhost\r\nCookie: a=1\r\nCookie: b=2\r\nOrigin: https://one\r\nOrigin: https://two\r\n'), 200, 'us');
      assert.equal(twice.seen.params.HTTP_COOKIE, 'a=1; b=2');
      assert.match(twice.seen.params.HTTP_ORIGIN, /^https:\/\/one(, https:\/\/two)?$/);
    });

    it('is shown the timeline that is asked for by its name, and no other', async () => {
      const cases = [
        ['us.localhost:443', 200, 'us'], ['us.localhost:1', 200, 'us'], ['us.localhost:80:x', 200, 'us'], ['us.localhost.', 200, 'us'], ['US.LocalHost', 200, 'us'], ['us.example.org', 200, 'us'],
        ['brazil.localhost', 200, 'brazil'], // the certificate is for both names, so is the connection
        ['evil.example', 421], ['us.localhost.evil.example', 421], ['evil.us.localhost', 421], ['us', 421], ['localhost', 421], [LOOPBACK, 421], ['[::1]', 421], ['_', 421],
        ['us.localhost@evil.example', 421], ['us.localhost, brazil.localhost', 421], ['*.localhost', 421], ['~us', 421],
        ['us.localhost/../brazil.localhost', 400], ['us.localhost\0', 400], ['us..localhost', 400], ['', 400],
      ];
      for (const [host, status, tenant] of cases) {
        const { text } = await send(get(`Host: ${host}\r\n`));
        const seen = statusesOf(text);
        assert.deepEqual([...new Set(text.match(/canary-\w+/g))], tenant ? [`canary-${tenant}`] : [], host);
        assert.ok(seen.length === 1 && (status >= 400 ? [400, 421].includes(seen[0]) : seen[0] === status), `${host}: ${seen}`);
      }
      await expect(get(''), 400, null);
      await expect(get('Host: us.localhost\r\nHost: us.localhost\r\n'), 400, null);
      await expect(get('Host: us.localhost\r\nHost: brazil.localhost\r\n'), 400, null);
      await expect('GET / HTTP/1.0\r\n\r\n', 421, null);
      for (const bare of ['GET / HTTP/1.0\r\n\r\n', 'GET / HTTP/1.0\r\nHost:\r\n\r\n']) assert.ok(!/canary/.test((await sendRaw(httpPort, bare)).text));
    });

    it('is shown the timeline that an absolute address names, whatever Host says', async () => {
      for (const [target, status, tenant] of [['http://us.localhost/x', 200, 'us'], ['https://us.localhost:1/x', 200, 'us'], ['http://brazil.localhost/x', 200, 'brazil'],
        ['http://evil.example/x', 421, null], ['ftp://us.localhost/x', 200, 'us'], ['http:///x', 400, null], ['us.localhost/x', 400, null], ['x', 400, null]]) {
        const { seen } = await expect(get('Host: us.localhost\r\n', target), status, tenant);
        if (seen) assert.equal(seen.params.REQUEST_URI, '/x', target);
      }
    });

    it('cannot name two hosts over HTTP/2', async () => {
      for (const [headers, status, tenant] of [[{ ':authority': 'us.localhost' }, 200, 'us'], [{ ':authority': 'US.localhost:9' }, 200, 'us'],
        [{ ':authority': 'evil.example' }, 421, null], [{ ':authority': 'us.localhost', host: 'brazil.localhost' }, 400, null],
        [{ ':authority': 'us.localhost', 'x-forwarded-host': 'brazil.localhost', tideline_tenant: 'brazil', 'tideline-tenant': 'brazil', 'fcgi-role': 'x' }, 200, 'us'],
        [{ ':authority': 'us.localhost', ':method': 'TRACE' }, 405, null], [{ ':authority': 'us.localhost', cookie: 'x'.repeat(40000) }, 431, null],
        [{ ':authority': 'us.localhost', ':path': `/${'x'.repeat(40000)}` }, 414, null], [{ ':authority': 'us.localhost', ':path': 'http://brazil.localhost/' }, 400, null]]) {
        const answer = await ask2(headers);
        const what = JSON.stringify(headers).slice(0, 200);
        // nginx ends the stream, without an answer, where the headers cannot be one request.
        assert.ok(answer.status === status || (status >= 400 && answer.error), `${what}: ${answer.status} ${answer.error}`);
        assert.deepEqual([...new Set(answer.text.match(/canary-\w+/g))], tenant ? [`canary-${tenant}`] : [], what);
        if (tenant) assert.deepEqual(told(answer.text).names, ALWAYS);
      }
    });
  });

  async function ask2(headers) {
    const session = http2.connect(`https://us.localhost:${port}`, { ca, servername: 'us.localhost', checkServerIdentity: () => undefined,
      createConnection: () => tls.connect({ host: LOOPBACK, port, ca, servername: 'us.localhost', ALPNProtocols: ['h2'], checkServerIdentity: () => undefined }) });
    const answer = { status: 0, text: '', error: null };
    try {
      const stream = session.request({ ':path': '/', ...headers });
      session.on('error', (error) => (answer.error ??= error.message));
      stream.on('error', (error) => (answer.error ??= error.message));
      stream.on('response', (got) => Object.assign(answer, { status: got[':status'], headers: got }));
      stream.setEncoding('latin1').on('data', (part) => (answer.text += part));
      stream.end();
      await new Promise((resolve) => stream.once('close', resolve));
    } finally {
      session.destroy();
    }
    if (!answer.status) answer.error ??= 'no answer';
    return answer;
  }

  describe('paths and methods', () => {
    const line = (text, more = '') => `${text}\r\nHost: us.localhost\r\n${more}${CONNECTION}\r\n`;

    it('reaches no file beside the static ones', async () => {
      for (const [target, status] of [['/static/../secret.txt', 200], ['/static/%2e%2e/secret.txt', 200], ['/static/..%2fsecret.txt', 200], ['/static/%2e%2e%2fsecret.txt', 200],
        ['/static/..%5csecret.txt', 404], ['/static/..\\secret.txt', 404], ['/static/....//secret.txt', 404], ['/static/..;/secret.txt', 404], ['/static../secret.txt', 200],
        ['/static/%252e%252e/secret.txt', 404], ['/static/x/../../secret.txt', 200], ['//static//..//secret.txt', 200], ['/./static/./../secret.txt', 200],
        ['/static/style.css/../../secret.txt', 200], ['/static/style.css/', 404], ['/static/style.css%20', 404], ['/STATIC/style.css', 200],
        ['/../secret.txt', 400], ['/static/../../secret.txt', 400], ['/%2e%2e/secret.txt', 400], ['/static/%00', 400], ['/static/style.css%00.png', 400],
        ['/static/%c0%ae%c0%ae/secret.txt', 404], ['/static/%zz', 400], ['/.tideline/refusal.html', 404], ['/.tideline/../static/../secret.txt', 200]]) {
        // The application is asked for what is no static file, and has none of these addresses either.
        const { seen, text } = await expect(line(`GET ${target} HTTP/1.1`), status, status === 200 ? 'us' : null);
        assert.ok(!text.includes(SECRET), target);
        if (seen) assert.equal(seen.params.REQUEST_URI, target);
      }
      const file = await send(line('GET //static/./style.css HTTP/1.1'));
      assert.match(file.text, /color: black/);
    });

    it('gets an answer to each method and to what is none', async () => {
      for (const method of ['OPTIONS', 'PATCH', 'PROPFIND', 'GARBAGE', 'DELETE', 'PURGE', 'M-SEARCH', 'A_B', 'A'.repeat(900)]) {
        const { seen } = await expect(line(`${method} / HTTP/1.1`), 200, 'us');
        assert.equal(seen.params.REQUEST_METHOD, method);
      }
      await expect(line('TRACE / HTTP/1.1', 'Cookie: secret\r\n'), 405, null);
      for (const text of ['CONNECT us.localhost:443 HTTP/1.1', 'CONNECT / HTTP/1.1', 'get / HTTP/1.1', 'G@T / HTTP/1.1', 'GET', 'GET /\tx HTTP/1.1', 'OPTIONS * HTTP/1.1',
        'GET / HTTP/1.1 x', 'GET / HTTP/2.0', 'GET / HTTP/9.9', 'GET / ICY/1.1', 'GET\t/ HTTP/1.1', '\x16\x03\x01\x02\x00', '\0\0\0\0', 'PRI * HTTP/2.0']) {
        const before = echo.seen.length;
        const { text: answer } = await send(line(text));
        const [status = 0] = statusesOf(answer);
        assert.ok([0, 400, 405, 414, 505].includes(status), `${text.slice(0, 60)}: ${status}`);
        assert.equal(echo.seen.length, before, text.slice(0, 60));
        assert.ok(!/canary/.test(answer));
      }
    });
  });

  describe('requests of two meanings', () => {
    const SECOND = 'GET /smuggled HTTP/1.1\r\nHost: brazil.localhost\r\nConnection: close\r\n\r\n';
    const post = (lines, body = '') => `POST /first HTTP/1.1\r\nHost: us.localhost\r\n${lines}\r\n${body}`;

    it('are refused, and what follows them is not read', async () => {
      const both = `0\r\n\r\n${SECOND}`;
      const cases = {
        'both lengths': [post(`Content-Length: ${both.length}\r\nTransfer-Encoding: chunked\r\n`, both), 400],
        'both, the other way round': [post(`Transfer-Encoding: chunked\r\nContent-Length: 4\r\n`, both), 400],
        'two lengths': [post('Content-Length: 0\r\nContent-Length: 5\r\n', SECOND), 400],
        'two equal lengths': [post('Content-Length: 0\r\nContent-Length: 0\r\n', SECOND), 400],
        'a list of lengths': [post('Content-Length: 0, 0\r\n', SECOND), 400],
        'a length with a sign': [post('Content-Length: +5\r\n', SECOND), 400],
        'a negative length': [post('Content-Length: -1\r\n', SECOND), 400],
        'a hexadecimal length': [post('Content-Length: 0x5\r\n', SECOND), 400],
        'a length that overflows': [post('Content-Length: 18446744073709551616\r\n', SECOND), 400],
        'an unknown encoding': [post('Transfer-Encoding: xchunked\r\n', both), 501],
        'chunked and another': [post('Transfer-Encoding: chunked, identity\r\n', both), 501],
        'chunked twice': [post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', both), 400],
        'a space before the colon': [post('Transfer-Encoding : chunked\r\n', both), 400],
        'a continued line': [post('X: a\r\n Transfer-Encoding: chunked\r\n', both), 400],
        'a line without a colon': [post('Transfer-Encoding\r\n', both), 501],
        'NUL in a value': [post('X: a\0b\r\n', SECOND), 400],
        'an encoding with HTTP/1.0': [`POST / HTTP/1.0\r\nHost: us.localhost\r\nTransfer-Encoding: chunked\r\n\r\n${both}`, 400],
        'a size that is no number': [post('Transfer-Encoding: chunked\r\n', `xyz\r\n${SECOND}`), 400],
        'a size that overflows': [post('Transfer-Encoding: chunked\r\n', `fffffffffffffffff\r\n${SECOND}`), 400],
      };
      for (const [what, [bytes, status]] of Object.entries(cases)) {
        const before = echo.seen.length;
        const { text } = await send(bytes);
        assert.deepEqual(statusesOf(text), [status], `${what}\n${text}`);
        assert.equal(echo.seen.length, before, what);
        assert.ok(!/canary/.test(text), what);
      }
    });

    it('are read as one where they have one', async () => {
      const length = await send(post(`Content-Length: ${SECOND.length}\r\nConnection: close\r\n`, SECOND));
      assert.deepEqual([statusesOf(length.text), told(length.text).bytes], [[200], SECOND.length]);
      const chunked = await send(post('Transfer-Encoding: chunked\r\nConnection: close\r\n', `${SECOND.length.toString(16)};x=y\r\n${SECOND}\r\n0\r\nTideline-Tenant: brazil\r\n\r\n`));
      assert.deepEqual([statusesOf(chunked.text), told(chunked.text).bytes, told(chunked.text).params.CONTENT_LENGTH], [[200], SECOND.length, String(SECOND.length)]);
      const two = await send(`GET /one HTTP/1.1\r\nHost: us.localhost\r\n\r\n${SECOND}`);
      assert.deepEqual([...two.text.matchAll(/"REQUEST_URI":"([^"]*)".*?canary-(\w+)/g)].map(([, uri, tenant]) => [uri, tenant]), [['/one', 'us'], ['/smuggled', 'brazil']]);
    });
  });

  describe('too much', () => {
    const request = (start, lines, body = '') => `${start} HTTP/1.1\r\nHost: us.localhost\r\n${CONNECTION}${lines}\r\n${body}`;
    const chunks = (n) => `${n.toString(16)}\r\n${'x'.repeat(n)}\r\n0\r\n\r\n`;

    it('is refused as such, and all that is allowed comes through', async () => {
      const cases = [
        [request(`GET /${'x'.repeat(7000)}`, ''), 200], [request(`GET /${'x'.repeat(9000)}`, ''), 414], [request(`GET /?${'x'.repeat(100000)}`, ''), 414],
        [request('GET /', `Cookie: ${'x'.repeat(7000)}\r\n`), 200], [request('GET /', `Cookie: ${'x'.repeat(9000)}\r\n`), 431],
        [request('GET /', `Authorization: Bearer ${'x'.repeat(7000)}\r\n`), 200], [request('GET /', `X: ${'x'.repeat(70000)}\r\n`), 431],
        [request('GET /', `${'x'.repeat(9000)}: x\r\n`), 431], [request('GET /', 'X: y\r\n'.repeat(500)), 200], [request('GET /', 'X: y\r\n'.repeat(20000)), 431],
        [request('GET /', Array.from({ length: 10 }, () => `X: ${'x'.repeat(5000)}\r\n`).join('')), 431],
        [request('GET /', Array.from({ length: 3 }, () => `Cookie: ${'x'.repeat(7000)}\r\n`).join('')), 200],
        [request('POST /', `Content-Length: ${MIB}\r\n`, 'x'.repeat(MIB)), 200, MIB], [request('POST /', 'Transfer-Encoding: chunked\r\n', chunks(MIB)), 200, MIB],
        [request('POST /', `Content-Length: ${MIB + 1}\r\n`, 'x'.repeat(MIB + 1)), 413], [request('POST /', 'Transfer-Encoding: chunked\r\n', chunks(MIB + 1)), 413],
        [request('GET /', `Content-Length: ${MIB + 1}\r\n`, 'x'.repeat(MIB + 1)), 413],
        [request('POST /', 'Content-Length: 999999999999\r\nExpect: 100-continue\r\n'), 413], [request('POST /static/style.css', `Content-Length: ${MIB + 1}\r\n`), 413],
      ];
      for (const [bytes, status, size] of cases) {
        const { seen } = await expect(bytes, status, status === 200 ? 'us' : null, { timeoutMs: 30000 });
        if (size) assert.equal(seen.bytes, size);
      }
      const problem = await send(request('POST /api/v1/pull', 'Transfer-Encoding: chunked\r\n', chunks(MIB + 1)), { enough: (got) => REFUSED.test(got), timeoutMs: 30000 });
      assert.match(problem.text, /Content-Type: application\/problem\+json/);
      assert.match(problem.text, /"status":413/);
    });
  });

  describe('too slowly', () => {
    const slow = (bytes, options = {}) => sendRaw(shortPort, bytes, { secure: secure(), ...options });
    const drip = (text) => [...text].map((letter) => letter);

    it('ends the connection, and the application never hears of it', async () => {
      const before = echo.seen.length;
      const head = 'GET / HTTP/1.1\r\nHost: us.localhost\r\n';
      const post = 'POST / HTTP/1.1\r\nHost: us.localhost\r\nContent-Length: 100\r\n\r\n';
      const cases = { 'nothing at all': [''], 'half a line': ['GET /'], 'headers without an end': [head], 'headers by the byte': drip(head + 'X: y\r\n'.repeat(100)),
        'a body that does not come': [post], 'a body that stops': [post, 'x'.repeat(50)] };
      for (const [what, pieces] of Object.entries(cases)) {
        const { ended, text, ms } = await slow(pieces, { everyMs: 100 });
        assert.ok(ended && ms < 8000, `${what}: ${ms} ms`);
        assert.doesNotMatch(text, /canary|HTTP\/1\.1 200/, what);
      }
      const hello = await sendRaw(shortPort, '\x16\x03\x01', {});
      assert.ok(hello.ended);
      assert.equal(echo.seen.length, before);
    });
  });

  describe('TLS', () => {
    const connect = async (options) => {
      const socket = tls.connect({ host: LOOPBACK, port, ca, servername: 'us.localhost', checkServerIdentity: () => undefined, ...options });
      try {
        await once(socket, 'secureConnect');
        return { protocol: socket.getProtocol(), alpn: socket.alpnProtocol, cipher: socket.getCipher().name };
      } finally {
        socket.destroy();
      }
    };

    it('is 1.2 or 1.3 with forward secrecy, and HTTP/2 for whoever speaks it', async () => {
      for (const version of ['TLSv1.2', 'TLSv1.3']) assert.equal((await connect({ minVersion: version, maxVersion: version })).protocol, version);
      assert.equal((await connect({ ALPNProtocols: ['h2', 'http/1.1'] })).alpn, 'h2');
      assert.equal((await connect({ ALPNProtocols: ['http/1.1'] })).alpn, 'http/1.1');
      for (const version of ['TLSv1', 'TLSv1.1']) {
        await assert.rejects(connect({ minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' }), /protocol version|alert|version/i, version);
      }
      for (const ciphers of ['AES128-SHA', 'AES256-GCM-SHA384', 'ECDHE-ECDSA-AES128-SHA']) {
        await assert.rejects(connect({ maxVersion: 'TLSv1.2', ciphers: `${ciphers}:@SECLEVEL=0` }), /handshake failure|alert/i, ciphers);
      }
      for (const servername of ['evil.example', '']) await assert.rejects(connect({ servername }), /unrecognized name|alert/i);
    });

    it('is told apart from plain HTTP on its port', async () => {
      const known = await sendRaw(port, 'GET /events?q=a HTTP/1.1\r\nHost: us.localhost\r\nConnection: close\r\n\r\n');
      assert.match(known.text, new RegExp(`^HTTP/1\\.1 308 [^]*Location: https://us\\.localhost:${port}/events\\?q=a\r\n`));
      for (const bytes of ['GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n', 'GET / HTTP/1.0\r\n\r\n', 'GET /\r\n', 'garbage\r\n\r\n', '\0\0\0\0\0\0\0\0\n']) {
        const { text } = await sendRaw(port, bytes);
        assert.doesNotMatch(text, /canary|^HTTP\/1\.1 [23]/, bytes);
      }
    });
  });

  it('is told to use HTTPS from now on, and gets answers packed where it can unpack them', async () => {
    const page = await send(`GET / HTTP/1.1\r\nHost: us.localhost\r\nAccept-Encoding: gzip\r\n${CONNECTION}\r\n`);
    assert.match(page.text, /\r\nStrict-Transport-Security: max-age=31536000\r\n/);
    assert.match(page.text, /\r\nContent-Encoding: gzip\r\n/);
    assert.match(page.text, /\r\nVary: Accept-Encoding\r\n/);
    const plain = await send(`GET / HTTP/1.1\r\nHost: us.localhost\r\n${CONNECTION}\r\n`);
    assert.doesNotMatch(plain.text, /\r\nContent-Encoding/);
    assert.match(plain.text, /\r\nVary: Accept-Encoding\r\n/);
  });
});

describe('two real timelines behind nginx', () => {
  const CANARIES = { us: 'canary-of-the-one', brazil: 'canary-of-the-other' };
  let service;

  before(async () => {
    const tenants = {};
    for (const [name, canary] of Object.entries(CANARIES)) {
      const event = { id: `2001-01-01--${canary}`, date: '2001-01-01', title: `Title with ${canary}`, summary: canary };
      const repo = await createBareRepo({ files: { [`${EVENTS}/${event.id}.json`]: JSON.stringify(event) } });
      tenants[name] = { TIMELINE_REPO_URL: repo.folder, INSTANCE_NAME: `Name ${canary}`, TIMELINE_PUBLIC: 'true' };
    }
    service = await startService({ authority: await createAuthority(), tenants, limits: true });
    for (const tenant of Object.keys(CANARIES)) {
      await waitUntil(async () => (await service.get(tenant, '/api/v1/status')).json?.events_in_db === 1, { what: `the first pull of ${tenant}` });
    }
  });
  after(() => service?.stop());

  const SPOOFED = { 'X-Forwarded-Host': 'brazil.localhost', Forwarded: 'host=brazil.localhost', TIDELINE_TENANT: 'brazil', 'Tideline-Tenant': 'brazil',
    'X-Original-URL': '/settings', Proxy: 'http://127.0.0.1:9' };

  it('never show what is the other\'s, and answer what they do not know', async () => {
    const other = CANARIES.brazil;
    const cases = [['GET', '/', 200], ['GET', '/events', 200], ['GET', `/events?q=${other}`, 200], ['GET', `/events/2001-01-01--${CANARIES.us}`, 200], ['GET', '/syncs', 200],
      ['GET', '/api/v1/status', 200], ['GET', '/api/v1/events', 200], ['GET', '/api/v1/events?TIDELINE_TENANT=brazil', 200], ['GET', '/login', 200],
      ['GET', '/events/2001-01-01--x', 404], ['GET', '/..%2f', 400], ['GET', '/static/..%2fstatus.mustache', 404], ['GET', '/static/..%2f..%2fstatus.mustache', 400], ['GET', '/%2e%2e%2fevents', 400], ['GET', '//events', 404],
      ['GET', '/events/', 404], ['GET', '/events/%00', 400], ['GET', '/events/%ff', 400], ['GET', `/${'x'.repeat(5000)}`, 413], ['GET', `/api/v1/events?q=${'x'.repeat(5000)}`, 413],
      ['OPTIONS', '/', 405], ['PATCH', '/api/v1/status', 405], ['PURGE', '/', 405], ['TRACE', '/', 405], ['DELETE', '/api/v1/events', 405], ['POST', '/', 405]];
    for (const [method, page, status] of cases) {
      const answer = await service.request(method, 'us', page, { headers: SPOOFED });
      assert.equal(answer.status, status, `${method} ${page.slice(0, 80)}\n${answer.text.slice(0, 300)}`);
      // The words of a search stand on its page.
      for (const shown of ['Title with ', 'Name ', '2001-01-01--']) assert.ok(!answer.text.includes(shown + other), page);
      assert.match(answer.headers['strict-transport-security'] ?? '', /max-age=\d{7,}/, page);
      assert.equal(answer.headers['x-content-type-options'], 'nosniff', page);
      assert.match(answer.headers['content-security-policy'], /^default-src 'none';/, page);
      if (status === 405) assert.match(answer.headers.allow ?? '', /GET/, `${method} ${page}`);
      if (status >= 400 && page.startsWith('/api/')) assert.equal(answer.json?.status, status, answer.text);
    }
  });

  it('do not share a visitor\'s tries to sign in', async () => {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' };
    const answers = [];
    for (let i = 0; i < 12; i += 1) answers.push(await service.request('POST', i % 2 ? 'us' : 'brazil', '/login', { headers: form, body: 'name=ada&password=wrong-password' }));
    const limited = answers.filter(({ headers, text }) => headers['retry-after'] === '10' && /That was very fast/.test(text));
    assert.ok(limited.length >= 2 && limited.every(({ status }) => status === 429), answers.map(({ status }) => status).join(' '));
    assert.equal(answers.filter(({ status }) => status === 429).includes(answers[0]), false);
    assert.equal((await service.get('us', '/login')).status, 200);
  });
});
