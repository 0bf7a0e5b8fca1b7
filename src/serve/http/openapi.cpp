#include "serve/http/openapi.h"

#include <fmt/format.h>

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "core/base/embedded.h"
#include "core/base/text.h"
#include "serve/http/problem.h"

namespace flead::http {
namespace {

Json schema_ref(std::string_view name) {
  return Json::object({{"$ref", fmt::format("#/components/schemas/{}", name)}});
}

constexpr std::string_view k_refusal_type = "application/problem+json";
constexpr std::string_view k_form_type = "application/x-www-form-urlencoded";

// What is of a type: by its schema, else any text, else (JSON without a schema) anything.
Json media(std::string_view type, std::string_view schema) {
  Json of = Json::object();
  if (!schema.empty()) {
    of = schema_ref(schema);
  } else if (type != "application/json") {
    of.set("type", "string");
  }
  return Json::object({{"schema", std::move(of)}});
}

Json content(std::string_view type, std::string_view schema) {
  return Json::object({{std::string(type), media(type, schema)}});
}

Json parameter(std::string_view name, std::string_view place, std::string_view schema) {
  Json described = Json::object({{"name", name}, {"in", place}});
  if (place == "path") described.set("required", true);
  return described.set("schema", schema_ref(schema));
}

Json parameters(const Route& route) {
  Json list = Json::array();
  std::string_view rest = route.pattern;
  for (auto open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
    const auto close = rest.find('}', open);
    list.push(parameter(rest.substr(open + 1, close - open - 1), "path", "Text"));
    rest.remove_prefix(close);
  }
  for (const auto& [name, schema] : route.query) list.push(parameter(name, "query", schema));
  if (route.idempotent) list.push(parameter("Idempotency-Key", "header", "IdempotencyKey"));
  return list;
}

// Who may call: one of these is enough; an empty object is nobody in particular.
Json security(Access access) {
  const auto need = [](const char* scheme) { return Json::object({{scheme, Json::array()}}); };
  switch (access) {
    case Access::open:
      return Json::array({Json::object()});
    case Access::publishable:
      return Json::array({need("publishableKey"), need("publishableKeyInQuery"), need("token")});
    case Access::viewer:
    case Access::operator_:
    case Access::admin:
    case Access::owner:
      return Json::array({need("token")});
  }
  return Json::array();
}

std::string_view least_role(Access access) {
  switch (access) {
    case Access::open:
      return "Anybody may call.";
    case Access::publishable:
      return "Takes a publishable key or any token.";
    case Access::viewer:
      return "Takes a token of any role.";
    case Access::operator_:
      return "Takes a token of an operator or above.";
    case Access::admin:
      return "Takes a token of an admin or above.";
    case Access::owner:
      return "Takes a token of an owner.";
  }
  return "";
}

bool has_body(const Route& route) {
  return route.method == "POST" || route.method == "PUT" || route.method == "PATCH";
}

// The refusals that really occur, each once and in order. A 500 and what a server says to a request
// that is no HTTP are under `default`.
std::set<int> refusals(const Route& route) {
  std::set<int> found(route.refusals.begin(), route.refusals.end());
  found.insert({400, 503});  // a query that is no text; too much at once, or a busy store
  if (route.access != Access::open) found.insert({401, 403});
  if (route.pattern.find('{') != std::string_view::npos) found.insert(404);
  if (route.idempotent) found.insert(409);
  if (has_body(route)) found.insert(413);
  if (has_body(route) && !route.body_types.empty()) found.insert(415);
  if (route.counted) found.insert(429);
  return found;
}

Json header(std::string_view description, Json schema) {
  return Json::object({{"description", description}, {"schema", std::move(schema)}});
}

Json refusal(const Route& route, std::string_view description, bool has_wait) {
  Json said = content(k_refusal_type, "Problem");
  // Whoever reads pages is refused by a page.
  if (route.response_type == "text/html") said.set("text/html", media("text/html", ""));
  Json described = Json::object({{"description", description}});
  if (has_wait) {
    Json seconds = Json::object({{"type", "integer"}, {"minimum", 1}});
    described.set("headers",
                  Json::object({{"Retry-After", header("Seconds to wait", std::move(seconds))}}));
  }
  return described.set("content", std::move(said));
}

Json success(const Route& route, int status, std::string_view description,
             std::string_view schema) {
  Json described = Json::object({{"description", description}});
  Json headers = Json::object();
  if (route.idempotent) {
    headers.set("Idempotency-Replayed", header("true when this is the first answer again",
                                               Json::object({{"const", "true"}})));
  }
  if (status == 303) {
    headers.set("Location", header("Where to go on", Json::object({{"type", "string"}})));
  }
  if (!headers.members().empty()) described.set("headers", std::move(headers));
  if (status < 300) described.set("content", content(route.response_type, schema));
  return described;
}

Json responses(const Route& route) {
  Json list = Json::object();
  list.set(std::to_string(route.success),
           success(route, route.success, status_phrase(route.success), route.response_schema));
  for (const OtherReply& other : route.other_replies) {
    list.set(std::to_string(other.status), success(route, other.status, other.when, other.schema));
  }
  for (const int status : refusals(route)) {
    list.set(std::to_string(status),
             refusal(route, status_phrase(status), status == 429 || status == 503));
  }
  return list.set("default", refusal(route, "Any other refusal", false));
}

Json request_body(const Route& route) {
  std::vector<std::string_view> types = route.body_types;
  if (types.empty()) types = {k_form_type, "application/json"};
  Json bodies = Json::object();
  for (const std::string_view type : types) {
    const bool own = type == k_form_type && !route.form_schema.empty();
    bodies.set(type, media(type, own ? route.form_schema : route.request_schema));
  }
  return Json::object({{"required", !route.body_optional}, {"content", std::move(bodies)}});
}

Json operation(const Route& route) {
  Json described = Json::object({{"operationId", route.operation},
                                 {"summary", route.summary},
                                 {"description", least_role(route.access)},
                                 {"security", security(route.access)}});
  if (Json list = parameters(route); !list.items().empty()) {
    described.set("parameters", std::move(list));
  }
  if (!route.request_schema.empty()) described.set("requestBody", request_body(route));
  return described.set("responses", responses(route));
}

Json security_schemes() {
  const auto bearer = [](const char* what) {
    return Json::object({{"type", "http"}, {"scheme", "bearer"}, {"description", what}});
  };
  return Json::object({{"token", bearer("A token (sk_…) with a role")},
                       {"publishableKey", bearer("The tenant's publishable key (pk_…)")},
                       {"publishableKeyInQuery",
                        Json::object({{"type", "apiKey"}, {"in", "query"}, {"name", "key"}})}});
}

Result<Json> load_schemas() {
  for (const embedded::File& file : embedded::api()) {
    if (file.path == "schemas.json") return parse_json(file.data);
  }
  return internal_error("schemas.json is not in the program");
}

Status check_schema(const Json& schemas, const Route& route, std::string_view name) {
  if (name.empty() || schemas.find(name) != nullptr) return {};
  return internal_error(fmt::format("{} {} names the schema {}, which schemas.json has not",
                                    route.method, route.pattern, name));
}

Status check_schemas(const Json& schemas, const Route& route) {
  for (const auto name : {route.request_schema, route.form_schema, route.response_schema}) {
    FLEAD_CHECK(check_schema(schemas, route, name));
  }
  for (const auto& parameter : route.query) {
    FLEAD_CHECK(check_schema(schemas, route, parameter.schema));
  }
  for (const auto& other : route.other_replies) {
    FLEAD_CHECK(check_schema(schemas, route, other.schema));
  }
  return {};
}

}  // namespace

Result<Json> describe_api(const std::vector<Route>& routes) {
  FLEAD_TRY(Json schemas, load_schemas());
  Json paths = Json::object();
  for (const Route& route : routes) {
    if (route.operation.empty()) continue;
    FLEAD_CHECK(check_schemas(schemas, route));
    Json methods = Json::object();
    for (const auto& [known, already] : paths.members()) {
      if (known == route.pattern) methods = already;
    }
    methods.set(ascii_lower(route.method), operation(route));
    paths.set(route.pattern, std::move(methods));
  }
  return Json::object(
      {{"openapi", "3.1.0"},
       {"info", Json::object({{"title", "flead"},
                              {"version", FLEAD_VERSION},
                              {"description", "Leads from a site to a booked slot."},
                              {"license", Json::object({{"name", "Apache-2.0"},
                                                        {"identifier", "Apache-2.0"}})}})},
       {"servers", Json::array({Json::object({{"url", "/"}})})},
       {"paths", std::move(paths)},
       {"components",
        Json::object({{"schemas", std::move(schemas)}, {"securitySchemes", security_schemes()}})}});
}

void add_openapi_route(std::vector<Route>& routes) {
  routes.push_back({.method = "GET",
                    .pattern = "/openapi.json",
                    .handler = {},  // below: it holds a copy of the table with this row in it
                    .operation = "getApiDescription",
                    .summary = "This description",
                    .response_schema = "ApiDescription"});
  struct Made {
    std::once_flag once;
    Result<std::string> text = std::string();
  };
  routes.back().handler = [table = routes, made = std::make_shared<Made>()](App&, const Request&) {
    std::call_once(made->once, [&] {
      auto api = describe_api(table);
      made->text = api ? Result<std::string>(api->dump()) : Result<std::string>(api.error());
    });
    if (!made->text) return failure(made->text.error());
    Reply reply;
    reply.body = *made->text;
    return reply.header("content-type", "application/json").header("cache-control", "no-cache");
  };
}

}  // namespace flead::http
