#include "core/law/legal.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/crypto.h"
#include "core/base/embedded.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/law/legal_store.h"

namespace flead::law {
namespace {

Status check_doc_and_lang(std::string_view doc, std::string_view lang) {
  const auto& docs = doc_names();
  if (std::find(docs.begin(), docs.end(), doc) == docs.end()) {
    return refused_field("doc", "doc_unknown",
                         fmt::format("The documents are {}.", fmt::join(docs, ", ")));
  }
  if (lang != "ru" && lang != "en") {
    return refused_field("lang", "lang_unknown", "The language is ru or en.");
  }
  return {};
}

bool has_forbidden_control(std::string_view body) {
  return std::any_of(body.begin(), body.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7F;
  });
}

LegalText make_text(World& world, const TenantId& tenant, std::string_view doc,
                    std::string_view lang, std::int64_t version, std::string body) {
  LegalText text;
  text.id = new_id<LegalTextIdTag>(world);
  text.tenant = tenant;
  text.doc = doc;
  text.lang = lang;
  text.version = version;
  text.body_hash = sha256_hex(body);
  text.body = std::move(body);
  text.created_at = world.clock.now();
  return text;
}

}  // namespace

const std::vector<std::string>& doc_names() {
  static const std::vector<std::string> k_names = {"policy", "consent", "marketing"};
  return k_names;
}

std::string_view doc_of_purpose(std::string_view purpose) {
  if (purpose == "processing") return "consent";
  if (purpose == "marketing" || purpose.starts_with("marketing.")) return "marketing";
  return "";
}

Status publish_defaults(World& world, store::Tx& tx, const TenantId& tenant,
                        std::string_view tenant_name) {
  for (const embedded::File& file : embedded::legal()) {
    // "ru/policy.md"
    const auto slash = file.path.find('/');
    const std::string_view lang = file.path.substr(0, slash);
    const std::string_view doc = file.path.substr(slash + 1, file.path.size() - slash - 4);
    LegalText text =
        make_text(world, tenant, doc, lang, 1, replace_all(file.data, "{{name}}", tenant_name));
    text.published_at = text.created_at;
    FLEAD_CHECK(insert_text(tx, text));
  }
  return {};
}

Result<LegalText> add(World& world, store::Tx& tx, const TenantId& tenant, std::string_view doc,
                      std::string_view lang, std::string_view body) {
  FLEAD_CHECK(check_doc_and_lang(doc, lang));
  if (trim(body).empty() || body.size() > k_legal_bytes_max || !valid_utf8(body) ||
      has_forbidden_control(body)) {
    return refused_field(
        "body", "body_invalid",
        fmt::format("A legal text is 1 to {} bytes of UTF-8 text.", k_legal_bytes_max));
  }
  FLEAD_TRY(const std::int64_t last, highest_version(tx, tenant, doc, lang));
  const LegalText text = make_text(world, tenant, doc, lang, last + 1, std::string(body));
  FLEAD_CHECK(insert_text(tx, text));
  return text;
}

Result<LegalText> publish(World& world, store::Tx& tx, const TenantId& tenant, std::string_view doc,
                          std::string_view lang, std::int64_t version) {
  FLEAD_TRY(LegalText text, by_version(tx, tenant, doc, lang, version));
  if (text.published_at) return text;
  FLEAD_TRY(const auto now_out, current(tx, tenant, doc, lang));
  if (now_out && now_out->version > version) {
    return conflict("legal_superseded",
                    fmt::format("Version {} is published already.", now_out->version),
                    "Add the text again: it becomes the next version.");
  }
  text.published_at = world.clock.now();
  FLEAD_CHECK(mark_published(tx, text.id, *text.published_at));
  return text;
}

Json to_json(const LegalText& text) {
  std::optional<std::string> published_at;
  if (text.published_at) published_at = format_time(*text.published_at);
  return Json::object({{"id", text.id.text()},
                       {"doc", text.doc},
                       {"lang", text.lang},
                       {"version", text.version},
                       {"status", published_at ? "published" : "draft"},
                       {"body_hash", text.body_hash},
                       {"created_at", format_time(text.created_at)},
                       {"published_at", published_at},
                       {"body", text.body}});
}

}  // namespace flead::law
