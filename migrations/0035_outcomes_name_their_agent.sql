-- migrate:up
-- Whose certainty it is: how sure one agent is of an item says nothing of how sure another must be.
ALTER TABLE outcomes ADD COLUMN agent text NOT NULL DEFAULT 'offline';

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
