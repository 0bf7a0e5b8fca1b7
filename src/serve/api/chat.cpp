#include "serve/api/chat.h"

#include <string>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/channels/chat.h"
#include "core/intake/idempotency.h"
#include "core/intake/lead.h"
#include "serve/api/intake_request.h"
#include "serve/api/paging.h"

namespace flead::api {

namespace {

Result<intake::Lead> chat_lead(store::Tx& tx, const http::Request& request) {
  return intake::load(tx, request.caller.tenant->id, LeadId(std::string(request.param("id"))));
}

Status owns_chat(App& app, const http::Request& request) {
  FLEAD_CHECK(app.store.read([&](store::Tx& tx) { return chat_lead(tx, request); }));
  return {};
}

// A page goes back from the first line of the one before, which may be of either kind.
Result<std::string> read_chat_cursor(const http::Request& request) {
  const auto cursor = filter_value(request, "cursor");
  if (!cursor) return std::string();
  auto id = base64url_decode(*cursor);
  if (!id || !channels::is_line_id(*id)) {
    return usage_error("bad_cursor", "This cursor is not one of next_cursor.");
  }
  return std::move(*id);
}

Result<Json> show_chat(App& app, const http::Request& request) {
  FLEAD_TRY(const auto limit, read_limit(request, k_page_default));
  FLEAD_TRY(const auto before, read_chat_cursor(request));
  FLEAD_TRY(const auto page, app.store.read([&](store::Tx& tx) -> Result<channels::ChatPage> {
    FLEAD_TRY(const auto lead, chat_lead(tx, request));
    return channels::read_thread(tx, lead.tenant, lead.id, before, limit);
  }));
  Json data = Json::array();
  for (const auto& line : page.lines) data.push(channels::to_json(line));
  return Json::object(
      {{"data", std::move(data)},
       {"has_more", page.has_earlier},
       {"next_cursor", page.has_earlier ? Json(make_cursor(page.lines.front().id)) : Json()}});
}

http::Reply reply_chat(App& app, const http::Request& request) {
  const auto json = show_chat(app, request);
  return json ? http::json_reply(200, *json) : http::failure(json.error());
}

Result<std::string> parse_words(std::string_view body) {
  FLEAD_TRY(const Json json, parse_json(body));
  if (!json.is_object()) return refused_field("body", "wrong_type", "A JSON object is expected.");
  const Json* value = json.find("text");
  if (value == nullptr || value->is_null()) return std::string();  // refused as empty ones are
  auto text = value->text();
  if (!text) return refused_field("text", "wrong_type", "A text is expected.");
  return std::move(*text);
}

Result<intake::StoredReply> take_words(App& app, const http::Request& request) {
  // One key may serve each lead once: a caller that says the same to many sends as many messages.
  const std::string scope = "chat.send:" + std::string(request.param("id"));
  FLEAD_TRY(const auto key, idempotency_key_of(request, scope));
  FLEAD_TRY(auto before, replay_of(app, key));
  if (before) return std::move(*before);
  FLEAD_TRY(const auto words, parse_words(request.body));
  return app.store.write([&](store::Tx& tx) {
    return intake::with_idempotency(
        app.world, tx, key, [&](store::Tx& inner) -> Result<intake::StoredReply> {
          FLEAD_TRY(const auto lead, chat_lead(inner, request));
          FLEAD_TRY(const auto line, channels::send_words(app, inner, *request.caller.tenant, lead,
                                                          {words, request.caller.actor, {}}));
          return intake::StoredReply{201, channels::to_json(line).dump(), false};
        });
  });
}

http::Reply send_chat(App& app, const http::Request& request) {
  auto taken = take_words(app, request);
  if (!taken) return http::failure(taken.error());
  http::Reply reply;
  reply.status = taken->status;
  reply.body = std::move(taken->body);
  reply.header("content-type", "application/json");
  if (taken->replayed) reply.header("idempotency-replayed", "true");
  return reply;
}

}  // namespace

void add_chat_routes(std::vector<http::Route>& table) {
  table.push_back({.method = "GET",
                   .pattern = "/api/v1/leads/{id}/chat",
                   .access = http::Access::viewer,
                   .handler = reply_chat,
                   .operation = "getLeadChat",
                   .summary = "What a lead wrote and what we sent, newest last; pages go back",
                   .response_schema = "Chat",
                   .query = {{"limit", "PageLimit"}, {"cursor"}},
                   .owns = owns_chat});
  table.push_back({.method = "POST",
                   .pattern = "/api/v1/leads/{id}/chat",
                   .access = http::Access::operator_,
                   .handler = send_chat,
                   .operation = "sendLeadChat",
                   .summary = "Answer a lead in your own words",
                   .request_schema = "NewChatLine",
                   .response_schema = "ChatLine",
                   .success = 201,
                   .owns = owns_chat,
                   .idempotent = true,
                   .refusals = {422}});
}

}  // namespace flead::api
