#include "core/channels/inbound.h"

namespace flead::channels {
namespace {

std::string_view value_of(const std::vector<std::pair<std::string, std::string>>& pairs,
                          std::string_view wanted) {
  for (const auto& [name, value] : pairs) {
    if (name == wanted) return value;
  }
  return {};
}

}  // namespace

std::string_view HookCall::header(std::string_view lower_case_name) const {
  return value_of(headers, lower_case_name);
}

std::string_view HookCall::query_value(std::string_view name) const {
  return value_of(query, name);
}

std::string_view kind_name(Inbound::Kind kind) {
  switch (kind) {
    case Inbound::Kind::text:
      return "text";
    case Inbound::Kind::button:
      return "button";
    case Inbound::Kind::start:
      return "start";
    case Inbound::Kind::contact:
      return "contact";
    case Inbound::Kind::opt_in:
      return "opt_in";
    case Inbound::Kind::opt_out:
      return "opt_out";
    case Inbound::Kind::receipt:
      return "receipt";
    case Inbound::Kind::answer:
      return "answer";
    case Inbound::Kind::thread:
      return "thread";
    case Inbound::Kind::other:
      return "other";
  }
  return "other";
}

}  // namespace flead::channels
