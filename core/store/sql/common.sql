-- name: data_version
PRAGMA data_version

-- name: setting_get
SELECT value FROM tl_setting WHERE key = :key

-- name: setting_set
INSERT INTO tl_setting (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value

-- name: setting_unset
DELETE FROM tl_setting WHERE key = :key

-- name: setting_list
SELECT key, value FROM tl_setting ORDER BY key

-- name: schema_version
PRAGMA schema_version

-- name: schema_cookie
SELECT cookie FROM tl_schema
