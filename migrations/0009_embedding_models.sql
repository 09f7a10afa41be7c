-- migrate:up
-- A vector is written with the name of the model that made it, never with a supposed one.
ALTER TABLE analyses ALTER COLUMN embedding_model DROP DEFAULT;
ALTER TABLE proposals ALTER COLUMN embedding_model DROP DEFAULT,
    ALTER COLUMN embedding_model DROP NOT NULL;
UPDATE proposals SET embedding_model = NULL WHERE embedding IS NULL;
ALTER TABLE proposals ADD CHECK (num_nonnulls(embedding, embedding_model) IN (0, 2));

-- Takes a model's index away once no workspace has a vector of it; otherwise says that one has.
-- Searches wait while the index goes, so it does not wait long for them itself.
CREATE FUNCTION forget_embedding_model(unwanted text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('embedding_models', 0));
    IF EXISTS (SELECT FROM embeddings WHERE model = unwanted) THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP INDEX IF EXISTS %I', 'embeddings_near_' || left(md5(unwanted), 12));
    DELETE FROM embedding_models WHERE model = unwanted;
    RETURN true;
END
$$;
REVOKE EXECUTE ON FUNCTION forget_embedding_model(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_embedding_model(text) TO learning_loop_app;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
