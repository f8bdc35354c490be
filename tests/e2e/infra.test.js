// The tests' own tools, shown against the real git, curl and openssl before anything is built on them.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { screenshot, startBrowser } from './lib/browser.js';
import { createAuthority } from './lib/ca.js';
import { startFakeGithub } from './lib/fake_github.js';
import { startFaultProxy, startHttps, startRedirector } from './lib/fault_proxy.js';
import { EVENTS, generatedFiles, generatedTimeline, hostileEntries, sampleEvents } from './lib/fixtures.js';
import { createBareRepo, mustGit } from './lib/git.js';
import { startGitServer } from './lib/git_server.js';
import { accepts, freePort, LOOPBACK } from './lib/net.js';
import { mustRun, run, start } from './lib/process.js';
import { tempDir } from './lib/temp.js';

const NEW_EVENT = `${EVENTS}/1900-01-01--new-event.md`;
let authority;
before(async () => (authority = await createAuthority()));

const curl = (...args) => run('curl', ['-sS', '--max-time', '5', '--noproxy', '*', '--cacert', authority.certFile, ...args]);

describe('processes', () => {
  it('answers output and exit status, and ends what takes too long', async () => {
    const result = await run('sh', ['-c', 'cat; echo out; echo err >&2; exit 7'], { input: 'in ' });
    assert.deepEqual([result.code, result.stdout, result.stderr], [7, 'in out\n', 'err\n']);
    const slow = await run('sleep', ['60'], { timeoutMs: 50 });
    assert.equal(slow.timedOut, true);
    assert.equal(slow.signal, 'SIGKILL');
    await assert.rejects(mustRun('false'), /false\s+ended with 1/);
  });

  it('says why a server did not become ready, with its output', async () => {
    const port = await freePort();
    await assert.rejects(start('sh', ['-c', 'echo no luck; exit 3'], { ready: port }), /ended with 3\nno luck/);
  });

  it('stops a process that ignores TERM, and its children', async () => {
    const handle = await start('sh', ['-c', "trap '' TERM; sleep 60 & echo child $!; while :; do wait; done"],
      { ready: /child \d+/ });
    const child = Number(handle.log.match(/child (\d+)/)[1]);
    const exit = await handle.stop(100);
    assert.deepEqual([exit.code, exit.signal], [null, 'SIGKILL']); // the child may be gone already, or be the orphan
    assert.equal(isAlive(child), false);
  });

  it('removes temporary folders when the test process ends', async () => {
    const temp = JSON.stringify(new URL('./lib/temp.js', import.meta.url).href);
    const script = `const { tempDir } = await import(${temp}); console.log(tempDir('gone'));`;
    const { stdout } = await mustRun(process.execPath, ['--input-type=module', '-e', script]);
    assert.match(stdout, /tideline-gone-/);
    assert.equal(existsSync(stdout.trim()), false);
  });
});

/** Is a process there, and more than a zombie waiting for its parent? */
function isAlive(pid) {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('bare repositories', () => {
  it('commit, change, remove, force and read again, with the same ids every time', async () => {
    const make = async () => {
      const repo = await createBareRepo({ files: sampleEvents() });
      const second = await repo.commit({ [NEW_EVENT]: 'new\n', 'README.md': null }, { message: 'Second' });
      return { repo, second };
    };
    const [{ repo, second }, twin] = [await make(), await make()];
    assert.equal(second, twin.second);
    assert.deepEqual(await repo.changes('main~1', 'main'), { 'README.md': 'D', [NEW_EVENT]: 'A' });
    assert.equal(await repo.read(NEW_EVENT), 'new\n');
    assert.equal((await repo.log())[0].message, 'Second');
    const forced = await repo.commit({ [NEW_EVENT]: 'other\n' }, { parent: (await repo.log())[1].id });
    assert.equal(await repo.isAncestor(second, forced), false);
    assert.deepEqual(await repo.branches(), ['main']);
    await repo.fsck();
  });

  it('hold hostile entries as they are', async () => {
    const entries = hostileEntries();
    const repo = await createBareRepo({ files: entries.map(({ path: name, value }) => [name, value]) });
    const tree = await repo.tree();
    assert.deepEqual(Object.keys(tree).sort(), entries.map((entry) => entry.path).sort());
    assert.equal(tree[`${EVENTS}/1901-01-11--symlink.md`].mode, '120000');
    assert.equal(tree[`${EVENTS}/1901-01-12--submodule.md`].mode, '160000');
  });

  it('hold generated timelines of the shape asked for, and changes to them', async () => {
    const repo = await createBareRepo({ files: generatedTimeline(512) });
    const names = Object.keys(await repo.tree('main', EVENTS));
    const ids = new Set(names.filter((name) => !name.endsWith('README.md')).map((name) => name.replace(/\.\w+$/, '')));
    assert.equal(ids.size, 512);
    assert.equal(names.length, 512 + 28 + 1); // 28 ids in two files, one README
    await repo.commit(generatedFiles(3, { round: 1 }));
    assert.deepEqual(Object.values(await repo.changes('main~1', 'main')), ['M']);
    await repo.fsck();
  });

  for (const method of ['merge', 'squash', 'rebase']) {
    it(`merge a branch as a forge does: ${method}`, async () => {
      const repo = await createBareRepo({ files: sampleEvents() });
      const base = await repo.tip();
      await repo.commit({ [NEW_EVENT]: '1\n' }, { branch: 'topic', parent: base });
      const head = await repo.commit({ [NEW_EVENT]: '2\n' }, { branch: 'topic' });
      const before = await repo.commit({ 'README.md': 'moved on\n' });
      const merged = await repo.merge('topic', { method });
      const log = await repo.log(`${before}..main`);
      assert.equal(await repo.read(NEW_EVENT), '2\n');
      assert.equal(await repo.read('README.md'), 'moved on\n');
      assert.deepEqual(log[0].parents, { merge: [before, head], squash: [before], rebase: [log[1]?.id] }[method]);
      assert.equal(log.length, { merge: 3, squash: 1, rebase: 2 }[method]);
      assert.equal(log[0].id, merged);
    });
  }
});

describe('Git server', () => {
  let server;
  let repo;
  const slug = 'alice/timeline';
  before(async () => {
    server = await startGitServer({ authority });
    repo = await server.addRepo(slug, { files: sampleEvents() });
  });
  after(() => server.stop());

  /** A clone with one new commit on `branch`. */
  const cloneAndCommit = async (branch) => {
    const clone = path.join(tempDir('clone'), 'clone');
    const cloned = await server.git(['clone', '-q', server.url(slug), clone]);
    assert.equal(cloned.code, 0, cloned.stderr);
    await mustGit(['-C', clone, 'checkout', '-q', '-b', branch]);
    await mustGit(['-C', clone, 'commit', '-q', '--allow-empty', '-m', branch]);
    return clone;
  };
  const push = (clone, branch) => server.git(['-C', clone, 'push', 'origin', branch]);

  it('clones and pushes with the token', async () => {
    const clone = await cloneAndCommit('topic');
    const pushed = await push(clone, 'topic');
    assert.equal(pushed.code, 0, pushed.stderr);
    assert.equal(await repo.tip('topic'), await mustGit(['-C', clone, 'rev-parse', 'HEAD']));
    assert.ok(server.requests().some(({ uri, user }) => uri.endsWith('/git-receive-pack') && user === 'x-access-token'));
  });

  it('refuses without the token, and with a wrong one', async () => {
    for (const token of [null, 'wrong']) {
      const { code, stderr } = await server.git(['ls-remote', server.url(slug)], { token });
      assert.notEqual(code, 0);
      assert.match(stderr, /could not read Username|Authentication failed/);
    }
    const { stdout } = await curl('-o', '/dev/null', '-w', '%{http_code}', '-u', 'x-access-token:wrong',
      `${server.url(slug)}/info/refs?service=git-upload-pack`);
    assert.equal(stdout, '401');
  });

  it('accepts the new token only, after a change', async () => {
    const old = server.token;
    server.setToken('another');
    assert.equal((await server.git(['ls-remote', server.url(slug)])).code, 0);
    assert.notEqual((await server.git(['ls-remote', server.url(slug)], { token: old })).code, 0);
    server.setToken(old);
  });

  for (const hook of ['update', 'pre-receive']) {
    it(`lets ${hook} refuse a push with its message`, async () => {
      const clone = await cloneAndCommit(`refused-${hook}`);
      repo.refusePushes("not on my 'watch'", { hook });
      const { code, stderr } = await push(clone, `refused-${hook}`);
      repo.acceptPushes();
      assert.notEqual(code, 0);
      assert.match(stderr, /remote: not on my 'watch'/);
      assert.match(stderr, /hook declined/);
      assert.equal(await repo.tip(`refused-${hook}`), null);
    });
  }

  it('refuses writing to a token that may only read', async () => {
    const clone = await cloneAndCommit('read-only');
    server.refuseWriting(slug);
    const { code, stderr } = await push(clone, 'read-only');
    assert.equal((await server.git(['ls-remote', server.url(slug)])).code, 0);
    server.refuseWriting(slug, false);
    assert.notEqual(code, 0);
    assert.match(stderr, /403/);
  });

  it('answers each status it is told to, and a repository that is not there with 404', async () => {
    for (const status of [403, 404, 429, 500, 502, 503]) {
      server.answer(slug, status);
      const { stderr } = await server.git(['ls-remote', server.url(slug)]);
      assert.match(stderr, status === 404 ? /not found/ : new RegExp(`${status}`));
    }
    server.answer(slug, null);
    assert.equal((await server.git(['ls-remote', server.url(slug)])).code, 0);
    assert.match((await server.git(['ls-remote', server.url('nobody/nothing')])).stderr, /not found/);
  });

  it('lets anyone read a public repository, and nobody write to it without the token', async () => {
    const open = await server.addRepo('bob/open', { files: sampleEvents(), anonymous: true });
    const url = server.url('bob/open');
    const { stdout } = await server.git(['ls-remote', url, 'main'], { token: null });
    assert.match(stdout, new RegExp(await open.tip()));
    const clone = await cloneAndCommit('anonymous');
    const pushed = await server.git(['-C', clone, 'push', url, 'anonymous'], { token: null });
    assert.notEqual(pushed.code, 0);
    assert.equal(await open.tip('anonymous'), null);
  });

  it('copies a bundle or another repository', async () => {
    const copy = await server.addRepo('carol/copy', { from: repo.folder });
    assert.equal(await copy.tip(), await repo.tip());
  });

  it('is known by names as well', async () => {
    const { stdout, code } = await curl('-o', '/dev/null', '-w', '%{http_code}', `https://git.localhost:${server.port}/`);
    assert.deepEqual([code, stdout], [0, '404']);
    const stranger = await curl('--resolve', `other.example:${server.port}:127.0.0.1`, `https://other.example:${server.port}/`);
    assert.equal(stranger.code, 60); // curl: the certificate does not match
  });

  it('can be left without a trusted or current certificate', async () => {
    const expired = await authority.issue([LOOPBACK], { days: 0 });
    const old = await startHttps(expired);
    const stranger = await createAuthority('Somebody else');
    const untrusted = await startHttps(await stranger.issue([LOOPBACK]));
    assert.match((await curl(old.url)).stderr, /expired/i);
    assert.equal((await curl(untrusted.url)).code, 60);
    await Promise.all([old.stop(), untrusted.stop()]);
  });

  describe('behind the fault proxy', () => {
    let proxy;
    before(async () => (proxy = await startFaultProxy({ targetPort: server.port })));
    after(() => proxy.stop());
    const listing = () => curl('-u', `x-access-token:${server.token}`, '-o', '/dev/null', '--max-time', '1', '-w', '%{size_download}',
      `${server.url(slug, { port: proxy.port })}/info/refs?service=git-upload-pack`);

    const cases = [
      [{ kind: 'none' }, 0, 'passes'],
      [{ kind: 'silent' }, 28, 'times out before TLS'],
      [{ kind: 'stall', after: 900 }, 28, 'times out later'],
      [{ kind: 'drip', after: 900 }, 28, 'is too slow'],
      [{ kind: 'fin', after: 200 }, 35, 'ends in the handshake'],
      [{ kind: 'rst', after: 200 }, 35, 'is reset in the handshake'],
      [{ kind: 'none' }, 0, 'passes again'],
    ];
    for (const [fault, code, what] of cases) {
      it(`${fault.kind}: ${what}`, async () => {
        proxy.set(fault);
        const result = await listing();
        assert.equal(result.code, code, result.stderr);
      });
    }

    for (const kind of ['stall', 'fin', 'rst']) {
      it(`${kind} in the middle of a pack`, async () => {
        const big = `alice/big-${kind}`;
        await server.addRepo(big, { files: generatedTimeline(300) });
        proxy.set({ kind, after: 60000 });
        const clone = path.join(tempDir('clone'), 'clone');
        const { code, timedOut } = await server.git(['clone', '-q', server.url(big, { port: proxy.port }), clone], { timeoutMs: 1500 });
        assert.ok(kind === 'stall' ? timedOut : code > 0);
        assert.equal(proxy.struck > 0, true);
      });
    }

    it('leaves the first connections alone when told to', async () => {
      proxy.set({ kind: 'rst', after: 0, connections: 1 });
      assert.equal((await listing()).code, 0);
      assert.notEqual((await listing()).code, 0);
    });
  });

  it('a redirect elsewhere is followed by curl -L, and shows whether a secret travels along', async () => {
    const other = await startHttps(await authority.issue([LOOPBACK]));
    const redirector = await startRedirector({ certificate: await authority.issue([LOOPBACK]), to: other.url });
    await curl('-L', '--location-trusted', '-u', 'x-access-token:secret', `${redirector.url}/a/b.git/info/refs`);
    assert.equal(other.requests[0].url, '/a/b.git/info/refs');
    assert.match(other.requests[0].headers.authorization, /^Basic /);
    await Promise.all([redirector.stop(), other.stop()]);
  });

  it('stops, and nothing listens any more', async () => {
    const short = await startGitServer({ authority });
    assert.equal(await accepts(short.port), true);
    const { pid } = short.nginx;
    await short.stop();
    assert.equal(await accepts(short.port), false);
    assert.equal(isAlive(pid), false);
  });
});

describe('fake GitHub', () => {
  const slug = 'alice/timeline';
  const pulls = `/repos/${slug}/pulls`;
  let github;
  let repo;
  before(async () => {
    github = await startFakeGithub({ authority, tokens: { good: {}, reader: { permissions: { pull_requests: 'read' } },
      elsewhere: { repositories: ['bob/other'] } } });
  });
  after(() => github.stop());

  /** A new repository with one commit on each branch named, put on the forge under `slug`. */
  const fresh = async (...branches) => {
    repo = await createBareRepo({ files: sampleEvents() });
    for (const branch of branches) {
      await repo.commit({ [`${EVENTS}/1900-01-01--${branch}.md`]: `${branch}\n` }, { branch, parent: await repo.tip() });
    }
    github.addRepo(slug, repo, { private: true });
    github.requests.length = 0;
  };
  const call = (method, target, body, { token = 'good', headers = {} } = {}) => request(github, method, target, body, {
    Authorization: `Bearer ${token}`, Accept: 'application/vnd.github+json', 'X-GitHub-Api-Version': '2022-11-28',
    'User-Agent': 'tests', ...headers });
  const open = (head, more) => call('POST', pulls, { title: `Add ${head}`, head, base: 'main', ...more });
  const message = ({ json }) => json.errors?.[0].message ?? json.errors?.[0].field ?? json.message;

  it('opens, lists, shows, changes, labels and merges pull requests, all as GitHub describes it', async () => {
    await fresh('one', 'two');
    const created = await open('one', { body: 'text', draft: true });
    assert.equal(created.status, 201);
    assert.equal(created.json.number, 1);
    assert.equal(created.json.head.sha, await repo.tip('one'));
    assert.equal(created.json.changed_files, 1);
    assert.equal((await open('alice:two')).json.number, 2);
    const numbers = async (query) => (await call('GET', `${pulls}?${query}`)).json.map((pull) => pull.number);
    assert.deepEqual(await numbers('state=open&head=alice:one'), [1]);
    assert.deepEqual(await numbers('state=all'), [2, 1]);
    assert.deepEqual(await numbers('state=closed'), []);
    assert.deepEqual(await numbers('per_page=1&page=2'), [1]);
    assert.equal((await call('GET', `${pulls}/1`)).json.mergeable, true);
    assert.equal((await call('PATCH', `${pulls}/1`, { title: 'Better' })).json.title, 'Better');
    const labels = await call('POST', `/repos/${slug}/issues/1/labels`, { labels: ['research', 'batch'] });
    assert.deepEqual(labels.json.map((label) => label.name), ['research', 'batch']);
    assert.deepEqual((await call('GET', `${pulls}/1/files`)).json.map((f) => [f.filename, f.status]),
      [[`${EVENTS}/1900-01-01--one.md`, 'added']]);
    const commit = await github.merge(slug, 1, { deleteBranch: true });
    const shown = (await call('GET', `${pulls}/1`)).json;
    assert.deepEqual([shown.state, shown.merged, shown.merge_commit_sha], ['closed', true, commit]);
    assert.equal(await repo.tip(), commit);
    assert.equal(await repo.tip('one'), null);
    assert.deepEqual(github.takeProblems(), []);
    assert.equal(github.requestsOf('pulls/create').length, 2);
  });

  it('merges by squash and rebase, closes, and notices what happens to branches', async () => {
    await fresh('squash', 'rebase', 'closed', 'deleted', 'pushed');
    for (const branch of ['squash', 'rebase', 'closed', 'deleted', 'pushed']) await open(branch);
    await github.merge(slug, 1, { method: 'squash' });
    await github.merge(slug, 2, { method: 'rebase' });
    github.close(slug, 3);
    await repo.deleteBranch('deleted');
    await repo.setBranch('main', await repo.merge('pushed')); // somebody merged it by hand and pushed
    const state = async (number) => {
      const { json } = await call('GET', `${pulls}/${number}`);
      return [json.state, json.merged];
    };
    const states = [];
    for (const number of [1, 2, 3, 4, 5]) states.push(await state(number));
    assert.deepEqual(states, [['closed', true], ['closed', true], ['closed', false], ['closed', false], ['closed', true]]);
    assert.equal((await repo.log('main'))[1].subject, 'Change events');
    assert.deepEqual(github.takeProblems(), []);
  });

  it('refuses as GitHub refuses', async () => {
    await fresh('one', 'same');
    await repo.setBranch('same', await repo.tip());
    await open('one');
    const rows = [
      [await open('one'), 422, /^A pull request already exists for alice:one\.$/],
      [await open('missing'), 422, /^head$/],
      [await open('same'), 422, /^No commits between main and same$/],
      [await open('one', { base: 'nothing' }), 422, /^base$/],
      [await open('one', { title: 'x'.repeat(257) }), 422, /title is too long/],
      [await open('one', { body: 'x'.repeat(65537) }), 422, /body is too long/],
      [await call('GET', pulls, undefined, { token: 'unknown' }), 401, /^Bad credentials$/],
      [await call('POST', pulls, { title: 'T', head: 'one', base: 'main' }, { token: 'reader' }), 403, /^Resource not accessible/],
      [await call('GET', pulls, undefined, { token: 'elsewhere' }), 404, /^Not Found$/],
      [await call('GET', `${pulls}/99`), 404, /^Not Found$/],
      [await call('GET', '/repos/nobody/nothing/pulls'), 404, /^Not Found$/],
    ];
    for (const [answer, status, text] of rows) {
      assert.equal(answer.status, status);
      assert.match(message(answer), text);
    }
    assert.equal(rows[7][0].headers['x-accepted-github-permissions'], 'pull_requests=write');
    assert.equal((await github.pulls(slug)).length, 1);
    assert.deepEqual(github.takeProblems(), []);
  });

  it('opens one pull request when asked twice at once', async () => {
    await fresh('one');
    const both = await Promise.all([open('one'), open('one')]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [201, 422]);
  });

  it('takes a branch of a fork', async () => {
    await fresh();
    const fork = await createBareRepo({ files: sampleEvents() });
    await fork.commit({ [NEW_EVENT]: 'new\n' }, { branch: 'topic', parent: await fork.tip() });
    github.addRepo('dave/timeline', fork, { parent: slug });
    const { status, json } = await open('dave:topic');
    assert.deepEqual([status, json.head.label, json.head.repo.full_name], [201, 'dave:topic', 'dave/timeline']);
    await github.merge(slug, 1);
    assert.equal(await repo.read(NEW_EVENT), 'new\n');
  });

  it('fails in every way that it is told to', async () => {
    await fresh('one');
    const get = () => call('GET', pulls);
    github.fail('primary-limit');
    const primary = await get();
    assert.deepEqual([primary.status, primary.headers['x-ratelimit-remaining']], [403, '0']);
    github.fail('secondary-limit', { status: 429, seconds: 7 });
    assert.equal((await get()).headers['retry-after'], '7');
    github.fail('bad-gateway', { times: 2 });
    assert.deepEqual([(await get()).status, (await get()).status, (await get()).status], [502, 502, 200]);
    github.fail('done-then-502', { operation: 'pulls/create' });
    assert.equal((await get()).status, 200);
    assert.equal((await open('one')).status, 502);
    assert.equal((await github.pulls(slug)).length, 1);
    github.fail('malformed');
    assert.equal((await get()).json, undefined);
    github.fail('cut');
    await assert.rejects(get(), /aborted|hang up|ECONNRESET/);
    github.fail('huge', { bytes: 1 << 20 });
    assert.ok((await get()).text.length > 1 << 20);
    github.fail('slow', { ms: 80 });
    const began = performance.now();
    await get();
    assert.ok(performance.now() - began >= 75);
    github.fail('silent');
    assert.equal((await curl('-H', 'Authorization: Bearer good', '-H', 'Accept: application/vnd.github+json', '-H', 'User-Agent: x',
      '-H', 'X-GitHub-Api-Version: 2022-11-28', '--max-time', '1', github.url + pulls)).code, 28);
    for (const [kind, status] of [['bad-credentials', 401], ['missing-scope', 403], ['not-found', 404]]) {
      github.fail(kind);
      assert.equal((await get()).status, status);
    }
    github.fail('answer', { status: 200, body: { number: 'seven' } });
    assert.deepEqual((await get()).json, { number: 'seven' });
    assert.deepEqual(github.takeProblems(), []);
  });

  const mistakes = [
    ['no token', () => call('GET', pulls, undefined, { headers: { Authorization: '' } }), /Bearer TOKEN/],
    ['basic authentication', () => call('GET', pulls, undefined, { headers: { Authorization: 'Basic eDp5' } }), /Bearer TOKEN/],
    ['another Accept', () => call('GET', pulls, undefined, { headers: { Accept: '*/*' } }), /Accept is/],
    ['no version', () => call('GET', pulls, undefined, { headers: { 'X-GitHub-Api-Version': '' } }), /X-GitHub-Api-Version/],
    ['no User-Agent', () => call('GET', pulls, undefined, { headers: { 'User-Agent': '' } }), /User-Agent/],
    ['a head filter without owner', () => call('GET', `${pulls}?head=one`), /without owner/],
    ['an unknown parameter', () => call('GET', `${pulls}?owner=alice`), /additional properties/],
    ['a wrong state', () => call('GET', `${pulls}?state=merged`), /allowed values/],
    ['a missing field', () => call('POST', pulls, { title: 'T', base: 'main' }), /required property 'head'/],
    ['an unknown field', () => open('one', { labels: ['x'] }), /labels is unknown/],
    ['a wrong type', () => open('one', { draft: 'yes' }), /must be boolean/],
    ['an unknown operation', () => call('DELETE', `${pulls}/1`), /no operation/],
  ];
  for (const [what, act, expected] of mistakes) {
    it(`notices a mistake of the caller: ${what}`, async () => {
      await fresh('one');
      await act();
      const problems = github.takeProblems();
      assert.match(problems.join('\n'), expected);
    });
  }

  it('notices a mistake of its own, and fails the test at the end', async () => {
    const strict = await startFakeGithub({ authority });
    strict.addRepo(slug, await createBareRepo({ files: sampleEvents() }));
    strict.handlers['pulls/list'] = () => ({ status: 200, body: [{ number: 'one' }] });
    await request(strict, 'GET', pulls, undefined, { Authorization: 'Bearer github-test-token',
      Accept: 'application/vnd.github+json', 'X-GitHub-Api-Version': '2022-11-28', 'User-Agent': 'tests' });
    await assert.rejects(strict.stop(), /answer 200: .*required property/);
  });

  it('answers below a prefix as GitHub Enterprise does', async () => {
    const enterprise = await startFakeGithub({ authority, prefix: '/api/v3' });
    enterprise.addRepo(slug, await createBareRepo({ files: sampleEvents() }));
    const { status, json } = await request(enterprise, 'GET', `/repos/${slug}`, undefined, { 'User-Agent': 'tests',
      Authorization: 'Bearer github-test-token', Accept: 'application/vnd.github+json', 'X-GitHub-Api-Version': '2022-11-28' });
    assert.deepEqual([status, json.full_name, json.permissions.push], [200, slug, true]);
    await enterprise.stop();
  });
});

/** One request to a fake's API: `{status, headers, text, json}`. Empty headers are left out. */
function request(github, method, target, body, headers) {
  const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
  if (body !== undefined) sent['Content-Type'] = 'application/json';
  const options = { method, headers: sent, ca: readFileSync(authority.certFile), agent: false };
  return new Promise((resolve, reject) => {
    const outgoing = https.request(github.url + target, options, async (response) => {
      try {
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) text += chunk;
        resolve({ status: response.statusCode, headers: response.headers, text, json: parse(text) });
      } catch (error) {
        reject(error);
      }
    });
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

describe('browser', () => {
  let browser;
  before(async () => (browser = await startBrowser()));
  after(() => browser.stop());

  it('reaches *.localhost over TLS, narrow and dark, with and without scripts, and reports what goes wrong', async () => {
    const html = '<!doctype html><title>T</title><p id=p>plain</p><script>p.textContent = innerWidth + " " + '
      + 'matchMedia("(prefers-color-scheme: dark)").matches; throw new Error("from the page")</script>';
    const site = await startHttps(await authority.issue(['us.localhost']), (incoming, response) => response.end(html));
    const url = `https://us.localhost:${site.port}/`;
    const page = await browser.newPage({ size: 'narrow', scheme: 'dark' });
    await page.goto(url);
    assert.equal(await page.locator('#p').textContent(), '375 true');
    assert.match(page.problems.join('\n'), /from the page/);
    const without = await browser.newPage({ javaScript: false });
    await without.goto(url);
    assert.equal(await without.locator('#p').textContent(), 'plain');
    assert.ok(existsSync(await screenshot(page, 'infra')));
    assert.match(site.requests[0].headers.host, /^us\.localhost:/);
    await site.stop();
  });
});
