-- NUMBER experts with an offer each, straight into the tables; run by tests/bench/run on a store
-- that `flead init --test` has just made.
PRAGMA synchronous = OFF;
BEGIN;
CREATE TEMP TABLE numbers AS WITH RECURSIVE count (n) AS
  (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < NUMBER) SELECT n FROM count;
INSERT INTO hosts (id, tenant_id, slug, name, zone, email, booking_seq, created_at_ms,
                   updated_at_ms)
SELECT printf('host_01k%023d', n), (SELECT id FROM tenants LIMIT 1), printf('e%05d', n),
  'Ирина ' || n, 'Europe/Moscow', '', 0, 1767225600000, 1767225600000 FROM numbers;
INSERT INTO experts (host_id, tenant_id, slug, headline, about, photo_url, listed, words,
                     rating_sum, rating_count, created_at_ms, updated_at_ms)
SELECT printf('host_01k%023d', n), (SELECT id FROM tenants LIMIT 1), printf('e%05d', n),
  'Наставник по продукту', 'Десять лет в продуктах, сто запусков.', '', 1,
  'ирина ' || n || ' наставник по продукту десять лет в продуктах, сто запусков.', n % 5 + 1, 1,
  1767225600000, 1767225600000 FROM numbers;
INSERT INTO expert_tags (tenant_id, kind, folded, slug, host_id, place, tag)
SELECT (SELECT id FROM tenants LIMIT 1), 'topic', 'topic' || n % 50, printf('e%05d', n),
  printf('host_01k%023d', n), 0, 'Topic' || n % 50 FROM numbers;
INSERT INTO offers (id, tenant_id, host_id, slug, name, length_min, buffer_min, notice_min,
                    horizon_days, seats, location, status, created_at_ms, updated_at_ms)
SELECT printf('off_01k%023d', n), (SELECT id FROM tenants LIMIT 1), printf('host_01k%023d', n),
  printf('e%05d', n), 'Встреча', 60, 0, 0, 60, 1, '', 'active', 1767225600000, 1767225600000
FROM numbers;
INSERT INTO slot_rules (id, tenant_id, host_id, offer_id, weekday, from_min, to_min, created_at_ms)
SELECT printf('rule_01k%021d', n * 7 + d), (SELECT id FROM tenants LIMIT 1),
  printf('host_01k%023d', n), printf('off_01k%023d', n), d, 600, 1080, 1767225600000
FROM numbers, (SELECT 1 AS d UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5);
COMMIT;
