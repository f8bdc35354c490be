-- name: repository_get
SELECT id, url, branch, events_dir, imported_commit, imported_at, head_commit, checked_at, commits_behind, events_in_repo,
       new_event_format, remote_error
FROM tl_repository WHERE url = :url AND branch = :branch

-- name: repository_insert
INSERT INTO tl_repository
    (url, branch, events_dir, imported_commit, imported_at, head_commit, checked_at, commits_behind, events_in_repo,
     new_event_format, remote_error)
VALUES (:url, :branch, :events_dir, :imported_commit, :imported_at, :head_commit, :checked_at, :commits_behind,
        :events_in_repo, :new_event_format, :remote_error)

-- name: repository_update
UPDATE tl_repository
SET url = :url, branch = :branch, events_dir = :events_dir, imported_commit = :imported_commit,
    imported_at = :imported_at, head_commit = :head_commit, checked_at = :checked_at,
    commits_behind = :commits_behind, events_in_repo = :events_in_repo, new_event_format = :new_event_format,
    remote_error = :remote_error
WHERE id = :id

-- name: file_get
SELECT path, event_id, blob_id, format, content, content_hash, broken, error_line, error, warnings
FROM tl_file WHERE repository = :repository AND path = :path

-- name: file_of_event
SELECT path, event_id, blob_id, format, content, content_hash, broken, error_line, error, warnings
FROM tl_file WHERE repository = :repository AND event_id = :event_id
ORDER BY broken, CASE format WHEN 'md' THEN 0 WHEN 'json' THEN 1 ELSE 2 END, path

-- name: file_put
INSERT INTO tl_file (repository, path, event_id, blob_id, format, content_hash, broken, error_line, error, warnings,
                     content)
VALUES (:repository, :path, :event_id, :blob_id, :format, :content_hash, :broken, :error_line, :error, :warnings,
        :content)
ON CONFLICT (repository, path) DO UPDATE
SET event_id = excluded.event_id, blob_id = excluded.blob_id, format = excluded.format,
    content_hash = excluded.content_hash, broken = excluded.broken, error_line = excluded.error_line,
    error = excluded.error, warnings = excluded.warnings, content = excluded.content

-- name: file_remove
DELETE FROM tl_file WHERE repository = :repository AND path = :path

-- name: file_blobs
SELECT path, event_id, blob_id, format, NULL AS content, content_hash, broken, error_line, error, warnings
FROM tl_file WHERE repository = :repository ORDER BY path

-- name: file_broken
SELECT path, event_id, blob_id, format, content, content_hash, broken, error_line, error, warnings
FROM tl_file WHERE repository = :repository AND broken = 1 ORDER BY path

-- Reads one index alone, in its order: no distinct ids to remember.
-- name: file_count
SELECT coalesce(sum(n), 0) AS files, count(nullif(good, 0)) AS ids, coalesce(sum(md), 0) AS md,
       coalesce(sum(json), 0) AS json
FROM (SELECT count(*) AS n, sum(broken = 0 AND event_id <> '') AS good, sum(format = 'md') AS md,
             sum(format = 'json') AS json
      FROM tl_file WHERE repository = :repository GROUP BY event_id)
