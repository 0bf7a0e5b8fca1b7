#include "core/law/legal_store.h"

#include <limits>

namespace flead::law {
namespace {

#define FLEAD_LEGAL_COLUMNS \
  "id, tenant_id, doc, lang, version, body, body_hash, created_at_ms, published_at_ms"

LegalText read_text(const store::Row& row) {
  LegalText text;
  text.id = row.id<LegalTextId>(0);
  text.tenant = row.id<TenantId>(1);
  text.doc = row.string(2);
  text.lang = row.string(3);
  text.version = row.integer(4);
  text.body = row.string(5);
  text.body_hash = row.string(6);
  text.created_at = row.integer(7);
  text.published_at = row.integer_or_null(8);
  return text;
}

}  // namespace

Status insert_text(store::Tx& tx, const LegalText& text) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO legal_texts (id, tenant_id, doc, lang, version, body, body_hash, created_at_ms,
                               published_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  )sql",
                      text.id, text.tenant, text.doc, text.lang, text.version, text.body,
                      text.body_hash, text.created_at, text.published_at));
  return {};
}

Status mark_published(store::Tx& tx, const LegalTextId& id, TimeMs now) {
  FLEAD_CHECK(tx.exec(
      "UPDATE legal_texts SET published_at_ms = $2 WHERE id = $1 AND published_at_ms IS NULL", id,
      now));
  return {};
}

Result<std::int64_t> highest_version(store::Tx& tx, const TenantId& tenant, std::string_view doc,
                                     std::string_view lang) {
  return tx.one(
      R"sql(
      SELECT COALESCE(MAX(version), 0) FROM legal_texts
      WHERE tenant_id = $1 AND doc = $2 AND lang = $3
  )sql",
      [](const store::Row& row) { return row.integer(0); }, tenant, doc, lang);
}

Result<std::optional<LegalText>> current(store::Tx& tx, const TenantId& tenant,
                                         std::string_view doc, std::string_view lang) {
  return tx.maybe("SELECT " FLEAD_LEGAL_COLUMNS R"sql(
      FROM legal_texts
      WHERE tenant_id = $1 AND doc = $2 AND lang = $3 AND published_at_ms IS NOT NULL
      ORDER BY version DESC LIMIT 1
  )sql",
                  read_text, tenant, doc, lang);
}

Result<LegalText> by_version(store::Tx& tx, const TenantId& tenant, std::string_view doc,
                             std::string_view lang, std::int64_t version) {
  FLEAD_TRY(auto found, tx.maybe("SELECT " FLEAD_LEGAL_COLUMNS R"sql(
      FROM legal_texts WHERE tenant_id = $1 AND doc = $2 AND lang = $3 AND version = $4
  )sql",
                                 read_text, tenant, doc, lang, version));
  if (!found) {
    return not_found("legal_not_found", "There is no such version of this text.",
                     "flead legal list");
  }
  return std::move(*found);
}

Result<std::optional<Evidence>> evidence(store::Tx& tx, const TenantId& tenant,
                                         std::string_view doc, std::string_view lang,
                                         std::optional<std::int64_t> version) {
  return tx.maybe(
      R"sql(
      SELECT version, body_hash FROM legal_texts
      WHERE tenant_id = $1 AND doc = $2 AND lang = $3 AND version >= $4 AND version <= $5
        AND published_at_ms IS NOT NULL
      ORDER BY version DESC LIMIT 1
  )sql",
      [](const store::Row& row) {
        return Evidence{row.integer(0), row.string(1)};
      },
      tenant, doc, lang, version.value_or(0),
      version.value_or(std::numeric_limits<std::int64_t>::max()));
}

Result<std::vector<LegalText>> list(store::Tx& tx, const TenantId& tenant, std::int64_t limit) {
  return tx.all("SELECT " FLEAD_LEGAL_COLUMNS R"sql(
      FROM legal_texts WHERE tenant_id = $1
      ORDER BY doc, lang, version DESC LIMIT $2
  )sql",
                read_text, tenant, limit);
}

}  // namespace flead::law
