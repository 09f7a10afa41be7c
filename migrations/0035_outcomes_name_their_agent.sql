-- migrate:up
-- How sure one agent is of an item says nothing of how sure another must be.
ALTER TABLE outcomes ADD COLUMN agent text NOT NULL DEFAULT 'offline' CHECK (agent <> '');

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
