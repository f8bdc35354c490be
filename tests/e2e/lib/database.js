// Looking into (and, as another program would, writing to) a tenant's database with Debian's sqlite3.
import { mustRun } from './process.js';

/** Rows of a query as objects. */
export async function query(file, sql) {
  const { stdout } = await mustRun('sqlite3', ['-json', '-cmd', '.timeout 5000', file, sql]);
  return stdout.trim() ? JSON.parse(stdout) : [];
}

/** Runs statements as a program that is not Tideline. */
export async function execute(file, sql) {
  await mustRun('sqlite3', ['-cmd', '.timeout 5000', file, sql]);
}

/** The events as any program sees them, by id: what must be equal when two databases say the same. */
export async function eventsOf(file) {
  const rows = await query(file, 'SELECT id, json_content, date, title, summary, importance, status FROM timeline_events ORDER BY id');
  return new Map(rows.map((row) => [row.id, { ...row, json_content: JSON.parse(row.json_content) }]));
}
