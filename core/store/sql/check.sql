-- What `tideline check` asks. Rules give one row per breach: what it is about (subject) and what is wrong there (detail).

-- name: check_file
PRAGMA integrity_check

-- name: check_references
SELECT "table" || ' → ' || parent AS subject, coalesce(CAST(rowid AS TEXT), '') AS detail FROM pragma_foreign_key_check
WHERE "table" GLOB 'tl_*' OR parent GLOB 'tl_*' OR parent = 'timeline_events' COLLATE NOCASE

-- name: check_log
SELECT count(DISTINCT event_id) AS n, (SELECT writing FROM tl_schema) AS writing FROM tl_change

-- name: check_objects
SELECT type, name, sql FROM sqlite_schema WHERE name GLOB 'tl_*' AND type IN ('table', 'index', 'trigger', 'view')
AND name NOT GLOB 'tl_search_*'

-- name: check_event_ids
SELECT id, count(*) OVER () AS n FROM tl_event ORDER BY key

-- name: check_event_row
SELECT date, title, summary, status, importance FROM timeline_events WHERE id = :id

-- name: check_rows_unknown
SELECT r.id AS subject, '' AS detail FROM timeline_events r
WHERE NOT EXISTS (SELECT 1 FROM tl_event t WHERE t.id = r.id)
  AND NOT EXISTS (SELECT 1 FROM tl_change c WHERE c.event_id = r.id)

-- name: check_metadata_status
SELECT m.event_id AS subject, coalesce(CAST(m.validation_status AS TEXT), '') AS detail FROM event_metadata m
WHERE m.validation_status NOT IN ('pending', 'in_progress', 'validated', 'rejected')

-- name: check_metadata_alone
SELECT m.event_id AS subject, '' AS detail FROM event_metadata m
WHERE NOT EXISTS (SELECT 1 FROM timeline_events r WHERE r.id = m.event_id)

-- name: check_export_alone
SELECT x.event_id AS subject, '' AS detail FROM event_export_status x
WHERE NOT EXISTS (SELECT 1 FROM timeline_events r WHERE r.id = x.event_id)

-- An event whose content of now is in an open pull request says so to who reads event_export_status.
-- name: check_export_missing
SELECT t.id AS subject, coalesce(CAST(p.number AS TEXT), '') AS detail
FROM tl_event t
JOIN tl_pull_request_event pe
  ON pe.event_id = t.id AND pe.active = 1 AND pe.repository = (SELECT id FROM tl_followed)
JOIN tl_pull_request p ON p.id = pe.pull_request AND p.state = 'open'
WHERE t.state = 'exported' AND pe.content_hash = t.content_hash
  AND NOT EXISTS (SELECT 1 FROM event_export_status x WHERE x.event_id = t.id AND x.exported = 1 AND x.pr_number IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM tl_change c WHERE c.event_id = t.id)

-- One whose content of now was not sent, or came to nothing, does not say that it was. Other programs' numbers are theirs.
-- name: check_export_stale
SELECT t.id AS subject, CAST(x.pr_number AS TEXT) AS detail
FROM event_export_status x JOIN tl_event t ON t.id = x.event_id
WHERE x.exported <> 0 AND t.change <> 'none'
  AND EXISTS (SELECT 1 FROM tl_pull_request_event pe JOIN tl_pull_request p ON p.id = pe.pull_request
              WHERE pe.event_id = t.id AND p.number = x.pr_number)
  AND NOT EXISTS (
    SELECT 1 FROM tl_pull_request_event pe JOIN tl_pull_request p ON p.id = pe.pull_request
    WHERE pe.event_id = t.id AND p.number = x.pr_number AND pe.repository = (SELECT id FROM tl_followed)
      AND p.state = CASE WHEN x.merged THEN 'merged' ELSE 'open' END
      AND CASE WHEN t.removed THEN pe.change = 'removed' ELSE pe.change <> 'removed' AND pe.content_hash = t.content_hash END)
  AND NOT EXISTS (SELECT 1 FROM tl_change c WHERE c.event_id = t.id)

-- name: check_state_counts
SELECT state AS subject, CAST(sum(n) AS TEXT) AS detail
FROM (SELECT state, n FROM tl_count UNION ALL SELECT state, -count(*) FROM tl_event GROUP BY state)
GROUP BY state HAVING sum(n) <> 0

-- name: check_year_counts
SELECT year AS subject, CAST(sum(n) AS TEXT) AS detail
FROM (SELECT year, n FROM tl_year
      UNION ALL SELECT substr(date, 1, 4), -count(*) FROM tl_event WHERE state <> 'gone' GROUP BY 1)
GROUP BY year HAVING sum(n) <> 0

-- name: check_wait_counts
SELECT change AS subject, CAST(sum(n) AS TEXT) AS detail
FROM (SELECT change, n FROM tl_wait
      UNION ALL SELECT change, -count(*) FROM tl_event WHERE state = 'draft' GROUP BY 1)
GROUP BY change HAVING sum(n) <> 0

-- name: check_places
SELECT id AS subject, CAST(place AS TEXT) AS detail FROM tl_event
WHERE place IN (SELECT place FROM tl_event WHERE place <> 0 GROUP BY place HAVING count(*) > 1)

-- name: check_revisions
SELECT event_id, revision, content_hash, content, count(*) OVER () AS n FROM tl_revision ORDER BY event_id, revision, id

-- name: check_revision_current
SELECT t.id AS subject, CAST(t.revision AS TEXT) AS detail FROM tl_event t
WHERE t.revision <> 1 + coalesce((SELECT max(r.revision) FROM tl_revision r WHERE r.event_id = t.id), 0)

-- name: check_content_kept
SELECT 1 AS one FROM tl_event WHERE id = :id AND content_hash = :hash
UNION ALL SELECT 1 FROM tl_revision WHERE event_id = :id AND content_hash = :hash LIMIT 1

-- name: check_conflict_alone
SELECT c.event_id AS subject, '' AS detail FROM tl_conflict c
WHERE NOT EXISTS (SELECT 1 FROM tl_event t WHERE t.id = c.event_id)

-- name: check_conflict_none
SELECT c.event_id AS subject, '' AS detail FROM tl_conflict c WHERE c.ours IS NULL AND c.theirs IS NULL

-- name: check_pr_state
SELECT CAST(id AS TEXT) AS subject, state || ' at ' || step AS detail FROM tl_pull_request
WHERE state NOT IN ('running', 'open', 'merged', 'closed', 'failed')
   OR step NOT IN ('claimed', 'committed', 'pushed', 'opened', 'recorded')
   OR (state = 'running' AND step = 'recorded')
   OR (state IN ('open', 'merged', 'closed') AND step <> 'recorded')

-- name: check_pr_incomplete
SELECT CAST(id AS TEXT) AS subject,
       CASE WHEN length(parent_commit) <> 40 THEN 'no parent commit'
            WHEN step <> 'claimed' AND length(commit_id) <> 40 THEN 'no commit'
            WHEN step IN ('opened', 'recorded') AND number <= 0 THEN 'no number'
            WHEN step IN ('opened', 'recorded') AND opened_at <= 0 THEN 'no time of opening'
            WHEN state IN ('merged', 'closed', 'failed') AND settled_at <= 0 THEN 'no time of settling'
            WHEN claimed_at <= 0 THEN 'no time of the claim'
            WHEN branch = '' THEN 'no branch'
            WHEN NOT EXISTS (SELECT 1 FROM tl_pull_request_event pe WHERE pe.pull_request = p.id) THEN 'no events'
       END AS detail
FROM tl_pull_request p WHERE detail IS NOT NULL

-- name: check_pr_active
SELECT CAST(p.id AS TEXT) AS subject, pe.event_id AS detail
FROM tl_pull_request p JOIN tl_pull_request_event pe ON pe.pull_request = p.id
WHERE pe.active <> (p.state IN ('running', 'open'))

-- name: check_pr_twice
SELECT pe.event_id AS subject, group_concat(pe.pull_request, ', ') AS detail
FROM tl_pull_request_event pe JOIN tl_pull_request p ON p.id = pe.pull_request
WHERE p.state IN ('running', 'open') GROUP BY pe.event_id, pe.revision, pe.repository HAVING count(*) > 1

-- name: check_pr_number_twice
SELECT CAST(max(id) AS TEXT) AS subject, CAST(number AS TEXT) AS detail FROM tl_pull_request
WHERE number > 0 GROUP BY repo_url, number HAVING count(*) > 1

-- What was sent is in the history, so that nothing that left is lost here.
-- name: check_pr_revision
SELECT CAST(pe.pull_request AS TEXT) AS subject, pe.event_id || ' revision ' || pe.revision AS detail
FROM tl_pull_request_event pe
WHERE NOT EXISTS (SELECT 1 FROM tl_event t WHERE t.id = pe.event_id AND t.revision = pe.revision AND t.content_hash = pe.content_hash)
  AND NOT EXISTS (SELECT 1 FROM tl_revision r WHERE r.event_id = pe.event_id AND r.revision = pe.revision AND r.content_hash = pe.content_hash)

-- name: check_parked
SELECT event_id AS subject, '' AS detail FROM tl_parked WHERE repository = (SELECT id FROM tl_followed)

-- name: check_job_state
SELECT CAST(id AS TEXT) AS subject,
       CASE WHEN state NOT IN ('queued', 'running', 'succeeded', 'failed', 'cancelled') THEN 'the state ' || state
            WHEN state IN ('succeeded', 'failed', 'cancelled') AND finished_at <= 0 THEN 'ended, but never'
            WHEN state IN ('queued', 'running') AND finished_at > 0 THEN 'ended, and still ' || state
            WHEN state = 'running' AND (started_at <= 0 OR worker_pid <= 0) THEN 'running, but by nobody'
            WHEN NOT json_valid(args) THEN 'unreadable arguments'
            WHEN state = 'succeeded' AND NOT json_valid(result) THEN 'succeeded without a result'
       END AS detail
FROM tl_job WHERE detail IS NOT NULL

-- name: check_job_twice
SELECT CAST(max(id) AS TEXT) AS subject, kind AS detail FROM tl_job
WHERE state IN ('queued', 'running') GROUP BY kind, CASE WHEN kind IN ('preview', 'compare') THEN args ELSE '' END HAVING count(*) > 1

-- name: check_files
SELECT CAST(path AS TEXT) AS subject,
       CASE WHEN format NOT IN ('md', 'json', 'yaml', '') THEN 'the format ' || format
            WHEN length(blob_id) <> 40 THEN 'no blob'
            WHEN broken AND error = '' THEN 'it cannot be read, but nothing says why'
            WHEN NOT broken AND (content IS NULL OR event_id = '') THEN 'it can be read, but holds no event'
            WHEN (content IS NULL OR content = '') <> (content_hash = '') THEN 'a hash without content or a content without hash'
       END AS detail
FROM tl_file WHERE detail IS NOT NULL

-- name: check_file_contents
SELECT CAST(path AS TEXT) AS path, content, content_hash, count(*) OVER () AS n FROM tl_file WHERE content <> ''

-- name: check_followed
SELECT s.value AS subject, '' AS detail FROM tl_setting s
WHERE s.key = 'base_repository' AND NOT EXISTS (SELECT 1 FROM tl_repository r WHERE r.id = CAST(s.value AS INTEGER))

-- name: check_events_in_repo
SELECT r.url AS subject, CAST(r.events_in_repo AS TEXT) AS detail FROM tl_repository r
WHERE r.imported_at > 0 AND r.events_in_repo <>
  (SELECT count(DISTINCT event_id) FROM tl_file f WHERE f.repository = r.id AND f.broken = 0 AND f.event_id <> '')

-- The best file of an event is its base. While a conflict is open the base is what both sides last shared.
-- name: check_bases
SELECT t.id AS subject, CASE base WHEN '' THEN 'it has no base, but a file' ELSE 'its base is not what its file holds' END AS detail
FROM (SELECT id, state, base_hash AS base,
             coalesce((SELECT f.content_hash FROM tl_file f
                       WHERE f.repository = :repository AND f.event_id = e.id AND f.content IS NOT NULL
                       ORDER BY f.broken, CASE f.format WHEN 'md' THEN 0 WHEN 'json' THEN 1 ELSE 2 END, f.path LIMIT 1),
                      '') AS best
      FROM tl_event e) t
WHERE t.base <> t.best AND t.state <> 'conflict' AND NOT EXISTS (SELECT 1 FROM tl_change c WHERE c.event_id = t.id)

-- name: check_conflict_theirs
SELECT c.event_id, c.theirs,
       coalesce((SELECT f.content_hash FROM tl_file f
                 WHERE f.repository = :repository AND f.event_id = c.event_id AND f.content IS NOT NULL
                 ORDER BY f.broken, CASE f.format WHEN 'md' THEN 0 WHEN 'json' THEN 1 ELSE 2 END, f.path LIMIT 1),
                '') AS best
FROM tl_conflict c

-- name: check_files_unknown
SELECT f.event_id AS subject, CAST(f.path AS TEXT) AS detail FROM tl_file f
WHERE f.repository = :repository AND f.event_id <> '' AND f.content IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM tl_event t WHERE t.id = f.event_id AND t.state <> 'gone')
  AND NOT EXISTS (SELECT 1 FROM tl_change c WHERE c.event_id = f.event_id)

-- name: check_search
SELECT t.id, t.place, r.json_content AS content, count(*) OVER () AS n,
       EXISTS (SELECT 1 FROM tl_change c WHERE c.event_id = t.id) AS logged
FROM tl_event t LEFT JOIN timeline_events r ON r.id = t.id WHERE t.place > 0 ORDER BY t.place
