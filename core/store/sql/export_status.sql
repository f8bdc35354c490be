-- Pull requests that carried the event, newest first; see store_export_status.c.
-- name: export_status_sent
SELECT p.number, p.state IN ('open', 'merged') AND pe.repository = (SELECT id FROM tl_followed) AS counts,
       p.state = 'merged' AS merged, p.opened_at, p.settled_at,
       CASE WHEN :removed THEN pe.change = 'removed' ELSE pe.change <> 'removed' AND pe.content_hash = :hash END AS same
FROM tl_pull_request_event pe JOIN tl_pull_request p ON p.id = pe.pull_request
WHERE pe.event_id = :id ORDER BY p.id DESC

-- name: export_status_insert
INSERT INTO event_export_status (event_id, exported, export_date, pr_number, merged, merge_date)
SELECT r.id, 1, :date, :number, :merged, :merge_date FROM timeline_events r
WHERE r.id = :id AND NOT EXISTS (SELECT 1 FROM event_export_status x WHERE x.event_id = :id)

-- name: export_status_update
UPDATE event_export_status
SET exported = 1, export_date = :date, pr_number = :number, merged = :merged, merge_date = :merge_date
WHERE event_id = :id
  AND (exported IS NOT 1 OR export_date IS NOT :date OR pr_number IS NOT :number OR merged IS NOT :merged
       OR merge_date IS NOT :merge_date)

-- name: export_status_clear
UPDATE event_export_status
SET exported = 0, export_date = NULL, pr_number = NULL, merged = 0, merge_date = NULL
WHERE event_id = :id
  AND pr_number IN (SELECT p.number FROM tl_pull_request_event pe JOIN tl_pull_request p ON p.id = pe.pull_request
                    WHERE pe.event_id = :id)

-- name: export_status_events
SELECT DISTINCT event_id FROM tl_pull_request_event
