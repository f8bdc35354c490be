// Temporary folders that are gone when the test process ends, however it ends.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const folders = new Set();

process.on('exit', () => {
  if (process.env.TIDELINE_KEEP_TEMP) {
    for (const folder of folders) process.stderr.write(`kept: ${folder}\n`);
    return;
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** A new empty folder (0700), removed at the end of the process. TIDELINE_KEEP_TEMP=1 keeps it for a look. */
export function tempDir(name = 'test') {
  const folder = mkdtempSync(path.join(tmpdir(), `tideline-${name}-`));
  folders.add(folder);
  return folder;
}
