-- migrate:up
-- The sweeper looks every few seconds for clicks that no workflow has taken up: few of very many.
CREATE INDEX decisions_pending ON decisions (created_at) WHERE effect = 'pending';
CREATE INDEX review_commands_pending ON review_commands (created_at) WHERE took_effect IS NULL;
CREATE INDEX interventions_unfinished ON interventions (updated_at)
    WHERE status IN ('received', 'analyzing', 'in_review', 'parked');

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
