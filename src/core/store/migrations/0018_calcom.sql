-- Offers whose calendar is Cal.com (or a Cal.diy of one's own): its times are chosen and booked
-- there. `booked_elsewhere` is the address of the page where, '' for an offer of ours; a booking
-- that another calendar keeps says whose it is in `kept_by`: it changes by that calendar's word.
ALTER TABLE offers ADD COLUMN booked_elsewhere TEXT NOT NULL DEFAULT '';
ALTER TABLE bookings ADD COLUMN kept_by TEXT NOT NULL DEFAULT '';

-- One connection for an offer. `secret` is sealed: the API key and the word its webhook signs with.
-- `webhook` is the webhook's id there, '' when Cal.com is only asked. `seen_at_ms` is the newest
-- change that was read, by Cal.com's clock; `error` is why the last try failed, '' when it didn't.
CREATE TABLE calcom_links (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  offer_id TEXT NOT NULL REFERENCES offers (id),
  base_url TEXT NOT NULL,
  ca_file TEXT NOT NULL,
  secret TEXT NOT NULL,
  username TEXT NOT NULL,
  event_type BIGINT NOT NULL,
  event_slug TEXT NOT NULL,
  webhook TEXT NOT NULL,
  seen_at_ms BIGINT,
  synced_at_ms BIGINT,
  tried_at_ms BIGINT,
  error TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX calcom_links_by_offer ON calcom_links (offer_id);
CREATE INDEX calcom_links_by_tenant ON calcom_links (tenant_id, id);

-- Which booking of ours a uid of theirs is. A meeting that is moved there gets another uid: the old
-- one names it in `next_uid`, and says nothing any more. `changed_at_ms` is by Cal.com's clock.
CREATE TABLE calcom_bookings (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  uid TEXT NOT NULL,
  booking_id TEXT NOT NULL REFERENCES bookings (id),
  next_uid TEXT NOT NULL,
  absent BIGINT NOT NULL,
  changed_at_ms BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, uid)
) /*clustered*/;
CREATE INDEX calcom_bookings_by_booking ON calcom_bookings (booking_id);

-- Calls of their webhook as they came; `dedupe_key` is event, uid and time of a call.
CREATE TABLE calcom_calls (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  link_id TEXT NOT NULL REFERENCES calcom_links (id),
  dedupe_key TEXT NOT NULL,
  uid TEXT NOT NULL,
  body BYTEA NOT NULL,
  received_at_ms BIGINT NOT NULL,
  read_at_ms BIGINT
);
CREATE UNIQUE INDEX calcom_calls_by_key ON calcom_calls (link_id, dedupe_key);
CREATE INDEX calcom_calls_by_link ON calcom_calls (link_id, id);
CREATE INDEX calcom_calls_by_uid ON calcom_calls (tenant_id, uid);
