// Operations on leads against a real store.
#include <chrono>
#include <string>

#include "core/intake/lead.h"
#include "core/intake/lead_columns.h"
#include "core/law/legal.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead::test {

namespace {

intake::Lead add_lead(TestApp& app, intake::NewLead input, intake::Origin origin = {}) {
  if (input.consent_purposes.empty()) input.consent_purposes = {"processing"};
  auto made = app.store().write(
      [&](store::Tx& tx) { return intake::create(app.world(), tx, app.tenant(), input, origin); });
  REQUIRE(made);
  return made->lead;
}

LeadId add_handle(TestApp& app, const std::string& telegram) {
  intake::NewLead input;
  input.telegram = telegram;
  return add_lead(app, input).id;
}

intake::Lead reload(TestApp& app, const LeadId& id) {
  auto lead =
      app.store().read([&](store::Tx& tx) { return intake::load(tx, app.tenant().id, id); });
  REQUIRE(lead);
  return *lead;
}

void advance_lead(TestApp& app, const LeadId& id, const std::string& status) {
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return intake::advance(app.world(), tx, app.tenant().id, id, status, "something.happened",
                           Json::object(), "system");
  }));
}

void set_status(TestApp& app, const LeadId& id, const std::string& status) {
  intake::LeadEdit edit;
  edit.status = status;
  REQUIRE(app.store().write(
      [&](store::Tx& tx) { return intake::edit(app.world(), tx, app.tenant(), id, edit, "cli"); }));
}

}  // namespace

TEST_CASE("intake: what happens moves a lead forward, never back", "[intake]") {
  struct Case {
    std::string from, happened, to;
  };
  const auto c = GENERATE(values<Case>({{"new", "contacted", "contacted"},
                                        {"new", "booked", "booked"},
                                        {"contacted", "contacted", "contacted"},
                                        {"replied", "contacted", "replied"},
                                        {"booked", "contacted", "booked"},
                                        {"won", "booked", "won"},
                                        {"lost", "contacted", "lost"},
                                        {"lost", "replied", "replied"},
                                        {"lost", "booked", "booked"},
                                        {"suspect", "contacted", "suspect"},
                                        {"suspect", "booked", "suspect"}}));
  CAPTURE(c.from, c.happened);
  TestApp app;
  const LeadId id = add_handle(app, "ivan");
  if (c.from != "new") set_status(app, id, c.from);
  advance_lead(app, id, c.happened);
  CHECK(reload(app, id).status == c.to);
  CHECK(count_rows(app, "events WHERE kind = 'something.happened'") == 1);
}

TEST_CASE("intake: the first answer is timed once", "[intake]") {
  TestApp app;
  const LeadId id = add_handle(app, "ivan");
  advance_lead(app, id, "booked");
  CHECK(!reload(app, id).first_answer_at);
  app.advance(std::chrono::minutes(5));
  const TimeMs answered = app.clock().now();
  advance_lead(app, id, "contacted");
  app.advance(std::chrono::minutes(5));
  advance_lead(app, id, "contacted");
  CHECK(reload(app, id).first_answer_at == answered);
}

TEST_CASE("intake: nothing happens to a lead of another tenant", "[intake]") {
  TestApp app;
  const auto other = app.add_tenant("other");
  const LeadId id = add_handle(app, "ivan");
  const auto done = app.store().write([&](store::Tx& tx) {
    return intake::advance(app.world(), tx, other.id, id, "booked", "booking.created",
                           Json::object(), "system");
  });
  REQUIRE(!done);
  CHECK(done.error().code == "lead_not_found");
  CHECK(count_rows(app, "events") == 1);
}

TEST_CASE("intake: imports are not greeted and need no consent", "[intake]") {
  TestApp app;
  intake::Origin origin;
  origin.source = "import";
  origin.greet = false;
  origin.vouched = true;
  intake::NewLead input;
  input.phone = "+79160000001";
  const auto made = app.store().write(
      [&](store::Tx& tx) { return intake::create(app.world(), tx, app.tenant(), input, origin); });
  REQUIRE(made);
  CHECK(count_rows(app, "jobs") == 0);
  CHECK(count_rows(app, "consents") == 0);
}

TEST_CASE("intake: a consent row names the text that the person saw", "[intake]") {
  TestApp app;
  const auto hash_of = [&](const std::string& lang, std::int64_t version) {
    const auto text = app.store().read([&](store::Tx& tx) {
      return law::by_version(tx, app.tenant().id, "consent", lang, version);
    });
    REQUIRE(text);
    return text->body_hash;
  };
  REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
    FLEAD_CHECK(law::add(app.world(), tx, app.tenant().id, "consent", "ru", "Второй текст."));
    FLEAD_CHECK(law::publish(app.world(), tx, app.tenant().id, "consent", "ru", 2));
    FLEAD_CHECK(law::add(app.world(), tx, app.tenant().id, "consent", "ru", "Черновик."));
    return {};
  }));
  struct Case {
    std::string given, locale, version, lang;
  };
  const auto c = GENERATE(values<Case>({{"", "", "2", "ru"},
                                        {"1", "", "1", "ru"},
                                        {"2", "ru", "2", "ru"},
                                        {"", "en", "1", "en"},
                                        {"2", "en", "2", "ru"}}));
  CAPTURE(c.given, c.locale);
  intake::NewLead input;
  input.telegram = "ivan";
  input.locale = c.locale;
  input.consent_version = c.given;
  add_lead(app, input);
  CHECK(count_rows(app, "consents WHERE text_version = '" + c.version + "' AND text_hash = '" +
                            hash_of(c.lang, std::stoll(c.version)) + "'") == 1);
}

TEST_CASE("intake: a draft is not a text that anybody agreed to", "[intake]") {
  TestApp app;
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return law::add(app.world(), tx, app.tenant().id, "consent", "ru", "Черновик.");
  }));
  intake::NewLead input;
  input.telegram = "ivan";
  input.consent_purposes = {"processing"};
  input.consent_version = "2";
  const auto made = app.store().write(
      [&](store::Tx& tx) { return intake::create(app.world(), tx, app.tenant(), input, {}); });
  REQUIRE(!made);
  CHECK(made.error().code == "consent_version_unknown");
  CHECK(intake_rows(app) == 0);
}

TEST_CASE("intake: commands find a lead by id, phone or e-mail", "[intake]") {
  TestApp app;
  intake::NewLead input;
  input.phone = "+79160000001";
  input.email = "Ivan@example.ru";
  const intake::Lead lead = add_lead(app, input);
  const auto found = [&](const std::string& text) {
    return app.store().read([&](store::Tx& tx) { return intake::find(tx, app.tenant(), text); });
  };
  CHECK(found(lead.id.text())->id == lead.id);
  CHECK(found("8 916 000 00 01")->id == lead.id);
  CHECK(found("ivan@EXAMPLE.ru")->id == lead.id);
  for (const std::string text : {"", "ivan", "ivan@example", "+7916", "lead_1", "nobody@x.ru"}) {
    CAPTURE(text);
    const auto missing = found(text);
    REQUIRE(!missing);
    CHECK(missing.error().code == "lead_not_found");
  }
}

TEST_CASE("intake: tags are a set, notes an event", "[intake]") {
  TestApp app;
  const LeadId id = add_handle(app, "ivan");
  const auto change = [&](std::vector<std::string> add, std::vector<std::string> remove) {
    intake::LeadEdit edit;
    edit.add_tags = std::move(add);
    edit.remove_tags = std::move(remove);
    return app.store().write([&](store::Tx& tx) {
      return intake::edit(app.world(), tx, app.tenant(), id, edit, "cli");
    });
  };
  REQUIRE(change({" vip ", "hot", "vip"}, {}));
  REQUIRE(change({"new"}, {"hot", "absent"}));
  CHECK(reload(app, id).tags == std::vector<std::string>{"new", "vip"});
  CHECK(!change({std::string(65, 't')}, {}));
  CHECK(!change({""}, {}));
  std::vector<std::string> many;
  for (int i = 0; i < 51; ++i) many.push_back("t" + std::to_string(i));
  CHECK(!change(many, {}));
  const auto note = [&](std::string_view text) {
    return app.store().write([&](store::Tx& tx) {
      return intake::add_note(app.world(), tx, app.tenant().id, id, text, "cli");
    });
  };
  REQUIRE(note("Перезвонить\nзавтра"));
  CHECK(!note("  "));
  CHECK(!note(std::string(5000, 'x')));
  CHECK(count_rows(app, "events WHERE kind = 'note'") == 1);
}

TEST_CASE("intake: a list carries each lead's own tags", "[intake]") {
  TestApp app;
  for (int i = 0; i < 60; ++i) {
    const LeadId id = add_handle(app, "n" + std::to_string(i));
    intake::LeadEdit edit;
    edit.tags = std::vector<std::string>{"t" + std::to_string(i), "all"};
    REQUIRE(app.store().write([&](store::Tx& tx) {
      return intake::edit(app.world(), tx, app.tenant(), id, edit, "cli");
    }));
    app.advance(std::chrono::milliseconds(1));
  }
  intake::LeadFilter filter;
  filter.limit = 55;
  const auto leads =
      app.store().read([&](store::Tx& tx) { return intake::list(tx, app.tenant().id, filter); });
  REQUIRE(leads);
  REQUIRE(leads->size() == 55);
  for (std::size_t i = 0; i < 55; ++i) {
    CHECK((*leads)[i].tags == std::vector<std::string>{"all", "t" + std::to_string(59 - i)});
  }
  std::string rows;
  for (const auto& lead : *leads) rows += (rows.empty() ? "" : ",") + to_json(lead).dump();
  const auto columns = intake::choose_lead_columns({});
  REQUIRE(columns);
  const auto page = app.store().read(
      [&](store::Tx& tx) { return intake::list_json(tx, app.tenant().id, filter, *columns); });
  REQUIRE(page);
  CHECK(page->rows == rows);
  CHECK(page->last_id == leads->back().id.text());
  CHECK(page->has_more);
  filter.tag = "t7";
  const auto tagged =
      app.store().read([&](store::Tx& tx) { return intake::count(tx, app.tenant().id, filter); });
  REQUIRE(tagged);
  CHECK(*tagged == 1);
}

TEST_CASE("intake: a personal link opens its own lead and no other", "[intake]") {
  TestApp app;
  const intake::Lead lead = reload(app, add_handle(app, "ivan"));
  const auto other = app.add_tenant("other");
  const auto open = [&](const TenantId& tenant, std::string_view token) {
    auto found =
        app.store().read([&](store::Tx& tx) { return intake::by_link_token(tx, tenant, token); });
    REQUIRE(found);
    return found->has_value();
  };
  CHECK(lead.link_token.size() == 26 + 32);
  CHECK(open(app.tenant().id, lead.link_token));
  CHECK(!open(other.id, lead.link_token));
  CHECK(!open(app.tenant().id, ""));
  CHECK(!open(app.tenant().id, "guess"));
  std::string guess = lead.link_token;
  guess.back() = guess.back() == 'a' ? 'b' : 'a';
  CHECK(!open(app.tenant().id, guess));
  CHECK(!open(app.tenant().id, lead.link_token.substr(0, 26)));
  CHECK(!open(app.tenant().id, lead.link_token + "x"));
}

}  // namespace flead::test
