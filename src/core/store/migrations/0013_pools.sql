-- Offers that several hosts keep, offered as one: whoever is free and has the fewest meetings ahead
-- gets it. A pool's slug stands where an offer's does, so no offer has the same.
CREATE TABLE pools (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX pools_by_slug ON pools (tenant_id, slug);

CREATE TABLE pool_offers (
  pool_id TEXT NOT NULL REFERENCES pools (id),
  offer_id TEXT NOT NULL REFERENCES offers (id),
  place BIGINT NOT NULL,
  PRIMARY KEY (pool_id, offer_id)
) /*clustered*/;
