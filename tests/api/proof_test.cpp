// Spam: who must prove that they worked, what a suspect is, and that nobody learns of it.
#include <string>

#include "core/intake/proof.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead::test {

namespace {

constexpr std::string_view k_leads = "/api/v1/leads";

void set_proof(TestApp& app, std::string_view value) {
  const auto done = app.store().write([&](store::Tx& tx) {
    return tenants::set_setting(app.world(), tx, app.tenant().id, "spam.proof", value);
  });
  REQUIRE(done);
}

intake::Challenge ask(TestApp& app, std::string_view key = {}) {
  const auto reply = app.get("/api/v1/proof", key);
  CAPTURE(reply.body);
  REQUIRE(reply.status == 200);
  CHECK(header_of(reply, "cache-control") == "no-store");
  const Json body = app.body_of(reply);
  CHECK(body.members().size() == 3);
  return {*body.text("challenge"), static_cast<int>(*body.integer("bits")),
          parse_time(*body.text("expires_at")).value_or(0)};
}

std::string proof_json(const intake::Proof& proof) {
  return R"("proof":{"challenge":")" + proof.challenge + R"(","nonce":")" + proof.nonce + "\"}";
}

std::string solved(TestApp& app, std::string_view key = {}) {
  return proof_json(intake::solve(ask(app, key)));
}

std::string email(int number) {
  return R"("email":"person)" + std::to_string(number) + R"(@example.org")";
}

// A new lead's word in its first event: "" for one that is believed. Nobody is told of it.
std::string suspicion(TestApp& app, const std::string& fields, std::string_view key = {}) {
  const auto reply = app.post(k_leads, lead_json(fields), key);
  CAPTURE(reply.body);
  REQUIRE(reply.status == 201);
  const Json made = app.body_of(reply);
  CHECK(made.text("status") == "new");
  CHECK(made.members().size() == 5);
  const std::string path = std::string(k_leads) + "/" + *made.text("id");
  const std::string& token = app.token(tenants::Role::owner);
  const Json events = app.body_of(app.get(path + "/events", token));
  const std::string word = events.find("data")->items().front().text("data.suspect").value_or("");
  CHECK(app.body_of(app.get(path, token)).text("status") == (word.empty() ? "new" : "suspect"));
  return word;
}

}  // namespace

TEST_CASE("proof: off asks for nothing and looks at no time", "[intake][api]") {
  TestApp app;
  CHECK(ask(app).bits == 0);
  CHECK(ask(app).text.empty());
  CHECK(count_rows(app, "settings WHERE key = 'spam.proof_secret'") == 0);
  CHECK(suspicion(app, email(1) + R"(,"elapsed_ms":1)").empty());
  CHECK(suspicion(app, email(2) + R"(,"website":"x")") == "trap");
}

TEST_CASE("proof: always means every lead of a publishable key", "[intake][api]") {
  TestApp app;
  set_proof(app, "always");
  CHECK(suspicion(app, email(1)) == "no_proof");
  CHECK(suspicion(app, email(2) + R"(,"proof":"a word")") == "no_proof");
  CHECK(suspicion(app, email(3) + R"(,"proof":{"challenge":5,"nonce":[]})") == "no_proof");
  const intake::Challenge challenge = ask(app);
  CHECK(challenge.bits == k_proof_bits);
  CHECK(suspicion(app, email(4) + "," + proof_json({challenge.text, "no digits"})) == "no_proof");
  CHECK(suspicion(app, email(5) + "," + proof_json(intake::solve(challenge))).empty());
  CHECK(suspicion(app, email(6), app.token(tenants::Role::operator_)).empty());
  CHECK(count_rows(app, "jobs WHERE kind = 'lead.greet'") == 2);
  CHECK(count_rows(app, "consents") == 2);
  CHECK(count_rows(app, "intake_raw") == 6);
}

TEST_CASE("proof: a form sends it in two fields", "[intake][api]") {
  TestApp app;
  set_proof(app, "always");
  const intake::Proof proof = intake::solve(ask(app));
  const std::string form = "email=a%40example.org&consent=processing&elapsed_ms=9000";
  const http::Headers headers = {{"content-type", "application/x-www-form-urlencoded"}};
  const auto reply = app.request(
      "POST", k_leads, form + "&proof_challenge=" + proof.challenge + "&proof_nonce=" + proof.nonce,
      {}, headers);
  CHECK(reply.status == 201);
  CHECK(count_rows(app, "leads WHERE status = 'new'") == 1);
}

TEST_CASE("proof: what was sent too fast or into the trap is named so", "[intake][api]") {
  TestApp app;
  set_proof(app, GENERATE("auto", "always"));
  CHECK(suspicion(app, email(1) + R"(,"elapsed_ms":1499,)" + solved(app)) == "too_fast");
  CHECK(suspicion(app, email(2) + R"(,"elapsed_ms":1,"website":"x")") == "trap");
  CHECK(suspicion(app, email(3) + R"(,"elapsed_ms":1500,)" + solved(app)).empty());
  CHECK(suspicion(app, email(4) + R"(,"elapsed_ms":"soon",)" + solved(app)).empty());
  CHECK(suspicion(app, email(5) + R"(,"elapsed_ms":1)", app.token(tenants::Role::owner)).empty());
}

TEST_CASE("proof: one proof is one lead, whoever sends it again", "[intake][api]") {
  TestApp app;
  set_proof(app, "always");
  const std::string proof = "," + solved(app);
  CHECK(suspicion(app, email(1) + proof).empty());
  CHECK(suspicion(app, email(2) + proof) == "no_proof");
}

TEST_CASE("proof: a refused request has not spent it", "[intake][api]") {
  TestApp app;
  set_proof(app, "always");
  const std::string proof = "," + solved(app);
  CHECK(app.post(k_leads, lead_json(R"("email":"nobody")" + proof)).status == 422);
  const auto unknown_version = app.post(
      k_leads, R"({"email":"a@example.org","consent":{"purposes":["processing"],"version":"99"})" +
                   proof + "}");
  CHECK(unknown_version.status == 422);  // found inside the write
  CHECK(suspicion(app, email(1) + proof).empty());
  CHECK(suspicion(app, email(2) + proof) == "no_proof");
}

TEST_CASE("proof: an answer that was lost can be asked for again", "[intake][api]") {
  TestApp app;
  set_proof(app, "always");
  const std::string body = lead_json(email(1) + "," + solved(app));
  const http::Headers key = {{"idempotency-key", "one"}, {"content-type", "application/json"}};
  const auto first = app.request("POST", k_leads, body, {}, key);
  const auto again = app.request("POST", k_leads, body, {}, key);
  CHECK(first.status == 201);
  CHECK(again.status == 201);
  CHECK(first.body == again.body);
  CHECK(count_rows(app, "leads WHERE status = 'new'") == 1);
}

TEST_CASE("proof: stale ones, and those of another tenant, are none", "[intake][api]") {
  TestApp app;
  set_proof(app, "always");
  const tenants::Tenant other = app.add_tenant("other");
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return tenants::set_setting(app.world(), tx, other.id, "spam.proof", "always");
  }));
  CHECK(suspicion(app, email(1) + "," + solved(app, other.publishable_key)) == "no_proof");
  const std::string proof = "," + solved(app);
  app.advance(std::chrono::milliseconds(k_proof_age_max_ms));
  CHECK(suspicion(app, email(2) + proof) == "no_proof");
}

TEST_CASE("proof: auto asks when many come, and calms down by itself", "[intake][api]") {
  TestApp app;
  set_proof(app, "auto");
  CHECK(ask(app).bits == k_proof_bits);  // who opens a form now may send it into a flood
  int number = 0;
  while (number < k_proof_threshold_per_minute) {
    CHECK(suspicion(app, email(++number)).empty());
    app.advance(std::chrono::seconds(1));
  }
  CHECK(suspicion(app, email(++number)) == "no_proof");
  CHECK(suspicion(app, email(++number) + "," + solved(app)).empty());
  // Tokens neither need one nor count.
  CHECK(suspicion(app, email(++number), app.token(tenants::Role::owner)).empty());
  // Another tenant has a quiet day.
  const tenants::Tenant other = app.add_tenant("other");
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return tenants::set_setting(app.world(), tx, other.id, "spam.proof", "auto");
  }));
  CHECK(app.post(k_leads, lead_json(email(1)), other.publishable_key).status == 201);
  CHECK(count_rows(app, "leads WHERE status = 'suspect'") == 1);
  app.advance(std::chrono::seconds(60));
  CHECK(suspicion(app, email(++number)).empty());
}

TEST_CASE("proof: a flood asks for more work", "[intake][api]") {
  TestApp app;
  set_proof(app, "auto");
  for (int i = 0; i < 2 * k_proof_threshold_per_minute; ++i) {
    CHECK(app.post(k_leads, lead_json(email(i))).status == 201);
  }
  CHECK(ask(app).bits == k_proof_bits + 1);
}

TEST_CASE("proof: serve --set wins, and another process knows the challenge", "[intake][api]") {
  TestApp app;
  app.app().config.set["spam.proof"] = "always";
  const intake::Proof proof = intake::solve(ask(app));
  const auto secret = app.store().read([](store::Tx& tx) { return intake::load_proof_secret(tx); });
  REQUIRE(secret);
  CHECK(secret->size() == 32);
  CHECK(intake::check_proof(*secret, app.tenant().id, proof, app.clock().now()).state ==
        intake::ProofState::good);
  CHECK(suspicion(app, email(1)) == "no_proof");
}

TEST_CASE("proof: only the tenant's own pages may ask", "[intake][api]") {
  TestApp app;
  CHECK(app.get("/api/v1/proof", "-").status == 401);
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return tenants::set_setting(app.world(), tx, app.tenant().id, "origins", "https://acme.test");
  }));
  const auto from = [&](std::string_view origin) {
    return app.request("GET", "/api/v1/proof", {}, {}, {{"origin", std::string(origin)}}).status;
  };
  CHECK(from("https://acme.test") == 200);
  CHECK(from("https://evil.test") == 403);
}

TEST_CASE("proof: the widget's script of it may be loaded by any page", "[pages][api]") {
  TestApp app;
  const auto reply = app.request("GET", "/w/proof.js", {}, "-", {{"origin", "https://site.test"}});
  CHECK(reply.status == 200);
  CHECK(header_of(reply, "content-type") == "text/javascript; charset=utf-8");
  CHECK(header_of(reply, "access-control-allow-origin") == "https://site.test");
  CHECK(header_of(reply, "cross-origin-resource-policy") == "cross-origin");
  CHECK_FALSE(header_of(reply, "etag").empty());
  const std::string script = "/w/" + app.tenant().publishable_key + ".js";
  CHECK_THAT(app.get(script, "-").body, ContainsSubstring(R"("proof":"off")"));
  set_proof(app, "always");
  CHECK_THAT(app.get(script, "-").body, ContainsSubstring(R"("proof":"always")"));
}

TEST_CASE("intake: a suspect that a person clears is greeted, once", "[intake][api]") {
  TestApp app;
  const std::string id = post_lead(app, R"("email":"a@example.org","website":"x")");
  const std::string path = std::string(k_leads) + "/" + id;
  const std::string& token = app.token(tenants::Role::operator_);
  const auto status = [&](std::string_view value) {
    return app.request("PATCH", path, R"({"status":")" + std::string(value) + "\"}", token).status;
  };
  app.run_jobs();
  CHECK(app.file_messages().empty());
  CHECK(status("new") == 200);
  app.run_jobs();
  CHECK(app.file_messages().size() == 1);
  CHECK(status("suspect") == 200);
  CHECK(status("new") == 200);
  app.run_jobs();
  CHECK(app.file_messages().size() == 1);
}

TEST_CASE("intake: a suspect that a person calls lost or won is left in peace", "[intake][api]") {
  TestApp app;
  const std::string id = post_lead(app, R"("email":"a@example.org","website":"x")");
  const std::string status = GENERATE("lost", "won", "contacted");
  CHECK(app.request("PATCH", std::string(k_leads) + "/" + id, R"({"status":")" + status + "\"}",
                    app.token(tenants::Role::operator_))
            .status == 200);
  app.run_jobs();
  CHECK(app.file_messages().empty());
}

}  // namespace flead::test
