// The shared corpus of a real timeline, where there is one. Tests use it and copy none of it.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { SOURCE } from './tideline.js';

/** The path of the corpus' git bundle below TIDELINE_SHARED (default: `shared` beside the checkout), or null. */
export function corpus() {
  const shared = process.env.TIDELINE_SHARED || path.join(SOURCE, '..', 'shared');
  const bundle = path.resolve(shared, 'corpus', 'kleptocracy-timeline.bundle');
  return existsSync(bundle) ? bundle : null;
}
