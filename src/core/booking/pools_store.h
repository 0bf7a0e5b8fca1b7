// The SQL of pools. Only pools.cpp calls it.
#pragma once

#include "core/booking/pool.h"

namespace flead::booking {

Status insert_pool(store::Tx& tx, const Pool& pool);
Status rename_pool(store::Tx& tx, const Pool& pool);
Status delete_pool(store::Tx& tx, const PoolId& id);
Status set_members(store::Tx& tx, const PoolId& id, const std::vector<OfferId>& offers);
Result<std::vector<OfferId>> members_of(store::Tx& tx, const PoolId& id);
Result<std::int64_t> meetings_ahead(store::Tx& tx, const Offer& offer, TimeMs now);

}  // namespace flead::booking
