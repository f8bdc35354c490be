-- The triggers on shared tables run inside other programs too: built-in functions only, and nothing but the log. Whoever
-- makes such a table anew by way of a copy drops them, or takes them along to the old one under another name: so they are
-- made anew whenever the schema is looked at. See store_watch.c.

DROP TRIGGER IF EXISTS tl_timeline_events_insert;
DROP TRIGGER IF EXISTS tl_timeline_events_inserted;
DROP TRIGGER IF EXISTS tl_timeline_events_update;
DROP TRIGGER IF EXISTS tl_timeline_events_delete;
DROP TRIGGER IF EXISTS tl_event_metadata_insert;
DROP TRIGGER IF EXISTS tl_event_metadata_update;
DROP TRIGGER IF EXISTS tl_event_metadata_delete;

CREATE TRIGGER IF NOT EXISTS tl_timeline_events_insert BEFORE INSERT ON timeline_events
WHEN (SELECT writing FROM tl_schema) = 0
BEGIN
    -- BEFORE, because INSERT OR REPLACE removes the old row without a word.
    INSERT INTO tl_change (event_id, source, columns, old_content)
    VALUES (new.id, 'event', '', (SELECT json_content FROM timeline_events WHERE id = new.id));
END;

-- INSERT OR IGNORE and upserts of what is there do not get here: nothing was inserted.
CREATE TRIGGER IF NOT EXISTS tl_timeline_events_inserted AFTER INSERT ON timeline_events
WHEN (SELECT writing FROM tl_schema) = 0
BEGIN
    INSERT INTO tl_change (event_id, source, columns) VALUES (new.id, 'event', 'insert ');
END;

CREATE TRIGGER IF NOT EXISTS tl_timeline_events_update
AFTER UPDATE OF id, json_content, date, title, summary, importance, status ON timeline_events
WHEN (SELECT writing FROM tl_schema) = 0
BEGIN
    INSERT INTO tl_change (event_id, source, columns, old_content)
    SELECT old.id, 'event', '', old.json_content WHERE old.id <> new.id;
    INSERT INTO tl_change (event_id, source, columns, old_content)
    VALUES (new.id, 'event',
            CASE WHEN old.date IS NOT new.date THEN 'date ' ELSE '' END
            || CASE WHEN old.title IS NOT new.title THEN 'title ' ELSE '' END
            || CASE WHEN old.summary IS NOT new.summary THEN 'summary ' ELSE '' END
            || CASE WHEN old.importance IS NOT new.importance THEN 'importance ' ELSE '' END
            || CASE WHEN old.status IS NOT new.status THEN 'status ' ELSE '' END,
            CASE WHEN old.id = new.id AND old.json_content IS NOT new.json_content THEN old.json_content END);
END;

CREATE TRIGGER IF NOT EXISTS tl_timeline_events_delete AFTER DELETE ON timeline_events
WHEN (SELECT writing FROM tl_schema) = 0
BEGIN
    INSERT INTO tl_change (event_id, source, columns, old_content)
    VALUES (old.id, 'event', '', old.json_content);
END;

CREATE TRIGGER IF NOT EXISTS tl_event_metadata_insert AFTER INSERT ON event_metadata
WHEN (SELECT writing FROM tl_schema) = 0
BEGIN
    INSERT INTO tl_change (event_id, source, columns) VALUES (new.event_id, 'metadata', '');
END;

CREATE TRIGGER IF NOT EXISTS tl_event_metadata_update
AFTER UPDATE OF event_id, validation_status, validation_date ON event_metadata
WHEN (SELECT writing FROM tl_schema) = 0
BEGIN
    INSERT INTO tl_change (event_id, source, columns)
    SELECT old.event_id, 'metadata', '' WHERE old.event_id <> new.event_id;
    INSERT INTO tl_change (event_id, source, columns) VALUES (new.event_id, 'metadata', '');
END;

CREATE TRIGGER IF NOT EXISTS tl_event_metadata_delete AFTER DELETE ON event_metadata
WHEN (SELECT writing FROM tl_schema) = 0
BEGIN
    INSERT INTO tl_change (event_id, source, columns) VALUES (old.event_id, 'metadata', '');
END;

CREATE TRIGGER IF NOT EXISTS tl_event_insert AFTER INSERT ON tl_event
BEGIN
    INSERT INTO tl_count (state, n) VALUES (new.state, 1) ON CONFLICT (state) DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER IF NOT EXISTS tl_event_update AFTER UPDATE OF state ON tl_event
WHEN old.state <> new.state
BEGIN
    UPDATE tl_count SET n = n - 1 WHERE state = old.state;
    INSERT INTO tl_count (state, n) VALUES (new.state, 1) ON CONFLICT (state) DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER IF NOT EXISTS tl_event_delete AFTER DELETE ON tl_event
BEGIN
    UPDATE tl_count SET n = n - 1 WHERE state = old.state;
END;

CREATE TRIGGER IF NOT EXISTS tl_pull_request_state AFTER UPDATE OF state ON tl_pull_request
WHEN old.state <> new.state
BEGIN
    UPDATE tl_pull_request_event SET active = new.state IN ('running', 'open') WHERE pull_request = new.id;
END;

CREATE TRIGGER IF NOT EXISTS tl_event_year_insert AFTER INSERT ON tl_event
WHEN new.state <> 'gone'
BEGIN
    INSERT INTO tl_year (year, n) VALUES (substr(new.date, 1, 4), 1) ON CONFLICT (year) DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER IF NOT EXISTS tl_event_year_update AFTER UPDATE OF date, state ON tl_event
WHEN substr(old.date, 1, 4) <> substr(new.date, 1, 4) OR (old.state = 'gone') <> (new.state = 'gone')
BEGIN
    UPDATE tl_year SET n = n - 1 WHERE year = substr(old.date, 1, 4) AND old.state <> 'gone';
    INSERT INTO tl_year (year, n) SELECT substr(new.date, 1, 4), 1 WHERE new.state <> 'gone'
    ON CONFLICT (year) DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER IF NOT EXISTS tl_event_year_delete AFTER DELETE ON tl_event
WHEN old.state <> 'gone'
BEGIN
    UPDATE tl_year SET n = n - 1 WHERE year = substr(old.date, 1, 4);
END;

CREATE TRIGGER IF NOT EXISTS tl_event_wait_insert AFTER INSERT ON tl_event
WHEN new.state = 'draft'
BEGIN
    INSERT INTO tl_wait (change, n) VALUES (new.change, 1) ON CONFLICT (change) DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER IF NOT EXISTS tl_event_wait_update AFTER UPDATE OF state, change ON tl_event
WHEN (old.state = 'draft') <> (new.state = 'draft') OR (new.state = 'draft' AND old.change <> new.change)
BEGIN
    UPDATE tl_wait SET n = n - 1 WHERE change = old.change AND old.state = 'draft';
    INSERT INTO tl_wait (change, n) SELECT new.change, 1 WHERE new.state = 'draft'
    ON CONFLICT (change) DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER IF NOT EXISTS tl_event_wait_delete AFTER DELETE ON tl_event
WHEN old.state = 'draft'
BEGIN
    UPDATE tl_wait SET n = n - 1 WHERE change = old.change;
END;
