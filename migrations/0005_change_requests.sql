-- migrate:up
-- A person asks for changes; each item that would change is one ordinary proposal.
CREATE TABLE change_requests (
    workspace     text NOT NULL REFERENCES workspaces,
    id            uuid NOT NULL,
    kind          text NOT NULL CHECK (kind IN
        ('rollback_revision', 'rollback_release', 'retire', 'restore', 'edit')),
    mode          text NOT NULL CHECK (mode IN ('reviewed', 'forced')),
    requested_by  text NOT NULL,
    role          text NOT NULL,
    reason        text NOT NULL CHECK (reason <> ''),
    target        jsonb NOT NULL,
    -- Of the changes that it came to when it was asked for: no others are forced.
    content_hashes text[] NOT NULL DEFAULT '{}',
    status        text NOT NULL DEFAULT 'received',
    error_code    text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, id),
    CHECK (mode = 'reviewed' OR role = 'admin')
);
-- Asking for the same twice is asking once, as long as the first is under way.
CREATE UNIQUE INDEX change_requests_once ON change_requests
    (workspace, requested_by, kind, mode, target)
    WHERE status IN ('received', 'in_review', 'parked');
CREATE INDEX change_requests_unfinished ON change_requests (updated_at)
    WHERE status IN ('received', 'in_review', 'parked');

ALTER TABLE proposals
    ALTER COLUMN intervention_id DROP NOT NULL,
    ALTER COLUMN gap DROP NOT NULL,
    ALTER COLUMN analyst DROP NOT NULL,
    ALTER COLUMN confidence DROP NOT NULL,
    ALTER COLUMN embedding DROP NOT NULL,
    ADD COLUMN request_id uuid,
    ADD FOREIGN KEY (workspace, request_id) REFERENCES change_requests (workspace, id),
    ADD UNIQUE (workspace, request_id, finding_index),
    ADD CHECK (num_nonnulls(intervention_id, request_id) = 1),
    ADD CHECK (intervention_id IS NULL
               OR num_nonnulls(gap, analyst, confidence, embedding) = 4);
ALTER TABLE revisions ADD COLUMN request_id uuid;

-- Which revisions an answer rested on, to tell what was served from one that is taken back.
CREATE TABLE outcome_items (
    workspace   text NOT NULL REFERENCES workspaces,
    outcome_id  uuid NOT NULL,
    item_id     uuid NOT NULL,
    revision    integer NOT NULL CHECK (revision >= 1),
    PRIMARY KEY (workspace, outcome_id, item_id, revision),
    FOREIGN KEY (workspace, outcome_id) REFERENCES outcomes (workspace, id) ON DELETE CASCADE
);
CREATE INDEX outcome_items_of_item ON outcome_items (workspace, item_id, outcome_id, revision);
INSERT INTO outcome_items (workspace, outcome_id, item_id, revision)
SELECT o.workspace, o.id, r.item_id, max(r.number)
FROM outcomes o CROSS JOIN LATERAL unnest(o.items_used) AS used (item_id)
JOIN revisions r ON r.workspace = o.workspace AND r.item_id = used.item_id
    AND r.created_at <= o.created_at
GROUP BY o.workspace, o.id, r.item_id;

GRANT SELECT, INSERT, UPDATE ON change_requests TO learning_loop_app;
GRANT SELECT, INSERT ON outcome_items TO learning_loop_app;
ALTER TABLE change_requests ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_workspace ON change_requests
    USING (workspace = (SELECT current_setting('learning_loop.workspace', true)));
-- The delivery loop starts again what lacks a workflow, in all workspaces.
CREATE POLICY of_installation ON change_requests FOR SELECT
    USING ((SELECT current_setting('learning_loop.workspace', true)) = '*');
ALTER TABLE outcome_items ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_workspace ON outcome_items
    USING (workspace = (SELECT current_setting('learning_loop.workspace', true)));

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
