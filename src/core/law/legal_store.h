// The SQL of legal texts. Called by legal.cpp alone; what a version means is decided there, and
// current, by_version and list of legal.h are defined in its .cpp.
#pragma once

#include "core/law/legal.h"

namespace flead::law {

Status insert_text(store::Tx& tx, const LegalText& text);
Status mark_published(store::Tx& tx, const LegalTextId& id, TimeMs now);
// 0 when there is none.
Result<std::int64_t> highest_version(store::Tx& tx, const TenantId& tenant, std::string_view doc,
                                     std::string_view lang);

}  // namespace flead::law
