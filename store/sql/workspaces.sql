-- name: set_workspace_language
UPDATE workspaces SET language = %(language)s, configuration = %(configuration)s
WHERE id = %(workspace)s RETURNING id

-- name: get_workspace_language
SELECT language FROM workspaces WHERE id = %(workspace)s

-- name: read_passages_anew
-- What is in no language of its own is in the workspace's; customers' wordings among it.
UPDATE passages p SET language = %(configuration)s
FROM items i
WHERE p.workspace = %(workspace)s AND i.workspace = p.workspace AND i.id = p.item_id
  AND i.language IS NULL AND p.language <> %(configuration)s

-- name: get_workspace_settings
SELECT settings FROM workspaces WHERE id = %(workspace)s

-- name: lock_workspace_settings
-- Not FOR UPDATE: whoever writes any row of the workspace would wait.
SELECT settings FROM workspaces WHERE id = %(workspace)s FOR NO KEY UPDATE

-- name: change_workspace_settings
UPDATE workspaces SET settings = settings || %(changed)s WHERE id = %(workspace)s
RETURNING settings
