// Ways to be paid that hosts ask for: by a link in their mail and a wait, or by the operator's
// word.
#include <utility>

#include <fmt/format.h>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/channels/human.h"
#include "core/channels/outbox.h"
#include "core/money/payout_wish.h"
#include "core/money/payout_wishes_store.h"

namespace flead::money {
namespace {

Error wish_over() {
  return conflict("wish_over", "This is not waiting any more", "flead payout method list");
}

bool waits(const MethodWish& wish) {
  return wish.state == "asked" || wish.state == "confirmed";
}

// "Confirmed by the host: it counts from Monday on", for the operator.
std::string counts_from(const tenants::Tenant& tenant, TimeMs at) {
  auto zone = Zone::load(tenant.zone);
  if (!zone) zone = Zone::utc();
  const std::string when = format_wall_long(zone->wall(at), tenant.locale);
  return tenant.locale == "ru" ? "Подтверждено письмом, начнёт действовать: " + when
                               : "Confirmed by mail; it counts from: " + when;
}

Status send_confirm_link(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                         const WishingHost& host, const MethodWish& wish,
                         const std::string& token) {
  channels::NewMessage message;
  message.template_name = "host.method";
  const std::string url = app.config.base_url + "/h/method/" + token;
  message.variables = {
      {"tenant", tenant.name}, {"name", host.name}, {"method", wish.shown}, {"method_url", url}};
  message.button_url = url;
  message.button_text = tenant.locale == "ru" ? "Посмотреть" : "Look at it";
  message.unique_key = "host.method:" + wish.id.text();
  FLEAD_CHECK(channels::send_to_address(app, tx, tenant, "email", host.email, message));
  return {};
}

// To the operator, wherever they are told; without an address the list is all there is.
Status tell_operator(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                     const WishingHost& host, const MethodWish& wish) {
  FLEAD_TRY(const auto setting, tenants::setting(app, tx, tenant.id, "operator.notify"));
  const auto to = channels::parse_operator_address(setting);
  if (!to) return {};
  channels::NewMessage message;
  message.template_name = "operator.method";
  message.variables = {{"tenant", tenant.name},
                       {"name", host.name},
                       {"method", wish.shown},
                       {"host", host.slug},
                       {"when", wish.due_at ? counts_from(tenant, *wish.due_at) : ""}};
  message.unique_key = "operator.method:" + wish.id.text() + ":" + wish.state;
  const auto queued = channels::send_to_address(app, tx, tenant, to->kind, to->address, message);
  // A missing channel must not undo what the host has asked for.
  if (!queued && queued.error().kind != ErrorKind::unmet &&
      queued.error().kind != ErrorKind::conflict) {
    return queued.error();
  }
  return {};
}

Status plan_due(App& app, store::Tx& tx, const MethodWish& wish) {
  jobs::NewJob job;
  job.kind = "payout.method_due";
  job.payload = Json::object({{"wish", wish.id.text()}});
  job.tenant = wish.tenant;
  job.subject_id = wish.host.text();
  job.run_at = wish.due_at.value_or(0);
  job.unique_key = "payout.method_due:" + wish.id.text();
  FLEAD_CHECK(jobs::enqueue(app.world, tx, job));
  return {};
}

// The state under the guard of the one that was seen.
Result<MethodWish> move_to(App& app, store::Tx& tx, const MethodWish& seen, std::string_view state,
                           std::string_view reason) {
  FLEAD_TRY(auto wish, payout_wishes_store::by_id(tx, seen.id));
  if (!wish || !waits(*wish)) return wish_over();
  const std::string from = std::exchange(wish->state, state);
  wish->reason = reason;
  if (state != "confirmed") wish->ended_at = app.world.clock.now();
  if (state == "confirmed") wish->due_at = app.world.clock.now() + k_method_wait_ms;
  FLEAD_TRY(const bool changed, payout_wishes_store::update(tx, *wish, from));
  if (!changed) return wish_over();
  return std::move(*wish);
}

}  // namespace

Result<MethodWish> ask_payout_method(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                     const WishingHost& host, const NewPayoutMethod& input) {
  FLEAD_TRY(const auto checked, check_payout_method(tenant.region, input));
  if (host.email.empty()) {
    return refused("email_missing", "There is no e-mail address to ask whether it was you.",
                   "flead expert edit " + host.slug + " --email ADDRESS");
  }
  FLEAD_TRY(const auto before, payout_wishes_store::of_host(tx, host.id));
  if (before) FLEAD_CHECK(drop_wish(app, tx, *before, "another one was asked for"));
  MethodWish wish;
  wish.id = new_id<MethodWishIdTag>(app.world);
  wish.tenant = tenant.id;
  wish.host = host.id;
  wish.host_slug = host.slug;
  wish.kind = input.kind;
  wish.company = input.company;
  wish.shown = checked.shown;
  wish.asked_at = app.world.clock.now();
  FLEAD_TRY(const std::string sealed, seal_payout_details(app, checked.details, wish.id.text()));
  const std::string token = make_token(app.world.random, "");
  FLEAD_CHECK(payout_wishes_store::insert(tx, wish, sealed, sha256_hex(token)));
  FLEAD_CHECK(send_confirm_link(app, tx, tenant, host, wish, token));
  FLEAD_CHECK(tell_operator(app, tx, tenant, host, wish));
  return wish;
}

Result<std::optional<MethodWish>> wish_by_token(App& app, store::Tx& tx, std::string_view token) {
  FLEAD_TRY(auto wish, payout_wishes_store::by_token(tx, sha256_hex(token)));
  const bool good =
      wish && waits(*wish) &&
      (wish->state == "confirmed" || app.world.clock.now() < wish->asked_at + k_method_link_ms);
  if (!good) return std::optional<MethodWish>();
  return wish;
}

Result<MethodWish> confirm_wish(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                const WishingHost& host, const MethodWish& seen) {
  if (seen.state == "confirmed") return seen;
  FLEAD_TRY(const auto wish, move_to(app, tx, seen, "confirmed", ""));
  FLEAD_CHECK(plan_due(app, tx, wish));
  FLEAD_CHECK(tell_operator(app, tx, tenant, host, wish));
  return wish;
}

Result<MethodWish> drop_wish(App& app, store::Tx& tx, const MethodWish& wish,
                             std::string_view reason) {
  return move_to(app, tx, wish, "dropped", reason);
}

Result<PayoutMethod> take_wish(App& app, store::Tx& tx, const MethodWish& seen,
                               std::string_view actor) {
  FLEAD_TRY(const std::string sealed, payout_wishes_store::sealed_of(tx, seen.id));
  FLEAD_TRY(const auto wish, move_to(app, tx, seen, "taken", actor));
  NewPayoutMethod input;
  input.host = wish.host;
  input.host_slug = wish.host_slug;
  input.kind = wish.kind;
  input.company = wish.company;
  FLEAD_TRY(input.details, read_payout_details(app, sealed, wish.id.text()));
  FLEAD_TRY(const auto tenant, tenants::load(tx, wish.tenant));
  return set_payout_method(app, tx, wish.tenant, tenant.region, input);
}

Result<std::optional<MethodWish>> wish_of(store::Tx& tx, const HostId& host) {
  return payout_wishes_store::of_host(tx, host);
}

Result<MethodWish> find_wish(store::Tx& tx, const TenantId& tenant, const HostId& host) {
  FLEAD_TRY(auto wish, payout_wishes_store::of_host(tx, host));
  if (wish && wish->tenant == tenant) return std::move(*wish);
  return not_found("wish_not_found", "This host has asked for no other way to be paid",
                   "flead payout method wishes");
}

Result<std::vector<MethodWish>> list_wishes(store::Tx& tx, const TenantId& tenant) {
  return payout_wishes_store::waiting(tx, tenant);
}

jobs::Outcome take_due_wish(App& app, const jobs::Job& job) {
  const MethodWishId id(job.payload.text("wish").value_or(""));
  return jobs::Outcome::done([&app, id](store::Tx& tx) -> Status {
    FLEAD_TRY(const auto wish, payout_wishes_store::by_id(tx, id));
    const bool due = wish && wish->state == "confirmed" && wish->due_at &&
                     *wish->due_at <= app.world.clock.now();
    if (!due) return {};  // called off, or taken by the operator
    FLEAD_CHECK(take_wish(app, tx, *wish, "the host, by mail"));
    return {};
  });
}

Json to_json(const MethodWish& wish) {
  return Json::object({{"id", wish.id.text()},
                       {"host", wish.host_slug},
                       {"kind", wish.kind},
                       {"details", wish.shown},
                       {"company", wish.company},
                       {"state", wish.state},
                       {"reason", wish.reason},
                       {"asked_at", format_time(wish.asked_at)},
                       {"due_at", wish.due_at ? Json(format_time(*wish.due_at)) : Json()},
                       {"ended_at", wish.ended_at ? Json(format_time(*wish.ended_at)) : Json()}});
}

}  // namespace flead::money
