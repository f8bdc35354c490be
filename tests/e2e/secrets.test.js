// Where a secret may be: in the processes that use it, and nowhere else.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { createAuthority } from './lib/ca.js';
import { sampleEvents } from './lib/fixtures.js';
import { createBareRepo } from './lib/git.js';
import { waitUntil } from './lib/net.js';
import { cleanEnv, start } from './lib/process.js';
import { tempDir } from './lib/temp.js';
import { addAccount, createToken, Visitor } from './lib/session.js';
import { assertSane, binary, SOURCE, startService } from './lib/tideline.js';
import { workersOf } from './lib/workers.js';

const CANARY = 'canary-token-5d21aa';

describe('a token in the environment of the service', () => {
  it('is not there in the workers that talk to visitors', async () => {
    const home = tempDir('secrets');
    const repo = await createBareRepo({ files: sampleEvents() });
    const socket = path.join(home, 'tideline.sock');
    const pool = await start(binary('tideline-fcgi'), ['--socket', socket, '--templates', path.join(SOURCE, 'templates'), '--web-workers', '2',
      '--job-workers', '1'], { env: cleanEnv(home, { TIDELINE_STATE: path.join(home, 'state'), TIMELINE_REPO_URL: repo.folder,
      GITHUB_TOKEN: CANARY, AUTO_PULL_ON_START: 'false' }), ready: socket, name: 'tideline-fcgi', timeoutMs: 30000 });
    try {
      const environment = (pid) => readFileSync(`/proc/${pid}/environ`, 'utf8');
      const ready = () => workersOf(pool.pid, 'web').length === 2 && workersOf(pool.pid, 'job').length === 1;
      await waitUntil(ready, { what: 'all workers', explain: () => pool.log });
      await waitUntil(() => workersOf(pool.pid, 'web').every((pid) => !environment(pid).includes(CANARY)),
        { what: 'the web workers to be rid of the token', timeoutMs: 10000, explain: () => pool.log });
      for (const pid of workersOf(pool.pid, 'web')) assert.match(environment(pid), /TIMELINE_REPO_URL=\//, 'all else is as it was');
      for (const pid of workersOf(pool.pid, 'job')) assert.ok(environment(pid).includes(CANARY), 'who pushes has it');
    } finally {
      await pool.stop(20000);
    }
    assertSane(pool.log);
    assert.ok(!pool.log.includes(CANARY));
  });
});

describe('where the database is', () => {
  it('is said in the log and to no visitor, even while it is busy', async () => {
    const repo = await createBareRepo({ files: sampleEvents() });
    const service = await startService({ authority: await createAuthority(),
      tenants: { us: { TIMELINE_REPO_URL: repo.folder, AUTO_PULL_ON_START: 'false' } } });
    try {
      await addAccount(service, 'us', 'ada');
      const token = await createToken(service, 'us', 'ada', '--scope', 'write');
      const database = path.join(service.state, 'us', 'db', 'timeline.db');
      const writer = await start('flock', [`${database}-tideline.lock`, 'sh', '-c', 'echo locked; exec tail -f /dev/null'],
        { ready: /locked/, name: 'flock' });
      const answers = [await new Visitor(service, 'us').post('/login', { name: 'ada', password: 'wrong' }, { csrf: false }),
        await service.request('POST', 'us', '/api/v1/check', { headers: { Authorization: `Bearer ${token}` } })];
      await writer.stop();
      for (const { status, text } of answers) {
        assert.equal(status, 503, text);
        assert.ok(!text.includes(service.state) && !/timeline\.db/.test(text), text);
        assert.match(text, /Try again in a (moment|few seconds)/);
      }
      assert.equal(answers[1].json.code, 'database_busy');
      assert.ok(service.pool.log.includes(database), 'whoever runs it finds it there');
    } finally {
      await service.stop();
    }
  });
});
