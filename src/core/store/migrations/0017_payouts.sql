-- How a host is paid. The details are sealed with the store's key, and rows never change but for
-- their status: another way to pay is another row, so that what was sent names what it went to.
CREATE TABLE payout_methods (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  host_id TEXT NOT NULL REFERENCES hosts (id),
  host_slug TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN
    ('manual', 'yookassa_sbp', 'yookassa_wallet', 'yookassa_card_token')),
  company BIGINT NOT NULL,
  sealed TEXT NOT NULL,
  shown TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'removed')),
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX payout_methods_by_host ON payout_methods (host_id) WHERE status = 'active';
CREATE INDEX payout_methods_by_tenant ON payout_methods (tenant_id, host_slug);

-- One going through all experts. `run_key` is the day of the schedule, or a name that was given.
CREATE TABLE payout_runs (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  run_key TEXT NOT NULL,
  actor TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  finished_at_ms BIGINT
);
CREATE UNIQUE INDEX payout_runs_by_key ON payout_runs (tenant_id, run_key);

-- What goes to an expert. There before any provider is called, and its id is the key that makes a
-- repeated call harmless. A payout that failed or was canceled is final: another try is another
-- row of another run. `currency` is the real one; where `test` is 1 the ledger has XTS.
CREATE TABLE payouts (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  run_id TEXT NOT NULL REFERENCES payout_runs (id),
  host_id TEXT NOT NULL REFERENCES hosts (id),
  host_slug TEXT NOT NULL,
  method_id TEXT NOT NULL REFERENCES payout_methods (id),
  account_id TEXT REFERENCES pay_accounts (id),
  amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  test BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN
    ('planned', 'approved', 'sending', 'pending', 'succeeded', 'failed', 'canceled')),
  text TEXT NOT NULL,
  provider_id TEXT NOT NULL,
  destination TEXT NOT NULL,
  reason TEXT NOT NULL,
  problem TEXT NOT NULL,
  actor TEXT NOT NULL,
  approved_by TEXT NOT NULL,
  called_at_ms BIGINT,
  ended_at_ms BIGINT,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX payouts_by_run ON payouts (run_id, host_id, currency, test);
CREATE INDEX payouts_by_tenant ON payouts (tenant_id, id);
CREATE INDEX payouts_by_host ON payouts (host_id, created_at_ms);
CREATE INDEX payouts_by_state ON payouts (tenant_id, state, id);
CREATE UNIQUE INDEX payouts_by_provider ON payouts (account_id, provider_id)
  WHERE provider_id <> '';
