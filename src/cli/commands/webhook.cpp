// `flead webhook ...`: what providers told us, as it came, and whether a call would be believed.
#include <memory>
#include <utility>
#include <vector>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/page.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/channels/channel.h"
#include "core/channels/inbound.h"
#include "core/channels/inbox.h"

namespace flead::cli {
namespace {

// With the channel's name instead of its id alone. A removed channel keeps its name.
Result<Json> callback_object(store::Tx& tx, const channels::Callback& callback) {
  FLEAD_TRY(const auto channel, channels::load_channel(tx, callback.channel));
  Json object = channels::to_json(callback);
  object.set("channel", channel.name).set("kind", channel.kind);
  return object;
}

Json callback_fields() {
  return channels::to_json(channels::Callback{}).set("channel", "").set("kind", "");
}

// A thousand bodies would be a quarter of a gigabyte: `webhook show` has the body.
Json without_bytes(const Json& object) {
  Json out = Json::object();
  for (const auto& [name, value] : object.members()) {
    if (name != "body") out.set(name, value);
  }
  return out;
}

Json callback_row_fields() {
  return without_bytes(callback_fields());
}

struct WebhookLogOptions {
  std::string channel, state;
  PageOptions page;
};

// A removed channel is found by its id: what it told is still there.
Result<std::string> channel_id_of(store::Tx& tx, const TenantId& tenant, const std::string& which) {
  if (which.empty()) return std::string();
  auto found = channels::find(tx, tenant, which);
  if (found) return found->id.text();
  if (is_id(which, ChannelIdTag::k_prefix)) {
    const auto removed = channels::load_channel(tx, ChannelId(which));
    if (removed && removed->tenant == tenant) return which;
  }
  return std::move(found).error();
}

Status list_webhooks(Context& context, const WebhookLogOptions& options) {
  FLEAD_TRY(const Page page, read_page(context, options.page, RawIdTag::k_prefix));
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  channels::CallbackFilter filter;
  filter.state = options.state;
  filter.since = page.since;
  filter.until = page.until;
  filter.before_id = page.after_id;
  filter.limit = page.limit + 1;
  Json::Array rows;
  std::string next;
  FLEAD_CHECK(app->store.read([&](store::Tx& tx) -> Status {
    rows.clear();
    FLEAD_TRY(filter.channel_id, channel_id_of(tx, tenant.id, options.channel));
    FLEAD_TRY(auto found, channels::list_callbacks(tx, tenant.id, filter));
    if (found.size() > static_cast<std::size_t>(page.limit)) {
      found.pop_back();
      next = found.back().id;
    }
    for (const channels::Callback& callback : found) {
      FLEAD_TRY(const Json object, callback_object(tx, callback));
      rows.push_back(without_bytes(object));
    }
    return {};
  }));
  FLEAD_CHECK(context.print_list(rows, {"id", "received_at", "channel", "origin", "state", "told"},
                                 callback_row_fields()));
  if (!next.empty()) tell_next_page(context, next);
  return {};
}

void add_webhook_log(Command& webhook) {
  auto options = std::make_shared<WebhookLogOptions>();
  Command& verb = webhook.sub("log");
  verb.summary("List what providers told, newest first")
      .description(
          "Each row is one call of a provider that carried its channel's signature, or one event "
          "that was asked for (--pull). Told is what was read in it; the bytes themselves are in "
          "`webhook show`. Forged calls are answered 401 and not kept.")
      .example("flead webhook log --channel telegram --since 1h")
      .example("flead webhook log --state failed", "what could not be read")
      .option("--channel CHANNEL", options->channel, "Only of this one: name, kind or id")
      .option("--state STATE", options->state, "Only in this state")
      .choices({"waiting", "done", "failed"});
  add_page_options(verb, options->page, "calls that came");
  verb.prints(callback_row_fields).run([options](Context& context) {
    return list_webhooks(context, *options);
  });
}

void add_webhook_show(Command& webhook) {
  auto id = std::make_shared<std::string>();
  webhook.sub("show")
      .summary("Show one call of a provider with its body")
      .example("flead webhook show raw_01k9x0000000000000000000000")
      .positional("CALL", *id, "Its id, from `webhook log`")
      .prints(callback_fields)
      .run([id](Context& context) -> Status {
        FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(const Json object, app->store.read([&](store::Tx& tx) -> Result<Json> {
          FLEAD_TRY(const auto found, channels::load_callback(tx, tenant.id, *id));
          return callback_object(tx, found);
        }));
        return context.print_object(object);
      });
}

void add_webhook_replay(Command& webhook) {
  auto id = std::make_shared<std::string>();
  webhook.sub("replay")
      .summary("Read one call again")
      .description(
          "For calls that failed, or that an older version has not understood. What a call told "
          "before changes nothing the second time.")
      .example("flead webhook replay raw_01k9x0000000000000000000000")
      .positional("CALL", *id, "Its id, from `webhook log`")
      .writes()
      .prints(callback_fields)
      .run([id](Context& context) -> Status {
        FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(const Json object, app->store.write([&](store::Tx& tx) -> Result<Json> {
          FLEAD_TRY(const auto again, channels::replay_callback(app->world, tx, tenant.id, *id));
          return callback_object(tx, again);
        }));
        FLEAD_CHECK(context.print_object(object));
        context.say("Queued: it is read when `flead serve` or `flead work` runs.");
        return {};
      });
}

struct VerifyOptions {
  std::string channel;
  std::vector<std::string> headers, query;
  std::optional<std::string> body;
};

Json event_object(const channels::Inbound& event) {
  const bool receipt = event.kind == channels::Inbound::Kind::receipt;
  return Json::object(
      {{"kind", channels::kind_name(event.kind)},
       {"key", event.key},
       {"address", event.address},
       {"text", event.text},
       {"payload", event.payload},
       {"provider_id", event.provider_id},
       {"read", event.read},
       {"verdict", receipt ? Json(channels::verdict_name(event.delivery.verdict)) : Json()},
       {"at", event.at > 0 ? Json(format_time(event.at)) : Json()}});
}

Json verify_object(const channels::HookCheck& check, const std::vector<channels::Inbound>& events) {
  Json list = Json::array();
  for (const channels::Inbound& event : events) list.push(event_object(event));
  return Json::object({{"genuine", check.genuine},
                       {"handshake", check.handshake},
                       {"answer", check.genuine ? Json(check.answer) : Json()},
                       {"delivery_id", check.delivery_id},
                       {"events", std::move(list)}});
}

// The call as the hook route would hand it on: names of headers in lower case, and the query as the
// body where there is no other.
Result<channels::HookCall> read_hook_call(Context& context, const VerifyOptions& options) {
  channels::HookCall call;
  call.method = options.body ? "POST" : "GET";
  for (const std::string& line : options.headers) {
    const std::size_t colon = line.find(':');
    if (colon == 0 || colon == std::string::npos) {
      return usage_error("bad_header", "--header takes 'Name: value'");
    }
    call.headers.emplace_back(ascii_lower(trim(line.substr(0, colon))),
                              std::string(trim(line.substr(colon + 1))));
  }
  for (const std::string& pair : options.query) {
    const std::size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return usage_error("bad_query", "--query takes NAME=VALUE");
    }
    call.query.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  if (options.body) {
    FLEAD_TRY(call.body, context.read_file(*options.body, k_hook_body_bytes_max));
    return call;
  }
  for (const auto& [name, value] : call.query) {
    call.body +=
        (call.body.empty() ? "" : "&") + percent_encode(name) + "=" + percent_encode(value);
  }
  return call;
}

Status verify_webhook(Context& context, const VerifyOptions& options) {
  FLEAD_TRY(channels::HookCall call, read_hook_call(context, options));
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  channels::Account account;
  FLEAD_TRY(const auto channel, app->store.read([&](store::Tx& tx) -> Result<channels::Channel> {
    FLEAD_TRY(auto found, channels::find(tx, tenant.id, options.channel));
    FLEAD_TRY(account, channels::open_account(tx, app->key, found));
    return found;
  }));
  const channels::Provider* provider = channels::find_provider(channel.kind);
  if (provider == nullptr || provider->verify == nullptr) {
    return refused("hook_needless", "A channel of this kind is called by nobody");
  }
  call.now = app->world.clock.now();
  const channels::HookCheck check = provider->verify(account, call);
  std::vector<channels::Inbound> events;
  if (provider->parse_events != nullptr) events = provider->parse_events(call.body);
  if (events.size() > k_hook_events_max) events.resize(k_hook_events_max);
  FLEAD_CHECK(context.print_object(verify_object(check, events)));
  if (check.genuine) return {};
  return unmet("not_genuine", "The call does not carry this channel's signature",
               "Signatures are made over every byte of the body: give it, and the headers, as they "
               "came");
}

void add_webhook_verify(Command& webhook) {
  auto options = std::make_shared<VerifyOptions>();
  webhook.sub("verify")
      .summary("Say whether a call would be taken for genuine, and what is in it")
      .description(
          "Checks a call against the channel's secret as the hook does, and prints what is read in "
          "its body, genuine or not. Nothing is stored or sent. Without --body it is a GET, whose "
          "query is its body. Exit code 8 when the call is not genuine.")
      .example(
          "flead webhook verify telegram --header 'X-Telegram-Bot-Api-Secret-Token: abc' "
          "--body update.json")
      .example(
          "flead webhook verify whatsapp --query hub.mode=subscribe "
          "--query hub.verify_token=abc --query hub.challenge=1")
      .positional("CHANNEL", options->channel, "Name, kind or id")
      .option("--header LINE", options->headers, "A header, 'Name: value'; may be repeated")
      .option("--query NAME=VALUE", options->query,
              "A value of the query without its percent signs; may be repeated")
      .option("--body FILE", options->body, "The body's bytes as they came; - is standard input")
      .prints([] { return verify_object({}, {}); })
      .run([options](Context& context) { return verify_webhook(context, *options); });
}

}  // namespace

void add_webhook_commands(Command& root) {
  Command& webhook =
      root.sub("webhook").group(Group::channels).summary("What providers told, as it came");
  add_webhook_log(webhook);
  add_webhook_show(webhook);
  add_webhook_replay(webhook);
  add_webhook_verify(webhook);
}

}  // namespace flead::cli
