// Connecting an offer with Cal.com: what is asked first, what is kept, and our webhook there.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/booking/calcom_link.h"
#include "core/booking/calcom_secret.h"
#include "core/booking/calcom_store.h"
#include "core/booking/offers_store.h"
#include "core/tenants/store_key.h"

namespace flead::booking {

namespace {

using calcom::Access;
using channels::Verdict;

constexpr std::int64_t k_hook_pages_max = 10;  // of the account's webhooks
constexpr std::size_t k_event_type_characters_max = 100;
constexpr std::size_t k_types_named_max = 20;  // in an error, for a person to choose from

bool is_local_host(std::string_view url) {
  const std::string host = host_of_url(url);
  return host.starts_with("127.") || host == "localhost" || host == "::1" || host == "0.0.0.0";
}

Status check_address(std::string_view field, std::string_view url) {
  const bool secure = url.starts_with("https://");
  const bool plain = url.starts_with("http://") && is_local_host(url);
  if ((secure || plain) && url.size() <= k_url_characters_max && !has_control_characters(url) &&
      url.find(' ') == std::string_view::npos) {
    return {};
  }
  return refused_field(std::string(field), "url_invalid",
                       fmt::format("{} is an address that begins with https://", field));
}

Result<NewCalcom> check_calcom(NewCalcom input) {
  while (input.base_url.ends_with('/')) input.base_url.pop_back();
  FLEAD_CHECK(check_address("base_url", input.base_url));
  if (!input.page.empty()) FLEAD_CHECK(check_address("page", input.page));
  if (input.key.empty() || has_control_characters(input.key) ||
      input.key.find(' ') != std::string::npos) {
    return refused_field("key", "key_invalid", "An API key is one word such as cal_live_…");
  }
  if (input.event_type.size() > k_event_type_characters_max) {
    return refused_field("event_type", "event_type_unknown", "An event type has a short name.");
  }
  return input;
}

Error calcom_error(const calcom::Answer& answer, std::string_view what) {
  const std::string says = fmt::format("{}: {}", what, answer.says);
  if (answer.verdict == Verdict::misconfigured) {
    Error error = provider_error("calcom_refused", "Cal.com refuses " + says);
    error.hint = "Give it another key: flead offer calcom connect OFFER --secret-file FILE";
    return error;
  }
  if (answer.verdict == Verdict::rejected) {
    return provider_error("calcom_answer", "Cal.com does not answer " + says);
  }
  Error error = provider_error("calcom_unreachable", "Cal.com cannot be asked for " + says);
  error.hint = "Try again in a minute";
  return error;
}

Result<calcom::EventType> pick_type(const std::vector<calcom::EventType>& types,
                                    std::string_view wanted) {
  std::vector<std::string> names;
  for (const auto& type : types) {
    if (names.size() < k_types_named_max) names.push_back(type.slug);
    const bool only = wanted.empty() && types.size() == 1;
    if (!only && type.slug != wanted && std::to_string(type.id) != wanted) continue;
    if (type.seated) {
      return refused_field("event_type", "event_type_seated",
                           "Several people book one meeting of this type: flead can only follow "
                           "meetings of one person. Switch seats off there.");
    }
    return type;
  }
  const std::string there = names.empty() ? "none" : join(names, ", ");
  if (wanted.empty()) {
    return usage_error("event_type_needed", "Say which event type: there is " + there + ".",
                       "--event-type SLUG");
  }
  return refused_field(
      "event_type", "event_type_unknown",
      fmt::format("There is no event type \"{}\": there is {}.", repair_utf8(wanted), there));
}

struct LinkBefore {
  Offer offer;
  bool foreign_denied = false;
  std::optional<CalcomLink> link;
  CalcomSecret secret;
};

// A retired offer, too: its connection has to end some day.
Result<Offer> find_any_offer(store::Tx& tx, const TenantId& tenant, std::string_view slug) {
  FLEAD_TRY(auto offer, offer_by_slug(tx, tenant, slug));
  return offer ? std::move(*offer) : find_offer(tx, tenant, slug);
}

Result<LinkBefore> load_before(App& app, const tenants::Tenant& tenant, std::string_view slug) {
  return app.store.read([&](store::Tx& tx) -> Result<LinkBefore> {
    LinkBefore before;
    FLEAD_TRY(before.offer, find_any_offer(tx, tenant.id, slug));
    FLEAD_TRY(const bool pooled, calcom_store::is_pooled(tx, before.offer.id));
    if (pooled) {
      return conflict("offer_in_pool", "This offer is one of a pool, whose times are ours.",
                      "Take it out of the pool first: flead offer pool");
    }
    FLEAD_CHECK(tenants::check_key(tx, app.key));
    FLEAD_TRY(const std::string foreign, tenants::setting(app, tx, tenant.id, "channels.foreign"));
    before.foreign_denied = foreign == "deny";
    FLEAD_TRY(before.link, calcom_store::by_offer(tx, before.offer.id));
    if (!before.link) return before;
    if (const auto secret = open_calcom(app, tx, *before.link)) before.secret = *secret;
    return before;
  });
}

// Connected again, what is not said stays as it is.
NewCalcom filled_in(NewCalcom input, const LinkBefore& before) {
  if (before.link) {
    if (input.key.empty()) input.key = before.secret.key;
    if (input.base_url.empty()) input.base_url = before.link->base_url;
    if (input.ca_file.empty()) input.ca_file = before.link->ca_file;
    if (input.event_type.empty()) input.event_type = std::to_string(before.link->event_type);
    if (!input.hook && !before.link->webhook.empty()) input.hook = true;
  }
  if (input.base_url.empty()) input.base_url = calcom::k_base_url;
  return input;
}

Status enqueue_poll(World& world, store::Tx& tx, const CalcomLink& link, TimeMs at) {
  jobs::NewJob job;
  job.kind = "calcom.poll";
  job.payload = Json::object({{"link", link.id.text()}});
  job.tenant = link.tenant;
  job.subject_id = link.id.text();
  job.run_at = at;
  job.unique_key = "calcom.poll:" + link.id.text();
  FLEAD_CHECK(jobs::enqueue(world, tx, job));
  return {};
}

// The id of the webhook that calls this address, "" when none does. Nothing: it can't be known.
std::optional<std::string> find_hook(App& app, const Access& access, std::string_view url,
                                     std::string& says) {
  for (std::int64_t page = 0, skip = 0; page < k_hook_pages_max; ++page) {
    const auto answer =
        calcom::parse_webhooks(app.transport.http(calcom::build_webhooks(access, skip)));
    if (answer.verdict != Verdict::sent) {
      says = answer.says;
      return std::nullopt;
    }
    for (const auto& hook : answer.hooks) {
      if (hook.url == url) return hook.id;
    }
    if (answer.hooks.empty()) break;
    skip += static_cast<std::int64_t>(answer.hooks.size());
  }
  return std::string();
}

// One webhook of ours there, or none: it is looked for before it is made, so a set-up that was cut
// short leaves no second one.
void set_hook(App& app, const Access& access, const std::string& secret, bool wanted,
              CalcomLink& link) {
  const std::string url = calcom_hook_url(app.config.base_url, link.id);
  link.webhook.clear();
  const auto known = find_hook(app, access, url, link.hook_says);
  if (!known) return;
  if (!wanted) {
    if (known->empty()) return;
    const auto answer =
        calcom::parse_plain(app.transport.http(calcom::build_delete_webhook(access, *known)));
    if (answer.verdict != Verdict::sent) link.hook_says = answer.says;
    return;
  }
  const auto answer = calcom::parse_webhook(
      app.transport.http(calcom::build_set_webhook(access, {*known, url, secret})));
  if (answer.verdict != Verdict::sent) {
    link.hook_says = answer.says;
  } else if (!calcom::is_whole(answer.hooks.front())) {
    link.hook_says = "it is not active, or has a template or other triggers";
  } else {
    link.webhook = answer.hooks.front().id;
  }
}

Status keep_link(App& app, const tenants::Tenant& tenant, const CalcomLink& link,
                 const CalcomSecret& secret, std::int64_t length_min, bool first) {
  return app.store.write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(Offer offer, load_offer(tx, tenant.id, link.offer));
    FLEAD_CHECK(lock_host(tx, offer.host));  // whoever books just now, does it before or after
    offer.booked_elsewhere = link.page;
    offer.terms.length_min = length_min;  // what people read of it is what they get there
    offer.updated_at = app.world.clock.now();
    FLEAD_CHECK(update_offer(tx, offer));
    FLEAD_CHECK(calcom_store::save(tx, link, seal_calcom(app, link.id, secret)));
    if (first) {
      FLEAD_CHECK(tenants::set_setting(app.world, tx, tenant.id, "booking.prefill", "true"));
    }
    return enqueue_poll(app.world, tx, link, app.world.clock.now());
  });
}

Error not_connected() {
  return not_found("calcom_not_connected", "This offer is not booked at Cal.com.",
                   "flead offer calcom connect OFFER --event-type SLUG --secret-file FILE");
}

struct AccountFound {
  calcom::Me me;
  calcom::EventType type;
};

// Who the key belongs to and what is booked there: nothing is changed.
Result<AccountFound> ask_account(App& app, const Access& access, const NewCalcom& input) {
  AccountFound found;
  found.me = calcom::parse_me(app.transport.http(calcom::build_me(access)));
  if (found.me.verdict != Verdict::sent) return calcom_error(found.me, "the account");
  const auto types = calcom::parse_event_types(
      app.transport.http(calcom::build_event_types(access, found.me.username)));
  if (types.verdict != Verdict::sent) return calcom_error(types, "the event types");
  FLEAD_TRY(found.type, pick_type(types.types, input.event_type));
  if (!input.page.empty()) found.type.url = input.page;
  if (found.type.url.empty()) {
    return refused_field("page", "page_needed",
                         "This Cal.com does not say where its page is: --page URL does");
  }
  FLEAD_CHECK(check_address("page", found.type.url));
  return found;
}

}  // namespace

Result<CalcomLink> connect_calcom(App& app, const tenants::Tenant& tenant,
                                  const NewCalcom& wanted) {
  FLEAD_TRY(const LinkBefore before, load_before(app, tenant, wanted.offer));
  FLEAD_TRY(const NewCalcom input, check_calcom(filled_in(wanted, before)));
  if (before.foreign_denied && calcom::is_abroad(input.base_url)) {
    return refused("foreign_denied", "Cal.com is abroad, and channels.foreign denies that.",
                   "Take a Cal.diy of your own: --base-url");
  }
  const CalcomSecret secret{input.key, before.secret.hook_secret.empty()
                                           ? make_token(app.world.random, "")
                                           : before.secret.hook_secret};
  const Access access{input.base_url, input.key, input.ca_file};
  FLEAD_TRY(const AccountFound found, ask_account(app, access, input));
  CalcomLink link = before.link.value_or(CalcomLink{});
  const bool same = link.event_type == found.type.id && link.base_url == input.base_url;
  if (!same) link.seen_at.reset();
  if (!before.link) {
    link.id = new_id<CalcomLinkIdTag>(app.world);
    link.created_at = app.world.clock.now();
  }
  link.tenant = tenant.id;
  link.offer = before.offer.id;
  link.offer_slug = before.offer.slug;
  link.base_url = input.base_url;
  link.ca_file = input.ca_file;
  link.username = found.me.username;
  link.event_type = found.type.id;
  link.event_slug = found.type.slug;
  link.page = found.type.url;
  link.error.clear();
  link.updated_at = app.world.clock.now();
  // Kept before its webhook is made: a call that comes at once is known, and whatever line the
  // power fails on, the next try finds the same webhook by the same address.
  const std::int64_t length_min = std::clamp<std::int64_t>(
      found.type.length_min > 0 ? found.type.length_min : before.offer.terms.length_min, 1,
      k_slot_length_min_max);
  FLEAD_CHECK(keep_link(app, tenant, link, secret, length_min, !before.link));
  set_hook(app, access, secret.hook_secret,
           input.hook.value_or(!is_local_host(app.config.base_url)), link);
  FLEAD_CHECK(app.store.write([&](store::Tx& tx) {
    return calcom_store::save(tx, link, seal_calcom(app, link.id, secret));
  }));
  return link;
}

Result<CalcomLink> disconnect_calcom(App& app, const tenants::Tenant& tenant,
                                     std::string_view slug) {
  FLEAD_TRY(const LinkBefore before, load_before(app, tenant, slug));
  if (!before.link) return not_connected();
  CalcomLink link = *before.link;
  const auto secret = app.store.read([&](store::Tx& tx) { return open_calcom(app, tx, link); });
  if (secret && !link.webhook.empty()) {
    set_hook(app, {link.base_url, secret->key, link.ca_file}, "", false, link);
  }
  FLEAD_CHECK(app.store.write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(Offer offer, load_offer(tx, tenant.id, link.offer));
    FLEAD_CHECK(lock_host(tx, offer.host));  // whoever books just now, does it before or after
    offer.booked_elsewhere.clear();
    offer.updated_at = app.world.clock.now();
    FLEAD_CHECK(update_offer(tx, offer));
    FLEAD_CHECK(calcom_store::release_bookings(tx, link.offer));
    FLEAD_CHECK(calcom_store::remove(tx, link.id));
    FLEAD_TRY(const auto others, calcom_store::of_tenant(tx, tenant.id));
    if (!others.empty()) return {};
    return tenants::set_setting(app.world, tx, tenant.id, "booking.prefill", "false");
  }));
  return link;
}

Result<CalcomLink> sync_calcom(App& app, const tenants::Tenant& tenant, std::string_view slug) {
  FLEAD_TRY(const auto found, app.store.read([&](store::Tx& tx) -> Result<CalcomLink> {
    FLEAD_TRY(const auto offer, find_any_offer(tx, tenant.id, slug));
    FLEAD_TRY(auto link, calcom_store::by_offer(tx, offer.id));
    if (!link) return not_connected();
    return std::move(*link);
  }));
  const CalcomRead done = read_calcom(app, found.id);
  if (done.answer.verdict != Verdict::sent) return calcom_error(done.answer, "the bookings");
  return app.store.read([&](store::Tx& tx) -> Result<CalcomLink> {
    FLEAD_TRY(auto link, calcom_store::by_id(tx, found.id));
    if (!link) return not_connected();
    return std::move(*link);
  });
}

Result<std::optional<CalcomLink>> calcom_of(store::Tx& tx, const OfferId& offer) {
  return calcom_store::by_offer(tx, offer);
}

Result<std::vector<CalcomLink>> list_calcom(store::Tx& tx, const TenantId& tenant) {
  return calcom_store::of_tenant(tx, tenant);
}

bool is_stale(const CalcomLink& link, TimeMs now) {
  return link.synced_at.value_or(link.created_at) + k_calcom_stale_ms < now;
}

std::string calcom_hook_trouble(App& app, const CalcomLink& link) {
  if (link.webhook.empty()) return {};
  const auto secret = app.store.read([&](store::Tx& tx) { return open_calcom(app, tx, link); });
  if (!secret) return secret.error().message;
  const auto answer = calcom::parse_webhook(app.transport.http(
      calcom::build_webhook({link.base_url, secret->key, link.ca_file}, link.webhook)));
  if (answer.verdict != Verdict::sent) return answer.not_found ? "it is gone there" : answer.says;
  const calcom::KnownHook& hook = answer.hooks.front();
  if (hook.url != calcom_hook_url(app.config.base_url, link.id)) return "it calls another address";
  return calcom::is_whole(hook) ? "" : "it is switched off, or has a template or other triggers";
}

Result<CalcomSecret> open_calcom(App& app, store::Tx& tx, const CalcomLink& link) {
  if (!app.key.present()) {
    return unauthorized("key_missing", "The key that seals secrets is not here",
                        "Set FLEAD_KEY_FILE or FLEAD_KEY");
  }
  FLEAD_TRY(const std::string sealed, calcom_store::sealed_of(tx, link.id));
  FLEAD_TRY(const std::string text, app.key.open(sealed, link.id.text()));
  FLEAD_TRY(const Json json, parse_json(text));
  return CalcomSecret{json.text("key").value_or(""), json.text("hook_secret").value_or("")};
}

std::string seal_calcom(App& app, const CalcomLinkId& id, const CalcomSecret& secret) {
  const Json json = Json::object({{"key", secret.key}, {"hook_secret", secret.hook_secret}});
  return app.key.seal(app.world.random, json.dump(), id.text());
}

std::string calcom_hook_url(std::string_view base_url, const CalcomLinkId& id) {
  return fmt::format("{}/hooks/{}/{}", base_url, k_calcom, id.text());
}

Result<CalcomSigned> calcom_for_call(App& app, store::Tx& tx, const CalcomLinkId& id) {
  FLEAD_TRY(auto link, calcom_store::by_id(tx, id));
  if (!link) {
    return unauthorized("bad_signature", "The call does not carry this offer's signature.");
  }
  FLEAD_TRY(const CalcomSecret secret, open_calcom(app, tx, *link));
  return CalcomSigned{std::move(*link), secret.hook_secret};
}

Status keep_calcom_call(App& app, store::Tx& tx, const CalcomLink& link, const calcom::Call& call,
                        std::string_view raw) {
  calcom_store::KeptCall kept;
  kept.id = new_id<RawIdTag>(app.world).text();
  kept.tenant = link.tenant;
  kept.link = link.id;
  kept.dedupe_key = call.key;
  kept.uid = call.uid;
  kept.body = raw;
  kept.received_at = app.world.clock.now();
  FLEAD_TRY(const bool first, calcom_store::insert_call(tx, kept));
  if (!first) return {};
  jobs::NewJob job;
  job.kind = "calcom.read";
  job.payload = Json::object({{"call", kept.id}});
  job.tenant = link.tenant;
  job.subject_id = kept.id;
  job.unique_key = "calcom.read:" + kept.id;
  FLEAD_CHECK(jobs::enqueue(app.world, tx, job));
  return {};
}

Result<std::vector<CalcomCall>> list_calcom_calls(store::Tx& tx, const CalcomLinkId& link,
                                                  std::int64_t limit) {
  return calcom_store::calls_of(tx, link, limit);
}

Result<bool> has_calcom(store::Tx& tx) {
  FLEAD_TRY(const auto links, calcom_store::all(tx));
  return !links.empty();
}

Status ensure_calcom_jobs(World& world, store::Tx& tx) {
  FLEAD_TRY(const auto links, calcom_store::all(tx));
  for (const CalcomLink& link : links) {
    FLEAD_CHECK(enqueue_poll(world, tx, link, world.clock.now() + k_calcom_every_ms));
  }
  return {};
}

Json to_json(const CalcomLink& link) {
  const auto time = [](const std::optional<TimeMs>& at) {
    return at ? Json(format_time(*at)) : Json();
  };
  return Json::object({{"id", link.id.text()},
                       {"offer", link.offer_slug},
                       {"page", link.page},
                       {"base_url", link.base_url},
                       {"username", link.username},
                       {"event_type", link.event_type},
                       {"event_slug", link.event_slug},
                       {"hook", !link.webhook.empty()},
                       {"hook_says", link.hook_says},
                       {"synced_at", time(link.synced_at)},
                       {"tried_at", time(link.tried_at)},
                       {"error", link.error}});
}

Json to_json(const CalcomCall& call) {
  return Json::object({{"id", call.id},
                       {"received_at", format_time(call.received_at)},
                       {"read_at", call.read_at ? Json(format_time(*call.read_at)) : Json()},
                       {"uid", call.uid},
                       {"body", call.body}});
}

}  // namespace flead::booking
