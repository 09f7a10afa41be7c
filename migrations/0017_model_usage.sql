-- migrate:up
-- What each call of a language model took, those included that led to nothing. No text.
CREATE TABLE model_usage (
    workspace          text NOT NULL REFERENCES workspaces,
    id                 uuid NOT NULL DEFAULT uuidv7(),
    at                 timestamptz NOT NULL DEFAULT now(),
    purpose            text NOT NULL,
    model              text NOT NULL,
    tier               text NOT NULL,
    outcome            text NOT NULL,
    input_tokens       bigint NOT NULL,
    output_tokens      bigint NOT NULL,
    cache_read_tokens  bigint NOT NULL,
    cache_write_tokens bigint NOT NULL,
    cost_usd           numeric,
    intervention_id    uuid,
    PRIMARY KEY (workspace, id)
);
CREATE INDEX model_usage_by_time ON model_usage (workspace, at);

-- Interventions whose reading is bought in a batch: waiting for one, in one, or through with it.
-- What was read is an analysis like any other, so that no text is kept here.
CREATE TABLE batch_readings (
    workspace        text NOT NULL REFERENCES workspaces,
    intervention_id  uuid NOT NULL,
    status           text NOT NULL DEFAULT 'waiting',
    batch_id         text,
    -- The items that the model was shown, in the order of their references.
    known_items      uuid[] NOT NULL DEFAULT '{}',
    reserved_tokens  bigint NOT NULL DEFAULT 0,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, intervention_id),
    FOREIGN KEY (workspace, intervention_id) REFERENCES interventions (workspace, id),
    CHECK ((status = 'submitted') <= (batch_id IS NOT NULL))
);
CREATE INDEX batch_readings_open ON batch_readings (workspace, status, created_at)
    WHERE status IN ('waiting', 'submitted');

GRANT SELECT, INSERT ON model_usage TO learning_loop_app;
GRANT SELECT, INSERT, UPDATE ON batch_readings TO learning_loop_app;
ALTER TABLE model_usage ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_workspace ON model_usage
    USING (workspace = (SELECT current_setting('learning_loop.workspace', true)));
ALTER TABLE batch_readings ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_workspace ON batch_readings
    USING (workspace = (SELECT current_setting('learning_loop.workspace', true)));
-- The delivery loop starts what gathers them, in all workspaces.
CREATE POLICY of_installation ON batch_readings FOR SELECT
    USING ((SELECT current_setting('learning_loop.workspace', true)) = '*');

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
