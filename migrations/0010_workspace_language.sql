-- migrate:up
-- How a workspace's questions are read where they name no language of their own. It follows from
-- the language, by `domain/languages.py`, which only the application knows.
ALTER TABLE workspaces ADD COLUMN configuration text NOT NULL DEFAULT 'english';

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
