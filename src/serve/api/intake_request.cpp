#include "serve/api/intake_request.h"

#include <algorithm>
#include <string>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace flead::api {

namespace {

bool has_header(const http::Request& request, std::string_view name) {
  return std::any_of(request.headers.begin(), request.headers.end(),
                     [&](const auto& header) { return header.first == name; });
}

std::string source_of(const http::Request& request) {
  if (is_form(request)) return "form";
  // A script in a page: browsers always name their origin, servers do not.
  const bool browser =
      request.caller.kind == http::Caller::Kind::publishable && !request.header("origin").empty();
  return browser ? "widget" : "api";
}

std::string header_text(const http::Request& request, std::string_view name) {
  return std::string(utf8_prefix(repair_utf8(request.header(name)), k_user_agent_characters_max));
}

}  // namespace

bool is_form(const http::Request& request) {
  return request.content_type() == k_form_type;
}

intake::Origin origin_of(const http::Request& request) {
  intake::Origin origin;
  origin.source = source_of(request);
  origin.content_type = header_text(request, "content-type");
  origin.raw_body = request.body;
  origin.ip = request.ip;
  origin.user_agent = header_text(request, "user-agent");
  origin.actor = request.caller.actor;
  return origin;
}

Result<intake::Rules> rules_of(App& app, const TenantId& tenant) {
  FLEAD_TRY(const auto settings,
            app.store.read([&](store::Tx& tx) { return tenants::load_settings(app, tx, tenant); }));
  return intake::rules_of(settings);
}

Result<intake::IdempotencyKey> idempotency_key_of(const http::Request& request,
                                                  std::string_view scope) {
  intake::IdempotencyKey key;
  if (request.caller.tenant) key.tenant = request.caller.tenant->id;
  key.scope = scope;
  if (!has_header(request, "idempotency-key")) return key;
  key.key = request.header("idempotency-key");
  FLEAD_CHECK(intake::check_idempotency_key(key.key));
  key.body_hash = intake::body_hash(
      request.caller.kind == http::Caller::Kind::token ? "token" : "publishable", request.body);
  return key;
}

Result<std::optional<intake::StoredReply>> replay_of(App& app, const intake::IdempotencyKey& key) {
  if (key.key.empty()) return std::optional<intake::StoredReply>();
  return app.store.read([&](store::Tx& tx) { return intake::find_reply(app.world, tx, key); });
}

}  // namespace flead::api
