// What hosts and offers have to keep to, and how a host is made. Callers: offers.cpp and
// offers_edit.cpp alone. Errors (refused) name the field: slug_invalid, text_invalid, too_long,
// terms_invalid.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/booking/offer.h"

namespace flead::booking {

Status check_slug(std::string_view field, std::string_view slug);
Status check_text(std::string_view field, std::string_view text, std::size_t characters_max);
Status check_terms(const Terms& terms);
Result<Host> make_or_update_host(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                                 const NewRules& input, bool& made);

}  // namespace flead::booking
