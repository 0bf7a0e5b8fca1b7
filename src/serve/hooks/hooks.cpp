// Verify as the provider's page says, keep the raw bytes, commit, answer what the provider wants.
// What was kept is read by a job: a provider that waits seconds for its answer gets it in
// milliseconds.
#include "serve/hooks/hooks.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/channels/inbox.h"
#include "core/money/pay_account.h"
#include "core/money/payment.h"
#include "serve/http/address.h"

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

// ---- payment providers -----------------------------------------------------------------------

struct OpenedPay {
  money::PayAccount account;
  money::PayAccess access;
};

Result<OpenedPay> open_pay(App& app, store::Tx& tx, const http::Request& request) {
  OpenedPay opened;
  auto account =
      money::load_pay_account(tx, money::PayAccountId(std::string(request.param("channel_id"))));
  if (!account && account.error().kind == ErrorKind::not_found) return refusal();
  if (!account) return std::move(account).error();
  if (account->provider != request.param("kind") || account->status == "removed") return refusal();
  FLEAD_TRY(opened.access, money::open_pay_account(app, tx, *account));
  opened.account = std::move(*account);
  return opened;
}

// The setting `senders`: these addresses alone. What cannot be read lets nobody in.
bool is_sender(const money::PayAccount& account, std::string_view address) {
  const std::string text = account.config.text("senders").value_or("");
  if (text.empty()) return true;
  const auto ranges = http::parse_cidrs(text);
  if (!ranges) return false;
  return std::any_of(ranges->begin(), ranges->end(),
                     [&](const http::Cidr& range) { return range.contains(address); });
}

http::Reply notice_answer(const money::PayNotice& notice) {
  http::Reply reply;
  reply.header("content-type", notice.answer_type);
  reply.body = notice.answer;
  return reply;
}

// Kept, with what a provider that asks before it charges is to be answered.
Status keep_pay_call(App& app, store::Tx& tx, const money::PayAccount& account,
                     money::PayNotice& notice, std::string_view raw) {
  const money::PayProvider* provider = money::find_pay_provider(account.provider);
  if (notice.kind == money::PayNotice::Kind::check && provider->answer_check != nullptr) {
    FLEAD_TRY(const auto veto, money::check_charge(app, tx, account, notice));
    notice.answer = provider->answer_check(veto);
  }
  FLEAD_CHECK(money::keep_notice(app, tx, account, notice, raw));
  return {};
}

// A notification is kept, and what it is about is asked about by a job: it may say anything, but
// where it is signed and its provider cannot be asked. What is no notification at all is answered
// like one and dropped, for a provider repeats what fails.
http::Reply receive_pay(App& app, const http::Request& request) {
  auto opened = app.store.read([&](store::Tx& tx) { return open_pay(app, tx, request); });
  if (!opened) return http::failure(opened.error());
  const money::PayProvider* provider = money::find_pay_provider(opened->account.provider);
  if (provider == nullptr || provider->read_notice == nullptr) return http::failure(refusal());
  if (!is_sender(opened->account, request.ip)) {
    log_warning("pay_account.stranger", {{"account", opened->account.id.text()}});
    return http::failure(refusal());
  }
  channels::HookCall call = call_of(app, request);
  money::PayNotice notice = provider->read_notice(opened->access, call);
  if (!notice.genuine) return http::failure(refusal());
  if (notice.kind == money::PayNotice::Kind::none && notice.delivery_id.empty()) {
    log_info("pay_account.no_notice", {{"account", opened->account.id.text()}});
    return notice_answer(notice);
  }
  http::Reply reply;
  const auto told = std::make_shared<money::PayNotice>(std::move(notice));
  reply.deferred = std::make_shared<http::Deferred>(
      http::Deferred{[&app, account = std::move(opened->account), told, raw = std::move(call.body)](
                         store::Tx& tx) { return keep_pay_call(app, tx, account, *told, raw); },
                     [told](const Status& kept) {
                       return kept ? notice_answer(*told) : http::failure(kept.error());
                     }});
  return reply;
}

http::Reply receive(App& app, const http::Request& request) {
  if (is_id(request.param("channel_id"), money::PayAccountIdTag::k_prefix)) {
    return receive_pay(app, request);
  }
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
