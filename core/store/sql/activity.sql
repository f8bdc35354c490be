-- name: activity_years
SELECT year, n FROM tl_year WHERE n > 0 AND year GLOB '[0-9][0-9][0-9][0-9]' ORDER BY year

-- name: activity_weeks
SELECT date(substr(started_at, 1, 10), 'weekday 0', '-6 days') AS monday,
       sum(sync_type = 'import' AND success = 1) AS pulls,
       sum(sync_type = 'export' AND success = 1) AS pull_requests,
       sum(success = 0 AND completed_at IS NOT NULL) AS failures
FROM (SELECT started_at, completed_at, success, sync_type FROM sync_status ORDER BY id DESC LIMIT :most)
WHERE started_at >= :since AND date(substr(started_at, 1, 10)) IS NOT NULL
GROUP BY 1 ORDER BY 1
