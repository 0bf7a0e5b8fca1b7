// The SQL of the waiting list. Only waitlist.cpp calls it.
#pragma once

#include "core/booking/waitlist.h"

namespace flead::booking {

Status insert_wait(store::Tx& tx, const Wait& wait);
Status update_wait(store::Tx& tx, const Wait& wait);
Result<std::optional<Wait>> wait_by_id(store::Tx& tx, const TenantId& tenant, const WaitId& id);
// That is waiting or offered.
Result<std::optional<Wait>> open_wait_of(store::Tx& tx, const OfferId& offer, const LeadId& lead);
Result<std::int64_t> count_waiting(store::Tx& tx, const OfferId& offer);
// Who waits longest for a start at this time.
Result<std::optional<Wait>> next_waiting(store::Tx& tx, const OfferId& offer, TimeMs start);
// Offers of a host that somebody waits for.
Result<std::vector<OfferId>> awaited_offers(store::Tx& tx, const HostId& host);

}  // namespace flead::booking
