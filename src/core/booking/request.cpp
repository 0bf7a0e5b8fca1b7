#include "core/booking/request.h"

#include <algorithm>
#include <utility>

#include "core/base/time.h"
#include "core/booking/bookings_store.h"
#include "core/booking/calendar.h"
#include "core/booking/notice.h"
#include "core/booking/offers_store.h"
#include "core/booking/waitlist.h"

namespace flead::booking {

namespace {

constexpr std::size_t k_id_characters = 26;
constexpr std::size_t k_mac_bytes = 16;
constexpr std::size_t k_mac_characters = 22;

std::string decision_mac(const SealKey& key, std::string_view letters) {
  const std::string mac = hmac_sha256(key.derive("booking decision"), letters);
  return base64url_encode(std::string_view(mac).substr(0, k_mac_bytes));
}

Result<std::int64_t> expire_after(App& app, store::Tx& tx, const TenantId& tenant) {
  FLEAD_TRY(const std::string text, tenants::setting(app, tx, tenant, "request.expire"));
  constexpr std::int64_t k_unset_ms = 2 * k_day_ms;  // checked when it was set
  return parse_duration_ms(text).value_or(k_unset_ms);
}

// Under the host's lock: still waiting, and its time is over?
Status end_request(App& app, store::Tx& tx, const TenantId& tenant_id, const BookingId& id) {
  FLEAD_TRY(auto booking, booking_by_id(tx, tenant_id, id));
  if (!booking) return {};
  FLEAD_CHECK(lock_host(tx, booking->host));
  FLEAD_TRY(booking, booking_by_id(tx, tenant_id, id));
  if (!booking || booking->state != State::requested || !booking->lead) return {};
  booking->state = State::expired;
  booking->updated_at = app.world.clock.now();
  ++booking->sequence;
  if (booking->price.amount_minor > 0) booking->refund_due_minor = booking->price.amount_minor;
  FLEAD_CHECK(update_booking(tx, *booking));
  FLEAD_CHECK(plan_calendar_writes(app.world, tx, *booking));
  FLEAD_CHECK(place_freed(app.world, tx, tenant_id, booking->host,
                          {booking->starts_at, booking->busy_until}));
  FLEAD_TRY(const auto tenant, tenants::load(tx, tenant_id));
  FLEAD_TRY(const auto lead, intake::load(tx, tenant_id, *booking->lead));
  FLEAD_CHECK(intake::add_event(app.world, tx, tenant_id, lead.id, "booking.expired", "system",
                                Json::object({{"booking", booking->id.text()},
                                              {"offer", booking->offer_slug},
                                              {"starts_at", format_time(booking->starts_at)}})));
  if (tenant.suspended || lead.status == "suspect") return {};
  return tell_person(app, tx, tenant, *booking, lead, "booking.expired");
}

}  // namespace

TimeMs request_ends_at(const Booking& booking, std::int64_t expire_ms) {
  return std::min(booking.created_at + expire_ms, booking.starts_at);
}

Status open_request(App& app, store::Tx& tx, const tenants::Tenant& tenant, const Booking& booking,
                    const intake::Lead& lead) {
  FLEAD_TRY(const std::int64_t expire_ms, expire_after(app, tx, tenant.id));
  jobs::NewJob job;
  job.kind = "booking.request_expire";
  job.payload = Json::object({{"booking", booking.id.text()}});
  job.tenant = tenant.id;
  job.subject_id = booking.id.text();
  job.run_at = request_ends_at(booking, expire_ms);
  job.unique_key = "booking.request_expire:" + booking.id.text();
  FLEAD_CHECK(jobs::enqueue(app.world, tx, job));
  FLEAD_CHECK(tell_person(app, tx, tenant, booking, lead, "booking.requested"));
  const std::string token = make_decision_token(app.key, booking.id);
  return tell_host(app, tx, tenant, booking, lead,
                   token.empty() ? std::string() : app.config.base_url + "/r/" + token);
}

jobs::Outcome expire_request(App& app, const jobs::Job& job) {
  const auto booking = job.payload.text("booking");
  if (!booking || !job.tenant) return jobs::Outcome::dead("The job names no booking");
  return jobs::Outcome::done([&app, tenant = *job.tenant, id = BookingId(*booking)](store::Tx& tx) {
    return end_request(app, tx, tenant, id);
  });
}

std::string make_decision_token(const SealKey& key, const BookingId& booking) {
  if (!key.present() || !is_id(booking.text(), BookingIdTag::k_prefix)) return {};
  const std::string letters(id_suffix(booking.text()));
  return letters + decision_mac(key, letters);
}

std::optional<BookingId> read_decision_token(const SealKey& key, std::string_view token) {
  if (!key.present() || token.size() != k_id_characters + k_mac_characters) return std::nullopt;
  const std::string_view letters = token.substr(0, k_id_characters);
  if (!equal_constant_time(token.substr(k_id_characters), decision_mac(key, letters))) {
    return std::nullopt;
  }
  return BookingId(id_from_suffix(BookingIdTag::k_prefix, letters));
}

}  // namespace flead::booking
