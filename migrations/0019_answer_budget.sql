-- migrate:up
-- What the agent would have answered with, and how certain it was of it, whether it answered or not.
ALTER TABLE outcomes ADD COLUMN guess uuid, ADD COLUMN certainty double precision;
CREATE INDEX outcomes_with_certainty ON outcomes (workspace, id DESC) WHERE certainty IS NOT NULL;
CREATE INDEX outcomes_by_guess ON outcomes (workspace, guess) WHERE guess IS NOT NULL;

-- What an intervention told of a query's outcome: whether the item that the agent had in mind is the
-- one that the human's answer led to.
CREATE TABLE outcome_verdicts (
    workspace        text NOT NULL REFERENCES workspaces,
    outcome_id       uuid NOT NULL,
    intervention_id  uuid NOT NULL,
    guess_right      boolean NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, outcome_id),
    FOREIGN KEY (workspace, outcome_id) REFERENCES outcomes (workspace, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace, intervention_id) REFERENCES interventions (workspace, id)
);
ALTER TABLE outcome_verdicts ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_workspace ON outcome_verdicts
    USING (workspace = (SELECT current_setting('learning_loop.workspace', true)));
GRANT SELECT, INSERT ON outcome_verdicts TO learning_loop_app;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
