-- migrate:up
-- Whom a comment names with @. `person` is a name as `domain/identity.py` folds it, `name` as the
-- list of people had it when the comment was written.
CREATE TABLE comment_mentions (
    workspace    text NOT NULL,
    comment_id   uuid NOT NULL,
    proposal_id  uuid NOT NULL,
    person       text NOT NULL,
    name         text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, comment_id, person),
    FOREIGN KEY (workspace, proposal_id) REFERENCES proposals (workspace, id)
);
CREATE INDEX comment_mentions_of_person ON comment_mentions (workspace, person, proposal_id);

ALTER TABLE comment_mentions ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_workspace ON comment_mentions
    USING (workspace = (SELECT current_setting('learning_loop.workspace', true)));
GRANT SELECT, INSERT ON comment_mentions TO learning_loop_app;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
