#include <utility>

#include "core/base/text.h"
#include "core/channels/template.h"

namespace flead::channels {

namespace {

constexpr std::string_view k_template_columns = "name, lang, purpose, subject, body, updated_at_ms";

TemplateText read_template(const store::Row& row) {
  TemplateText text;
  text.name = row.string(0);
  text.language = row.string(1);
  text.purpose = row.string(2);
  text.subject = row.string(3);
  text.body = row.string(4);
  text.updated_at = row.integer(5);
  text.edited = true;
  return text;
}

Status check_language(std::string_view language) {
  if (language == "ru" || language == "en") return {};
  return refused_field("language", "language_unknown", "The language is ru or en");
}

}  // namespace

Result<TemplateText> load_template(store::Tx& tx, const TenantId& tenant, std::string_view name,
                                   std::string_view language) {
  FLEAD_TRY(const TemplateSpec* spec, find_template(name));
  FLEAD_CHECK(check_language(language));
  FLEAD_TRY(auto own, tx.maybe("SELECT " + std::string(k_template_columns) +
                                   " FROM templates"
                                   " WHERE tenant_id = $1 AND name = $2 AND lang = $3",
                               read_template, tenant, name, language));
  if (own) return std::move(*own);
  return default_template(*spec, language);
}

Result<std::vector<TemplateText>> list_templates(store::Tx& tx, const TenantId& tenant) {
  std::vector<TemplateText> out;
  for (const auto& spec : template_specs()) {
    for (const std::string_view language : {"ru", "en"}) {
      FLEAD_TRY(auto text, load_template(tx, tenant, spec.name, language));
      out.push_back(std::move(text));
    }
  }
  return out;
}

Result<TemplateText> set_template(World& world, store::Tx& tx, const TenantId& tenant,
                                  const TemplateText& text) {
  FLEAD_TRY(const TemplateSpec* spec, find_template(text.name));
  FLEAD_TRY(const TemplateText before, load_template(tx, tenant, text.name, text.language));
  TemplateText next = text;
  next.body = replace_all(text.body, "\r\n", "\n");
  if (next.purpose.empty()) next.purpose = before.purpose;
  if (next.subject.empty()) next.subject = before.subject;
  if (!spec->subject) next.subject.clear();
  FLEAD_CHECK(check_template(*spec, next));
  return tx.one(R"sql(
      INSERT INTO templates (tenant_id, name, lang, purpose, subject, body, updated_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7)
      ON CONFLICT (tenant_id, name, lang) DO UPDATE SET purpose = excluded.purpose,
        subject = excluded.subject, body = excluded.body, updated_at_ms = excluded.updated_at_ms
      RETURNING name, lang, purpose, subject, body, updated_at_ms
  )sql",
                read_template, tenant, next.name, next.language, next.purpose, next.subject,
                next.body, world.clock.now());
}

Result<TemplateText> reset_template(store::Tx& tx, const TenantId& tenant, std::string_view name,
                                    std::string_view language) {
  FLEAD_TRY(const TemplateSpec* spec, find_template(name));
  FLEAD_CHECK(check_language(language));
  FLEAD_CHECK(tx.exec("DELETE FROM templates WHERE tenant_id = $1 AND name = $2 AND lang = $3",
                      tenant, name, language));
  return default_template(*spec, language);
}

}  // namespace flead::channels
