// Making, changing and ending offers.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/booking/offer_rules.h"
#include "core/booking/offers_store.h"
#include "core/booking/pool.h"
#include "core/intake/lead.h"

namespace flead::booking {

namespace {

constexpr std::size_t k_description_characters_max = 4000;

Status check_range(std::string_view field, std::int64_t value, std::int64_t least,
                   std::int64_t most, std::string_view unit) {
  if (value >= least && value <= most) return {};
  return refused_field(std::string(field), "terms_invalid",
                       fmt::format("{} must be {} to {} {}.", field, least, most, unit));
}

void apply_edit(const OfferEdit& edit, Offer& offer) {
  Terms& terms = offer.terms;
  terms.length_min = edit.length_min.value_or(terms.length_min);
  terms.buffer_min = edit.buffer_min.value_or(terms.buffer_min);
  terms.notice_min = edit.notice_min.value_or(terms.notice_min);
  terms.horizon_days = edit.horizon_days.value_or(terms.horizon_days);
  terms.seats = edit.seats.value_or(terms.seats);
  terms.day_max = edit.day_max.value_or(terms.day_max);
  terms.week_max = edit.week_max.value_or(terms.week_max);
  offer.on_request = edit.on_request.value_or(offer.on_request);
  if (edit.questions) offer.questions = *edit.questions;
  if (edit.name) offer.name = *edit.name;
  if (edit.description) offer.description = *edit.description;
  if (edit.location) offer.location = *edit.location;
}

Status check_questions(const std::vector<std::string>& questions) {
  if (questions.size() > k_questions_max) {
    return refused_field("questions", "too_many_questions",
                         fmt::format("An offer asks at most {} questions.", k_questions_max));
  }
  for (const std::string& question : questions) {
    FLEAD_CHECK(check_text("question", question, k_question_characters_max));
  }
  return {};
}

Status check_offer(const Offer& offer) {
  FLEAD_CHECK(check_questions(offer.questions));
  FLEAD_CHECK(check_terms(offer.terms));
  FLEAD_CHECK(check_text("name", offer.name, k_name_characters_max));
  FLEAD_CHECK(check_text("location", offer.location, k_url_characters_max));
  if (!valid_utf8(offer.description) ||
      utf8_length(offer.description) > k_description_characters_max) {
    return refused_field(
        "description", "too_long",
        fmt::format("A description is text of up to {} characters.", k_description_characters_max));
  }
  if (trim(offer.name).empty()) {
    return refused_field("name", "name_empty", "An offer needs a name.");
  }
  return {};
}

}  // namespace

Status check_slug(std::string_view field, std::string_view slug) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  if (slug.empty() || slug.size() > k_slug_characters_max || slug.front() == '-' ||
      !std::all_of(slug.begin(), slug.end(), is_plain)) {
    return refused_field(std::string(field), "slug_invalid",
                         fmt::format("A {} is named with a-z, 0-9 and -, 1 to {} characters.",
                                     field, k_slug_characters_max));
  }
  return {};
}

Status check_text(std::string_view field, std::string_view text, std::size_t characters_max) {
  if (!valid_utf8(text) || has_control_characters(text)) {
    return refused_field(std::string(field), "text_invalid",
                         fmt::format("The {} is not plain text.", field));
  }
  if (utf8_length(text) > characters_max) {
    return refused_field(std::string(field), "too_long",
                         fmt::format("The {} is over {} characters.", field, characters_max));
  }
  return {};
}

Status check_terms(const Terms& terms) {
  FLEAD_CHECK(check_range("len", terms.length_min, 1, k_slot_length_min_max, "minutes"));
  FLEAD_CHECK(check_range("buffer", terms.buffer_min, 0, k_slot_buffer_min_max, "minutes"));
  FLEAD_CHECK(check_range("notice", terms.notice_min, 0, k_slot_notice_min_max, "minutes"));
  FLEAD_CHECK(check_range("horizon", terms.horizon_days, 1, k_slot_horizon_days_max, "days"));
  FLEAD_CHECK(check_range("per-day", terms.day_max, 0, k_seats_max, "meetings"));
  FLEAD_CHECK(check_range("per-week", terms.week_max, 0, k_seats_max, "meetings"));
  return check_range("seats", terms.seats, 1, k_seats_max, "");
}

Result<Host> make_or_update_host(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                                 const NewRules& input, bool& made) {
  FLEAD_CHECK(check_slug("host", input.host));
  FLEAD_TRY(const auto known, host_by_slug(tx, tenant.id, input.host));
  Host host = known.value_or(Host{});
  made = !known.has_value();
  const TimeMs now = world.clock.now();
  if (made) {
    host.id = new_id<HostIdTag>(world);
    host.tenant = tenant.id;
    host.slug = input.host;
    host.name = tenant.name;
    host.zone = tenant.zone;
    host.created_at = now;
  }
  const Host before = host;
  if (input.host_name) host.name = *input.host_name;
  if (input.email) host.email = *input.email;
  if (input.zone) {
    FLEAD_TRY(const auto zone, Zone::load(*input.zone));
    host.zone = zone.name();
  }
  FLEAD_CHECK(check_text("host name", host.name, k_name_characters_max));
  FLEAD_CHECK(check_text("email", host.email, k_email_characters_max));
  if (input.email && !host.email.empty() && !intake::valid_email(host.email)) {
    return refused_field("email", "email_invalid", "The host's e-mail is not an address.");
  }
  if (made) {
    host.updated_at = now;
    FLEAD_CHECK(insert_host(tx, host));
  } else if (host.name != before.name || host.zone != before.zone || host.email != before.email) {
    host.updated_at = now;
    FLEAD_CHECK(update_host(tx, host));
  }
  return host;
}

Result<Offer> add_offer(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                        std::string_view host, std::string_view slug, const OfferEdit& edit) {
  FLEAD_CHECK(check_slug("offer", slug));
  FLEAD_TRY(const auto taken, offer_by_slug(tx, tenant.id, slug));
  if (taken) {
    return conflict("offer_exists", fmt::format("There is an offer \"{}\" already.", slug),
                    fmt::format("flead offer edit {} changes it", slug));
  }
  FLEAD_CHECK(no_pool_named(tx, tenant.id, slug));
  Offer offer;
  if (host.empty()) {
    FLEAD_TRY(const Host only, find_host(tx, tenant.id, ""));
    offer.host = only.id;
  } else {
    bool made = false;
    NewRules wanted;
    wanted.host = host;
    FLEAD_TRY(const Host named, make_or_update_host(world, tx, tenant, wanted, made));
    offer.host = named.id;
  }
  offer.id = new_id<OfferIdTag>(world);
  offer.tenant = tenant.id;
  offer.slug = slug;
  offer.name = tenant.locale == "ru" ? "Встреча" : "Meeting";
  apply_edit(edit, offer);
  FLEAD_CHECK(check_offer(offer));
  offer.created_at = world.clock.now();
  offer.updated_at = offer.created_at;
  FLEAD_CHECK(insert_offer(tx, offer));
  return offer;
}

Result<Offer> edit_offer(World& world, store::Tx& tx, const TenantId& tenant, std::string_view slug,
                         const OfferEdit& edit) {
  FLEAD_TRY(Offer offer, find_offer(tx, tenant, slug));
  apply_edit(edit, offer);
  FLEAD_CHECK(check_offer(offer));
  offer.updated_at = world.clock.now();
  FLEAD_CHECK(update_offer(tx, offer));
  return offer;
}

Result<Offer> retire_offer(World& world, store::Tx& tx, const TenantId& tenant,
                           std::string_view slug) {
  FLEAD_TRY(Offer offer, find_offer(tx, tenant, slug));
  offer.retired = true;
  offer.updated_at = world.clock.now();
  FLEAD_CHECK(update_offer(tx, offer));
  return offer;
}

}  // namespace flead::booking
