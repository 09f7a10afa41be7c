-- migrate:up
-- Customers' wordings that were published before passages named the intervention that they are of.
UPDATE passages p SET intervention_id = found.intervention_id
FROM (
    SELECT DISTINCT ON (q.workspace, q.id) q.workspace, q.id, e.intervention_id
    FROM passages q
    JOIN revisions r ON r.workspace = q.workspace AND r.item_id = q.item_id
    JOIN evidence e ON e.workspace = r.workspace AND e.proposal_id = r.proposal_id
        AND e.ask = q.body
    WHERE q.source = 'phrasing' AND q.intervention_id IS NULL
    ORDER BY q.workspace, q.id, e.created_at, e.intervention_id
) AS found
WHERE p.workspace = found.workspace AND p.id = found.id;

-- The delivery loop ends what nobody carries out any more, in all workspaces.
CREATE INDEX imports_unfinished ON imports (created_at) WHERE finished_at IS NULL;
CREATE POLICY of_installation ON imports FOR SELECT
    USING ((SELECT current_setting('learning_loop.workspace', true)) = '*');

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
