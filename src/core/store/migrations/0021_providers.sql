-- What a payer has agreed to be charged by again. `provider_method` is the provider's id of it: of
-- no use without the account's key, which is sealed. `consent` are the words that were agreed to.
-- `payer` is whose it is, as in payments; `lead_id` the person, if it is one.
CREATE TABLE saved_methods (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  account_id TEXT NOT NULL REFERENCES pay_accounts (id),
  lead_id TEXT REFERENCES leads (id),
  payer TEXT NOT NULL,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  provider_method TEXT NOT NULL,
  test BIGINT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'forgotten', 'revoked')),
  reason TEXT NOT NULL,
  consent TEXT NOT NULL,
  payment_id TEXT NOT NULL REFERENCES payments (id),
  consent_at_ms BIGINT NOT NULL,
  used_at_ms BIGINT,
  ended_at_ms BIGINT,
  created_at_ms BIGINT NOT NULL
);
CREATE INDEX saved_methods_by_payer ON saved_methods (tenant_id, payer, id);
CREATE INDEX saved_methods_by_lead ON saved_methods (lead_id, id) WHERE lead_id IS NOT NULL;

-- Whether the payer is asked to let it be kept, and what came of that; where it is needed, there is
-- no paying without. `saved_method` is what it is charged by, or what came of it.
ALTER TABLE payments ADD COLUMN saving TEXT NOT NULL DEFAULT 'none' CHECK (saving IN
  ('none', 'asked', 'agreed', 'declined', 'saved', 'not_saved'));
ALTER TABLE payments ADD COLUMN saving_needed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payments ADD COLUMN saving_words TEXT NOT NULL DEFAULT '';
ALTER TABLE payments ADD COLUMN saving_at_ms BIGINT;
ALTER TABLE payments ADD COLUMN saved_method TEXT NOT NULL DEFAULT '';

-- What the payment provider inside this program keeps: payments, refunds and payouts of test money.
CREATE TABLE mock_objects (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES pay_accounts (id),
  ours TEXT NOT NULL,
  state TEXT NOT NULL,
  amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
  currency TEXT NOT NULL,
  hold BIGINT NOT NULL,
  payment TEXT NOT NULL,
  reason TEXT NOT NULL,
  saves BIGINT NOT NULL,
  created_at_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX mock_objects_by_ours ON mock_objects (account_id, ours);
CREATE INDEX mock_objects_by_payment ON mock_objects (payment) WHERE payment <> '';
