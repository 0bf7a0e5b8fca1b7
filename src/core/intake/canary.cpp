#include "core/intake/canary.h"

#include <utility>

namespace flead::intake {
namespace {

// The token of a run that was killed is good for nothing after this.
constexpr std::int64_t k_mark_age_max_ms = k_hour_ms;

}  // namespace

Result<std::optional<Created>> create_canary(World& world, store::Tx& tx,
                                             const tenants::Tenant& tenant,
                                             const CheckedLead& checked, const Origin& origin) {
  const auto token = checked.input.custom.text(k_canary_field);
  if (!token) return std::optional<Created>();
  FLEAD_TRY(const auto canary, marked_canary(tx, tenant.id, *token));
  if (!canary) return std::optional<Created>();
  const bool waits = canary->state == "running" && !canary->lead &&
                     canary->started_at > world.clock.now() - k_mark_age_max_ms;
  if (!waits) return conflict("canary_over", "The canary's run has its lead, or is over.");
  CheckedLead trusted = checked;
  trusted.input.custom = Json::object();
  trusted.input.suspicion.clear();
  // An address of the founder's own may be a lead already; without its folded form it is no
  // duplicate of that one.
  trusted.email_folded.reset();
  FLEAD_TRY(auto created, create(world, tx, tenant, trusted, origin));
  if (created.duplicate) {
    return conflict("canary_contact_taken", "A lead has the canary's phone number.",
                    "Name a number of your own that is no lead's: --to");
  }
  FLEAD_CHECK(set_canary_lead(tx, canary->id, created.lead.id));
  return std::optional(std::move(created));
}

}  // namespace flead::intake
