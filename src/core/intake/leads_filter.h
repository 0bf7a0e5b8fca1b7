// The WHERE of every question about many leads: lists, counts, exports. Only *_store.cpp files
// include this. Conditions are added only where the filter asks, so each question can use its
// index.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/intake/lead.h"
#include "core/store/store.h"

namespace flead::intake {

class LeadWhere {
 public:
  // Holds copies of what it binds: keep it until the statement has run.
  LeadWhere(const TenantId& tenant, const LeadFilter& filter);
  LeadWhere(const LeadWhere&) = delete;
  LeadWhere& operator=(const LeadWhere&) = delete;

  const std::string& text() const { return text_; }  // " WHERE leads.tenant_id = $1 AND ..."
  std::vector<store::Param>& params() { return params_; }
  // The number of a further parameter, as "$7".
  std::string add(std::int64_t value);
  std::string add(std::string_view value);

 private:
  void condition(std::string_view sql, std::string_view value);
  void condition(std::string_view sql, std::int64_t value);
  void query(const LeadFilter& filter);

  std::string text_;
  std::vector<store::Param> params_;
  std::deque<std::string> values_;  // addresses stay
};

}  // namespace flead::intake
