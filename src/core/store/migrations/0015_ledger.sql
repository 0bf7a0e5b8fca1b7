-- Money, double entry. Nothing here is ever changed or deleted but the last number of a book and
-- the running balances; `flead ledger verify` counts them again.

-- One book a tenant. `chain` is the hash of the newest transaction, which has the one before it in
-- it: whoever changes an old row has to change all that follow.
CREATE TABLE ledger_books (
  tenant_id TEXT PRIMARY KEY REFERENCES tenants (id),
  last_number BIGINT NOT NULL,
  chain TEXT NOT NULL,
  closed_until_ms BIGINT NOT NULL
) /*clustered*/;

-- Numbered from 1 without a gap. `unique_key` says what happened, so that a replay posts nothing.
CREATE TABLE ledger_transactions (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  number BIGINT NOT NULL CHECK (number > 0),
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  subject TEXT NOT NULL,
  unique_key TEXT NOT NULL,
  corrects TEXT REFERENCES ledger_transactions (id),
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  actor TEXT NOT NULL,
  chain TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  created_at_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX ledger_by_number ON ledger_transactions (tenant_id, number);
CREATE UNIQUE INDEX ledger_by_key ON ledger_transactions (tenant_id, unique_key);
CREATE UNIQUE INDEX ledger_by_corrected ON ledger_transactions (corrects)
  WHERE corrects IS NOT NULL;
CREATE INDEX ledger_by_time ON ledger_transactions (tenant_id, at_ms, number);
CREATE INDEX ledger_by_subject ON ledger_transactions (tenant_id, subject, number)
  WHERE subject <> '';

-- Each row takes an amount out of one account and puts it into another, so whatever is written
-- here, the sum over all accounts is zero.
CREATE TABLE ledger_moves (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  number BIGINT NOT NULL,
  line BIGINT NOT NULL CHECK (line > 0),
  debit TEXT NOT NULL,
  credit TEXT NOT NULL,
  amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
  PRIMARY KEY (tenant_id, number, line),
  CHECK (debit <> credit)
) /*clustered*/;
CREATE INDEX ledger_moves_by_debit ON ledger_moves (tenant_id, debit, number);
CREATE INDEX ledger_moves_by_credit ON ledger_moves (tenant_id, credit, number);

-- What the moves add up to, kept in the same transaction.
CREATE TABLE ledger_balances (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  account TEXT NOT NULL,
  currency TEXT NOT NULL,
  debit_minor BIGINT NOT NULL CHECK (debit_minor >= 0),
  credit_minor BIGINT NOT NULL CHECK (credit_minor >= 0),
  PRIMARY KEY (tenant_id, account, currency)
) /*clustered*/;
