// Holidays: days on which a tenant's hosts don't meet, unless a host has an exception for the day.
// Russia's are computed from the law and the transfers that the government decided; others come by
// .ics. SQL in calendars_store.cpp. Callers: `flead slot holiday`, offers.cpp (load_schedule).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/booking/calendar_busy.h"
#include "core/store/store.h"

namespace flead::booking {

// Days off of Russia's production calendar that are not mere weekends, by date: the holidays of
// article 112 of the Labour Code, those that move from a weekend to the next working day, and days
// off that the government has moved (k_transfers in holidays.cpp, by year; a year whose decree is
// not known here has the law's own days alone). Pure.
std::vector<NamedDay> russian_holidays(int year);
// Whether the government's transfers of this year are known here.
bool knows_transfers(int year);

// Errors: name_invalid, too_many_holidays (refused).
Status add_holidays(store::Tx& tx, const TenantId& tenant, const std::vector<NamedDay>& days);
// holiday_not_found.
Status remove_holiday(store::Tx& tx, const TenantId& tenant, Date date);
Result<std::vector<NamedDay>> list_holidays(store::Tx& tx, const TenantId& tenant);

}  // namespace flead::booking
