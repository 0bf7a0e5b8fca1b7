-- Photos of experts, kept here so that pages load nothing from elsewhere. The bytes are base64,
-- for text is the one type that both engines spell alike.
CREATE TABLE expert_photos (
  host_id TEXT PRIMARY KEY REFERENCES hosts (id),
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  type TEXT NOT NULL CHECK (type IN ('image/jpeg', 'image/png', 'image/webp')),
  bytes TEXT NOT NULL,
  updated_at_ms BIGINT NOT NULL
);
ALTER TABLE experts ADD COLUMN photo_mark TEXT NOT NULL DEFAULT '';
