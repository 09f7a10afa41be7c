-- name: insert_erasure
INSERT INTO erasures (workspace, id, customer_hash, customer_ref, requested_by, reason)
VALUES (%(workspace)s, %(id)s, %(customer_hash)s, %(customer_ref)s, %(requested_by)s, %(reason)s)
RETURNING id, customer_hash, customer_ref, requested_by, reason, status, counts, created_at,
          finished_at

-- name: get_erasure
SELECT id, customer_hash, customer_ref, requested_by, reason, status, counts, created_at,
       finished_at
FROM erasures WHERE workspace = %(workspace)s AND id = %(id)s

-- name: lock_erasure
SELECT id, customer_hash, customer_ref, requested_by, reason, status, counts, created_at,
       finished_at
FROM erasures WHERE workspace = %(workspace)s AND id = %(id)s FOR UPDATE

-- name: set_erasure_status
UPDATE erasures SET status = %(status)s WHERE workspace = %(workspace)s AND id = %(id)s

-- name: finish_erasure
UPDATE erasures SET status = 'done', customer_ref = NULL, reason = %(reason)s,
    counts = %(counts)s, finished_at = now()
WHERE workspace = %(workspace)s AND id = %(id)s

-- name: count_finished_erasures
SELECT count(*) AS count FROM erasures WHERE workspace = %(workspace)s AND status = 'done'

-- name: hold_erasures_off
SELECT pg_advisory_xact_lock_shared(hashtextextended('erasing/' || %(workspace)s, 0))

-- name: lock_erasing
SELECT pg_advisory_xact_lock(hashtextextended('erasing/' || %(workspace)s, 0))

-- name: list_unfinished_erasures
-- Over all workspaces: the sweeper serves the whole installation.
SELECT workspace, id FROM erasures
WHERE status IN ('requested', 'running') AND created_at < now() - %(older_than)s::interval
ORDER BY random() LIMIT %(limit)s

-- name: fence_interventions
UPDATE interventions SET erased_at = now()
WHERE workspace = %(workspace)s AND submission ->> 'customer_ref' = %(customer_ref)s
  AND created_at <= %(until)s AND erased_at IS NULL

-- name: list_interventions_of_customer
SELECT id, external_id, submission, created_at FROM interventions
WHERE workspace = %(workspace)s AND submission ->> 'customer_ref' = %(customer_ref)s
  AND created_at <= %(until)s
ORDER BY created_at, id

-- name: list_erased_among
-- Locked, so that what is written meanwhile is written before the erasure looks for it.
SELECT id FROM interventions
WHERE workspace = %(workspace)s AND id = ANY(%(ids)s) AND erased_at IS NOT NULL
FOR SHARE

-- name: lock_unerased
-- For one writer at a time: two that shared the lock would wait for each other to change the row.
SELECT erased_at FROM interventions
WHERE workspace = %(workspace)s AND id = %(id)s FOR NO KEY UPDATE

-- name: erase_intervention
UPDATE interventions SET submission = %(submission)s, external_id = %(external_id)s,
    body_hash = 'erased', erased_at = coalesce(erased_at, now())
WHERE workspace = %(workspace)s AND id = %(id)s

-- name: known_asks
-- What others have asked.
SELECT ask AS text FROM analyses
WHERE workspace = %(workspace)s AND intervention_id <> ALL(%(interventions)s)

-- name: known_revisions
-- What the company said before it heard of the customer.
SELECT content FROM revisions
WHERE workspace = %(workspace)s AND created_at < %(before)s

-- name: list_derived_proposals
-- What was drafted from the customer's cases, or supported by them.
SELECT proposal_id AS id FROM evidence
WHERE workspace = %(workspace)s AND intervention_id = ANY(%(interventions)s)
UNION
SELECT id FROM proposals
WHERE workspace = %(workspace)s AND intervention_id = ANY(%(interventions)s)

-- name: list_derived_items
-- The items that such a proposal went into, and the first revision that it did.
SELECT item_id, min(number) AS since FROM revisions
WHERE workspace = %(workspace)s
  AND (proposal_id = ANY(%(proposals)s) OR intervention_id = ANY(%(interventions)s))
GROUP BY item_id

-- name: list_proposals_on_items
SELECT id FROM proposals WHERE workspace = %(workspace)s AND item_id = ANY(%(items)s)

-- name: erase_analyses
UPDATE analyses SET ask = %(erased)s, ask_embedding = NULL
WHERE workspace = %(workspace)s AND intervention_id = ANY(%(interventions)s)

-- name: list_analyses_to_erase
SELECT intervention_id, findings FROM analyses
WHERE workspace = %(workspace)s AND intervention_id = ANY(%(interventions)s)

-- name: erase_findings
UPDATE analyses SET findings = %(findings)s
WHERE workspace = %(workspace)s AND intervention_id = %(intervention_id)s

-- name: list_evidence_to_erase
SELECT intervention_id, finding_index, finding FROM evidence
WHERE workspace = %(workspace)s AND intervention_id = ANY(%(interventions)s)

-- name: list_asks_to_erase
SELECT DISTINCT e.ask FROM evidence e
WHERE e.workspace = %(workspace)s AND e.intervention_id = ANY(%(interventions)s) AND e.ask <> ''
  AND NOT EXISTS (
      SELECT FROM evidence o
      WHERE o.workspace = %(workspace)s AND o.ask = e.ask
        AND o.intervention_id <> ALL(%(interventions)s))

-- name: erase_evidence
SELECT erase_evidence(%(erasure)s, %(intervention_id)s, %(finding_index)s, %(finding)s)

-- name: erase_phrasings
SELECT erase_phrasings(%(erasure)s, %(interventions)s::uuid[], %(passages)s::uuid[]) AS count

-- name: list_phrasings_to_erase
SELECT id, body FROM passages WHERE workspace = %(workspace)s AND source = 'phrasing' ORDER BY id

-- name: list_revisions_to_erase
SELECT item_id, number, kind, content FROM revisions WHERE workspace = %(workspace)s
ORDER BY item_id, number

-- name: erase_revision
SELECT erase_revision(%(erasure)s, %(item_id)s, %(number)s, %(content)s)

-- name: replace_passage
-- The words are made anew with the body; its vectors of other models are made anew by whoever
-- embeds all passages.
WITH changed AS (
    UPDATE passages SET body = %(to)s
    WHERE workspace = %(workspace)s AND item_id = %(item_id)s AND source = 'content'
      AND body = %(body)s
    RETURNING id
), old AS (
    DELETE FROM embeddings
    WHERE workspace = %(workspace)s AND passage_id IN (SELECT id FROM changed)
      AND model <> %(model)s
)
UPDATE embeddings SET embedding = %(embedding)s::vector
WHERE workspace = %(workspace)s AND model = %(model)s
  AND passage_id IN (SELECT id FROM changed)

-- name: drop_tags
UPDATE embeddings SET tags = ARRAY(
    SELECT tag FROM unnest(tags) WITH ORDINALITY AS t (tag, place)
    WHERE tag <> ALL(%(tags)s::text[]) ORDER BY place)
WHERE workspace = %(workspace)s AND item_id = %(item_id)s AND tags && %(tags)s::text[]

-- name: list_proposals_to_erase
SELECT id, intervention_id, request_id, finding_index, gap, status, title, rationale, change,
       content_hash, draft, support, analyst, confidence, drafted_by, verification,
       applied_release, created_at, updated_at
FROM proposals WHERE workspace = %(workspace)s ORDER BY id

-- name: erase_proposal
-- A proposal that has no vector gets none.
UPDATE proposals SET title = %(title)s, rationale = %(rationale)s, change = %(change)s,
    content_hash = %(content_hash)s, draft = %(draft)s, status = %(status)s,
    merge_key = %(merge_key)s, verification = %(verification)s, updated_at = now(),
    embedding = CASE WHEN embedding IS NULL THEN NULL
                ELSE coalesce(%(embedding)s::vector, embedding) END,
    embedding_model = coalesce(%(model)s, embedding_model)
WHERE workspace = %(workspace)s AND id = %(id)s

-- name: list_drafts_to_erase
SELECT proposal_id, draft, change FROM proposal_drafts WHERE workspace = %(workspace)s
ORDER BY proposal_id, draft

-- name: erase_draft
SELECT erase_draft(%(erasure)s, %(proposal_id)s, %(draft)s, %(change)s)

-- name: list_decisions_to_erase
SELECT id, proposal_id, comment, edited_change FROM decisions WHERE workspace = %(workspace)s
ORDER BY id

-- name: erase_decision
-- An edit that is not what its writer approved any more has no effect if it had none yet.
UPDATE decisions SET comment = %(comment)s, edited_change = %(edited_change)s,
    effect = CASE WHEN edited_change IS DISTINCT FROM %(edited_change)s AND effect = 'pending'
             THEN 'ignored' ELSE effect END,
    reason = CASE WHEN edited_change IS DISTINCT FROM %(edited_change)s AND effect = 'pending'
             THEN 'stale_content' ELSE reason END,
    settled_at = CASE WHEN edited_change IS DISTINCT FROM %(edited_change)s AND effect = 'pending'
             THEN now() ELSE settled_at END
WHERE workspace = %(workspace)s AND id = %(id)s

-- name: list_comments_to_erase
SELECT id, proposal_id, body FROM comments WHERE workspace = %(workspace)s ORDER BY id

-- name: erase_comment
SELECT erase_comment(%(erasure)s, %(id)s, %(body)s)

-- name: list_named_queries
-- What was asked in outcomes that interventions name.
SELECT query FROM outcomes WHERE workspace = %(workspace)s AND id = ANY(%(outcomes)s)

-- name: list_outcomes_to_erase
SELECT id, query, handoff_reason FROM outcomes WHERE workspace = %(workspace)s ORDER BY id

-- name: erase_outcome
SELECT erase_outcome(%(erasure)s, %(id)s, %(query)s, %(handoff_reason)s)

-- name: list_requests_to_erase
SELECT id, reason FROM change_requests WHERE workspace = %(workspace)s ORDER BY id

-- name: erase_request
UPDATE change_requests SET reason = %(reason)s
WHERE workspace = %(workspace)s AND id = %(id)s
