#include "core/channels/inbox.h"

#include <algorithm>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/channels/inbox_store.h"
#include "core/channels/provider_call.h"

namespace flead::channels {
namespace {

constexpr std::size_t k_told_bytes_max = 200;

Error callback_not_found() {
  return not_found("callback_not_found", "There is no such call of a provider",
                   "flead webhook log shows them");
}

Status enqueue_reading(World& world, store::Tx& tx, const Callback& callback) {
  jobs::NewJob job;
  job.kind = "callback.read";
  job.payload = Json::object({{"callback", callback.id}});
  job.tenant = callback.tenant;
  job.subject_id = callback.id;
  job.unique_key = "callback.read:" + callback.id;
  FLEAD_CHECK(jobs::enqueue(world, tx, job));
  return {};
}

// What was in a call, for the log of calls: "text, receipt".
std::string summary_of(const std::vector<Inbound>& events) {
  if (events.empty()) return "nothing";
  std::string out;
  for (const Inbound& event : events) {
    if (out.size() > k_told_bytes_max) return out + ", …";
    out += (out.empty() ? "" : ", ") + std::string(kind_name(event.kind));
  }
  return out;
}

struct Kept {
  Callback callback;
  Channel channel;
  Account account;
};

Result<std::optional<Kept>> load_kept(App& app, store::Tx& tx, std::string_view id) {
  FLEAD_TRY(auto callback, inbox_store::callback_by_id(tx, id));
  if (!callback || callback->state == "done") return std::optional<Kept>();
  Kept kept;
  kept.callback = std::move(*callback);
  FLEAD_TRY(kept.channel, load_channel(tx, kept.callback.channel));
  // A press can be read without the key; only its acknowledgement needs the account.
  if (auto account = open_account(tx, app.key, kept.channel)) kept.account = std::move(*account);
  return std::optional<Kept>(std::move(kept));
}

// The person sees that the press was taken. Best effort, outside of any transaction: providers
// forget presses within minutes, and a second answer is refused.
void acknowledge(App& app, const Kept& kept, const Provider& provider,
                 const std::vector<Inbound>& events) {
  if (provider.build_acknowledge == nullptr || kept.account.secret.empty()) return;
  for (const Inbound& event : events) {
    if (event.kind != Inbound::Kind::button || event.answer_token.empty()) continue;
    static_cast<void>(call(app, kept.account, provider.build_acknowledge(kept.account, event)));
  }
}

// What may be a stranger's is asked about before it is believed. Nothing: ask again later.
std::optional<std::vector<Inbound>> confirmed(App& app, const Kept& kept, const Provider& provider,
                                              std::vector<Inbound> events) {
  if (provider.build_confirm == nullptr || kept.callback.origin != "hook") return events;
  std::vector<Inbound> out;
  for (Inbound& event : events) {
    HttpRequest question = provider.build_confirm(kept.account, event);
    if (!question.url.empty()) {
      const Delivery answer =
          provider.parse_confirm(call(app, kept.account, std::move(question)), event);
      if (answer.verdict == Verdict::rejected) continue;
      if (answer.verdict != Verdict::sent) return std::nullopt;
    }
    out.push_back(std::move(event));
  }
  return out;
}

}  // namespace

Result<bool> keep_callback(World& world, store::Tx& tx, const Channel& channel,
                           std::string_view origin, std::string_view delivery_id,
                           std::string_view raw) {
  Callback callback;
  callback.id = new_id<RawIdTag>(world).text();
  callback.tenant = channel.tenant;
  callback.channel = channel.id;
  callback.delivery_id = delivery_id.empty() || delivery_id.size() > k_provider_key_bytes_max
                             ? sha256_hex(raw)
                             : std::string(delivery_id);
  callback.origin = origin;
  callback.body = raw;
  callback.received_at = world.clock.now();
  FLEAD_TRY(const bool first, inbox_store::insert_callback(tx, callback));
  if (first) FLEAD_CHECK(enqueue_reading(world, tx, callback));
  return first;
}

Result<Callback> load_callback(store::Tx& tx, const TenantId& tenant, std::string_view id) {
  FLEAD_TRY(auto callback, inbox_store::callback_by_id(tx, id));
  if (!callback || callback->tenant != tenant) return callback_not_found();
  return std::move(*callback);
}

Result<Callback> replay_callback(World& world, store::Tx& tx, const TenantId& tenant,
                                 std::string_view id) {
  FLEAD_TRY(Callback callback, load_callback(tx, tenant, id));
  FLEAD_CHECK(inbox_store::reopen_callback(tx, id));
  FLEAD_CHECK(enqueue_reading(world, tx, callback));
  callback.state = "waiting";
  return callback;
}

jobs::Outcome read_callback(App& app, const jobs::Job& job) {
  const std::string id = job.payload.text("callback").value_or(job.subject_id);
  const auto kept = app.store.read([&](store::Tx& tx) { return load_kept(app, tx, id); });
  if (!kept) return jobs::Outcome::retry(kept.error().message);
  if (!*kept) return jobs::Outcome::done();
  const Provider* provider = find_provider((*kept)->channel.kind);
  if (provider == nullptr || provider->parse_events == nullptr) {
    return jobs::Outcome::dead("This kind of channel tells nothing");
  }
  std::vector<Inbound> events = provider->parse_events((*kept)->callback.body);
  if (events.size() > k_hook_events_max) events.resize(k_hook_events_max);
  auto known = confirmed(app, **kept, *provider, std::move(events));
  if (!known) return jobs::Outcome::retry("The provider could not be asked whether this is so");
  events = std::move(*known);
  acknowledge(app, **kept, *provider, events);
  return jobs::Outcome::done(
      [&app, id, channel = (*kept)->channel, events = std::move(events)](store::Tx& tx) -> Status {
        for (const Inbound& event : events) FLEAD_CHECK(apply_event(app, tx, channel, event));
        return inbox_store::end_callback(tx, id, "done", summary_of(events), app.world.clock.now());
      });
}

Json to_json(const Callback& callback) {
  const auto time = [](const std::optional<TimeMs>& at) {
    return at ? Json(format_time(*at)) : Json();
  };
  return Json::object({{"id", callback.id},
                       {"channel_id", callback.channel.text()},
                       {"origin", callback.origin},
                       {"delivery_id", callback.delivery_id},
                       {"state", callback.state},
                       {"told", callback.told},
                       {"body", callback.body},
                       {"received_at", format_time(callback.received_at)},
                       {"read_at", time(callback.read_at)}});
}

Json to_json(const InboundMessage& message) {
  return Json::object({{"id", message.id.text()},
                       {"lead", message.lead.text()},
                       {"channel", message.channel_kind},
                       {"channel_id", message.channel.text()},
                       {"kind", message.kind},
                       {"text", message.body},
                       {"payload", message.payload},
                       {"sent_at", format_time(message.sent_at)},
                       {"received_at", format_time(message.received_at)}});
}

}  // namespace flead::channels
