-- migrate:up
-- When a person last came in by their own sign-in: from a chat they may act for a while after it
-- only, since nothing else shows that they still belong here.
ALTER TABLE people ADD COLUMN signed_in_at timestamptz;
UPDATE people p SET signed_in_at = (
    SELECT max(s.created_at) FROM sessions s
    WHERE s.workspace = p.workspace AND s.person_id = p.id);

-- A provider's token is kept no longer than its session.
CREATE INDEX sessions_with_id_token ON sessions (workspace, expires_at)
    WHERE id_token IS NOT NULL;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
