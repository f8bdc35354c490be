-- name: job_insert
INSERT INTO tl_job (kind, args, state, created_by, created_at, not_before)
VALUES (:kind, :args, 'queued', :created_by, :now, :now)

-- One at a time: while one runs none is due. One from the future: the clock has been set back, and nobody knows what its time means.
-- name: job_due
SELECT id FROM tl_job
WHERE state = 'queued' AND (not_before <= :now OR max(created_at, started_at) > :now) AND NOT EXISTS (SELECT 1 FROM tl_job WHERE state = 'running')
ORDER BY id LIMIT 1

-- name: job_next_due
SELECT min(CASE WHEN max(created_at, started_at) > :now THEN 1 ELSE not_before END) AS not_before
FROM tl_job WHERE state = 'queued'

-- name: job_start
UPDATE tl_job
SET state = 'running', phase = '', done = 0, total = 0, bytes = 0, worker_pid = :worker_pid, started_at = :now,
    heartbeat_at = :now, attempts = attempts + 1
WHERE id = :id

-- name: job_progress
UPDATE tl_job SET phase = :phase, done = :done, total = :total, bytes = :bytes, heartbeat_at = :now
WHERE id = :id AND state = 'running'

-- A job that runs no more was taken away from its worker: that one must stop too.
-- name: job_cancel_asked
SELECT cancel_asked OR state <> 'running' AS asked FROM tl_job WHERE id = :id

-- name: job_note
UPDATE tl_job SET result = :note WHERE id = :id AND state = 'running'

-- name: job_finish
UPDATE tl_job
SET state = :state, result = :result, error_code = :error_code, error = :error, finished_at = :now, worker_pid = 0
WHERE id = :id AND state IN ('queued', 'running')

-- Only an uncounted try is taken back.
-- name: job_requeue
UPDATE tl_job
SET state = 'queued', error_code = :error_code, error = :error, not_before = :not_before, worker_pid = 0, phase = '',
    attempts = attempts - :uncounted
WHERE id = :id AND state = 'running'

-- name: job_due_now
UPDATE tl_job SET not_before = :now WHERE id = :id AND state = 'queued' AND not_before > :now

-- name: job_cancel_queued
UPDATE tl_job SET state = 'cancelled', finished_at = :now, cancel_asked = 1 WHERE id = :id AND state = 'queued'

-- name: job_cancel_running
UPDATE tl_job SET cancel_asked = 1 WHERE id = :id AND state = 'running'

-- name: job_lose
INSERT INTO tl_job_loss (job, n) SELECT id, 1 FROM tl_job WHERE state = 'running' AND worker_pid = :worker_pid
ON CONFLICT (job) DO UPDATE SET n = n + 1

-- name: job_losses
SELECT n FROM tl_job_loss WHERE job = :id

-- name: job_lose_log
INSERT INTO tl_job_log (job, at, text)
SELECT id, :now, CASE WHEN cancel_asked THEN 'The worker ended; the job was to be cancelled, and is.'
                      WHEN (SELECT n FROM tl_job_loss WHERE job = id) >= :max_losses
                      THEN 'The worker ended again: the job is given up.'
                      ELSE 'The worker ended in the middle. The job is begun anew.' END
FROM tl_job WHERE state = 'running' AND worker_pid = :worker_pid

-- What was to be cancelled is; what was tried often enough has failed; the rest is queued again.
-- name: job_recover
UPDATE tl_job
SET state = CASE WHEN cancel_asked THEN 'cancelled'
                 WHEN (SELECT n FROM tl_job_loss WHERE job = id) >= :max_losses THEN 'failed' ELSE 'queued' END,
    error_code = CASE WHEN cancel_asked THEN 'cancelled'
                      WHEN (SELECT n FROM tl_job_loss WHERE job = id) >= :max_losses THEN 'worker_lost' ELSE '' END,
    error = CASE WHEN cancel_asked THEN 'The job was cancelled.'
                 WHEN (SELECT n FROM tl_job_loss WHERE job = id) >= :max_losses
                 THEN 'The worker ended each time it tried this. The log of the service says why.' ELSE '' END,
    finished_at = CASE WHEN cancel_asked OR (SELECT n FROM tl_job_loss WHERE job = id) >= :max_losses
                       THEN :now ELSE 0 END,
    worker_pid = 0, phase = '', not_before = :now
WHERE state = 'running' AND worker_pid = :worker_pid

-- name: job_get
SELECT id, kind, args, state, phase, done, total, bytes, result, error_code, error, created_by, created_at, not_before,
       started_at, heartbeat_at, finished_at, attempts, worker_pid, cancel_asked
FROM tl_job WHERE id = :id

-- A thousand previews with their diffs are more than a worker may hold: what was asked and what came of it is read one by one.
-- name: job_list
SELECT id, kind, '' AS args, state, phase, done, total, bytes, '' AS result, error_code, error, created_by, created_at, not_before,
       started_at, heartbeat_at, finished_at, attempts, worker_pid, cancel_asked
FROM tl_job WHERE id < :before ORDER BY id DESC LIMIT :limit

-- The one that runs first, then the newest.
-- name: job_list_active
SELECT id, kind, args, state, phase, done, total, bytes, result, error_code, error, created_by, created_at, not_before,
       started_at, heartbeat_at, finished_at, attempts, worker_pid, cancel_asked
FROM tl_job WHERE state IN ('queued', 'running') AND id < :before ORDER BY state = 'running' DESC, id DESC LIMIT :limit

-- When the remote was last to be asked, whatever came of it.
-- name: job_last_asked
SELECT max(started_at, finished_at, created_at) AS at FROM tl_job
WHERE kind IN ('pull', 'check', 'switch') ORDER BY id DESC LIMIT 1

-- name: job_log_insert
INSERT INTO tl_job_log (job, at, text) VALUES (:job, :now, :text)

-- name: job_log_list
SELECT at, text FROM tl_job_log WHERE job = :job ORDER BY rowid LIMIT :limit

-- name: job_prune
DELETE FROM tl_job
WHERE state NOT IN ('queued', 'running')
  AND (finished_at < :oldest OR id <= (SELECT id FROM tl_job ORDER BY id DESC LIMIT 1 OFFSET :most))

-- name: job_key_get
SELECT request, job FROM tl_idempotency
WHERE caller = :caller AND key = :key AND job IN (SELECT id FROM tl_job)

-- name: job_key_put
INSERT INTO tl_idempotency (caller, key, request, job, at) VALUES (:caller, :key, :request, :job, :now)
ON CONFLICT (caller, key) DO UPDATE SET request = excluded.request, job = excluded.job, at = excluded.at

-- name: job_key_prune
DELETE FROM tl_idempotency WHERE at < :oldest
