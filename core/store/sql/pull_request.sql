-- name: pr_insert
INSERT INTO tl_pull_request
    (state, step, repo_url, base_branch, branch, title, description, message, draft, labels, parent_commit,
    commit_id, author_name, author_email, claimed_at, number, url, plain, error, opened_at, settled_at,
    merge_commit)
VALUES
    (:state, :step, :repo_url, :base_branch, :branch, :title, :description, :message, :draft, :labels,
    :parent_commit, :commit_id, :author_name, :author_email, :claimed_at, :number, :url, :plain, :error,
    :opened_at, :settled_at, :merge_commit)

-- name: pr_update
UPDATE tl_pull_request SET
    state = :state, step = :step, repo_url = :repo_url, base_branch = :base_branch, branch = :branch, title =
    :title, description = :description, message = :message, draft = :draft, labels = :labels, parent_commit =
    :parent_commit, commit_id = :commit_id, author_name = :author_name, author_email = :author_email,
    claimed_at = :claimed_at, number = :number, url = :url, plain = :plain, error = :error, opened_at =
    :opened_at, settled_at = :settled_at, merge_commit = :merge_commit
WHERE id = :id

-- name: pr_get
SELECT id, state, step, repo_url, base_branch, branch, title, description, message, draft, labels,
       parent_commit, commit_id, author_name, author_email, claimed_at, number, url, plain, error, opened_at,
       settled_at, merge_commit,
       (SELECT count(*) FROM tl_pull_request_event pe WHERE pe.pull_request = p.id) AS event_count
FROM tl_pull_request p WHERE p.id = :id

-- name: pr_by_number
SELECT id, state, step, repo_url, base_branch, branch, title, description, message, draft, labels,
       parent_commit, commit_id, author_name, author_email, claimed_at, number, url, plain, error, opened_at,
       settled_at, merge_commit,
       (SELECT count(*) FROM tl_pull_request_event pe WHERE pe.pull_request = p.id) AS event_count
FROM tl_pull_request p WHERE p.repo_url = :repo_url AND p.number = :number AND :number > 0 ORDER BY p.id DESC LIMIT 1

-- name: pr_list
SELECT id, state, step, repo_url, base_branch, branch, title, description, message, draft, labels,
       parent_commit, commit_id, author_name, author_email, claimed_at, number, url, plain, error, opened_at,
       settled_at, merge_commit,
       (SELECT count(*) FROM tl_pull_request_event pe WHERE pe.pull_request = p.id) AS event_count
FROM tl_pull_request p WHERE p.id < :before ORDER BY p.id DESC LIMIT :limit

-- name: pr_list_state
SELECT id, state, step, repo_url, base_branch, branch, title, description, message, draft, labels,
       parent_commit, commit_id, author_name, author_email, claimed_at, number, url, plain, error, opened_at,
       settled_at, merge_commit,
       (SELECT count(*) FROM tl_pull_request_event pe WHERE pe.pull_request = p.id) AS event_count
FROM tl_pull_request p WHERE p.state = :state AND p.id < :before ORDER BY p.id DESC LIMIT :limit

-- name: pr_next_number
SELECT coalesce(max(number), 0) + 1 AS number FROM tl_pull_request WHERE repo_url = :repo_url

-- Those of the repository whose bases are in force.
-- name: pr_open_count
SELECT count(*) AS n FROM tl_pull_request p
WHERE p.state = 'open'
  AND coalesce((SELECT r.id FROM tl_repository r WHERE r.url = p.repo_url AND r.branch = p.base_branch), 0)
      = (SELECT id FROM tl_followed)

-- What the repository holds now left here as an earlier revision, and nothing else of it has come in since; but what is
-- removed now may have been changed there before.
-- name: pr_sent_before
SELECT 1 AS one
FROM tl_pull_request_event pe
JOIN tl_pull_request p ON p.id = pe.pull_request
JOIN tl_event t ON t.id = pe.event_id
WHERE pe.event_id = :id AND p.repo_url = :repo_url AND p.state IN ('running', 'open', 'merged')
  AND CASE WHEN :hash IS NULL THEN pe.change = 'removed' ELSE pe.change <> 'removed' AND pe.content_hash = :hash END
  AND pe.revision < t.revision
  AND (t.updated_by <> 'repository' OR (:hash IS NULL AND t.reason = 'merge'))
  AND NOT EXISTS (
    SELECT 1 FROM tl_revision r
    WHERE r.event_id = t.id AND r.revision > pe.revision AND r.author = 'repository'
      AND NOT (:hash IS NULL AND r.reason = 'merge'))
  AND NOT EXISTS (SELECT 1 FROM tl_pull_request_import i WHERE i.pull_request = p.id)
LIMIT 1

-- Merged, not imported yet, and changed here since; merges with the repository are no imports of it. What was decided
-- after the merge was decided about what came of it.
-- name: pr_landed_before
SELECT pe.revision
FROM tl_pull_request_event pe
JOIN tl_pull_request p ON p.id = pe.pull_request
JOIN tl_event t ON t.id = pe.event_id
WHERE pe.event_id = :id AND p.repo_url = :repo_url AND p.state = 'merged' AND pe.change <> 'removed'
  AND pe.revision < t.revision AND NOT (t.updated_by = 'repository' AND t.reason <> 'merge')
  AND NOT EXISTS (SELECT 1 FROM tl_pull_request_import i WHERE i.pull_request = p.id)
  AND NOT EXISTS (
    SELECT 1 FROM tl_revision x
    WHERE x.event_id = t.id AND x.revision > pe.revision AND x.author = 'repository' AND x.reason <> 'merge')
  AND NOT EXISTS (
    SELECT 1 FROM tl_decision d WHERE d.event_id = t.id AND d.undone_at = 0 AND d.at > p.settled_at)
ORDER BY pe.revision DESC LIMIT 1

-- Sent and on its way, and changed here since: what comes in from the repository meanwhile does not end that.
-- name: pr_waits_before
SELECT 1 AS one
FROM tl_pull_request_event pe
JOIN tl_pull_request p ON p.id = pe.pull_request
JOIN tl_event t ON t.id = pe.event_id
WHERE pe.event_id = :id AND p.repo_url = :repo_url AND pe.active = 1
  AND pe.revision < t.revision AND NOT (t.updated_by = 'repository' AND t.reason <> 'merge')
  AND NOT EXISTS (
    SELECT 1 FROM tl_revision x
    WHERE x.event_id = t.id AND x.revision > pe.revision AND x.author = 'repository' AND x.reason <> 'merge')
LIMIT 1

-- name: pr_imported
INSERT INTO tl_pull_request_import (pull_request)
SELECT id FROM tl_pull_request p
WHERE p.state = 'merged' AND p.repo_url = :repo_url AND p.base_branch = :branch
  AND NOT EXISTS (SELECT 1 FROM tl_pull_request_import i WHERE i.pull_request = p.id)

-- name: pr_sent_since
SELECT p.number FROM tl_pull_request_event pe JOIN tl_pull_request p ON p.id = pe.pull_request
WHERE pe.event_id = :id AND pe.revision = :revision AND p.claimed_at > :at
  AND p.state IN ('running', 'open', 'merged')
ORDER BY p.id DESC LIMIT 1

-- Unless a person has decided since the merge, perhaps for what was sent and against what came of it.
-- name: pr_merged_as_it_is
SELECT 1 AS one
FROM tl_pull_request_event pe
JOIN tl_pull_request p ON p.id = pe.pull_request
JOIN tl_event t ON t.id = pe.event_id AND t.revision = pe.revision
WHERE pe.event_id = :id AND p.repo_url = :repo_url AND p.state = 'merged'
  AND NOT EXISTS (
    SELECT 1 FROM tl_decision d WHERE d.event_id = t.id AND d.undone_at = 0 AND d.at > p.settled_at)
LIMIT 1

-- name: pr_event_insert
INSERT INTO tl_pull_request_event
    (pull_request, event_id, revision, change, content_hash, date, title, files, active, repository)
SELECT id, :event_id, :revision, :change, :content_hash, :date, :title, :files, state IN ('running', 'open'),
       coalesce((SELECT r.id FROM tl_repository r WHERE r.url = p.repo_url AND r.branch = p.base_branch), 0)
FROM tl_pull_request p WHERE id = :pr

-- name: pr_events
SELECT event_id, revision, change, content_hash, date, title, files
FROM tl_pull_request_event WHERE pull_request = :pr ORDER BY date, event_id
