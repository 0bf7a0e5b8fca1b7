#include "core/channels/sequence.h"

#include <algorithm>
#include <functional>

#include "core/channels/identity.h"
#include "core/channels/inbox.h"
#include "support/command_line.h"
#include "support/lead_help.h"
#include "support/outbox.h"

namespace flead::channels {
namespace sequence_test {
namespace {

const std::vector<std::string> k_two_steps = {"0s: Hello, {name|friend}!", "2d: Still there?"};

Result<Sequence> make(TestApp& app, const NewSequence& input) {
  return app.store().write(
      [&](store::Tx& tx) { return create_sequence(app.world(), tx, app.tenant().id, input); });
}

Sequence add_sequence(TestApp& app, std::vector<std::string> steps = k_two_steps, bool ad = false) {
  NewSequence input;
  input.name = "follow-up";
  input.steps = std::move(steps);
  input.ad = ad;
  auto made = make(app, input);
  REQUIRE(made);
  return *made;
}

Result<Enrolment> enrol_now(TestApp& app, const Sequence& sequence, const LeadId& id) {
  return app.store().write([&](store::Tx& tx) -> Result<Enrolment> {
    FLEAD_TRY(const auto lead, intake::load(tx, app.tenant().id, id));
    return enrol(app.app(), tx, sequence, lead, "cli");
  });
}

// The only enrolment there is.
Enrolment enrolment_of(TestApp& app) {
  const auto found = app.store().read(
      [&](store::Tx& tx) { return list_enrolments(tx, app.tenant().id, EnrolmentFilter{}); });
  REQUIRE(found);
  REQUIRE(found->size() == 1);
  return found->front();
}

// A lead that was greeted an hour ago.
LeadId greeted_lead(TestApp& app) {
  const LeadId id = add_lead(app, k_by_phone);
  app.run_jobs();
  app.advance(1h);
  return id;
}

// Texts that sequences sent, oldest first.
std::vector<std::string> texts(TestApp& app) {
  std::vector<std::string> out;
  for (const Message& message : messages(app)) {
    if (message.template_name.starts_with("sequence.")) out.push_back(message.body_text);
  }
  std::reverse(out.begin(), out.end());
  return out;
}

void write_as(TestApp& app, const LeadId& id, std::string_view text) {
  const auto done = app.store().write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(const Channel channel, find(tx, app.tenant().id, "file"));
    FLEAD_CHECK(link_identity(app.world(), tx, channel, id, "+79160000001", "", ""));
    Inbound event;
    event.kind = Inbound::Kind::text;
    event.key = "event-1";
    event.address = "+79160000001";
    event.text = text;
    return apply_event(app.app(), tx, channel, event);
  });
  REQUIRE(done);
}

void set_status(TestApp& app, const LeadId& id, const std::string& status) {
  REQUIRE(app.store().write([&](store::Tx& tx) {
    intake::LeadEdit edit;
    edit.status = status;
    return intake::edit(app.world(), tx, app.tenant(), id, edit, "cli");
  }));
}

void agree_to_ads(TestApp& app, const LeadId& id) {
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return tx.exec(
        "INSERT INTO consents (id, tenant_id, lead_id, purpose, granted, text_version, text_hash,"
        " page_url, ip, user_agent, at_ms) VALUES ('con_0', $1, $2, 'marketing', 1, '', '', '', "
        "'', '', 1)",
        app.tenant().id, id);
  }));
}

void set(TestApp& app, std::string_view key, std::string_view value) {
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return tenants::set_setting(app.world(), tx, app.tenant().id, key, value);
  }));
}

std::string long_words(std::size_t characters) {
  std::string out;
  for (std::size_t i = 0; i < characters; ++i) out += "ы";
  return out;
}

}  // namespace

TEST_CASE("sequence: a step is a time, and words or a template", "[channels][sequence]") {
  struct Case {
    std::string text;
    std::int64_t after_ms;
    std::string template_name, words;
  };
  const auto one = GENERATE(values<Case>({
      {"0s: Hello", 0, "sequence.step", "Hello"},
      {" 1d12h :  Hello: again ", 36 * k_hour_ms, "sequence.step", "Hello: again"},
      {"90d:{name|friend}, {tenant} {{}}", 90 * k_day_ms, "sequence.step",
       "{name|friend}, {tenant} {{}}"},
      {"30m: lead.greeting", 30 * k_minute_ms, "lead.greeting", ""},
      {"30m: Ok.", 30 * k_minute_ms, "sequence.step", "Ok."},
      {"1h: " + long_words(2000), k_hour_ms, "sequence.step", long_words(2000)},
  }));
  CAPTURE(one.text);
  const auto step = parse_sequence_step(one.text, "service");
  REQUIRE(step);
  CHECK(step->after_ms == one.after_ms);
  CHECK(step->template_name == one.template_name);
  CHECK(step->text == one.words);
  const auto ad = parse_sequence_step("0s: Hello", "ad");
  REQUIRE(ad);
  CHECK(ad->template_name == "sequence.ad");
}

TEST_CASE("sequence: what is no step is refused with its reason", "[channels][sequence]") {
  const auto [text, code] = GENERATE(table<std::string, std::string>({
      {"", "step_invalid"},
      {":", "step_invalid"},
      {"2d", "step_invalid"},
      {"2d:  ", "step_invalid"},
      {"soon: Hello", "step_invalid"},
      {"-1d: Hello", "step_invalid"},
      {"91d: Hello", "step_invalid"},
      {"90d1s: Hello", "step_invalid"},
      {"99999999999999999999d: Hello", "step_invalid"},
      {"1d: \xff", "step_invalid"},
      {"1d: " + long_words(2001), "too_long"},
      {"1d: Hello {name", "template_syntax"},
      {"1d: Hello {phone}", "template_variable_unknown"},
      {"1d: {booking_url}", "template_variable_unknown"},
      {"1d: lead.greting", "template_unknown"},
      {"1d: lead.greeting.sms", "template_unfit"},
      {"1d: booking.confirmed", "template_unfit"},
      {"1d: message.text", "template_unfit"},
  }));
  CAPTURE(text);
  const auto step = parse_sequence_step(text, "service");
  REQUIRE_FALSE(step);
  CHECK(step.error().code == code);
}

TEST_CASE("sequence: a sequence has a name of its own and 1 to 20 steps", "[channels][sequence]") {
  TestApp app;
  const Sequence first = add_sequence(app);
  NewSequence input;
  input.name = "other";
  input.steps = k_two_steps;
  std::string code;
  SECTION("the same name") {
    input.name = " follow-up ";
    code = "sequence_exists";
  }
  SECTION("no name") {
    input.name = "  ";
    code = "sequence_name_invalid";
  }
  SECTION("a name of two lines") {
    input.name = "a\nb";
    code = "sequence_name_invalid";
  }
  SECTION("no steps") {
    input.steps.clear();
    code = "sequence_steps";
  }
  SECTION("too many steps") {
    input.steps.assign(21, "1d: Hello");
    code = "sequence_steps";
  }
  SECTION("an advertisement with a service template in it") {
    input.ad = true;
    input.steps = {"0s: lead.greeting"};
    code = "template_purpose";
  }
  const auto made = make(app, input);
  REQUIRE_FALSE(made);
  CHECK(made.error().code == code);
  const auto found = app.store().read(
      [&](store::Tx& tx) { return find_sequence(tx, app.tenant().id, "folow-up"); });
  REQUIRE_FALSE(found);
  CHECK(found.error().code == "sequence_not_found");
  CHECK_THAT(found.error().hint, ContainsSubstring("follow-up"));
  CHECK(first.steps.size() == 2);
}

TEST_CASE("sequence: a tenant has at most a hundred", "[channels][sequence]") {
  TestApp app;
  NewSequence input;
  input.steps = {"0s: Hello"};
  for (int i = 0; i < 100; ++i) {
    input.name = "number " + std::to_string(i);
    REQUIRE(make(app, input));
  }
  input.name = "one too many";
  CHECK(make(app, input).error().code == "too_many_sequences");
  // Another tenant has its own hundred, and its own names.
  const auto other = app.add_tenant("other");
  input.name = "number 1";
  CHECK(app.store().write(
      [&](store::Tx& tx) { return create_sequence(app.world(), tx, other.id, input); }));
}

TEST_CASE("sequence: each step is sent once at its time, and then it is done",
          "[channels][sequence]") {
  TestApp app;
  const LeadId id = greeted_lead(app);
  const Sequence sequence = add_sequence(app);
  REQUIRE(enrol_now(app, sequence, id));
  app.run_jobs();
  REQUIRE(texts(app).size() == 1);
  CHECK_THAT(texts(app)[0], ContainsSubstring("Hello, Анна!"));
  CHECK_THAT(texts(app)[0], ContainsSubstring("http://flead.test/b/acme?t="));
  CHECK(enrolment_of(app).next_at == app.clock().now() + 2 * k_day_ms);
  app.advance(48h - 1ms);
  app.run_jobs();
  CHECK(texts(app).size() == 1);
  app.advance(1ms);
  app.run_jobs();
  REQUIRE(texts(app).size() == 2);
  CHECK_THAT(texts(app)[1], ContainsSubstring("Still there?"));
  const Enrolment ended = enrolment_of(app);
  CHECK(ended.state == "done");
  CHECK(ended.step == 2);
  CHECK_FALSE(ended.next_at);
  CHECK(ended.ended_at == app.clock().now());
  app.advance(24h * 90);
  app.run_jobs();
  CHECK(texts(app).size() == 2);
  const auto kinds = event_kinds(app, id);
  CHECK(std::count(kinds.begin(), kinds.end(), "sequence.enrolled") == 1);
  CHECK(std::count(kinds.begin(), kinds.end(), "sequence.done") == 1);
}

TEST_CASE("sequence: a step that runs again sends nothing", "[channels][sequence]") {
  TestApp app;
  const LeadId id = greeted_lead(app);
  REQUIRE(enrol_now(app, add_sequence(app), id));
  app.run_jobs();
  jobs::Job again;
  again.kind = "sequence.step";
  again.tenant = app.tenant().id;
  again.payload = Json::object({{"enrolment", enrolment_of(app).id.text()}, {"step", 0}});
  const jobs::Outcome outcome = take_sequence_step(app.app(), again);
  REQUIRE(outcome.also);
  REQUIRE(app.store().write([&](store::Tx& tx) { return outcome.also(tx); }));
  app.run_jobs();
  CHECK(texts(app).size() == 1);
  CHECK(enrolment_of(app).step == 1);
  CHECK(test::count_rows(app, "jobs WHERE kind = 'sequence.step' AND state = 'ready'") == 1);
  again.payload = Json::object({{"step", "one"}});
  CHECK(take_sequence_step(app.app(), again).kind == jobs::Outcome::Kind::dead);
}

TEST_CASE("sequence: a lead is in a sequence once at a time", "[channels][sequence]") {
  TestApp app;
  const LeadId id = greeted_lead(app);
  const Sequence sequence = add_sequence(app);
  REQUIRE(enrol_now(app, sequence, id));
  CHECK(enrol_now(app, sequence, id).error().code == "already_enrolled");
  const auto stop = [&] {
    return app.store().write(
        [&](store::Tx& tx) { return stop_enrolment(app.world(), tx, sequence, id, "cli"); });
  };
  const auto stopped = stop();
  REQUIRE(stopped);
  CHECK(stopped->state == "stopped");
  CHECK(stopped->reason == "by_hand");
  CHECK(stop().error().code == "not_enrolled");
  app.run_jobs();
  CHECK(texts(app).empty());
  CHECK(enrol_now(app, sequence, id));
  app.run_jobs();
  CHECK(texts(app).size() == 1);
}

TEST_CASE("sequence: it stops by itself when the person has done something",
          "[channels][sequence]") {
  struct Case {
    std::string reason;
    std::function<void(TestApp&, const LeadId&)> happens;
  };
  const auto one = GENERATE(values<Case>({
      {"replied", [](TestApp& app, const LeadId& id) { write_as(app, id, "Да, интересно"); }},
      {"opted_out", [](TestApp& app, const LeadId& id) { write_as(app, id, "стоп"); }},
      {"booked", [](TestApp& app, const LeadId& id) { set_status(app, id, "booked"); }},
      {"booked", [](TestApp& app, const LeadId& id) { set_status(app, id, "won"); }},
      {"lost", [](TestApp& app, const LeadId& id) { set_status(app, id, "lost"); }},
      {"opted_out",
       [](TestApp& app, const LeadId& id) {
         REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
           FLEAD_TRY(const Channel channel, find(tx, app.tenant().id, "file"));
           FLEAD_TRY(const Identity who,
                     link_identity(app.world(), tx, channel, id, "+79160000001", "", ""));
           return close_identity(app.world(), tx, who.id, "blocked");
         }));
       }},
  }));
  CAPTURE(one.reason);
  TestApp app;
  const LeadId id = greeted_lead(app);
  REQUIRE(enrol_now(app, add_sequence(app), id));
  app.run_jobs();
  app.advance(1h);
  one.happens(app, id);
  app.advance(48h);
  app.run_jobs();
  CHECK(texts(app).size() == 1);
  const Enrolment ended = enrolment_of(app);
  CHECK(ended.state == "stopped");
  CHECK(ended.reason == one.reason);
  CHECK(ended.step == 1);
  CHECK(lead_of(app, id).needs_human_why.empty());
  const auto kinds = event_kinds(app, id);
  CHECK(std::count(kinds.begin(), kinds.end(), "sequence.stopped") == 1);
}

TEST_CASE("sequence: what it would not go on with it does not begin", "[channels][sequence]") {
  TestApp app;
  const Sequence sequence = add_sequence(app);
  const LeadId id = greeted_lead(app);
  SECTION("who has booked") {
    set_status(app, id, "booked");
    CHECK(enrol_now(app, sequence, id).error().code == "lead_status");
  }
  SECTION("whom no channel reaches") {
    add_email(app);
    CHECK(enrol_now(app, sequence, id).error().code == "unroutable");
  }
  CHECK(test::count_rows(app, "enrolments") == 0);
  CHECK(test::count_rows(app, "jobs WHERE kind = 'sequence.step'") == 0);
}

TEST_CASE("sequence: an answer from before the enrolment stops nothing", "[channels][sequence]") {
  TestApp app;
  const LeadId id = greeted_lead(app);
  write_as(app, id, "Сколько стоит?");
  app.advance(1h);
  REQUIRE(enrol_now(app, add_sequence(app), id));
  app.run_jobs();
  app.advance(48h);
  app.run_jobs();
  CHECK(texts(app).size() == 2);
}

TEST_CASE("sequence: whom no channel reaches any more needs a person", "[channels][sequence]") {
  TestApp app;
  const LeadId id = greeted_lead(app);
  REQUIRE(enrol_now(app, add_sequence(app), id));
  app.run_jobs();
  add_email(app);  // a real channel, and this lead has no e-mail
  app.advance(48h);
  app.run_jobs();
  CHECK(enrolment_of(app).reason == "unreachable");
  CHECK(lead_of(app, id).needs_human_why == "unreachable");
}

TEST_CASE("sequence: advertising asks for consent at each step", "[channels][sequence]") {
  TestApp app;
  const LeadId id = greeted_lead(app);
  const Sequence sequence = add_sequence(app, {"0s: -20 %", "1d: -30 %"}, true);
  CHECK(sequence.purpose == "ad");
  CHECK(enrol_now(app, sequence, id).error().code == "no_consent");
  agree_to_ads(app, id);
  REQUIRE(enrol_now(app, sequence, id));
  app.run_jobs();
  REQUIRE(texts(app).size() == 1);
  CHECK(messages(app)[0].purpose == "ad");
  const auto withdrawn = app.store().write([&](store::Tx& tx) {
    return intake::withdraw_consent(app.world(), tx, app.tenant().id, id, "marketing", "", "");
  });
  REQUIRE(withdrawn);
  CHECK(*withdrawn);
  app.advance(24h);
  app.run_jobs();
  CHECK(texts(app).size() == 1);
  CHECK(enrolment_of(app).reason == "no_consent");
}

TEST_CASE("sequence: quiet hours are waited for, and a reply in them counts",
          "[channels][sequence]") {
  TestApp app;
  const LeadId id = greeted_lead(app);  // 13:00 in Moscow
  set(app, "quiet.hours", "22:00-08:00");
  REQUIRE(enrol_now(app, add_sequence(app, {"10h: Good night"}), id));
  app.advance(10h);
  app.run_jobs();
  CHECK(texts(app).empty());
  CHECK(enrolment_of(app).next_at == app.clock().now() + 9 * k_hour_ms);  // 8:00
  SECTION("nothing happened") {
    app.advance(9h);
    app.run_jobs();
    CHECK(texts(app).size() == 1);
    CHECK(enrolment_of(app).state == "done");
  }
  SECTION("the person wrote at night") {
    app.advance(1h);
    write_as(app, id, "Не сплю");
    app.advance(8h);
    app.run_jobs();
    CHECK(texts(app).empty());
    CHECK(enrolment_of(app).reason == "replied");
  }
}

TEST_CASE("sequence: what waits on a paused channel goes with the sequence",
          "[channels][sequence]") {
  TestApp app;
  const LeadId id = greeted_lead(app);
  REQUIRE(app.store().write([&](store::Tx& tx) -> Result<Channel> {
    FLEAD_TRY(const Channel channel, find(tx, app.tenant().id, "file"));
    return pause(app.world(), tx, channel.id, "for a test");
  }));
  REQUIRE(enrol_now(app, add_sequence(app), id));
  app.run_jobs();
  CHECK(messages(app)[0].state == "queued");
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return stop_sequences(app.world(), tx, app.tenant().id, id, "replied");
  }));
  CHECK(messages(app)[0].state == "cancelled");
  CHECK(enrolment_of(app).reason == "replied");
}

TEST_CASE("sequence: a suspended tenant's sequences wait", "[channels][sequence]") {
  TestApp app;
  const LeadId id = greeted_lead(app);
  REQUIRE(enrol_now(app, add_sequence(app), id));
  const auto suspend = [&](bool suspended) {
    REQUIRE(app.store().write([&](store::Tx& tx) {
      tenants::TenantEdit edit;
      edit.suspended = suspended;
      return tenants::edit(app.world(), tx, app.tenant().id, edit);
    }));
  };
  suspend(true);
  app.run_jobs();
  CHECK(texts(app).empty());
  suspend(false);
  app.advance(1h);
  app.run_jobs();
  CHECK(texts(app).size() == 1);
}

TEST_CASE("sequence: the command makes one, enrols, shows and stops", "[channels][sequence][cli]") {
  test::CommandLine flead;
  REQUIRE(flead.run({"init", "--tenant", "acme", "--tz", "Europe/Moscow"}).exit == 0);
  const Json lead =
      flead.json({"lead", "add", "--phone", "+79160000001", "--consent", "processing"});
  const std::vector<std::string> make_it = {
      "sequence",           "new",    "follow-up",        "--step",
      "1d: Any questions?", "--step", "3d: lead.greeting"};
  const Json made = flead.json(make_it);
  CHECK(made.find("steps")->items().size() == 2);
  CHECK(flead.run(make_it).exit == 5);
  CHECK(flead.run({"sequence", "new", "bad", "--step", "soon"}).exit == 6);
  CHECK(flead.run({"sequence", "new", "none"}).exit == 2);
  const Json in = flead.json({"sequence", "enrol", "follow-up", "+79160000001"});
  CHECK(in.text("lead") == lead.text("id"));
  CHECK(flead.run({"sequence", "enrol", "follow-up", "+79160000001"}).exit == 5);
  CHECK(flead.run({"sequence", "enrol", "folow", "+79160000001"}).exit == 3);
  CHECK(flead.json({"sequence", "list"}).items()[0].integer("running") == 1);
  CHECK(flead.json({"sequence", "enrolled", "--state", "running"}).items().size() == 1);
  CHECK(flead.json({"sequence", "stop", "follow-up", "+79160000001"}).text("reason") == "by_hand");
  CHECK(flead.run({"sequence", "stop", "follow-up", "+79160000001"}).exit == 3);
  CHECK(flead.json({"sequence", "enrolled", "--state", "running"}).items().empty());
  CHECK(flead.json({"sequence", "show", "follow-up"}).integer("stopped") == 1);
}

}  // namespace sequence_test
}  // namespace flead::channels
