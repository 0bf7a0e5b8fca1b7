#include "serve/http/http.h"

#include "serve/http/cors.h"
#include "serve/http/problem.h"
#include "support/catch.h"

namespace flead::http {

TEST_CASE("http: who would rather read a page", "[http]") {
  struct Case {
    std::string accept;
    bool html;
  };
  const auto& [accept, html] = GENERATE(values<Case>({
      {"", false},
      {"*/*", false},
      {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true},
      {"application/json, text/html", false},
      {"text/html;q=0.5, application/json;q=0.4", true},
      {"text/html;q=0.5, application/json", false},
      {"text/html;q=0", false},
      {"TEXT/HTML", true},
      {"text/html;q=nan, */*", false},
      {";;;,,,q=", false},
  }));
  CAPTURE(accept);
  Request request;
  request.headers = {{"accept", accept}};
  CHECK(prefers_html(request) == html);
}

TEST_CASE("http: which origins a tenant lets in", "[http]") {
  struct Case {
    std::string list, origin;
    bool in;
  };
  const auto& [list, origin, in] = GENERATE(values<Case>({
      {"", "https://any.example", true},
      {" , ", "https://any.example", true},
      {"https://a.example", "https://a.example", true},
      {"https://a.example", "https://A.Example", true},
      {"https://a.example", "https://a.example:443", true},
      {"https://a.example/", "https://a.example", true},
      {"https://a.example", "http://a.example", false},
      {"https://a.example", "https://a.example.evil.example", false},
      {"https://a.example", "https://sub.a.example", false},
      {"https://a.example", "null", false},
      {"https://a.example, https://b.example:8443", "https://b.example:8443", true},
      {"https://a.example", "https://own.example", true},  // our own pages
  }));
  CAPTURE(list, origin);
  CHECK(origin_listed(list, "https://own.example", origin) == in);
}

TEST_CASE("http: a problem says what, never why inside", "[http]") {
  Error error = store_error("store_busy", "The store is busy.", "secret detail");
  Reply reply = failure(error);
  add_request_id(reply, "req_1");
  const auto body = parse_json(reply.body);
  REQUIRE(body);
  CHECK(reply.status == 503);
  CHECK(body->text("code") == "store_busy");
  CHECK(body->text("title") == "Service Unavailable");
  CHECK(body->text("request_id") == "req_1");
  CHECK(body->integer("status") == 503);
  CHECK(reply.body.find("secret") == std::string::npos);
  CHECK(body->find("errors") == nullptr);
}

TEST_CASE("http: field errors travel with a 422", "[http]") {
  const Reply reply = failure(refused_field("email", "too_long", "The e-mail is too long."));
  const auto body = parse_json(reply.body);
  REQUIRE(body);
  CHECK(reply.status == 422);
  REQUIRE(body->find("errors") != nullptr);
  CHECK(body->find("errors")->items().at(0).text("field") == "email");
}

}  // namespace flead::http
