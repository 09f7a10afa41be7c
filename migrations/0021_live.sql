-- migrate:up
-- Who has a proposal's page open now. Worth nothing after a crash, so nothing is logged for it.
CREATE UNLOGGED TABLE presence (
    workspace    text NOT NULL REFERENCES workspaces,
    proposal_id  uuid NOT NULL,
    person       text NOT NULL,
    until        timestamptz NOT NULL,
    PRIMARY KEY (workspace, proposal_id, person),
    FOREIGN KEY (workspace, proposal_id) REFERENCES proposals (workspace, id)
);
CREATE INDEX presence_by_end ON presence (workspace, until);
GRANT SELECT, INSERT, UPDATE, DELETE ON presence TO learning_loop_app;
ALTER TABLE presence ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_workspace ON presence
    USING (workspace = (SELECT current_setting('learning_loop.workspace', true)));

-- Tells who has a page open that other people come and go, when the transaction commits. Events are
-- not told so but looked for: whatever notifies commits one after another, the whole server's
-- transactions in one line, which made those that write to the audit two to three times as slow.
-- Only names of workspaces and ids of proposals are told; the rest is read as its reader.
CREATE FUNCTION announce_presence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    about presence := coalesce(NEW, OLD);
BEGIN
    PERFORM pg_notify('learning_loop_live', about.workspace || ' ' || about.proposal_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER presence_is_announced AFTER INSERT OR DELETE ON presence
    FOR EACH ROW EXECUTE FUNCTION announce_presence();
-- One more sign of somebody who is known to be there is no news.
CREATE TRIGGER presence_again_is_announced AFTER UPDATE ON presence
    FOR EACH ROW WHEN (OLD.until < now()) EXECUTE FUNCTION announce_presence();

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
