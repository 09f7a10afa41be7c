-- name: list_open_near
-- The other open proposals that say something, nearest in meaning first.
SELECT p.id, p.kind, p.change, r.content AS base
FROM proposals p
LEFT JOIN revisions r ON r.workspace = p.workspace AND r.item_id = p.item_id
    AND r.number = (p.change ->> 'base_revision')::integer
WHERE p.workspace = %(workspace)s AND p.id <> %(proposal_id)s
  AND p.kind IN ('article', 'policy') AND p.operation <> 'retire'
  AND p.status IN ('drafting', 'in_review', 'changes_requested', 'parked', 'approved', 'conflicted')
  AND p.embedding_model = %(model)s
ORDER BY p.embedding <=> %(embedding)s::vector LIMIT %(limit)s

-- name: lock_contradictions
-- Two drafts that contradict each other are not searched past each other, nor do the rows that
-- name both wait for each other's proposals.
SELECT pg_advisory_xact_lock(hashtextextended('contradictions/' || %(workspace)s, 0))

-- name: forget_contradictions
-- A pair of proposals is one row, whichever of the two was searched.
DELETE FROM contradictions
WHERE workspace = %(workspace)s
  AND (proposal_id = %(proposal_id)s OR other_proposal_id = %(proposal_id)s)

-- name: insert_contradiction
INSERT INTO contradictions
    (workspace, proposal_id, other_item_id, other_revision, other_proposal_id, statement,
     other_statement, clash)
VALUES (%(workspace)s, %(proposal_id)s, %(other_item_id)s, %(other_revision)s,
        %(other_proposal_id)s, %(statement)s, %(other_statement)s, %(clash)s)

-- name: list_contradictions
-- Seen from one proposal: what it says comes first, whichever of the two was searched. A retired
-- item, or another proposal that was not applied, contradicts nothing any more; once the other is
-- applied, its item does, unless it is the one that this proposal changes.
SELECT c.id, p.id AS proposal_id, p.kind, p.change -> 'content' AS content,
       i.id AS other_item_id, coalesce(c.other_revision, i.head_revision) AS other_revision,
       CASE WHEN i.id IS NULL THEN o.id END AS other_proposal_id,
       coalesce(i.kind, o.kind) AS other_kind,
       coalesce(r.content, o.change -> 'content') AS other_content,
       CASE WHEN c.proposal_id = p.id THEN c.statement ELSE c.other_statement END AS statement,
       CASE WHEN c.proposal_id = p.id THEN c.other_statement ELSE c.statement END
           AS other_statement,
       c.clash, c.found_at
FROM proposals p
JOIN contradictions c ON c.workspace = p.workspace
    AND (c.proposal_id = p.id OR c.other_proposal_id = p.id)
LEFT JOIN proposals o ON o.workspace = p.workspace
    AND o.id = CASE WHEN c.proposal_id = p.id THEN c.other_proposal_id ELSE c.proposal_id END
LEFT JOIN items i ON i.workspace = p.workspace
    AND i.id = coalesce(c.other_item_id, (
        SELECT l.item_id FROM releases l
        WHERE l.workspace = o.workspace AND l.proposal_id = o.id AND o.status = 'applied'
        ORDER BY l.number DESC LIMIT 1))
LEFT JOIN revisions r ON r.workspace = i.workspace AND r.item_id = i.id
    AND r.number = i.head_revision
WHERE p.workspace = %(workspace)s AND p.id = ANY(%(proposal_ids)s)
  AND i.id IS DISTINCT FROM coalesce(p.item_id, p.id)
  AND (i.status = 'active' OR o.status IN
       ('drafting', 'in_review', 'changes_requested', 'parked', 'approved', 'conflicted'))
ORDER BY c.found_at, c.id

-- name: list_contradictions_to_erase
SELECT id, proposal_id, other_proposal_id, statement, other_statement FROM contradictions
WHERE workspace = %(workspace)s ORDER BY id

-- name: erase_contradiction
UPDATE contradictions SET statement = %(statement)s, other_statement = %(other_statement)s
WHERE workspace = %(workspace)s AND id = %(id)s
