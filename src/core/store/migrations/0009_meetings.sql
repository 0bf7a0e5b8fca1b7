-- When a request was accepted or declined: how long it waited is a figure of the host.
ALTER TABLE bookings ADD COLUMN answered_at_ms BIGINT;

-- What a person is asked before a meeting, a line each; the answers are the booking's brief, a JSON
-- list of {question, text}, or nothing.
ALTER TABLE offers ADD COLUMN questions TEXT NOT NULL DEFAULT '';
ALTER TABLE bookings ADD COLUMN brief TEXT NOT NULL DEFAULT '';

-- What is written about a meeting. 'shared': the person reads it, too; 'private': the host alone.
CREATE TABLE booking_notes (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  booking_id TEXT NOT NULL REFERENCES bookings (id),
  kind TEXT NOT NULL CHECK (kind IN ('shared', 'private')),
  author TEXT NOT NULL,
  text TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL
);
CREATE INDEX booking_notes_by_booking ON booking_notes (booking_id, id);
