-- migrate:up
CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE workspaces (
    id          text PRIMARY KEY,
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_keys (
    id          uuid PRIMARY KEY DEFAULT uuidv7(),
    workspace   text NOT NULL REFERENCES workspaces,
    principal   text NOT NULL,
    role        text NOT NULL CHECK (role IN ('integration', 'agent', 'reviewer', 'lead', 'admin')),
    key_hash    bytea NOT NULL UNIQUE,
    created_at  timestamptz NOT NULL DEFAULT now(),
    revoked_at  timestamptz
);

-- What was taken in. The submission is the only place where a customer's own words are kept.
CREATE TABLE interventions (
    workspace    text NOT NULL REFERENCES workspaces,
    id           uuid NOT NULL DEFAULT uuidv7(),
    source       text NOT NULL,
    external_id  text NOT NULL,
    body_hash    text NOT NULL,
    submission   jsonb NOT NULL,
    author       text,
    status       text NOT NULL DEFAULT 'received',
    error_code   text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, source, external_id)
);
CREATE INDEX interventions_by_status ON interventions (workspace, status, id);

CREATE TABLE analyses (
    workspace        text NOT NULL REFERENCES workspaces,
    id               uuid NOT NULL DEFAULT uuidv7(),
    intervention_id  uuid NOT NULL,
    analyst          jsonb NOT NULL,
    ask              text NOT NULL,
    ask_embedding    vector(384) NOT NULL,
    findings         jsonb NOT NULL,
    usage            jsonb,
    created_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, intervention_id),
    FOREIGN KEY (workspace, intervention_id) REFERENCES interventions (workspace, id)
);

-- The knowledge: items, their immutable revisions, and the releases that they came with.
CREATE TABLE items (
    workspace      text NOT NULL REFERENCES workspaces,
    id             uuid NOT NULL DEFAULT uuidv7(),
    kind           text NOT NULL CHECK (kind IN ('article', 'policy', 'tool_connection')),
    status         text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'retired')),
    head_revision  integer NOT NULL CHECK (head_revision >= 1),
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, id)
);
CREATE INDEX items_by_kind ON items (workspace, kind, status, id);

CREATE TABLE releases (
    workspace        text NOT NULL REFERENCES workspaces,
    number           integer NOT NULL CHECK (number >= 1),
    item_id          uuid NOT NULL,
    revision         integer NOT NULL,
    kind             text NOT NULL,
    operation        text NOT NULL CHECK (operation IN ('add', 'revise', 'retire')),
    proposal_id      uuid,
    content_hash     text NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, number)
);
CREATE UNIQUE INDEX releases_once_per_approval ON releases (workspace, proposal_id, content_hash)
    WHERE proposal_id IS NOT NULL;

CREATE TABLE revisions (
    workspace        text NOT NULL REFERENCES workspaces,
    item_id          uuid NOT NULL,
    number           integer NOT NULL CHECK (number >= 1),
    parent           integer,
    kind             text NOT NULL,
    operation        text NOT NULL,
    content          jsonb NOT NULL,
    content_hash     text NOT NULL,
    release          integer NOT NULL,
    proposal_id      uuid,
    intervention_id  uuid,
    approved_by      text[] NOT NULL DEFAULT '{}',
    created_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, item_id, number),
    FOREIGN KEY (workspace, item_id) REFERENCES items (workspace, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (workspace, release) REFERENCES releases (workspace, number) DEFERRABLE INITIALLY DEFERRED,
    CHECK (parent IS NULL OR parent = number - 1)
);

-- What search reads: one row for each text of an item's head, and one for each customer phrasing.
CREATE TABLE passages (
    workspace    text NOT NULL REFERENCES workspaces,
    id           uuid NOT NULL DEFAULT uuidv7(),
    item_id      uuid NOT NULL,
    kind         text NOT NULL,
    source       text NOT NULL CHECK (source IN ('content', 'phrasing')),
    body         text NOT NULL,
    words        tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED,
    model        text NOT NULL,
    embedding    vector(384) NOT NULL,
    PRIMARY KEY (workspace, id),
    FOREIGN KEY (workspace, item_id) REFERENCES items (workspace, id)
);
CREATE INDEX passages_of_item ON passages (workspace, item_id);
CREATE INDEX passages_nearest ON passages USING hnsw (embedding vector_cosine_ops);
CREATE INDEX passages_words ON passages USING gin (words);

CREATE TABLE proposals (
    workspace        text NOT NULL REFERENCES workspaces,
    id               uuid NOT NULL DEFAULT uuidv7(),
    intervention_id  uuid NOT NULL,
    finding_index    integer NOT NULL,
    gap              text NOT NULL,
    status           text NOT NULL,
    title            text NOT NULL,
    rationale        text NOT NULL,
    kind             text NOT NULL,
    operation        text NOT NULL,
    item_id          uuid,
    change           jsonb NOT NULL,
    content_hash     text NOT NULL,
    draft            integer NOT NULL DEFAULT 1,
    support          integer NOT NULL DEFAULT 1,
    analyst          jsonb NOT NULL,
    confidence       double precision NOT NULL,
    drafted_by       text NOT NULL,
    verification     jsonb,
    merge_key        text NOT NULL,
    embedding        vector(384) NOT NULL,
    applied_release  integer,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, intervention_id, finding_index),
    FOREIGN KEY (workspace, intervention_id) REFERENCES interventions (workspace, id)
);
CREATE INDEX proposals_by_status ON proposals (workspace, status, id);

CREATE TABLE proposal_drafts (
    workspace     text NOT NULL,
    proposal_id   uuid NOT NULL,
    draft         integer NOT NULL,
    change        jsonb NOT NULL,
    content_hash  text NOT NULL,
    drafted_by    text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, proposal_id, draft),
    FOREIGN KEY (workspace, proposal_id) REFERENCES proposals (workspace, id)
);

CREATE TABLE evidence (
    workspace        text NOT NULL,
    proposal_id      uuid NOT NULL,
    intervention_id  uuid NOT NULL,
    finding_index    integer NOT NULL,
    finding          jsonb NOT NULL,
    ask              text NOT NULL DEFAULT '',
    created_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, intervention_id, finding_index),
    FOREIGN KEY (workspace, proposal_id) REFERENCES proposals (workspace, id),
    FOREIGN KEY (workspace, intervention_id) REFERENCES interventions (workspace, id)
);
CREATE INDEX evidence_of_proposal ON evidence (workspace, proposal_id, created_at);

CREATE TABLE reviews (
    workspace    text NOT NULL,
    proposal_id  uuid NOT NULL,
    clock        jsonb NOT NULL,
    tier         integer NOT NULL,
    candidates   text NOT NULL,
    due_at       timestamptz,
    assignee     text,
    author       text,
    opened_at    timestamptz NOT NULL,
    closed_at    timestamptz,
    PRIMARY KEY (workspace, proposal_id),
    FOREIGN KEY (workspace, proposal_id) REFERENCES proposals (workspace, id)
);
CREATE INDEX reviews_by_assignee ON reviews (workspace, assignee) WHERE closed_at IS NULL;

CREATE TABLE decisions (
    workspace      text NOT NULL,
    id             uuid NOT NULL,
    proposal_id    uuid NOT NULL,
    verdict        text NOT NULL,
    content_hash   text NOT NULL,
    comment        text NOT NULL DEFAULT '',
    edited_change  jsonb,
    approved_hash  text NOT NULL,
    by             text NOT NULL,
    role           text NOT NULL,
    effect         text NOT NULL DEFAULT 'pending',
    reason         text,
    created_at     timestamptz NOT NULL DEFAULT now(),
    settled_at     timestamptz,
    PRIMARY KEY (workspace, id),
    FOREIGN KEY (workspace, proposal_id) REFERENCES proposals (workspace, id)
);
CREATE INDEX decisions_of_proposal ON decisions (workspace, proposal_id, created_at);

CREATE TABLE review_commands (
    workspace    text NOT NULL,
    id           uuid NOT NULL,
    proposal_id  uuid NOT NULL,
    kind         text NOT NULL,
    by           text NOT NULL,
    role         text NOT NULL,
    assignee     text,
    took_effect  boolean,
    reason       text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL DEFAULT now(),
    settled_at   timestamptz,
    PRIMARY KEY (workspace, id),
    FOREIGN KEY (workspace, proposal_id) REFERENCES proposals (workspace, id)
);

CREATE TABLE comments (
    workspace    text NOT NULL,
    id           uuid NOT NULL DEFAULT uuidv7(),
    proposal_id  uuid NOT NULL,
    by           text NOT NULL,
    body         text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, id),
    FOREIGN KEY (workspace, proposal_id) REFERENCES proposals (workspace, id)
);

CREATE TABLE outcomes (
    workspace       text NOT NULL REFERENCES workspaces,
    id              uuid NOT NULL DEFAULT uuidv7(),
    query           text NOT NULL,
    handled_by      text NOT NULL,
    items_used      uuid[] NOT NULL DEFAULT '{}',
    confidence      double precision,
    correct         boolean,
    handoff_reason  text NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, id)
);

-- What must still be told to Temporal or to people: written with the fact, delivered after it.
CREATE TABLE outbox (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace        text NOT NULL REFERENCES workspaces,
    topic            text NOT NULL,
    dedupe_key       text NOT NULL,
    payload          jsonb NOT NULL,
    attempts         integer NOT NULL DEFAULT 0,
    next_attempt_at  timestamptz NOT NULL DEFAULT now(),
    delivered_at     timestamptz,
    last_error       text,
    created_at       timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace, topic, dedupe_key)
);
CREATE INDEX outbox_due ON outbox (next_attempt_at, id) WHERE delivered_at IS NULL;

-- Everything that happened, in order; no row is ever changed or removed.
CREATE TABLE audit (
    workspace  text NOT NULL REFERENCES workspaces,
    seq        bigint GENERATED ALWAYS AS IDENTITY,
    actor      text NOT NULL,
    action     text NOT NULL,
    subject    text NOT NULL,
    details    jsonb NOT NULL DEFAULT '{}',
    at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, seq)
);
CREATE INDEX audit_of_subject ON audit (workspace, subject, seq);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_is_not_truncated BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER revisions_are_immutable BEFORE UPDATE OR DELETE ON revisions
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER releases_are_immutable BEFORE UPDATE OR DELETE ON releases
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
