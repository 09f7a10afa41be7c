-- migrate:up
-- What the dashboard counts is bounded by time, or by an item: each figure reads its own rows only.
-- All that a rate needs of an outcome is in the index, so that no row of the table is touched.
CREATE INDEX outcomes_by_time ON outcomes (workspace, created_at)
    INCLUDE (handled_by, correct, id);
CREATE INDEX outcomes_handed_off ON outcomes (workspace, guess, id)
    WHERE guess IS NOT NULL AND handled_by = 'human';
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
