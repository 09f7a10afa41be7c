-- name: browse_items
-- Items as they are now, with what became of the answers that rested on their heads, in the order
-- that people ask for. What is quarantined was taken out by a checkup, and nobody has decided since.
SELECT i.id, i.kind, i.status, r.number AS revision, r.content, r.erased_at,
       r.created_at AS changed_at, u.used, u.failed
FROM items i
JOIN revisions r ON r.workspace = i.workspace AND r.item_id = i.id AND r.number = i.head_revision
CROSS JOIN LATERAL (
    SELECT count(*) AS used,
           count(*) FILTER (WHERE v.outcome_id IS NOT NULL OR o.correct IS FALSE) AS failed
    FROM outcome_items s
    JOIN outcomes o ON o.workspace = s.workspace AND o.id = s.outcome_id
    LEFT JOIN outcome_verdicts v ON v.workspace = o.workspace AND v.outcome_id = o.id
    WHERE s.workspace = i.workspace AND s.item_id = i.id AND s.revision = i.head_revision
      AND o.handled_by = 'agent'
) AS u
WHERE i.workspace = %(workspace)s
  AND (%(kind)s::text IS NULL OR i.kind = %(kind)s)
  AND (%(status)s::text IS NULL OR i.status = %(status)s)
  AND (%(tags)s::text[] IS NULL OR r.content -> 'tags' ?| %(tags)s::text[])
  AND CASE %(record)s::text
      WHEN 'never_used' THEN u.used = 0
      WHEN 'followed_by_interventions' THEN u.failed > 0
      WHEN 'quarantined' THEN i.status = 'retired' AND EXISTS (
          SELECT FROM checkup_findings f
          WHERE f.workspace = i.workspace AND f.item_id = i.id AND f.handling = 'quarantined'
            AND f.revision + 1 = i.head_revision)
      ELSE true END
ORDER BY CASE %(order)s::text WHEN 'most_used' THEN u.used
                              WHEN 'most_failed' THEN u.failed END DESC NULLS LAST,
         CASE WHEN %(order)s::text = 'title'
              THEN lower(coalesce(r.content ->> 'title', r.content ->> 'name')) END,
         CASE WHEN %(order)s::text = 'changed' THEN r.release END DESC NULLS LAST,
         i.id
LIMIT %(limit)s OFFSET %(offset)s
