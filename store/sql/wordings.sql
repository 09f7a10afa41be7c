-- name: list_new_wordings
-- How customers asked in the cases behind a proposal, where none of its drafts has shown it: what
-- a reviewer has dropped stays dropped. The newest: among the oldest are those that are not fit
-- to be shown, and were looked at before.
SELECT text, intervention_id FROM (
    SELECT e.ask AS text, e.intervention_id, e.created_at FROM evidence e
    WHERE e.workspace = %(workspace)s AND e.proposal_id = %(proposal_id)s
      AND char_length(e.ask) BETWEEN 1 AND %(longest)s
      AND NOT EXISTS (
          SELECT FROM proposal_drafts d
          WHERE d.workspace = %(workspace)s AND d.proposal_id = e.proposal_id
            AND d.change -> 'phrasings' ? e.ask)
    ORDER BY e.created_at DESC, e.intervention_id DESC LIMIT %(limit)s) AS newest
ORDER BY created_at, intervention_id

-- name: list_left_wordings
-- How customers asked in the cases behind what was applied to an item, where no draft of it was
-- shown with that wording: they came after the draft that was approved.
SELECT text, intervention_id FROM (
    SELECT e.ask AS text, e.intervention_id, e.created_at FROM evidence e
    WHERE e.workspace = %(workspace)s AND char_length(e.ask) BETWEEN 1 AND %(longest)s
      AND e.proposal_id IN (
          SELECT v.proposal_id FROM revisions v
          WHERE v.workspace = %(workspace)s AND v.item_id = %(item_id)s
            AND v.proposal_id IS NOT NULL)
      AND NOT EXISTS (
          SELECT FROM proposal_drafts d
          WHERE d.workspace = %(workspace)s AND d.proposal_id = e.proposal_id
            AND d.change -> 'phrasings' ? e.ask)
    ORDER BY e.created_at DESC, e.intervention_id DESC LIMIT %(limit)s) AS newest
ORDER BY created_at, intervention_id

-- name: list_served_wordings
-- How customers asked who were answered from an item and had time to object and did not, the least
-- certain first: what neither finds the item nor was shown to anybody.
WITH shown AS MATERIALIZED (
    SELECT p.body AS text FROM passages p
    WHERE p.workspace = %(workspace)s AND p.item_id = %(item_id)s AND p.source = 'phrasing'
    UNION
    SELECT jsonb_array_elements_text(d.change -> 'phrasings')
    FROM proposals p
    JOIN proposal_drafts d ON d.workspace = p.workspace AND d.proposal_id = p.id
    WHERE p.workspace = %(workspace)s AND p.item_id = %(item_id)s AND d.change ? 'phrasings'
)
SELECT o.query AS text FROM outcomes o
LEFT JOIN outcome_verdicts v ON v.workspace = o.workspace AND v.outcome_id = o.id
WHERE o.workspace = %(workspace)s AND o.guess = %(item_id)s AND o.handled_by = 'agent'
  AND v.outcome_id IS NULL AND o.correct IS NOT FALSE
  AND o.created_at <= now() - %(settles_after)s
  AND char_length(o.query) BETWEEN 1 AND %(longest)s AND o.query <> %(erased)s
  AND NOT EXISTS (SELECT FROM shown s WHERE s.text = o.query)
GROUP BY o.query
ORDER BY min(o.certainty), o.query
LIMIT %(limit)s

-- name: list_askers
-- Who has asked with these words in the cases behind a proposal, or behind what was applied to its
-- item before; nobody known where the item answered it. Where a checkup has it take over what finds
-- an item that says the same, the wordings and the questions of that one count.
SELECT o.query AS text, NULL::uuid AS intervention_id FROM outcomes o
WHERE o.workspace = %(workspace)s AND o.guess = %(item_id)s::uuid
  AND o.query = ANY(%(texts)s::text[])
UNION ALL
SELECT e.ask, e.intervention_id FROM evidence e
WHERE e.workspace = %(workspace)s AND e.ask = ANY(%(texts)s::text[])
  AND (e.proposal_id = %(proposal_id)s OR e.proposal_id IN (
      SELECT v.proposal_id FROM revisions v
      WHERE v.workspace = %(workspace)s AND v.item_id = %(item_id)s::uuid
        AND v.proposal_id IS NOT NULL))
UNION ALL
SELECT found.text, found.intervention_id
FROM proposals p
JOIN change_requests c ON c.workspace = p.workspace AND c.id = p.request_id
CROSS JOIN LATERAL (
    SELECT s.body AS text, s.intervention_id FROM passages s
    WHERE s.workspace = p.workspace AND s.item_id = (c.target ->> 'item_id')::uuid
      AND s.source = 'phrasing'
    UNION ALL
    -- An erasure takes a customer's words out of every revision.
    SELECT v.content ->> 'question', NULL FROM revisions v
    WHERE v.workspace = p.workspace AND v.item_id = (c.target ->> 'item_id')::uuid) AS found
WHERE p.workspace = %(workspace)s AND p.id = %(proposal_id)s AND c.kind = 'checkup'
  AND found.text = ANY(%(texts)s::text[])
ORDER BY intervention_id NULLS LAST

-- name: list_phrasings_of_item
-- The wordings that find an item now.
SELECT body FROM passages
WHERE workspace = %(workspace)s AND item_id = %(item_id)s AND source = 'phrasing'
  AND until_release IS NULL
ORDER BY id

-- name: list_open_with_key
-- Open proposals that are one at once with a new draft, the oldest first.
SELECT id, intervention_id, merge_key, change, 1.0 AS similarity FROM proposals
WHERE workspace = %(workspace)s AND kind = %(kind)s AND merge_key = %(merge_key)s
  AND intervention_id IS NOT NULL
  AND status IN ('drafting', 'in_review', 'changes_requested', 'parked')
ORDER BY created_at, id

-- name: replace_wordings
UPDATE proposals
SET change = %(change)s, content_hash = %(content_hash)s, draft = %(draft)s, title = %(title)s,
    verification = NULL, updated_at = now()
WHERE workspace = %(workspace)s AND id = %(id)s
