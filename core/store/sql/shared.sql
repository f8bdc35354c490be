-- The four tables that are shared with the research tools, as SQLAlchemy makes them. Date-times are text
-- `YYYY-MM-DD HH:MM:SS.ffffff` in UTC, JSON is text, booleans are 0 and 1.

CREATE TABLE IF NOT EXISTS timeline_events ( -- the events as they are now
    id VARCHAR NOT NULL,          -- the event's id, from its file
    json_content JSON NOT NULL,   -- its own fields, in the order of its file
    date VARCHAR,                 -- copy of the field
    title TEXT,                   -- copy of the field
    summary TEXT,                 -- copy of the field
    importance INTEGER,           -- copy of the field
    status VARCHAR,               -- copy of the field
    file_path VARCHAR NOT NULL,   -- where it stands in the repository, empty when nowhere
    file_hash VARCHAR NOT NULL,   -- SHA-256 of the content
    last_synced DATETIME,         -- when it was last taken from the repository
    PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS event_metadata ( -- what reviewers say about an event
    event_id VARCHAR NOT NULL,    -- the event
    validation_status VARCHAR,    -- pending, in_progress, validated, rejected
    validation_date DATETIME,     -- when that was said
    validation_notes TEXT,        -- and why
    quality_score FLOAT,          -- 0 to 10
    created_by VARCHAR,           -- who made the event or this row
    created_at DATETIME,          -- and when
    research_priority_id VARCHAR, -- of the research tools
    reserved_at DATETIME,         -- since when somebody reviews it
    reserved_by VARCHAR,          -- and who
    ai_summary TEXT,              -- of the research tools
    tags_enriched JSON,           -- of the research tools
    connections_discovered JSON,  -- of the research tools
    PRIMARY KEY (event_id),
    FOREIGN KEY(event_id) REFERENCES timeline_events (id)
);

CREATE TABLE IF NOT EXISTS sync_status ( -- one row per import or export
    id INTEGER NOT NULL,          -- number of the run
    repo_url VARCHAR NOT NULL,    -- the repository
    sync_type VARCHAR,            -- import, export
    started_at DATETIME,          -- when it began
    completed_at DATETIME,        -- when it ended
    success BOOLEAN,              -- whether it did what it should
    events_imported INTEGER,      -- new events
    events_updated INTEGER,       -- changed events
    events_exported INTEGER,      -- events sent
    pr_number INTEGER,            -- of the pull request
    pr_url VARCHAR,               -- of the pull request
    branch_name VARCHAR,          -- that was pushed
    commits_processed INTEGER,    -- commits between before and after
    files_changed INTEGER,        -- files that differed
    conflicts JSON,               -- array
    errors JSON,                  -- array
    PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS event_export_status ( -- which events went out
    id INTEGER NOT NULL,          -- row number
    event_id VARCHAR,             -- the event
    exported BOOLEAN,             -- in a pull request
    export_date DATETIME,         -- since when
    pr_number INTEGER,            -- in which
    merged BOOLEAN,               -- and the pull request was merged
    merge_date DATETIME,          -- when
    PRIMARY KEY (id),
    UNIQUE (event_id),
    FOREIGN KEY(event_id) REFERENCES timeline_events (id)
);
