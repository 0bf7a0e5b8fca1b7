#include "core/channels/email.h"

#include <fstream>
#include <sstream>
#include <string>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "support/catch.h"

namespace flead::channels {

using Stage = SmtpReply::Stage;

namespace {

email::Config config() {
  email::Config config;
  config.base_url = "smtps://mail.acme.test:465";
  config.from = "hi@acme.test";
  config.user = "hi@acme.test";
  config.secret = "word";
  return config;
}

Outgoing greeting() {
  Outgoing message;
  message.id = MessageId("msg_01k9x0000000000000000000");
  message.address = "anna@example.test";
  message.person = "Анна \"Ёж\"";
  message.sender = "Студия «Пример»";
  message.subject = "Спасибо за заявку! Выберите удобное время для первой встречи с нами";
  message.text = "Анна, спасибо!\nВремя: https://acme.test/b/acme?t=1&x=2\n";
  message.html = "<p>Анна, спасибо!</p>\n";
  message.button_text = "Выбрать время";
  message.button_url = "https://acme.test/b/acme?t=1&x=2";
  message.created_at = 1767603600000;
  message.locale = "ru";
  return message;
}

std::string data_of(const Outgoing& message) {
  const auto request = email::build_send(config(), message);
  REQUIRE(request);
  return request->data;
}

// Golden files hold LF; FLEAD_WRITE_GOLDEN=1 writes them anew.
void check_golden(const std::string& name, const std::string& data) {
  const std::string path = std::string(FLEAD_FIXTURES) + "/email/" + name;
  const std::string seen = replace_all(data, "\r\n", "\n");
  if (std::getenv("FLEAD_WRITE_GOLDEN") != nullptr) std::ofstream(path) << seen;
  std::ifstream file(path);
  std::stringstream wanted;
  wanted << file.rdbuf();
  CHECK(seen == wanted.str());
}

void check_shape(const std::string& data) {
  std::size_t line = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto byte = static_cast<unsigned char>(data[i]);
    REQUIRE(byte < 0x80);
    if (data[i] == '\n') {
      REQUIRE(i > 0);
      REQUIRE(data[i - 1] == '\r');
      line = 0;
    } else if (data[i] == '\r') {
      REQUIRE(i + 1 < data.size());
      REQUIRE(data[i + 1] == '\n');
    } else {
      REQUIRE((byte >= 0x20 || byte == '\t'));
      REQUIRE(++line <= 200);
    }
  }
  REQUIRE(data.ends_with("\r\n"));
}

}  // namespace

TEST_CASE("channels: a mail is two alternatives, a button and our headers", "[channels][email]") {
  const std::string data = data_of(greeting());
  check_shape(data);
  check_golden("greeting.eml", data);
  CHECK_THAT(data, ContainsSubstring("Message-ID: <msg_01k9x0000000000000000000@acme.test>\r\n"));
  CHECK_THAT(data, ContainsSubstring("Date: Mon, 05 Jan 2026 09:00:00 +0000\r\n"));
  CHECK_THAT(data, ContainsSubstring("Auto-Submitted: auto-generated\r\n"));
  CHECK(data.find("List-Unsubscribe") == std::string::npos);
  const auto again = greeting();
  CHECK(data_of(again) == data);  // the same bytes in every attempt
}

TEST_CASE("channels: an invitation is the last alternative and an attachment",
          "[channels][email]") {
  Outgoing message = greeting();
  message.calendar = "BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nEND:VCALENDAR\r\n";
  message.calendar_method = "CANCEL";
  message.thread_id = MessageId("msg_first");
  const std::string data = data_of(message);
  check_shape(data);
  check_golden("invitation.eml", data);
  CHECK_THAT(data, ContainsSubstring("text/calendar; method=CANCEL; charset=utf-8\r\n"));
  CHECK_THAT(data, ContainsSubstring("In-Reply-To: <msg_first@acme.test>\r\n"));
  CHECK(data.find("text/plain") < data.find("text/html"));
  CHECK(data.find("text/html") < data.find("text/calendar"));
  CHECK(data.find("text/calendar") < data.find("application/ics"));
}

TEST_CASE("channels: advertising can be left with one click", "[channels][email]") {
  Outgoing message = greeting();
  message.purpose = "ad";
  message.unsubscribe_url = "https://acme.test/u/abc";
  const std::string data = data_of(message);
  CHECK_THAT(data, ContainsSubstring("List-Unsubscribe: <https://acme.test/u/abc>\r\n"
                                     "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
  check_shape(data);
}

TEST_CASE("channels: no value breaks out of its header", "[channels][email]") {
  const std::string evil = "X\r\nBcc: victim@example.test\r\n\r\n<script>";
  Outgoing message = greeting();
  message.person = evil;
  message.sender = evil;
  message.subject = evil;
  message.html = "";
  const std::string data = data_of(message);
  check_shape(data);
  const std::string head = data.substr(0, data.find("\r\n\r\n"));
  CHECK(head.find("\nBcc") == std::string::npos);
  CHECK(head.find("\r\n\r\n") == std::string::npos);

  for (const char* bad : {"a@b\r\nRCPT TO:<x@y>", "a b@c.test", "a@b@c", "<a@b.test>", "a@", "@b",
                          "", "a,b@c.test", "a@.test", "a@b.", "\"a\"@b.test", "a@b.test\n",
                          "\x01@b.test", "-oX@b.test", "a\xff@b.c"}) {
    CAPTURE(bad);
    Outgoing other = greeting();
    other.address = bad;
    CHECK_FALSE(email::build_send(config(), other));
  }
  for (const char* good : {"a@b.test", "a+tag@b.test", "почта@пример.рф", "o'neil@b.test"}) {
    CAPTURE(good);
    CHECK(email::valid_address(good));
  }
}

TEST_CASE("channels: encoded words end between characters", "[channels][email]") {
  CHECK(email::encode_words("Plain subject") == "Plain subject");
  CHECK(email::encode_words("=?UTF-8?Q?x?=").starts_with("=?UTF-8?B?"));
  std::string text;
  for (int i = 0; i < 60; ++i) text += i % 3 == 0 ? "я" : i % 3 == 1 ? "😀" : "a";
  const std::string encoded = email::encode_words(text);
  std::string decoded;
  for (const std::string& line : split(replace_all(encoded, "\r\n ", "\n"), '\n')) {
    CHECK(line.size() <= 75);
    REQUIRE(line.starts_with("=?UTF-8?B?"));
    REQUIRE(line.ends_with("?="));
    const auto word = base64_decode(std::string_view(line).substr(10, line.size() - 12));
    REQUIRE(word);
    CHECK(valid_utf8(*word));
    decoded += *word;
  }
  CHECK(decoded == text);
}

TEST_CASE("channels: quoted-printable keeps lines short and ends safe", "[channels][email]") {
  CHECK(email::quoted_printable("a=b") == "a=3Db");
  CHECK(email::quoted_printable("a \r\nb\t") == "a=20\r\nb=09");
  CHECK(email::quoted_printable("é") == "=C3=A9");
  const std::string longer = email::quoted_printable(std::string(300, 'a') + "\r\n.\r\n");
  for (const std::string& line : split(replace_all(longer, "\r\n", "\n"), '\n')) {
    CHECK(line.size() <= 76);
  }
}

TEST_CASE("channels: every SMTP answer has its verdict", "[channels][email]") {
  struct Case {
    Stage stage;
    int code;
    std::string says;
    Verdict verdict;
    bool slow = false;
    bool acted = false;
  };
  const auto one = GENERATE(values<Case>({
      {Stage::done, 250, "250 2.0.0 Ok: queued as 1", Verdict::sent},
      {Stage::resolve, 0, "Could not resolve host", Verdict::retry},
      {Stage::connect, 0, "Connection refused", Verdict::retry},
      {Stage::tls, 0, "certificate has expired", Verdict::misconfigured},
      {Stage::tls, 454, "454 TLS not available", Verdict::retry, true},
      {Stage::greeting, 421, "421 try later", Verdict::retry, true},
      {Stage::greeting, 554, "554 no service", Verdict::misconfigured},
      {Stage::login, 535, "535 5.7.8 bad credentials", Verdict::misconfigured},
      {Stage::login, 454, "454 4.7.0 later", Verdict::retry, true},
      {Stage::login, 530, "the server offers no login", Verdict::misconfigured},
      {Stage::mail_from, 530, "530 5.7.0 log in first", Verdict::misconfigured},
      {Stage::mail_from, 553, "553 5.7.1 not your address", Verdict::misconfigured},
      {Stage::mail_from, 552, "552 5.3.4 too big", Verdict::rejected},
      {Stage::mail_from, 501, "501 syntax", Verdict::rejected},
      {Stage::mail_from, 451, "451 4.3.0 later", Verdict::retry, true},
      {Stage::rcpt_to, 450, "450 4.2.0 greylisted", Verdict::retry, true},
      {Stage::rcpt_to, 452, "452 4.2.2 full", Verdict::retry, true},
      {Stage::rcpt_to, 550, "550 5.1.1 no such user", Verdict::unreachable},
      {Stage::rcpt_to, 550, "550 5.7.1 policy", Verdict::rejected},
      {Stage::rcpt_to, 554, "554 5.7.1 Relay access denied", Verdict::misconfigured},
      {Stage::rcpt_to, 551, "551 moved", Verdict::unreachable},
      {Stage::rcpt_to, 552, "552 5.2.2 full", Verdict::unreachable},
      {Stage::rcpt_to, 501, "501 syntax", Verdict::rejected},
      {Stage::data, 554, "554 5.7.1 spam message rejected", Verdict::rejected},
      {Stage::data, 451, "451 4.7.1 later", Verdict::retry, true},
      {Stage::data, 552, "552 5.3.4 too big", Verdict::rejected},
      {Stage::data, 0, "closed", Verdict::ambiguous, false, true},
      {Stage::data, 0, "closed in the middle", Verdict::retry},
      {Stage::none, 0, "libcurl is not installed", Verdict::retry},
      {Stage::rcpt_to, 999, "999 nonsense", Verdict::retry},
      {Stage::data, 421, "\xff\xfe\x01", Verdict::retry, true},
  }));
  CAPTURE(one.code, one.says);
  SmtpReply reply;
  reply.stage = one.stage;
  reply.code = one.code;
  reply.says = one.says;
  reply.may_have_acted = one.acted;
  const Delivery delivery = email::parse_smtp(reply);
  CHECK(delivery.verdict == one.verdict);
  CHECK(delivery.slow == one.slow);
  CHECK(valid_utf8(delivery.says));
}

TEST_CASE("channels: the settings of a mail channel are checked", "[channels][email]") {
  const auto check = [](Json config) { return email::check_config(config); };
  const auto good = check(
      Json::object({{"base_url", "smtp://mail.acme.test:587"}, {"from", "Ira <ira@acme.test>"}}));
  REQUIRE(good);
  CHECK(good->text("from") == "ira@acme.test");
  CHECK(good->text("from_name") == "Ira");
  CHECK(good->boolean("require_tls") == true);
  CHECK(check(Json::object({{"base_url", "smtp://127.0.0.1:1025"}, {"from", "a@b.test"}}))
            ->boolean("require_tls") == false);
  // Without TLS only on this machine, however it is written.
  for (const char* host : {"smtp://mail.acme.test:25", "smtp://127.0.0.1.evil.test:25",
                           "smtp://localhost.evil.test:25"}) {
    CAPTURE(host);
    CHECK_FALSE(
        check(Json::object({{"base_url", host}, {"from", "a@b.test"}, {"require_tls", false}})));
    CHECK(check(Json::object({{"base_url", host}, {"from", "a@b.test"}}))->boolean("require_tls") ==
          true);
  }
  for (const char* url : {"", "mail.acme.test", "http://x", "smtp://", "smtp://a@b:25",
                          "smtp://x y:25", "smtp://x\r\n:25"}) {
    CAPTURE(url);
    CHECK_FALSE(check(Json::object({{"base_url", url}, {"from", "a@b.test"}})));
  }
  CHECK_FALSE(check(Json::object({{"base_url", "smtps://m:465"}, {"from", "nobody"}})));
}

TEST_CASE("channels: the name that EHLO says is the sender's domain", "[channels][email]") {
  CHECK(email::build_probe(config()).url == "smtps://mail.acme.test:465/acme.test");
  CHECK(email::build_probe(config()).probe);
}

}  // namespace flead::channels
