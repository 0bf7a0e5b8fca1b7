// Consent: which text a person agreed to, as evidence. Callers: leads.cpp. Never decides whether
// consent is needed.
#pragma once

#include <string_view>

#include "core/intake/leads_store.h"

namespace flead::intake {

// `version` as the person's form named it; "" means the text that is published now. The evidence
// is the version and the hash of the very text of the purpose's document: in the language
// `locale` where that version exists, in the other one otherwise. An older published version counts
// (a page may stand open for days), a draft does not. Where another text than the processing one
// has no such version, its current one is meant.
// Error consent_version_unknown (refused) when the tenant has published texts for this purpose and
// none ever had the version; a tenant without texts keeps the version as given, with no hash.
Result<leads_store::ConsentText> consent_text(store::Tx& tx, const TenantId& tenant,
                                              std::string_view purpose, std::string_view version,
                                              std::string_view locale);

}  // namespace flead::intake
