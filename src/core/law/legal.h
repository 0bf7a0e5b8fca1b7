// Legal texts: policy, consent to processing, consent to advertising, each per tenant, language and
// version. Published texts are never edited, so a consent row that names a version and a hash is
// evidence. Callers: intake (the consent row), the page /legal/{doc}, the widget, `flead legal`.
// Never decides what the law asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "core/store/store.h"

namespace flead::law {

struct LegalText {
  LegalTextId id;
  TenantId tenant;
  std::string doc;   // policy consent marketing
  std::string lang;  // ru en
  std::int64_t version = 0;
  std::string body;       // Markdown
  std::string body_hash;  // sha256 of the body, hex
  TimeMs created_at = 0;
  std::optional<TimeMs> published_at;  // a draft has none
};

const std::vector<std::string>& doc_names();
// The document that a person agrees to for a purpose: "processing" is consent, "marketing" is
// marketing; "" for any other purpose.
std::string_view doc_of_purpose(std::string_view purpose);

// Version 1 of every document in every language from the texts in the program, with the tenant's
// name filled in. Called once per tenant.
Status publish_defaults(World& world, store::Tx& tx, const TenantId& tenant,
                        std::string_view tenant_name);

// The next version, as a draft. Errors (refused): doc_unknown, lang_unknown, body_invalid.
Result<LegalText> add(World& world, store::Tx& tx, const TenantId& tenant, std::string_view doc,
                      std::string_view lang, std::string_view body);
// Makes a draft the current text; its predecessors stay for whoever agreed to them. Publishing
// twice changes nothing. Errors: legal_not_found; legal_superseded (conflict) when a later version
// is out already.
Result<LegalText> publish(World& world, store::Tx& tx, const TenantId& tenant, std::string_view doc,
                          std::string_view lang, std::int64_t version);

// The published text with the highest version; nothing when there is none.
Result<std::optional<LegalText>> current(store::Tx& tx, const TenantId& tenant,
                                         std::string_view doc, std::string_view lang);
// Any version, drafts too; error legal_not_found.
Result<LegalText> by_version(store::Tx& tx, const TenantId& tenant, std::string_view doc,
                             std::string_view lang, std::int64_t version);
// What a consent row names: a published text without its body, which may be long. `version` nothing
// is the current one. Nothing when there is none, or only a draft.
struct Evidence {
  std::int64_t version = 0;
  std::string body_hash;
};
Result<std::optional<Evidence>> evidence(store::Tx& tx, const TenantId& tenant,
                                         std::string_view doc, std::string_view lang,
                                         std::optional<std::int64_t> version);
// Newest first.
Result<std::vector<LegalText>> list(store::Tx& tx, const TenantId& tenant, std::int64_t limit);

Json to_json(const LegalText& text);  // with the body

}  // namespace flead::law
