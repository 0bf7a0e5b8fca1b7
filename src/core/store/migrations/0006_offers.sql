-- What an offer is, beyond its times. `on_request`: the host confirms each booking. The caps are
-- meetings of the offer on one civil day and in one week (from Monday) of the host's zone; 0: none.
ALTER TABLE offers ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE offers ADD COLUMN on_request BIGINT NOT NULL DEFAULT 0;
ALTER TABLE offers ADD COLUMN day_max BIGINT NOT NULL DEFAULT 0;
ALTER TABLE offers ADD COLUMN week_max BIGINT NOT NULL DEFAULT 0;

-- Prices are never changed: a new one is a new version, and what was booked keeps its own. The one
-- in force is the newest of its format ('': of every format that has none of its own). A sliding
-- scale lets the person choose between its ends. `ended`: from here on the format has no price.
CREATE TABLE offer_prices (
  offer_id TEXT NOT NULL REFERENCES offers (id),
  version BIGINT NOT NULL CHECK (version > 0),
  format TEXT NOT NULL,
  amount_minor BIGINT NOT NULL CHECK (amount_minor >= 0),
  currency TEXT NOT NULL,
  least_minor BIGINT,
  most_minor BIGINT,
  ended BIGINT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  PRIMARY KEY (offer_id, version)
) /*clustered*/;

-- Terms of cancelling and moving, versions alike. `steps`: "24h 100, 2h 50".
CREATE TABLE offer_policies (
  offer_id TEXT NOT NULL REFERENCES offers (id),
  version BIGINT NOT NULL CHECK (version > 0),
  steps TEXT NOT NULL,
  moves_max BIGINT,
  move_notice_min BIGINT NOT NULL CHECK (move_notice_min >= 0),
  created_at_ms BIGINT NOT NULL,
  PRIMARY KEY (offer_id, version)
) /*clustered*/;

-- What was agreed when it was booked; version 0 is "none was set". `refund_due_minor` is what the
-- person has to get back since it was cancelled or declined.
ALTER TABLE bookings ADD COLUMN format TEXT NOT NULL DEFAULT '';
ALTER TABLE bookings ADD COLUMN price_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bookings ADD COLUMN price_minor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bookings ADD COLUMN price_currency TEXT NOT NULL DEFAULT '';
ALTER TABLE bookings ADD COLUMN policy_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bookings ADD COLUMN moves BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bookings ADD COLUMN refund_due_minor BIGINT;
