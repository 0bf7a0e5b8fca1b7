// What the files of `flead doctor` share; nobody else includes this.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/store/store.h"
#include "core/tenants/tenant.h"

namespace flead::cli {

struct Finding {
  std::string_view check;
  std::string_view status;  // ok warn fail
  std::string message;
  std::string fix;
};
using Findings = std::vector<Finding>;

// doctor_payments.cpp: accounts, notifications, what does not fit, what is owed, what waits.
void check_payments(store::Store& store, const std::vector<tenants::Tenant>& tenants, TimeMs now,
                    Findings& findings);

}  // namespace flead::cli
