-- migrate:up
-- Staff who sign in: never customers. A person of an OIDC provider is bound to the provider's word
-- for them (issuer and subject), so that nobody becomes somebody else by choosing a name. Decisions
-- record the name; it stays what it was at the first sign-in.
CREATE TABLE people (
    workspace    text NOT NULL REFERENCES workspaces,
    id           uuid NOT NULL DEFAULT uuidv7(),
    name         text NOT NULL,
    -- What is left of the name when case, blanks and what cannot be seen do not count.
    name_key     text NOT NULL CHECK (name_key <> ''),
    email        text,
    -- Null once the role was taken away: known for the record, but nobody who may sign in.
    role         text CHECK (role IN ('reviewer', 'lead', 'admin')),
    groups       text[] NOT NULL DEFAULT '{}',
    issuer       text,
    subject      text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, name_key),
    UNIQUE (workspace, issuer, subject),
    CHECK (num_nonnulls(issuer, subject) IN (0, 2))
);

-- Who is signed in, in which browser: a person, or whoever holds a key.
CREATE TABLE sessions (
    workspace    text NOT NULL REFERENCES workspaces,
    id           uuid NOT NULL DEFAULT gen_random_uuid(),
    person_id    uuid,
    key_id       uuid REFERENCES api_keys,
    method       text NOT NULL CHECK (method IN ('api_key', 'oidc', 'link')),
    created_at   timestamptz NOT NULL DEFAULT now(),
    seen_at      timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    -- The provider wants it back when a person signs out there; gone once the session has ended.
    id_token     text,
    PRIMARY KEY (workspace, id),
    FOREIGN KEY (workspace, person_id) REFERENCES people (workspace, id),
    CHECK (num_nonnulls(person_id, key_id) = 1)
);
CREATE INDEX sessions_of_person ON sessions (workspace, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX sessions_of_key ON sessions (workspace, key_id) WHERE key_id IS NOT NULL;

-- Links that sign somebody in once. Only the hash of what the link holds is kept.
CREATE TABLE sign_in_links (
    workspace    text NOT NULL REFERENCES workspaces,
    id           uuid NOT NULL DEFAULT uuidv7(),
    token_hash   bytea NOT NULL UNIQUE,
    name         text NOT NULL,
    role         text NOT NULL CHECK (role IN ('reviewer', 'lead', 'admin')),
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz,
    PRIMARY KEY (workspace, id)
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['people', 'sessions', 'sign_in_links'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY of_workspace ON %I USING'
            ' (workspace = (SELECT current_setting(''learning_loop.workspace'', true)))', name);
    END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON people TO learning_loop_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, sign_in_links TO learning_loop_app;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
