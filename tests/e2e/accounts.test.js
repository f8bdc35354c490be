// Accounts and tokens at the command line, and what they are worth in the running service.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { execute, query } from './lib/database.js';
import { waitUntil } from './lib/net.js';
import { addAccount, createToken, Visitor } from './lib/session.js';
import { binary, createCli, startService } from './lib/tideline.js';

const PASSWORD = 'correct horse 7';
const DAY_MS = 24 * 3600 * 1000;

function newCli() {
  return createCli({ env: { TIMELINE_REPO_URL: '/nowhere.git' } });
}

function add(cli, name, { role = 'editor', input = `${PASSWORD}\n` } = {}) {
  return cli.run('user', 'add', name, '--role', role, '--password-stdin', { input });
}

/** A timeline with these accounts: `{ada: 'admin'}`. */
async function withAccounts(accounts = { ada: 'admin' }) {
  const cli = newCli();
  for (const [name, role] of Object.entries(accounts)) assert.equal((await add(cli, name, { role })).code, 0);
  return cli;
}

async function namesOf(cli) {
  return (await cli.must('user', 'list')).accounts.map((account) => account.name);
}

async function databaseOf(cli) {
  return (await cli.must('git-config', '--show')).db_path;
}

/** Every file below a folder. */
function filesBelow(folder) {
  return readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name);
    return statSync(file).isDirectory() ? filesBelow(file) : statSync(file).isFile() ? [file] : [];
  });
}

function assertNowhere(folder, secrets) {
  const files = filesBelow(folder).filter((file) => !file.endsWith('.env'));
  assert.ok(files.some((file) => file.endsWith('timeline.db')), 'the database is among what is searched');
  for (const file of files) {
    const bytes = readFileSync(file);
    for (const secret of secrets) assert.equal(bytes.includes(secret), false, `${path.basename(file)} holds ${secret}`);
  }
}

/**
 * Runs a command on a terminal and answers its prompts: `[[pattern, what is typed], …]`. Answers `{code, text}`, text being
 * all that the terminal showed.
 */
async function atTerminal(cli, words, answers) {
  const line = [binary(), ...words].map((word) => `'${word}'`).join(' ');
  // A shell that outlives Ctrl-C tells the exit status, and whether the terminal was given back as it was.
  const child = spawn('script', ['-qec', `trap : INT QUIT; ${line}; echo "status=$?"; stty -a | grep -o '.echo '`, '/dev/null'],
    { env: { ...cli.environment(), TERM: 'xterm' } });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (data) => (text += data));
  try {
    let seen = 0;
    for (const [pattern, typed] of answers) {
      await waitUntil(() => pattern.test(text.slice(seen)), { what: `${pattern} at the terminal`, explain: () => text });
      seen = text.length;
      child.stdin.write(typed);
    }
    await waitUntil(() => /status=\d+\s+.echo /.test(text), { what: 'the command to end', explain: () => text });
  } finally {
    child.stdin.end();
    child.kill();
    await ended;
  }
  return { code: Number(text.match(/status=(\d+)/)[1]), echo: text.match(/(.)echo /)[1] !== '-', text };
}

describe('accounts at the command line', () => {
  it('are made, listed, changed and removed', async () => {
    const cli = newCli();
    assert.deepEqual(await cli.must('user', 'list'), { accounts: [] });
    const began = Date.now() - 1000;
    const made = await add(cli, 'ada', { role: 'admin' });
    assert.equal(made.code, 0);
    assert.equal(made.json.success, true);
    const { created_at: createdAt, created_by: createdBy, password_at: passwordAt, ...account } = made.json.account;
    assert.deepEqual(account, { name: 'ada', role: 'admin', login_at: null, sessions: 0, tokens: 0 });
    assert.ok(Date.parse(createdAt) >= began && Date.parse(passwordAt) >= began);
    assert.ok(createdBy);
    assert.equal((await add(cli, 'bob', { role: 'viewer' })).code, 0);
    assert.deepEqual(await namesOf(cli), ['ada', 'bob']);
    assert.equal((await cli.must('user', 'role', 'bob', 'editor')).account.role, 'editor');
    assert.equal((await cli.run('user', 'passwd', 'bob', '--password-stdin', { input: 'another password' })).code, 0);
    assert.deepEqual(await cli.must('user', 'remove', 'bob'), { success: true, removed: 'bob' });
    assert.deepEqual(await namesOf(cli), ['ada']);
  });

  it('tell people in sentences', async () => {
    const cli = await withAccounts();
    const text = async (...words) => (await cli.run('--text', ...words)).stdout;
    assert.match(await text('user', 'list'), /^NAME +ROLE[^]*\nada +admin +0 +0 /);
    assert.equal(await text('user', 'role', 'ada', 'admin'), '"ada" is admin now.\n');
    assert.match(await text('token', 'create', '--user', 'ada'), /^Token +tdl_\S{43}\n[^]*Ends +never\n\nCopy the token now: it is not shown again\.\n$/);
    assert.match(await text('token', 'list'), /^ID +TOKEN[^]*\n +1 +tdl_\S{4} +ada +read /);
    assert.equal(await text('token', 'revoke', '1'), 'Token 1 of "ada" is revoked.\n');
    assert.match(await text('token', 'list'), /There is no token/);
    assert.match((await newCli().run('--text', 'user', 'list')).stdout, /There is no account yet/);
  });

  it('refuse names that are none, and change nothing', async () => {
    const cli = await withAccounts();
    for (const name of ['', 'Ada', 'a b', '.a', '_a', 'a/b', '../x', 'ä', "a'; DROP TABLE tl_account; --", 'a\nb', '<b>', 'a'.repeat(64)]) {
      const { code, json } = await add(cli, name);
      assert.equal(code, 1, name);
      assert.equal(json.code, 'invalid_fields', name);
      assert.match(json.error, /^A name has 1 to 63 characters/, name);
    }
    assert.equal((await add(cli, '-a')).json.code, 'usage');
    assert.deepEqual(await namesOf(cli), ['ada']);
    assert.equal((await add(cli, 'a'.repeat(63))).code, 0);
  });

  it('refuse passwords that are too short, too long, or no text', async () => {
    const cli = newCli();
    const wrong = [['', /at least 10/], ['\n', /at least 10/], ['123456789\n', /at least 10/], ['äöüäö\n', /at least 10/],
      ['x'.repeat(1025), /longer than 1024/], ['x'.repeat(100000), /not one line/], [Buffer.from([...Buffer.alloc(12, 'x'), 0xff]), /not UTF-8/],
      ['first line\nsecond line\n', /not one line/], ['with a NUL\0 in it', /not one line/], ['with a tab\tin it', /control character/],
      ['bell \x07 in it!', /control character/], ['adalovelace\n', /account's name/], ['AdaLovelace', /account's name/]];
    for (const [input, expected] of wrong) {
      const { code, json, stdout, stderr } = await add(cli, 'adalovelace', { input });
      assert.equal(code, 1, String(input));
      assert.match(json.error, expected, String(input));
      assert.doesNotMatch(stdout + stderr, /xxxx|12345|first line|in it|äöü|lovelace/, 'what was typed is not shown');
    }
    assert.deepEqual(await namesOf(cli), []);
    for (const [name, input] of [['a', 'x'.repeat(1024)], ['b', '0123456789\r\n'], ['c', 'pässwörter'], ['d', '          ']]) {
      assert.equal((await add(cli, name, { input })).code, 0, name);
    }
  });

  it('refuse what else is wrong', async () => {
    const cli = await withAccounts({ ada: 'admin', bob: 'editor' });
    const cases = [[['user', 'add', 'zed', '--password-stdin'], 2, 'usage'], [['user', 'add', 'zed', '--role', 'king', '--password-stdin'], 2, 'usage'],
      [['user', 'add', '--role', 'editor'], 2, 'usage'], [['user', 'add', 'zed', '--role', 'editor'], 2, 'usage'],
      [['user', 'add', 'bob', '--role', 'admin', '--password-stdin'], 1, 'already_exists'], [['user', 'role', 'bob', 'king'], 1, 'invalid_fields'],
      [['user', 'role', 'bob'], 2, 'usage'], [['user', 'role', 'zed', 'editor'], 5, 'not_found'], [['user', 'passwd', 'zed', '--password-stdin'], 5, 'not_found'],
      [['user', 'passwd', 'zed'], 5, 'not_found'], [['user', 'passwd', 'bob'], 2, 'usage'], [['user', 'remove', 'zed'], 5, 'not_found'],
      [['user', 'remove', 'ada'], 7, 'forbidden'], [['user', 'role', 'ada', 'editor'], 7, 'forbidden'], [['user', 'list', 'x'], 2, 'usage'],
      [['user'], 2, 'usage'], [['user', 'add', 'zed', '--password', 'x', '--role', 'editor'], 2, 'usage'],
      [['token', 'create'], 2, 'usage'], [['token', 'create', '--user', 'zed'], 5, 'not_found'], [['token', 'create', '--user', ''], 1, 'invalid_fields'],
      [['token', 'create', '--user', 'bob', '--scope', 'all'], 2, 'usage'], [['token', 'create', '--user', 'bob', '--expires', '0'], 2, 'usage'],
      [['token', 'create', '--user', 'bob', '--expires', '3651'], 2, 'usage'], [['token', 'create', '--user', 'bob', '--expires', '1e3'], 2, 'usage'],
      [['token', 'create', '--user', 'bob', '--name', 'a\nb'], 1, 'invalid_fields'], [['token', 'create', '--user', 'bob', '--name', 'x'.repeat(101)], 1, 'invalid_fields'],
      [['token', 'list', '--user', 'zed'], 5, 'not_found'], [['token', 'revoke', '1'], 5, 'not_found'], [['token', 'revoke', 'x'], 2, 'usage'],
      [['token', 'revoke', '-1'], 2, 'usage'], [['token', 'revoke', '0'], 2, 'usage'], [['token', 'revoke', '99999999999999999999'], 2, 'usage'], [['token', 'revoke'], 2, 'usage']];
    const before = await cli.must('user', 'list');
    for (const [words, code, name] of cases) {
      const result = await cli.run(...words, { input: 'a good password\n' });
      assert.deepEqual([result.code, result.json?.code, result.json?.success], [code, name, false], words.join(' '));
    }
    assert.deepEqual(await cli.must('user', 'list'), before);
    assert.deepEqual(await cli.must('token', 'list'), { tokens: [] });
  });

  it('give a viewer no token that writes', async () => {
    const cli = await withAccounts({ ada: 'admin', vic: 'viewer' });
    const refused = await cli.run('token', 'create', '--user', 'vic', '--scope', 'write');
    assert.deepEqual([refused.code, refused.json.code], [1, 'invalid_fields']);
    assert.match(refused.json.error, /viewer/);
    assert.equal((await cli.must('token', 'create', '--user', 'vic')).scope, 'read');
  });

  it('keep the last admin when two are taken away at once', async () => {
    const cli = await withAccounts({ ada: 'admin', bob: 'admin' });
    const results = await Promise.all(['ada', 'bob'].map((name) => cli.run('user', 'remove', name)));
    assert.deepEqual(results.map(({ code }) => code).sort(), [0, 7]);
    assert.equal((await namesOf(cli)).length, 1);
  });

  it('show a token once', async () => {
    const cli = await withAccounts();
    const began = Date.now() - 1000;
    const made = await cli.must('token', 'create', '--user', 'ada', '--scope', 'write', '--name', 'nightly', '--expires', '30');
    assert.match(made.token, /^tdl_[A-Za-z0-9_-]{43}$/);
    assert.ok(Math.abs(Date.parse(made.ends_at) - began - 30 * DAY_MS) < 60000);
    const { stdout, json } = await cli.run('token', 'list');
    assert.equal(stdout.includes(made.token.slice(8)), false);
    const { created_at: createdAt, created_by: createdBy, ...token } = json.tokens[0];
    assert.deepEqual(token, { id: made.id, hint: made.token.slice(0, 8), name: 'nightly', account: 'ada', role: 'admin', scope: 'write',
      ends_at: made.ends_at, used_at: null, over: false });
    assert.ok(createdAt && createdBy);
    await execute(await databaseOf(cli), `UPDATE tl_token SET ends_at = ${Date.now() * 1000}`);
    assert.equal((await cli.must('token', 'list')).tokens[0].over, true);
    await cli.must('token', 'create', '--user', 'ada');
    assert.deepEqual((await cli.must('token', 'list', '--user', 'ada')).tokens.map(({ id }) => id), [2, 1]);
  });

  it('keep nothing secret in the database', async () => {
    const cli = newCli();
    await add(cli, 'ada', { role: 'admin', input: 'canary-password-1\n' });
    await cli.run('user', 'passwd', 'ada', '--password-stdin', { input: 'canary-password-2' });
    const { token } = await cli.must('token', 'create', '--user', 'ada');
    assertNowhere(cli.state, ['canary-password', token, token.slice(12)]);
  });
});

describe('the password at a terminal', () => {
  it('is asked for twice, without echo', async () => {
    const cli = newCli();
    const { code, echo, text } = await atTerminal(cli, ['user', 'add', 'ada', '--role', 'admin'],
      [[/Password for ada: $/, `${PASSWORD}\n`], [/again: $/, `${PASSWORD}\n`]]);
    assert.equal(code, 0, text);
    assert.equal(text.includes('horse'), false, text);
    assert.equal(echo, true);
    assert.match(text, /"ada" is admin now\./);
    assert.deepEqual(await namesOf(cli), ['ada']);
  });

  it('must be the same both times', async () => {
    const cli = newCli();
    const { code, echo, text } = await atTerminal(cli, ['user', 'add', 'ada', '--role', 'admin'],
      [[/Password for ada: $/, `${PASSWORD}\n`], [/again: $/, `${PASSWORD}8\n`]]);
    assert.equal(code, 1, text);
    assert.match(text, /The two passwords differ\. Nothing was changed/);
    assert.equal(text.includes('horse'), false, text);
    assert.equal(echo, true);
    assert.deepEqual(await namesOf(cli), []);
  });

  for (const [what, key] of [['Ctrl-C', '\x03'], ['Ctrl-D', '\x04'], ['Ctrl-Z', '\x1a'], ['Ctrl-\\', '\x1c']]) {
    it(`may be left with ${what}, which gives the terminal back as it was`, async () => {
      const cli = await withAccounts();
      const { code, echo, text } = await atTerminal(cli, ['user', 'passwd', 'ada'], [[/Password for ada: $/, key]]);
      assert.equal(code, 1, text);
      assert.equal(echo, true);
      assert.match(text, /Cancelled\. Nothing was changed\./);
    });
  }

  it('is not asked for where something is wrong already', async () => {
    const cli = await withAccounts();
    const cases = [[['user', 'add', 'ada', '--role', 'editor'], 1], [['user', 'add', 'Zed', '--role', 'editor'], 1], [['user', 'passwd', 'zed'], 5]];
    for (const [words, code] of cases) {
      const result = await atTerminal(cli, words, []);
      assert.equal(result.code, code, result.text);
      assert.equal(result.text.includes('Password for'), false, result.text);
    }
  });
});

describe('accounts and tokens in the service', () => {
  let service;
  let admin;
  const bearer = (token) => ({ headers: { Authorization: `Bearer ${token}` } });
  const status = async (token, tenant = 'us') => (await service.get(tenant, '/api/v1/status', bearer(token))).status;
  const database = async () => (await service.cli('us', 'git-config', '--show')).json.db_path;

  before(async () => {
    const settings = { TIMELINE_REPO_URL: '/nowhere.git', AUTO_PULL_ON_START: 'false' };
    service = await startService({ tenants: { us: settings, them: settings }, authority: await createAuthority() });
    admin = await addAccount(service, 'us', 'ada', 'admin');
    await addAccount(service, 'them', 'eve', 'admin');
  });
  after(() => service?.stop());

  it('take a token until it is revoked or over', async () => {
    const token = await createToken(service, 'us', 'ada');
    assert.equal(await status(token), 200);
    const [listed] = (await service.cli('us', 'token', 'list')).json.tokens;
    assert.ok(Date.parse(listed.used_at) > Date.now() - DAY_MS, 'its use is written down');
    await service.cli('us', 'token', 'revoke', String(listed.id));
    assert.equal(await status(token), 401);
    const other = await createToken(service, 'us', 'ada', '--expires', '1');
    assert.equal(await status(other), 200);
    await execute(await database(), `UPDATE tl_token SET ends_at = ${Date.now() * 1000}`);
    assert.equal(await status(other), 401);
  });

  it("open nothing at another tenant's", async () => {
    const token = await createToken(service, 'us', 'ada');
    assert.equal(await status(token), 200);
    assert.equal(await status(token, 'them'), 401);
    const here = new Visitor(service, 'us');
    await here.signIn('ada', admin);
    const there = new Visitor(service, 'them');
    there.cookies = here.cookies;
    assert.equal((await here.get('/account')).status, 200);
    assert.notEqual((await there.get('/account')).status, 200);
    await assert.rejects(new Visitor(service, 'them').signIn('ada', admin));
  });

  it('hold a change of role, password and account at once', async () => {
    const password = await addAccount(service, 'us', 'bob', 'editor');
    const token = await createToken(service, 'us', 'bob', '--scope', 'write');
    const visitor = new Visitor(service, 'us');
    await visitor.signIn('bob', password);
    const check = async () => (await service.request('POST', 'us', '/api/v1/pull', bearer(token))).status;
    await service.cli('us', 'user', 'role', 'bob', 'viewer');
    assert.equal(await check(), 403);
    assert.equal((await visitor.get('/account')).status, 200);
    await service.cli('us', 'user', 'role', 'bob', 'editor');
    assert.equal(await check(), 202);
    await service.cli('us', 'user', 'passwd', 'bob', '--password-stdin', { input: 'another password' });
    assert.notEqual((await visitor.get('/account')).status, 200);
    assert.equal(await status(token), 200);
    await visitor.signIn('bob', 'another password');
    await service.cli('us', 'user', 'remove', 'bob');
    assert.notEqual((await visitor.get('/account')).status, 200);
    assert.equal(await status(token), 401);
  });

  it('slow down guesses, and let in again whom the operator gives a password', async () => {
    const password = await addAccount(service, 'us', 'gus', 'viewer');
    const attempt = (word, name = 'gus') => new Visitor(service, 'us').post('/login', { name, password: word, next: '/' }, { csrf: false });
    for (let i = 0; i < 5; i++) assert.equal((await attempt('wrong password')).status, 401);
    await execute(await database(), 'UPDATE tl_throttle SET open_at = open_at + 60000000');
    const refused = await attempt(password);
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.headers['retry-after']) > 30, refused.headers['retry-after']);
    assert.equal((await attempt(admin, 'ada')).status, 429, 'the address too');
    await service.cli('us', 'user', 'passwd', 'gus', '--password-stdin', { input: 'another password' });
    assert.deepEqual((await query(await database(), 'SELECT key FROM tl_throttle')).map(({ key }) => key), ['address 127.0.0.1']);
    await execute(await database(), 'DELETE FROM tl_throttle');
    assert.equal((await attempt('another password')).status, 303);
  });

  it('write nothing secret into database, files or log', async () => {
    const password = await addAccount(service, 'us', 'cat', 'viewer', 'canary-password-7');
    const token = await createToken(service, 'us', 'cat');
    const visitor = new Visitor(service, 'us');
    await visitor.post('/login', { name: 'canary-name-9', password: 'canary-password-8', next: '/' }, { csrf: false });
    await visitor.signIn('cat', password);
    await visitor.get('/account');
    assert.equal(await status(token), 200);
    const secrets = ['canary-password', 'canary-name', token, token.slice(12), ...[...visitor.cookies.values()].filter(Boolean)];
    assert.ok(secrets.length > 4);
    assert.ok(existsSync(`${await database()}-wal`));
    assertNowhere(service.state, secrets);
    for (const secret of secrets) assert.equal(service.pool.log.includes(secret), false, secret);
    assert.match(service.pool.log, /Login: account "cat" \(viewer\) from 127\.0\.0\.1/);
    assert.match(service.pool.log, /Login failed: no such account from 127\.0\.0\.1/);
  });
});
