// A database as research tools make it: SQLAlchemy's tables and spelling, tables, full-text search and triggers of their
// own. And those tools' writing, with nothing but sqlite3: no function of Tideline's is there.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { execute } from './database.js';
import { mustRun, start } from './process.js';
import { tempDir } from './temp.js';

const quote = (value) => {
  if (value === null || value === undefined)
    return 'NULL';
  return typeof value === 'number' ? String(value) : `'${String(value).replaceAll("'", "''")}'`;
};

/** JSON as Python's json.dumps() writes it: blanks behind `,` and `:`, nothing but ASCII. */
export function dumps(value) {
  if (Array.isArray(value))
    return `[${value.map(dumps).join(', ')}]`;
  if (value && typeof value === 'object')
    return `{${Object.entries(value).map(([key, one]) => `${dumps(key)}: ${dumps(one)}`).join(', ')}}`;
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g,
                    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** INSERT of a row; `verb` may be another way to insert. */
export function insertEvent(event, { verb = 'INSERT', filePath = '', tail = '' } = {}) {
  const { id, date, title, summary = '', importance = null, status = 'confirmed' } = event;
  const values = [
    id, dumps(event), date, title, summary, importance, status, filePath,
    'd41d8cd98f00b204e9800998ecf8427e', '2026-02-03 04:05:06.000007'
  ];
  return `${verb} INTO timeline_events (id, json_content, date, title, summary, importance, status, file_path, file_hash, last_synced)
  VALUES (${values.map(quote).join(', ')}) ${tail};\n`;
}

export function insertMetadata(id, status,
               { score = null, notes = null, priority = null, verb = 'INSERT' } = {}) {
  const at = status === 'pending' ? null : '2026-02-03 05:06:07.000089';
  return `${verb} INTO event_metadata (event_id, validation_status, validation_date, validation_notes, quality_score, created_by,
  created_at, research_priority_id) VALUES (${[id, status, at, notes, score, 'research-agent-3', '2026-02-03 04:05:06.000007', priority]
        .map(quote)
        .join(', ')});\n`;
}

const SCHEMA = `
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
CREATE TABLE timeline_events (
	id VARCHAR NOT NULL, json_content JSON NOT NULL, date VARCHAR, title TEXT, summary TEXT, importance INTEGER, status VARCHAR,
	file_path VARCHAR NOT NULL, file_hash VARCHAR NOT NULL, last_synced DATETIME,
	PRIMARY KEY (id)
);
CREATE INDEX ix_timeline_events_date ON timeline_events (date);
CREATE TABLE research_priorities (
	id VARCHAR NOT NULL, title TEXT NOT NULL, description TEXT, priority INTEGER, status VARCHAR, created_date DATETIME,
	estimated_events INTEGER, actual_events INTEGER, PRIMARY KEY (id)
);
CREATE TABLE event_metadata (
	event_id VARCHAR NOT NULL, validation_status VARCHAR, validation_date DATETIME, validation_notes TEXT, quality_score FLOAT,
	created_by VARCHAR, created_at DATETIME, research_priority_id VARCHAR, reserved_at DATETIME, reserved_by VARCHAR,
	ai_summary TEXT, tags_enriched JSON, connections_discovered JSON,
	PRIMARY KEY (event_id), FOREIGN KEY(event_id) REFERENCES timeline_events (id),
	FOREIGN KEY(research_priority_id) REFERENCES research_priorities (id)
);
CREATE INDEX ix_event_metadata_status ON event_metadata (validation_status);
CREATE TABLE event_connections (
	id INTEGER NOT NULL, event_id_1 VARCHAR NOT NULL, event_id_2 VARCHAR NOT NULL, connection_type VARCHAR, strength FLOAT, notes TEXT,
	PRIMARY KEY (id), FOREIGN KEY(event_id_1) REFERENCES timeline_events (id), FOREIGN KEY(event_id_2) REFERENCES timeline_events (id)
);
CREATE TABLE validation_logs (
	id INTEGER NOT NULL, event_id VARCHAR, validator VARCHAR, notes TEXT NOT NULL, logged_at DATETIME,
	PRIMARY KEY (id), FOREIGN KEY(event_id) REFERENCES event_metadata (event_id)
);
CREATE TABLE sync_status (
	id INTEGER NOT NULL, repo_url VARCHAR NOT NULL, sync_type VARCHAR, started_at DATETIME, completed_at DATETIME, success BOOLEAN,
	events_imported INTEGER, events_updated INTEGER, events_exported INTEGER, pr_number INTEGER, pr_url VARCHAR, branch_name VARCHAR,
	commits_processed INTEGER, files_changed INTEGER, conflicts JSON, errors JSON, PRIMARY KEY (id)
);
CREATE TABLE event_export_status (
	id INTEGER NOT NULL, event_id VARCHAR, exported BOOLEAN, export_date DATETIME, pr_number INTEGER, merged BOOLEAN, merge_date DATETIME,
	PRIMARY KEY (id), UNIQUE (event_id), FOREIGN KEY(event_id) REFERENCES timeline_events (id)
);
CREATE VIRTUAL TABLE events_fts USING fts5(id UNINDEXED, title, summary, content='timeline_events', content_rowid='rowid');
CREATE TRIGGER timeline_events_ai AFTER INSERT ON timeline_events BEGIN
	INSERT INTO events_fts (rowid, id, title, summary) VALUES (new.rowid, new.id, new.title, new.summary); END;
CREATE TRIGGER timeline_events_ad AFTER DELETE ON timeline_events BEGIN
	INSERT INTO events_fts (events_fts, rowid, id, title, summary) VALUES ('delete', old.rowid, old.id, old.title, old.summary); END;
CREATE TRIGGER timeline_events_au AFTER UPDATE ON timeline_events BEGIN
	INSERT INTO events_fts (events_fts, rowid, id, title, summary) VALUES ('delete', old.rowid, old.id, old.title, old.summary);
	INSERT INTO events_fts (rowid, id, title, summary) VALUES (new.rowid, new.id, new.title, new.summary); END;
CREATE VIEW pending_validation AS SELECT e.id, e.title FROM timeline_events e JOIN event_metadata m ON m.event_id = e.id
	WHERE m.validation_status = 'pending';
INSERT INTO alembic_version VALUES ('3f2a9c1d0b7e');
INSERT INTO research_priorities VALUES ('RP-1', 'Who paid for the harbour', 'Look at the ledgers of ''02.', 8, 'in_progress',
	'2026-01-02 03:04:05.000006', 5, 2), ('RP-2', 'Caf\u00e9s', NULL, 3, 'pending', '2026-01-02 03:04:05.000006', NULL, NULL);
INSERT INTO sync_status VALUES (1, 'https://example.org/history/timeline', 'import', '2026-01-02 03:04:05.000006',
	'2026-01-02 03:04:09.000001', 1, 6, 0, 0, NULL, NULL, 'main', 1, 6, '[]', '[]');
`;

/**
* Makes the database. `events`: `[{event, status, …}]`, where `status` is that of event_metadata (none: no row) and the
* rest options of `insertMetadata`.
*/
export async function makeResearchDatabase(file, events, more = '') {
  const rows = events.map(({ event, status, ...options }) =>
                insertEvent(event, { filePath: `timeline_data/events/${event.id}.json` }) +
                (status ? insertMetadata(event.id, status, options) : ''));
  await execute(file, `PRAGMA journal_mode=DELETE; BEGIN; ${SCHEMA} ${rows.join('')} ${more} COMMIT;`);
}

/** Tables that are none of Tideline's, as .dump writes them: they stay what they are whatever Tideline does. */
export const OTHER_TABLES =
  ['alembic_version', 'research_priorities', 'event_connections', 'validation_logs'];

/**
* A program that holds the database: it has begun a transaction, perhaps written, and does not end it. `release()` lets
* it commit, and answers how it ended.
*/
export async function holdDatabase(file, { begin = 'BEGIN IMMEDIATE', sql = 'SELECT 1' } = {}) {
  const door = path.join(tempDir('hold'), 'door');
  await mustRun('mkfifo', [door]);
  const script = `exec 3<>"$2"
{ printf '%s\\n' '.bail on' '.timeout 5000' 'PRAGMA foreign_keys=ON;' "$3;" "$4;" "SELECT 'held';"; read -r _ <&3; echo 'COMMIT;'; } | sqlite3 "$1"`;
  const holder = await start('bash', ['-c', script, 'hold', file, door, begin, sql],
               { ready: /held/, name: 'a program that holds the database' });
  return {
    release: async () => {
      writeFileSync(door, 'go\n');
      return holder.ended;
    }
  };
}
