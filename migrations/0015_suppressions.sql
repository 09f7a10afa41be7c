-- migrate:up
-- A gap that people rejected is not proposed again while the reason of its rejection holds. The
-- rejected proposal is what new drafts are compared with; it stays as it was rejected.
CREATE TABLE suppressions (
    workspace       text NOT NULL REFERENCES workspaces,
    id              uuid NOT NULL DEFAULT uuidv7(),
    proposal_id     uuid NOT NULL,
    rejected_by     text NOT NULL,
    reason          text NOT NULL DEFAULT '',
    -- The item that it was about, and the revision for which the reason was given.
    item_id         uuid,
    base_revision   integer,
    lifts_after     integer NOT NULL CHECK (lifts_after >= 1),
    status          text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'lifted')),
    lifted_because  text CHECK (lifted_because IN ('by_hand', 'enough_evidence')),
    lifted_by       text,
    -- The proposal that took up what was held back; from then on nothing is compared with this.
    successor_id    uuid,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, proposal_id),
    FOREIGN KEY (workspace, proposal_id) REFERENCES proposals (workspace, id),
    FOREIGN KEY (workspace, successor_id) REFERENCES proposals (workspace, id),
    CHECK ((status = 'lifted') = (lifted_because IS NOT NULL)),
    CHECK (num_nonnulls(item_id, base_revision) IN (0, 2))
);
CREATE INDEX suppressions_successor ON suppressions (workspace, successor_id)
    WHERE successor_id IS NOT NULL;

-- Findings that would have been proposed. They become evidence once it is proposed after all.
CREATE TABLE suppressed_evidence (
    workspace        text NOT NULL,
    suppression_id   uuid NOT NULL,
    intervention_id  uuid NOT NULL,
    finding_index    integer NOT NULL,
    finding          jsonb NOT NULL,
    ask              text NOT NULL DEFAULT '',
    created_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, intervention_id, finding_index),
    FOREIGN KEY (workspace, suppression_id) REFERENCES suppressions (workspace, id),
    FOREIGN KEY (workspace, intervention_id) REFERENCES interventions (workspace, id)
);
CREATE INDEX suppressed_evidence_of ON suppressed_evidence
    (workspace, suppression_id, created_at);

-- What a draft says against an item or another open proposal; one row a pair of sentences, found
-- anew for each draft. A pair of proposals is one row, whichever was searched.
CREATE TABLE contradictions (
    workspace           text NOT NULL,
    id                  uuid NOT NULL DEFAULT uuidv7(),
    proposal_id         uuid NOT NULL,
    other_item_id       uuid,
    other_revision      integer,
    other_proposal_id   uuid,
    statement           text NOT NULL,
    other_statement     text NOT NULL,
    clash               text NOT NULL,
    found_at            timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, id),
    FOREIGN KEY (workspace, proposal_id) REFERENCES proposals (workspace, id),
    FOREIGN KEY (workspace, other_proposal_id) REFERENCES proposals (workspace, id),
    FOREIGN KEY (workspace, other_item_id) REFERENCES items (workspace, id),
    CHECK (num_nonnulls(other_item_id, other_proposal_id) = 1),
    CHECK (num_nonnulls(other_item_id, other_revision) IN (0, 2))
);
CREATE INDEX contradictions_of_proposal ON contradictions (workspace, proposal_id);
CREATE INDEX contradictions_of_other ON contradictions (workspace, other_proposal_id)
    WHERE other_proposal_id IS NOT NULL;

-- The place in the queue, by the formula that `domain/priority.py` explains.
CREATE FUNCTION prevented(verification jsonb) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce((verification ->> 'predicted_prevented')::integer, (
        SELECT count(*)::integer FROM jsonb_array_elements(verification -> 'cases') AS c
        WHERE c ->> 'effect' = 'fixed'), 0)
$$;
ALTER TABLE proposals ADD COLUMN priority integer NOT NULL
    GENERATED ALWAYS AS (support + prevented(verification)) STORED;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['suppressions', 'suppressed_evidence', 'contradictions'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY of_workspace ON %I USING'
            ' (workspace = (SELECT current_setting(''learning_loop.workspace'', true)))', name);
    END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON suppressions TO learning_loop_app;
GRANT SELECT, INSERT ON suppressed_evidence TO learning_loop_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON contradictions TO learning_loop_app;

CREATE FUNCTION erase_suppressed_evidence(
    erasure uuid, intervention uuid, index integer, remaining jsonb
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE suppressed_evidence e SET finding = remaining, ask = ''
    WHERE e.workspace = erasing_workspace(erasure) AND e.intervention_id = intervention
      AND e.finding_index = index
$$;
REVOKE EXECUTE ON FUNCTION erase_suppressed_evidence(uuid, uuid, integer, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_suppressed_evidence(uuid, uuid, integer, jsonb)
    TO learning_loop_app;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
