-- Tideline's own tables. Times are microseconds since 1970 in UTC, 0 = never; texts that may be missing are '' unless
-- said otherwise; booleans are 0 and 1.

CREATE TABLE IF NOT EXISTS tl_schema ( -- one row: which schema this file has
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL,           -- of Tideline's schema; a greater one than the program's is refused
    cookie INTEGER NOT NULL,            -- PRAGMA schema_version when the schema was last found right
    writing INTEGER NOT NULL DEFAULT 0  -- 1 only within a transaction of Tideline, so that it does not log its own writes
);

CREATE TABLE IF NOT EXISTS tl_setting ( -- what git-config stored, and a few facts of our own
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS tl_repository ( -- one row per repository URL and branch
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL,
    branch TEXT NOT NULL,
    events_dir TEXT NOT NULL,           -- the events folder as last imported
    imported_commit TEXT NOT NULL,      -- the commit that the events agree with
    imported_at INTEGER NOT NULL,       -- last successful import
    head_commit TEXT NOT NULL,          -- the branch's tip when last asked
    checked_at INTEGER NOT NULL,        -- when the remote last answered
    commits_behind INTEGER NOT NULL,    -- as of checked_at; -1 unknown
    events_in_repo INTEGER NOT NULL,    -- distinct ids with a readable file, as of the import
    new_event_format TEXT NOT NULL,     -- what most files are: md, json
    remote_error TEXT NOT NULL,         -- sentence of the last failed question
    UNIQUE (url, branch)
);

-- The repository whose bases are in force: tl_repository.id, 0 before the first import.
CREATE VIEW IF NOT EXISTS tl_followed AS
SELECT coalesce((SELECT CAST(value AS INTEGER) FROM tl_setting WHERE key = 'base_repository'), 0) AS id;

CREATE TABLE IF NOT EXISTS tl_file ( -- one row per file of the events folder
    repository INTEGER NOT NULL REFERENCES tl_repository (id) ON DELETE CASCADE,
    path BLOB NOT NULL,                 -- file name, raw bytes
    event_id TEXT NOT NULL,             -- the event it holds; '' while it never could be read
    blob_id TEXT NOT NULL,              -- of the bytes last imported
    format TEXT NOT NULL,               -- md, json, yaml
    content_hash TEXT NOT NULL,         -- of content; ''
    broken INTEGER NOT NULL,            -- the blob cannot be read as an event
    error_line INTEGER NOT NULL,        -- where
    error TEXT NOT NULL,                -- and why
    warnings TEXT NOT NULL,             -- JSON array; '' none
    content TEXT,                       -- base: the fields last read from it; NULL when there never were any
    UNIQUE (repository, path)
);
CREATE INDEX IF NOT EXISTS tl_file_by_event ON tl_file (repository, event_id, broken, format);
CREATE INDEX IF NOT EXISTS tl_file_by_broken ON tl_file (repository, path) WHERE broken = 1;

CREATE TABLE IF NOT EXISTS tl_event ( -- beside each row of timeline_events: what Tideline knows of it
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,            -- timeline_events.id
    date TEXT NOT NULL,                 -- copy of the field, for the order of lists
    revision INTEGER NOT NULL,          -- from 1
    content_hash TEXT NOT NULL,         -- event_hash of json_content when it was last looked at
    base_hash TEXT NOT NULL,            -- event_hash of what the repository holds; '' not there
    change TEXT NOT NULL,               -- none, added, changed, removed: content against base
    state TEXT NOT NULL,                -- draft, validated, exported, merged, conflict, rejected; gone = kept for other tables only
    removed INTEGER NOT NULL,           -- 1: a removal waits for export, or the row is kept for other tables; 2: what
                                        -- was sent is withdrawn, and is to be removed when it has come back merged
    auto_score REAL NOT NULL,           -- event_quality
    updated_at INTEGER NOT NULL,        -- of this revision
    updated_by TEXT NOT NULL,           -- its author
    reason TEXT NOT NULL,               -- why it was written
    place INTEGER NOT NULL DEFAULT 0    -- where it stands in lists, made of date and key; 0: nowhere
);
CREATE INDEX IF NOT EXISTS tl_event_by_place ON tl_event (place);
DROP INDEX IF EXISTS tl_event_by_date;
DROP INDEX IF EXISTS tl_event_by_state;
CREATE INDEX IF NOT EXISTS tl_event_by_state_place ON tl_event (state, place);
CREATE INDEX IF NOT EXISTS tl_event_by_withdrawn ON tl_event (id) WHERE removed = 2;

CREATE TABLE IF NOT EXISTS tl_revision ( -- contents that were current once; the current one is in timeline_events
    id INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL,             -- outlives the event
    revision INTEGER NOT NULL,
    at INTEGER NOT NULL,                -- when it became current
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    content TEXT NOT NULL               -- JSON
);
CREATE UNIQUE INDEX IF NOT EXISTS tl_revision_by_event ON tl_revision (event_id, revision);

CREATE TABLE IF NOT EXISTS tl_conflict ( -- open conflicts, one per event
    event_id TEXT NOT NULL PRIMARY KEY,
    base TEXT,                          -- JSON of the common ancestor; NULL = not there
    ours TEXT,                          -- JSON of this database's side; NULL = removed here
    theirs TEXT,                        -- JSON of the repository's side; NULL = removed there
    fields TEXT NOT NULL,               -- JSON array of keys
    opened_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS tl_conflict_by_age ON tl_conflict (opened_at, event_id);

CREATE TABLE IF NOT EXISTS tl_decision ( -- what people decided about conflicts; see conflict_resolver.h
    id INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL,             -- outlives the event
    at INTEGER NOT NULL,                -- when it was decided
    author TEXT NOT NULL,               -- and by whom
    repository INTEGER NOT NULL,        -- tl_repository.id of the one that was followed
    kind TEXT NOT NULL,                 -- fields, added, removed_here, removed_there
    fields TEXT NOT NULL,               -- JSON array: the keys that were in conflict
    take TEXT NOT NULL,                 -- ours, theirs, written; '' when choices say all
    choices TEXT NOT NULL,              -- JSON object: field by field
    opened_at INTEGER NOT NULL,         -- since when the conflict had been open
    base TEXT,                          -- JSON of the three sides as they were; NULL = not there
    ours TEXT,
    theirs TEXT,
    base_hash TEXT NOT NULL,            -- tl_event.base_hash before
    before TEXT NOT NULL,               -- JSON of the content before, also when it was removed here
    after TEXT,                         -- and of what was decided; NULL = the event is gone, or a removal
    validation TEXT NOT NULL,           -- JSON of the verdict before
    revision INTEGER NOT NULL,          -- of the event after it; 0 gone
    undone_at INTEGER NOT NULL,         -- 0 never
    undone_by TEXT NOT NULL             -- '' nobody
);
CREATE INDEX IF NOT EXISTS tl_decision_by_event ON tl_decision (event_id, id);

CREATE TABLE IF NOT EXISTS tl_parked ( -- of repositories that are not followed now; see store_parked.h
    repository INTEGER NOT NULL REFERENCES tl_repository (id) ON DELETE CASCADE,
    event_id TEXT NOT NULL,
    content TEXT,                       -- JSON as it was here; NULL: unedited, only the rows below are kept
    removed INTEGER NOT NULL DEFAULT 0, -- a removal that waits
    base TEXT,                          -- JSON that the edit is one of; NULL: not in the repository
    revision INTEGER NOT NULL DEFAULT 0, -- as it was left
    author TEXT NOT NULL DEFAULT '',    -- of that revision
    metadata TEXT,                      -- JSON of the row of event_metadata; NULL none
    export TEXT,                        -- JSON of the row of event_export_status; NULL none
    parked_at INTEGER NOT NULL,
    PRIMARY KEY (repository, event_id)
);

CREATE TABLE IF NOT EXISTS tl_pull_request ( -- the journal; see store_pull_request.h
    id INTEGER PRIMARY KEY,
    state TEXT NOT NULL,                -- running, open, merged, closed, failed
    step TEXT NOT NULL,                 -- claimed, committed, pushed, opened, recorded
    repo_url TEXT NOT NULL,
    base_branch TEXT NOT NULL,
    branch TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    message TEXT NOT NULL,              -- of the commit
    draft INTEGER NOT NULL,
    labels TEXT NOT NULL,               -- JSON array
    parent_commit TEXT NOT NULL,
    commit_id TEXT NOT NULL,            -- '' until committed
    author_name TEXT NOT NULL,
    author_email TEXT NOT NULL,
    claimed_at INTEGER NOT NULL,
    number INTEGER NOT NULL,            -- 0 until opened
    url TEXT NOT NULL,
    plain INTEGER NOT NULL,             -- no forge behind the remote
    error TEXT NOT NULL,                -- sentence of the last failed attempt
    opened_at INTEGER NOT NULL,
    settled_at INTEGER NOT NULL,
    merge_commit TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS tl_pull_request_by_state ON tl_pull_request (state);
CREATE INDEX IF NOT EXISTS tl_pull_request_by_number ON tl_pull_request (repo_url, number);

CREATE TABLE IF NOT EXISTS tl_pull_request_event ( -- what a pull request carries
    pull_request INTEGER NOT NULL REFERENCES tl_pull_request (id) ON DELETE CASCADE,
    event_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    change TEXT NOT NULL,               -- added, changed, removed
    content_hash TEXT NOT NULL,         -- of what was sent
    date TEXT NOT NULL,
    title TEXT NOT NULL,
    files TEXT NOT NULL,                -- JSON array of {path, blob}
    active INTEGER NOT NULL,            -- 1 while the pull request is running or open (kept by a trigger)
    repository INTEGER NOT NULL DEFAULT 0, -- tl_repository.id of where it was sent; 0 not known
    PRIMARY KEY (pull_request, event_id)
);
CREATE INDEX IF NOT EXISTS tl_pull_request_event_by_event ON tl_pull_request_event (event_id);
-- An event revision is in at most one running or open pull request of a repository.
DROP INDEX IF EXISTS tl_pull_request_event_once;
CREATE UNIQUE INDEX IF NOT EXISTS tl_pull_request_event_once_each
    ON tl_pull_request_event (event_id, revision, repository) WHERE active = 1;

CREATE TABLE IF NOT EXISTS tl_pull_request_import ( -- merged pull requests that an import has followed
    pull_request INTEGER PRIMARY KEY REFERENCES tl_pull_request (id) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS tl_job ( -- the queue; see store_job.h
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice, because pages link to it
    kind TEXT NOT NULL,
    args TEXT NOT NULL,                 -- JSON object
    state TEXT NOT NULL,                -- queued, running, succeeded, failed, cancelled
    phase TEXT NOT NULL DEFAULT '',
    done INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    result TEXT NOT NULL DEFAULT '',    -- JSON
    error_code TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT '',
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    started_at INTEGER NOT NULL DEFAULT 0,
    heartbeat_at INTEGER NOT NULL DEFAULT 0,
    finished_at INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    worker_pid INTEGER NOT NULL DEFAULT 0, -- process and when it started: see jobs.h
    cancel_asked INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS tl_job_by_state ON tl_job (state);
-- One active job per kind; those that only show something differ by what they show.
DROP INDEX IF EXISTS tl_job_active;
DROP INDEX IF EXISTS tl_job_once;
CREATE UNIQUE INDEX IF NOT EXISTS tl_job_once_each
    ON tl_job (kind, CASE WHEN kind IN ('preview', 'compare') THEN args ELSE '' END)
    WHERE state IN ('queued', 'running');

CREATE TABLE IF NOT EXISTS tl_job_loss ( -- tries that ended because their worker died
    job INTEGER PRIMARY KEY REFERENCES tl_job (id) ON DELETE CASCADE,
    n INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS tl_job_log ( -- what a job did, line by line
    job INTEGER NOT NULL REFERENCES tl_job (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    text TEXT NOT NULL                  -- one sentence for people
);
CREATE INDEX IF NOT EXISTS tl_job_log_by_job ON tl_job_log (job);

CREATE TABLE IF NOT EXISTS tl_account ( -- who may act; see store_account.h
    name TEXT NOT NULL PRIMARY KEY,     -- lower case
    role TEXT NOT NULL,                 -- viewer, editor, admin
    password TEXT NOT NULL,             -- Argon2id, as libsodium writes it
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    password_at INTEGER NOT NULL,       -- when the password was set
    login_at INTEGER NOT NULL           -- last login
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS tl_session ( -- who is signed in, in which browser
    hash TEXT NOT NULL PRIMARY KEY,     -- SHA-256 of the cookie's value
    account TEXT NOT NULL REFERENCES tl_account (name) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,           -- last request, to within some minutes
    ends_at INTEGER NOT NULL            -- whatever happens
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tl_session_by_account ON tl_session (account, created_at);

CREATE TABLE IF NOT EXISTS tl_token ( -- keys of programs
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL UNIQUE,          -- SHA-256 of the token
    hint TEXT NOT NULL,                 -- its first characters, to tell it from others
    account TEXT NOT NULL REFERENCES tl_account (name) ON DELETE CASCADE,
    name TEXT NOT NULL,                 -- what it is for
    scope TEXT NOT NULL,                -- read, write
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    ends_at INTEGER NOT NULL,           -- 0 never
    used_at INTEGER NOT NULL            -- last use, to within a minute
);
CREATE INDEX IF NOT EXISTS tl_token_by_account ON tl_token (account, id);

CREATE TABLE IF NOT EXISTS tl_throttle ( -- failed logins, by account and by address
    key TEXT NOT NULL PRIMARY KEY,      -- what is slowed down: "account HASH" (of the name, short), "address A"
    failures INTEGER NOT NULL,          -- in a row
    at INTEGER NOT NULL,                -- of the last one
    open_at INTEGER NOT NULL            -- refused until then
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS tl_idempotency ( -- answers to requests that carried an Idempotency-Key, for a day
    caller TEXT NOT NULL,               -- account
    key TEXT NOT NULL,
    request TEXT NOT NULL,              -- SHA-256 of what was asked
    job INTEGER NOT NULL,               -- the answer; gone when the job is
    at INTEGER NOT NULL,
    PRIMARY KEY (caller, key)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS tl_year ( -- events per year of their date, kept by triggers on tl_event
    year TEXT NOT NULL PRIMARY KEY,     -- four digits
    n INTEGER NOT NULL
) WITHOUT ROWID;
-- For databases made before the table was; it is kept from then on.
INSERT INTO tl_year (year, n)
SELECT substr(date, 1, 4), count(*) FROM tl_event
WHERE state <> 'gone' AND NOT EXISTS (SELECT 1 FROM tl_year) GROUP BY 1;

CREATE TABLE IF NOT EXISTS tl_verdict ( -- what reviewers said, one row each time; event_metadata has the last one alone
    id INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL,             -- outlives the event
    revision INTEGER NOT NULL,          -- that was looked at
    at INTEGER NOT NULL,
    author TEXT NOT NULL,
    status TEXT NOT NULL,               -- validated, rejected, pending: sent back
    score REAL,                         -- 0 to 10; NULL none
    notes TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS tl_verdict_by_event ON tl_verdict (event_id);

-- The queue of review: drafts by how long they wait, and within that by their key.
CREATE INDEX IF NOT EXISTS tl_event_by_wait ON tl_event (updated_at) WHERE state = 'draft';
CREATE INDEX IF NOT EXISTS tl_event_by_change_wait ON tl_event (change, updated_at) WHERE state = 'draft';
CREATE INDEX IF NOT EXISTS tl_event_metadata_reserved ON event_metadata (reserved_at) WHERE reserved_by IS NOT NULL;

CREATE TABLE IF NOT EXISTS tl_wait ( -- how many wait in it, kept by triggers on tl_event
    change TEXT NOT NULL PRIMARY KEY,
    n INTEGER NOT NULL
) WITHOUT ROWID;
-- For databases made before the table was; it is kept from then on.
INSERT INTO tl_wait (change, n)
SELECT change, count(*) FROM tl_event WHERE state = 'draft' AND NOT EXISTS (SELECT 1 FROM tl_wait) GROUP BY 1;

CREATE TABLE IF NOT EXISTS tl_sync ( -- what sync_status has no column for
    id INTEGER PRIMARY KEY,             -- sync_status.id
    events_deleted INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS tl_change ( -- log of what other programs wrote; store_catch_up() empties it
    seq INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL,
    source TEXT NOT NULL,               -- event, metadata
    columns TEXT NOT NULL,              -- columns that one UPDATE of an event changed, each with a space behind it; or 'insert '
    old_content TEXT                    -- json_content before; NULL where it did not change or was not there
);
CREATE INDEX IF NOT EXISTS tl_change_by_event ON tl_change (event_id);

CREATE TABLE IF NOT EXISTS tl_count ( -- events per state, kept by triggers on tl_event
    state TEXT NOT NULL PRIMARY KEY,
    n INTEGER NOT NULL
) WITHOUT ROWID;

-- Full-text index, rowid = tl_event.place. It holds no text: a document is taken out by giving its words again. Where many
-- events are known to come it is made as search_beginnings.sql says.
CREATE VIRTUAL TABLE IF NOT EXISTS tl_search USING fts5 (
    title, summary, actors, tags, sources,
    facets,                             -- tags, actors, importance and addresses of sources as one word each
    content='', columnsize=0, tokenize='unicode61 remove_diacritics 2'
);
-- Bytes that FTS5 gathers before it writes a part of the index: fewer parts, less merging.
INSERT INTO tl_search (tl_search, rank) VALUES ('hashsize', 2097152);
