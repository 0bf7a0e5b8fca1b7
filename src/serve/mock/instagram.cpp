// Instagram's messaging as its users describe it: a person must write first, then a day is open;
// times in milliseconds; what we send comes back as an echo.
//
// A wish for an event: {"type", "from":"17841400501", "text", "payload", "ref", "url",
// "app_secret", "bad_signature", "shape":"changes" (instead of "messaging")}.
//   message       a text; also "is_echo", "is_deleted", "is_unsupported": true
//   button        a press on a button or quick reply of the last message that had some, or with
//                 "payload" a postback that was never offered ("quick_reply":true: a quick reply)
//   start         by a link with "ref": a postback at first contact, else a bare referral, which
//                 opens no window
//   echo          of the message "id", or the last one
//   seen          that message was read
//   batch         "events":[…] in one POST
//   confirmation  the GET handshake; the hook's answer is in the control's answer
//   raw           "body", signed
//
// The account: what meta.h's GraphApp has, user_id, username, account_type, subscribed_fields.
//
// Choices where Meta's own behaviour is not known: an IGSID that was never seen is 100/2534014, one
// whose day is over 10/2534022; private replies to comments are not there.
#include <algorithm>
#include <deque>
#include <memory>
#include <set>
#include <utility>

#include "core/base/text.h"
#include "serve/mock/meta.h"

namespace flead::serve::mock {

namespace instagram_double {
namespace {

using meta::GraphError;
using meta::has_text;
using meta::Trouble;

constexpr std::size_t k_text_bytes_max = 1000;
constexpr std::size_t k_quick_replies_max = 13;
constexpr std::size_t k_instagram_messages_max = 10'000;
constexpr std::int64_t k_rate_per_s = 300;
constexpr std::int64_t k_human_window_ms = 7 * meta::k_window_ms;

struct Sent {
  std::string id, to;
  Json message;
};

GraphError bad(std::string words) {
  return GraphError{100, "(#100) " + std::move(words)};
}

Trouble check_quick_replies(const Json& replies) {
  const auto count = replies.items().size();
  if (count < 1 || count > k_quick_replies_max) return bad("quick_replies: 1 to 13");
  for (const Json& reply : replies.items()) {
    const std::string type = reply.text("content_type").value_or("");
    if (type == "user_phone_number" || type == "user_email") continue;
    if (type != "text") return bad("quick_replies: content_type");
    if (!has_text(reply, "title", 20)) return bad("quick_replies: title of 1 to 20");
    if (!has_text(reply, "payload", 1000)) return bad("quick_replies: payload of 1 to 1000");
  }
  return std::nullopt;
}

Trouble check_attachment(const Json& attachment) {
  const std::string kind = attachment.text("payload.template_type").value_or("");
  if (attachment.text("type") != "template" || kind != "button") {
    return bad("The double knows button templates only");
  }
  if (!has_text(attachment, "payload.text", k_text_bytes_max)) return bad("payload.text");
  const Json* buttons = attachment.find("payload.buttons");
  if (buttons == nullptr || buttons->items().empty() || buttons->items().size() > 3) {
    return bad("payload.buttons: 1 to 3");
  }
  for (const Json& button : buttons->items()) {
    const std::string type = button.text("type").value_or("");
    const std::string url = button.text("url").value_or("");
    const bool link =
        type == "web_url" && (url.starts_with("https://") || url.starts_with("http://"));
    const bool postback = type == "postback" && has_text(button, "payload", 1000);
    if (!has_text(button, "title", 20) || (!link && !postback)) return bad("A button");
  }
  return std::nullopt;
}

Trouble check_message(const Json& body) {
  if (!body.text("recipient.id") || body.text("recipient.id")->empty()) {
    return bad("recipient.id is a string");
  }
  const std::string type = body.text("messaging_type").value_or("RESPONSE");
  const auto tag = body.text("tag");
  if (type != "RESPONSE" && type != "UPDATE" && type != "MESSAGE_TAG") return bad("messaging_type");
  if ((type == "MESSAGE_TAG") != tag.has_value() || tag.value_or("HUMAN_AGENT") != "HUMAN_AGENT") {
    return bad("tag");
  }
  const auto text = body.text("message.text");
  const Json* attachment = body.find("message.attachment");
  const Json* replies = body.find("message.quick_replies");
  if (text.has_value() == (attachment != nullptr)) return bad("message: text or attachment");
  if (attachment != nullptr) return check_attachment(*attachment);
  if (text->empty() || text->size() > k_text_bytes_max) return bad("message.text: 1 to 1000 bytes");
  return replies == nullptr ? Trouble() : check_quick_replies(*replies);
}

class InstagramDouble final : public ProviderDouble {
 public:
  explicit InstagramDouble(World world) : graph_(world, k_rate_per_s) {}

  std::string_view kind() const override { return "instagram"; }
  std::vector<std::string> paths() const override {
    return {"/{version}/{id}", "/{version}/{id}/messages", "/{version}/{id}/subscribed_apps"};
  }
  std::vector<std::string_view> methods() const override { return {"GET", "POST", "DELETE"}; }

  http::Reply answer(const Call& call) override {
    const meta::Target target = meta::read_target(call.path);
    if (const auto trouble = graph_.check(call, target)) return graph_.fail(*trouble);
    const bool own = target.id == "me" || target.id == id_;
    if (own && target.edge == "messages" && call.method == "POST") return send(call);
    if (own && target.edge == "subscribed_apps") return subscribe(call);
    if (own && target.edge.empty() && call.method == "GET") {
      return http::json_reply(200,
                              meta::pick_fields(call, Json::object({{"user_id", id_},
                                                                    {"username", username_},
                                                                    {"account_type", account_type_},
                                                                    {"id", "9" + id_}})));
    }
    if (graph_.knows(target.id) && target.edge.empty() && call.method == "GET") {
      return http::json_reply(
          200, meta::pick_fields(
                   call, Json::object({{"name", "Ира"}, {"username", "ira"}, {"id", target.id}})));
    }
    return graph_.fail({100,
                        "Unsupported " + ascii_lower(call.method) +
                            " request. Object with this ID does not exist, cannot be loaded due "
                            "to missing permissions, or does not support this operation",
                        {},
                        33});
  }

  Json account(const Json& wish) override {
    graph_.control(wish);
    meta::read_text(wish, "user_id", id_);
    meta::read_text(wish, "username", username_);
    meta::read_text(wish, "account_type", account_type_);
    if (const Json* fields = wish.find("subscribed_fields")) {
      fields_.clear();
      for (const Json& field : fields->items()) fields_.insert(field.text().value_or(""));
    }
    Json out = Json::object({{"user_id", id_}, {"username", username_}, {"messages", messages_}});
    if (!sent_.empty()) out.set("last_message", sent_.back().id);
    out.set("subscribed_fields", fields_json());
    graph_.show(out);
    return out;
  }

  Result<channels::HttpRequest> event(const Json& wish) override;

 private:
  // One of `messaging`, and the field that subscribes to it.
  struct Happening {
    std::string field;
    Json json;
  };

  http::Reply send(const Call& call);
  http::Reply subscribe(const Call& call);
  Json fields_json() const;
  const Sent* find_sent(const Json& wish, const std::string& to) const;
  Json between(const std::string& from, const std::string& to);
  Happening postback(const std::string& from, Json inner);
  Result<Happening> press(const Json& wish, const std::string& from);
  Happening start(const Json& wish, const std::string& from);
  Happening message(const Json& wish, const std::string& from);
  Result<Happening> happen(const Json& wish);

  meta::GraphApp graph_;
  std::string id_ = "17841499", username_ = "acme", account_type_ = "BUSINESS";
  std::set<std::string> fields_;
  std::deque<Sent> sent_;
  std::int64_t messages_ = 0;
};

http::Reply InstagramDouble::send(const Call& call) {
  const auto body = parse_json(call.body);
  if (call.content_type != "application/json" || !body || !body->is_object()) {
    return graph_.fail(bad("The body is no JSON object"));
  }
  if (graph_.over("calls", graph_.rate())) {
    return graph_.fail({613, "Calls to this api have exceeded the rate limit.", {}, 0, 429});
  }
  if (const auto trouble = check_message(*body)) return graph_.fail(*trouble);
  const std::string to = *body->text("recipient.id");
  if (!graph_.knows(to)) {
    return graph_.fail({100, "(#100) No matching user found", {}, 2534014});
  }
  const bool human = body->text("messaging_type") == "MESSAGE_TAG";
  if (!graph_.open(to, human ? k_human_window_ms : meta::k_window_ms)) {
    return graph_.fail({10,
                        "This message is sent outside of allowed window.",
                        {},
                        2534022,
                        403,
                        "IGApiException"});
  }
  Sent sent{graph_.new_id("aWdfZAG1f"), to, *body->find("message")};
  const Json reply = Json::object({{"recipient_id", to}, {"message_id", sent.id}});
  sent_.push_back(std::move(sent));
  if (sent_.size() > k_instagram_messages_max) sent_.pop_front();
  ++messages_;
  return http::json_reply(200, reply);
}

Json InstagramDouble::fields_json() const {
  Json out = Json::array();
  for (const std::string& field : fields_) out.push(field);
  return out;
}

http::Reply InstagramDouble::subscribe(const Call& call) {
  if (call.method == "GET") {
    Json data = Json::array();
    if (!fields_.empty()) {
      data.push(
          Json::object({{"id", "6701"}, {"name", "flead"}, {"subscribed_fields", fields_json()}}));
    }
    return http::json_reply(200, Json::object({{"data", std::move(data)}}));
  }
  if (call.method == "POST") {
    const std::string asked = call.field("subscribed_fields");
    if (asked.empty()) return graph_.fail(bad("The parameter subscribed_fields is required."));
    fields_.clear();
    const auto list = parse_json(asked);  // a JSON body may name them in an array
    if (list && list->is_array()) {
      for (const Json& field : list->items()) fields_.insert(field.text().value_or(""));
    } else {
      for (const std::string& field : split(asked, ',')) fields_.insert(field);
    }
  } else {
    fields_.clear();
  }
  return http::json_reply(200, Json::object({{"success", true}}));
}

// The message that the wish names, or the last to this person; null when there is none.
const Sent* InstagramDouble::find_sent(const Json& wish, const std::string& to) const {
  const auto id = wish.text("id");
  for (auto at = sent_.rbegin(); at != sent_.rend(); ++at) {
    if (id ? at->id == *id : at->to == to) return &*at;
  }
  return nullptr;
}

Json InstagramDouble::between(const std::string& from, const std::string& to) {
  Json sender = Json::object();
  sender.set("id", from);
  Json recipient = Json::object();
  recipient.set("id", to);
  return Json::object({{"sender", std::move(sender)},
                       {"recipient", std::move(recipient)},
                       {"timestamp", graph_.world().clock.now()}});
}

InstagramDouble::Happening InstagramDouble::message(const Json& wish, const std::string& from) {
  const bool echo = wish.boolean("is_echo").value_or(false);
  Json inner = Json::object({{"mid", wish.text("id").value_or(graph_.new_id("aWdfZIN"))}});
  inner.set("text", wish.text("text").value_or("Можно завтра?"));
  if (const auto payload = wish.text("payload")) {
    inner.set("quick_reply", Json::object({{"payload", *payload}}));
  }
  for (const std::string_view flag : {"is_echo", "is_deleted", "is_unsupported"}) {
    if (wish.boolean(flag).value_or(false)) inner.set(flag, true);
  }
  if (!echo) graph_.wrote(from);
  Json out = echo ? between(id_, from) : between(from, id_);
  out.set("message", std::move(inner));
  return {"messages", std::move(out)};
}

InstagramDouble::Happening InstagramDouble::postback(const std::string& from, Json inner) {
  graph_.wrote(from);
  inner.set("mid", graph_.new_id("aWdfZPB"));
  Json out = between(from, id_);
  out.set("postback", std::move(inner));
  return {"messaging_postbacks", std::move(out)};
}

Result<InstagramDouble::Happening> InstagramDouble::press(const Json& wish,
                                                          const std::string& from) {
  const auto title = wish.text("text");
  const auto payload = wish.text("payload");
  const auto fits = [&](const Json& button) {
    return button.text("payload") && (!payload || button.text("payload") == payload) &&
           (payload || !title || button.text("title") == title);
  };
  for (auto sent = sent_.rbegin(); sent != sent_.rend(); ++sent) {
    if (sent->to != from) continue;
    const Json* replies = sent->message.find("quick_replies");
    const Json* buttons = sent->message.find("attachment.payload.buttons");
    if (replies == nullptr && buttons == nullptr) continue;
    for (const Json& one : (replies == nullptr ? buttons : replies)->items()) {
      if (!fits(one)) continue;
      if (replies == nullptr) {
        return postback(
            from, Json::object({{"title", one.text("title")}, {"payload", one.text("payload")}}));
      }
      Json said = Json::object({{"text", one.text("title")}, {"payload", one.text("payload")}});
      return message(said, from);
    }
    break;  // buttons of older messages are gone from the screen
  }
  if (!payload) {
    return usage_error("no_button", "No message with such a button was sent to this person");
  }
  if (wish.boolean("quick_reply").value_or(false)) return message(wish, from);
  return postback(from,
                  Json::object({{"title", title.value_or("Записаться")}, {"payload", *payload}}));
}

InstagramDouble::Happening InstagramDouble::start(const Json& wish, const std::string& from) {
  Json referral = Json::object(
      {{"ref", wish.text("ref").value_or("")}, {"source", "SHORTLINKS"}, {"type", "OPEN_THREAD"}});
  if (graph_.knows(from) && wish.text("ref")) {
    Json out = between(from, id_);
    out.set("referral", std::move(referral));
    return {"messaging_referral", std::move(out)};
  }
  Json inner = Json::object({{"title", wish.text("text").value_or("Начать")},
                             {"payload", wish.text("payload").value_or("start")}});
  if (wish.text("ref")) inner.set("referral", std::move(referral));
  return postback(from, std::move(inner));
}

Result<InstagramDouble::Happening> InstagramDouble::happen(const Json& wish) {
  const std::string type = wish.text("type").value_or("message");
  const std::string from = meta::person_of(wish).value_or("17841400501");
  if (type == "message") return message(wish, from);
  if (type == "button") return press(wish, from);
  if (type == "start") return start(wish, from);
  if (type != "echo" && type != "seen") {
    return usage_error("bad_type",
                       "Instagram tells of: message button start echo seen batch confirmation raw");
  }
  const Sent* sent = find_sent(wish, from);
  if (sent == nullptr) return usage_error("no_message", "No such message was sent here");
  Json mid = Json::object();
  mid.set("mid", sent->id);
  if (type == "seen") {
    Json out = between(sent->to, id_);
    out.set("read", std::move(mid));
    return Happening{"messaging_seen", std::move(out)};
  }
  Json out = between(id_, sent->to);
  if (const auto text = sent->message.text("text")) mid.set("text", *text);
  mid.set("is_echo", true);
  out.set("message", std::move(mid));
  return Happening{"messages", std::move(out)};
}

Result<channels::HttpRequest> InstagramDouble::event(const Json& wish) {
  const std::string type = wish.text("type").value_or("message");
  if (type == "confirmation") return graph_.handshake(wish);
  if (type == "raw") return graph_.call_hook(wish, meta::raw_body(wish));
  std::vector<Json> wishes = {wish};
  if (type == "batch") {
    if (wish.find("events") == nullptr) return usage_error("no_events", "A batch has \"events\"");
    wishes = wish.find("events")->items();
  }
  const bool as_changes = wish.text("shape") == "changes";
  Json list = Json::array();
  for (const Json& one : wishes) {
    FLEAD_TRY(Happening what, happen(one));
    if (!wish.text("url") && graph_.hooked() && !fields_.contains(what.field)) {
      return usage_error("not_subscribed", "subscribed_apps does not list " + what.field);
    }
    if (as_changes) {
      list.push(Json::object({{"field", what.field}, {"value", std::move(what.json)}}));
    } else {
      list.push(std::move(what.json));
    }
  }
  Json entry = Json::object({{"id", id_}, {"time", graph_.world().clock.now()}});
  entry.set(as_changes ? "changes" : "messaging", std::move(list));
  const Json body =
      Json::object({{"object", "instagram"}, {"entry", Json::array({std::move(entry)})}});
  return graph_.call_hook(wish, body.dump());
}

}  // namespace
}  // namespace instagram_double

std::unique_ptr<ProviderDouble> make_instagram_double(World world) {
  return std::make_unique<instagram_double::InstagramDouble>(world);
}

}  // namespace flead::serve::mock
