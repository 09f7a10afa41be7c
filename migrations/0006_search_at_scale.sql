-- migrate:up
-- Vectors are indexed as halves of floats: not much more than half the size, the same recall and
-- speed, and up to 4,000 components. What is compared with them is found among the candidates by
-- the whole vectors of the table.
CREATE OR REPLACE FUNCTION ensure_embedding_model(wanted text, wanted_dimension integer)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    known integer;
BEGIN
    SELECT dimension INTO known FROM embedding_models WHERE model = wanted;
    IF known IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('embedding_models', 0));
        SELECT dimension INTO known FROM embedding_models WHERE model = wanted;
    END IF;
    IF known IS NULL THEN
        EXECUTE format(
            'CREATE INDEX %I ON embeddings USING hnsw'
            ' ((embedding::halfvec(%s)) halfvec_cosine_ops) WHERE model = %L AND live',
            'embeddings_near_' || left(md5(wanted), 12), wanted_dimension, wanted);
        INSERT INTO embedding_models (model, dimension) VALUES (wanted, wanted_dimension);
    ELSIF known <> wanted_dimension THEN
        RAISE EXCEPTION 'the vectors of % have % numbers, not %', wanted, known, wanted_dimension
            USING ERRCODE = 'check_violation';
    END IF;
END
$$;

ALTER TABLE embedding_models DROP CONSTRAINT embedding_models_dimension_check,
    ADD CHECK (dimension BETWEEN 1 AND 4000);

DO $$
DECLARE
    known embedding_models;
BEGIN
    FOR known IN DELETE FROM embedding_models RETURNING * LOOP
        EXECUTE format('DROP INDEX %I', 'embeddings_near_' || left(md5(known.model), 12));
        PERFORM ensure_embedding_model(known.model, known.dimension);
    END LOOP;
END
$$;

-- A search of few kinds or tags reads those rows rather than the neighbours of all kinds and tags.
CREATE INDEX embeddings_of_kind ON embeddings (workspace, model, kind) WHERE live;
CREATE INDEX embeddings_tagged ON embeddings USING gin (tags) WHERE live;
-- The same of an early release, since which most of what is known now has been said.
CREATE INDEX passages_since ON passages (workspace, from_release) WHERE until_release IS NULL;

-- The words of a question as two queries: passages with any of them (`every`), and those of them
-- that are worth a look (`seldom`): with a word that few passages have, or else with all words.
-- A word of thousands of passages costs a search more than everything else. How many have it is
-- what ANALYZE last estimated for all workspaces, which only the owner may read.
CREATE FUNCTION search_words(
    configuration regconfig, asked text, OUT every tsquery, OUT seldom tsquery
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    most CONSTANT integer := 500;
    kept CONSTANT integer := 16;
    words text[] := tsvector_to_array(to_tsvector(configuration, asked));
    total real := (SELECT reltuples FROM pg_class WHERE oid = 'public.passages'::regclass);
    common text[];
    shares real[];
    quoted text[];
    chosen text[];
BEGIN
    IF total > most THEN
        SELECT most_common_elems::text::text[], most_common_elem_freqs INTO common, shares
        FROM pg_stats
        WHERE schemaname = 'public' AND tablename = 'passages' AND attname = 'words';
    END IF;
    SELECT array_agg(quote), (array_agg(quote ORDER BY share NULLS FIRST)
            FILTER (WHERE share IS NULL OR share * total <= most))[:kept]
    INTO quoted, chosen
    FROM (
        SELECT '''' || replace(replace(word, '\', '\\'), '''', '''''') || '''' AS quote,
               shares[array_position(common, word)] AS share
        FROM unnest(words) AS word
    ) AS known;
    every := array_to_string(quoted, ' | ')::tsquery;
    seldom := coalesce(array_to_string(chosen, ' | '), array_to_string(quoted, ' & '))::tsquery;
END
$$;
REVOKE EXECUTE ON FUNCTION search_words(regconfig, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_words(regconfig, text) TO learning_loop_app;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
