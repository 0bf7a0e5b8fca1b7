// /openapi.json against the route table and against real replies.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/text.h"
#include "serve/http/openapi.h"
#include "serve/routes.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead {
namespace {

using test::TestApp;

const Json* member(const Json* object, std::string_view name) {
  if (object == nullptr) return nullptr;
  for (const auto& [key, value] : object->members()) {
    if (key == name) return &value;  // find() would take the dots of "/openapi.json" for a path
  }
  return nullptr;
}

// A small reader of JSON Schema: what ours use, and no more. An empty answer is "valid", else the
// place and the fault.
class SchemaReader {
 public:
  explicit SchemaReader(const Json& api) : schemas_(*api.find("components.schemas")) {}

  std::string fault(const Json& value, const Json& schema, const std::string& place) const {
    if (const auto ref = schema.text("$ref")) {
      const Json* target = member(&schemas_, ref->substr(ref->rfind('/') + 1));
      return target == nullptr ? place + ": no schema " + *ref : fault(value, *target, place);
    }
    if (const Json* options = schema.find("anyOf")) {
      return std::any_of(options->items().begin(), options->items().end(),
                         [&](const Json& option) { return fault(value, option, place).empty(); })
                 ? ""
                 : place + ": none of anyOf";
    }
    if (!fits_type(value, schema)) return place + ": type of " + value.dump();
    if (!fits_values(value, schema)) return place + ": value " + value.dump();
    if (value.is_object()) return object_fault(value, schema, place);
    const Json* items = schema.find("items");
    for (std::size_t i = 0; items != nullptr && i < value.items().size(); ++i) {
      auto found = fault(value.items()[i], *items, place + "[" + std::to_string(i) + "]");
      if (!found.empty()) return found;
    }
    return "";
  }

 private:
  static bool is_type(const Json& value, std::string_view type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_text();
    if (type == "null") return value.is_null();
    if (type == "boolean") return value.boolean().has_value();
    if (type == "integer") return value.integer().has_value();
    return type == "number" && value.number().has_value();
  }
  static bool fits_type(const Json& value, const Json& schema) {
    const Json* type = schema.find("type");
    if (type == nullptr) return true;
    if (type->is_text()) return is_type(value, *type->text());
    const auto& types = type->items();
    return std::any_of(types.begin(), types.end(),
                       [&](const Json& one) { return is_type(value, *one.text()); });
  }
  static bool fits_values(const Json& value, const Json& schema) {
    const Json* only = schema.find("const");
    if (only != nullptr && *only != value) return false;
    if (schema.text("format") == "date-time" && value.is_text() && !parse_time(*value.text())) {
      return false;
    }
    const Json* all = schema.find("enum");
    return all == nullptr ||
           std::find(all->items().begin(), all->items().end(), value) != all->items().end();
  }
  std::string object_fault(const Json& value, const Json& schema, const std::string& place) const {
    if (const Json* required = schema.find("required")) {
      for (const auto& name : required->items()) {
        if (member(&value, *name.text()) == nullptr) return place + ": no " + *name.text();
      }
    }
    const Json* properties = schema.find("properties");
    for (const auto& [name, inner] : value.members()) {
      const Json* property = member(properties, name);
      // Our own objects are described to the last member.
      if (property == nullptr && properties != nullptr && !schema.find("additionalProperties")) {
        return place + ": " + name + " is not described";
      }
      if (property == nullptr) continue;
      auto found = fault(inner, *property, place + "." + name);
      if (!found.empty()) return found;
    }
    return "";
  }

  const Json& schemas_;
};

std::string media_type(const http::Reply& reply) {
  for (const auto& [name, value] : reply.headers) {
    if (name == "content-type") return value.substr(0, value.find(';'));
  }
  return "";
}

struct Described {
  TestApp app;
  Json api = app.body_of(app.get("/openapi.json", "-"));
  SchemaReader reader{api};

  const Json* operation(std::string_view method, std::string_view pattern) const {
    return member(member(api.find("paths"), pattern), ascii_lower(method));
  }

  // The reply is one of those that the description has for this route, and looks as it says.
  void check(std::string_view method, std::string_view pattern, const http::Reply& reply) const {
    CAPTURE(method, pattern, reply.status, reply.body);
    const Json* responses = member(operation(method, pattern), "responses");
    REQUIRE(responses != nullptr);
    const Json* response = member(responses, std::to_string(reply.status));
    REQUIRE(response != nullptr);
    const Json* contents = member(response, "content");
    if (contents == nullptr) {
      CHECK(reply.body.empty());
      return;
    }
    const Json* content = member(contents, media_type(reply));
    REQUIRE(content != nullptr);
    if (media_type(reply).ends_with("json")) {
      const auto body = parse_json(reply.body);
      REQUIRE(body);
      CHECK(reader.fault(*body, *content->find("schema"), "body") == "");
    }
    const bool waits = reply.status == 429 || reply.status == 503;
    CHECK((response->find("headers.Retry-After") != nullptr) == waits);
  }
  http::Reply call(std::string_view method, std::string_view pattern, const std::string& target,
                   std::string_view body = {}, std::string_view key = {},
                   http::Headers headers = {}) {
    auto reply = app.request(method, target, body, key, std::move(headers));
    check(method, pattern, reply);
    return reply;
  }
};

}  // namespace

TEST_CASE("openapi: every route is described, by all that its row says", "[openapi][api]") {
  const Described described;
  for (const http::Route& route : serve::routes()) {
    CAPTURE(route.method, route.pattern);
    const Json* operation = described.operation(route.method, route.pattern);
    REQUIRE(operation != nullptr);
    CHECK(operation->text("operationId") == std::string(route.operation));
    const Json* responses = member(operation, "responses");
    REQUIRE(responses != nullptr);
    for (const char* status : {"default", "400", "503"}) CHECK(member(responses, status));
    const bool asks = route.access != http::Access::open;
    CHECK((member(responses, "401") != nullptr) ==
          (asks || std::count(route.refusals.begin(), route.refusals.end(), 401) > 0));
    CHECK((member(responses, "429") != nullptr) == route.counted);
    if (route.pattern.find('{') != std::string_view::npos) CHECK(member(responses, "404"));
    if (route.response_type != "application/json") {
      const Json* success = member(responses, std::to_string(route.success));
      REQUIRE(success != nullptr);
      if (route.success < 300) CHECK(member(member(success, "content"), route.response_type));
    }
    const bool body = member(operation, "requestBody") != nullptr;
    CHECK(body == !route.request_schema.empty());
    // What takes a JSON body of a person's making may refuse its fields.
    if (body && asks) CHECK(member(responses, "422"));
    std::size_t parameters = route.query.size() + (route.idempotent ? 1U : 0U);
    parameters +=
        static_cast<std::size_t>(std::count(route.pattern.begin(), route.pattern.end(), '{'));
    const Json* listed = member(operation, "parameters");
    CHECK((listed ? listed->items().size() : 0U) == parameters);
  }
}

TEST_CASE("openapi: parameters have types, and bodies say whether they are needed",
          "[openapi][api]") {
  const Described described;
  const auto schema_of = [&](std::string_view pattern, std::string_view name) {
    for (const auto& one : described.operation("GET", pattern)->find("parameters")->items()) {
      if (one.text("name") == name) {
        const auto ref = one.text("schema.$ref").value_or("");
        return *member(described.api.find("components.schemas"), ref.substr(ref.rfind('/') + 1));
      }
    }
    return Json();
  };
  for (const auto* pattern : {"/api/v1/leads", "/api/v1/bookings", "/api/v1/slots"}) {
    CAPTURE(pattern);
    CHECK(schema_of(pattern, "limit").text("type") == "integer");
    CHECK(schema_of(pattern, "limit").integer("maximum") == 200);
    CHECK_THAT(schema_of(pattern, "from").dump(), ContainsSubstring("date-time"));
  }
  CHECK(schema_of("/api/v1/leads", "status").find("enum")->items().size() == 7);
  CHECK(schema_of("/api/v1/bookings", "status").find("enum")->items().size() == 8);
  const auto needed = [&](std::string_view pattern) {
    return described.operation("POST", pattern)->boolean("requestBody.required");
  };
  CHECK(needed("/api/v1/leads") == true);
  CHECK(needed("/api/v1/bookings/{id}/move") == true);
  CHECK(needed("/api/v1/bookings/{id}/cancel") == false);
  const Json* forms = described.operation("POST", "/api/v1/leads")->find("requestBody.content");
  CHECK(member(forms, "application/x-www-form-urlencoded"));
  CHECK(member(forms, "application/json"));
}

TEST_CASE("openapi: leads are answered as it says", "[openapi][api]") {
  Described described;
  const auto& token = described.app.token(tenants::Role::operator_);
  const std::string path = "/api/v1/leads";
  const std::string lead =
      R"({"name":"Anna","phone":"+79160000001","custom":{"a":1},"utm":{"source":"vk"},)"
      R"("consent":{"purposes":["processing"]}})";
  const http::Headers key = {{"idempotency-key", "k1"}};
  const auto made = described.call("POST", path, path, lead, "", key);
  CHECK(made.status == 201);
  const auto again = described.call("POST", path, path, lead, "", key);
  CHECK(std::count(again.headers.begin(), again.headers.end(),
                   std::pair<std::string, std::string>("idempotency-replayed", "true")) == 1);
  CHECK(described.operation("POST", path)->find("responses.201.headers.Idempotency-Replayed") !=
        nullptr);
  CHECK(described.call("POST", path, path, lead).status == 200);
  CHECK(described.call("POST", path, path, replace_all(lead, "Anna", "Eve"), "", key).status ==
        409);
  CHECK(described.call("POST", path, path, "{").status == 400);
  CHECK(described.call("POST", path, path, "{}").status == 422);
  CHECK(described.call("POST", path, path, lead, "-").status == 401);
  CHECK(described.call("POST", path, path, std::string(70000, 'x')).status == 413);
  CHECK(described.call("POST", path, path, "x", "", {{"content-type", "text/plain"}}).status ==
        415);
  const auto form = described.call(
      "POST", path, path, "phone=%2B79160000002&consent=processing", "",
      {{"content-type", "application/x-www-form-urlencoded"}, {"accept", "text/html"}});
  CHECK(form.status == 303);
  const std::string id = *described.app.body_of(made).text("id");
  described.call("GET", path, path, "", token);
  CHECK(described.call("GET", path, path).status == 403);
  const std::string one = path + "/{id}";
  described.call("GET", one, path + "/" + id, "", token);
  CHECK(described.call("GET", one, path + "/lead_x", "", token).status == 404);
  CHECK(described.call("PATCH", one, path + "/" + id, R"({"tags":["a"]})", token).status == 200);
  CHECK(
      described.call("PATCH", one, path + "/" + id, R"({"phone":"+79160000002"})", token).status ==
      409);
  described.call("GET", one + "/events", path + "/" + id + "/events", "", token);
}

TEST_CASE("openapi: slots and bookings are answered as it says", "[openapi][api]") {
  Described described;
  auto& app = described.app;
  const auto& token = app.token(tenants::Role::operator_);
  CHECK(described.call("GET", "/api/v1/slots", "/api/v1/slots").status == 404);
  test::add_host(app);
  described.call("GET", "/api/v1/slots", "/api/v1/slots?limit=2");
  const std::string path = "/api/v1/bookings";
  const std::string body =
      Json::object({{"lead", test::add_lead(app, 1)}, {"starts_at", test::k_first_slot}}).dump();
  CHECK(described.call("POST", path, path, body).status == 201);
  CHECK(described.call("POST", path, path, body).status == 409);
  CHECK(described.call("POST", path, path, "{}").status == 422);
  CHECK(described
            .call("POST", path, path,
                  R"({"offer":"x","lead":"x",)"
                  R"("starts_at":"2026-01-06T07:00:00Z"})")
            .status == 404);
  const Json list = app.body_of(described.call("GET", path, path, "", token));
  const std::string id = *list.find("data")->items().at(0).text("id");
  described.call("GET", path + "/{id}", path + "/" + id, "", token);
  for (const auto& [action, wanted] :
       {std::pair("confirm", 200), std::pair("decline", 409), std::pair("no_show", 409),
        std::pair("move", 400), std::pair("cancel", 200), std::pair("complete", 409)}) {
    const std::string suffix = "/" + std::string(action);
    CHECK(described
              .call("POST", path + "/{id}" + suffix, path + "/" + id + suffix,
                    action == std::string("move") ? "{" : "", token)
              .status == wanted);
  }
}

TEST_CASE("openapi: the rest is answered as it says", "[openapi][api]") {
  Described described;
  test::add_host(described.app);
  const std::string slug = "acme";
  struct Case {
    std::string pattern, target;
  };
  for (const auto& [pattern, target] : std::vector<Case>{
           {"/", "/"},
           {"/healthz", "/healthz"},
           {"/readyz", "/readyz"},
           {"/robots.txt", "/robots.txt"},
           {"/openapi.json", "/openapi.json"},
           {"/demo/{tenant}", "/demo/acme"},
           {"/thanks/{tenant}", "/thanks/acme"},
           {"/legal/{doc}", "/legal/policy?t=acme"},
           {"/legal/{doc}", "/legal/nothing?t=acme"},
           {"/b/{tenant}", "/b/acme"},
           {"/b/{tenant}", "/b/nobody"},
           {"/b/{tenant}/{offer}", "/b/acme/me?at=2026-01-06T07:00:00Z"},
           {"/my/{token}", "/my/unknown"},
           {"/c/{file}", "/c/unknown.ics"},
           {"/u/{tenant}/{token}", "/u/acme/unknown"},
           {"/w/{file}", "/w/" + described.app.tenant().publishable_key + ".js"},
           {"/hooks/{kind}/{channel_id}", "/hooks/sms/chn_x?id=1"},
           {"/o/{token}", "/o/unknown.gif"},
       }) {
    described.call("GET", pattern, target, {}, "-", {{"accept", "text/html, */*"}});
  }
  CHECK(described.call("GET", "/metrics", "/metrics", {}, "-").status == 401);
  described.call("GET", "/metrics", "/metrics", {}, described.app.token(tenants::Role::viewer));
  const std::string events = "/api/v1/events";
  described.call("GET", events, events, {}, described.app.token(tenants::Role::viewer));
  CHECK(described.call("GET", events, events).status == 403);
}

}  // namespace flead
