// The Monday report: one ISO week of a tenant against the week before, in the tenant's zone.
// Callers: `flead report weekly`, from a terminal or cron. Reads leads, messages and bookings;
// never changes them. A lead belongs to the week in which it came, whenever it was answered.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/app.h"
#include "core/base/json.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/base/world.h"
#include "core/base/zone.h"
#include "core/channels/outbox.h"
#include "core/store/store.h"
#include "core/tenants/tenant.h"

namespace flead::reports {

// ISO 8601 weeks, each named by its Monday. "2026-W03"; nothing for a week that year does not have.
std::optional<Date> parse_week(std::string_view text);
std::string format_week(Date monday);
Date monday_of(Date day);
// The last week that has ended in this zone: what a report written on Monday is about.
Date last_full_week(TimeMs now, const Zone& zone);

// [from, to): 167 or 169 hours where the clocks change.
struct Period {
  TimeMs from = 0;
  TimeMs to = 0;
};

struct Figures {
  std::int64_t leads = 0;          // without suspects
  std::int64_t answered = 0;       // of these, with a first message accepted by a channel
  std::int64_t answered_fast = 0;  // within k_fast_answer_ms
  std::optional<std::int64_t> median_answer_ms;  // of the answered ones
  std::int64_t bookings = 0;  // made in the period and not cancelled, declined or lapsed
};

// One line of a breakdown, most leads first.
struct Share {
  std::string name;
  std::int64_t leads = 0, leads_before = 0;
  std::int64_t bookings = 0, bookings_before = 0;
};

struct Weekly {
  std::string tenant_slug, tenant_name, zone_name;
  Date monday;
  Period period;
  Figures now, before;
  std::vector<Share> by_source;      // how it came: widget, form, api, cli, import
  std::vector<Share> by_utm_source;  // who sent it: the utm_source, "" for none
  std::vector<Share> by_channel;     // the channel that answered first, else the one asked for
};

inline constexpr std::int64_t k_fast_answer_ms = 5 * k_minute_ms;

// Errors: zone_unknown when the tenant's zone is no longer in the system's data; the store's.
Result<Weekly> weekly(store::Tx& tx, const tenants::Tenant& tenant, Date monday);

Json to_json(const Weekly& report);
// "12 to 18 January 2026 (2026-W03)", in "ru" or "en".
std::string period_text(const Weekly& report, std::string_view language);
// Plain text in columns; the terminal's has a heading, a mail says the same in its own words.
std::string weekly_columns(const Weekly& report, std::string_view language);
std::string weekly_text(const Weekly& report, std::string_view language);
// The same as HTML tables, without a document around them.
std::string weekly_html(const Weekly& report, std::string_view language);

// Queues the report as a message of the tenant's e-mail channel, in the tenant's language; one
// message a week and address, ever. Errors: email_invalid (refused), channel_missing (unmet),
// message_exists (conflict).
Result<channels::Message> email_weekly(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                       const Weekly& report, std::string_view to);

}  // namespace flead::reports
