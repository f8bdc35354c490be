// nginx-config: what it prints is accepted by nginx, tells each tenant apart, limits each visitor and refuses the rest.
import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { HtmlValidate } from 'html-validate';
import { createAuthority } from './lib/ca.js';
import { startEcho } from './lib/fcgi_echo.js';
import { freePort, LOOPBACK, waitUntil } from './lib/net.js';
import { startNginx } from './lib/nginx.js';
import { mustRun } from './lib/process.js';
import { tempDir } from './lib/temp.js';
import { createCli, SOURCE } from './lib/tideline.js';

const REPO = { TIMELINE_REPO_URL: '/nowhere/timeline.git' };
const NO_LIMITS = ['--rate', '0', '--login-rate', '0', '--connections', '0'];
const NOBODY = ['--socket', '/nowhere/s.sock'];

function get(client, options) {
  return new Promise((resolve, reject) => {
    const request = client.request({ host: LOOPBACK, agent: false, checkServerIdentity: () => undefined, timeout: 10000, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => (text += part)).on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', reject).end(options.body);
  });
}

/** A page of nginx's own: what it must carry whatever its status. */
function assertRefusal({ status, headers, text }, expected, kind = 'html') {
  assert.equal(status, expected, text);
  assert.equal(headers['content-type'], kind === 'json' ? 'application/problem+json' : 'text/html; charset=utf-8');
  assert.match(headers['content-security-policy'], /^default-src 'none';/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['cache-control'], 'no-store');
  assert.doesNotMatch(JSON.stringify(headers) + text, /nginx\/|\d\.\d\d\.\d/);
  if (kind === 'json') {
    const problem = JSON.parse(text);
    assert.equal(problem.status, expected);
    assert.match(problem.code, /^[a-z_]+$/);
    assert.match(problem.detail, /^[A-Z].*\.$/);
  } else {
    assert.match(text, /<h1>[A-Z][^<]+<\/h1>\n<p>[A-Z][^<]+\.<\/p>/);
    assert.ok(text.length < 700, text);
  }
  if ([429, 503, 504].includes(expected)) assert.ok(Number(headers['retry-after']) > 0, JSON.stringify(headers));
  else assert.equal(headers['retry-after'], undefined);
}

describe('nginx-config', () => {
  const cli = createCli({ tenants: { us: { ...REPO, TIMELINE_HOSTNAMES: 'us.localhost, us.example.org' }, brazil: REPO } });
  let authority;
  let certificate;
  before(async () => {
    authority = await createAuthority();
    certificate = await authority.issue(['us.localhost', 'brazil.localhost', LOOPBACK]);
  });
  const print = async (...words) => {
    const { code, stdout, stderr } = await cli.run('nginx-config', ...words);
    assert.equal(code, 0, stdout + stderr);
    return stdout;
  };
  const tls = () => ['--certificate', certificate.certFile, '--key', certificate.keyFile];

  /** nginx on plain HTTP with these options, for as long as `use(ask)` takes. */
  async function withPlain(words, use) {
    const port = await freePort();
    const front = await startNginx({ servers: await print('--listen', `${LOOPBACK}:${port}`, ...words), port, name: 'plain' });
    try {
      return await use((options = {}) => get(http, { port, path: '/', ...options, headers: { Host: 'us.localhost', ...options.headers } }));
    } finally {
      await front.stop();
    }
  }

  it('tells the application its tenant wherever it sets a parameter', async () => {
    const text = await print('--listen', '0.0.0.0:443', ...tls(), '--socket', '/run/tideline/tideline.sock', '--static', '/srv/static');
    const passing = text.split(/^ {4}location /m).slice(1).filter((location) => /fastcgi_p/.test(location));
    assert.equal(passing.length, 2);
    for (const tenant of ['us', 'brazil']) assert.equal(passing.filter((one) => one.includes(`fastcgi_param TIDELINE_TENANT ${tenant};`)).length, 1);
    for (const one of passing) {
      assert.match(one, /fastcgi_pass_request_headers off;/);
      assert.match(one, /fastcgi_pass "unix:\/run\/tideline\/tideline\.sock";/);
    }
    assert.ok(!/fastcgi_keep_conn|\$http_host\b/.test(text), text);
    for (const limit of ['zone=tideline:4m rate=100r/s;', 'zone=tideline_login:2m rate=10r/m;', 'limit_conn tideline_visitors 100;']) assert.ok(text.includes(limit), limit);
    // What OpenSSL refuses here by itself, another one might not.
    assert.deepEqual(text.match(/ssl_protocols .*/g), Array.from({ length: 3 }, () => 'ssl_protocols TLSv1.2 TLSv1.3;'));
    assert.ok(!/^ {4}fastcgi_param/m.test(text), 'a parameter on the server would be dropped by its locations');
  });

  it('hands over every header that the application reads', async () => {
    const text = await print('--listen', '127.0.0.1:1', ...NOBODY);
    const sources = readdirSync(path.join(SOURCE, 'fcgi')).filter((name) => name.endsWith('.c')).map((name) => readFileSync(path.join(SOURCE, 'fcgi', name), 'utf8'));
    const read = new Set(sources.flatMap((source) => [...source.matchAll(/FCGX_GetParam\("([A-Z_]+)"|"(HTTP_[A-Z_]+)"/g)].map(([, name, header]) => name ?? header)));
    assert.ok(read.has('REQUEST_URI') && read.has('TIDELINE_TENANT') && read.size >= 4, [...read].join(' '));
    for (const name of read) assert.match(text, new RegExp(`fastcgi_param ${name} `), `${name} is read in fcgi/ but not passed: add it to cli/nginx_server.c`);
  });

  describe('in front of nothing', () => {
    let front;
    let port;
    let httpPort;
    before(async () => {
      const folder = path.join(tempDir('static'), 'a folder');
      mkdirSync(folder);
      writeFileSync(path.join(folder, 'style.css'), `body { color: black }\n/* ${'long '.repeat(300)}*/\n`);
      [port, httpPort] = [await freePort(), await freePort()];
      const servers = await print('--listen', `${LOOPBACK}:${port}`, ...tls(), '--socket', path.join(folder, 'no.sock'),
        '--static', folder, '--http', `${LOOPBACK}:${httpPort}`, ...NO_LIMITS);
      front = await startNginx({ servers, port, name: 'front' });
    });
    after(() => front?.stop());
    const secure = (host, page, options = {}) =>
      get(https, { port, path: page, servername: 'us.localhost', ca: readFileSync(authority.certFile), ...options, headers: { Host: host, ...options.headers } });
    const us = (page, options) => secure('us.localhost', page, options);

    it('serves files, for ever where the address names the content', async () => {
      const style = await us('/static/style.css?v=0123456789abcdef');
      assert.deepEqual([style.status, style.headers['content-type']], [200, 'text/css; charset=utf-8']);
      assert.equal(style.headers['cache-control'], 'public, max-age=31536000, immutable');
      for (const query of ['', '?', '?v=', '?v=1', '?v=0123456789abcdef0', '?v=0123456789ABCDEF', '?x=1&v=0123456789abcdef', '?v=0123456789abcdef&x']) {
        assert.equal((await us(`/static/style.css${query}`)).headers['cache-control'], 'public, max-age=3600', query);
      }
      assert.match(style.headers['strict-transport-security'], /max-age=\d{7,}/);
      assert.equal(style.headers['x-content-type-options'], 'nosniff');
      assert.equal((await us('/static/style.css', { headers: { 'If-None-Match': style.headers.etag } })).status, 304);
      const packed = await us('/static/style.css', { headers: { 'Accept-Encoding': 'gzip' } });
      assert.deepEqual([packed.headers['content-encoding'], packed.headers.vary], ['gzip', 'Accept-Encoding']);
    });

    it('has a page of its own for whatever it refuses, and a problem document for programs', async () => {
      const big = { method: 'POST', headers: { 'Content-Length': 1048577, Connection: 'close' } };
      const cases = [
        [404, '/static/nothing.css'], [404, '/static/'], [404, '/.tideline/refusal.html'],
        [405, '/static/style.css', { method: 'POST' }], [405, '/', { method: 'TRACE' }],
        [412, '/static/style.css', { headers: { 'If-Unmodified-Since': 'Thu, 01 Jan 1970 00:00:01 GMT' } }],
        [413, '/', big], [413, '/api/v1/pull', big],
        [414, `/${'x'.repeat(9000)}`], [414, `/api/${'x'.repeat(9000)}`],
        [431, '/', { headers: { 'X-Large': 'x'.repeat(9000) } }], [431, '/api/v1/status', { headers: { Cookie: 'x'.repeat(9000) } }],
        [501, '/', { method: 'POST', headers: { 'Transfer-Encoding': 'gzip, chunked' } }],
        [503, '/'], [503, '/api/v1/status'], [503, '/api/v1/pull', { method: 'POST' }],
      ];
      for (const [status, page, options] of cases) {
        // A refused address is not read as far as its path: a program sees the page for people.
        const kind = page.startsWith('/api/') && status !== 414 ? 'json' : 'html';
        const answer = await us(page, options);
        assertRefusal(answer, status, kind);
        assert.match(answer.headers['strict-transport-security'], /max-age=\d{7,}/);
        assert.equal(answer.headers.allow, status === 405 ? 'GET, HEAD' : undefined);
        assert.equal(answer.headers.server, 'nginx');
      }
      assert.equal((await us('/static/../nginx.conf')).status, 503);
      assert.equal((await us('/static/style.css', { headers: { Range: 'bytes=999999-' } })).status, 200);
    });

    it('writes pages that a strict reader finds nothing in', async () => {
      const text = await print('--listen', '127.0.0.1:1', ...NOBODY);
      const pages = [...text.matchAll(/^ {4}(?:"html \d+"|default) '(<!DOCTYPE[^']*)';/gm)].map(([, page]) => page);
      assert.ok(pages.length > 12);
      const validator = new HtmlValidate({ extends: ['html-validate:recommended'], rules: { 'doctype-style': 'off' } });
      for (const page of new Set(pages)) {
        const report = await validator.validateString(page);
        assert.ok(report.valid, `${page}\n${JSON.stringify(report.results[0]?.messages)}`);
      }
    });

    it('refuses unknown hosts', async () => {
      assertRefusal(await secure('evil.example', '/'), 421);
      assertRefusal(await secure('evil.example', '/api/v1/status'), 421, 'json');
      assertRefusal(await get(http, { port: httpPort, path: '/', headers: { Host: 'evil.example' } }), 421);
      await assert.rejects(us('/', { servername: 'evil.example' }), /unrecognized name|alert|handshake/i);
    });

    it('redirects to https', async () => {
      const { status, headers } = await get(http, { port: httpPort, path: '/events?q=a%0Ab', headers: { Host: 'us.localhost' } });
      assert.deepEqual([status, headers.location], [308, `https://us.localhost:${port}/events?q=a%0Ab`]);
      for (const host of ['us.example.org', 'brazil.localhost', 'US.Example.ORG', 'us.example.org.', 'us.example.org:1']) {
        const other = await get(http, { port: httpPort, path: '/', headers: { Host: host } });
        assert.deepEqual([other.status, other.headers.location], [308, `https://${host.toLowerCase().replace(/\.?(:1)?$/, '')}:${port}/`]);
      }
      assert.equal((await get(http, { port: httpPort, path: '/', method: 'POST', headers: { Host: 'us.localhost' } })).status, 308);
      assertRefusal(await get(http, { port: httpPort, path: '/', headers: { Host: 'us.localhost', 'X-Large': 'x'.repeat(9000) } }), 431);
    });
  });

  it('serves plain HTTP without a certificate', () => withPlain(NOBODY, async (ask) => {
    const answer = await ask({ headers: { Host: 'brazil.localhost' } });
    assertRefusal(answer, 503);
    assert.equal(answer.headers['strict-transport-security'], undefined);
    assertRefusal(await ask({ headers: { Host: 'evil.example' } }), 421);
  }));

  describe('limits of one visitor', () => {
    const statuses = async (asks) => (await Promise.all(asks)).map(({ status }) => status);
    const many = (n, ask) => statuses(Array.from({ length: n }, ask));
    const count = (list, status) => list.filter((one) => one === status).length;

    it('hold for requests', () => withPlain([...NOBODY, '--rate', '1'], async (ask) => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
      assert.deepEqual([...new Set(answers.map(({ status }) => status))].sort(), [429, 503]);
      for (const answer of answers) assertRefusal(answer, answer.status);
      const programs = await Promise.all(Array.from({ length: 20 }, () => ask({ path: '/api/v1/status' })));
      assertRefusal(programs.find(({ status }) => status === 429), 429, 'json');
      assert.equal((await ask({ headers: { 'X-Large': 'x'.repeat(9000) } })).status, 431);
    }));

    // One a minute, so that a slow machine gives nobody another try meanwhile.
    const SLOWLY = [...NOBODY, '--login-rate', '1'];
    it('hold for trying to sign in, and for nothing else', () => withPlain(SLOWLY, async (ask) => {
      const post = (page) => () => ask({ path: page, method: 'POST' });
      const tries = await many(20, post('/login'));
      assert.equal(count(tries, 503), 6, `1 and a burst of 5, not ${tries}`);
      assert.equal(count(tries, 429), 14);
      for (const page of ['/login?next=/', '/%6cogin', '//login', '/./login', '/LOGIN']) assert.deepEqual(await many(1, post(page)), [429], page);
      assert.deepEqual(await many(1, () => ask({ path: '/login', method: 'POST', headers: { Host: 'brazil.localhost' } })), [429]);
      assert.deepEqual(new Set(await many(30, () => ask({ path: '/login' }))), new Set([503]));
      for (const page of ['/', '/logins', '/login/x', '/account/password']) assert.deepEqual(new Set(await many(8, post(page))), new Set([503]), page);
    }));

    it('count an IPv6 network as one, and believe X-Forwarded-For only where the operator says so', async () => {
      const from = (address) => (ask) => many(10, () => ask({ path: '/login', method: 'POST', headers: { 'X-Forwarded-For': address } }));
      await withPlain([...SLOWLY, '--real-ip-from', LOOPBACK, '--real-ip-from', '2001:db8:ffff::/48'], async (ask) => {
        for (const [address, left] of [['192.0.2.1', 6], ['192.0.2.1', 0], ['192.0.2.2', 6], ['2001:db8:1:2:3:4:5:6', 6], ['2001:db8:1:2:ffff::1', 0],
          ['2001:db8:1:3::1', 6], ['2001:db8:1:3::2', 0], ['2001:db8:1:3:9:9:9:9', 0], ['::1', 6], ['203.0.113.1, 192.0.2.9', 6], ['203.0.113.2, 192.0.2.9', 0],
          ['192.0.2.10, 2001:db8:ffff::9', 6], ['192.0.2.10', 0]]) {
          assert.equal(count(await from(address)(ask), 503), left, address);
        }
      });
      await withPlain(SLOWLY, async (ask) => {
        assert.equal(count(await from('192.0.2.1')(ask), 503), 6);
        assert.equal(count(await from('192.0.2.2')(ask), 503), 0);
      });
    });

    it('hold for requests at a time', async () => {
      const echo = await startEcho();
      try {
        await withPlain(['--socket', echo.socket, '--connections', '3'], async (ask) => {
          echo.hold();
          const first = Array.from({ length: 3 }, () => ask());
          await waitUntil(() => echo.seen.length === 3, { what: 'three requests to arrive' });
          for (const page of ['/', '/api/v1/status']) assertRefusal(await ask({ path: page }), 429, page === '/' ? 'html' : 'json');
          echo.release();
          assert.deepEqual(await statuses(first), [200, 200, 200]);
        });
      } finally {
        await echo.stop();
      }
    });
  });

  it('writes a thousand tenants that nginx reads quickly', async () => {
    const label = 'x'.repeat(63);
    const longest = `${label}.${label}.${label}.${'y'.repeat(61)}`;
    const tenants = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`t${i}`, { ...REPO, DB_PATH: `/nowhere/${i}/db`,
      TIMELINE_WORKSPACE: `/nowhere/${i}/w`, ...(i ? {} : { TIMELINE_HOSTNAMES: `${longest}, t0.localhost` }) }]));
    const thousand = createCli({ tenants });
    const [port, httpPort] = [await freePort(), await freePort()];
    const { code, stdout, stderr, ms } = await thousand.run('nginx-config', '--listen', `${LOOPBACK}:${port}`, ...tls(), ...NOBODY, '--http', `${LOOPBACK}:${httpPort}`);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.length < 8e6 && ms < 20000, `${stdout.length} bytes, ${ms} ms`);
    const prefix = tempDir('thousand');
    writeFileSync(path.join(prefix, 'nginx.conf'), `pid ${prefix}/pid; events { } http { access_log off;
      ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${prefix}/${kind};`).join(' ')}\n${stdout}}\n`);
    const test = await mustRun('nginx', ['-t', '-e', path.join(prefix, 'error.log'), '-p', prefix, '-c', path.join(prefix, 'nginx.conf')]);
    assert.doesNotMatch(test.stderr, /\[(warn|emerg)\]/);
    assert.ok(test.ms < 20000, `${test.ms} ms`);
    const front = await startNginx({ servers: stdout, port, name: 'thousand' });
    try {
      for (const [host, status] of [[longest, 503], ['t999.localhost', 503], ['t1000.localhost', 421]]) {
        const answer = await get(https, { port, path: '/', servername: 't1.localhost', ca: readFileSync(authority.certFile), headers: { Host: host } });
        assert.equal(answer.status, status, host);
      }
    } finally {
      await front.stop();
    }
  });

  it('refuses what would mean something else to nginx', async () => {
    const good = { '--listen': '127.0.0.1:8443', '--socket': '/s.sock', '--certificate': '/c.pem', '--key': '/k.pem' };
    const wrong = [{ '--listen': '8443' }, { '--listen': 'host:1' }, { '--listen': '127.0.0.1:0' }, { '--listen': '127.0.0.1:70000' },
      { '--listen': '127.0.0.1:80; evil' }, { '--listen': '[::1' }, { '--listen': '[]:1' }, { '--listen': '::1:443' }, { '--listen': '[127.0.0.1]:1' },
      { '--listen': '[*]:1' }, { '--listen': `${'1'.repeat(70)}:1` }, { '--listen': ':443' },
      { '--socket': '/a"; evil "' }, { '--socket': '/a$host' }, { '--socket': '/a:b' },
      { '--certificate': '/a\nb' }, { '--key': undefined }, { '--listen': undefined }, { '--socket': undefined }, { '--static': '/a\\' },
      { '--http': 'x' }, { '--certificate': undefined, '--key': undefined, '--http': '127.0.0.1:80' }, { '--rate': '-1' }, { '--login-rate': 'x' },
      { '--connections': '70000' }, { '--real-ip-from': 'host' }, { '--real-ip-from': '10.0.0.0/33' }, { '--real-ip-from': '10.0.0.0/' },
      { '--real-ip-from': '::/129' }, { '--real-ip-from': '[::1]' }, { '--real-ip-from': '10.0.0.1;' }, { '--real-ip-from': '' }, { '--real-ip-from': '/8' }];
    for (const change of wrong) {
      const words = Object.entries({ ...good, ...change }).filter(([, value]) => value !== undefined).flat();
      const { code, json } = await cli.run('nginx-config', ...words);
      assert.deepEqual([code, json?.code], [2, 'usage'], JSON.stringify(change));
    }
    for (const listen of ['[::]:443', '*:443', '0.0.0.0:443']) {
      assert.match(await print('--listen', listen, '--socket', '/s.sock'), /default_server/);
    }
    const both = await print('--listen', '0.0.0.0:443', '--listen', '[::]:443', ...tls(), '--socket', '/s.sock', '--http', '0.0.0.0:80', '--http', '[::]:80');
    assert.equal(both.match(/listen \[::\]:443 ssl http2/g).length, 3);
    assert.equal(both.match(/listen \[::\]:80/g).length, 2);
    assert.match(both, /return 308 https:\/\/\$host\$request_uri;/);
  });
});
