-- A host's profile makes an expert. `words` is what is searched: name, headline, about and topics,
-- folded. The rating is kept with its reviews: hidden ones don't count.
CREATE TABLE experts (
  host_id TEXT PRIMARY KEY REFERENCES hosts (id),
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  slug TEXT NOT NULL,
  headline TEXT NOT NULL,
  about TEXT NOT NULL,
  photo_url TEXT NOT NULL,
  listed BIGINT NOT NULL,
  words TEXT NOT NULL,
  rating_sum BIGINT NOT NULL,
  rating_count BIGINT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX experts_by_slug ON experts (tenant_id, slug);

-- kind is 'topic' or 'language'; `folded` is what is asked for.
CREATE TABLE expert_tags (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  kind TEXT NOT NULL CHECK (kind IN ('topic', 'language')),
  folded TEXT NOT NULL,
  slug TEXT NOT NULL,
  host_id TEXT NOT NULL REFERENCES hosts (id),
  place BIGINT NOT NULL,
  tag TEXT NOT NULL,
  PRIMARY KEY (tenant_id, kind, folded, slug)
) /*clustered*/;
CREATE INDEX expert_tags_by_host ON expert_tags (host_id, kind, place);

-- One for each meeting that took place. Once the person is erased, who and what they wrote go; the
-- rating stays.
CREATE TABLE reviews (
  booking_id TEXT PRIMARY KEY REFERENCES bookings (id),
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  host_id TEXT NOT NULL REFERENCES hosts (id),
  lead_id TEXT REFERENCES leads (id),
  rating BIGINT NOT NULL CHECK (rating >= 1 AND rating <= 5),
  text TEXT NOT NULL,
  hidden_why TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL
);
CREATE INDEX reviews_by_host ON reviews (host_id, booking_id);
CREATE INDEX reviews_by_tenant ON reviews (tenant_id, booking_id);
