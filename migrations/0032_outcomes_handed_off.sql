-- migrate:up transaction:false
-- The queries that were handed to a human while the agent had an item in mind.
-- Nobody waits for it: the table has a row for each query, and agents report while it is built. One
-- statement a file, as no transaction may be around it. A build that was broken off leaves an index
-- that is not valid: drop it, and migrate again.
CREATE INDEX CONCURRENTLY outcomes_handed_off ON outcomes (workspace, guess, id)
    WHERE guess IS NOT NULL AND handled_by = 'human';

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
