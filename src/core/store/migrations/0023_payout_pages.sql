-- A way to be paid that a host has asked for on their own page. It counts when the host has said so
-- by the link in their mail and the wait is over, or when the operator says so. Sealed as a method.
CREATE TABLE payout_wishes (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  host_id TEXT NOT NULL REFERENCES hosts (id),
  host_slug TEXT NOT NULL,
  kind TEXT NOT NULL,
  company BIGINT NOT NULL,
  sealed TEXT NOT NULL,
  shown TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('asked', 'confirmed', 'taken', 'dropped')),
  reason TEXT NOT NULL,
  token_hash TEXT NOT NULL,
  asked_at_ms BIGINT NOT NULL,
  due_at_ms BIGINT,
  ended_at_ms BIGINT
);
CREATE UNIQUE INDEX payout_wishes_by_host ON payout_wishes (host_id)
  WHERE state = 'asked' OR state = 'confirmed';
CREATE UNIQUE INDEX payout_wishes_by_token ON payout_wishes (token_hash);
CREATE INDEX payout_wishes_by_tenant ON payout_wishes (tenant_id, id);

-- Banks that a payout by phone number can go to, as a provider lists them.
CREATE TABLE payout_banks (
  account_id TEXT PRIMARY KEY REFERENCES pay_accounts (id),
  banks TEXT NOT NULL,
  fetched_at_ms BIGINT NOT NULL
);

-- Files for the bank that were written, and which payouts stood in which.
CREATE TABLE payout_batches (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  lines BIGINT NOT NULL,
  actor TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL
);
CREATE INDEX payout_batches_by_tenant ON payout_batches (tenant_id, id);
ALTER TABLE payouts ADD COLUMN bank_batch TEXT NOT NULL DEFAULT '';
