#include "core/booking/completion.h"

#include <utility>

#include <fmt/format.h>

#include "core/base/time.h"
#include "core/booking/bookings_store.h"

namespace flead::booking {

namespace {

Status complete_now(App& app, store::Tx& tx, const TenantId& tenant_id, const BookingId& id,
                    TimeMs ends_at) {
  FLEAD_TRY(const auto booking, booking_by_id(tx, tenant_id, id));
  // It was moved since: that has planned another job.
  if (!booking || booking->state != State::confirmed || booking->ends_at != ends_at) return {};
  FLEAD_TRY(const auto tenant, tenants::load(tx, tenant_id));
  Change change;
  change.id = id;
  change.action = Action::complete;
  change.actor = "system";
  FLEAD_CHECK(booking::change(app, tx, tenant, change));
  return {};
}

}  // namespace

Status plan_completion(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                       const Booking& booking) {
  if (booking.state != State::confirmed) return {};
  FLEAD_TRY(const std::string text, tenants::setting(app, tx, tenant.id, "booking.complete_after"));
  const auto after = parse_duration_ms(text);
  if (!after) return {};  // off
  jobs::NewJob job;
  job.kind = "booking.complete";
  job.payload = Json::object({{"booking", booking.id.text()}, {"ends_at", booking.ends_at}});
  job.tenant = tenant.id;
  job.subject_id = booking.id.text();
  job.run_at = booking.ends_at + *after;
  job.unique_key = fmt::format("booking.complete:{}:{}", booking.id.text(), booking.sequence);
  FLEAD_CHECK(jobs::enqueue(app.world, tx, job));
  return {};
}

jobs::Outcome complete(App& app, const jobs::Job& job) {
  const auto booking = job.payload.text("booking");
  const auto ends_at = job.payload.integer("ends_at");
  if (!booking || !ends_at || !job.tenant) return jobs::Outcome::dead("The job names no booking");
  return jobs::Outcome::done(
      [&app, tenant = *job.tenant, id = BookingId(*booking), ends = *ends_at](store::Tx& tx) {
        return complete_now(app, tx, tenant, id, ends);
      });
}

}  // namespace flead::booking
