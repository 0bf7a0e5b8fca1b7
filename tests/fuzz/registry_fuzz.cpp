// A provider's registry of any bytes: what is read of it is whole, and agrees with itself.
#include "core/money/registry.h"

#include "core/base/money.h"
#include "core/base/text.h"
#include "fuzz/fuzz.h"

namespace flead::money {

FLEAD_FUZZ(registry) {
  if (const auto minor = parse_registry_amount(input)) {
    FLEAD_ASSERT(*minor >= -k_money_minor_max && *minor <= k_money_minor_max);
    FLEAD_ASSERT(parse_registry_amount(decimal_text(*minor)) == minor);
    FLEAD_ASSERT(parse_registry_amount(decimal_text(*minor, ',')) == minor);
  }
  if (const auto day = parse_registry_day(input, Zone::utc())) {
    FLEAD_ASSERT(parse_registry_day(format_date(*day), Zone::utc()) == day);
  }
  const bool dated = !input.empty() && input.front() % 2 == 0;
  RegistryColumns columns{"id", "amount", dated ? "date" : "", "", ""};
  if (!input.empty() && input.front() % 3 == 0) columns.fee = "fee";
  const auto registry = read_registry(input, columns, "RUB", Zone::utc());
  if (!registry) {
    FLEAD_ASSERT(!registry.error().code.empty() && valid_utf8(registry.error().message));
    return;
  }
  std::vector<OurRow> ours;
  std::int64_t line = 0;
  for (const TheirRow& row : registry->rows) {
    FLEAD_ASSERT(!row.id.empty() && valid_utf8(row.id) && row.amount_minor != 0);
    FLEAD_ASSERT(row.line > line && row.currency == "RUB");
    line = row.line;
    ours.push_back({row.id, row.amount_minor, row.currency, 0, "", row.line, true});
  }
  FLEAD_ASSERT(registry->first_day <= registry->last_day);
  FLEAD_ASSERT(!dated || registry->rows.empty() || registry->first_day);
  const Differences same = reconcile(registry->rows, ours);
  FLEAD_ASSERT(same.count() == 0);
  FLEAD_ASSERT(same.agreed == static_cast<std::int64_t>(registry->rows.size()));
  if (ours.empty()) return;
  ours.pop_back();
  FLEAD_ASSERT(reconcile(registry->rows, ours).missing_here.size() == 1);
}

}  // namespace flead::money
