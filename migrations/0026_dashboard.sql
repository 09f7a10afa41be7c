-- migrate:up
-- What the dashboard counts is bounded by time, or by an item: each figure reads its own rows only.
-- These tables have a row for each time that a human came in or decided: a few milliseconds of
-- waiting for ten thousand of them. The indexes of all answers come by themselves.
CREATE INDEX outcome_verdicts_of_intervention ON outcome_verdicts (workspace, intervention_id);
CREATE INDEX interventions_by_time ON interventions (workspace, created_at);
CREATE INDEX analyses_by_time ON analyses (workspace, created_at);
CREATE INDEX decisions_by_time ON decisions (workspace, created_at);
CREATE INDEX proposals_of_item ON proposals (workspace, item_id) WHERE item_id IS NOT NULL;
CREATE INDEX releases_learned ON releases (workspace, created_at, item_id)
    WHERE proposal_id IS NOT NULL;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
