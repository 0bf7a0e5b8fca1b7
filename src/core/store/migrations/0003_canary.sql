-- Runs of the canary. `mark` is the hash of an unguessable token: a request that carries the token
-- is the canary's own, once, while its run lasts. lead_id is set while that lead is in the store.
CREATE TABLE canaries (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  mark TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('running', 'passed', 'failed')),
  lead_id TEXT,
  hops TEXT NOT NULL,
  started_at_ms BIGINT NOT NULL,
  ended_at_ms BIGINT
);
CREATE INDEX canaries_by_tenant ON canaries (tenant_id, id);
