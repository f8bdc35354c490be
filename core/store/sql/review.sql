-- The queue of review: drafts, longest waiting first. A reservation holds when it was made after :since; whose it may be
-- without being passed over is :free_for (NULL: anybody's). Each statement goes along an index of its own.
-- name: queue_all
SELECT t.key, t.id, t.date, r.title, t.change, t.revision, t.updated_at, t.updated_by, t.auto_score,
       CASE WHEN datetime(m.reserved_at) > :since THEN m.reserved_by END AS reserved_by, m.reserved_at,
       v.status AS verdict, v.revision AS verdict_revision, v.notes, r.json_content AS content
FROM tl_event t INDEXED BY tl_event_by_wait
JOIN timeline_events r ON r.id = t.id
LEFT JOIN event_metadata m ON m.event_id = t.id
LEFT JOIN tl_verdict v ON v.id = (SELECT max(id) FROM tl_verdict WHERE event_id = t.id)
WHERE t.state = 'draft' AND (t.updated_at, t.key) > (:at, :key)
  AND (:free_for IS NULL OR m.reserved_by IS NULL OR m.reserved_by = :free_for
       OR coalesce(datetime(m.reserved_at) <= :since, 1))
ORDER BY t.updated_at, t.key LIMIT :limit

-- name: queue_change
SELECT t.key, t.id, t.date, r.title, t.change, t.revision, t.updated_at, t.updated_by, t.auto_score,
       CASE WHEN datetime(m.reserved_at) > :since THEN m.reserved_by END AS reserved_by, m.reserved_at,
       v.status AS verdict, v.revision AS verdict_revision, v.notes, r.json_content AS content
FROM tl_event t INDEXED BY tl_event_by_change_wait
JOIN timeline_events r ON r.id = t.id
LEFT JOIN event_metadata m ON m.event_id = t.id
LEFT JOIN tl_verdict v ON v.id = (SELECT max(id) FROM tl_verdict WHERE event_id = t.id)
WHERE t.state = 'draft' AND t.change = :change AND (t.updated_at, t.key) > (:at, :key)
  AND (:free_for IS NULL OR m.reserved_by IS NULL OR m.reserved_by = :free_for
       OR coalesce(datetime(m.reserved_at) <= :since, 1))
ORDER BY t.updated_at, t.key LIMIT :limit

-- name: queue_count
SELECT coalesce(sum(n), 0) AS n FROM tl_wait WHERE :change IS NULL OR change = :change

-- Few events are reserved at a time, and the index of those holds their times.
-- name: queue_reserved
SELECT count(*) AS n FROM event_metadata m CROSS JOIN tl_event t ON t.id = m.event_id
WHERE m.reserved_by IS NOT NULL AND m.reserved_at > :since AND datetime(m.reserved_at) > :since
  AND m.reserved_by <> :free_for AND t.state = 'draft' AND (:change IS NULL OR t.change = :change)

-- name: queue_place
SELECT updated_at, key FROM tl_event WHERE id = :id

-- name: reservation_get
SELECT reserved_by, reserved_at FROM event_metadata WHERE event_id = :id AND reserved_by IS NOT NULL

-- Status in_progress is how the research tools say the same.
-- name: reservation_update
UPDATE event_metadata
SET reserved_by = :by, reserved_at = :at,
    validation_status = CASE WHEN coalesce(validation_status, 'pending') IN ('', 'pending') THEN 'in_progress'
                             ELSE validation_status END
WHERE event_id = :id

-- name: reservation_insert
INSERT INTO event_metadata (event_id, validation_status, created_by, created_at, reserved_by, reserved_at)
VALUES (:id, 'in_progress', :by, :at, :by, :at)

-- name: reservation_end
UPDATE event_metadata
SET reserved_by = NULL, reserved_at = NULL,
    validation_status = CASE validation_status WHEN 'in_progress' THEN 'pending' ELSE validation_status END
WHERE event_id = :id

-- name: verdict_insert
INSERT INTO tl_verdict (event_id, revision, at, author, status, score, notes)
VALUES (:id, :revision, :at, :author, :status, :score, :notes)

-- name: verdict_list
SELECT revision, at, author, status, score, notes FROM tl_verdict WHERE event_id = :id ORDER BY id DESC LIMIT :limit

-- name: verdict_in_metadata
SELECT validation_status AS status, validation_date, validation_notes AS notes, quality_score AS score
FROM event_metadata WHERE event_id = :id
