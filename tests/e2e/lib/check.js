// What every test that hurts a timeline ends with: `tideline check` finds nothing.
import assert from 'node:assert/strict';

/** Runs the check of a command line's timeline, throws with its findings unless there are none, and answers what was looked at. */
export async function assertChecked(cli, what = 'tideline check', options = {}) {
  const { code, json, stdout, stderr } = await cli.run('check', options);
  assert.ok(json?.findings, `${what}: ${stdout}${stderr}`);
  assert.deepEqual(json.findings, [], what);
  assert.equal(code, 0, what);
  return json;
}
