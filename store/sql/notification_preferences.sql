-- name: get_notification_preferences
SELECT person, preferences, email, unconfirmed_email, confirmation_at, slack_team, slack_user
FROM notification_preferences WHERE workspace = %(workspace)s AND person = %(person)s

-- name: list_notification_preferences
SELECT person, preferences, email, unconfirmed_email, confirmation_at, slack_team, slack_user
FROM notification_preferences WHERE workspace = %(workspace)s ORDER BY person

-- name: ensure_notification_preferences
INSERT INTO notification_preferences (workspace, person) VALUES (%(workspace)s, %(person)s)
ON CONFLICT (workspace, person) DO NOTHING

-- name: set_notification_preferences
UPDATE notification_preferences SET preferences = %(preferences)s, updated_at = now()
WHERE workspace = %(workspace)s AND person = %(person)s

-- name: ask_for_address
-- Once in a while only, or anybody's mailbox could be filled from here.
UPDATE notification_preferences
SET unconfirmed_email = %(email)s, confirmation_at = now(), updated_at = now()
WHERE workspace = %(workspace)s AND person = %(person)s
  AND (confirmation_at IS NULL OR confirmation_at < now() - interval '1 minute')
RETURNING person

-- name: confirm_address
UPDATE notification_preferences SET email = unconfirmed_email, unconfirmed_email = NULL,
    updated_at = now()
WHERE workspace = %(workspace)s AND person = %(person)s AND unconfirmed_email = %(email)s
RETURNING person

-- name: forget_address
UPDATE notification_preferences SET email = NULL, unconfirmed_email = NULL, updated_at = now()
WHERE workspace = %(workspace)s AND person = %(person)s

-- name: set_link_code
UPDATE notification_preferences SET link_code_hash = %(code_hash)s, link_code_until = %(until)s,
    updated_at = now()
WHERE workspace = %(workspace)s AND person = %(person)s

-- name: take_link_code
-- Good once.
UPDATE notification_preferences SET link_code_hash = NULL, link_code_until = NULL,
    slack_team = %(team)s, slack_user = %(user)s, updated_at = now()
WHERE workspace = %(workspace)s AND link_code_hash = %(code_hash)s AND link_code_until > now()
RETURNING person

-- name: find_person_of_slack
SELECT person FROM notification_preferences
WHERE workspace = %(workspace)s AND slack_team = %(team)s AND slack_user = %(user)s

-- name: unlink_slack
UPDATE notification_preferences SET slack_team = NULL, slack_user = NULL, updated_at = now()
WHERE workspace = %(workspace)s AND person = %(person)s

-- name: forget_reach
-- What they chose stays; nothing reaches them, and no code or link that they were sent works.
UPDATE notification_preferences SET email = NULL, unconfirmed_email = NULL, slack_team = NULL,
    slack_user = NULL, link_code_hash = NULL, link_code_until = NULL, updated_at = now()
WHERE workspace = %(workspace)s AND person = %(person)s
