#include "core/upkeep/erase.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/booking/person.h"
#include "core/channels/person.h"
#include "core/groups/group.h"
#include "core/intake/counters.h"
#include "core/intake/person.h"
#include "core/jobs/person.h"
#include "core/money/person.h"
#include "core/store/store_file.h"
#include "core/upkeep/erasures_store.h"

namespace flead::upkeep {
namespace {

// Clocks of processes differ a little, and a row is older than its commit.
constexpr std::int64_t k_overlap_ms = k_minute_ms;

// All of a person that stands in several areas, as one transaction sees it.
struct Found {
  intake::Lead lead;
  std::vector<channels::PersonMessage> messages;
  std::vector<booking::PersonBooking> bookings;
  intake::Traces traces;
  std::vector<std::string> callbacks;
  std::vector<JobId> jobs;
};

Result<Found> find_all(store::Tx& tx, const TenantId& tenant, const LeadId& lead, TimeMs since) {
  Found found;
  FLEAD_TRY(found.lead, intake::load(tx, tenant, lead));
  FLEAD_TRY(found.messages, channels::messages_of(tx, tenant, lead));
  FLEAD_TRY(found.bookings, booking::bookings_of(tx, tenant, lead));
  FLEAD_TRY(found.traces, intake::find_traces(tx, tenant, lead, since));
  FLEAD_TRY(found.callbacks, channels::callbacks_about(tx, lead, found.messages, since));
  std::set<std::string, std::less<>> subjects{lead.text()};
  for (const auto& message : found.messages) subjects.insert(message.id.text());
  for (const auto& booking : found.bookings) subjects.insert(booking.id.text());
  const std::string least_job = least_id(JobIdTag::k_prefix, since);
  FLEAD_TRY(found.jobs, jobs::jobs_about(tx, tenant, subjects, least_job));
  return found;
}

// Takes the person out of every figure, as a recount without them would find it.
Status uncount(store::Tx& tx, const tenants::Tenant& tenant, const Found& found) {
  const intake::Lead& lead = found.lead;
  const std::string source = intake::source_label(lead);
  const bool suspect = lead.status == "suspect";
  FLEAD_CHECK(intake::count(tx, tenant, lead.created_at,
                            suspect ? intake::k_metric_suspects : intake::k_metric_leads,
                            suspect ? std::string_view() : std::string_view(source), -1));
  FLEAD_CHECK(intake::count_status(tx, tenant.id, lead.status, ""));
  if (lead.first_answer_at) {
    const TimeMs answered = *lead.first_answer_at;
    FLEAD_CHECK(intake::count(tx, tenant, answered, intake::k_metric_answered, "", -1));
    FLEAD_CHECK(intake::count(tx, tenant, answered, intake::k_metric_answer_ms, "",
                              lead.created_at - answered));
  }
  for (const booking::PersonBooking& one : found.bookings) {
    constexpr std::string_view k_counted[] = {"confirmed", "cancelled", "completed", "no_show"};
    if (std::find(std::begin(k_counted), std::end(k_counted), one.status) == std::end(k_counted)) {
      continue;
    }
    FLEAD_CHECK(intake::count(tx, tenant, one.created_at, intake::k_metric_bookings, source, -1));
  }
  for (const channels::PersonMessage& message : found.messages) {
    if (!message.sent_at) continue;
    FLEAD_CHECK(intake::count(tx, tenant, *message.sent_at, intake::k_metric_messages,
                              message.channel_kind, -1));
  }
  return {};
}

Status take_out(World& world, store::Tx& tx, const tenants::Tenant& tenant, const Found& found) {
  FLEAD_CHECK(uncount(tx, tenant, found));
  FLEAD_CHECK(jobs::erase_jobs(tx, found.jobs));
  FLEAD_CHECK(channels::erase_messages(tx, tenant.id, found.lead.id, found.callbacks));
  FLEAD_CHECK(groups::forget_member(world, tx, found.lead.id, found.lead.name));
  FLEAD_CHECK(booking::forget_person(world, tx, found.lead.id, found.bookings));
  FLEAD_CHECK(money::forget_payer(world, tx, tenant.id, found.lead.id));
  return intake::erase_lead(tx, found.lead, found.traces);
}

// The long look goes first, beside the writers; the transaction looks again at what came since.
Status erase(World& world, store::Store& store, const tenants::Tenant& tenant, const LeadId& lead,
             const Tombstone* tombstone) {
  const TimeMs looked_at = world.clock.now();
  FLEAD_TRY(const Found before,
            store.read([&](store::Tx& tx) { return find_all(tx, tenant.id, lead, 0); }));
  return store.write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(Found found, find_all(tx, tenant.id, lead, looked_at - k_overlap_ms));
    const auto add = [](auto& to, const auto& from) {
      to.insert(to.end(), from.begin(), from.end());
    };
    add(found.traces.requests, before.traces.requests);
    add(found.traces.replies, before.traces.replies);
    add(found.callbacks, before.callbacks);
    add(found.jobs, before.jobs);
    FLEAD_CHECK(take_out(world, tx, tenant, found));
    return tombstone == nullptr ? Status() : erasures_store::insert(tx, *tombstone);
  });
}

Error bad_erasures(std::string why) {
  return usage_error("bad_erasures", std::move(why),
                     "A list of erasures is what `flead privacy list --json` prints, or a store.");
}

Result<Tombstone> parse_tombstone(const Json& json, std::size_t number) {
  Tombstone tombstone;
  tombstone.lead = LeadId(json.text("lead").value_or(""));
  tombstone.tenant = TenantId(json.text("tenant").value_or(""));
  tombstone.reason = json.text("reason").value_or("");
  const auto at = parse_time(json.text("erased_at").value_or(""));
  if (!is_id(tombstone.lead.text(), LeadIdTag::k_prefix) ||
      !is_id(tombstone.tenant.text(), TenantIdTag::k_prefix) || !at) {
    return bad_erasures(fmt::format("Erasure {} has no lead, tenant and erased_at.", number));
  }
  tombstone.erased_at = *at;
  return tombstone;
}

}  // namespace

Result<Tombstone> erase_person(World& world, store::Store& store, const tenants::Tenant& tenant,
                               const LeadId& lead, std::string_view reason) {
  if (!valid_utf8(reason) || utf8_length(reason) > k_reason_characters_max) {
    return refused_field("reason", "too_long",
                         fmt::format("A reason has up to {} characters.", k_reason_characters_max));
  }
  const Tombstone tombstone{lead, tenant.id, std::string(reason), world.clock.now()};
  FLEAD_CHECK(erase(world, store, tenant, lead, &tombstone));
  return tombstone;
}

Status erase_traceless(World& world, store::Store& store, const tenants::Tenant& tenant,
                       const LeadId& lead) {
  return erase(world, store, tenant, lead, nullptr);
}

Result<bool> erase_again(World& world, store::Store& store, const Tombstone& tombstone) {
  FLEAD_TRY(const bool there, store.read([&](store::Tx& tx) {
    return erasures_store::has_lead(tx, tombstone.tenant, tombstone.lead);
  }));
  if (!there) {
    FLEAD_CHECK(store.write([&](store::Tx& tx) { return erasures_store::insert(tx, tombstone); }));
    return false;
  }
  FLEAD_TRY(const tenants::Tenant tenant,
            store.read([&](store::Tx& tx) { return tenants::load(tx, tombstone.tenant); }));
  FLEAD_CHECK(erase(world, store, tenant, tombstone.lead, &tombstone));
  return true;
}

Result<std::vector<Tombstone>> tombstones_in(const std::string& file) {
  std::vector<Tombstone> found;
  FLEAD_CHECK(store::read_file(file, [&](store::Tx& tx) -> Status {
    FLEAD_TRY(found, erasures_store::all(tx));
    return {};
  }));
  return found;
}

Result<std::vector<Tombstone>> parse_tombstones(std::string_view text) {
  std::vector<Tombstone> found;
  if (const auto whole = parse_json(text); whole && whole->is_array()) {
    for (const Json& item : whole->items()) {
      FLEAD_TRY(Tombstone tombstone, parse_tombstone(item, found.size() + 1));
      found.push_back(std::move(tombstone));
    }
    return found;
  }
  for (const std::string& line : split(text, '\n')) {
    if (trim(line).empty()) continue;
    const auto item = parse_json(line);
    if (!item) return bad_erasures(fmt::format("Erasure {} is not JSON.", found.size() + 1));
    FLEAD_TRY(Tombstone tombstone, parse_tombstone(*item, found.size() + 1));
    found.push_back(std::move(tombstone));
  }
  return found;
}

Json to_json(const Tombstone& tombstone) {
  return Json::object({{"lead", tombstone.lead.text()},
                       {"tenant", tombstone.tenant.text()},
                       {"reason", tombstone.reason},
                       {"erased_at", format_time(tombstone.erased_at)}});
}

}  // namespace flead::upkeep
