-- name: enter_workspace
SELECT set_config('learning_loop.workspace', %(workspace)s, false)

-- name: may_migrate
SELECT current_user AS name,
       coalesce(has_schema_privilege(to_regnamespace('public'), 'CREATE'), true) AS may

-- name: find_login
-- What a login may beyond the application's role, and whether it can become somebody else.
SELECT r.rolname = current_user AS is_owner,
       r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls
           AS is_powerful,
       EXISTS (SELECT FROM pg_roles AS other
               WHERE other.rolname NOT IN (r.rolname, 'learning_loop_app')
                 AND pg_has_role(r.oid, other.oid, 'MEMBER')) AS is_others,
       EXISTS (SELECT FROM pg_class AS c
               WHERE c.relowner = r.oid AND c.relpersistence <> 't') AS owns
FROM pg_roles AS r WHERE r.rolname = %(name)s

-- name: lock_logins
SELECT pg_advisory_xact_lock(hashtextextended('learning_loop_logins', 0))

-- name: create_login
CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {password}
    IN ROLE learning_loop_app

-- name: change_login
ALTER ROLE {name} LOGIN PASSWORD {password}

-- name: confine_login
GRANT learning_loop_app TO {name}
