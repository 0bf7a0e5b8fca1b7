#include "core/booking/feed.h"

#include <utility>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/time.h"
#include "core/booking/booking.h"
#include "core/booking/notice.h"
#include "core/booking/offers_store.h"

namespace flead::booking {

namespace {

constexpr std::int64_t k_feed_past_ms = 90 * k_day_ms;
constexpr std::int64_t k_feed_events_max = 5000;

Error no_feed() {
  return not_found("not_found", "There is no such calendar.");
}

}  // namespace

Result<Appointment> host_entry(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                               const Booking& booking, bool with_contact) {
  FLEAD_TRY(auto entry, appointment_of(app, tx, tenant, booking, false, tenant.locale));
  entry.method = Appointment::Method::publish;
  entry.stamp = booking.updated_at;
  entry.url.clear();
  entry.description.clear();
  if (!booking.lead) return entry;
  FLEAD_TRY(const auto lead, intake::load(tx, tenant.id, *booking.lead));
  const std::string name = with_contact ? lead.name : lead.name.substr(0, lead.name.find(' '));
  if (!name.empty()) entry.summary += " · " + name;
  if (!with_contact) return entry;
  for (const std::string& line : {lead.phone.value_or(""), lead.email, lead.message}) {
    if (line.empty()) continue;
    if (!entry.description.empty()) entry.description += '\n';
    entry.description += line;
  }
  return entry;
}

Result<std::string> change_feed(World& world, store::Tx& tx, const TenantId& tenant,
                                std::string_view host_slug, FeedChange change) {
  FLEAD_TRY(const Host host, find_host(tx, tenant, host_slug));
  FLEAD_TRY(std::string token, feed_token_of(tx, host.id));
  if (change == FeedChange::keep && !token.empty()) return token;
  token = change == FeedChange::close ? std::string()
                                      : make_token(world.random, id_suffix(host.id.text()));
  FLEAD_CHECK(set_feed_token(tx, host.id, token, world.clock.now()));
  return token;
}

std::string feed_url(std::string_view base_url, std::string_view token) {
  return std::string(base_url) + "/c/feed/" + std::string(token) + ".ics";
}

Result<std::string> write_host_feed(App& app, store::Tx& tx, std::string_view token) {
  const HostId id{id_from_suffix(HostIdTag::k_prefix, token)};
  FLEAD_TRY(const auto tenant_id, tenant_of_host(tx, id));
  if (!tenant_id) return no_feed();
  FLEAD_TRY(const std::string known, feed_token_of(tx, id));
  if (known.empty() || !equal_constant_time(known, token)) return no_feed();
  FLEAD_TRY(const auto tenant, tenants::load(tx, *tenant_id));
  if (tenant.suspended) return no_feed();
  FLEAD_TRY(const Host host, load_host(tx, tenant.id, id));
  Filter filter;
  filter.host = host.slug;
  filter.from = app.world.clock.now() - k_feed_past_ms;
  filter.limit = k_feed_events_max;
  FLEAD_TRY(auto bookings, list(tx, tenant.id, filter));
  if (static_cast<std::int64_t>(bookings.size()) == k_feed_events_max) {
    // What is to come matters most.
    filter.from = app.world.clock.now();
    FLEAD_TRY(bookings, list(tx, tenant.id, filter));
  }
  FLEAD_TRY(const std::string details, tenants::setting(app, tx, tenant.id, "calendar.details"));
  std::vector<Appointment> entries;
  for (const Booking& booking : bookings) {
    // A hold is nobody's yet, and may be over by the time a calendar asks again.
    if (!takes_time(booking.state) || booking.state == State::held) continue;
    FLEAD_TRY(entries.emplace_back(), host_entry(app, tx, tenant, booking, details == "full"));
  }
  return write_feed(host.name, entries);
}

}  // namespace flead::booking
