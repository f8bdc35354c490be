// The worker processes of a running tideline-fcgi, as the kernel shows them.
import { readFileSync } from 'node:fs';

function read(file) {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return ''; // it has ended meanwhile
  }
}

/** Process ids of the workers of a master, `kind` `web` or `job`. */
export function workersOf(masterPid, kind) {
  const children = read(`/proc/${masterPid}/task/${masterPid}/children`).split(' ').filter(Boolean).map(Number);
  return children.filter((pid) => read(`/proc/${pid}/comm`) === `tideline-${kind}`);
}

/** Is the process there, and not just waiting to be collected? */
export function isAlive(pid) {
  return /^State:\s+[^ZX]/m.test(read(`/proc/${pid}/status`));
}
