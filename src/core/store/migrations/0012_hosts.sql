-- Links and sessions of a host's own pages name this number: one more, and the old ones are over.
ALTER TABLE hosts ADD COLUMN login_seq BIGINT NOT NULL DEFAULT 0;

-- A catalogue of thousands asks each host for its offers, and each offer for its windows.
CREATE INDEX offers_by_host ON offers (host_id, slug);
CREATE INDEX slot_rules_by_offer ON slot_rules (offer_id, weekday, from_min);
