-- What keeps its cost when a store grows: figures that are kept instead of counted, who was erased,
-- and when the upkeep last ran.

-- A day is civil, in the zone that the tenant had then: "2026-01-05". Kept in the transaction that
-- makes it true (core/intake/counters).
CREATE TABLE day_counts (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  day TEXT NOT NULL,
  metric TEXT NOT NULL,
  key TEXT NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, day, metric, key)
);

CREATE TABLE lead_totals (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  status TEXT NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, status)
);

-- Erased people, by nothing but the id of the lead that they were: a restored backup erases them
-- again.
CREATE TABLE erasures (
  lead_id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  erased_at_ms BIGINT NOT NULL
);

-- Raised by every commit that changes tenants, tokens or settings, which processes keep in memory.
CREATE TABLE remembered (
  name TEXT PRIMARY KEY,
  version BIGINT NOT NULL
);
INSERT INTO remembered (name, version) VALUES ('callers', 1);
