// The people of the demo: made-up names, wishes and campaigns in two languages. Pure: the same
// number gives the same person. Called by demo.cpp alone.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/intake/lead.h"

namespace flead::demo {

// How they came, with the source as intake names it.
struct Visitor {
  intake::NewLead lead;
  std::string_view source;  // widget form api import
};
// `number` counts from 0 and makes contacts unique; `dice` decides the rest.
Visitor visitor(std::string_view locale, std::size_t number, std::uint64_t dice);

// A remark of the operator about a lead.
std::string_view remark(std::string_view locale, std::uint64_t dice);

}  // namespace flead::demo
