-- migrate:up transaction:false
-- What the inbox is searched in, of the proposals that were there before. Each is a transaction of
-- its own, so that people decide meanwhile; broken off, it begins again without harm.
DO $$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT workspace, id FROM proposals LOOP
        PERFORM write_proposal_text(each.workspace, each.id);
        COMMIT;
    END LOOP;
END
$$;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
