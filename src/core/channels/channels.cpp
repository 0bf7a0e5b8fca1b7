#include <algorithm>
#include <utility>

#include "core/app.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/channels/channel.h"
#include "core/channels/channels_store.h"
#include "core/channels/outbox.h"
#include "core/channels/outbox_steps.h"
#include "core/channels/outbox_store.h"
#include "core/tenants/store_key.h"
#include "core/tenants/tenant.h"

namespace flead::channels {

namespace {

Error channel_kind_unknown(std::string_view kind) {
  std::vector<std::string> kinds;
  std::string all;
  for (const Provider& provider : providers()) {
    kinds.emplace_back(provider.kind);
    all += (all.empty() ? "" : ", ") + std::string(provider.kind);
  }
  const std::string near = nearest(kind, kinds);
  Error error = refused_field("kind", "channel_kind_unknown", "There is no such kind of channel");
  error.hint = near.empty() ? "Kinds: " + all : "Did you mean " + near + "?";
  return error;
}

Error channel_missing_by_name(const std::vector<Channel>& known) {
  std::string all;
  for (const Channel& channel : known) all += (all.empty() ? "" : ", ") + channel.name;
  return not_found("channel_not_found", "There is no such channel",
                   all.empty() ? "flead channel add makes one" : "Channels: " + all);
}

// Every kind may be told to go slower.
Status take_rate(const Json& given, Json& config) {
  if (given.find("rate") == nullptr) return {};
  const auto rate = given.number("rate");
  if (!rate || *rate < k_channel_rate_min || *rate > k_channel_rate_max) {
    return refused_field("rate", "rate_invalid",
                         "A rate is a number of messages a second, from 0.001 to 1000");
  }
  config.set("rate", *rate);
  return {};
}

// Two lines in one seal: neither may hold a line end.
Result<std::string> seal_secrets(World& world, store::Tx& tx, const SealKey& key,
                                 const ChannelId& channel, const std::string& secret,
                                 const std::string& hook_secret) {
  if (!key.present()) {
    return unauthorized("key_missing", "The key that seals secrets is not here",
                        "Set FLEAD_KEY_FILE or FLEAD_KEY");
  }
  // Sealed with another key it could never be opened beside the others.
  FLEAD_CHECK(tenants::check_key(tx, key));
  for (const std::string* one : {&secret, &hook_secret}) {
    if (one->find('\n') != std::string::npos) {
      return refused_field("secret", "secret_invalid", "A secret is one line");
    }
  }
  return key.seal(world.random, secret + "\n" + hook_secret, channel.text());
}

}  // namespace

Result<Channel> add(World& world, store::Tx& tx, const SealKey& key, const TenantId& tenant,
                    const NewChannel& input) {
  const Provider* provider = find_provider(input.kind);
  if (provider == nullptr) return channel_kind_unknown(input.kind);
  Channel channel;
  channel.id = new_id<ChannelIdTag>(world);
  channel.tenant = tenant;
  channel.kind = input.kind;
  channel.name = input.name.empty() ? input.kind : input.name;
  channel.created_at = world.clock.now();
  if (channel.name.size() > 40 || has_control_characters(channel.name) ||
      !valid_utf8(channel.name)) {
    return refused_field("name", "name_invalid", "A channel's name has at most 40 characters");
  }
  FLEAD_TRY(channel.config, provider->check_config(input.config));
  FLEAD_CHECK(take_rate(input.config, channel.config));
  // Where the provider lets us choose the word that its calls are known by, we make it.
  std::string hook_secret = input.hook_secret;
  if (hook_secret.empty() && provider->makes_hook_secret)
    hook_secret = make_token(world.random, "");
  std::optional<std::string> sealed;
  if (!input.secret.empty() || !hook_secret.empty()) {
    FLEAD_TRY(sealed, seal_secrets(world, tx, key, channel.id, input.secret, hook_secret));
  }
  FLEAD_TRY(const auto others, channels_store::live(tx, tenant));
  if (others.size() >= static_cast<std::size_t>(k_channels_max)) {
    return refused("too_many_channels",
                   "A tenant has at most " + std::to_string(k_channels_max) + " channels");
  }
  FLEAD_TRY(auto made, channels_store::insert(tx, channel, sealed));
  if (!made) {
    return conflict("channel_name_taken", "There is a channel of this name",
                    "Give another with --name, or remove that one first");
  }
  return std::move(*made);
}

Result<Channel> change(World& world, store::Tx& tx, const SealKey& key, const Channel& channel,
                       const ChannelChange& change) {
  const Provider* provider = find_provider(channel.kind);
  if (provider == nullptr) return channel_kind_unknown(channel.kind);
  const TimeMs now = world.clock.now();
  if (change.secret || change.hook_secret) {
    FLEAD_TRY(const Account account, open_account(tx, key, channel));
    FLEAD_TRY(const std::string sealed,
              seal_secrets(world, tx, key, channel.id, change.secret.value_or(account.secret),
                           change.hook_secret.value_or(account.hook_secret)));
    FLEAD_CHECK(channels_store::set_secret(tx, channel.id, sealed, now));
  }
  Json wanted = Json::object();
  for (const auto& [name, value] : channel.config.members()) {
    if (change.config.find(name) == nullptr) wanted.set(name, value);
  }
  for (const auto& [name, value] : change.config.members()) {
    if (value.text() != "") wanted.set(name, value);
  }
  FLEAD_TRY(Json config, provider->check_config(wanted));
  FLEAD_CHECK(take_rate(wanted, config));
  FLEAD_TRY(auto changed, channels_store::set_config(tx, channel.id, config, now));
  if (!changed) return channel_missing_by_name({});
  return std::move(*changed);
}

Result<Channel> add_default(World& world, store::Tx& tx, const TenantId& tenant) {
  NewChannel input;
  input.kind = "file";
  return add(world, tx, SealKey(), tenant, input);
}

Result<Channel> find(store::Tx& tx, const TenantId& tenant, std::string_view which) {
  FLEAD_TRY(const auto known, channels_store::live(tx, tenant));
  for (const Channel& channel : known) {
    if (channel.id.text() == which || channel.name == which) return channel;
  }
  for (const Channel& channel : known) {
    if (channel.kind == which) return channel;
  }
  return channel_missing_by_name(known);
}

Result<Channel> load_channel(store::Tx& tx, const ChannelId& id) {
  FLEAD_TRY(auto found, channels_store::by_id(tx, id));
  if (!found) return channel_missing_by_name({});
  return std::move(*found);
}

Result<std::vector<Channel>> list(store::Tx& tx, const TenantId& tenant) {
  return channels_store::live(tx, tenant);
}

Result<std::string> mail_sender(store::Tx& tx, const TenantId& tenant) {
  FLEAD_TRY(const auto live, channels_store::live(tx, tenant));
  const auto mail = std::find_if(live.begin(), live.end(), [](const Channel& channel) {
    return channel.kind == "email" && channel.status == "active";
  });
  return mail == live.end() ? std::string() : mail->config.text("from").value_or("");
}

Result<std::vector<Channel>> list_paused(store::Tx& tx, std::int64_t limit) {
  return channels_store::paused(tx, limit);
}

Result<Channel> pause(World& world, store::Tx& tx, const ChannelId& id, std::string_view reason) {
  FLEAD_TRY(auto channel, channels_store::set_status(tx, id, "paused", reason, world.clock.now()));
  if (!channel) return channel_missing_by_name({});
  return std::move(*channel);
}

Result<Channel> resume(World& world, store::Tx& tx, const ChannelId& id) {
  FLEAD_TRY(auto channel, channels_store::set_status(tx, id, "active", "", world.clock.now()));
  if (!channel) return channel_missing_by_name({});
  // What waited would wake by itself within minutes; a person who has just repaired the channel
  // wants to see it go.
  FLEAD_TRY(const auto waiting, outbox_store::waiting(tx, id, k_jobs_once_max));
  for (const MessageId& message : waiting) {
    FLEAD_CHECK(enqueue_send(world, tx, channel->tenant, message, 0));
  }
  return std::move(*channel);
}

Result<Channel> remove(World& world, store::Tx& tx, const ChannelId& id) {
  FLEAD_TRY(auto channel, channels_store::set_removed(tx, id, world.clock.now()));
  if (!channel) return channel_missing_by_name({});
  return std::move(*channel);
}

Result<Account> open_account(store::Tx& tx, const SealKey& key, const Channel& channel) {
  Account account;
  account.id = channel.id;
  account.config = channel.config;
  account.state = channel.state;
  FLEAD_TRY(const auto sealed, channels_store::sealed_secret(tx, channel.id));
  if (!sealed) return account;
  if (!key.present()) {
    return unauthorized("key_missing", "The key that seals secrets is not here",
                        "Set FLEAD_KEY_FILE or FLEAD_KEY");
  }
  FLEAD_TRY(const std::string both, key.open(*sealed, channel.id.text()));
  const std::size_t line_end = both.find('\n');
  account.secret = both.substr(0, line_end);
  if (line_end != std::string::npos) account.hook_secret = both.substr(line_end + 1);
  return account;
}

Delivery probe(App& app, const Channel& channel) {
  const Provider* provider = find_provider(channel.kind);
  auto account = app.store.read([&](store::Tx& tx) { return open_account(tx, app.key, channel); });
  if (provider == nullptr || !account) {
    Delivery out;
    out.verdict = Verdict::misconfigured;
    out.says = account ? "no such kind of channel" : account.error().message;
    out.stage = "key";
    return out;
  }
  return provider->probe(app, *account);
}

Result<Delivery> test(App& app, const tenants::Tenant& tenant, const Channel& channel,
                      std::string_view to) {
  Delivery delivery = probe(app, channel);
  if (delivery.verdict == Verdict::sent && !to.empty()) {
    FLEAD_TRY(Delivery sent, send_test(app, tenant, channel, to));
    sent.balance_minor = sent.balance_minor ? sent.balance_minor : delivery.balance_minor;
    delivery = std::move(sent);
  }
  if (delivery.verdict != Verdict::sent) {
    const std::string stage = delivery.stage.empty() ? "" : " at " + delivery.stage;
    Error error = provider_error(
        "channel_test_failed",
        "The test failed" + stage + ": " + (delivery.says.empty() ? "no answer" : delivery.says));
    error.hint = delivery.verdict == Verdict::misconfigured
                     ? "The settings or the secret of this channel are wrong"
                     : "";
    return error;
  }
  if (channel.status == "paused") {
    FLEAD_CHECK(app.store.write([&](store::Tx& tx) { return resume(app.world, tx, channel.id); }));
    log_info("channel.resumed", {{"channel", channel.id.text()}, {"kind", channel.kind}});
  }
  return delivery;
}

Json to_json(const Channel& channel) {
  Json out = Json::object({{"id", channel.id.text()},
                           {"kind", channel.kind},
                           {"name", channel.name},
                           {"status", channel.status},
                           {"reason", channel.status_reason},
                           {"has_secret", channel.has_secret},
                           {"config", channel.config}});
  // What start links and doctor use; the rest is the connector's own and partly half a secret.
  Json learned = Json::object();
  for (const std::string_view name :
       {"username", "screen_name", "display_phone_number", "hook_url", "pull"}) {
    if (const Json* value = channel.state.find(name)) learned.set(name, *value);
  }
  out.set("state", std::move(learned));
  out.set("hold_until", channel.hold_until > 0 ? Json(format_time(channel.hold_until)) : Json());
  out.set("created_at", format_time(channel.created_at));
  out.set("updated_at", format_time(channel.updated_at));
  return out;
}

Json to_json(const Delivery& delivery) {
  const auto money = [&](const std::optional<std::int64_t>& minor) {
    if (!minor) return Json();
    return Json::object({{"amount_minor", *minor}, {"currency", delivery.currency}});
  };
  return Json::object({{"verdict", verdict_name(delivery.verdict)},
                       {"stage", delivery.stage},
                       {"says", delivery.says},
                       {"provider_id", delivery.provider_id},
                       {"segments", delivery.segments},
                       {"cost", money(delivery.cost_minor)},
                       {"balance", money(delivery.balance_minor)}});
}

}  // namespace flead::channels
