// The example replies and events in the vendors' own documents (../shared/providers/specs, not a
// part of this repository) are read by our connectors. Only WhatsApp's has any: the other three are
// asked for that too, so that a newer document with examples does not go unread.
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/time.h"
#include "core/channels/whatsapp.h"
#include "support/catch.h"

namespace flead::channels::spec_replies {

namespace {

// "" where the documents are not here.
std::string spec_text(std::string_view kind) {
  std::ifstream file(std::string(FLEAD_SOURCE_DIR) + "/../shared/providers/specs/" +
                     std::string(kind) + "-subset.json");
  std::stringstream text;
  text << file.rdbuf();
  if (text.str().empty()) WARN("provider specs are not here");
  return text.str();
}

// Null where the documents are not here.
Json whatsapp_spec() {
  const std::string text = spec_text("whatsapp-cloud-api");
  if (text.empty()) return {};
  auto json = parse_json(text);
  REQUIRE(json);
  return std::move(*json);
}

struct Example {
  std::string where;
  int status = 0;
  std::string body;
};

// Those of one path's method, in the order of the document. Not by Json::find() with a long path:
// a newer document may have dots in its names.
std::vector<Example> replies(const Json& spec, std::string_view path, std::string_view method) {
  std::vector<Example> out;
  const Json* item = spec.find("paths")->find(path);
  REQUIRE(item != nullptr);
  const Json* operation = item->find(method);
  REQUIRE(operation != nullptr);
  for (const auto& [status, response] : operation->find("responses")->members()) {
    const Json* content = response.find("content");
    const Json* json = content != nullptr ? content->find("application/json") : nullptr;
    const Json* examples = json != nullptr ? json->find("examples") : nullptr;
    if (examples == nullptr) continue;
    for (const auto& [name, example] : examples->members()) {
      out.push_back({name, std::stoi(status), example.find("value")->dump()});
    }
  }
  REQUIRE_FALSE(out.empty());
  return out;
}

HttpReply reply_of(const Example& example) {
  HttpReply reply;
  reply.status = example.status;
  reply.body = example.body;
  return reply;
}

std::string call_of(const Json& message) {
  const Json value =
      Json::object({{"messaging_product", "whatsapp"}, {"messages", Json::array({message})}});
  const Json change = Json::object({{"field", "messages"}, {"value", value}});
  const Json entry = Json::object({{"id", "4195"}, {"changes", Json::array({change})}});
  return Json::object({{"object", "whatsapp_business_account"}, {"entry", Json::array({entry})}})
      .dump();
}

// Whole messages: the document has examples of single members too.
void each_message(const Json& json, const std::function<void(const Json&)>& take) {
  for (const auto& [name, value] : json.members()) {
    if (name == "example" && value.text("id") && value.text("timestamp")) take(value);
    each_message(value, take);
  }
  for (const Json& item : json.items()) each_message(item, take);
}

void check_event(const Inbound& event, const Json& message) {
  CHECK(event.key == message.text("id"));
  CHECK(event.provider_id == message.text("id"));
  CHECK(event.address == message.text("from"));
  CHECK(std::to_string(event.at / k_second_ms) == message.text("timestamp"));
  const std::string type = message.text("type").value_or("");
  CAPTURE(type);
  if (type == "text") {
    CHECK(event.kind == Inbound::Kind::text);
    CHECK(event.text == message.text("text.body"));
  } else if (type == "button") {
    CHECK(event.kind == Inbound::Kind::button);
    CHECK(event.payload == message.text("button.payload"));
  } else if (type == "interactive") {
    CHECK(event.kind == Inbound::Kind::button);
    const auto button = message.text("interactive.button_reply.id");
    CHECK(event.payload == (button ? button : message.text("interactive.list_reply.id")));
  } else {
    CHECK(event.kind == Inbound::Kind::other);
  }
}

}  // namespace

TEST_CASE("channels: whatsapp takes each example answer to a send", "[channels][whatsapp]") {
  const Json spec = whatsapp_spec();
  if (spec.is_null()) return;
  for (const Example& example : replies(spec, "/{Version}/{Phone-Number-ID}/messages", "post")) {
    CAPTURE(example.where);
    const Delivery delivery = whatsapp::parse_send(reply_of(example));
    CHECK(delivery.verdict == Verdict::sent);
    CHECK(delivery.provider_id.starts_with("wamid."));
    CHECK_FALSE(delivery.delivered);
  }
}

TEST_CASE("channels: whatsapp takes each example answer to a probe", "[channels][whatsapp]") {
  const Json spec = whatsapp_spec();
  if (spec.is_null()) return;
  for (const Example& example : replies(spec, "/{Version}/{Phone-Number-ID}", "get")) {
    CAPTURE(example.where);
    CAPTURE(example.status);
    const Delivery delivery = whatsapp::parse_probe(reply_of(example));
    CAPTURE(delivery.says);
    CHECK_FALSE(delivery.says.empty());
    CHECK(delivery.says.find("AXsgn") == std::string::npos);  // the trace of the document's errors
    const Verdict verdict = delivery.verdict;
    if (example.status == 200) {
      CHECK(verdict == Verdict::sent);
      CHECK(delivery.says == "Jaspers Market, +1 555-555-5555");
    } else if (example.status == 401 || example.status == 403) {
      CHECK(verdict == Verdict::misconfigured);
    } else if (example.status == 429 || example.status >= 500) {
      CHECK(verdict == Verdict::retry);
    } else {
      CHECK((verdict == Verdict::rejected || verdict == Verdict::misconfigured));
    }
  }
}

TEST_CASE("channels: no example error of whatsapp's is a sent or an unclear message",
          "[channels][whatsapp]") {
  const Json spec = whatsapp_spec();
  if (spec.is_null()) return;
  for (const Example& example : replies(spec, "/{Version}/{Phone-Number-ID}", "get")) {
    if (example.status == 200) continue;
    CAPTURE(example.where);
    const Verdict verdict = whatsapp::parse_send(reply_of(example)).verdict;
    CHECK(verdict != Verdict::sent);
    CHECK(verdict != Verdict::ambiguous);
  }
}

TEST_CASE("channels: whatsapp reads each example call of a hook", "[channels][whatsapp]") {
  const Json spec = whatsapp_spec();
  if (spec.is_null()) return;
  const Json* hook = spec.find("paths")->find("/whatsapp/webhooks");
  REQUIRE(hook != nullptr);
  const Json* examples = hook->find("post.requestBody.content.application/json.examples");
  REQUIRE(examples != nullptr);
  CHECK(examples->members().size() >= 5);
  for (const auto& [name, example] : examples->members()) {
    CAPTURE(name);
    const Json* entry = example.find("value.entry");
    REQUIRE(entry != nullptr);
    const Json& change = entry->items().at(0).find("changes")->items().at(0);
    const Json& message = change.find("value.messages")->items().at(0);
    const auto events = whatsapp::parse_events(example.find("value")->dump());
    REQUIRE(events.size() == 1);
    check_event(events[0], message);
    CHECK(events[0].name == "Sheena Nelson");
  }
}

TEST_CASE("channels: whatsapp reads each example message", "[channels][whatsapp]") {
  const Json spec = whatsapp_spec();
  if (spec.is_null()) return;
  int count = 0;
  each_message(*spec.find("components.schemas"), [&](const Json& message) {
    ++count;
    CAPTURE(message.dump());
    const auto events = whatsapp::parse_events(call_of(message));
    REQUIRE(events.size() == 1);
    check_event(events[0], message);
  });
  CHECK(count >= 5);
}

TEST_CASE("channels: the documents of telegram, vk and max have no example replies yet",
          "[channels][telegram][vk][max]") {
  for (const std::string_view kind : {"telegram-bot-api", "vk-api", "max-bot-api"}) {
    CAPTURE(kind);
    const std::string text = spec_text(kind);
    if (text.empty()) continue;
    CHECK(text.find("\"examples\"") == std::string::npos);
  }
}

}  // namespace flead::channels::spec_replies
