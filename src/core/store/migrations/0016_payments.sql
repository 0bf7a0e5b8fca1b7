-- A tenant's accounts with payment providers. The secret is sealed with the store's key.
CREATE TABLE pay_accounts (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  provider TEXT NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'paused', 'removed')),
  status_reason TEXT NOT NULL,
  config TEXT NOT NULL,
  sealed_secret TEXT NOT NULL,
  notified_at_ms BIGINT,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX pay_accounts_by_name ON pay_accounts (tenant_id, name)
  WHERE status <> 'removed';

-- What somebody is to pay. The row is there before the provider is called, and its id is the key
-- that makes a repeated call harmless. `subject` is what is paid for (a booking), `lead_id` who;
-- `payer` is the last part of the names of their ledger accounts, which outlives the lead.
-- `payee` is the expert who earns it, less the share that was agreed when it was made.
CREATE TABLE payments (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  account_id TEXT NOT NULL REFERENCES pay_accounts (id),
  lead_id TEXT REFERENCES leads (id),
  payer TEXT NOT NULL,
  purpose TEXT NOT NULL,
  subject TEXT NOT NULL,
  amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  state TEXT NOT NULL CHECK (state IN
    ('created', 'pending', 'waiting_for_capture', 'succeeded', 'canceled')),
  two_step BIGINT NOT NULL,
  payee TEXT NOT NULL,
  share_percent BIGINT NOT NULL CHECK (share_percent >= 0 AND share_percent <= 100),
  fee_by_payee BIGINT NOT NULL,
  token TEXT NOT NULL UNIQUE,
  text TEXT NOT NULL,
  language TEXT NOT NULL,
  provider_id TEXT NOT NULL,
  confirm_url TEXT NOT NULL,
  method TEXT NOT NULL,
  test BIGINT NOT NULL,
  reason TEXT NOT NULL,
  problem TEXT NOT NULL,
  fee_minor BIGINT,
  refunded_minor BIGINT NOT NULL CHECK (refunded_minor >= 0),
  called_at_ms BIGINT,
  hold_until_ms BIGINT,
  succeeded_at_ms BIGINT,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  CHECK (refunded_minor <= amount_minor)
);
CREATE INDEX payments_by_tenant ON payments (tenant_id, id);
CREATE INDEX payments_by_subject ON payments (tenant_id, subject, id) WHERE subject <> '';
CREATE INDEX payments_by_lead ON payments (lead_id, id) WHERE lead_id IS NOT NULL;
CREATE UNIQUE INDEX payments_by_provider ON payments (account_id, provider_id)
  WHERE provider_id <> '';

-- What goes back. As a payment: there before the call, its id the key.
CREATE TABLE refunds (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  payment_id TEXT NOT NULL REFERENCES payments (id),
  amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
  state TEXT NOT NULL CHECK (state IN ('created', 'pending', 'succeeded', 'canceled')),
  attempt BIGINT NOT NULL,
  why TEXT NOT NULL,
  actor TEXT NOT NULL,
  unique_key TEXT NOT NULL,
  provider_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  called_at_ms BIGINT,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX refunds_by_key ON refunds (payment_id, unique_key);
CREATE INDEX refunds_by_tenant ON refunds (tenant_id, id);

-- Raw notifications, kept as they came; each provider's own key makes a repeat harmless.
CREATE TABLE pay_notices (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  account_id TEXT NOT NULL REFERENCES pay_accounts (id),
  delivery_id TEXT NOT NULL,
  object_id TEXT NOT NULL,
  body TEXT NOT NULL,
  outcome TEXT NOT NULL,
  received_at_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX pay_notices_by_delivery ON pay_notices (account_id, delivery_id);
CREATE INDEX pay_notices_by_object ON pay_notices (object_id) WHERE object_id <> '';
