// Verify as the provider's page says, keep the raw bytes, commit, answer what the provider wants.
// What was kept is read by a job: a provider that waits seconds for its answer gets it in
// milliseconds.
#include "serve/hooks/hooks.h"

#include <string>
#include <utility>

#include "core/base/text.h"
#include "core/channels/inbox.h"

namespace flead::hooks {

namespace {

struct Opened {
  channels::Channel channel;
  channels::Account account;
};

// One answer for "no such channel", "another kind" and "a bad signature": a stranger learns
// nothing.
Error refusal() {
  return unauthorized("bad_signature", "The call does not carry this channel's signature.");
}

Result<Opened> open_channel(App& app, store::Tx& tx, const http::Request& request) {
  auto channel = channels::load_channel(tx, ChannelId(std::string(request.param("channel_id"))));
  if (!channel && channel.error().kind == ErrorKind::not_found) return refusal();
  if (!channel) return std::move(channel).error();
  if (channel->kind != request.param("kind") || channel->status == "removed") return refusal();
  Opened opened;
  FLEAD_TRY(opened.account, channels::open_account(tx, app.key, *channel));
  opened.channel = std::move(*channel);
  return opened;
}

// A GET says everything in its query: that is its body then, so that it is kept and read like any
// other.
std::string raw_of(const http::Request& request) {
  if (!request.body.empty() || request.method != "GET") return request.body;
  std::string raw;
  for (const auto& [name, value] : request.query) {
    raw += (raw.empty() ? "" : "&") + percent_encode(name) + "=" + percent_encode(value);
  }
  return raw;
}

channels::HookCall call_of(App& app, const http::Request& request) {
  channels::HookCall call;
  call.method = request.method;
  call.query = request.query;
  call.headers = request.headers;
  call.body = raw_of(request);
  call.now = app.world.clock.now();
  return call;
}

http::Reply answer_of(const channels::HookCheck& check) {
  http::Reply reply;
  reply.header("content-type", check.answer_type);
  reply.body = check.answer;
  return reply;
}

http::Reply receive(App& app, const http::Request& request) {
  auto opened = app.store.read([&](store::Tx& tx) { return open_channel(app, tx, request); });
  if (!opened) return http::failure(opened.error());
  const channels::Provider* provider = channels::find_provider(opened->channel.kind);
  if (provider == nullptr || provider->verify == nullptr) return http::failure(refusal());
  channels::HookCall call = call_of(app, request);
  channels::HookCheck check = provider->verify(opened->account, call);
  if (!check.genuine) return http::failure(refusal());
  if (check.handshake) return answer_of(check);
  http::Reply reply;
  const std::string delivery_id = check.delivery_id;
  reply.deferred = std::make_shared<http::Deferred>(http::Deferred{
      [&app, channel = std::move(opened->channel), delivery_id,
       raw = std::move(call.body)](store::Tx& tx) -> Status {
        FLEAD_CHECK(channels::keep_callback(app.world, tx, channel, "hook", delivery_id, raw));
        return {};
      },
      [check = std::move(check)](const Status& kept) {
        return kept ? answer_of(check) : http::failure(kept.error());
      }});
  return reply;
}

}  // namespace

void add_hook_routes(std::vector<http::Route>& table) {
  for (const std::string_view method : {"POST", "GET"}) {
    http::Route route;
    route.method = method;
    route.pattern = "/hooks/{kind}/{channel_id}";
    route.handler = receive;
    route.operation = method == "POST" ? "callHook" : "callHookByQuery";
    route.summary = method == "POST" ? "What a provider tells, signed as that provider signs"
                                     : "A provider's handshake, or a report in a query";
    route.body_types = {};
    route.body_bytes_max = k_hook_body_bytes_max;
    if (method == "POST") route.body_optional = true;
    route.response_type = "text/plain";
    route.refusals = {401};
    route.counted = false;  // a provider reports in bursts from few addresses
    table.push_back(std::move(route));
  }
}

}  // namespace flead::hooks
