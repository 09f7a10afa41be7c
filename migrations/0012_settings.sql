-- migrate:up
-- What a workspace's administrators have chosen, by `domain/workspace_settings.py`; what is not in
-- it is as that says.
ALTER TABLE workspaces ADD COLUMN settings jsonb NOT NULL DEFAULT '{}';

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
