// The desk: what operators are told, in what order, and what their answers come to.
#include "core/channels/desk.h"

#include <string>
#include <vector>

#include "core/channels/chat.h"
#include "core/channels/human.h"
#include "core/channels/identity.h"
#include "core/channels/inbox.h"
#include "core/upkeep/erase.h"
#include "support/catch.h"
#include "support/outbox.h"

namespace flead::channels {

namespace {

constexpr const char* k_none = R"({"payload":[]})";
constexpr const char* k_contact = R"({"payload":{"contact":{"id":31}}})";
constexpr const char* k_made = R"({"id":12})";

// A tenant with a bot and a Chatwoot, and a lead who is known to the bot.
struct Office {
  TestApp app;
  Channel telegram = add("telegram", Json::object());
  Channel desk = add("chatwoot", Json::object({{"account", 1}, {"inbox", 4}}));
  LeadId lead = add_lead(app, k_by_both);
  int told = 0;

  Office() {
    REQUIRE(app.store().write([&](store::Tx& tx) {
      return link_identity(app.world(), tx, telegram, lead, "501", "Анна", "");
    }));
    app.provider("telegram")
        .then(200, R"({"ok":true,"result":{"message_id":88,)"
                   R"("chat":{"id":501,"type":"private"},"date":1}})");
    app.run_jobs();  // the greeting has left
  }
  Channel add(const std::string& kind, Json config) {
    NewChannel input;
    input.kind = kind;
    input.config = std::move(config);
    input.secret = "700:open-sesame";
    auto made = app.store().write([&](store::Tx& tx) {
      return channels::add(app.world(), tx, app.app().key, app.tenant().id, input);
    });
    REQUIRE(made);
    return *made;
  }
  void tell(const Channel& channel, Inbound event) {
    REQUIRE(app.store().write(
        [&](store::Tx& tx) { return apply_event(app.app(), tx, channel, event); }));
  }
  void write(const std::string& text) {
    Inbound event;
    event.kind = Inbound::Kind::text;
    event.key = "event-" + std::to_string(++told);
    event.address = "501";
    event.text = text;
    tell(telegram, event);
  }
  void answer(const std::string& id, const std::string& text,
              const std::string& conversation = "12") {
    Inbound event;
    event.kind = Inbound::Kind::answer;
    event.key = "message:" + id;
    event.provider_id = id;
    event.address = conversation;
    event.handle = "1";
    event.text = text;
    tell(desk, event);
  }
  void state(const std::string& state) {
    Inbound event;
    event.kind = Inbound::Kind::thread;
    event.key = "thread:" + state;
    event.address = "12";
    event.payload = state;
    tell(desk, event);
  }
  // An escalated lead whose conversation stands there.
  void escalate() {
    app.provider("chatwoot")
        .then(200, k_none)
        .then(200, k_contact)
        .then(200, k_none)
        .then(200, k_made)
        .then(200, k_none)
        .then(200, R"({"id":7000})")
        .then(200, R"({"payload":["flead"]})")
        .then(200, R"({"id":7001,"payload":[]})");
    write("Позовите человека");
    app.run_jobs();
  }
  std::vector<std::string> asked() {
    std::vector<std::string> out;
    for (const HttpRequest& request : app.sent("chatwoot")) {
      out.push_back(request.label.substr(std::string("chatwoot ").size()));
    }
    return out;
  }
  Json last_body(std::string_view label) {
    const auto& all = app.sent("chatwoot");
    for (auto request = all.rbegin(); request != all.rend(); ++request) {
      if (request->label != label) continue;
      const auto body = parse_json(request->body);
      REQUIRE(body);
      return *body;
    }
    FAIL("never asked: " << label);
    return {};
  }
  DeskThread thread() {
    const auto found = app.store().read([&](store::Tx& tx) { return desk_thread_of(tx, lead); });
    REQUIRE(found);
    REQUIRE(*found);
    return **found;
  }
  std::size_t to_lead() { return app.sent("telegram").size(); }
};

using Labels = std::vector<std::string>;

}  // namespace

TEST_CASE("desk: a lead that asks for a person gets a conversation with its words",
          "[channels][desk]") {
  Office office;
  office.escalate();
  CHECK(office.asked() == Labels{"find contact", "create contact", "list conversations",
                                 "open conversation", "list messages", "post message", "label",
                                 "post message"});
  CHECK(office.thread().conversation == "12");
  CHECK(office.thread().why == "asked");
  const Json note = *parse_json(office.app.sent("chatwoot")[5].body);
  CHECK(note.boolean("private") == true);
  CHECK_THAT(note.text("content").value_or(""), ContainsSubstring("anna@example.test"));
  CHECK_THAT(note.text("content").value_or(""), ContainsSubstring(office.lead.text()));
  const Json words = office.last_body("chatwoot post message");
  CHECK(words.text("content") == "Позовите человека");
  CHECK(words.text("message_type") == "incoming");
}

TEST_CASE("desk: nobody is told of a lead that needs nobody", "[channels][desk]") {
  Office office;
  office.write("Спасибо!");
  office.app.run_jobs();
  CHECK(office.asked().empty());
}

TEST_CASE("desk: later words go to the same conversation, each once", "[channels][desk]") {
  Office office;
  office.escalate();
  office.write("Вы тут?");
  office.app.run_jobs();
  const auto before = office.asked().size();
  CHECK(office.last_body("chatwoot post message").text("content") == "Вы тут?");
  office.app.run_jobs();
  CHECK(office.asked().size() == before);
}

TEST_CASE("desk: an operator's answer goes out where the lead wrote, once", "[channels][desk]") {
  Office office;
  office.escalate();
  const auto before = office.to_lead();
  office.answer("7002", "Добрый день! На среду?");
  office.answer("7002", "Добрый день! На среду?");
  office.app.run_jobs();
  office.app.advance(2s);  // the bot's own pace
  office.app.run_jobs();
  REQUIRE(office.to_lead() == before + 1);
  CHECK_THAT(office.app.sent("telegram").back().body, ContainsSubstring("На среду?"));
  CHECK_FALSE(lead_of(office.app, office.lead).needs_human_at);
  // It stands in Chatwoot already; what became of it is told there.
  CHECK(office.last_body("chatwoot post message").text("content") == "Позовите человека");
  CHECK(office.last_body("chatwoot report").text("status") == "delivered");
}

TEST_CASE("desk: an answer that reaches nobody is marked as failed there", "[channels][desk]") {
  Office office;
  office.escalate();
  office.answer("7002", std::string(k_message_characters_max + 1, 'x'));
  office.app.run_jobs();
  const Json report = office.last_body("chatwoot report");
  CHECK(report.text("status") == "failed");
  CHECK_FALSE(report.text("external_error").value_or("").empty());
}

TEST_CASE("desk: conversations that are not ours change nothing", "[channels][desk]") {
  Office office;
  office.escalate();
  const auto before = office.to_lead();
  office.answer("7002", "Кому это?", "13");
  office.app.run_jobs();
  CHECK(office.to_lead() == before);
}

TEST_CASE("desk: resolved there is done here, and the other way round", "[channels][desk]") {
  Office office;
  office.escalate();
  SECTION("there") {
    office.state("resolved");
    CHECK_FALSE(lead_of(office.app, office.lead).needs_human_at);
    CHECK(office.thread().state == "resolved");
    const auto before = office.asked().size();
    office.app.run_jobs();
    CHECK(office.asked().size() == before);
  }
  SECTION("here") {
    REQUIRE(office.app.store().write([&](store::Tx& tx) {
      return finish_thread(office.app.world(), tx, office.app.tenant().id, office.lead, "cli");
    }));
    office.app.run_jobs();
    CHECK(office.last_body("chatwoot set status").text("status") == "resolved");
    CHECK(office.thread().state == "resolved");
  }
}

TEST_CASE("desk: whoever asks again opens the conversation again", "[channels][desk]") {
  Office office;
  office.escalate();
  office.state("resolved");
  office.write("Позовите человека");
  office.app.run_jobs();
  CHECK(office.last_body("chatwoot set status").text("status") == "open");
  CHECK(office.thread().state == "open");
}

TEST_CASE("desk: a lead's next word opens what was resolved, and answers are asked for again",
          "[channels][desk]") {
  Office office;
  office.escalate();
  office.state("resolved");
  office.write("Ещё вопрос");
  office.app.run_jobs();
  CHECK(office.thread().state == "open");
  office.state("pending");
  office.write("И ещё");
  office.app.run_jobs();
  CHECK(office.thread().state == "pending");
}

TEST_CASE("desk: a line that may be there is looked for before it is told again",
          "[channels][desk]") {
  Office office;
  HttpReply lost;
  lost.may_have_acted = true;
  lost.error = "timeout";
  office.app.provider("chatwoot")
      .then(200, k_none)
      .then(200, k_contact)
      .then(200, k_none)
      .then(200, k_made)
      .then(200, k_none)
      .then(200, R"({"id":7000})")
      .then(200, R"({"payload":["flead"]})")
      .then(lost);
  office.write("Позовите человека");
  office.app.run_jobs();
  const Json lost_line = office.last_body("chatwoot post message");
  const auto before = office.asked().size();
  office.app.provider("chatwoot")
      .then(200, R"({"payload":[{"id":7001,"source_id":")" +
                     lost_line.text("source_id").value_or("") + R"("}]})");
  office.app.advance(2min);
  office.app.run_jobs();
  const Labels after = office.asked();
  REQUIRE(after.size() == before + 1);
  CHECK(after.back() == "list messages");
}

TEST_CASE("desk: a conversation that was deleted there is made anew", "[channels][desk]") {
  Office office;
  office.escalate();
  office.app.provider("chatwoot")
      .then(404, R"({"error":"Resource could not be found"})")
      .then(200, k_none)
      .then(200, k_contact)
      .then(200, k_none)
      .then(200, R"({"id":13})")
      .then(200, k_none)
      .then(200, R"({"id":8000,"payload":[]})");
  office.write("Вы тут?");
  office.app.run_jobs();
  office.app.advance(2s);
  office.app.run_jobs();
  CHECK(office.thread().conversation == "13");
  CHECK(office.last_body("chatwoot post message").text("content") == "Вы тут?");
}

TEST_CASE("desk: a token that is refused pauses the desk and loses nothing", "[channels][desk]") {
  Office office;
  office.app.provider("chatwoot").then(401, R"({"error":"Invalid Access Token"})");
  office.write("Позовите человека");
  office.app.run_jobs();
  CHECK(channel_now(office.app, office.desk).status == "paused");
  CHECK(lead_of(office.app, office.lead).needs_human_at);
}

TEST_CASE("desk: with all words wanted, whoever writes gets a conversation", "[channels][desk]") {
  Office office;
  ChannelChange all;
  all.config.set("when", "all");
  REQUIRE(office.app.store().write([&](store::Tx& tx) {
    return change(office.app.world(), tx, office.app.app().key, office.desk, all);
  }));
  office.app.provider("chatwoot").then(200, k_none);
  office.write("Спасибо!");
  CHECK(office.thread().why == "wrote");
  CHECK_FALSE(lead_of(office.app, office.lead).needs_human_at);
}

TEST_CASE("desk: no message to a lead ever goes by it", "[channels][desk][route]") {
  TestApp app;
  NewChannel input;
  input.kind = "chatwoot";
  input.config = Json::object({{"account", 1}});
  input.secret = "token";
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return channels::add(app.world(), tx, app.app().key, app.tenant().id, input);
  }));
  add_lead(app, k_by_both);
  app.run_jobs();
  REQUIRE_FALSE(messages(app).empty());
  for (const Message& message : messages(app)) CHECK(message.channel_kind == "file");
  CHECK_FALSE(parse_operator_address("chatwoot:12"));
}

TEST_CASE("desk: an erased person leaves nothing here", "[channels][desk]") {
  Office office;
  office.escalate();
  office.answer("7002", "Добрый день!");
  office.app.run_jobs();
  REQUIRE(upkeep::erase_person(office.app.world(), office.app.store(), office.app.tenant(),
                               office.lead, ""));
  const auto rest = office.app.store().read([&](store::Tx& tx) {
    return tx.one(
        "SELECT (SELECT COUNT(*) FROM desk_threads) + (SELECT COUNT(*) FROM desk_answers)",
        [](const store::Row& row) { return row.integer(0); });
  });
  REQUIRE(rest);
  CHECK(*rest == 0);
  office.app.run_jobs();
}

}  // namespace flead::channels
