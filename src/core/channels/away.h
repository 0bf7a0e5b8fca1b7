// Business hours: what a person is told while nobody of the tenant's is there. Callers: the
// greeting, the welcome on a messenger, the answer to whoever asks for a person.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/weekly.h"
#include "core/base/zone.h"
#include "core/store/store.h"
#include "core/tenants/tenant.h"

namespace flead::channels {

// When the hours begin next; nothing while they run, and when there are none. Windows are wall time
// in the zone; one that begins in an hour which the clock leaps over begins after the leap.
std::optional<TimeMs> away_until(const std::vector<Window>& hours, const Zone& zone, TimeMs now);

// By the settings `business.hours` and `business.text`, in the tenant's zone; "" while somebody is
// there. Of the tenant's own text `{when}` and `{tenant}` are replaced.
Result<std::string> away_text(store::Tx& tx, const tenants::Tenant& tenant,
                              std::string_view language, TimeMs now);

}  // namespace flead::channels
