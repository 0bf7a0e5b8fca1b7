#include "serve/hooks/sms.h"

#include <string>
#include <utility>

#include "core/base/form.h"
#include "core/channels/channel.h"
#include "core/channels/outbox.h"
#include "core/channels/sms.h"

namespace flead::hooks {

namespace {

using channels::sms::Callback;

void take_field(Callback& callback, std::string_view name, std::string value) {
  const std::pair<std::string_view, std::string*> fields[] = {
      {"id", &callback.id},   {"phone", &callback.phone}, {"status", &callback.status},
      {"mes", &callback.mes}, {"to", &callback.to},       {"ts", &callback.ts},
      {"md5", &callback.md5}};
  for (const auto& [known, field] : fields) {
    if (known == name) *field = std::move(value);
  }
}

// The provider's account decides whether it calls by GET, form or JSON. `md5=1` in the query is our
// own wish in the address; the checksum in the body comes after it.
Callback read_callback(const http::Request& request) {
  Callback callback;
  for (const auto& [name, value] : request.query) take_field(callback, name, value);
  if (request.content_type() == "application/json") {
    const auto json = parse_json(request.body);
    if (!json) return callback;
    for (const auto& [name, value] : json->members()) {
      take_field(callback, name, value.text() ? *value.text() : value.dump());
    }
  } else if (const auto pairs = parse_form(request.body)) {
    for (const auto& [name, value] : *pairs) take_field(callback, name, value);
  }
  return callback;
}

Result<bool> receive(App& app, store::Tx& tx, const http::Request& request,
                     const Callback& callback) {
  const Error refusal = unauthorized("bad_signature", "The checksum is not right.");
  auto channel = channels::load_channel(tx, ChannelId(std::string(request.param("channel_id"))));
  if (!channel && channel.error().kind == ErrorKind::not_found) return refusal;
  if (!channel) return channel.error();
  if (channel->kind != "sms" || channel->status == "removed") return refusal;
  FLEAD_TRY(const auto account, channels::open_account(tx, app.key, *channel));
  if (!channels::sms::verify(callback, account.hook_secret)) return refusal;
  const std::string dedupe = callback.mes.empty()
                                 ? callback.id + ":" + callback.phone + ":" + callback.status
                                 : "in:" + callback.phone + ":" + callback.md5 + ":" + callback.ts;
  return channels::receive_delivery(app, tx, *channel, dedupe,
                                    request.body.empty() ? dedupe : request.body, callback.id,
                                    callback.phone, channels::sms::parse_callback(callback));
}

http::Reply post_sms(App& app, const http::Request& request) {
  const Callback callback = read_callback(request);
  const auto received =
      app.store.write([&](store::Tx& tx) { return receive(app, tx, request, callback); });
  if (!received) return http::failure(received.error());
  return http::text_reply(200, "ok");
}

}  // namespace

void add_sms_routes(std::vector<http::Route>& table) {
  for (const std::string_view method : {"POST", "GET"}) {
    http::Route route;
    route.method = method;
    route.pattern = "/hooks/sms/{channel_id}";
    route.handler = post_sms;
    route.operation = method == "POST" ? "reportSms" : "reportSmsByQuery";
    route.summary = "What the SMS provider reports of a message, with its checksum";
    route.body_types = {};
    if (method == "POST") {
      route.request_schema = "SmsReport";
      route.body_optional = true;
    }
    for (const std::string_view name : {"id", "phone", "status", "mes", "to", "ts", "md5"}) {
      route.query.push_back({name});
    }
    route.response_type = "text/plain";
    route.refusals = {401};
    route.counted = false;  // a provider reports in bursts from few addresses
    table.push_back(std::move(route));
  }
}

}  // namespace flead::hooks
