#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/weekly.h"
#include "core/booking/bookings_store.h"
#include "core/booking/holiday.h"
#include "core/booking/offer.h"
#include "core/booking/offer_rules.h"
#include "core/booking/offers_store.h"
#include "core/booking/pool.h"

namespace flead::booking {
namespace {

// Which offer the rules are for: the named one, the host's only one, or a new one.
Result<std::optional<Offer>> find_offer_of(store::Tx& tx, const Host& host, const NewRules& input) {
  if (input.offer) {
    FLEAD_TRY(const auto named, offer_by_slug(tx, host.tenant, *input.offer));
    if (named && named->host != host.id) {
      return conflict("offer_of_other_host",
                      fmt::format("The offer \"{}\" belongs to another host.", *input.offer),
                      "Choose another name with --offer");
    }
    return named;
  }
  FLEAD_TRY(auto offers, offers_of_host(tx, host.id));
  if (offers.size() > 1) {
    return usage_error("offer_needed",
                       fmt::format("The host \"{}\" has several offers.", host.slug),
                       "Name one with --offer, or take --every-offer");
  }
  if (offers.empty()) return std::optional<Offer>();
  return std::optional<Offer>(std::move(offers.front()));
}

void apply_terms(const NewRules& input, Offer& offer) {
  Terms& terms = offer.terms;
  terms.length_min = input.length_min.value_or(terms.length_min);
  terms.buffer_min = input.buffer_min.value_or(terms.buffer_min);
  terms.notice_min = input.notice_min.value_or(terms.notice_min);
  terms.horizon_days = input.horizon_days.value_or(terms.horizon_days);
  terms.seats = input.seats.value_or(terms.seats);
  if (input.offer_name) offer.name = *input.offer_name;
  if (input.location) offer.location = *input.location;
}

Result<Offer> make_or_update_offer(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                                   const Host& host, const NewRules& input, bool& made) {
  FLEAD_TRY(const auto known, find_offer_of(tx, host, input));
  Offer offer = known.value_or(Offer{});
  made = !known.has_value();
  const TimeMs now = world.clock.now();
  if (made) {
    offer.id = new_id<OfferIdTag>(world);
    offer.tenant = tenant.id;
    offer.host = host.id;
    offer.slug = input.offer.value_or(host.slug);
    offer.name = tenant.locale == "ru" ? "Встреча" : "Meeting";
    offer.created_at = now;
    FLEAD_CHECK(check_slug("offer", offer.slug));
    FLEAD_CHECK(no_pool_named(tx, tenant.id, offer.slug));
    FLEAD_TRY(const auto taken, offer_by_slug(tx, tenant.id, offer.slug));
    if (taken) {
      return conflict("offer_of_other_host",
                      fmt::format("The offer \"{}\" belongs to another host.", offer.slug),
                      "Choose another name with --offer");
    }
  }
  const bool had_name = !offer.name.empty();
  apply_terms(input, offer);
  FLEAD_CHECK(check_terms(offer.terms));
  FLEAD_CHECK(check_text("name", offer.name, k_name_characters_max));
  FLEAD_CHECK(check_text("location", offer.location, k_url_characters_max));
  if (had_name && offer.name.empty()) {
    return refused_field("name", "name_empty", "An offer needs a name.");
  }
  offer.retired = false;
  offer.updated_at = now;
  FLEAD_CHECK(made ? insert_offer(tx, offer) : update_offer(tx, offer));
  return offer;
}

Status check_length(const Window& window, const Offer& offer) {
  if (window.to_min - window.from_min >= offer.terms.length_min) return {};
  return refused_field("weekly", "window_too_short",
                       fmt::format("{} {}-{} is shorter than one slot of {} minutes.",
                                   weekday_name(window.weekday), print_minutes(window.from_min),
                                   print_minutes(window.to_min), offer.terms.length_min));
}

// A length and the like are an offer's.
Status check_no_terms(const NewRules& input) {
  if (!input.offer && !input.length_min && !input.buffer_min && !input.notice_min &&
      !input.horizon_days && !input.seats && !input.offer_name && !input.location) {
    return {};
  }
  return usage_error("terms_of_offer", "Windows for every offer change none of them.",
                     "Leave out the offer's own flags, or name it with --offer");
}

// Of the offer, or of the host's own.
Result<std::vector<Rule>> rules_beside(store::Tx& tx, const MadeRules& made) {
  return made.every_offer() ? rules_of_host(tx, made.host.id) : rules_of_offer(tx, made.offer.id);
}

Status check_against_stored(const Window& window, const std::vector<Rule>& rules) {
  for (const auto& rule : rules) {
    const Window& other = rule.window;
    if (window.weekday == other.weekday && window.from_min < other.to_min &&
        other.from_min < window.to_min) {
      return conflict("window_overlap",
                      fmt::format("{} {}-{} overlaps {}-{}, which is there already.",
                                  weekday_name(window.weekday), print_minutes(window.from_min),
                                  print_minutes(window.to_min), print_minutes(other.from_min),
                                  print_minutes(other.to_min)),
                      fmt::format("Remove it first: flead slot rule remove {}", rule.id.text()));
    }
  }
  return {};
}

}  // namespace

Result<MadeRules> add_rules(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                            const NewRules& input) {
  FLEAD_TRY(const auto windows, parse_weekly(input.weekly));
  if (input.every_offer) FLEAD_CHECK(check_no_terms(input));
  MadeRules made;
  FLEAD_TRY(made.host, make_or_update_host(world, tx, tenant, input, made.host_made));
  if (!input.every_offer) {
    FLEAD_TRY(made.offer,
              make_or_update_offer(world, tx, tenant, made.host, input, made.offer_made));
  }
  FLEAD_TRY(const auto stored, rules_beside(tx, made));
  for (const auto& window : windows) {
    if (!made.every_offer()) FLEAD_CHECK(check_length(window, made.offer));
    const bool known = std::any_of(stored.begin(), stored.end(),
                                   [&](const Rule& rule) { return rule.window == window; });
    if (known) continue;
    FLEAD_CHECK(check_against_stored(window, stored));
    if (stored.size() + static_cast<std::size_t>(made.rules_made) >= k_slot_windows_max) {
      return refused_field("weekly", "too_long", "There are too many windows.");
    }
    Rule rule;
    rule.id = new_id<RuleIdTag>(world);
    rule.host = made.host.id;
    if (!made.every_offer()) rule.offer = made.offer.id;
    rule.window = window;
    FLEAD_CHECK(insert_rule(tx, tenant.id, rule, world.clock.now()));
    ++made.rules_made;
  }
  FLEAD_TRY(made.rules, rules_beside(tx, made));
  return made;
}

Result<std::vector<Rule>> list_rules(store::Tx& tx, const TenantId& tenant, std::string_view host,
                                     std::string_view offer) {
  FLEAD_TRY(auto rules, rules_of_tenant(tx, tenant));
  std::erase_if(rules, [&](const Rule& rule) {
    return (!host.empty() && rule.host_slug != host) ||
           (!offer.empty() && rule.offer_slug != offer);
  });
  return rules;
}

Result<Rule> remove_rule(store::Tx& tx, const TenantId& tenant, const RuleId& id) {
  FLEAD_TRY(const auto rule, rule_by_id(tx, tenant, id));
  if (!rule) return not_found("rule_not_found", "No such rule.", "See: flead slot rule list");
  FLEAD_CHECK(delete_rule(tx, id));
  return *rule;
}

Result<std::vector<ExceptionRow>> add_exception(World& world, store::Tx& tx, const TenantId& tenant,
                                                const NewException& input) {
  FLEAD_TRY(const auto host, find_host(tx, tenant, input.host));
  FLEAD_CHECK(check_text("reason", input.reason, k_reason_characters_max));
  std::vector<DayException> wanted;
  if (input.open.empty()) {
    wanted.push_back({input.date, 0, 0});
  } else {
    FLEAD_TRY(const auto windows, parse_day_windows(input.open, weekday_of(input.date)));
    for (const auto& window : windows) {
      wanted.push_back({input.date, window.from_min, window.to_min});
    }
  }
  FLEAD_TRY(auto stored, exceptions_of_host(tx, host.id));
  if (stored.size() + wanted.size() > static_cast<std::size_t>(k_slot_exceptions_max)) {
    return refused("too_many_exceptions", "The host has too many exceptions.",
                   "Remove past ones with flead slot except remove");
  }
  std::erase_if(stored, [&](const ExceptionRow& row) { return row.day.date != input.date; });
  if (!stored.empty()) {
    const bool same =
        stored.size() == wanted.size() &&
        std::equal(stored.begin(), stored.end(), wanted.begin(),
                   [](const ExceptionRow& row, const DayException& day) { return row.day == day; });
    if (same) return stored;
    return conflict("exception_exists",
                    fmt::format("{} has another exception already.", format_date(input.date)),
                    fmt::format("flead slot except remove --host {} --date {}", host.slug,
                                format_date(input.date)));
  }
  std::vector<ExceptionRow> rows;
  for (const auto& day : wanted) {
    ExceptionRow row{new_id<ExceptionIdTag>(world), host.id, host.slug, day, input.reason};
    FLEAD_CHECK(insert_exception(tx, tenant, row, world.clock.now()));
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<std::vector<ExceptionRow>> list_exceptions(store::Tx& tx, const TenantId& tenant,
                                                  std::string_view host) {
  std::vector<ExceptionRow> rows;
  FLEAD_TRY(const auto hosts, hosts_of(tx, tenant));
  for (const auto& candidate : hosts) {
    if (!host.empty() && candidate.slug != host) continue;
    FLEAD_TRY(const auto own, exceptions_of_host(tx, candidate.id));
    rows.insert(rows.end(), own.begin(), own.end());
  }
  return rows;
}

Result<std::vector<ExceptionRow>> remove_exception(store::Tx& tx, const TenantId& tenant,
                                                   std::string_view host_slug, Date date) {
  FLEAD_TRY(const auto host, find_host(tx, tenant, host_slug));
  FLEAD_TRY(auto rows, exceptions_of_host(tx, host.id));
  std::erase_if(rows, [&](const ExceptionRow& row) { return row.day.date != date; });
  if (rows.empty()) {
    return not_found("exception_not_found", fmt::format("{} has no exception.", format_date(date)),
                     "See: flead slot except list");
  }
  FLEAD_CHECK(delete_exceptions(tx, host.id, date));
  return rows;
}

Result<Host> find_host(store::Tx& tx, const TenantId& tenant, std::string_view slug) {
  if (!slug.empty()) {
    FLEAD_TRY(auto host, host_by_slug(tx, tenant, slug));
    if (host) return std::move(*host);
    return not_found("host_not_found", "No such host.", "Hosts are made by flead slot rule add");
  }
  FLEAD_TRY(auto hosts, hosts_of(tx, tenant));
  if (hosts.size() == 1) return std::move(hosts.front());
  if (hosts.empty()) {
    return not_found("host_not_found", "There is no host yet.",
                     "Make one: flead slot rule add --host me --weekly \"mon-fri 10:00-13:00\"");
  }
  return usage_error("host_needed", "There are several hosts.", "Name one with --host");
}

Result<Offer> find_offer(store::Tx& tx, const TenantId& tenant, std::string_view slug) {
  if (!slug.empty()) {
    FLEAD_TRY(auto offer, offer_by_slug(tx, tenant, slug));
    if (offer && !offer->retired) return std::move(*offer);
    return not_found("offer_not_found", "No such offer.");
  }
  FLEAD_TRY(auto offers, active_offers(tx, tenant));
  if (offers.size() == 1) return std::move(offers.front());
  if (offers.empty()) {
    return not_found("offer_not_found", "There is nothing to book yet.",
                     "Make an offer: flead slot rule add --host me --weekly \"mon-fri 10-13\"");
  }
  std::string names;
  for (const auto& offer : offers) {
    if (names.size() > 200) break;  // enough to see what is meant
    names += (names.empty() ? "" : ", ") + offer.slug;
  }
  return usage_error("offer_needed", "There are several offers: " + names + ".", "Name the offer");
}

Result<std::vector<Host>> list_hosts(store::Tx& tx, const TenantId& tenant) {
  return hosts_of(tx, tenant);
}

Result<std::vector<Offer>> list_offers(store::Tx& tx, const TenantId& tenant) {
  return active_offers(tx, tenant);
}

Result<std::vector<Offer>> all_offers(store::Tx& tx, const TenantId& tenant) {
  return offers_of_tenant(tx, tenant);
}

Result<Offer> load_offer(store::Tx& tx, const TenantId& tenant, const OfferId& id) {
  FLEAD_TRY(auto offer, offer_by_id(tx, tenant, id));
  if (!offer) return not_found("offer_not_found", "No such offer.");
  return std::move(*offer);
}

Result<Host> load_host(store::Tx& tx, const TenantId& tenant, const HostId& id) {
  FLEAD_TRY(auto host, host_by_id(tx, tenant, id));
  if (!host) return not_found("host_not_found", "No such host.");
  return std::move(*host);
}

Result<Schedule> load_schedule(store::Tx& tx, const Offer& offer) {
  FLEAD_TRY(const auto host, load_host(tx, offer.tenant, offer.host));
  Schedule schedule;
  FLEAD_TRY(schedule.zone, Zone::load(host.zone));
  schedule.terms = offer.terms;
  FLEAD_TRY(auto rules, rules_of_offer(tx, offer.id));
  if (rules.empty()) {
    FLEAD_TRY(rules, rules_of_host(tx, host.id));
  }
  for (const auto& rule : rules) schedule.windows.push_back(rule.window);
  FLEAD_TRY(const auto exceptions, exceptions_of_host(tx, host.id));
  std::set<Date> own;
  for (const auto& row : exceptions) {
    schedule.exceptions.push_back(row.day);
    own.insert(row.day.date);
  }
  FLEAD_TRY(const auto holidays, list_holidays(tx, offer.tenant));
  for (const auto& day : holidays) {
    if (!own.contains(day.date)) schedule.exceptions.push_back({day.date, 0, 0});
  }
  return schedule;
}

namespace {

// Those of days and weeks that are full already.
Status drop_capped(store::Tx& tx, const Offer& offer, const Schedule& schedule, TimeMs now,
                   std::vector<Slot>& slots) {
  if (slots.empty() || !offer.terms.capped()) return {};
  const TimeSpan span = {week_of(schedule.zone, slots.front().starts_at).from,
                         week_of(schedule.zone, slots.back().starts_at).to};
  FLEAD_TRY(const auto others, offer_starts(tx, offer.id, span, now, BookingId()));
  std::erase_if(slots, [&](const Slot& slot) {
    return !within_caps(offer.terms, schedule.zone, others, slot.starts_at);
  });
  return {};
}

}  // namespace

Status check_booked_here(const Offer& offer) {
  if (offer.booked_elsewhere.empty()) return {};
  return refused("booked_elsewhere", "This offer is booked at Cal.com: " + offer.booked_elsewhere,
                 "Its own page and the links in messages lead there");
}

Result<FreeSlots> list_free(World& world, store::Tx& tx, const Offer& offer, TimeMs from, TimeMs to,
                            std::size_t count_max) {
  if (!check_booked_here(offer)) return FreeSlots();
  FLEAD_TRY(const auto schedule, load_schedule(tx, offer));
  const TimeMs now = world.clock.now();
  BusyQuery query;
  query.host = offer.host;
  query.offer = offer.id;
  // A slot that starts before `to` reaches one span beyond it.
  query.from = std::max(from, now);
  query.to = std::min(to, now + k_slot_horizon_days_max * k_day_ms) + k_booking_span_ms_max;
  query.now = now;
  FLEAD_TRY(const auto busy, busy_times(tx, query));
  const std::size_t most = std::min<std::size_t>(count_max, k_slots_listed_max);
  FreeSlots found;
  found.slots = free_slots(schedule, busy, {from, to, now}, most + 1);
  if (found.slots.size() > most) {
    found.next_start = found.slots.back().starts_at;
    found.slots.pop_back();
  }
  FLEAD_CHECK(drop_capped(tx, offer, schedule, now, found.slots));
  return found;
}

Json to_json(const Host& host) {
  return Json::object({{"id", host.id.text()},
                       {"slug", host.slug},
                       {"name", host.name},
                       {"zone", host.zone},
                       {"email", host.email}});
}

Json to_json(const Offer& offer) {
  Json questions = Json::array();
  for (const std::string& question : offer.questions) questions.push(question);
  return Json::object(
      {{"id", offer.id.text()},
       {"slug", offer.slug},
       {"name", offer.name},
       {"length_min", offer.terms.length_min},
       {"buffer_min", offer.terms.buffer_min},
       {"notice_min", offer.terms.notice_min},
       {"horizon_days", offer.terms.horizon_days},
       {"seats", offer.terms.seats},
       {"location", offer.location},
       {"description", offer.description},
       {"on_request", offer.on_request},
       {"booked_elsewhere", offer.booked_elsewhere.empty() ? Json() : Json(offer.booked_elsewhere)},
       {"per_day", offer.terms.day_max},
       {"per_week", offer.terms.week_max},
       {"questions", std::move(questions)},
       {"retired", offer.retired}});
}

Json to_json(const Rule& rule) {
  return Json::object({{"id", rule.id.text()},
                       {"host", rule.host_slug},
                       {"offer", rule.offer ? Json(rule.offer_slug) : Json()},
                       {"weekday", weekday_name(rule.window.weekday)},
                       {"from", print_minutes(rule.window.from_min)},
                       {"to", print_minutes(rule.window.to_min)}});
}

Json to_json(const ExceptionRow& row) {
  const bool closed = row.day.closed();
  return Json::object({{"id", row.id.text()},
                       {"host", row.host_slug},
                       {"date", format_date(row.day.date)},
                       {"closed", closed},
                       {"from", closed ? Json() : Json(print_minutes(row.day.from_min))},
                       {"to", closed ? Json() : Json(print_minutes(row.day.to_min))},
                       {"reason", row.reason}});
}

Json to_json(const Slot& slot) {
  return Json::object({{"starts_at", format_time(slot.starts_at)},
                       {"ends_at", format_time(slot.ends_at)},
                       {"seats_left", slot.seats_left},
                       {"offer", slot.offer}});
}

}  // namespace flead::booking
