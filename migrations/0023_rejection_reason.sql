-- migrate:up
-- Why a person rejected, by name; what was decided before this column has none.
ALTER TABLE decisions ADD COLUMN rejection_reason text
    CHECK (rejection_reason IS NULL OR verdict = 'reject');

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
