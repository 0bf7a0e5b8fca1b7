-- The secret address of a host's calendar; '' is none. It begins with the letters of the host's id,
-- which find the row.
ALTER TABLE hosts ADD COLUMN feed_token TEXT NOT NULL DEFAULT '';
