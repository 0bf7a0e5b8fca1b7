#include "core/booking/experts_store.h"

#include <cstdint>
#include <map>
#include <string>

#include "core/base/crypto.h"
#include "core/base/text.h"

namespace flead::booking {

namespace {

constexpr std::string_view k_expert_columns = R"sql(
    SELECT h.id, h.tenant_id, h.slug, h.name, h.zone, h.email, h.created_at_ms, h.updated_at_ms,
           e.headline, e.about, e.photo_url, e.listed, e.rating_sum, e.rating_count,
           e.created_at_ms, e.updated_at_ms, e.photo_mark
    FROM experts e JOIN hosts h ON h.id = e.host_id
)sql";

Expert read_expert(const store::Row& row) {
  Expert expert;
  Host& host = expert.host;
  host.id = row.id<HostId>(0);
  host.tenant = row.id<TenantId>(1);
  host.slug = row.string(2);
  host.name = row.string(3);
  host.zone = row.string(4);
  host.email = row.string(5);
  host.created_at = row.integer(6);
  host.updated_at = row.integer(7);
  expert.headline = row.string(8);
  expert.about = row.string(9);
  expert.photo_url = row.string(10);
  expert.listed = row.flag(11);
  expert.rating_sum = row.integer(12);
  expert.rating_count = row.integer(13);
  expert.created_at = row.integer(14);
  expert.updated_at = row.integer(15);
  expert.photo_mark = row.string(16);
  return expert;
}

Status fill_expert_tags(store::Tx& tx, Expert& expert) {
  return tx.each(
      "SELECT kind, tag FROM expert_tags WHERE host_id = $1 ORDER BY kind, place",
      [&](const store::Row& row) {
        (row.text(0) == "topic" ? expert.topics : expert.languages).push_back(row.string(1));
        return true;
      },
      expert.host.id);
}

std::string search_words(const Expert& expert) {
  std::string words = expert.host.name + "\n" + expert.headline + "\n" + expert.about;
  for (const std::string& topic : expert.topics) words += "\n" + topic;
  return fold(words);
}

Status write_tags(store::Tx& tx, const Expert& expert) {
  FLEAD_CHECK(tx.exec("DELETE FROM expert_tags WHERE host_id = $1", expert.host.id));
  const auto write = [&](std::string_view kind, const std::vector<std::string>& tags) -> Status {
    for (std::size_t i = 0; i < tags.size(); ++i) {
      FLEAD_CHECK(tx.exec(R"sql(
          INSERT INTO expert_tags (tenant_id, kind, folded, slug, host_id, place, tag)
          VALUES ($1, $2, $3, $4, $5, $6, $7)
      )sql",
                          expert.host.tenant, kind, fold(tags[i]), expert.host.slug, expert.host.id,
                          static_cast<std::int64_t>(i), tags[i]));
    }
    return {};
  };
  FLEAD_CHECK(write("topic", expert.topics));
  return write("language", expert.languages);
}

Review read_review(const store::Row& row) {
  Review review;
  review.booking = row.id<BookingId>(0);
  review.host_slug = row.string(1);
  if (!row.is_null(2)) review.lead = row.id<LeadId>(2);
  review.name = row.string(3);
  review.rating = row.integer(4);
  review.text = row.string(5);
  review.hidden_why = row.string(6);
  review.created_at = row.integer(7);
  return review;
}

constexpr std::string_view k_review_columns = R"sql(
    SELECT r.booking_id, h.slug, r.lead_id, COALESCE(l.name, ''), r.rating, r.text, r.hidden_why,
           r.created_at_ms
    FROM reviews r JOIN hosts h ON h.id = r.host_id LEFT JOIN leads l ON l.id = r.lead_id
)sql";

}  // namespace

Result<std::optional<Expert>> expert_by_slug(store::Tx& tx, const TenantId& tenant,
                                             std::string_view slug) {
  FLEAD_TRY(auto found,
            tx.maybe(std::string(k_expert_columns) + "WHERE e.tenant_id = $1 AND e.slug = $2",
                     read_expert, tenant, slug));
  if (found) FLEAD_CHECK(fill_expert_tags(tx, *found));
  return found;
}

// By slug along an index: a topic's or a language's own, else that of all experts.
Result<std::vector<Expert>> experts_page(store::Tx& tx, const TenantId& tenant,
                                         const ExpertFilter& filter) {
  const std::string topic = fold(filter.topic);
  const std::string language = fold(filter.language);
  const std::string query = fold(filter.query);
  std::string sql(k_expert_columns);
  const bool by_tag = !topic.empty() || !language.empty();
  if (by_tag) {
    sql += R"sql(JOIN expert_tags t ON t.host_id = e.host_id
      WHERE t.tenant_id = $1 AND t.kind = $7 AND t.folded = $8 AND t.slug > $2)sql";
  } else {
    sql += "WHERE e.tenant_id = $1 AND e.slug > $2 AND $7 = '' AND $8 = ''";
  }
  sql += R"sql(
        AND (e.listed = 1 OR $3 = 1)
        AND ($4 = '' OR REPLACE(e.words, $4, '') <> e.words)
        AND ($5 = 0 OR (e.rating_count > 0 AND e.rating_sum * 10 >= $5 * e.rating_count))
        AND ($9 = '' OR EXISTS (SELECT 1 FROM expert_tags o WHERE o.tenant_id = $1
             AND o.kind = 'language' AND o.folded = $9 AND o.slug = e.slug))
      ORDER BY )sql";
  sql += by_tag ? "t.slug LIMIT $6" : "e.slug LIMIT $6";
  const std::string_view kind = !by_tag ? "" : !topic.empty() ? "topic" : "language";
  const std::string& tag = !topic.empty() ? topic : language;
  FLEAD_TRY(auto found, tx.all(sql, read_expert, tenant, filter.after_slug, filter.unlisted ? 1 : 0,
                               query, filter.rating_min_tenths.value_or(0), filter.limit, kind, tag,
                               topic.empty() ? std::string() : language));
  for (Expert& expert : found) FLEAD_CHECK(fill_expert_tags(tx, expert));
  return found;
}

Status insert_expert(store::Tx& tx, const Expert& expert) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO experts (host_id, tenant_id, slug, headline, about, photo_url, listed, words,
                           rating_sum, rating_count, created_at_ms, updated_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8,
              (SELECT CAST(COALESCE(SUM(rating), 0) AS BIGINT) FROM reviews
               WHERE host_id = $1 AND hidden_why = ''),
              (SELECT COUNT(*) FROM reviews WHERE host_id = $1 AND hidden_why = ''), $9, $10)
  )sql",
                      expert.host.id, expert.host.tenant, expert.host.slug, expert.headline,
                      expert.about, expert.photo_url, expert.listed ? 1 : 0, search_words(expert),
                      expert.created_at, expert.updated_at));
  return write_tags(tx, expert);
}

Status update_expert(store::Tx& tx, const Expert& expert) {
  FLEAD_CHECK(tx.exec(R"sql(
      UPDATE experts SET headline = $2, about = $3, photo_url = $4, listed = $5, words = $6,
             updated_at_ms = $7
      WHERE host_id = $1
  )sql",
                      expert.host.id, expert.headline, expert.about, expert.photo_url,
                      expert.listed ? 1 : 0, search_words(expert), expert.updated_at));
  return write_tags(tx, expert);
}

Status put_photo(store::Tx& tx, const Host& host, const std::optional<Photo>& photo, TimeMs now) {
  FLEAD_CHECK(tx.exec("DELETE FROM expert_photos WHERE host_id = $1", host.id));
  if (photo) {
    FLEAD_CHECK(tx.exec(R"sql(
        INSERT INTO expert_photos (host_id, tenant_id, type, bytes, updated_at_ms)
        VALUES ($1, $2, $3, $4, $5)
    )sql",
                        host.id, host.tenant, photo->type, base64_encode(photo->bytes), now));
  }
  FLEAD_CHECK(tx.exec("UPDATE experts SET photo_mark = $2 WHERE host_id = $1", host.id,
                      photo ? photo->mark : std::string()));
  return {};
}

Result<std::optional<Photo>> photo_of(store::Tx& tx, const HostId& host) {
  FLEAD_TRY(auto photo, tx.maybe(
                            "SELECT type, bytes FROM expert_photos WHERE host_id = $1",
                            [](const store::Row& row) {
                              return Photo{row.string(0), row.string(1), ""};
                            },
                            host));
  if (!photo) return photo;
  auto bytes = base64_decode(photo->bytes);
  if (!bytes) return internal_error("A photo in the store is damaged", host.text());
  photo->bytes = std::move(*bytes);
  return photo;
}

Status add_to_rating(store::Tx& tx, const HostId& host, std::int64_t sum, std::int64_t count) {
  FLEAD_CHECK(tx.exec(R"sql(
      UPDATE experts SET rating_sum = rating_sum + $2, rating_count = rating_count + $3
      WHERE host_id = $1
  )sql",
                      host, sum, count));
  return {};
}

Result<std::optional<Review>> review_by_booking(store::Tx& tx, const TenantId& tenant,
                                                const BookingId& booking) {
  return tx.maybe(std::string(k_review_columns) + "WHERE r.tenant_id = $1 AND r.booking_id = $2",
                  read_review, tenant, booking);
}

Result<std::vector<Review>> reviews_page(store::Tx& tx, const TenantId& tenant,
                                         const ReviewFilter& filter) {
  std::string sql(k_review_columns);
  sql += filter.host ? "WHERE r.tenant_id = $1 AND r.host_id = $2"
                     : "WHERE r.tenant_id = $1 AND CAST($2 AS TEXT) IS NULL";
  sql += R"sql( AND ($3 = '' OR r.booking_id < $3) AND ($4 = 1 OR r.hidden_why = '')
      ORDER BY r.booking_id DESC LIMIT $5)sql";
  return tx.all(sql, read_review, tenant, filter.host, filter.after_id, filter.hidden ? 1 : 0,
                filter.limit);
}

Result<bool> insert_review(store::Tx& tx, const TenantId& tenant, const HostId& host,
                           const Review& review) {
  FLEAD_TRY(const auto changed, tx.exec(R"sql(
      INSERT INTO reviews (booking_id, tenant_id, host_id, lead_id, rating, text, hidden_why,
                           created_at_ms, updated_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, '', $7, $7)
      ON CONFLICT (booking_id) DO NOTHING
  )sql",
                                        review.booking, tenant, host, review.lead, review.rating,
                                        review.text, review.created_at));
  return changed == 1;
}

Status set_hidden(store::Tx& tx, const BookingId& booking, std::string_view why, TimeMs now) {
  FLEAD_CHECK(
      tx.exec("UPDATE reviews SET hidden_why = $2, updated_at_ms = $3 WHERE booking_id = $1",
              booking, why, now));
  return {};
}

}  // namespace flead::booking
