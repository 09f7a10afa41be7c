-- migrate:up
-- A checkup asks for changes as people do, in its own name; a quarantine is forced by the policy
-- that an administrator switched on.
ALTER TABLE change_requests
    DROP CONSTRAINT change_requests_kind_check,
    ADD CONSTRAINT change_requests_kind_check CHECK (kind IN
        ('rollback_revision', 'rollback_release', 'retire', 'restore', 'edit', 'checkup',
         'quarantine'));

-- The runs, and what the last of them to find it has found of each item, with what was asked about
-- it last: a reason that people have declined is not put before them again before it is stronger.
CREATE TABLE checkups (
    workspace     text NOT NULL REFERENCES workspaces,
    id            uuid NOT NULL,
    started_by    text NOT NULL,
    examined      integer NOT NULL,
    found         integer NOT NULL,
    proposed      integer NOT NULL,
    finished_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, id)
);
CREATE INDEX checkups_newest ON checkups (workspace, finished_at DESC);

CREATE TABLE checkup_findings (
    workspace       text NOT NULL,
    item_id         uuid NOT NULL,
    cause           text NOT NULL CHECK (cause IN ('failing', 'contradicted', 'duplicate', 'unused')),
    checkup_id      uuid NOT NULL,
    place           integer NOT NULL,
    kind            text NOT NULL,
    revision        integer NOT NULL,
    other_id        uuid,
    similarity      double precision,
    health          jsonb NOT NULL,
    strength        double precision NOT NULL,
    evidence        integer NOT NULL CHECK (evidence >= 1),
    handling        text NOT NULL,
    request_id      uuid,
    asked_at        timestamptz,
    asked_revision  integer,
    asked_evidence  integer,
    found_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, item_id, cause),
    FOREIGN KEY (workspace, item_id) REFERENCES items (workspace, id),
    FOREIGN KEY (workspace, checkup_id) REFERENCES checkups (workspace, id),
    FOREIGN KEY (workspace, request_id) REFERENCES change_requests (workspace, id),
    CHECK (num_nonnulls(request_id, asked_at, asked_revision, asked_evidence) IN (0, 4))
);
CREATE INDEX checkup_findings_of_run ON checkup_findings (workspace, checkup_id, place);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['checkups', 'checkup_findings'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY of_workspace ON %I USING'
            ' (workspace = (SELECT current_setting(''learning_loop.workspace'', true)))', name);
    END LOOP;
END
$$;
GRANT SELECT, INSERT ON checkups TO learning_loop_app;
GRANT SELECT, INSERT, UPDATE ON checkup_findings TO learning_loop_app;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
