-- name: sync_insert
INSERT INTO sync_status
    (repo_url, sync_type, started_at, completed_at, success, events_imported, events_updated, events_exported,
     pr_number, pr_url, branch_name, commits_processed, files_changed, conflicts, errors)
VALUES (:repo_url, :sync_type, :started_at, :completed_at, :success, :events_imported, :events_updated,
        :events_exported, :pr_number, :pr_url, :branch_name, :commits_processed, :files_changed, :conflicts, :errors)

-- name: sync_update
UPDATE sync_status
SET repo_url = :repo_url, sync_type = :sync_type, started_at = :started_at, completed_at = :completed_at,
    success = :success, events_imported = :events_imported, events_updated = :events_updated,
    events_exported = :events_exported, pr_number = :pr_number, pr_url = :pr_url, branch_name = :branch_name,
    commits_processed = :commits_processed, files_changed = :files_changed, conflicts = :conflicts, errors = :errors
WHERE id = :id

-- name: sync_put_own
INSERT INTO tl_sync (id, events_deleted) VALUES (:id, :events_deleted)
ON CONFLICT (id) DO UPDATE SET events_deleted = excluded.events_deleted

-- name: sync_list
SELECT y.id, y.repo_url, y.sync_type, y.started_at, y.completed_at, y.success, y.events_imported, y.events_updated,
       y.events_exported, o.events_deleted, y.pr_number, y.pr_url, y.branch_name, y.commits_processed,
       y.files_changed, y.conflicts, y.errors
FROM sync_status y LEFT JOIN tl_sync o ON o.id = y.id WHERE y.id < :before ORDER BY y.id DESC LIMIT :limit
