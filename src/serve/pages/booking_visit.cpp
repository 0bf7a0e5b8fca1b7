#include "serve/pages/booking_visit.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "core/base/text.h"

namespace flead::pages {

namespace {

// One or two big cities for each offset that people live in; any other zone can be named in ?tz=.
constexpr std::string_view k_picker_zones[] = {
    "America/Los_Angeles", "America/Denver",  "America/Chicago",    "America/New_York",
    "America/Sao_Paulo",   "Atlantic/Azores", "Europe/London",      "Europe/Berlin",
    "Europe/Paris",        "Europe/Belgrade", "Europe/Kaliningrad", "Europe/Athens",
    "Asia/Jerusalem",      "Europe/Moscow",   "Europe/Minsk",       "Europe/Istanbul",
    "Europe/Samara",       "Asia/Dubai",      "Asia/Tbilisi",       "Asia/Yerevan",
    "Asia/Yekaterinburg",  "Asia/Almaty",     "Asia/Tashkent",      "Asia/Kolkata",
    "Asia/Omsk",           "Asia/Bishkek",    "Asia/Novosibirsk",   "Asia/Krasnoyarsk",
    "Asia/Bangkok",        "Asia/Irkutsk",    "Asia/Shanghai",      "Asia/Singapore",
    "Asia/Yakutsk",        "Asia/Tokyo",      "Asia/Vladivostok",   "Australia/Sydney",
    "Asia/Magadan",        "Asia/Kamchatka",  "Pacific/Auckland",
};

FormFields visit_fields(const Visit& visit, const FormFields& more) {
  FormFields fields;
  if (visit.zone_chosen) fields.emplace_back("tz", visit.zone.name());
  if (visit.lead) fields.emplace_back("t", visit.lead->link_token);
  if (visit.moving) fields.emplace_back("m", visit.moving->manage_token);
  for (const auto& field : more) {
    if (!field.second.empty()) fields.push_back(field);
  }
  return fields;
}

bool may_move(const booking::Booking& found, TimeMs now) {
  return found.starts_at > now &&
         booking::next_state(found.state, booking::Action::move).has_value();
}

}  // namespace

std::string field_value(const FormFields& fields, std::string_view name) {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return {};
}

std::string cookie_value(const http::Request& request, std::string_view name) {
  for (const std::string& pair : split(request.header("cookie"), ';')) {
    const auto equals = pair.find('=');
    if (equals != std::string::npos && std::string_view(pair).substr(0, equals) == name) {
      return percent_decode(std::string_view(pair).substr(equals + 1));
    }
  }
  return {};
}

Result<tenants::Tenant> page_tenant(store::Tx& tx, std::string_view slug) {
  FLEAD_TRY(auto tenant, tenants::by_slug(tx, slug));
  if (tenant.suspended) return not_found("not_found", "There is no such page.");
  return tenant;
}

Result<Visit> load_visit(store::Tx& tx, const http::Request& request, const FormFields& fields,
                         const tenants::Tenant& tenant, const booking::Offer& offer, TimeMs now) {
  Visit visit;
  visit.tenant = tenant;
  visit.offer = offer;
  FLEAD_TRY(visit.host, booking::load_host(tx, tenant.id, offer.host));
  visit.language = choose_language(request, tenant);
  if (const auto token = field_value(fields, "t"); !token.empty()) {
    FLEAD_TRY(visit.lead, intake::by_link_token(tx, tenant.id, token));
  }
  if (const auto token = field_value(fields, "m"); !token.empty()) {
    FLEAD_TRY(auto moving, booking::by_manage_token(tx, token));
    if (moving && moving->tenant == tenant.id && moving->offer == offer.id &&
        may_move(*moving, now)) {
      visit.moving = std::move(*moving);
    }
  }
  FLEAD_TRY(visit.zone, Zone::load(tenant.zone));
  if (visit.moving) {
    if (auto zone = Zone::load(visit.moving->visitor_zone)) visit.zone = std::move(*zone);
  }
  for (const auto& name : {cookie_value(request, "tz"), field_value(fields, "tz")}) {
    if (auto zone = Zone::load(name)) {
      visit.zone = std::move(*zone);
      visit.zone_chosen = true;
    }
  }
  return visit;
}

Page booking_page(std::string_view content, Language language, const tenants::Tenant& tenant,
                  std::string_view title) {
  Page page;
  page.content = content;
  page.language = language;
  page.title = title;
  page.brand = tenant.name;
  page.policy_url = "/legal/policy?t=" + percent_encode(tenant.slug);
  return page;
}

std::string offer_path(const tenants::Tenant& tenant, const booking::Offer& offer) {
  return "/b/" + percent_encode(tenant.slug) + "/" + percent_encode(offer.slug);
}

std::string visit_url(const Visit& visit, const FormFields& more) {
  std::string url = offer_path(visit.tenant, visit.offer);
  char before = '?';
  for (const auto& [name, value] : visit_fields(visit, more)) {
    url += before + name + "=" + percent_encode(value);
    before = '&';
  }
  return url;
}

void add_hidden(Data& data, const Visit& visit, const FormFields& more) {
  for (const auto& [name, value] : visit_fields(visit, more)) {
    data.add("HIDDEN").set("NAME", name).set("VALUE", value);
  }
}

std::string day_label(const Zone& zone, TimeMs time, Language language) {
  const std::string whole = format_wall_long(zone.wall(time), language_name(language));
  return whole.substr(0, whole.rfind(", "));
}

std::string time_label(const Zone& zone, TimeMs time) {
  const WallTime wall = zone.wall(time);
  std::string label = fmt::format("{:02}:{:02}", wall.hour, wall.minute);
  if (zone.lookup(wall).kind == WallLookup::Kind::repeated) {
    label += " " + zone.abbreviation(time);
  }
  return label;
}

std::string zone_label(const Zone& zone, TimeMs time) {
  const int minutes = zone.offset_seconds(time) / 60;
  std::string offset = fmt::format("UTC{}{}", minutes < 0 ? "−" : "+", std::abs(minutes) / 60);
  if (minutes % 60 != 0) offset += fmt::format(":{:02}", std::abs(minutes) % 60);
  return fmt::format("{} ({})", replace_all(zone.name(), "_", " "), offset);
}

std::string offer_label(const Visit& visit) {
  std::string label = text_with("booking.minutes", visit.language,
                                {{"minutes", std::to_string(visit.offer.terms.length_min)}});
  if (visit.host.name != visit.tenant.name) label += " · " + visit.host.name;
  if (!visit.offer.location.empty()) label += " · " + visit.offer.location;
  return label;
}

std::vector<Zone> picker_zones(const Visit& visit, TimeMs now) {
  std::vector<Zone> zones;
  const auto add = [&](std::string_view name) {
    auto zone = Zone::load(name);
    const auto is_same = [&](const Zone& known) { return known.name() == zone->name(); };
    if (zone && std::none_of(zones.begin(), zones.end(), is_same)) {
      zones.push_back(std::move(*zone));
    }
  };
  add(visit.zone.name());
  add(visit.tenant.zone);
  for (const auto name : k_picker_zones) add(name);
  std::sort(zones.begin(), zones.end(), [&](const Zone& a, const Zone& b) {
    return std::pair(a.offset_seconds(now), a.name()) < std::pair(b.offset_seconds(now), b.name());
  });
  return zones;
}

}  // namespace flead::pages
