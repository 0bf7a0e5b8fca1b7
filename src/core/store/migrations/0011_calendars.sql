-- Calendars of a host outside of flead: what is busy there is busy here (reads), and what is booked
-- here is written there (writes, CalDAV alone). `secret` is sealed: the address of a feed, user and
-- password. `place` is what may be shown of it. `error` is why the last try failed, '' when it
-- didn't.
CREATE TABLE calendars (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  host_id TEXT NOT NULL REFERENCES hosts (id),
  kind TEXT NOT NULL CHECK (kind IN ('ics', 'caldav')),
  place TEXT NOT NULL,
  secret TEXT NOT NULL,
  ca_file TEXT NOT NULL,
  reads BIGINT NOT NULL,
  writes BIGINT NOT NULL,
  synced_at_ms BIGINT,
  tried_at_ms BIGINT,
  error TEXT NOT NULL,
  busy_count BIGINT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL
);
CREATE INDEX calendars_by_host ON calendars (host_id, id);
CREATE INDEX calendars_by_tenant ON calendars (tenant_id, id);

-- Busy times read out of a calendar, none overlapping another of the same calendar.
CREATE TABLE calendar_busy (
  host_id TEXT NOT NULL REFERENCES hosts (id),
  calendar_id TEXT NOT NULL REFERENCES calendars (id),
  starts_at_ms BIGINT NOT NULL,
  ends_at_ms BIGINT NOT NULL,
  PRIMARY KEY (host_id, ends_at_ms, calendar_id)
) /*clustered*/;
CREATE INDEX calendar_busy_by_calendar ON calendar_busy (calendar_id, starts_at_ms);

-- Days on which a tenant's hosts don't meet, unless a host has an exception for the day.
CREATE TABLE holidays (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  date TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (tenant_id, date)
) /*clustered*/;
