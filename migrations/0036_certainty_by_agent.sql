-- migrate:up transaction:false
-- The newest outcomes of one agent that say how certain it was. Built beside the work, as 0032 was.
CREATE INDEX CONCURRENTLY outcomes_certain_by_agent ON outcomes (workspace, agent, id DESC)
    WHERE certainty IS NOT NULL;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
