-- migrate:up
-- What spoke for the item that the agent had in mind: the numbers of `domain.answering.Signs`, in their
-- order. No words of a customer.
ALTER TABLE outcomes ADD COLUMN signs real[];

-- migrate:down
-- Forward only: a mistake is mended by the next migration.
DO $$ BEGIN RAISE EXCEPTION 'migrations go forward only'; END $$;
