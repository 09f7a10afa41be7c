-- migrate:up
-- Where a human did otherwise than a policy in force said. One is goodwill; several that deviate
-- from one policy in one way, which the signature names, ask whether the policy is right.
CREATE TABLE deviations (
    workspace        text NOT NULL REFERENCES workspaces,
    intervention_id  uuid NOT NULL,
    policy_id        uuid NOT NULL,
    policy_revision  integer NOT NULL CHECK (policy_revision >= 1),
    signature        text NOT NULL,
    summary          text NOT NULL,
    finding_index    integer NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, intervention_id, policy_id),
    FOREIGN KEY (workspace, intervention_id) REFERENCES interventions (workspace, id)
);
CREATE INDEX deviations_alike ON deviations (workspace, policy_id, signature, created_at);

ALTER TABLE deviations ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_workspace ON deviations USING
    (workspace = (SELECT current_setting('learning_loop.workspace', true)));
GRANT SELECT, INSERT, UPDATE ON deviations TO learning_loop_app;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
