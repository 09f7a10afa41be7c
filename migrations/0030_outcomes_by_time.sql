-- migrate:up transaction:false
-- All that a rate needs of an outcome is in the index, so that no row of the table is touched.
-- Nobody waits for it: the table has a row for each query, and agents report while it is built. One
-- statement a file, as no transaction may be around it. A build that was broken off leaves an index
-- that is not valid: drop it, and migrate again.
CREATE INDEX CONCURRENTLY outcomes_by_time ON outcomes (workspace, created_at)
    INCLUDE (handled_by, correct, id);

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
