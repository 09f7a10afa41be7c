-- migrate:up transaction:false
-- The index by agent serves what this one did.
DROP INDEX CONCURRENTLY outcomes_with_certainty;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
