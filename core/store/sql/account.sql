-- name: account_insert
INSERT INTO tl_account (name, role, password, created_at, created_by, password_at, login_at)
VALUES (:name, :role, :password, :now, :created_by, :now, 0)
ON CONFLICT (name) DO NOTHING

-- name: account_get
SELECT name, role, password, created_by, created_at, password_at, login_at FROM tl_account WHERE name = :name

-- name: account_list
SELECT name, role, password, created_by, created_at, password_at, login_at FROM tl_account ORDER BY name

-- name: account_set_role
UPDATE tl_account SET role = :role WHERE name = :name

-- name: account_set_password
UPDATE tl_account SET password = :password, password_at = :now WHERE name = :name

-- name: account_set_login
UPDATE tl_account SET login_at = :now WHERE name = :name

-- Sessions and tokens go with it (foreign keys).
-- name: account_remove
DELETE FROM tl_account WHERE name = :name

-- name: account_count
SELECT count(*) AS n FROM tl_account WHERE :role IS NULL OR role = :role

-- name: session_insert
INSERT INTO tl_session (hash, account, created_at, seen_at, ends_at)
VALUES (:hash, :account, :created_at, :created_at, :ends_at)

-- name: session_sweep
DELETE FROM tl_session WHERE ends_at <= :now OR seen_at <= :seen_since

-- name: session_keep_newest
DELETE FROM tl_session
WHERE account = :account
  AND hash NOT IN (SELECT hash FROM tl_session WHERE account = :account ORDER BY created_at DESC, hash LIMIT :most)

-- name: session_get
SELECT s.hash, s.account, a.role, s.created_at, s.seen_at, s.ends_at
FROM tl_session AS s JOIN tl_account AS a ON a.name = s.account
WHERE s.hash = :hash

-- name: session_seen
UPDATE tl_session SET seen_at = :now WHERE hash = :hash

-- name: session_remove
DELETE FROM tl_session WHERE hash = :hash

-- name: session_remove_others
DELETE FROM tl_session WHERE account = :account AND hash <> :hash

-- name: session_count
SELECT count(*) AS n FROM tl_session WHERE account = :account AND ends_at > :now AND seen_at > :seen_since

-- name: token_insert
INSERT INTO tl_token (hash, hint, account, name, scope, created_at, created_by, ends_at, used_at)
VALUES (:hash, :hint, :account, :name, :scope, :created_at, :created_by, :ends_at, 0)

-- name: token_get
SELECT t.id, t.hash, t.hint, t.account, t.name, t.scope, a.role, t.created_by, t.created_at, t.ends_at, t.used_at
FROM tl_token AS t JOIN tl_account AS a ON a.name = t.account
WHERE t.hash = :hash

-- name: token_get_id
SELECT t.id, t.hash, t.hint, t.account, t.name, t.scope, a.role, t.created_by, t.created_at, t.ends_at, t.used_at
FROM tl_token AS t JOIN tl_account AS a ON a.name = t.account
WHERE t.id = :id

-- name: token_list
SELECT t.id, t.hash, t.hint, t.account, t.name, t.scope, a.role, t.created_by, t.created_at, t.ends_at, t.used_at
FROM tl_token AS t JOIN tl_account AS a ON a.name = t.account
WHERE :account IS NULL OR t.account = :account
ORDER BY t.id DESC

-- name: token_count
SELECT count(*) AS n FROM tl_token WHERE account = :account

-- name: token_used
UPDATE tl_token SET used_at = :now WHERE id = :id

-- name: token_remove
DELETE FROM tl_token WHERE id = :id

-- name: throttle_get
SELECT key, failures, at, open_at FROM tl_throttle WHERE key = :key

-- name: throttle_set
INSERT INTO tl_throttle (key, failures, at, open_at) VALUES (:key, :failures, :at, :open_at)
ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, at = excluded.at, open_at = excluded.open_at

-- name: throttle_remove
DELETE FROM tl_throttle WHERE key = :key

-- name: throttle_sweep
DELETE FROM tl_throttle WHERE at < :before
