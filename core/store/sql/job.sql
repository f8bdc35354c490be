-- name: job_active
SELECT id FROM tl_job WHERE kind = :kind AND state IN ('queued', 'running')

-- name: job_insert
INSERT INTO tl_job (kind, args, state, created_by, created_at, not_before)
VALUES (:kind, :args, 'queued', :created_by, :now, :now)

-- name: job_due
SELECT id FROM tl_job WHERE state = 'queued' AND not_before <= :now ORDER BY id LIMIT 1

-- name: job_start
UPDATE tl_job
SET state = 'running', phase = '', worker_pid = :worker_pid, started_at = :now, heartbeat_at = :now,
    attempts = attempts + 1
WHERE id = :id

-- name: job_progress
UPDATE tl_job SET phase = :phase, done = :done, total = :total, bytes = :bytes, heartbeat_at = :now
WHERE id = :id AND state = 'running'

-- name: job_finish
UPDATE tl_job
SET state = :state, result = :result, error_code = :error_code, error = :error, finished_at = :now, worker_pid = 0
WHERE id = :id AND state IN ('queued', 'running')

-- name: job_cancel_queued
UPDATE tl_job SET state = 'cancelled', finished_at = :now, cancel_asked = 1 WHERE id = :id AND state = 'queued'

-- name: job_cancel_running
UPDATE tl_job SET cancel_asked = 1 WHERE id = :id AND state = 'running'

-- What was to be cancelled is; what was tried often enough has failed; the rest is queued again.
-- name: job_recover
UPDATE tl_job
SET state = CASE WHEN cancel_asked THEN 'cancelled' WHEN attempts >= :max_attempts THEN 'failed' ELSE 'queued' END,
    error_code = CASE WHEN NOT cancel_asked AND attempts >= :max_attempts THEN 'worker_lost' ELSE '' END,
    error = CASE WHEN NOT cancel_asked AND attempts >= :max_attempts
                 THEN 'The worker ended each time it tried this. The log of the service says why.' ELSE '' END,
    finished_at = CASE WHEN cancel_asked OR attempts >= :max_attempts THEN :now ELSE 0 END,
    worker_pid = 0, phase = '', not_before = :now
WHERE state = 'running' AND worker_pid = :worker_pid

-- name: job_get
SELECT id, kind, args, state, phase, done, total, bytes, result, error_code, error, created_by, created_at, not_before,
       started_at, heartbeat_at, finished_at, attempts, worker_pid, cancel_asked
FROM tl_job WHERE id = :id

-- name: job_list
SELECT id, kind, args, state, phase, done, total, bytes, result, error_code, error, created_by, created_at, not_before,
       started_at, heartbeat_at, finished_at, attempts, worker_pid, cancel_asked
FROM tl_job ORDER BY id DESC LIMIT :limit

-- name: job_list_active
SELECT id, kind, args, state, phase, done, total, bytes, result, error_code, error, created_by, created_at, not_before,
       started_at, heartbeat_at, finished_at, attempts, worker_pid, cancel_asked
FROM tl_job WHERE state IN ('queued', 'running') ORDER BY id DESC LIMIT :limit
