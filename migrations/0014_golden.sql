-- migrate:up
-- Past queries that a workspace has picked out, with what a right answer needs. Every proposal is
-- replayed on those that are nearest to it. One that was taken out of the set stays for the record.
CREATE TABLE golden_queries (
    workspace     text NOT NULL REFERENCES workspaces,
    id            uuid NOT NULL DEFAULT uuidv7(),
    query         text NOT NULL,
    expects       text NOT NULL CHECK (expects IN ('answered', 'handoff')),
    must_contain  text[] NOT NULL DEFAULT '{}',
    item_id       uuid,
    note          text NOT NULL DEFAULT '',
    created_by    text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    retired_at    timestamptz,
    PRIMARY KEY (workspace, id),
    FOREIGN KEY (workspace, item_id) REFERENCES items (workspace, id)
);
-- The same words are in the set once; saying them again says anew what is expected.
CREATE UNIQUE INDEX golden_queries_once ON golden_queries (workspace, md5(lower(query)))
    WHERE retired_at IS NULL;

ALTER TABLE golden_queries ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_workspace ON golden_queries
    USING (workspace = (SELECT current_setting('learning_loop.workspace', true)));
GRANT SELECT, INSERT, UPDATE ON golden_queries TO learning_loop_app;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
