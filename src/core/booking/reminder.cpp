#include "core/booking/reminder.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "core/base/text.h"
#include "core/base/time.h"
#include "core/booking/notice.h"

namespace flead::booking {
namespace {

constexpr std::size_t k_reminders_max = 5;  // of one booking; more is a nuisance
constexpr std::int64_t k_reminder_before_min_ms = k_minute_ms;
constexpr std::int64_t k_reminder_before_max_ms = 30 * k_day_ms;

// What a job was made for.
struct Planned {
  BookingId booking;
  TimeMs starts_at = 0;
  std::int64_t before_ms = 0;
};

std::optional<Planned> read_planned(const Json& payload) {
  const auto booking = payload.text("booking");
  const auto starts_at = payload.integer("starts_at");
  const auto before = payload.integer("before_ms");
  if (!booking || !starts_at || !before) return std::nullopt;
  return Planned{BookingId(*booking), *starts_at, *before};
}

// The tenant's times as they are set now. Checked when they were set; were they damaged, silence
// is better than a message at a wrong time.
Result<std::vector<std::int64_t>> load_reminders(App& app, store::Tx& tx, const TenantId& tenant) {
  FLEAD_TRY(const std::string text, tenants::setting(app, tx, tenant, "booking.reminders"));
  return parse_reminders(text).value_or(std::vector<std::int64_t>());
}

// Nothing when there is no such booking any more.
Result<std::optional<Booking>> find_booking(store::Tx& tx, const TenantId& tenant,
                                            const BookingId& id) {
  auto found = load(tx, tenant, id);
  if (found) return std::optional<Booking>(std::move(*found));
  if (found.error().kind == ErrorKind::not_found) return std::optional<Booking>();
  return std::move(found).error();
}

// Pure: whether this is still the moment and the meeting that `planned` speaks of.
bool is_due(const Planned& planned, const Booking& booking,
            const std::vector<std::int64_t>& reminders, TimeMs now) {
  if (booking.state != State::confirmed || !booking.lead) return false;
  if (booking.starts_at != planned.starts_at || now >= booking.starts_at) return false;
  bool wanted = false;
  for (const std::int64_t before : reminders) {
    if (before == planned.before_ms) wanted = true;
    // "Tomorrow" and "in an hour" at once: the nearer one says it all.
    if (before < planned.before_ms && booking.starts_at - before <= now) return false;
  }
  return wanted;
}

Status remind_now(App& app, store::Tx& tx, const TenantId& tenant_id, const Planned& planned) {
  FLEAD_TRY(const auto booking, find_booking(tx, tenant_id, planned.booking));
  if (!booking) return {};
  FLEAD_TRY(const auto reminders, load_reminders(app, tx, tenant_id));
  if (!is_due(planned, *booking, reminders, app.world.clock.now())) return {};
  FLEAD_TRY(const auto tenant, tenants::load(tx, tenant_id));
  const auto lead = intake::load(tx, tenant_id, *booking->lead);
  if (!lead && lead.error().kind == ErrorKind::not_found) return {};
  if (!lead) return lead.error();
  if (tenant.suspended || lead->status == "suspect") return {};
  return remind_person(app, tx, tenant, *booking, *lead, planned.before_ms);
}

}  // namespace

std::optional<std::vector<std::int64_t>> parse_reminders(std::string_view text) {
  std::vector<std::int64_t> out;
  if (trim(text) == "off") return out;
  for (const std::string& part : split(text, ',')) {
    const auto before = parse_duration_ms(part);
    if (!before || *before < k_reminder_before_min_ms || *before > k_reminder_before_max_ms) {
      return std::nullopt;
    }
    if (std::find(out.begin(), out.end(), *before) != out.end()) return std::nullopt;
    out.push_back(*before);
    if (out.size() > k_reminders_max) return std::nullopt;
  }
  std::sort(out.begin(), out.end(), std::greater<>());
  return out;
}

Status plan_reminders(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                      const Booking& booking) {
  if (booking.state != State::confirmed) return {};
  FLEAD_TRY(const auto reminders, load_reminders(app, tx, tenant.id));
  const TimeMs now = app.world.clock.now();
  for (const std::int64_t before : reminders) {
    const TimeMs at = booking.starts_at - before;
    if (at <= now) continue;
    jobs::NewJob job;
    job.kind = "booking.remind";
    job.payload = Json::object(
        {{"booking", booking.id.text()}, {"starts_at", booking.starts_at}, {"before_ms", before}});
    job.tenant = tenant.id;
    job.subject_id = booking.id.text();
    job.run_at = at;
    job.unique_key =
        fmt::format("booking.remind:{}:{}:{}", booking.id.text(), booking.sequence, before);
    FLEAD_CHECK(jobs::enqueue(app.world, tx, job));
  }
  return {};
}

jobs::Outcome remind(App& app, const jobs::Job& job) {
  const auto planned = read_planned(job.payload);
  if (!planned || !job.tenant) return jobs::Outcome::dead("The job names no booking");
  return jobs::Outcome::done([&app, tenant = *job.tenant, planned = *planned](store::Tx& tx) {
    return remind_now(app, tx, tenant, planned);
  });
}

}  // namespace flead::booking
