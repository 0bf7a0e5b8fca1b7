// A CSV file becomes rows and reasons, or one refusal; every row is accounted for.
#include "core/base/text.h"
#include "core/intake/import.h"
#include "fuzz/fuzz.h"

namespace flead {

FLEAD_FUZZ(import) {
  tenants::Tenant tenant;
  tenant.region = "RU";
  const auto plan = intake::read_import(tenant, input, {});
  if (!plan) {
    FLEAD_ASSERT(plan.error().kind == ErrorKind::refused);
    return;
  }
  for (const auto& row : plan->rows) FLEAD_ASSERT(valid_utf8(row.raw));
  for (const auto& row : plan->rejected) FLEAD_ASSERT(row.line >= 1 && !row.reason.empty());
  const std::string rejects = intake::format_rejects(*plan);
  FLEAD_ASSERT(valid_utf8(rejects));
  // The rejects are a table of their own that can be mended and read again: none becomes good by
  // being written out.
  const auto again = intake::read_import(tenant, rejects, {});
  FLEAD_ASSERT(!again || again->rows.empty());
}

}  // namespace flead
