// The webhook of Chatwoot's double: what operators do, told as the server tells it.
#include <utility>

#include "core/base/crypto.h"
#include "core/base/id.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "serve/mock/chatwoot_double.h"

namespace flead::serve::mock::chatwoot_double {

namespace {

constexpr std::string_view k_words[] = {"incoming", "outgoing", "activity", "template"};
constexpr std::int64_t k_stale_ms = 10 * k_minute_ms;
constexpr int k_call_timeout_ms = 5000;

}  // namespace

Json Chatwoot::told_message(const Message& one) const {
  Json place = Json::object({{"id", one.conversation}});
  for (const Conversation& conversation : conversations_) {
    if (conversation.id != one.conversation) continue;
    place.set("inbox_id", conversation.inbox).set("status", conversation.status);
    for (const Contact& contact : contacts_) {
      if (contact.id == conversation.contact) {
        place.set("meta", Json::object({{"sender", contact_json(contact)}}));
      }
    }
  }
  return Json::object({{"event", "message_created"},
                       {"id", one.id},
                       {"content", one.content},
                       {"message_type", k_words[one.type]},
                       {"content_type", "text"},
                       {"content_attributes", Json::object()},
                       {"private", one.is_private},
                       {"source_id", one.source.empty() ? Json() : Json(one.source)},
                       {"created_at", format_time(one.at)},
                       {"account", Json::object({{"id", account_id_}, {"name", "ACME"}})},
                       {"sender", Json::object({{"id", 2}, {"name", "Ира"}, {"type", "user"}})},
                       {"conversation", std::move(place)}});
}

// The body of the call that this wish is about.
Result<Json> Chatwoot::told(const Json& wish) {
  const std::string type = wish.text("type").value_or("");
  const std::int64_t number = wish.integer("conversation").value_or(1);
  Conversation* conversation = nullptr;
  for (Conversation& one : conversations_) {
    if (one.id == number) conversation = &one;
  }
  if (type == "echo") {
    for (const Message& one : messages_) {
      if (one.id == wish.integer("message").value_or(last_told_)) return told_message(one);
    }
    return usage_error("bad_event", "There is no such message");
  }
  if (conversation == nullptr) return usage_error("bad_event", "There is no such conversation");
  if (type == "status") {
    const std::string before =
        std::exchange(conversation->status, wish.text("status").value_or("resolved"));
    conversation->updated_at = world_.clock.now();
    const Json change = Json::object(
        {{"status",
          Json::object({{"previous_value", before}, {"current_value", conversation->status}})}});
    return conversation_json(*conversation)
        .set("event", "conversation_status_changed")
        .set("account", Json::object({{"id", account_id_}}))
        .set("changed_attributes", Json::array({change}));
  }
  if (type != "reply" && type != "activity" && type != "template") {
    return usage_error("bad_event", "type is reply, activity, template, status, echo or raw");
  }
  Message message;
  message.conversation = conversation->id;
  message.type = type == "reply" ? 1 : type == "activity" ? 2 : 3;
  message.content = wish.text("text").value_or("Добрый день!");
  message.is_private = wish.boolean("private").value_or(false);
  const Message& kept = keep(std::move(message));
  last_told_ = kept.id;
  return told_message(kept);
}

Result<channels::HttpRequest> Chatwoot::call_of(const Json& wish, const std::string& body) {
  channels::HttpRequest call;
  call.label = "mock chatwoot";
  call.timeout_ms = k_call_timeout_ms;
  call.body = body;
  call.headers = {{"content-type", "application/json"}};
  std::string secret;
  for (const Webhook& one : webhooks_) {
    call.url = one.url;
    secret = one.secret;
  }
  if (const auto url = wish.text("url")) call.url = *url;
  if (const auto given = wish.text("secret")) secret = *given;
  if (call.url.empty()) return call;  // kept for whoever asks
  call.headers.emplace_back("x-chatwoot-delivery",
                            wish.text("delivery").value_or(make_id(world_, "dlv")));
  if (secret.empty()) return call;
  const std::int64_t age_ms = wish.boolean("stale").value_or(false) ? k_stale_ms : 0;
  const std::string stamp = std::to_string((world_.clock.now() - age_ms) / 1000);
  std::string signature = hex_encode(hmac_sha256(secret, stamp + "." + body));
  if (wish.boolean("bad_signature").value_or(false)) signature[0] = signature[0] == '0' ? '1' : '0';
  call.headers.emplace_back("x-chatwoot-timestamp", stamp);
  call.headers.emplace_back("x-chatwoot-signature", "sha256=" + signature);
  return call;
}

Result<channels::HttpRequest> Chatwoot::event(const Json& wish) {
  last_told_ = wish.text("type") == "echo" ? last_told_ : 0;
  if (wish.text("type") == "raw") return call_of(wish, wish.text("body").value_or(""));
  FLEAD_TRY(const Json body, told(wish));
  return call_of(wish, body.dump());
}

// The agent sees that nobody took it.
void Chatwoot::answered(const channels::HttpReply& reply) {
  if (reply.status >= 200 && reply.status < 300) return;
  for (Message& one : messages_) {
    if (one.id == last_told_) one.status = "failed";
  }
}

}  // namespace flead::serve::mock::chatwoot_double

namespace flead::serve::mock {

std::unique_ptr<ProviderDouble> make_chatwoot_double(World world) {
  return std::make_unique<chatwoot_double::Chatwoot>(world);
}

}  // namespace flead::serve::mock
