-- name: decision_insert
INSERT INTO tl_decision
    (event_id, at, author, repository, kind, fields, take, choices, opened_at, base, ours, theirs, base_hash, before,
     after, validation, revision, undone_at, undone_by)
VALUES (:event_id, :at, :author, (SELECT id FROM tl_followed), :kind, :fields, :take, :choices, :opened_at, :base, :ours, :theirs, :base_hash,
        :before, :after, :validation, :revision, 0, '')

-- name: decision_undo
UPDATE tl_decision SET undone_at = :at, undone_by = :author WHERE id = :id

-- name: decision_list
SELECT id, event_id, at, author, kind, fields, take, choices, opened_at, base, ours, theirs, base_hash, before, after,
       validation, revision, undone_at, undone_by, repository <> (SELECT id FROM tl_followed) AS elsewhere
FROM tl_decision WHERE event_id = :event_id ORDER BY id DESC LIMIT :limit

-- name: decision_last
SELECT id, event_id, at, author, kind, fields, take, choices, opened_at, base, ours, theirs, base_hash, before, after,
       validation, revision, undone_at, undone_by, repository <> (SELECT id FROM tl_followed) AS elsewhere
FROM tl_decision WHERE event_id = :event_id AND undone_at = 0 ORDER BY id DESC LIMIT 1
