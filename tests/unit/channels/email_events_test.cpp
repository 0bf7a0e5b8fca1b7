// What a Postal server tells. The key and the signatures were made with openssl on the command
// line.
#include "core/channels/email_events.h"

#include <string>
#include <string_view>

#include "core/base/crypto.h"
#include "core/base/rsa.h"
#include "core/base/text.h"
#include "core/channels/email.h"
#include "support/catch.h"

namespace flead::channels::email {
namespace {

constexpr std::string_view k_hook =
    R"({"event":"MessageSent","timestamp":1767603660.25,"payload":{"status":"Sent",)"
    R"("details":"Message for anna@example.test accepted by mx.example.test",)"
    R"("output":"250 2.0.0 OK","sent_with_ssl":true,"message":{"id":12,"token":"ab",)"
    R"("direction":"outgoing","message_id":"msg_01k9x0000000000000000000ab@acme.test",)"
    R"("to":"anna@example.test","from":"hi@acme.test","subject":"Hello","tag":null}},)"
    R"("uuid":"8b6c1d6e-4e0c-4a0e-9d56-1f0a3f7e2c11"})";
constexpr std::string_view k_server_key =
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDRAxgbMYGlQlofIHvReTbDyUUrATd1dQDEj82rCc3SOmuG"
    "rETQQOvEpbif737JY59X9zm2/2G1HzpempKIyygTfSCcq6LjTwwRLVGMpaMVKtK8ouwtL+KkOShK6VtrlbBC"
    "JM8yYYAV6oBtz9DV9vpdKEtt8c5PeVWeHXDNU1oOaQIDAQAB";
constexpr std::string_view k_other_key =
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2Te19NNqsLgrf3OSbFsQ5QX12XXCr4Ay0aUOXukU"
    "RNms0AUwbE6PUz6ldF9AQpAcGMHV2dw1aJcezaIy2YI8Gqjk8arl6VYNOsE8L5wVHifw7VzaeGFNdbkwwFLh"
    "wcCxFCrcVlQjtoHV5anfzCh1g8Xc3vjtXUxwpicjmA5XxosfVaDHjguHYh1DZ1qm3e2Y0z17fc1DjLoZNJQV"
    "M1x4tu0CRaWVxs8nEzr3nmcQuDgZMT816bIPM/nN+/ZD/puCnkLrgAeP2mA53pBmISsRJA/uTPlXX1P4+am3"
    "13yjG692E/iI9+Gv7SFhB48AUQnRZ2kiPKWBg6wT/XpuMAThbQIDAQAB";
constexpr std::string_view k_hook_signature =
    "yB6YC8aeP7TRcwBZOMY/wxtr4iAGpSAlfl1rTLYrU/DMdbN5ymBY3b2+BuRyMvbp4nIaaM8zZ2OShi0XnlYM"
    "kIaUpaLzM0VpA0k8eJpfyDoomeXT0Sb2P4lvY0QRwiok4ad/VBsLIAGvxpF2gpsqhLsV/lKM4YekN/nZ+3uE"
    "nfw=";
constexpr std::string_view k_hook_sha1 =
    "SlQkzHSN3dZUmyR20P+IBiONkYWzYsUpsYOnwbGEtXZiFFVh9+degnadv9OCdWz0YMJ6p1LVwoRYFtEw36Oq"
    "aYN6AcWAlWplJF7iT6FtdVVCPTnCpA/sGIH0MHOlRg8gqGqSyIIelTflKtmMCkrXWPE69q0SFWQ5miIZh6N6"
    "u4s=";

Account account_with(std::string_view key) {
  Account account;
  if (!key.empty()) account.config = Json::object({{"postal_public_key", key}});
  return account;
}

HookCall call_with(std::string_view signature, std::string_view body = k_hook) {
  HookCall call;
  call.method = "POST";
  call.headers = {{"content-type", "application/json"},
                  {"x-postal-signature", std::string(k_hook_sha1)}};
  if (!signature.empty()) call.headers.emplace_back("x-postal-signature-256", signature);
  call.body = std::string(body);
  return call;
}

// An event about a message of ours, with `payload` beside the message.
std::string event_json(std::string_view name, std::string_view payload,
                       std::string_view message_id = "msg_01k9x0000000000000000000ab@acme.test",
                       std::string_view direction = "outgoing") {
  const std::string_view where = name == "MessageBounced" ? "original_message" : "message";
  return R"({"event":")" + std::string(name) + R"(","timestamp":1767603660.25,"uuid":"u-1",)" +
         R"("payload":{)" + std::string(payload) + (payload.empty() ? "" : ",") + "\"" +
         std::string(where) + R"(":{"id":1,"direction":")" + std::string(direction) +
         R"(","message_id":")" + std::string(message_id) + R"(","to":"anna@example.test"}}})";
}

Inbound only(const std::string& raw) {
  const auto events = parse_events(raw);
  REQUIRE(events.size() == 1);
  CHECK_FALSE(events[0].key.empty());
  return events[0];
}

}  // namespace

TEST_CASE("email: a call is genuine with the server's signature alone", "[channels][email]") {
  const Account account = account_with(k_server_key);
  const HookCheck check = verify_hook(account, call_with(k_hook_signature));
  CHECK(check.genuine);
  CHECK_FALSE(check.handshake);
  CHECK(check.delivery_id == "8b6c1d6e-4e0c-4a0e-9d56-1f0a3f7e2c11");

  CHECK_FALSE(verify_hook(account_with(""), call_with(k_hook_signature)).genuine);
  CHECK_FALSE(verify_hook(account_with("no key"), call_with(k_hook_signature)).genuine);
  CHECK_FALSE(verify_hook(account_with(k_other_key), call_with(k_hook_signature)).genuine);
  CHECK_FALSE(verify_hook(account, call_with("")).genuine);  // the old header says nothing
  CHECK_FALSE(verify_hook(account, call_with(k_hook_sha1)).genuine);
  CHECK_FALSE(verify_hook(account, call_with("AAAA")).genuine);
  CHECK_FALSE(verify_hook(account, call_with("\xff===")).genuine);
  CHECK_FALSE(verify_hook(account, call_with(k_hook_signature.substr(4))).genuine);
  CHECK_FALSE(verify_hook(account, call_with(k_hook_signature, std::string(k_hook) + " ")).genuine);
  CHECK_FALSE(verify_hook(account, call_with(k_hook_signature, replace_all(k_hook, "Sent", "Held")))
                  .genuine);
  HookCall get = call_with(k_hook_signature);
  get.method = "GET";
  CHECK_FALSE(verify_hook(account, get).genuine);
}

TEST_CASE("email: a delivery names our message by its Message-ID", "[channels][email]") {
  const Inbound event = only(std::string(k_hook));
  CHECK(event.kind == Inbound::Kind::receipt);
  CHECK(event.key == "postal:8b6c1d6e-4e0c-4a0e-9d56-1f0a3f7e2c11");
  CHECK(event.message == MessageId("msg_01k9x0000000000000000000ab"));
  CHECK(event.provider_id == "msg_01k9x0000000000000000000ab@acme.test");
  CHECK(event.address == "anna@example.test");
  CHECK(event.delivery.verdict == Verdict::sent);
  CHECK(event.delivery.delivered);
  CHECK(event.delivery.says == "250 2.0.0 OK");
  CHECK_FALSE(event.read);
  CHECK(event.at == 1767603660250);
  // The way there and back.
  const MessageId id("msg_01k9x0000000000000000000ab");
  CHECK(message_of(message_id(id, "hi@acme.test")) == id);
  CHECK(message_of("<" + message_id(id, "hi@acme.test") + ">") == id);
}

TEST_CASE("email: every event of Postal has its meaning", "[channels][email]") {
  struct Case {
    std::string name, payload;
    Inbound::Kind kind;
    Verdict verdict = Verdict::ambiguous;
    std::string says = {};
  };
  using Kind = Inbound::Kind;
  const auto one = GENERATE(values<Case>({
      {"MessageSent", R"("output":"250 OK")", Kind::receipt, Verdict::sent, "250 OK"},
      {"MessageDelayed", R"("output":"450 4.2.0 greylisted")", Kind::other},
      {"MessageDeliveryFailed",
       R"("status":"HardFail","output":"550 5.1.1 <anna@example.test>: User unknown\n")",
       Kind::receipt, Verdict::unreachable, "550 5.1.1 User unknown"},
      {"MessageDeliveryFailed", R"("details":"Message is likely spam.","output":"")", Kind::receipt,
       Verdict::unreachable, "Message is likely spam."},
      {"MessageHeld", R"("details":"Message held because send limit (10) has been reached.")",
       Kind::receipt, Verdict::rejected, "Message held because send limit (10) has been reached."},
      {"MessageHeld",
       R"-("details":"Recipient (anna@example.test) is on the suppression list (reason: x)")-",
       Kind::receipt, Verdict::unreachable, "Recipient is on the suppression list (reason: x)"},
      {"MessageBounced", R"("bounce":{"id":2,"message_id":"x@mx.example.test"})", Kind::receipt,
       Verdict::unreachable},
      {"MessageBounced", R"("bounce":{"id":2,"bounce_type":"hard"})", Kind::receipt,
       Verdict::unreachable},
      {"MessageBounced", R"("bounce":{"id":2,"bounce_type":"soft"})", Kind::other},
      {"MessageLoaded", R"("ip_address":"192.0.2.1")", Kind::other},
      {"MessageLinkClicked", R"("url":"https://acme.test/")", Kind::other},
      {"DomainDNSError", "", Kind::other},
      {"SomethingNew", "", Kind::other},
  }));
  CAPTURE(one.name, one.payload);
  const Inbound event = only(event_json(one.name, one.payload));
  CHECK(event.kind == one.kind);
  CHECK(event.key == "postal:u-1");
  if (one.kind != Kind::receipt) return;
  CHECK(event.delivery.verdict == one.verdict);
  CHECK(event.delivery.delivered == (one.verdict == Verdict::sent));
  CHECK(event.delivery.says == one.says);
  CHECK(event.delivery.says.find('@') == std::string::npos);
  CHECK((event.delivery.stage == k_stage_bounce) == (one.name == "MessageBounced"));
  CHECK(event.message == MessageId("msg_01k9x0000000000000000000ab"));
}

TEST_CASE("email: what a person wrote, without what they answer", "[channels][email]") {
  struct Case {
    std::string body, words;
  };
  const auto one = GENERATE(values<Case>({
      {"Да, в пять", "Да, в пять"},
      {"", ""},
      {"Yes\r\n\r\nOn Mon, 5 Jan 2026, acme wrote:\r\n> Tomorrow?\r\n>\r\n> acme\r\n", "Yes"},
      {"Да\n\n5 янв. 2026 г. acme пишет:\n> Завтра?\n\n", "Да"},
      {"One\n> quoted in the middle\nTwo", "One\n> quoted in the middle\nTwo"},
      {"Two times:\n10:00\n12:00", "Two times:\n10:00\n12:00"},
      {"Спасибо\n-- \nАнна\nдиректор", "Спасибо"},
      {"> all of it is quoted", ""},
      {"Yes\n\nOn Fri, 9 Jan 2026 at 10:00, A Very Long Name <\nhi@acme.test> wrote:\n\n> "
       "Tomorrow?",
       "Yes"},
      {"Да\n\nОт: acme <hi@acme.test>\nОтправлено: 5 января\nКому: Анна\nЗавтра?", "Да"},
      {"Yes\n-----Original Message-----\nTomorrow?", "Yes"},
      {"From: Moscow\nto Kazan", "From: Moscow\nto Kazan"},
      {"a\n\n\nb\n\n", "a\n\n\nb"},
  }));
  CAPTURE(one.body);
  CHECK(own_words(one.body) == one.words);
}

TEST_CASE("email: a letter that came in is a person's words", "[channels][email]") {
  const auto letter = [](const std::string& members) {
    return R"({"id":12,"rcpt_to":"hi@acme.test","mail_from":"Anna@Example.test",)"
           R"("subject":"Re: Hello","message_id":"x@example.test","timestamp":1767603660.5,)"
           R"("plain_body":"Yes, please\n> Tomorrow?")" +
           members + "}";
  };
  const Inbound event =
      only(letter(R"(,"in_reply_to":"<msg_01k9x0000000000000000000ab@acme.test>")"));
  CHECK(event.kind == Inbound::Kind::text);
  CHECK(event.key == "postal-letter:12");
  CHECK(event.address == "anna@example.test");
  CHECK(event.text == "Yes, please");
  CHECK(event.message == MessageId("msg_01k9x0000000000000000000ab"));
  CHECK(event.at == 1767603660500);
  const std::string named = "<a@b.test> <msg_01k9x0000000000000000000ab@acme.test> <c@d.test>";
  CHECK(only(letter(R"(,"references":")" + named + "\"")).message ==
        MessageId("msg_01k9x0000000000000000000ab"));
  CHECK(only(letter("")).message.empty());
  CHECK(event.account == "hi@acme.test");
  // Who wrote stands in the head; the return path may be a relay's.
  CHECK(only(letter(R"(,"from":"Anna <anna@home.test>")")).address == "anna@home.test");
  CHECK(only(R"({"id":1,"rcpt_to":"a@b.test","mail_from":"c@d.test","plain_body":null,)"
             R"("html_body":"<div>Yes &amp; thanks<br>5 pm</div><blockquote>Old</blockquote>"})")
            .text == "Yes & thanks\n5 pm");
  CHECK(only(letter(R"(,"spam_status":"Spam")")).kind == Inbound::Kind::other);
  // What a machine wrote is kept and not acted on.
  for (const char* automatic : {R"(,"auto_submitted":"auto-replied")", R"(,"bounce":true)"}) {
    CHECK(only(letter(automatic)).kind == Inbound::Kind::other);
  }
  CHECK(only(letter(R"(,"auto_submitted":"no")")).kind == Inbound::Kind::text);
  CHECK(only(R"({"id":1,"rcpt_to":"a@b.test","mail_from":""})").kind == Inbound::Kind::other);
  CHECK(parse_events(R"({"id":1,"mail_from":"a@b.test"})").empty());
}

TEST_CASE("email: other people's mail is no receipt of ours", "[channels][email]") {
  for (const char* id : {"", "msg_01k9x0000000000000000000ab", "msg_01k9x0000000000000000000ab@",
                         "msg_short@acme.test", "lead_01k9x0000000000000000000ab@acme.test",
                         "msg_01K9X0000000000000000000AB@acme.test", "a@b@c", "x@example.test",
                         "<msg_01k9x0000000000000000000ab@acme.test"}) {
    CAPTURE(id);
    CHECK(only(event_json("MessageSent", "", id)).kind == Inbound::Kind::other);
  }
  // A reply: its writer chooses its Message-ID.
  CHECK(only(event_json("MessageSent", "", "msg_01k9x0000000000000000000ab@acme.test", "incoming"))
            .kind == Inbound::Kind::other);
}

TEST_CASE("email: hostile bytes are no events, or events of no use", "[channels][email]") {
  for (const char* raw : {"", "null", "[]", "{}", "\"MessageSent\"", "{\"event\":1}", "\xff\xfe",
                          "{\"event\":", "{\"payload\":{\"message\":{\"message_id\":\"x\"}}}"}) {
    CAPTURE(raw);
    CHECK(parse_events(raw).empty());
  }
  for (const char* raw : {R"({"event":"MessageSent"})", R"({"event":"MessageSent","payload":[]})",
                          R"({"event":"MessageSent","payload":{"message":7},"uuid":7})",
                          R"({"event":"MessageBounced","payload":{"original_message":null}})",
                          R"({"event":"MessageSent","timestamp":-1e300,"uuid":"a\u0000b"})",
                          R"({"event":"MessageSent","timestamp":1e300,"uuid":""})"}) {
    CAPTURE(raw);
    const Inbound event = only(raw);
    CHECK(event.kind == Inbound::Kind::other);
    CHECK(event.key == "postal:" + sha256_hex(raw));  // the same when it is repeated
    CHECK(event.at == 0);
  }
}

TEST_CASE("email: the server's key is a setting in any of its forms", "[channels][email]") {
  const auto check = [](std::string_view key) {
    return check_config(Json::object({{"base_url", "smtps://postal.acme.test:465"},
                                      {"from", "hi@acme.test"},
                                      {"postal_public_key", key}}));
  };
  const std::string pem = *rsa_public_key_pem(k_server_key);
  const std::string bare(k_server_key);
  for (const std::string& key : {bare, pem, "  " + bare + "\n",
                                 "v=DKIM1; t=s; h=sha256; p=" + bare + ";", "v=DKIM1;p=" + bare}) {
    CAPTURE(key);
    const auto config = check(key);
    REQUIRE(config);
    CHECK(config->text("postal_public_key") == pem);
    CHECK(check_config(*config)->text("postal_public_key") == pem);
  }
  CHECK(check("")->find("postal_public_key") == nullptr);
  for (const std::string& key : {std::string("key"), "v=DKIM1; k=rsa; x=" + bare,
                                 std::string("v=DKIM1; p="), bare.substr(8)}) {
    CAPTURE(key);
    const auto config = check(key);
    REQUIRE_FALSE(config);
    CHECK(config.error().code == "postal_public_key_invalid");
  }
}

TEST_CASE("email: the picture is the last of the HTML, where there is one", "[channels][email]") {
  Config config;
  config.base_url = "smtps://mail.acme.test:465";
  config.from = "hi@acme.test";
  Outgoing message;
  message.id = MessageId("msg_01k9x0000000000000000000ab");
  message.address = "anna@example.test";
  message.subject = "Hello";
  message.text = "Hello\n";
  message.html = "<p>Hello</p>\n";
  const auto readable = [&] {
    const auto request = build_send(config, message);
    REQUIRE(request);
    return replace_all(replace_all(request->data, "=\r\n", ""), "=3D", "=");
  };
  CHECK(readable().find("<img") == std::string::npos);
  message.open_pixel_url = "https://acme.test/o/abc.gif";
  CHECK_THAT(readable(), ContainsSubstring("<img src=\"https://acme.test/o/abc.gif\" width=\"1\""));
  CHECK(readable().find("<img") > readable().find("<p>Hello</p>"));
  const std::string text = readable().substr(0, readable().find("text/html"));
  CHECK(text.find("abc.gif") == std::string::npos);
}

TEST_CASE("email: one click is offered over https alone", "[channels][email]") {
  Config config;
  config.base_url = "smtps://mail.acme.test:465";
  config.from = "hi@acme.test";
  Outgoing message;
  message.id = MessageId("msg_01k9x0000000000000000000ab");
  message.address = "anna@example.test";
  message.purpose = "ad";
  message.unsubscribe_url = "http://acme.test/u/abc";
  CHECK_THAT(build_send(config, message)->data,
             ContainsSubstring("List-Unsubscribe: <http://acme.test/u/abc>\r\n"));
  CHECK(build_send(config, message)->data.find("List-Unsubscribe-Post") == std::string::npos);
  message.unsubscribe_url = "https://acme.test/u/abc";
  CHECK_THAT(build_send(config, message)->data,
             ContainsSubstring("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
}

}  // namespace flead::channels::email
