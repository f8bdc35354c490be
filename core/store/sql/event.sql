-- Everything about one event that decides how it is written; one row also when there is no such event.
-- name: event_now
SELECT t.key, t.place, t.date, t.revision, t.content_hash, t.base_hash, t.removed, t.state, t.change, t.auto_score,
       t.updated_at, t.updated_by, t.reason,
       r.id AS row_id, r.json_content, r.file_path,
       m.validation_status,
       (SELECT max(revision) FROM tl_revision WHERE event_id = w.id) AS last_revision,
       EXISTS (SELECT 1 FROM tl_conflict WHERE event_id = w.id) AS conflict,
       EXISTS (SELECT 1 FROM tl_change WHERE event_id = w.id) AS logged
FROM (SELECT :id AS id) w
LEFT JOIN tl_event t ON t.id = w.id
LEFT JOIN timeline_events r ON r.id = w.id
LEFT JOIN event_metadata m ON m.event_id = w.id

-- One of the repository whose bases are in force: what is open elsewhere says nothing about what is to be sent here.
-- name: event_in_open_pr
SELECT 1 AS one FROM tl_pull_request_event pe JOIN tl_pull_request p ON p.id = pe.pull_request
WHERE pe.event_id = :id AND pe.active = 1 AND p.state = 'open'
  AND pe.repository = (SELECT id FROM tl_followed)
  AND CASE WHEN :removed THEN pe.change = 'removed' ELSE pe.change <> 'removed' AND pe.content_hash = :hash END

-- What was sent of it may still come back with an import: the pull request goes on, or no import has followed its merge.
-- name: event_may_come_back
SELECT 1 AS one FROM tl_pull_request_event pe JOIN tl_pull_request p ON p.id = pe.pull_request
WHERE pe.event_id = :id AND pe.change <> 'removed'
  AND (pe.active = 1
       OR p.state = 'merged' AND NOT EXISTS (SELECT 1 FROM tl_pull_request_import i WHERE i.pull_request = p.id))
LIMIT 1

-- name: event_withdrawn
SELECT id FROM tl_event WHERE removed = 2

-- name: event_row_insert
INSERT INTO timeline_events
    (id, json_content, date, title, summary, importance, status, file_path, file_hash, last_synced)
VALUES (:id, :content, :date, :title, :summary, :importance, :status, :file_path, :file_hash, :synced)

-- name: event_row_update
UPDATE timeline_events
SET json_content = :content, date = :date, title = :title, summary = :summary, importance = :importance,
    status = :status, file_path = coalesce(:file_path, file_path), file_hash = :file_hash,
    last_synced = coalesce(:synced, last_synced)
WHERE id = :id

-- name: event_row_touch
UPDATE timeline_events SET file_path = coalesce(:file_path, file_path), last_synced = coalesce(:synced, last_synced)
WHERE id = :id

-- name: event_row_delete
DELETE FROM timeline_events WHERE id = :id

-- name: event_insert
INSERT INTO tl_event
    (key, id, date, place, revision, content_hash, base_hash, change, state, removed, auto_score, updated_at,
     updated_by, reason)
VALUES (:key, :id, :date, :place, :revision, :content_hash, :base_hash, :change, :state, 0, :auto_score, :updated_at,
        :updated_by, :reason)

-- name: event_next_key
SELECT coalesce(max(key), 0) + 1 AS key FROM tl_event

-- name: event_update
UPDATE tl_event
SET date = :date, place = :place, revision = :revision, content_hash = :content_hash, base_hash = :base_hash, change = :change,
    state = :state, removed = :removed, auto_score = :auto_score, updated_at = :updated_at, updated_by = :updated_by,
    reason = :reason
WHERE key = :key

-- name: event_delete
DELETE FROM tl_event WHERE key = :key

-- name: event_metadata_delete
DELETE FROM event_metadata WHERE event_id = :id

-- name: event_export_delete
DELETE FROM event_export_status WHERE event_id = :id

-- name: event_conflict_delete
DELETE FROM tl_conflict WHERE event_id = :id

-- name: event_change_delete
DELETE FROM tl_change WHERE event_id = :id

-- name: revision_insert
INSERT INTO tl_revision (event_id, revision, at, author, reason, content_hash, content)
VALUES (:event_id, :revision, :at, :author, :reason, :content_hash, :content)

-- name: metadata_reset
UPDATE event_metadata SET validation_status = 'pending', validation_date = NULL
WHERE event_id = :id AND validation_status IN ('validated', 'rejected')

-- name: metadata_update
UPDATE event_metadata
SET validation_status = :status, validation_date = :date, validation_notes = :notes, quality_score = :score,
    reserved_by = NULL, reserved_at = NULL
WHERE event_id = :id

-- name: metadata_insert
INSERT INTO event_metadata
    (event_id, validation_status, validation_date, validation_notes, quality_score, created_by, created_at)
VALUES (:id, :status, :date, :notes, :score, :author, :now)

-- name: search_insert
INSERT INTO tl_search (rowid, title, summary, actors, tags, sources, facets)
VALUES (:place, :title, :summary, :actors, :tags, :sources, :facets)

-- name: search_delete
INSERT INTO tl_search (tl_search, rowid, title, summary, actors, tags, sources, facets)
VALUES ('delete', :place, :title, :summary, :actors, :tags, :sources, :facets)

-- name: search_optimize
INSERT INTO tl_search (tl_search) VALUES ('optimize')

-- name: search_clear
INSERT INTO tl_search (tl_search) VALUES ('delete-all')

-- name: search_contents
SELECT t.place, r.json_content FROM tl_event t JOIN timeline_events r ON r.id = t.id
WHERE t.place > 0 ORDER BY t.place

-- name: event_without_place
SELECT key, date FROM tl_event WHERE place = 0 AND state <> 'gone'

-- name: event_set_place
UPDATE tl_event SET place = :place WHERE key = :key

-- What hangs on an event goes with it, so it counts who refers to that too.
-- name: tables_referring_to_event
SELECT m.name AS "table", f."from" AS "column", p.name AS parent, p.event AS event_column,
       coalesce(f."to", p.key) AS parent_column
FROM sqlite_schema m, pragma_foreign_key_list(m.name) f,
     (SELECT 'timeline_events' AS name, 'id' AS event, 'id' AS key UNION ALL
      SELECT 'event_metadata', 'event_id', 'event_id' UNION ALL SELECT 'event_export_status', 'event_id', 'id') p
WHERE m.type = 'table' AND f."table" = p.name COLLATE NOCASE
  AND m.name COLLATE NOCASE NOT IN ('event_metadata', 'event_export_status')

-- name: event_row_columns
SELECT date, title, summary, status, importance FROM timeline_events WHERE id = :id

-- name: event_base_content
SELECT content FROM tl_file
WHERE repository IN (SELECT id FROM tl_repository) AND event_id = :id AND content_hash = :hash AND content IS NOT NULL
LIMIT 1

-- name: event_last_content
SELECT content FROM tl_revision WHERE event_id = :id AND reason <> 'lost' ORDER BY revision DESC LIMIT 1

-- name: event_known_path
SELECT r.events_dir || '/' || CAST(f.path AS TEXT) AS path
FROM tl_setting b JOIN tl_repository r ON r.id = CAST(b.value AS INTEGER) JOIN tl_file f ON f.repository = r.id
WHERE b.key = 'base_repository' AND f.event_id = :id
ORDER BY f.broken, f.format = 'md' DESC, f.format = 'json' DESC, f.path LIMIT 1
