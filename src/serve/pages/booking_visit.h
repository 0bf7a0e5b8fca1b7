// What all booking pages share: who comes, to which offer, in which zone, and the addresses between
// the pages. Callers: booking_times.cpp, booking_form.cpp, my.cpp. Never writes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/zone.h"
#include "core/booking/booking.h"
#include "core/booking/offer.h"
#include "core/booking/pool.h"
#include "core/intake/lead.h"
#include "serve/http/http.h"
#include "serve/pages/page.h"

namespace flead::pages {

using FormFields = std::vector<std::pair<std::string, std::string>>;

std::string field_value(const FormFields& fields, std::string_view name);  // "" when missing
// Of one cookie, decoded; any bytes may come out. "" when missing.
std::string cookie_value(const http::Request& request, std::string_view name);

struct Visit {
  tenants::Tenant tenant;
  booking::Offer offer;
  booking::Host host;
  std::optional<booking::Pool> pool;  // the offer is one of its members; the times are of them all
  Language language = Language::en;
  Zone zone = Zone::utc();                 // the visitor's
  bool zone_chosen = false;                // by the address or the cookie, not by our guess
  std::optional<intake::Lead> lead;        // by the personal link's token; nothing of it is shown
  std::optional<booking::Booking> moving;  // by ?m=: choosing another time for this booking
};

// The tenant of an open page; a suspended one has none. Error not_found.
Result<tenants::Tenant> page_tenant(store::Tx& tx, std::string_view slug);

// `fields` is the query of a GET or the form of a POST: tz, t (link token), m (manage token). What
// is unknown of these is left out, and so is a booking that has begun; tenant and offer must exist.
// Zone: tz, the cookie, that of the booking that moves, the tenant's. Not the lead's: whoever posts
// a known phone gets that lead's link, and must not read from it where the person lives.
Result<Visit> load_visit(store::Tx& tx, const http::Request& request, const FormFields& fields,
                         const tenants::Tenant& tenant, const booking::Offer& offer, TimeMs now);

// Brand, policy link and the title of a booking page.
Page booking_page(std::string_view content, Language language, const tenants::Tenant& tenant,
                  std::string_view title);

std::string offer_path(const tenants::Tenant& tenant, const booking::Offer& offer);  // "/b/acme/me"
// "/b/acme/me?tz=…&t=…&m=…" and `more`; empty values are left out.
std::string visit_url(const Visit& visit, const FormFields& more);
// The same values as hidden inputs: sections HIDDEN with NAME and VALUE.
void add_hidden(Data& data, const Visit& visit, const FormFields& more);

// "Monday, 5 January" and "12:00"; a time that comes twice that night says which ("02:00 CET").
std::string day_label(const Zone& zone, TimeMs time, Language language);
std::string time_label(const Zone& zone, TimeMs time);
std::string zone_label(const Zone& zone, TimeMs time);  // "Europe/Moscow (UTC+3)"
// "30 min · Anna": length, host, place.
std::string offer_label(const Visit& visit);

// The zones of the picker: well-known ones, the tenant's and the visitor's, by their offset now.
std::vector<Zone> picker_zones(const Visit& visit, TimeMs now);

struct TimesPage {
  int status = 200;
  std::string notice;  // why the visitor is back here, or ""
  std::string from;    // first day to show, or ""
};
// The page of free times (booking_times.cpp).
Result<http::Reply> render_times(App& app, const Visit& visit, const TimesPage& page);

}  // namespace flead::pages
