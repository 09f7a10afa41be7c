-- migrate:up
-- What an import brings in waits here, so that its workflow's history carries ids only. The text
-- goes once the import has ended; what became of each entry stays.
CREATE TABLE imports (
    workspace     text NOT NULL REFERENCES workspaces,
    id            uuid NOT NULL DEFAULT uuidv7(),
    requested_by  text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    finished_at   timestamptz,
    PRIMARY KEY (workspace, id)
);
CREATE TABLE import_entries (
    workspace  text NOT NULL,
    import_id  uuid NOT NULL,
    place      integer NOT NULL,
    entry      jsonb,
    outcome    text,
    problem    text NOT NULL DEFAULT '',
    item_id    uuid,
    release    integer,
    PRIMARY KEY (workspace, import_id, place),
    FOREIGN KEY (workspace, import_id) REFERENCES imports (workspace, id)
);

-- The language that an item is written in, if it is not its workspace's.
ALTER TABLE items ADD COLUMN language text;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['imports', 'import_entries'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY of_workspace ON %I USING'
            ' (workspace = (SELECT current_setting(''learning_loop.workspace'', true)))', name);
    END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON imports, import_entries TO learning_loop_app;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
