-- name: pr_event_set_files
UPDATE tl_pull_request_event SET files = :files WHERE pull_request = :pull_request AND event_id = :event_id
