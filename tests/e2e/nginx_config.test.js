// nginx-config: what it prints is accepted by nginx, tells each tenant apart, and refuses the rest.
import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { freePort, LOOPBACK } from './lib/net.js';
import { startNginx } from './lib/nginx.js';
import { tempDir } from './lib/temp.js';
import { createCli } from './lib/tideline.js';

const REPO = { TIMELINE_REPO_URL: '/nowhere/timeline.git' };

function get(client, options) {
  return new Promise((resolve, reject) => {
    const request = client.request({ host: LOOPBACK, agent: false, checkServerIdentity: () => undefined, timeout: 10000, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => (text += part)).on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', reject).end();
  });
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

  it('tells the application its tenant wherever it sets a parameter', async () => {
    const text = await print('--listen', '0.0.0.0:443', ...tls(), '--socket', '/run/tideline/tideline.sock', '--static', '/srv/static');
    const locations = text.split(/^ {4}location /m).slice(1);
    const passing = locations.filter((location) => /fastcgi_p/.test(location));
    assert.equal(passing.length, 2);
    for (const tenant of ['us', 'brazil']) assert.equal(passing.filter((one) => one.includes(`fastcgi_param TIDELINE_TENANT ${tenant};`)).length, 1);
    for (const one of passing) {
      assert.match(one, /fastcgi_param HTTP_PROXY "";/);
      assert.match(one, /fastcgi_pass "unix:\/run\/tideline\/tideline\.sock";/);
    }
    assert.ok(!/fastcgi_keep_conn|\$(http_)?host\b/.test(text), text);
    assert.ok(!/^ {4}fastcgi_param/m.test(text), 'a parameter on the server would be dropped by its locations');
  });

  describe('in front of nothing', () => {
    let front;
    let port;
    let httpPort;
    before(async () => {
      const folder = path.join(tempDir('static'), 'a folder');
      mkdirSync(folder);
      writeFileSync(path.join(folder, 'style.css'), 'body { color: black }\n');
      [port, httpPort] = [await freePort(), await freePort()];
      const servers = await print('--listen', `${LOOPBACK}:${port}`, ...tls(), '--socket', path.join(folder, 'no.sock'),
        '--static', folder, '--http', `${LOOPBACK}:${httpPort}`, '--rate', '0');
      front = await startNginx({ servers, port, name: 'front' });
    });
    after(() => front?.stop());
    const secure = (host, page, servername = 'us.localhost') =>
      get(https, { port, path: page, servername, ca: readFileSync(authority.certFile), headers: { Host: host } });

    it('serves files, and says that the application is not there', async () => {
      const style = await secure('us.localhost', '/static/style.css?v=1');
      assert.deepEqual([style.status, style.headers['content-type']], [200, 'text/css; charset=utf-8']);
      assert.match(style.headers['cache-control'], /immutable/);
      assert.ok(!/immutable/.test((await secure('us.localhost', '/static/style.css')).headers['cache-control']));
      const page = await secure('us.example.org', '/');
      assert.deepEqual([page.status, page.headers['retry-after']], [503, '5']);
      for (const answer of [style, page]) assert.match(answer.headers['strict-transport-security'], /max-age=\d{7,}/);
      assert.equal((await secure('us.localhost', '/static/../nginx.conf')).status, 503);
    });

    it('refuses unknown hosts', async () => {
      assert.equal((await secure('evil.example', '/')).status, 421);
      assert.equal((await get(http, { port: httpPort, path: '/', headers: { Host: 'evil.example' } })).status, 421);
      await assert.rejects(secure('us.localhost', '/', 'evil.example'), /unrecognized name|alert|handshake/i);
    });

    it('redirects to https', async () => {
      const { status, headers } = await get(http, { port: httpPort, path: '/events?q=a%0Ab', headers: { Host: 'us.localhost' } });
      assert.deepEqual([status, headers.location], [308, `https://us.localhost:${port}/events?q=a%0Ab`]);
    });
  });

  it('serves plain HTTP without a certificate', async () => {
    const port = await freePort();
    const front = await startNginx({ servers: await print('--listen', `${LOOPBACK}:${port}`, '--socket', '/nowhere/s.sock'), port, name: 'plain' });
    try {
      assert.equal((await get(http, { port, path: '/', headers: { Host: 'brazil.localhost' } })).status, 503);
      assert.equal((await get(http, { port, path: '/', headers: { Host: 'evil.example' } })).status, 421);
    } finally {
      await front.stop();
    }
  });

  it('limits requests of one address', async () => {
    const port = await freePort();
    const front = await startNginx({ servers: await print('--listen', `${LOOPBACK}:${port}`, '--socket', '/nowhere/s.sock', '--rate', '1'), port, name: 'limited' });
    try {
      const answers = await Promise.all(Array.from({ length: 20 }, () => get(http, { port, path: '/', headers: { Host: 'us.localhost' } })));
      const statuses = new Set(answers.map((answer) => answer.status));
      assert.deepEqual([...statuses].sort(), [429, 503]);
      for (const { headers } of answers) assert.ok(Number(headers['retry-after']) > 0);
    } finally {
      await front.stop();
    }
  });

  it('refuses what would mean something else to nginx', async () => {
    const good = { '--listen': '127.0.0.1:8443', '--socket': '/s.sock', '--certificate': '/c.pem', '--key': '/k.pem' };
    const wrong = [{ '--listen': '8443' }, { '--listen': 'host:1' }, { '--listen': '127.0.0.1:0' }, { '--listen': '127.0.0.1:70000' },
      { '--listen': '127.0.0.1:80; evil' }, { '--listen': '[::1' }, { '--socket': '/a"; evil "' }, { '--socket': '/a$host' }, { '--socket': '/a:b' },
      { '--certificate': '/a\nb' }, { '--key': undefined }, { '--listen': undefined }, { '--socket': undefined }, { '--static': '/a\\' },
      { '--http': 'x' }, { '--certificate': undefined, '--key': undefined, '--http': '127.0.0.1:80' }, { '--rate': '-1' }];
    for (const change of wrong) {
      const words = Object.entries({ ...good, ...change }).filter(([, value]) => value !== undefined).flat();
      const { code, json } = await cli.run('nginx-config', ...words);
      assert.deepEqual([code, json?.code], [2, 'usage'], JSON.stringify(change));
    }
    for (const listen of ['[::]:443', '*:443', '0.0.0.0:443']) {
      assert.match(await print('--listen', listen, '--socket', '/s.sock'), /default_server/);
    }
  });
});
