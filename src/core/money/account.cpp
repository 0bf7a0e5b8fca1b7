#include "core/money/account.h"

#include <algorithm>
#include <array>

#include "core/base/text.h"

namespace flead::money {

bool is_account(std::string_view path) {
  constexpr std::array<std::string_view, 5> k_roots = {"assets", "liabilities", "income",
                                                       "expenses", "equity"};
  if (path.size() > k_account_bytes_max) return false;
  const std::size_t colon = path.find(':');
  if (colon == std::string_view::npos) return false;
  if (std::find(k_roots.begin(), k_roots.end(), path.substr(0, colon)) == k_roots.end()) {
    return false;
  }
  bool empty = true;
  for (const char c : path.substr(colon + 1)) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (!word && c != ':') return false;
    if (c == ':' && empty) return false;
    empty = c == ':';
  }
  return !empty;
}

namespace account {

std::string provider(std::string_view name) {
  return "assets:provider:" + std::string(name);
}
std::string gateway(std::string_view name) {
  return "assets:gateway:" + std::string(name);
}
std::string prepaid(const LeadId& lead) {
  return "liabilities:prepaid:" + lead.text();
}
std::string refunds(const LeadId& lead) {
  return "liabilities:refunds:" + lead.text();
}
std::string expert(std::string_view host_id) {
  return "liabilities:expert:" + std::string(host_id);
}
std::string fees(std::string_view name) {
  return "expenses:fees:" + std::string(name);
}

}  // namespace account

}  // namespace flead::money
