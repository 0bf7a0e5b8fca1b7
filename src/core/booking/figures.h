// Figures of hosts: what became of their bookings. Callers: `flead stats expert`, `flead expert
// show`.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>

#include "core/booking/expert.h"

namespace flead::booking {

struct ExpertFigures {
  std::int64_t completed = 0, no_shows = 0, cancelled = 0, coming = 0;
  // As agreed, less what is due back, by currency, of meetings that took place, no-shows and
  // cancellations. What was really paid is the ledger's to say.
  std::map<std::string, std::int64_t> income_minor;
  std::int64_t answers = 0;    // requests that were accepted or declined
  std::int64_t answer_ms = 0;  // how long these waited, all together
};

struct FiguresFilter {
  std::optional<HostId> host;
  TimeMs from = 0;
  TimeMs to = std::numeric_limits<TimeMs>::max();  // of meetings that start in [from, to)
};
Result<std::map<HostId, ExpertFigures>> figures(store::Tx& tx, const TenantId& tenant,
                                                const FiguresFilter& filter, TimeMs now);

struct Rating {
  std::int64_t sum = 0, count = 0;  // of the reviews that are not hidden
};
Result<std::map<HostId, Rating>> ratings(store::Tx& tx, const TenantId& tenant);

Json to_json(const ExpertFigures& figures);

}  // namespace flead::booking
