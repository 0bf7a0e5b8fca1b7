#include "serve/http/cors.h"

#include <string>

#include "core/base/text.h"

namespace flead::http {
namespace {

// Lower case, without the scheme's own port and without a path.
std::string canonical_origin(std::string_view text) {
  std::string origin = ascii_lower(trim(text));
  const auto scheme_end = origin.find("://");
  if (scheme_end == std::string::npos) return origin;
  if (const auto path = origin.find('/', scheme_end + 3); path != std::string::npos) {
    origin.resize(path);
  }
  for (const auto& [scheme, port] :
       {std::pair<std::string_view, std::string_view>{"http", ":80"}, {"https", ":443"}}) {
    if (std::string_view(origin).substr(0, scheme_end) == scheme && origin.ends_with(port)) {
      origin.resize(origin.size() - port.size());
    }
  }
  return origin;
}

}  // namespace

bool origin_listed(std::string_view list, std::string_view own, std::string_view origin) {
  const std::string wanted = canonical_origin(origin);
  std::string commas(list);
  for (char& c : commas) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') c = ',';
  }
  bool any = false;
  for (const std::string& item : split(commas, ',')) {
    if (item.empty()) continue;
    any = true;
    if (canonical_origin(item) == wanted) return true;
  }
  return !any || canonical_origin(own) == wanted;
}

Status check_origin(const App& app, const Request& request) {
  const std::string_view origin = request.header("origin");
  if (origin.empty()) return {};
  const std::string& list = (*request.caller.settings)["origins"];
  if (origin_listed(list, app.config.base_url, origin)) return {};
  return forbidden("origin_not_allowed", "This site is not on the tenant's list of origins.");
}

void allow_origin(Reply& reply, const Request& request) {
  std::string vary = "Origin";
  for (const auto& [name, value] : reply.headers) {
    if (name == "vary") vary = value + ", Origin";
  }
  reply.header("vary", vary);  // also without an Origin: a cache must not mix the two answers
  const std::string_view origin = request.header("origin");
  if (origin.empty()) return;
  reply.header("access-control-allow-origin", origin);
  reply.header("access-control-expose-headers",
               "X-Request-Id, Retry-After, Idempotency-Replayed, Location");
}

Reply preflight(const Request& request, std::string_view methods) {
  Reply reply;
  reply.status = 204;
  allow_origin(reply, request);
  reply.header("access-control-allow-methods", methods);
  reply.header("access-control-allow-headers", "Authorization, Content-Type, Idempotency-Key");
  reply.header("access-control-max-age", "600");
  return reply;
}

}  // namespace flead::http
