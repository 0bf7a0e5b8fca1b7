-- The first schema. Dialect of two engines: see src/README.md, "SQL". Times are UTC milliseconds,
-- flags 0/1, ids are made by the program and sort by time. A lead is the person of one tenant: the
-- same phone or e-mail is the same lead.

CREATE TABLE tenants (
  id TEXT PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  zone TEXT NOT NULL,
  locale TEXT NOT NULL CHECK (locale IN ('ru', 'en')),
  region TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
  publishable_key TEXT NOT NULL UNIQUE,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL
);

CREATE TABLE tokens (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'operator', 'viewer', 'expert')),
  label TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  created_at_ms BIGINT NOT NULL,
  revoked_at_ms BIGINT
);
CREATE INDEX tokens_by_tenant ON tokens (tenant_id, id);

-- tenant_id '' is the whole store.
CREATE TABLE settings (
  tenant_id TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, key)
);

-- Published texts are never edited: a change is the next version.
CREATE TABLE legal_texts (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  doc TEXT NOT NULL,
  lang TEXT NOT NULL CHECK (lang IN ('ru', 'en')),
  version BIGINT NOT NULL,
  body TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  published_at_ms BIGINT,
  UNIQUE (tenant_id, doc, lang, version)
);

-- The raw request, kept before anything is understood of it.
CREATE TABLE intake_raw (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  source TEXT NOT NULL,
  content_type TEXT NOT NULL,
  body BYTEA NOT NULL,
  ip TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  lead_id TEXT,
  received_at_ms BIGINT NOT NULL
);

CREATE TABLE leads (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  status TEXT NOT NULL
    CHECK (status IN ('new', 'contacted', 'replied', 'booked', 'won', 'lost', 'suspect')),
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  phone TEXT,
  phone_typed TEXT NOT NULL,
  email TEXT NOT NULL,
  email_folded TEXT,
  telegram TEXT NOT NULL,
  vk TEXT NOT NULL,
  whatsapp TEXT NOT NULL,
  max TEXT NOT NULL,
  message TEXT NOT NULL,
  channel TEXT NOT NULL,
  locale TEXT NOT NULL,
  zone TEXT NOT NULL,
  source TEXT NOT NULL,
  page_url TEXT NOT NULL,
  referrer TEXT NOT NULL,
  utm_source TEXT NOT NULL,
  utm_medium TEXT NOT NULL,
  utm_campaign TEXT NOT NULL,
  utm_term TEXT NOT NULL,
  utm_content TEXT NOT NULL,
  custom TEXT NOT NULL,
  assignee TEXT NOT NULL,
  link_token TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  first_answer_at_ms BIGINT,
  needs_human_at_ms BIGINT,
  needs_human_why TEXT
);
CREATE UNIQUE INDEX leads_by_phone ON leads (tenant_id, phone) WHERE phone IS NOT NULL;
CREATE UNIQUE INDEX leads_by_email ON leads (tenant_id, email_folded)
  WHERE email_folded IS NOT NULL;
CREATE INDEX leads_by_tenant ON leads (tenant_id, id);
CREATE INDEX leads_by_status ON leads (tenant_id, status, id);
CREATE INDEX leads_needing_human ON leads (tenant_id, id) WHERE needs_human_at_ms IS NOT NULL;

CREATE TABLE lead_tags (
  lead_id TEXT NOT NULL REFERENCES leads (id),
  tag TEXT NOT NULL,
  PRIMARY KEY (lead_id, tag)
);

-- The timeline: append-only. actor is 'visitor', 'system', 'cli', or a token's id.
CREATE TABLE events (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  lead_id TEXT NOT NULL REFERENCES leads (id),
  kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  data TEXT NOT NULL,
  at_ms BIGINT NOT NULL
) /*clustered*/;
CREATE INDEX events_by_lead ON events (lead_id, id);

-- Evidence: append-only. A withdrawal is a row of its own (granted = 0).
CREATE TABLE consents (
  id TEXT NOT NULL,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  lead_id TEXT NOT NULL REFERENCES leads (id),
  purpose TEXT NOT NULL,
  granted BIGINT NOT NULL CHECK (granted IN (0, 1)),
  text_version TEXT NOT NULL,
  text_hash TEXT NOT NULL,
  page_url TEXT NOT NULL,
  ip TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (lead_id, id)
) /*clustered*/;

CREATE TABLE idempotency_keys (
  tenant_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  status BIGINT NOT NULL,
  reply TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, scope, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at_ms);

-- state 'ready' is claimable when run_at_ms has come; a running row is a lease.
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  tenant_id TEXT,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('ready', 'running', 'done', 'dead', 'cancelled')),
  unique_key TEXT,
  attempt BIGINT NOT NULL,
  attempts_max BIGINT NOT NULL,
  run_at_ms BIGINT NOT NULL,
  lease_until_ms BIGINT,
  worker TEXT NOT NULL,
  last_error TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  finished_at_ms BIGINT
) /*clustered*/;
CREATE INDEX jobs_due ON jobs (run_at_ms, id) WHERE state = 'ready';
CREATE INDEX jobs_leases ON jobs (lease_until_ms) WHERE state = 'running';
CREATE UNIQUE INDEX jobs_unique ON jobs (unique_key)
  WHERE unique_key IS NOT NULL AND state IN ('ready', 'running');
CREATE INDEX jobs_dead ON jobs (id) WHERE state = 'dead';

-- Written by whoever asks whether the store takes a write: one row.
CREATE TABLE probes (
  name TEXT PRIMARY KEY,
  at_ms BIGINT NOT NULL
);

CREATE TABLE channels (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'paused', 'removed')),
  status_reason TEXT NOT NULL,
  config TEXT NOT NULL,
  state TEXT NOT NULL,
  sealed_secret BYTEA,
  hold_until_ms BIGINT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL
);
CREATE INDEX channels_by_tenant ON channels (tenant_id, status, id);
CREATE UNIQUE INDEX channels_by_name ON channels (tenant_id, name) WHERE status <> 'removed';

CREATE TABLE templates (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  name TEXT NOT NULL,
  lang TEXT NOT NULL CHECK (lang IN ('ru', 'en')),
  purpose TEXT NOT NULL CHECK (purpose IN ('service', 'ad')),
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, name, lang)
);

-- The outbox. 'sending' is the intention, committed before the provider is called; handed_at_ms is
-- set before the message itself leaves. A row found 'sending' with it after a crash is ambiguous,
-- never resent blindly.
CREATE TABLE messages (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  lead_id TEXT REFERENCES leads (id),
  channel_id TEXT NOT NULL REFERENCES channels (id),
  channel_kind TEXT NOT NULL,
  template TEXT NOT NULL,
  lang TEXT NOT NULL CHECK (lang IN ('ru', 'en')),
  purpose TEXT NOT NULL CHECK (purpose IN ('service', 'ad')),
  address TEXT NOT NULL,
  subject TEXT NOT NULL,
  body_text TEXT NOT NULL,
  body_html TEXT NOT NULL,
  button_text TEXT NOT NULL,
  button_url TEXT NOT NULL,
  calendar TEXT NOT NULL,
  calendar_method TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN
    ('queued', 'sending', 'sent', 'delivered', 'read', 'ambiguous', 'unreachable', 'rejected',
     'cancelled')),
  variables TEXT NOT NULL,
  tried TEXT NOT NULL,
  unique_key TEXT,
  attempt BIGINT NOT NULL,
  provider_id TEXT NOT NULL,
  provider_says TEXT NOT NULL,
  segments BIGINT NOT NULL,
  cost_minor BIGINT,
  cost_currency TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  give_up_at_ms BIGINT NOT NULL,
  handed_at_ms BIGINT,
  sent_at_ms BIGINT,
  delivered_at_ms BIGINT,
  read_at_ms BIGINT,
  opened_at_ms BIGINT,
  updated_at_ms BIGINT NOT NULL
);
CREATE INDEX messages_by_tenant ON messages (tenant_id, id);
CREATE INDEX messages_by_lead ON messages (lead_id, id) WHERE lead_id IS NOT NULL;
CREATE INDEX messages_by_provider ON messages (channel_id, provider_id) WHERE provider_id <> '';
CREATE INDEX messages_waiting ON messages (channel_id, id)
  WHERE state IN ('queued', 'sending');
CREATE UNIQUE INDEX messages_unique ON messages (tenant_id, unique_key)
  WHERE unique_key IS NOT NULL;

-- What providers called us with, or what we fetched from them, kept as it came. dedupe_key makes a
-- repeat harmless; a job reads what is 'waiting'.
CREATE TABLE callbacks (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  channel_id TEXT NOT NULL REFERENCES channels (id),
  dedupe_key TEXT NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('hook', 'pull')),
  body BYTEA NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'failed')),
  told TEXT NOT NULL,
  received_at_ms BIGINT NOT NULL,
  read_at_ms BIGINT,
  UNIQUE (channel_id, dedupe_key)
);
CREATE INDEX callbacks_by_tenant ON callbacks (tenant_id, id);

-- Whoever books raises booking_seq first: that row is the lock that makes check and insert one
-- write on every engine.
CREATE TABLE hosts (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  zone TEXT NOT NULL,
  email TEXT NOT NULL,
  booking_seq BIGINT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  UNIQUE (tenant_id, slug)
);

CREATE TABLE offers (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  host_id TEXT NOT NULL REFERENCES hosts (id),
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  length_min BIGINT NOT NULL CHECK (length_min > 0),
  buffer_min BIGINT NOT NULL CHECK (buffer_min >= 0),
  notice_min BIGINT NOT NULL CHECK (notice_min >= 0),
  horizon_days BIGINT NOT NULL CHECK (horizon_days > 0),
  seats BIGINT NOT NULL CHECK (seats > 0),
  location TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'retired')),
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  UNIQUE (tenant_id, slug)
);

-- A weekly window of wall time: weekday 1 (Monday) to 7, minutes after midnight, to up to 1440.
CREATE TABLE slot_rules (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  host_id TEXT NOT NULL REFERENCES hosts (id),
  offer_id TEXT NOT NULL REFERENCES offers (id),
  weekday BIGINT NOT NULL CHECK (weekday >= 1 AND weekday <= 7),
  from_min BIGINT NOT NULL CHECK (from_min >= 0),
  to_min BIGINT NOT NULL CHECK (to_min > from_min AND to_min <= 1440),
  created_at_ms BIGINT NOT NULL
);
CREATE INDEX slot_rules_by_host ON slot_rules (host_id, offer_id);

-- A civil date that differs: closed all day (from_min = to_min = 0), or open in these windows only.
CREATE TABLE slot_exceptions (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  host_id TEXT NOT NULL REFERENCES hosts (id),
  date TEXT NOT NULL,
  from_min BIGINT NOT NULL,
  to_min BIGINT NOT NULL,
  reason TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL
);
CREATE INDEX slot_exceptions_by_host ON slot_exceptions (host_id, date);

-- Holds are bookings with status 'held' and a time when they lapse by themselves.
CREATE TABLE bookings (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  host_id TEXT NOT NULL REFERENCES hosts (id),
  offer_id TEXT NOT NULL REFERENCES offers (id),
  lead_id TEXT REFERENCES leads (id),
  status TEXT NOT NULL CHECK (status IN
    ('held', 'requested', 'confirmed', 'declined', 'expired', 'cancelled', 'completed',
     'no_show')),
  starts_at_ms BIGINT NOT NULL,
  ends_at_ms BIGINT NOT NULL CHECK (ends_at_ms > starts_at_ms),
  busy_until_ms BIGINT NOT NULL CHECK (busy_until_ms >= ends_at_ms),
  held_until_ms BIGINT,
  visitor_zone TEXT NOT NULL,
  uid TEXT NOT NULL UNIQUE,
  sequence BIGINT NOT NULL,
  manage_token TEXT NOT NULL UNIQUE,
  reason TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL
);
CREATE INDEX bookings_by_host ON bookings (host_id, starts_at_ms)
  WHERE status IN ('held', 'requested', 'confirmed', 'completed', 'no_show');
CREATE INDEX bookings_by_tenant ON bookings (tenant_id, starts_at_ms, id);
CREATE INDEX bookings_by_lead ON bookings (lead_id, starts_at_ms) WHERE lead_id IS NOT NULL;
