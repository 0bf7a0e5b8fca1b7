// Hosts and their offers: who can be met, for how long, and when. Types and operations of the rules
// behind free slots. Callers: `flead slot`, GET /api/v1/slots, the booking pages, bookings.cpp.
// Never books anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "core/booking/slots.h"
#include "core/store/store.h"
#include "core/tenants/tenant.h"

namespace flead::booking {

FLEAD_ID(ExceptionId, "exc");

struct Host {
  HostId id;
  TenantId tenant;
  std::string slug;  // "me"
  std::string name;
  std::string zone;   // IANA; windows are wall time here
  std::string email;  // organizer of the invites; "" when not set
  TimeMs created_at = 0;
  TimeMs updated_at = 0;
};

struct Offer {
  OfferId id;
  TenantId tenant;
  HostId host;
  std::string slug;  // in URLs: /b/TENANT/SLUG
  std::string name;
  Terms terms;
  std::string location;  // an address or the link of a call; "" when it is agreed later
  std::string description;
  std::vector<std::string> questions;  // that a person answers before the meeting
  bool on_request = false;             // a booking waits for the host's word
  // The page of another calendar, where its times are chosen and booked; "" is ours. See calcom.h.
  std::string booked_elsewhere;
  bool retired = false;
  TimeMs created_at = 0;
  TimeMs updated_at = 0;
};

struct Rule {
  RuleId id;
  HostId host;
  std::optional<OfferId> offer;  // nothing: for each offer of the host that has none of its own
  std::string host_slug, offer_slug;
  Window window;
};

struct ExceptionRow {
  ExceptionId id;
  HostId host;
  std::string host_slug;
  DayException day;
  std::string reason;
};

// ---- rules -----------------------------------------------------------------------------------

struct NewRules {
  std::string host;                 // slug; made when missing
  std::optional<std::string> zone;  // of a new host: the tenant's; of an old one: unchanged
  std::optional<std::string> host_name, email;
  std::optional<std::string> offer;  // slug; without it: the host's only one, or the host's slug
  bool every_offer = false;          // of the host, and no terms then
  std::optional<std::string> offer_name, location;
  std::string weekly;
  std::optional<std::int64_t> length_min, buffer_min, notice_min, horizon_days, seats;
};
struct MadeRules {
  Host host;
  Offer offer;              // without an id when the windows are for every offer
  std::vector<Rule> rules;  // all of the offer's, or all for every offer; sorted
  std::int64_t rules_made = 0;
  bool host_made = false, offer_made = false;
  bool every_offer() const { return offer.id == OfferId(); }
};
// Adds windows to an offer or a host; what is given changes the host and the offer too. Windows
// that are there already are left alone, so the same call twice changes nothing. Errors:
// window_overlap (conflict) with a stored one, offer_of_other_host (conflict), zone_unknown,
// weekly_invalid, slug_invalid, terms_invalid (refused), terms_of_offer (usage).
Result<MadeRules> add_rules(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                            const NewRules& input);
// Empty slugs: of any host, of any offer. With an offer's slug: only its own.
Result<std::vector<Rule>> list_rules(store::Tx& tx, const TenantId& tenant, std::string_view host,
                                     std::string_view offer);
Result<Rule> remove_rule(store::Tx& tx, const TenantId& tenant, const RuleId& id);

// ---- exceptions ------------------------------------------------------------------------------

struct NewException {
  std::string host;  // "" is the only one
  Date date;
  std::string open;  // "10:00-12:00,15:00-16:00"; "" is closed all day
  std::string reason;
};
// Errors: exception_exists (conflict) when the date has another one; the same one again is
// returned.
Result<std::vector<ExceptionRow>> add_exception(World& world, store::Tx& tx, const TenantId& tenant,
                                                const NewException& input);
Result<std::vector<ExceptionRow>> list_exceptions(store::Tx& tx, const TenantId& tenant,
                                                  std::string_view host);
// All rows of one date; exception_not_found.
Result<std::vector<ExceptionRow>> remove_exception(store::Tx& tx, const TenantId& tenant,
                                                   std::string_view host, Date date);

// ---- offers and their free slots -------------------------------------------------------------

// "" is the only host: host_needed (usage) when there are several, host_not_found when none.
Result<Host> find_host(store::Tx& tx, const TenantId& tenant, std::string_view slug);
// "" is the only active offer: offer_needed (usage, names them), offer_not_found.
Result<Offer> find_offer(store::Tx& tx, const TenantId& tenant, std::string_view slug);
Result<std::vector<Offer>> list_offers(store::Tx& tx, const TenantId& tenant);  // active, by slug
Result<std::vector<Offer>> offers_kept_by(store::Tx& tx, const HostId& host);   // active, by slug

// Nothing: unchanged.
struct OfferEdit {
  std::optional<std::string> name, description, location;
  std::optional<std::int64_t> length_min, buffer_min, notice_min, horizon_days, seats;
  std::optional<std::int64_t> day_max, week_max;
  std::optional<bool> on_request;
  std::optional<std::vector<std::string>> questions;
};
// Without windows nothing of it can be booked yet: see add_rules. A host that is not there is made.
// Errors: offer_exists (conflict), slug_invalid, terms_invalid, too_long, name_empty (refused).
Result<Offer> add_offer(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                        std::string_view host, std::string_view slug, const OfferEdit& edit);
Result<Offer> edit_offer(World& world, store::Tx& tx, const TenantId& tenant, std::string_view slug,
                         const OfferEdit& edit);
// Nothing new of it is booked; what was booked stays. `slot rule add --offer` brings it back.
Result<Offer> retire_offer(World& world, store::Tx& tx, const TenantId& tenant,
                           std::string_view slug);
Result<std::vector<Offer>> all_offers(store::Tx& tx, const TenantId& tenant);  // retired ones too
Result<Offer> load_offer(store::Tx& tx, const TenantId& tenant, const OfferId& id);
Result<std::vector<Host>> list_hosts(store::Tx& tx, const TenantId& tenant);  // by slug
Result<Host> load_host(store::Tx& tx, const TenantId& tenant, const HostId& id);

// booked_elsewhere (refused), with the page where, for an offer whose calendar is not ours.
Status check_booked_here(const Offer& offer);  // pure

// The host's zone, the offer's terms and windows (the host's, where it has none of its own), the
// host's exceptions and the tenant's holidays.
Result<Schedule> load_schedule(store::Tx& tx, const Offer& offer);

struct FreeSlots {
  std::vector<Slot> slots;           // at most k_slots_listed_max
  std::optional<TimeMs> next_start;  // where to go on when there are more
};
// Starts in [from, to), as they are now: lapsed holds do not count. None of an offer that is booked
// elsewhere.
Result<FreeSlots> list_free(World& world, store::Tx& tx, const Offer& offer, TimeMs from, TimeMs to,
                            std::size_t count_max);

Json to_json(const Host& host);
Json to_json(const Offer& offer);
Json to_json(const Rule& rule);
Json to_json(const ExceptionRow& row);
Json to_json(const Slot& slot);

}  // namespace flead::booking
