-- People who meet in rounds at small tables. `size` is how many sit together: one more where the
-- number does not come out even.
CREATE TABLE groups (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  size BIGINT NOT NULL CHECK (size >= 2),
  created_at_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX groups_by_slug ON groups (tenant_id, slug);

-- Who has left keeps the row: whom they met stays known.
CREATE TABLE group_members (
  group_id TEXT NOT NULL REFERENCES groups (id),
  lead_id TEXT NOT NULL REFERENCES leads (id),
  place BIGINT NOT NULL,
  active BIGINT NOT NULL,
  PRIMARY KEY (group_id, lead_id)
) /*clustered*/;
CREATE INDEX group_members_by_lead ON group_members (lead_id);

-- Who sat where. A round that nobody of a table remembers is not there.
CREATE TABLE group_seats (
  group_id TEXT NOT NULL REFERENCES groups (id),
  round BIGINT NOT NULL CHECK (round > 0),
  seat_table BIGINT NOT NULL CHECK (seat_table > 0),
  lead_id TEXT NOT NULL REFERENCES leads (id),
  PRIMARY KEY (group_id, round, seat_table, lead_id)
) /*clustered*/;
CREATE INDEX group_seats_by_lead ON group_seats (lead_id);

-- What a table wrote down of a round, as Markdown.
CREATE TABLE group_records (
  group_id TEXT NOT NULL REFERENCES groups (id),
  round BIGINT NOT NULL,
  seat_table BIGINT NOT NULL,
  text TEXT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  PRIMARY KEY (group_id, round, seat_table)
) /*clustered*/;
