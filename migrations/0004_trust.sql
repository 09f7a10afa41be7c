-- migrate:up
-- Passages are never removed: one that an item no longer says is closed, so that a search can be
-- asked for any earlier release. Their vectors stand apart, one set for each embedding model.
ALTER TABLE workspaces ADD COLUMN language text NOT NULL DEFAULT 'en';

CREATE TABLE embeddings (
    workspace   text NOT NULL REFERENCES workspaces,
    passage_id  uuid NOT NULL,
    item_id     uuid NOT NULL,
    kind        text NOT NULL,
    tags        text[] NOT NULL DEFAULT '{}',
    model       text NOT NULL,
    live        boolean NOT NULL,
    embedding   vector NOT NULL,
    PRIMARY KEY (workspace, model, passage_id)
);
CREATE INDEX embeddings_of_passage ON embeddings (workspace, passage_id);
CREATE INDEX embeddings_of_item ON embeddings (workspace, item_id);

INSERT INTO embeddings (workspace, passage_id, item_id, kind, tags, model, live, embedding)
SELECT p.workspace, p.id, p.item_id, p.kind,
       coalesce(ARRAY(SELECT jsonb_array_elements_text(r.content -> 'tags')), '{}'),
       p.model, i.status = 'active', p.embedding
FROM passages p
JOIN items i ON i.workspace = p.workspace AND i.id = p.item_id
JOIN revisions r ON r.workspace = i.workspace AND r.item_id = i.id AND r.number = i.head_revision;

-- Names of text configurations are kept as text: a column of regconfig would keep pg_upgrade from
-- the whole cluster. No configuration that this calls is ever changed, hence immutable.
CREATE FUNCTION words_of(configuration text, body text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT to_tsvector(configuration::regconfig, body) $$;

ALTER TABLE passages
    DROP COLUMN words,
    DROP COLUMN model,
    DROP COLUMN embedding,
    ADD COLUMN language text NOT NULL DEFAULT 'english',
    ADD COLUMN intervention_id uuid,
    ADD COLUMN from_release integer,
    ADD COLUMN until_release integer;
ALTER TABLE passages
    ADD COLUMN words tsvector GENERATED ALWAYS AS (words_of(language, body)) STORED;
UPDATE passages p SET from_release = r.release,
    until_release = CASE WHEN i.status = 'retired' THEN r.release END
FROM items i
JOIN revisions r ON r.workspace = i.workspace AND r.item_id = i.id AND r.number = i.head_revision
WHERE i.workspace = p.workspace AND i.id = p.item_id;
ALTER TABLE passages ALTER COLUMN from_release SET NOT NULL,
    ADD CHECK (until_release IS NULL OR until_release >= from_release);

CREATE INDEX passages_words ON passages USING gin (words) WHERE until_release IS NULL;
CREATE INDEX passages_closed ON passages (workspace, until_release)
    WHERE until_release IS NOT NULL;
ALTER TABLE embeddings ADD FOREIGN KEY (workspace, passage_id)
    REFERENCES passages (workspace, id) ON DELETE CASCADE;

-- Vectors of one model have one dimension and an index of their own; searches name both.
CREATE TABLE embedding_models (
    model       text PRIMARY KEY,
    dimension   integer NOT NULL CHECK (dimension BETWEEN 1 AND 2000),
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION ensure_embedding_model(wanted text, wanted_dimension integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
            'CREATE INDEX %I ON embeddings USING hnsw ((embedding::vector(%s)) vector_cosine_ops)'
            ' WHERE model = %L AND live',
            'embeddings_near_' || left(md5(wanted), 12), wanted_dimension, wanted);
        INSERT INTO embedding_models (model, dimension) VALUES (wanted, wanted_dimension);
    ELSIF known <> wanted_dimension THEN
        RAISE EXCEPTION 'the vectors of % have % numbers, not %', wanted, known, wanted_dimension
            USING ERRCODE = 'check_violation';
    END IF;
END
$$;
SELECT ensure_embedding_model('all-MiniLM-L6-v2', 384);

ALTER TABLE analyses ALTER COLUMN ask_embedding TYPE vector,
    ADD COLUMN embedding_model text NOT NULL DEFAULT 'all-MiniLM-L6-v2';
ALTER TABLE proposals ALTER COLUMN embedding TYPE vector,
    ADD COLUMN embedding_model text NOT NULL DEFAULT 'all-MiniLM-L6-v2';

-- A release's time is that of its making, under the lock, so that later numbers have later times.
ALTER TABLE releases ALTER COLUMN created_at SET DEFAULT clock_timestamp();
CREATE INDEX releases_by_time ON releases (workspace, created_at);
CREATE INDEX revisions_by_release ON revisions (workspace, release);

-- The audit's chain: each link is the SHA-256 of the one before it and of the entry's own fields.
-- Links are made when a transaction commits, which is the last lock that it takes.
CREATE TABLE audit_chain (
    workspace  text NOT NULL REFERENCES workspaces,
    position   bigint NOT NULL CHECK (position >= 1),
    seq        bigint NOT NULL,
    hash       bytea NOT NULL,
    PRIMARY KEY (workspace, position),
    UNIQUE (workspace, seq),
    FOREIGN KEY (workspace, seq) REFERENCES audit (workspace, seq)
);
CREATE TABLE audit_heads (
    workspace  text PRIMARY KEY REFERENCES workspaces,
    position   bigint NOT NULL,
    hash       bytea NOT NULL
);

-- What a link covers: each field with its length in bytes before it, so that none can run into
-- the next. `store/audit_chain.py` does the same outside the database.
CREATE FUNCTION audit_field(value text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT convert_to(octet_length(value)::text || ':', 'UTF8') || convert_to(value, 'UTF8')
$$;
CREATE FUNCTION audit_time(value timestamptz) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT to_char(value AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;
CREATE FUNCTION audit_link(before bytea, link_position bigint, entry audit) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(before || audit_field(link_position::text) || audit_field(entry.workspace)
        || audit_field(entry.seq::text) || audit_field(entry.actor) || audit_field(entry.action)
        || audit_field(entry.subject) || audit_field(entry.details::text)
        || audit_field(audit_time(entry.at)))
$$;

CREATE FUNCTION chain_audit_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    head audit_heads;
BEGIN
    INSERT INTO audit_heads (workspace, position, hash) VALUES (NEW.workspace, 0, sha256(''))
        ON CONFLICT (workspace) DO NOTHING;
    SELECT * INTO head FROM audit_heads WHERE workspace = NEW.workspace FOR UPDATE;
    head.position := head.position + 1;
    head.hash := audit_link(head.hash, head.position, NEW);
    INSERT INTO audit_chain (workspace, position, seq, hash)
        VALUES (NEW.workspace, head.position, NEW.seq, head.hash);
    UPDATE audit_heads SET position = head.position, hash = head.hash
        WHERE workspace = NEW.workspace;
    RETURN NULL;
END
$$;
DO $$
DECLARE
    entry audit;
    head audit_heads;
BEGIN
    FOR entry IN SELECT * FROM audit ORDER BY workspace, seq LOOP
        IF head.workspace IS DISTINCT FROM entry.workspace THEN
            head := (entry.workspace, 0, sha256(''));
        END IF;
        head.position := head.position + 1;
        head.hash := audit_link(head.hash, head.position, entry);
        INSERT INTO audit_chain VALUES (entry.workspace, head.position, entry.seq, head.hash);
    END LOOP;
    INSERT INTO audit_heads SELECT DISTINCT ON (workspace) workspace, position, hash
        FROM audit_chain ORDER BY workspace, position DESC;
END
$$;
CREATE CONSTRAINT TRIGGER audit_is_chained AFTER INSERT ON audit
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION chain_audit_entry();
CREATE TRIGGER audit_chain_is_append_only BEFORE UPDATE OR DELETE ON audit_chain
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_chain_is_not_truncated BEFORE TRUNCATE ON audit_chain
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The application's own role: it owns nothing, so triggers, grants and row-level security bind it.
-- A session says with `learning_loop.workspace` whose rows it works on; `*` stands for the whole
-- installation and opens only what the outbox, the sweeper and the look-up of keys need.
DO $$
BEGIN
    CREATE ROLE learning_loop_app NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;
DO $$
BEGIN
    -- Whoever creates a role without being a superuser may grant it, but not take it on.
    IF NOT pg_has_role(current_user, 'learning_loop_app', 'SET') THEN
        GRANT learning_loop_app TO current_user WITH SET TRUE;
    END IF;
END
$$;
GRANT USAGE ON SCHEMA public TO learning_loop_app;
GRANT SELECT ON schema_migrations, embedding_models TO learning_loop_app;
GRANT SELECT, INSERT ON
    releases, revisions, proposal_drafts, evidence, comments, outcomes, audit
    TO learning_loop_app;
GRANT SELECT ON audit_chain, audit_heads TO learning_loop_app;
GRANT SELECT, INSERT, UPDATE ON
    workspaces, api_keys, interventions, analyses, items, passages, proposals, reviews, decisions,
    review_commands TO learning_loop_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON embeddings, outbox TO learning_loop_app;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'api_keys', 'interventions', 'analyses', 'items', 'releases', 'revisions', 'passages',
        'embeddings', 'proposals', 'proposal_drafts', 'evidence', 'reviews', 'decisions',
        'review_commands', 'comments', 'outcomes', 'outbox', 'audit', 'audit_chain', 'audit_heads'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY of_workspace ON %I USING'
            ' (workspace = (SELECT current_setting(''learning_loop.workspace'', true)))', name);
    END LOOP;
    -- What is done for all workspaces at once reads these, and the outbox it also writes.
    FOREACH name IN ARRAY ARRAY[
        'api_keys', 'interventions', 'proposals', 'decisions', 'review_commands'
    ] LOOP
        EXECUTE format(
            'CREATE POLICY of_installation ON %I FOR SELECT USING'
            ' ((SELECT current_setting(''learning_loop.workspace'', true)) = ''*'')', name);
    END LOOP;
END
$$;
CREATE POLICY of_installation ON outbox
    USING ((SELECT current_setting('learning_loop.workspace', true)) = '*');
ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_workspace ON workspaces
    USING (id = (SELECT current_setting('learning_loop.workspace', true)));
CREATE POLICY of_installation ON workspaces FOR SELECT
    USING ((SELECT current_setting('learning_loop.workspace', true)) = '*');

-- Full-text operators are not leakproof, so row-level security would keep them from their index.
-- These views do its work instead: owned by the tables' owner, they show one workspace's rows.
CREATE VIEW visible_passages AS SELECT * FROM passages
    WHERE workspace = (SELECT current_setting('learning_loop.workspace', true));
CREATE VIEW visible_embeddings AS SELECT * FROM embeddings
    WHERE workspace = (SELECT current_setting('learning_loop.workspace', true));
GRANT SELECT ON visible_passages, visible_embeddings TO learning_loop_app;
REVOKE EXECUTE ON FUNCTION ensure_embedding_model(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_embedding_model(text, integer) TO learning_loop_app;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
