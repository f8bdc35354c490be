-- name: event_get
SELECT t.id, t.date, r.title, r.summary, r.status, r.file_path, r.importance, r.json_content AS content,
       t.content_hash, t.base_hash, t.revision, t.state, t.change, t.removed, m.validation_status, m.validation_notes,
       m.validation_date, m.quality_score, t.auto_score, t.updated_at, t.updated_by
FROM tl_event t JOIN timeline_events r ON r.id = t.id LEFT JOIN event_metadata m ON m.event_id = t.id
WHERE t.id = :id

-- name: event_at
SELECT t.id, t.date, r.title, r.summary, r.status, r.file_path, r.importance, NULL AS content,
       t.content_hash, t.base_hash, t.revision, t.state, t.change, t.removed, m.validation_status, m.validation_notes,
       m.validation_date, m.quality_score, t.auto_score, t.updated_at, t.updated_by
FROM tl_event t JOIN timeline_events r ON r.id = t.id LEFT JOIN event_metadata m ON m.event_id = t.id
WHERE t.key = :key

-- Lists go down the places, each statement along one index; see store_place_of().
-- name: place_all
SELECT place FROM tl_event WHERE place BETWEEN :first AND :last ORDER BY place DESC

-- name: place_state
SELECT place FROM tl_event WHERE state = :state AND place BETWEEN :first AND :last ORDER BY place DESC

-- name: place_search
SELECT rowid AS place FROM tl_search WHERE tl_search MATCH :query AND rowid BETWEEN :first AND :last
ORDER BY rowid DESC

-- name: event_counts
SELECT state, n FROM tl_count

-- An event stays out while one of its revisions is in a running or open pull request of the followed repository, and
-- after a merge until the next import has brought the merged content.
-- name: event_pending_export
SELECT t.id, t.date, r.title, r.summary, r.status, r.file_path, r.importance, r.json_content AS content,
       t.content_hash, t.base_hash, t.revision, t.state, t.change, t.removed, m.validation_status, m.validation_notes,
       m.validation_date, m.quality_score, t.auto_score, t.updated_at, t.updated_by
FROM tl_event t JOIN timeline_events r ON r.id = t.id LEFT JOIN event_metadata m ON m.event_id = t.id, tl_followed f
WHERE t.state = 'validated' AND t.change <> 'none' AND t.removed <> 2
  AND NOT EXISTS (
    SELECT 1 FROM tl_pull_request_event pe WHERE pe.event_id = t.id AND pe.active = 1 AND pe.repository = f.id)
  AND NOT EXISTS (
    SELECT 1 FROM tl_pull_request_event pe JOIN tl_pull_request p ON p.id = pe.pull_request
    WHERE pe.event_id = t.id AND pe.change = t.change AND pe.content_hash = t.content_hash AND p.state = 'merged'
      AND pe.repository = f.id
      AND p.settled_at > coalesce((SELECT imported_at FROM tl_repository WHERE id = f.id), 0))
ORDER BY t.date, t.id

-- name: event_history
SELECT t.revision, t.updated_at AS at, t.updated_by AS author, t.reason, r.json_content AS content
FROM tl_event t JOIN timeline_events r ON r.id = t.id WHERE t.id = :id
UNION ALL
SELECT revision, at, author, reason, content FROM tl_revision WHERE event_id = :id
ORDER BY 1 DESC LIMIT :limit

-- name: conflict_update
UPDATE tl_conflict SET base = :base, ours = :ours, theirs = :theirs, fields = :fields WHERE event_id = :event_id

-- name: conflict_insert
INSERT INTO tl_conflict (event_id, base, ours, theirs, fields, opened_at)
VALUES (:event_id, :base, :ours, :theirs, :fields, :opened_at)

-- name: conflict_get
SELECT event_id, base, ours, theirs, fields, opened_at FROM tl_conflict WHERE event_id = :event_id

-- name: conflict_list
SELECT event_id, base, ours, theirs, fields, opened_at FROM tl_conflict ORDER BY opened_at, event_id

-- name: conflict_page
SELECT event_id, base, ours, theirs, fields, opened_at FROM tl_conflict
WHERE (opened_at, event_id) > (:opened_at, :event_id) ORDER BY opened_at, event_id LIMIT :limit

-- name: change_left
SELECT count(*) AS n FROM tl_change

-- name: change_events
SELECT event_id, min(seq) AS first, count(*) AS entries FROM tl_change GROUP BY event_id ORDER BY first LIMIT :limit

-- name: change_of_event
SELECT seq, source, columns, old_content FROM tl_change WHERE event_id = :id ORDER BY seq
