// What the README says about installing, and its tables, held against the program that was built.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { freePort } from './lib/net.js';
import { mustRun, run } from './lib/process.js';
import { tempDir } from './lib/temp.js';
import { binary, buildFolder, SOURCE } from './lib/tideline.js';

const read = (file) => readFileSync(path.join(SOURCE, file), 'utf8');

describe('installation', () => {
  let root;
  before(async () => {
    root = tempDir('install');
    await mustRun('env', [`DESTDIR=${root}`, 'cmake', '--install', buildFolder()]);
  });

  it('puts the service where its unit file starts it, and its templates where it looks for them', async () => {
    const unit = (await mustRun('find', [root, '-name', 'tideline.service'])).stdout.trim();
    const [, service] = readFileSync(unit, 'utf8').match(/^ExecStart=(\S+)/m);
    assert.ok(existsSync(root + service), service);
    const help = (await mustRun(root + service, ['--help'])).stdout;
    const [, templates] = help.match(/page templates \(default: (.*)\)/);
    assert.ok(existsSync(path.join(root + templates, 'status.mustache')), templates);
  });

  it('has a unit file that systemd takes, and that opens little of the machine', { skip: !existsSync('/usr/bin/systemd-analyze') && 'no systemd here' }, async () => {
    const unit = (await mustRun('find', [root, '-name', 'tideline.service'])).stdout.trim();
    const copy = path.join(root, 'tideline.service');
    writeFileSync(copy, readFileSync(unit, 'utf8').replace(/^(ExecStart=)\S+/m, `$1${binary('tideline-fcgi')}`));
    const verified = await mustRun('systemd-analyze', ['verify', '--man=no', copy]);
    assert.equal(verified.stdout + verified.stderr, '');
    await mustRun('systemd-analyze', ['security', '--offline=true', '--threshold=15', copy]);
  });

  it('is not put where it would not find itself', async () => {
    const elsewhere = tempDir('elsewhere');
    const result = await run('cmake', ['--install', buildFolder(), '--prefix', elsewhere]);
    assert.notEqual(result.code, 0);
    assert.match(result.stderr.replace(/\s+/g, ' '), new RegExp(`Configure again with -DCMAKE_INSTALL_PREFIX=${elsewhere}`));
    assert.equal(existsSync(path.join(elsewhere, 'bin')), false);
  });

  it('has a manual page that a strict reader renders', async () => {
    const page = (await mustRun('find', [root, '-name', 'tideline.1'])).stdout.trim();
    assert.match(readFileSync(page, 'utf8'), /^\.TH TIDELINE 1 "\d{4}-\d\d-\d\d"/m);
  });

  it('writes server blocks that nginx takes as the README has them', async () => {
    const certificate = await (await createAuthority()).issue(['a.example.org']);
    const [, options] = read('README.md').match(/tideline nginx-config (--listen[^>|]*)/);
    const tenants = path.join(root, 'tenants');
    const [tls, plain] = [await freePort(), await freePort()];
    mkdirSync(tenants);
    writeFileSync(path.join(tenants, 'a.env'), 'TIMELINE_REPO_URL=/a.git\nTIMELINE_HOSTNAMES=a.example.org\n');
    const args = options.replaceAll('\\\n', ' ').trim().split(/\s+/).map((word) => word
      .replace('/etc/ssl/tideline.pem', certificate.certFile).replace('/etc/ssl/tideline.key', certificate.keyFile)
      .replace('0.0.0.0:443', `127.0.0.1:${tls}`).replace('0.0.0.0:80', `127.0.0.1:${plain}`)
      .replace('/usr/share/tideline/templates', path.join(SOURCE, 'templates')));
    const blocks = (await mustRun(binary(), ['--tenants', tenants, 'nginx-config', ...args])).stdout;
    for (const expected of [`listen 127.0.0.1:${tls} ssl`, `listen 127.0.0.1:${plain};`, 'server_name a.example.org;']) {
      assert.ok(blocks.includes(expected), expected);
    }
    const whole = path.join(root, 'nginx.conf');
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${root}/${name};`);
    writeFileSync(whole, `pid ${root}/pid; events {} http { access_log off; ${temporary.join(' ')}\n${blocks}}\n`);
    await mustRun('nginx', ['-t', '-e', path.join(root, 'error.log'), '-p', root, '-c', whole]);
  });
});

describe('README', () => {
  const readme = read('README.md');

  it('names every setting that there is, and none that there is not', () => {
    const table = readme.slice(readme.indexOf('| key | default | meaning |'), readme.indexOf('`$STATE` is'));
    const named = [...table.matchAll(/^\| (`.*?`(?:, `.*?`)*)/gm)].flatMap(([, cell]) => cell.match(/[A-Z_]+/g));
    const keys = [...read('core/config/config_keys.c').matchAll(/^ {4}\{"([A-Z_]+)", KEY_/gm)].map(([, key]) => key);
    const waiting = ['TIMELINE_WEBHOOK_SECRET', 'TIMELINE_WEBHOOK_SECRET_FILE']; // nothing listens to webhooks
    assert.ok(keys.length > 20);
    assert.deepEqual([...named].sort(), [...keys.filter((key) => !waiting.includes(key)), 'TIDELINE_ALLOWED_HOSTS'].sort());
  });

  it('lists the rules of quality with their costs', () => {
    const [, table] = readme.match(/<summary>All rules<\/summary>([^]*?)<\/details>/);
    const rows = [...table.matchAll(/^\| `(\w+)` \| ([\d.]+) \| ([\d.]+) \| (.*) \|$/gm)].map((row) => row.slice(1).join('|'));
    const source = read('core/event/event_quality.c').replace(/"\s*\\?\s*"/g, '').replace(/\\\n\s*/g, '');
    const rules = [...source.matchAll(/X\((\w+),\s*([\d.]+),\s*([\d.]+),\s*"([^"]*)"\)/g)].map((rule) => rule.slice(1).join('|'));
    assert.ok(rules.length > 20);
    assert.deepEqual(rows.sort(), rules.sort());
  });

  it('tells the exit statuses and commands that --help tells', async () => {
    const help = (await mustRun(binary(), ['--help'])).stdout;
    const [, statuses] = readme.match(/Exit status: ([^]*?)\. Every failure/);
    const [, told] = help.match(/Exit status\n([^]*?)\n\n/);
    assert.deepEqual(statuses.split(/\s+·\s+/).map((s) => s.replace(/\s+/g, ' ')), told.trim().split(/,\s+/));
    const [, commands] = help.match(/Commands\n([^]*?)\n\n/);
    for (const [, command] of commands.matchAll(/^ {2}([a-z-]+(?: [a-z]+)?)/gm)) assert.ok(readme.includes(`\`${command}`), command);
  });

  it('has each option of the service and of nginx-config in a manual page', async () => {
    const service = (await mustRun(binary('tideline-fcgi'), ['--help'])).stdout;
    const front = (await mustRun(binary(), ['nginx-config', '--help'])).stdout;
    for (const [help, page] of [[service, 'fcgi/tideline-fcgi.8'], [front, 'cli/tideline.1']]) {
      const options = [...help.matchAll(/^ +(--[a-z-]+)/gm)].map(([, option]) => option);
      const text = read(page).replaceAll('\\-', '-');
      assert.ok(options.length > 6);
      for (const option of options) assert.match(text, new RegExp(`${option}(?![a-z-])`), `${page}: ${option}`);
    }
  });

  it('shows pictures that are there', () => {
    for (const [, file] of readme.matchAll(/!\[.*?\]\((.*?)\)/g)) assert.ok(existsSync(path.join(SOURCE, file)), file);
  });
});
