-- name: parked_put
INSERT INTO tl_parked (repository, event_id, content, removed, base, revision, author, metadata, export, parked_at)
VALUES (:repository, :event_id, :content, :removed, :base, :revision, :author, :metadata, :export, :now)
ON CONFLICT (repository, event_id) DO UPDATE
SET content = excluded.content, removed = excluded.removed, base = excluded.base, revision = excluded.revision,
    author = excluded.author, metadata = excluded.metadata, export = excluded.export, parked_at = excluded.parked_at

-- What was left there as an edit has rows of its own.
-- name: parked_put_rows
INSERT INTO tl_parked (repository, event_id, metadata, export, parked_at)
VALUES (:repository, :event_id, :metadata, :export, :now)
ON CONFLICT (repository, event_id) DO UPDATE
SET metadata = coalesce(excluded.metadata, metadata), export = coalesce(excluded.export, export),
    parked_at = excluded.parked_at
WHERE content IS NULL

-- name: parked_get
SELECT event_id, content, removed, base, revision, author, metadata, export
FROM tl_parked WHERE repository = :repository AND event_id = :event_id

-- name: parked_ids
SELECT event_id FROM tl_parked WHERE repository = :repository ORDER BY event_id

-- name: parked_forget
DELETE FROM tl_parked WHERE repository = :repository

-- An addition that somebody takes back is to come up again nowhere.
-- name: parked_forget_addition
DELETE FROM tl_parked WHERE event_id = :event_id AND base IS NULL AND content IS NOT NULL

-- The repositories beside the followed one that hold an event.
-- name: parked_holders
SELECT r.id FROM tl_repository r
WHERE r.id <> (SELECT id FROM tl_followed)
  AND EXISTS (SELECT 1 FROM tl_file f WHERE f.repository = r.id AND f.event_id = :event_id)

-- Events that are otherwise here than in the repository.
-- name: parked_leaving
SELECT id FROM tl_event WHERE (change <> 'none' OR state = 'conflict') AND state <> 'gone' ORDER BY id

-- A revision up to the one that was left has been merged, nothing of a repository had been written over it, and the base
-- is still that of before it was sent (or none): what came of it has not been imported.
-- name: parked_landed
SELECT pe.revision, r.content
FROM tl_pull_request_event pe
JOIN tl_pull_request p ON p.id = pe.pull_request
LEFT JOIN tl_revision r ON r.event_id = pe.event_id AND r.revision = pe.revision
WHERE pe.event_id = :id AND pe.repository = :repository AND p.state = 'merged' AND pe.change <> 'removed'
  AND pe.revision <= :revision
  AND (:base_hash = '' OR EXISTS (
    SELECT 1 FROM tl_revision x
    WHERE x.event_id = pe.event_id AND x.revision < pe.revision AND x.content_hash = :base_hash))
  AND NOT EXISTS (
    SELECT 1 FROM tl_revision x
    WHERE x.event_id = pe.event_id AND x.revision > pe.revision AND x.revision <= :revision AND x.author = 'repository')
ORDER BY pe.revision DESC LIMIT 1

-- name: row_columns
SELECT name FROM pragma_table_info(:table) ORDER BY cid
