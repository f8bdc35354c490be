-- What other programs wrote while no trigger stood, put into the log as the triggers would have; see store_watch.c.
-- name: watch_unknown
INSERT INTO tl_change (event_id, source, columns)
SELECT r.id, 'event', '' FROM timeline_events r WHERE NOT EXISTS (SELECT 1 FROM tl_event t WHERE t.id = r.id)

-- name: watch_lost
INSERT INTO tl_change (event_id, source, columns)
SELECT t.id, 'event', '' FROM tl_event t WHERE NOT EXISTS (SELECT 1 FROM timeline_events r WHERE r.id = t.id)

-- name: watch_rows
SELECT r.id, r.json_content, r.date, r.title, r.summary, r.status, r.importance,
       r.file_hash = t.content_hash AS written_here, t.content_hash
FROM tl_event t JOIN timeline_events r ON r.id = t.id

-- name: watch_log
INSERT INTO tl_change (event_id, source, columns) VALUES (:id, 'event', :columns)

-- Behind the others: a verdict that was not there before is about the content of now.
-- name: watch_verdicts
INSERT INTO tl_change (event_id, source, columns)
SELECT t.id, 'metadata', '' FROM tl_event t LEFT JOIN event_metadata m ON m.event_id = t.id
WHERE t.state IN ('draft', 'validated', 'rejected')
  AND t.state <> CASE WHEN m.validation_status IN ('validated', 'rejected') THEN m.validation_status ELSE 'draft' END
