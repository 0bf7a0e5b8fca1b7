// Conversations: one thread over all channels, the way back, and who waits for an answer.
#include "core/channels/chat.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/channels/identity.h"
#include "support/catch.h"
#include "support/command_line.h"
#include "support/outbox.h"

namespace flead::channels {

namespace {

constexpr const char* k_chat_sent =
    R"({"ok":true,"result":{"message_id":88,"chat":{"id":501,"type":"private"},"date":1}})";

// A tenant with a mailbox and a bot, and people who are known to both.
struct Talk {
  TestApp app;
  Channel email = add_email(app);
  Channel telegram = add_messenger("telegram");
  int told = 0;

  Channel add_messenger(const std::string& kind) {
    NewChannel input;
    input.kind = kind;
    input.secret = "700:open-sesame";
    auto made = app.store().write([&](store::Tx& tx) {
      return channels::add(app.world(), tx, app.app().key, app.tenant().id, input);
    });
    REQUIRE(made);
    return *made;
  }

  // Prefers mail, so that an answer by a messenger is one for a reason. Nothing has left yet.
  LeadId add_person(const std::string& mailbox, const std::string& address) {
    const LeadId lead = add_lead(app, R"("channel":"email","email":")" + mailbox + R"(")");
    link(telegram, lead, address);
    return lead;
  }
  void link(const Channel& channel, const LeadId& lead, const std::string& address) {
    REQUIRE(app.store().write([&](store::Tx& tx) {
      return link_identity(app.world(), tx, channel, lead, address, "Анна", "");
    }));
  }

  void tell(const Channel& channel, Inbound event) {
    event.key = "event-" + std::to_string(++told);
    REQUIRE(app.store().write(
        [&](store::Tx& tx) { return apply_event(app.app(), tx, channel, event); }));
  }
  void write(const Channel& channel, const std::string& address, const std::string& text) {
    Inbound event;
    event.kind = Inbound::Kind::text;
    event.address = address;
    event.text = text;
    tell(channel, event);
  }

  Result<ChatLine> send(const LeadId& lead, std::string_view text) {
    const intake::Lead to = lead_of(app, lead);
    return app.store().write([&](store::Tx& tx) {
      return send_words(app.app(), tx, app.tenant(), to, {std::string(text), "cli", {}});
    });
  }
  std::string channel_of(const LeadId& lead, std::string_view text) {
    const auto line = send(lead, text);
    REQUIRE(line);
    return line->channel_kind;
  }
  void finish(const LeadId& lead) {
    REQUIRE(app.store().write([&](store::Tx& tx) {
      return finish_thread(app.world(), tx, app.tenant().id, lead, "cli");
    }));
  }
  ChatPage read(const LeadId& lead, std::string_view before = "", std::int64_t limit = 50) {
    auto page = app.store().read(
        [&](store::Tx& tx) { return read_thread(tx, app.tenant().id, lead, before, limit); });
    REQUIRE(page);
    return *page;
  }
  std::vector<ChatThread> threads(bool unanswered = false, std::string before = "",
                                  std::int64_t limit = 50) {
    ThreadFilter filter;
    filter.unanswered = unanswered;
    filter.before_id = std::move(before);
    filter.limit = limit;
    auto found =
        app.store().read([&](store::Tx& tx) { return list_threads(tx, app.tenant().id, filter); });
    REQUIRE(found);
    return *found;
  }
};

std::string texts_of(const std::vector<ChatLine>& lines) {
  std::string all;
  for (const ChatLine& line : lines) all += (line.ours ? "<" : ">") + line.text + " ";
  return all;
}

ChatLine line_with(const std::string& prefix, const std::string& suffix) {
  ChatLine line;
  line.id = id_from_suffix(prefix, std::string(26 - suffix.size(), '0') + suffix);
  line.ours = prefix == "msg";
  line.text = suffix;
  return line;
}

}  // namespace

TEST_CASE("chat: two lists become one by time, the newest last", "[chat][channels]") {
  struct Case {
    std::vector<std::string> theirs, ours;  // newest first
    std::size_t limit;
    std::string wanted;
  };
  const auto one = GENERATE(values<Case>({
      {{}, {}, 3, ""},
      {{"2", "1"}, {}, 3, ">1 >2 "},
      {{}, {"2", "1"}, 3, "<1 <2 "},
      {{"4", "1"}, {"3", "2"}, 9, ">1 <2 <3 >4 "},
      {{"4", "1"}, {"3", "2"}, 2, "<3 >4 "},
      {{"2"}, {"9", "8", "7"}, 3, "<7 <8 <9 "},
      {{"2"}, {"1"}, 0, ""},
  }));
  std::vector<ChatLine> theirs, ours;
  for (const auto& suffix : one.theirs) theirs.push_back(line_with("inb", suffix));
  for (const auto& suffix : one.ours) ours.push_back(line_with("msg", suffix));
  CHECK(texts_of(merge_lines(theirs, ours, one.limit)) == one.wanted);
}

TEST_CASE("chat: a thread has what was said on every channel, and what became of ours",
          "[chat][channels]") {
  Talk talk;
  const LeadId lead = talk.add_person("anna@example.test", "501");
  talk.app.run_jobs();  // the greeting, by mail
  talk.write(talk.telegram, "501", "Можно завтра?");
  talk.app.provider("telegram").then(200, k_chat_sent);
  CHECK(talk.channel_of(lead, "  Да, в пять.\n") == "telegram");
  CHECK(talk.read(lead).lines.back().state == "queued");
  talk.app.run_jobs();

  const ChatPage page = talk.read(lead);
  CHECK_FALSE(page.has_earlier);
  REQUIRE(page.lines.size() == 3);
  CHECK(page.lines[0].kind == "lead.greeting");
  CHECK(page.lines[0].channel_kind == "email");
  CHECK(page.lines[0].state == "sent");
  CHECK_FALSE(page.lines[1].ours);
  CHECK(page.lines[1].kind == "text");
  CHECK(page.lines[1].text == "Можно завтра?");
  CHECK(page.lines[1].state.empty());
  CHECK(page.lines[2].kind == "chat.text");
  CHECK(page.lines[2].text == "Да, в пять.");
  CHECK(page.lines[2].state == "delivered");
  CHECK(page.lines[2].delivered_at.has_value());
  REQUIRE(talk.app.sent("telegram").size() == 1);
  CHECK_THAT(talk.app.sent("telegram")[0].body, ContainsSubstring("Да, в пять."));
}

TEST_CASE("chat: pages go back without a gap, whoever spoke", "[chat][channels]") {
  Talk talk;
  const LeadId lead = talk.add_person("anna@example.test", "501");
  const LeadId other = talk.add_person("eve@example.test", "502");
  for (const char* text : {"1", "3", "5"}) {
    talk.write(talk.telegram, "501", text);
    talk.write(talk.telegram, "502", "elsewhere");
    const std::string next(1, static_cast<char>(text[0] + 1));
    REQUIRE(talk.send(lead, next));
    talk.app.advance(1min);
  }
  ChatPage page = talk.read(lead, "", 4);
  CHECK(texts_of(page.lines) == ">3 <4 >5 <6 ");
  CHECK(page.has_earlier);
  // What is said meanwhile moves no page.
  talk.write(talk.telegram, "501", "7");
  page = talk.read(lead, page.lines.front().id, 4);
  CHECK(texts_of(page.lines) == ">1 <2 ");
  CHECK_FALSE(page.has_earlier);
  CHECK(talk.read(lead, page.lines.front().id, 4).lines.empty());
  CHECK(texts_of(talk.read(other).lines) == ">elsewhere >elsewhere >elsewhere ");
}

TEST_CASE("chat: an answer goes back where the person wrote, while it may", "[chat][channels]") {
  Talk talk;
  const LeadId lead = talk.add_person("anna@example.test", "501");
  SECTION("who has not written is written to by the route") {
    CHECK(talk.channel_of(lead, "Hello") == "email");
  }
  SECTION("the last word decides") {
    const Channel vk = talk.add_messenger("vk");
    talk.link(vk, lead, "42");
    talk.write(talk.telegram, "501", "one");
    talk.write(vk, "42", "two");
    CHECK(talk.channel_of(lead, "Hello") == "vk");
    talk.write(talk.telegram, "501", "three");
    CHECK(talk.channel_of(lead, "Hello") == "telegram");
  }
  SECTION("a window that has closed is gone around") {
    const Channel instagram = talk.add_messenger("instagram");
    talk.link(instagram, lead, "1784");
    talk.write(instagram, "1784", "one");
    talk.app.advance(23h);
    CHECK(talk.channel_of(lead, "Hello") == "instagram");
    talk.app.advance(2h);
    CHECK(talk.channel_of(lead, "Hello") == "email");
  }
  SECTION("who said stop there is not written to there") {
    talk.write(talk.telegram, "501", "стоп");
    CHECK(talk.channel_of(lead, "Hello") == "email");
  }
  SECTION("a paused channel would only wait") {
    talk.write(talk.telegram, "501", "one");
    REQUIRE(talk.app.store().write([&](store::Tx& tx) {
      return channels::pause(talk.app.world(), tx, talk.telegram.id, "a test");
    }));
    CHECK(talk.channel_of(lead, "Hello") == "email");
  }
}

TEST_CASE("chat: what is no answer is refused, and nothing changes", "[chat][channels]") {
  Talk talk;
  const LeadId lead = talk.add_person("anna@example.test", "501");
  struct Case {
    std::string text, code;
  };
  const auto one = GENERATE(values<Case>({{"", "text_required"},
                                          {" \n\t ", "text_required"},
                                          {std::string(4001, 'x'), "too_long"},
                                          {"\xff\xfe", "characters_invalid"},
                                          {std::string("a\0b", 3), "characters_invalid"}}));
  const auto line = talk.send(lead, one.text);
  REQUIRE_FALSE(line);
  CHECK(line.error().kind == ErrorKind::refused);
  CHECK(line.error().code == one.code);
  CHECK(talk.read(lead).lines.empty());
}

TEST_CASE("chat: four thousand characters of any script are an answer", "[chat][channels]") {
  Talk talk;
  const LeadId lead = talk.add_person("anna@example.test", "501");
  std::string words;
  for (int i = 0; i < 4000; ++i) words += "ё";
  const auto line = talk.send(lead, words + "\n");
  REQUIRE(line);
  CHECK(line->text == words);
}

TEST_CASE("chat: whom no channel reaches cannot be answered, and that is said",
          "[chat][channels]") {
  Talk talk;
  const LeadId lead = add_lead(talk.app, k_by_phone);
  const auto before = event_kinds(talk.app, lead);
  const auto line = talk.send(lead, "Hello");
  REQUIRE_FALSE(line);
  CHECK(line.error().kind == ErrorKind::refused);
  CHECK(line.error().code == "unroutable");
  CHECK(event_kinds(talk.app, lead) == before);
  CHECK_FALSE(lead_of(talk.app, lead).needs_human_at);
  CHECK(messages(talk.app).empty());
}

TEST_CASE("chat: the list has who wrote, newest words first, in pages", "[chat][channels]") {
  Talk talk;
  const LeadId anna = talk.add_person("anna@example.test", "501");
  const LeadId boris = talk.add_person("boris@example.test", "502");
  talk.add_person("silent@example.test", "503");
  talk.write(talk.telegram, "501", "one");
  talk.write(talk.telegram, "502", "two");
  talk.write(talk.telegram, "501", "three");
  const auto all = talk.threads();
  REQUIRE(all.size() == 2);
  CHECK(all[0].lead == anna);
  CHECK(all[0].text == "three");
  CHECK(all[0].name == "Анна");
  CHECK(all[0].channel_kind == "telegram");
  CHECK(all[0].unanswered);
  CHECK_FALSE(all[0].needs_human_at);
  CHECK(all[1].lead == boris);
  const auto first = talk.threads(false, "", 1);
  REQUIRE(first.size() == 1);
  const auto second = talk.threads(false, first[0].id.text(), 1);
  REQUIRE(second.size() == 1);
  CHECK(second[0].lead == boris);
  CHECK(talk.threads(false, second[0].id.text(), 1).empty());

  const auto other = talk.app.add_tenant("other");
  const auto theirs = talk.app.store().read(
      [&](store::Tx& tx) { return list_threads(tx, other.id, ThreadFilter{}); });
  REQUIRE(theirs);
  CHECK(theirs->empty());
}

TEST_CASE("chat: only words of somebody's own answer, and only while they may arrive",
          "[chat][channels]") {
  Talk talk;
  const LeadId lead = talk.add_person("anna@example.test", "501");
  talk.write(talk.telegram, "501", "one");
  talk.app.run_jobs();  // the greeting leaves after the question
  REQUIRE(messages(talk.app).size() == 1);
  CHECK(talk.threads(true).size() == 1);

  const auto line = talk.send(lead, "Hello");
  REQUIRE(line);
  CHECK(talk.threads(true).empty());
  REQUIRE(talk.threads().size() == 1);
  CHECK_FALSE(talk.threads()[0].unanswered);

  REQUIRE(talk.app.store().write([&](store::Tx& tx) {
    return cancel_message(talk.app.world(), tx, talk.app.tenant().id, MessageId(line->id), "test");
  }));
  CHECK(talk.threads(true).size() == 1);
  REQUIRE(talk.send(lead, "Hello again"));
  CHECK(talk.threads(true).empty());
  talk.write(talk.telegram, "501", "two");
  CHECK(talk.threads(true).size() == 1);
}

TEST_CASE("chat: opening a dialog is a line of the thread, and no words", "[chat][channels]") {
  Talk talk;
  const LeadId lead = add_lead(talk.app, k_by_email);
  Inbound event;
  event.kind = Inbound::Kind::start;
  event.address = "501";
  event.payload = make_start_token(talk.app.app().key, lead, talk.app.clock().now() + k_hour_ms);
  talk.tell(talk.telegram, event);
  const auto lines = talk.read(lead).lines;
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].kind == "start");
  CHECK(lines[0].text.empty());
  CHECK(lines[1].kind == "channel.welcome");
  CHECK(talk.threads().empty());
}

TEST_CASE("chat: an answer ends the call for a person", "[chat][channels]") {
  Talk talk;
  const LeadId lead = talk.add_person("anna@example.test", "501");
  talk.write(talk.telegram, "501", "Позовите оператора!");
  REQUIRE(lead_of(talk.app, lead).needs_human_at);
  REQUIRE(talk.threads().size() == 1);
  CHECK(talk.threads()[0].needs_human_why == "asked");
  REQUIRE(talk.send(lead, "Hello"));
  CHECK_FALSE(lead_of(talk.app, lead).needs_human_at);
  CHECK_FALSE(talk.threads()[0].needs_human_at);
  CHECK(event_kinds(talk.app, lead).back() == "lead.human_came");
}

TEST_CASE("chat: done without words ends it too, once", "[chat][channels]") {
  Talk talk;
  const LeadId lead = talk.add_person("anna@example.test", "501");
  talk.write(talk.telegram, "501", "operator");
  talk.finish(lead);
  CHECK_FALSE(lead_of(talk.app, lead).needs_human_at);
  CHECK(talk.threads(true).empty());
  const auto once = event_kinds(talk.app, lead);
  CHECK(std::count(once.begin(), once.end(), "chat.done") == 1);
  talk.finish(lead);
  CHECK(event_kinds(talk.app, lead) == once);
  talk.write(talk.telegram, "501", "Are you there?");
  CHECK(talk.threads(true).size() == 1);
}

TEST_CASE("chat: the commands send, read, list and finish", "[chat][cli]") {
  test::CommandLine flead;
  REQUIRE(flead.run({"init", "--tenant", "acme"}).exit == 0);
  const std::string phone = "+79160000001";
  const std::string lead =
      *flead.json({"lead", "add", "--name", "Анна", "--phone", phone, "--consent", "processing"})
           .text("id");
  const Json sent = flead.json({"chat", "send", phone, "--text", "Tomorrow at five."});
  CHECK(sent.text("state") == "queued");
  CHECK(sent.text("channel") == "file");
  CHECK(sent.text("from") == "us");
  flead.write_file("answer.txt", "Yes.\nGladly.\n");
  CHECK(flead.json({"chat", "send", lead, "--file", flead.path("answer.txt")}).text("text") ==
        "Yes.\nGladly.");
  CHECK(flead.run({"chat", "send", lead, "--text", "Not now", "--dry-run"}).exit == 0);
  CHECK(flead.run({"chat", "send", lead}).exit == 2);
  CHECK(flead.run({"chat", "send", lead, "--text", "a", "--file", "b"}).exit == 2);
  CHECK(flead.run({"chat", "send", lead, "--text", " "}).exit == 6);
  CHECK(flead.run({"chat", "send", "nobody@example.org", "--text", "a"}).exit == 3);
  const Json lines = flead.json({"chat", "read", phone});
  REQUIRE(lines.items().size() == 2);
  CHECK(lines.items()[0].text("text") == "Tomorrow at five.");
  const auto newest = flead.run({"chat", "read", lead, "--limit", "1", "--json"});
  CHECK_THAT(newest.out, ContainsSubstring("Gladly"));
  CHECK_THAT(newest.err, ContainsSubstring("--cursor " + *lines.items()[1].text("id")));
  const Json earlier = flead.json({"chat", "read", lead, "--cursor", *lines.items()[1].text("id")});
  CHECK(earlier.items().size() == 1);
  CHECK(flead.run({"chat", "read", lead, "--cursor", "evt_1"}).exit == 2);
  CHECK(flead.json({"chat", "list"}).items().empty());
  CHECK(flead.json({"chat", "done", phone}).text("id") == lead);
  CHECK(flead.json({"lead", "list", "--needs-human"}).items().empty());
}

}  // namespace flead::channels
