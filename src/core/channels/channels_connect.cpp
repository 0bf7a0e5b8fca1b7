// Telling a provider where to call us, asking it ourselves where it cannot, and noticing when it
// has stopped calling.
#include <algorithm>
#include <utility>

#include "core/app.h"
#include "core/base/log.h"
#include "core/base/time.h"
#include "core/channels/channel.h"
#include "core/channels/channels_store.h"
#include "core/channels/desk.h"
#include "core/channels/inbox.h"
#include "core/channels/provider_call.h"

namespace flead::channels {

namespace {

using jobs::Outcome;

constexpr int k_pull_wait_s = 5;     // how long the provider may hold an answer back
constexpr int k_pulls_per_job = 20;  // then others have their turn
constexpr std::int64_t k_pull_pause_ms = 200;
constexpr std::int64_t k_pull_once_pause_ms = 3 * k_second_ms;  // without holding back
constexpr std::int64_t k_pull_failed_ms = 30 * k_second_ms;
constexpr std::int64_t k_watch_every_ms = 15 * k_minute_ms;

Result<Account> account_of(App& app, const Channel& channel) {
  return app.store.read([&](store::Tx& tx) { return open_account(tx, app.key, channel); });
}

Result<Channel> keep_state(App& app, const Channel& channel, const Json& state) {
  return app.store.write(
      [&](store::Tx& tx) { return save_state(app.world, tx, channel.id, state); });
}

Error connect_failed(const Delivery& delivery) {
  Error error = provider_error("channel_connect_failed",
                               "The provider refused at " + delivery.stage + ": " +
                                   (delivery.says.empty() ? "no answer" : delivery.says));
  error.hint = "flead channel connect tries again; flead help channel says what it needs";
  return error;
}

Status enqueue_tending(World& world, store::Tx& tx, const Channel& channel, std::string_view kind) {
  jobs::NewJob job;
  job.kind = kind;
  job.payload = Json::object({{"channel", channel.id.text()}});
  job.tenant = channel.tenant;
  job.subject_id = channel.id.text();
  job.unique_key = std::string(kind) + ":" + channel.id.text();
  FLEAD_CHECK(jobs::enqueue(world, tx, job));
  return {};
}

bool is_pulled(const Channel& channel) {
  return channel.state.boolean("pull").value_or(false);
}

bool is_called(const Channel& channel) {
  return !channel.state.text("hook_url").value_or("").empty();
}

// Where the steps of a set-up find the address that they are about, and leave the word that the
// provider signs with: neither is kept in the state.
constexpr std::string_view k_hook_wanted = "hook_wanted";
constexpr std::string_view k_hook_secret = "hook_secret";

Status keep_hook_secret(App& app, const Channel& channel, const std::string& secret) {
  return app.store.write([&](store::Tx& tx) -> Status {
    ChannelChange learned;
    learned.hook_secret = secret;
    FLEAD_CHECK(change(app.world, tx, app.key, channel, learned));
    return {};
  });
}

// Steps one by one, with what each learned kept before the next: a provider may call our hook in
// the middle of them.
Result<Account> run_kept(App& app, const Channel& channel, Account account,
                         std::span<const SetupStep> steps, std::string_view url) {
  for (const SetupStep& step : steps) {
    const Json before = account.state;
    account.state.set(k_hook_wanted, url);
    const Delivery delivery = run_steps(app, account, {&step, 1}, url);
    const auto secret = account.state.text(k_hook_secret);
    if (secret && *secret != account.hook_secret) {
      FLEAD_CHECK(keep_hook_secret(app, channel, *secret));
      account.hook_secret = *secret;
    }
    Json learned = Json::object();
    for (const auto& [name, value] : account.state.members()) {
      if (name != k_hook_wanted && name != k_hook_secret) learned.set(name, value);
    }
    account.state = std::move(learned);
    if (!(account.state == before)) FLEAD_CHECK(keep_state(app, channel, account.state));
    if (delivery.verdict != Verdict::sent) return connect_failed(delivery);
  }
  return account;
}

// The jobs that this channel wants to be running.
std::vector<std::string_view> tending_of(const Channel& channel) {
  if (is_pulled(channel)) return {is_desk(channel) ? "desk.check" : "channel.pull"};
  if (!is_called(channel)) return {};
  if (is_desk(channel)) return {"channel.watch", "desk.check"};
  return {"channel.watch"};
}

Status enqueue_all_tending(World& world, store::Tx& tx, const Channel& channel) {
  for (const std::string_view kind : tending_of(channel)) {
    FLEAD_CHECK(enqueue_tending(world, tx, channel, kind));
  }
  return {};
}

// The channel of a tending job, when there still is something to do.
Result<std::optional<Channel>> tended(App& app, const jobs::Job& job) {
  const ChannelId id(job.payload.text("channel").value_or(job.subject_id));
  auto found = app.store.read([&](store::Tx& tx) { return load_channel(tx, id); });
  if (!found && found.error().kind == ErrorKind::not_found) return std::optional<Channel>();
  if (!found) return std::move(found).error();
  if (found->status == "removed") return std::optional<Channel>();
  return std::optional<Channel>(std::move(*found));
}

// What came with one answer and where to go on: one commit. False: while we asked, somebody else
// had the hook set, and what the provider says of our question is of no account.
Result<bool> keep_pulled(App& app, const Channel& channel, const Pulled& pulled,
                         const Json& state) {
  return app.store.write([&](store::Tx& tx) -> Result<bool> {
    for (const std::string& event : pulled.events) {
      FLEAD_CHECK(keep_callback(app.world, tx, channel, "pull", "", event));
    }
    FLEAD_TRY(const Channel now, load_channel(tx, channel.id));
    if (!is_pulled(now)) return false;
    FLEAD_CHECK(channels_store::set_state(tx, channel.id, state, app.world.clock.now()));
    return true;
  });
}

}  // namespace

std::string hook_url(const App& app, const Channel& channel) {
  return app.config.base_url + "/hooks/" + channel.kind + "/" + channel.id.text();
}

Result<Channel> save_state(World& world, store::Tx& tx, const ChannelId& id, const Json& state) {
  FLEAD_TRY(auto saved, channels_store::set_state(tx, id, state, world.clock.now()));
  if (!saved) return not_found("channel_not_found", "There is no such channel");
  return std::move(*saved);
}

Result<Channel> connect(App& app, const Channel& channel, bool pull) {
  const Provider* provider = find_provider(channel.kind);
  if (provider == nullptr || provider->connect.empty()) {
    return refused("connect_needless", "A channel of this kind has nothing to connect");
  }
  if (pull && provider->build_pull == nullptr && !is_desk(channel)) {
    return refused("pull_impossible", "This provider cannot be asked: it only calls a hook",
                   "Give flead a public address with --base-url");
  }
  FLEAD_TRY(Account account, account_of(app, channel));
  const std::string url = hook_url(app, channel);
  if (pull) {
    // Of a desk all but the last two steps, which are the webhook's, say what it is.
    const std::size_t first = is_desk(channel) ? provider->connect.size() - 2 : 1;
    FLEAD_TRY(account,
              run_kept(app, channel, std::move(account), provider->connect.first(first), url));
    FLEAD_TRY(account, run_kept(app, channel, std::move(account), provider->disconnect, url));
    account.state.set("hook_url", "").set("pull", true);
  } else {
    FLEAD_TRY(account, run_kept(app, channel, std::move(account), provider->connect, url));
    account.state.set("hook_url", url).set("pull", false);
  }
  return app.store.write([&](store::Tx& tx) -> Result<Channel> {
    FLEAD_TRY(auto saved, save_state(app.world, tx, channel.id, account.state));
    FLEAD_CHECK(enqueue_all_tending(app.world, tx, saved));
    if (is_desk(saved)) FLEAD_CHECK(open_desk_for_waiting(app.world, tx, saved.tenant));
    return saved;
  });
}

Delivery hook_status(App& app, const Channel& channel) {
  const Provider* provider = find_provider(channel.kind);
  Delivery out;
  out.verdict = Verdict::sent;
  if (provider == nullptr || !is_called(channel)) return out;
  auto account = account_of(app, channel);
  if (!account) {
    out.verdict = Verdict::misconfigured;
    out.says = account.error().message;
    return out;
  }
  return run_steps(app, *account, provider->hook_status, hook_url(app, channel));
}

jobs::Outcome pull_channel(App& app, const jobs::Job& job) {
  const auto now = [&] { return app.world.clock.now(); };
  const auto found = tended(app, job);
  if (!found) return Outcome::snooze(now() + k_pull_failed_ms, found.error().message);
  if (!*found || !is_pulled(**found)) return Outcome::done();
  const Channel& channel = **found;
  const Provider* provider = find_provider(channel.kind);
  if (provider == nullptr || provider->build_pull == nullptr) return Outcome::done();
  if (channel.status == "paused") {
    return Outcome::snooze(now() + k_pull_failed_ms, "the channel is paused");
  }
  auto account = account_of(app, channel);
  if (!account) return Outcome::snooze(now() + k_pull_failed_ms, account.error().message);
  // `work --once` takes what is there; a process that stays lets the provider hold its answer.
  const bool once = job.worker.ends_with("#once");
  for (int number = 0; number < k_pulls_per_job; ++number) {
    HttpRequest request = provider->build_pull(*account, once ? 0 : k_pull_wait_s);
    request.timeout_ms += k_pull_wait_s * 1000;
    const Pulled pulled =
        provider->parse_pull(call(app, *account, std::move(request)), account->state);
    const auto kept = keep_pulled(app, channel, pulled, account->state);
    if (!kept) return Outcome::snooze(now() + k_pull_failed_ms, kept.error().message);
    if (!*kept) return Outcome::done();
    if (pulled.delivery.verdict == Verdict::misconfigured) {
      log_error("channel.paused", {{"channel", channel.id.text()}, {"kind", channel.kind}});
      const std::string reason = pulled.delivery.says;
      return Outcome::snooze(now() + k_pull_failed_ms, reason,
                             [&app, id = channel.id, reason](store::Tx& tx) -> Status {
                               FLEAD_CHECK(pause(app.world, tx, id, reason));
                               return {};
                             });
    }
    if (pulled.delivery.verdict != Verdict::sent) {
      const std::int64_t wait =
          pulled.delivery.retry_after_ms > 0 ? pulled.delivery.retry_after_ms : k_pull_failed_ms;
      return Outcome::snooze(now() + wait, pulled.delivery.says);
    }
    if (!pulled.again) break;
  }
  return Outcome::snooze(now() + (once ? k_pull_once_pause_ms : k_pull_pause_ms), "");
}

jobs::Outcome watch_channel(App& app, const jobs::Job& job) {
  const auto found = tended(app, job);
  const TimeMs next = app.world.clock.now() + k_watch_every_ms;
  if (!found) return Outcome::snooze(next, found.error().message);
  if (!*found || !is_called(**found)) return Outcome::done();
  if ((*found)->status == "paused") return Outcome::snooze(next, "the channel is paused");
  const Delivery status = hook_status(app, **found);
  if (status.verdict != Verdict::misconfigured) return Outcome::snooze(next, "");
  log_warning("channel.hook_lost", {{"channel", (*found)->id.text()}, {"kind", (*found)->kind}});
  const auto again = connect(app, **found, false);
  return Outcome::snooze(next, again ? "" : again.error().message);
}

Result<bool> has_tended(store::Tx& tx) {
  FLEAD_TRY(const auto channels, channels_store::tended(tx, k_channels_tended_max));
  return std::any_of(channels.begin(), channels.end(), [](const Channel& channel) {
    return is_pulled(channel) || is_called(channel);
  });
}

Status ensure_tended(World& world, store::Tx& tx) {
  FLEAD_TRY(const auto channels, channels_store::tended(tx, k_channels_tended_max));
  for (const Channel& channel : channels) {
    FLEAD_CHECK(enqueue_all_tending(world, tx, channel));
  }
  return {};
}

}  // namespace flead::channels
