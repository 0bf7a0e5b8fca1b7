-- Who waits for a place of an offer, first come first served. `hold_id` is the seat that is kept
-- for them while it is offered. One row of a person and an offer waits at a time.
CREATE TABLE waits (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  offer_id TEXT NOT NULL REFERENCES offers (id),
  lead_id TEXT NOT NULL REFERENCES leads (id),
  status TEXT NOT NULL CHECK (status IN ('waiting', 'offered', 'booked', 'lapsed', 'left')),
  token TEXT NOT NULL,
  zone TEXT NOT NULL,
  from_ms BIGINT NOT NULL,
  to_ms BIGINT NOT NULL,
  hold_id TEXT REFERENCES bookings (id),
  offered_until_ms BIGINT,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX waits_by_token ON waits (token);
CREATE UNIQUE INDEX waits_open ON waits (offer_id, lead_id) WHERE status IN ('waiting', 'offered');
CREATE INDEX waits_by_offer ON waits (offer_id, id) WHERE status = 'waiting';
CREATE INDEX waits_by_tenant ON waits (tenant_id, id);
CREATE INDEX waits_by_lead ON waits (lead_id);
