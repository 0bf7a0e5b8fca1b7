-- People on the channels that write only to those who came to them, what they wrote, and what was
-- tried to reach them.

-- Whom a lead is on one channel. `closed_why` is '' while that person may be written to there:
-- 'blocked' by the person at the provider, 'stop' in the person's own words, 'bounced' where mail
-- came back.
CREATE TABLE identities (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  lead_id TEXT NOT NULL REFERENCES leads (id),
  channel_id TEXT NOT NULL REFERENCES channels (id),
  channel_kind TEXT NOT NULL,
  address TEXT NOT NULL,
  name TEXT NOT NULL,
  handle TEXT NOT NULL,
  closed_why TEXT NOT NULL,
  inbound_at_ms BIGINT,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX identities_by_address ON identities (channel_id, address);
CREATE UNIQUE INDEX identities_by_lead ON identities (lead_id, channel_id);

-- What people wrote or pressed. event_key is the provider's own: a repeat changes nothing.
CREATE TABLE inbound (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  lead_id TEXT NOT NULL REFERENCES leads (id),
  channel_id TEXT NOT NULL REFERENCES channels (id),
  channel_kind TEXT NOT NULL,
  event_key TEXT NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  payload TEXT NOT NULL,
  provider_id TEXT NOT NULL,
  sent_at_ms BIGINT NOT NULL,
  received_at_ms BIGINT NOT NULL,
  UNIQUE (channel_id, event_key)
);
CREATE INDEX inbound_by_lead ON inbound (lead_id, id);
CREATE INDEX inbound_by_tenant ON inbound (tenant_id, id);

-- The steps of a tenant's route that were gone for one message, and those that were passed over,
-- each with its reason. `root` is the first message of them.
CREATE TABLE route_steps (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  lead_id TEXT NOT NULL REFERENCES leads (id),
  root TEXT NOT NULL,
  channel TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('taken', 'skipped', 'reached', 'exhausted')),
  reason TEXT NOT NULL,
  message_id TEXT,
  at_ms BIGINT NOT NULL
);
CREATE INDEX route_steps_by_lead ON route_steps (lead_id, id);

-- Steps with delays: [{"after_ms":0,"template":"...","text":"..."}].
CREATE TABLE sequences (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  name TEXT NOT NULL,
  steps TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  UNIQUE (tenant_id, name)
);

CREATE TABLE enrolments (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  sequence_id TEXT NOT NULL REFERENCES sequences (id),
  lead_id TEXT NOT NULL REFERENCES leads (id),
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'stopped')),
  reason TEXT NOT NULL,
  step BIGINT NOT NULL,
  next_at_ms BIGINT,
  started_at_ms BIGINT NOT NULL,
  ended_at_ms BIGINT
);
CREATE UNIQUE INDEX enrolments_running ON enrolments (lead_id, sequence_id)
  WHERE state = 'running';
CREATE INDEX enrolments_by_tenant ON enrolments (tenant_id, id);
