-- name: event_of_date
SELECT t.id, t.date, r.title, t.state, NULL AS content
FROM tl_event t JOIN timeline_events r ON r.id = t.id
WHERE t.place BETWEEN :first AND :last AND t.date = :date ORDER BY t.place LIMIT :limit

-- name: event_with_url
SELECT t.id, t.date, r.title, t.state, r.json_content AS content
FROM (SELECT rowid AS place FROM tl_search WHERE tl_search MATCH :query ORDER BY rowid DESC LIMIT :limit) w
JOIN tl_event t ON t.place = w.place JOIN timeline_events r ON r.id = t.id
ORDER BY w.place DESC

-- The current one, also of a row that is kept for other tables (state gone), and those before it.
-- name: event_revisions
SELECT t.revision, t.updated_at AS at, t.updated_by AS author, t.reason, r.json_content AS content
FROM tl_event t JOIN timeline_events r ON r.id = t.id WHERE t.id = :id AND t.revision < :before
UNION ALL
SELECT revision, at, author, reason, content FROM tl_revision
WHERE event_id = :id AND revision < :before
ORDER BY 1 DESC LIMIT :limit
