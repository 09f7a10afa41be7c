-- migrate:up
-- What people are told, once for each person, occasion and key. No words of a case: what a message
-- says is read from the proposal when it is sent. `person` is a name as `domain/identity.py` folds
-- it; without one the notice is the whole workspace's, for its Slack channel and its webhooks.
CREATE TABLE notices (
    workspace    text NOT NULL REFERENCES workspaces,
    id           uuid NOT NULL DEFAULT uuidv7(),
    person       text,
    occasion     text NOT NULL,
    proposal_id  uuid,
    comment_id   uuid,
    -- Who mentioned, assigned or decided.
    by           text,
    key          text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    -- When it was settled by which channels and when it goes out.
    planned_at   timestamptz,
    read_at      timestamptz,
    PRIMARY KEY (workspace, id),
    UNIQUE NULLS NOT DISTINCT (workspace, person, occasion, key),
    FOREIGN KEY (workspace, proposal_id) REFERENCES proposals (workspace, id)
);
CREATE INDEX notices_unread ON notices (workspace, person, id) WHERE read_at IS NULL;
CREATE INDEX notices_unplanned ON notices (workspace, id) WHERE planned_at IS NULL;
CREATE INDEX notices_of_proposal ON notices (workspace, proposal_id);

-- One message by one channel. `target` is a Slack channel or a webhook's address; a person's own
-- addresses are read when it is sent. `reference` finds a Slack message again, to change it.
CREATE TABLE notice_deliveries (
    workspace   text NOT NULL,
    id          uuid NOT NULL DEFAULT uuidv7(),
    notice_id   uuid NOT NULL,
    channel     text NOT NULL CHECK (channel IN ('slack', 'email', 'webhook')),
    target      text NOT NULL DEFAULT '',
    status      text NOT NULL DEFAULT 'waiting'
        CHECK (status IN ('waiting', 'sending', 'sent', 'failed', 'dropped')),
    not_before  timestamptz NOT NULL DEFAULT now(),
    reference   text,
    error_code  text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    settled_at  timestamptz,
    PRIMARY KEY (workspace, id),
    UNIQUE (workspace, notice_id, channel, target),
    FOREIGN KEY (workspace, notice_id) REFERENCES notices (workspace, id)
);
CREATE INDEX notice_deliveries_waiting ON notice_deliveries (workspace, not_before, id)
    WHERE status IN ('waiting', 'sending');

-- How a person wants to be told, and where. An address counts once its owner has confirmed it, or
-- once the identity provider or an administrator vouches for it.
CREATE TABLE notification_preferences (
    workspace            text NOT NULL REFERENCES workspaces,
    person               text NOT NULL,
    preferences          jsonb NOT NULL DEFAULT '{}',
    email                text,
    unconfirmed_email    text,
    confirmation_at      timestamptz,
    slack_team           text,
    slack_user           text,
    link_code_hash       bytea,
    link_code_until      timestamptz,
    updated_at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, person),
    CHECK (num_nonnulls(slack_team, slack_user) IN (0, 2)),
    CHECK (num_nonnulls(link_code_hash, link_code_until) IN (0, 2))
);
-- One Slack account is one person.
CREATE UNIQUE INDEX notification_preferences_slack
    ON notification_preferences (workspace, slack_team, slack_user)
    WHERE slack_user IS NOT NULL;

-- Since when a channel could not be used; for one person, or for all with an empty name.
CREATE TABLE channel_troubles (
    workspace   text NOT NULL REFERENCES workspaces,
    channel     text NOT NULL CHECK (channel IN ('slack', 'email', 'webhook')),
    person      text NOT NULL DEFAULT '',
    error_code  text NOT NULL,
    since       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, channel, person)
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'notices', 'notice_deliveries', 'notification_preferences', 'channel_troubles'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY of_workspace ON %I USING'
            ' (workspace = (SELECT current_setting(''learning_loop.workspace'', true)))', name);
    END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON notices, notice_deliveries, notification_preferences
    TO learning_loop_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON channel_troubles TO learning_loop_app;

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
