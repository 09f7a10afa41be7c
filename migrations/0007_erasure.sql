-- migrate:up
-- A customer's text is erased on request. `customer_ref` is personal itself and goes at the end.
CREATE TABLE erasures (
    workspace      text NOT NULL REFERENCES workspaces,
    id             uuid NOT NULL,
    customer_hash  text NOT NULL,
    customer_ref   text,
    requested_by   text NOT NULL,
    reason         text NOT NULL DEFAULT '',
    status         text NOT NULL DEFAULT 'requested'
        CHECK (status IN ('requested', 'running', 'done')),
    counts         jsonb NOT NULL DEFAULT '{}',
    created_at     timestamptz NOT NULL DEFAULT now(),
    finished_at    timestamptz,
    PRIMARY KEY (workspace, id),
    CHECK (status <> 'done' OR customer_ref IS NULL)
);
CREATE INDEX erasures_unfinished ON erasures (created_at)
    WHERE status IN ('requested', 'running');

-- From `erased_at` on, no step that is under way writes anything of the intervention's text.
ALTER TABLE interventions ADD COLUMN erased_at timestamptz;
CREATE INDEX interventions_of_customer
    ON interventions (workspace, (submission ->> 'customer_ref'));
ALTER TABLE analyses ALTER COLUMN ask_embedding DROP NOT NULL;
ALTER TABLE revisions ADD COLUMN erased_at timestamptz;

-- What is done stays so, and who asked for it, when and for whom is not told otherwise later.
CREATE FUNCTION refuse_erasure_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.status = 'done' AND NEW.status <> 'done')
       OR (NEW.id, NEW.customer_hash, NEW.requested_by, NEW.created_at)
          IS DISTINCT FROM (OLD.id, OLD.customer_hash, OLD.requested_by, OLD.created_at) THEN
        RAISE EXCEPTION 'an erasure is what was asked for, and one that is done stays done'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER erasures_stay BEFORE UPDATE ON erasures
    FOR EACH ROW EXECUTE FUNCTION refuse_erasure_change();

ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_workspace ON erasures
    USING (workspace = (SELECT current_setting('learning_loop.workspace', true)));
-- The delivery loop starts again what lacks a workflow, in all workspaces.
CREATE POLICY of_installation ON erasures FOR SELECT
    USING ((SELECT current_setting('learning_loop.workspace', true)) = '*');
GRANT SELECT, INSERT, UPDATE ON erasures TO learning_loop_app;

-- The application may not change revisions, drafts, evidence, comments and outcomes. These
-- functions do it for an erasure that is running in the session's own workspace, and nothing else.
CREATE FUNCTION erasing_workspace(erasure uuid) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found text;
BEGIN
    SELECT e.workspace INTO found FROM erasures e
    WHERE e.id = erasure AND e.status = 'running'
      AND e.workspace = current_setting('learning_loop.workspace', true);
    IF found IS NULL THEN
        RAISE EXCEPTION 'no erasure % is running here', erasure
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN found;
END
$$;

-- A revision keeps its number, its provenance and the hash of what was approved. That its text
-- was changed, and to what, is part of the audit's chain, so that nobody can change one unnoticed.
CREATE FUNCTION erase_revision(erasure uuid, item uuid, revision integer, remaining jsonb)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    here text := erasing_workspace(erasure);
BEGIN
    UPDATE revisions r SET content = remaining, erased_at = now()
    WHERE r.workspace = here AND r.item_id = item AND r.number = revision;
    INSERT INTO audit (workspace, actor, action, subject, details)
    VALUES (here, 'system', 'revision_erased', 'item/' || item,
            jsonb_build_object(
                'erasure_id', erasure, 'revision', revision,
                'remaining_hash', encode(sha256(convert_to(remaining::text, 'UTF8')), 'hex')));
END
$$;

CREATE FUNCTION refuse_revision_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    callers text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        GET DIAGNOSTICS callers = PG_CONTEXT;
        IF position('erase_revision(uuid,uuid,integer,jsonb)' IN callers) > 0
           AND NEW.erased_at IS NOT NULL
           AND to_jsonb(NEW) - '{content,erased_at}'::text[]
             = to_jsonb(OLD) - '{content,erased_at}'::text[] THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
DROP TRIGGER revisions_are_immutable ON revisions;
CREATE TRIGGER revisions_are_immutable BEFORE UPDATE OR DELETE ON revisions
    FOR EACH ROW EXECUTE FUNCTION refuse_revision_change();

CREATE FUNCTION erase_draft(erasure uuid, proposal uuid, number integer, remaining jsonb)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE proposal_drafts d SET change = remaining
    WHERE d.workspace = erasing_workspace(erasure) AND d.proposal_id = proposal
      AND d.draft = number
$$;

CREATE FUNCTION erase_evidence(erasure uuid, intervention uuid, index integer, remaining jsonb)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE evidence e SET finding = remaining, ask = ''
    WHERE e.workspace = erasing_workspace(erasure) AND e.intervention_id = intervention
      AND e.finding_index = index
$$;

CREATE FUNCTION erase_comment(erasure uuid, comment uuid, remaining text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE comments c SET body = remaining
    WHERE c.workspace = erasing_workspace(erasure) AND c.id = comment
$$;

CREATE FUNCTION erase_outcome(erasure uuid, outcome uuid, remaining text, remaining_reason text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE outcomes o SET query = remaining, handoff_reason = remaining_reason
    WHERE o.workspace = erasing_workspace(erasure) AND o.id = outcome
$$;

-- Those of the customer's interventions, and those that were found to say the customer's words.
-- Their vectors go with them.
CREATE FUNCTION erase_phrasings(erasure uuid, interventions uuid[], passages_with_words uuid[])
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (
        DELETE FROM passages p
        WHERE p.workspace = erasing_workspace(erasure) AND p.source = 'phrasing'
          AND (p.intervention_id = ANY(interventions) OR p.id = ANY(passages_with_words))
        RETURNING 1
    )
    SELECT count(*) FROM gone
$$;

DO $$
DECLARE
    signature text;
BEGIN
    FOREACH signature IN ARRAY ARRAY[
        'erase_revision(uuid, uuid, integer, jsonb)', 'erase_draft(uuid, uuid, integer, jsonb)',
        'erase_evidence(uuid, uuid, integer, jsonb)', 'erase_comment(uuid, uuid, text)',
        'erase_outcome(uuid, uuid, text, text)', 'erase_phrasings(uuid, uuid[], uuid[])'
    ] LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', signature);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO learning_loop_app', signature);
    END LOOP;
END
$$;
REVOKE EXECUTE ON FUNCTION erasing_workspace(uuid) FROM PUBLIC;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
