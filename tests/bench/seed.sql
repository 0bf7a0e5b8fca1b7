-- A million leads, for measuring: straight into the tables, in id order, as plausible as rows of
-- 1 KB need to be. Run by tests/bench/run on a store that `flead init --test` has just made:
--   sqlite3 flead.db < tests/bench/seed.sql
PRAGMA synchronous = OFF;
BEGIN;
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000000)
INSERT INTO leads (id, tenant_id, status, name, name_folded, phone, phone_typed, email,
    email_folded, telegram, vk, whatsapp, max, message, channel, locale, zone, source, page_url,
    referrer, utm_source, utm_medium, utm_campaign, utm_term, utm_content, custom, assignee,
    link_token, created_at_ms, updated_at_ms, first_answer_at_ms)
SELECT printf('lead_01k%023d', n), (SELECT id FROM tenants LIMIT 1),
    CASE n % 7 WHEN 0 THEN 'booked' WHEN 1 THEN 'contacted' WHEN 2 THEN 'lost' ELSE 'new' END,
    'Иван Петров ' || n, 'иван петров ' || n, printf('+7900%07d', n),
    printf('8 (900) %07d', n), 'ivan.petrov.' || n || '@example.com',
    'ivan.petrov.' || n || '@example.com', '', '', '', '',
    CASE n % 4 WHEN 0 THEN 'Когда можно встретиться? Лучше после обеда, в любой день.' ELSE '' END,
    '', 'ru', '', CASE n % 5 WHEN 0 THEN 'form' WHEN 1 THEN 'api' ELSE 'widget' END,
    'https://www.example.com/pricing?n=' || n, 'https://search.example/',
    CASE n % 3 WHEN 0 THEN 'yandex' WHEN 1 THEN 'vk' ELSE '' END, 'cpc', 'spring', '', '', '{}', '',
    printf('01k%023dbench%027d', n, n), 1767225600000 + n * 1000, 1767225600000 + n * 1000,
    1767225600000 + n * 1000 + 4000
FROM numbers;
COMMIT;
PRAGMA wal_checkpoint(TRUNCATE);
