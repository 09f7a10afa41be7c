-- migrate:up
-- How long one person needs to review a change, by the formula that `domain/priority.py` explains.
CREATE FUNCTION review_minutes(change jsonb) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT least(30, 2 + (coalesce(length((change -> 'content')::text), 0) + 999) / 1000)
$$;
-- This writes the table anew, and whoever works with proposals waits for it: a second or two for
-- ten thousand of them. Whatever else would take long comes in migrations that let people work.
ALTER TABLE proposals ADD COLUMN review_minutes integer NOT NULL
    GENERATED ALWAYS AS (review_minutes(change)) STORED;
-- The approvals that a proposal has so far.
CREATE INDEX decisions_counted ON decisions (workspace, proposal_id) WHERE effect = 'counted';

-- What the inbox is searched in: a proposal's title, content, rationale and the asks of its
-- evidence. The database writes it whenever one of them changes, an erasure included.
CREATE TABLE proposal_texts (
    workspace    text NOT NULL,
    proposal_id  uuid NOT NULL,
    -- In small letters, to be looked through for a part of a word.
    body         text NOT NULL,
    words        tsvector NOT NULL,
    tags         text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (workspace, proposal_id),
    FOREIGN KEY (workspace, proposal_id) REFERENCES proposals (workspace, id)
);
CREATE INDEX proposal_texts_words ON proposal_texts USING gin (words);

CREATE FUNCTION write_proposal_text(of_workspace text, of_proposal uuid) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    -- One at a time for a proposal, and each reads what the one before it has committed: or words
    -- that an erasure has just removed could come back out of a transaction that began earlier.
    PERFORM FROM proposals WHERE workspace = of_workspace AND id = of_proposal FOR NO KEY UPDATE;
    INSERT INTO proposal_texts (workspace, proposal_id, body, words, tags)
    SELECT t.workspace, t.id, lower(t.body), to_tsvector(t.configuration::regconfig, t.body), t.tags
    FROM (
        SELECT p.workspace, p.id, w.configuration,
               ARRAY(SELECT jsonb_path_query(p.change, 'lax $.content.tags[*]') #>> '{}') AS tags,
               -- A tsvector holds a megabyte at most.
               left(concat_ws(E'\n', p.title, p.rationale, (
                   SELECT string_agg(said #>> '{}', E'\n') FROM (
                       SELECT jsonb_path_query(p.change, 'lax $.content.*[*]')
                       UNION ALL SELECT jsonb_path_query(p.change, 'lax $.content.tools[*].name')
                       UNION ALL
                       SELECT jsonb_path_query(p.change, 'lax $.content.tools[*].description')
                       UNION ALL SELECT jsonb_path_query(p.change, 'lax $.phrasings[*]')
                   ) AS found (said) WHERE jsonb_typeof(said) = 'string'
               ), (
                   SELECT string_agg(ask, E'\n') FROM (
                       SELECT e.ask FROM evidence e
                       WHERE e.workspace = p.workspace AND e.proposal_id = p.id
                       ORDER BY e.created_at, e.intervention_id LIMIT 200
                   ) AS asks
               )), 100000) AS body
        FROM proposals p JOIN workspaces w ON w.id = p.workspace
        WHERE p.workspace = of_workspace AND p.id = of_proposal
    ) AS t
    ON CONFLICT (workspace, proposal_id) DO UPDATE
        SET body = excluded.body, words = excluded.words, tags = excluded.tags;
END
$$;
REVOKE EXECUTE ON FUNCTION write_proposal_text(text, uuid) FROM PUBLIC;

CREATE FUNCTION index_proposal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM write_proposal_text(NEW.workspace, NEW.id);
    RETURN NULL;
END
$$;
CREATE FUNCTION index_evidence() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM write_proposal_text(NEW.workspace, NEW.proposal_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER index_proposal AFTER INSERT OR UPDATE OF title, rationale, change ON proposals
    FOR EACH ROW EXECUTE FUNCTION index_proposal();
CREATE TRIGGER index_evidence AFTER INSERT OR UPDATE OF ask ON evidence
    FOR EACH ROW EXECUTE FUNCTION index_evidence();

-- Whose inbox a proposal stays out of, and until when. It comes back before that with another draft
-- (`content_hash`), another tier of its review, or a comment that mentions the person. `person` is a
-- name as `domain/identity.py` folds it.
CREATE TABLE snoozes (
    workspace     text NOT NULL,
    person        text NOT NULL,
    proposal_id   uuid NOT NULL,
    until         timestamptz NOT NULL,
    content_hash  text NOT NULL,
    tier          integer NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, person, proposal_id),
    FOREIGN KEY (workspace, proposal_id) REFERENCES proposals (workspace, id)
);

-- Filters of the inbox under a name: a person's own, or without `person` everybody's.
CREATE TABLE saved_views (
    workspace   text NOT NULL REFERENCES workspaces,
    id          uuid NOT NULL DEFAULT uuidv7(),
    person      text,
    name        text NOT NULL,
    query       text NOT NULL,
    is_default  boolean NOT NULL DEFAULT false,
    created_by  text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, id),
    UNIQUE NULLS NOT DISTINCT (workspace, person, name),
    CHECK (person IS NOT NULL OR NOT is_default)
);
CREATE UNIQUE INDEX saved_views_default ON saved_views (workspace, person) WHERE is_default;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['proposal_texts', 'snoozes', 'saved_views'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY of_workspace ON %I USING'
            ' (workspace = (SELECT current_setting(''learning_loop.workspace'', true)))', name);
    END LOOP;
END
$$;
-- As with passages: row-level security would keep the words from their index.
CREATE VIEW visible_proposal_texts AS SELECT * FROM proposal_texts
    WHERE workspace = (SELECT current_setting('learning_loop.workspace', true));
GRANT SELECT ON proposal_texts, visible_proposal_texts TO learning_loop_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON snoozes, saved_views TO learning_loop_app;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
