// WhatsApp's Cloud API as its users describe it: "accepted" says nothing about the person, whose
// statuses come later; free text within a day of the person's last message, else only a template
// that was approved, with as many parameters as it has.
//
// A wish for an event: {"type", "from":"79991234567", "name", "text", "payload", "ref", "url",
// "app_secret", "bad_signature", "phone_number_id", "no_phone":true (only the user id arrives)}.
//   message       a text
//   start         the prefilled text of a wa.me link: "ref" inside of it
//   button        a press on a button of the last message that had some, or with "payload" one that
//                 was never sent ("template":true: of a template)
//   status        "id" (else the last message, to "from" if given), "status", "error":131026; or
//                 several of one POST: "statuses":["sent", {"status":"failed","error":131026}]
//   seen          status "read"
//   batch         "events":[…] in one POST
//   confirmation  the GET handshake; the hook's answer is in the control's answer
//   raw           "body", signed
//
// The account: what meta.h's GraphApp has, phone_number_id, waba_id, display_phone_number,
// verified_name, quality_rating, name_status, templates (see read_template), subscribed,
// template_message_status ("paused"), refuse {"79991234567":131026}: each message to this person.
//
// Choices where Meta's own behaviour is not known: the window and a refused recipient are told at
// once and never later (event "status" tells later); a call without any token is error 104.
#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "serve/mock/meta.h"
#include "serve/mock/whatsapp_rules.h"

namespace flead::serve::mock {

namespace whatsapp_double {
namespace {

using meta::GraphError;

constexpr std::size_t k_whatsapp_messages_max = 10'000;
constexpr std::size_t k_heard_max = 1'000;
constexpr Rate k_pair_rate{1, 6'000};
constexpr std::int64_t k_whatsapp_rate_per_s = 80;

std::string digits_only(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= '0' && c <= '9') out += c;
  }
  return out;
}

// The id of a person within this business, the same for the same phone.
std::string user_id_of(std::string_view phone) {
  std::string id = "RU.";
  for (const char c : sha256_hex(phone).substr(0, 16)) {
    id += c <= '9' ? c : static_cast<char>('0' + (c - 'a'));
  }
  return id;
}

struct WhatsappSent {
  std::string id, to, opaque;
  bool is_template = false;
  Json buttons = Json::array();  // {"id","title"} of those that answer
};

// The buttons of a message by which the person can answer.
Json answering_buttons(const Json& message, const std::vector<Template>& templates) {
  Json out = Json::array();
  if (const Json* buttons = message.find("interactive.action.buttons")) {
    for (const Json& button : buttons->items()) {
      if (const Json* reply = button.find("reply")) out.push(*reply);
    }
  }
  const auto name = message.text("template.name");
  for (const Template& one : templates) {
    if (one.name != name || one.language != message.text("template.language.code")) continue;
    for (const std::string& title : one.quick_replies) {
      out.push(Json::object({{"id", title}, {"title", title}}));
    }
  }
  return out;
}

class WhatsappDouble final : public ProviderDouble {
 public:
  explicit WhatsappDouble(World world) : graph_(world, k_whatsapp_rate_per_s) {}

  std::string_view kind() const override { return "whatsapp"; }
  std::vector<std::string> paths() const override {
    return {"/{version}/{id}", "/{version}/{id}/messages", "/{version}/{id}/subscribed_apps",
            "/{version}/{id}/message_templates"};
  }
  std::vector<std::string_view> methods() const override { return {"GET", "POST", "DELETE"}; }

  http::Reply answer(const Call& call) override {
    const meta::Target target = meta::read_target(call.path);
    if (const auto trouble = graph_.check(call, target)) return graph_.fail(*trouble);
    const bool phone = target.id == phone_id_;
    const bool business = target.id == business_id_;
    if (phone && target.edge == "messages" && call.method == "POST") return send(call);
    if (phone && target.edge.empty() && call.method == "GET") return show_phone(call);
    if (business && target.edge == "subscribed_apps") return subscribe(call);
    if (business && target.edge == "message_templates" && call.method == "GET") {
      return list_templates(call);
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
    meta::read_text(wish, "phone_number_id", phone_id_);
    meta::read_text(wish, "waba_id", business_id_);
    meta::read_text(wish, "display_phone_number", display_);
    meta::read_text(wish, "verified_name", verified_name_);
    meta::read_text(wish, "quality_rating", quality_);
    meta::read_text(wish, "name_status", name_status_);
    meta::read_text(wish, "template_message_status", template_status_);
    meta::read_flag(wish, "subscribed", subscribed_);
    if (const Json* templates = wish.find("templates")) {
      templates_.clear();
      for (const Json& one : templates->items()) templates_.push_back(read_template(one));
    }
    if (const Json* refuse = wish.find("refuse")) {
      for (const auto& [to, code] : refuse->members()) refuse_[to] = code.integer().value_or(0);
    }
    Json out = Json::object({{"phone_number_id", phone_id_},
                             {"waba_id", business_id_},
                             {"messages", messages_},
                             {"templates", static_cast<std::int64_t>(templates_.size())},
                             {"subscribed", subscribed_}});
    if (!sent_.empty()) out.set("last_message", sent_.back().id);
    graph_.show(out);
    return out;
  }

  Result<channels::HttpRequest> event(const Json& wish) override;

 private:
  http::Reply send(const Call& call);
  http::Reply read_receipt(const Json& message);
  http::Reply show_phone(const Call& call);
  http::Reply subscribe(const Call& call);
  http::Reply list_templates(const Call& call);
  GraphError coded(std::int64_t code, std::string details, int status = 400) const;
  meta::Trouble check_recipient(const Json& message, const std::string& to);

  const WhatsappSent* find_sent(const std::string& id, const std::string& to,
                                bool with_buttons) const;
  Json base_value(const Json& wish) const;
  Json incoming(const Json& wish, const std::string& from);
  Result<Json> press(const Json& wish, const std::string& from);
  Result<Json> one_status(const Json& wish, const Json& item);
  Result<Json> statuses(const Json& wish);
  Result<Json> value_of(const Json& wish);

  meta::GraphApp graph_;
  std::string phone_id_ = "1065", business_id_ = "4195", display_ = "+7 999 000-11-22";
  std::string verified_name_ = "ACME", quality_ = "GREEN", name_status_ = "APPROVED";
  std::string template_status_ = "accepted";
  bool subscribed_ = false;
  std::vector<Template> templates_;
  std::map<std::string, std::int64_t> refuse_;
  std::deque<WhatsappSent> sent_;
  std::int64_t messages_ = 0;
  std::deque<std::string> heard_;  // ids of what people wrote
};

GraphError WhatsappDouble::coded(std::int64_t code, std::string details, int status) const {
  return GraphError{code, "(#" + std::to_string(code) + ") " + std::string(title_of(code)),
                    std::move(details), 0, status};
}

http::Reply WhatsappDouble::read_receipt(const Json& message) {
  const std::string id = message.text("message_id").value_or("");
  const bool known = std::find(heard_.begin(), heard_.end(), id) != heard_.end();
  if (message.text("messaging_product") != "whatsapp" || message.text("status") != "read" ||
      !known) {
    return graph_.fail(invalid("status is read, message_id that of a message that came"));
  }
  return http::json_reply(200, Json::object({{"success", true}}));
}

// Whether this person may be sent this now.
meta::Trouble WhatsappDouble::check_recipient(const Json& message, const std::string& to) {
  if (to == digits_only(display_)) return coded(131021, "Recipient is the sender");
  const auto refused = refuse_.find(to);
  if (refused != refuse_.end() && refused->second != 0) {
    return coded(refused->second, "Unable to deliver message");
  }
  if (message.text("type").value_or("text") != "template" && !graph_.open(to)) {
    return coded(131047,
                 "Message failed to send because more than 24 hours have passed since the "
                 "customer last replied to this number.");
  }
  if (graph_.over("pair " + to, k_pair_rate)) {
    return coded(131056, "Too many messages to this phone number in a short time", 429);
  }
  return std::nullopt;
}

http::Reply WhatsappDouble::send(const Call& call) {
  const auto message = parse_json(call.body);
  if (call.content_type != "application/json" || !message || !message->is_object()) {
    return graph_.fail({100, "(#100) Invalid parameter", "The body is no JSON object"});
  }
  if (graph_.over("calls", graph_.rate())) {
    return graph_.fail(coded(130429, "Cloud API message throughput has been reached.", 429));
  }
  if (message->find("status") != nullptr) return read_receipt(*message);
  if (const auto trouble = check_message(*message, templates_)) return graph_.fail(*trouble);
  const bool by_phone = message->find("to") != nullptr;
  const std::string input = message->text(by_phone ? "to" : "recipient").value_or("");
  const std::string to = by_phone ? digits_only(input) : input;
  if (const auto trouble = check_recipient(*message, to)) return graph_.fail(*trouble);
  WhatsappSent sent;
  sent.id = graph_.new_id("wamid.HBgL");
  sent.to = to;
  sent.opaque = message->text("biz_opaque_callback_data").value_or("");
  sent.is_template = message->text("type") == "template";
  sent.buttons = answering_buttons(*message, templates_);
  Json contact = Json::object({{"input", input}, {by_phone ? "wa_id" : "user_id", to}});
  Json one = Json::object(
      {{"id", sent.id}, {"message_status", sent.is_template ? template_status_ : "accepted"}});
  sent_.push_back(std::move(sent));
  if (sent_.size() > k_whatsapp_messages_max) sent_.pop_front();
  ++messages_;
  return http::json_reply(200, Json::object({{"messaging_product", "whatsapp"},
                                             {"contacts", Json::array({std::move(contact)})},
                                             {"messages", Json::array({std::move(one)})}}));
}

http::Reply WhatsappDouble::show_phone(const Call& call) {
  Json phone = Json::object({{"verified_name", verified_name_},
                             {"display_phone_number", display_},
                             {"quality_rating", quality_}});
  if (call.query.contains("fields")) {
    phone.set("name_status", name_status_)
        .set("code_verification_status", "VERIFIED")
        .set("platform_type", "CLOUD_API");
  }
  phone.set("id", phone_id_);
  return http::json_reply(200, meta::pick_fields(call, phone));
}

http::Reply WhatsappDouble::subscribe(const Call& call) {
  if (call.method == "GET") {
    Json data = Json::array();
    if (subscribed_) {
      Json app = Json::object();
      app.set("whatsapp_business_api_data",
              Json::object({{"id", "6701"}, {"name", "flead"}, {"link", "https://app.example"}}));
      if (graph_.hooked()) app.set("override_callback_uri", graph_.hook());
      data.push(std::move(app));
    }
    return http::json_reply(200, Json::object({{"data", std::move(data)}}));
  }
  subscribed_ = call.method == "POST";
  const std::string url = call.field("override_callback_uri");
  if (subscribed_ && !url.empty()) {
    const bool good = url.starts_with("https://") || url.starts_with("http://");
    if (!good || call.field("verify_token").empty()) {
      return graph_.fail({100, "(#100) override_callback_uri needs a URL and verify_token"});
    }
    graph_.set_hook(url, call.field("verify_token"));
  }
  return http::json_reply(200, Json::object({{"success", true}}));
}

http::Reply WhatsappDouble::list_templates(const Call& call) {
  Json data = Json::array();
  std::int64_t id = 90'000;
  for (const Template& one : templates_) {
    ++id;
    if (!call.field("name").empty() && one.name.find(call.field("name")) == std::string::npos) {
      continue;
    }
    Json item = template_json(one);
    item.set("id", std::to_string(id));
    data.push(meta::pick_fields(call, item));
  }
  Json cursors = Json::object({{"before", "MAZDZD"}, {"after", "MjQZD"}});
  Json paging = Json::object();
  paging.set("cursors", std::move(cursors));
  return http::json_reply(200,
                          Json::object({{"data", std::move(data)}, {"paging", std::move(paging)}}));
}

const WhatsappSent* WhatsappDouble::find_sent(const std::string& id, const std::string& to,
                                              bool with_buttons) const {
  for (auto at = sent_.rbegin(); at != sent_.rend(); ++at) {
    if (!id.empty() && at->id != id) continue;
    if (!to.empty() && at->to != to && at->to != user_id_of(to)) continue;
    if (!with_buttons || !at->buttons.items().empty()) return &*at;
  }
  return nullptr;
}

Json WhatsappDouble::base_value(const Json& wish) const {
  return Json::object(
      {{"messaging_product", "whatsapp"},
       {"metadata",
        Json::object({{"display_phone_number", digits_only(display_)},
                      {"phone_number_id", wish.text("phone_number_id").value_or(phone_id_)}})}});
}

// The head of a message that came; its window is open from here on.
Json WhatsappDouble::incoming(const Json& wish, const std::string& from) {
  const std::string id = wish.text("id").value_or(graph_.new_id("wamid.IN"));
  const bool no_phone = wish.boolean("no_phone").value_or(false);
  graph_.wrote(user_id_of(from));
  if (!no_phone) graph_.wrote(from);
  heard_.push_back(id);
  if (heard_.size() > k_heard_max) heard_.pop_front();
  Json message = Json::object();
  if (!no_phone) message.set("from", from);
  message.set("from_user_id", user_id_of(from)).set("id", id);
  message.set("timestamp", std::to_string(graph_.world().clock.now() / 1000));
  if (const Json* referral = wish.find("referral")) message.set("referral", *referral);
  return message;
}

Result<Json> WhatsappDouble::press(const Json& wish, const std::string& from) {
  const WhatsappSent* sent = find_sent(wish.text("message_id").value_or(""), from, true);
  const auto payload = wish.text("payload");
  Json button =
      Json::object({{"id", payload.value_or("")}, {"title", wish.text("text").value_or("")}});
  if (!payload) {
    const Json none = Json::array();
    const Json* found = nullptr;
    for (const Json& one : (sent == nullptr ? none : sent->buttons).items()) {
      const bool named = !wish.text("text") || one.text("title") == wish.text("text");
      if (found == nullptr && named) found = &one;
    }
    if (found == nullptr) {
      return usage_error("no_button", "No message with such a button was sent to this person");
    }
    button = *found;
  }
  const bool of_template =
      wish.boolean("template").value_or(!payload && sent != nullptr && sent->is_template);
  Json message = incoming(wish, from);
  message.set("context", Json::object({{"from", digits_only(display_)},
                                       {"id", sent == nullptr ? "wamid.OLD" : sent->id}}));
  if (of_template) {
    message.set("type", "button");
    message.set("button",
                Json::object({{"payload", button.text("id")}, {"text", button.text("title")}}));
    return message;
  }
  message.set("type", "interactive");
  message.set("interactive",
              Json::object({{"type", "button_reply"}, {"button_reply", std::move(button)}}));
  return message;
}

Result<Json> WhatsappDouble::one_status(const Json& wish, const Json& item) {
  const std::string id = item.text("id").value_or(wish.text("id").value_or(""));
  const std::string to = meta::person_of(wish).value_or("");
  const WhatsappSent* sent = find_sent(id, id.empty() ? to : "", false);
  if (sent == nullptr && id.empty()) {
    return usage_error("no_message", "No message was sent: a status needs the \"id\" of one");
  }
  std::string status = item.is_text() ? *item.text() : item.text("status").value_or("delivered");
  const std::int64_t error = item.integer("error").value_or(status == "failed" ? 131026 : 0);
  if (error != 0) status = "failed";
  const std::string recipient = sent == nullptr ? digits_only(to) : sent->to;
  Json out = Json::object({{"id", sent == nullptr ? id : sent->id},
                           {"status", status},
                           {"timestamp", std::to_string(graph_.world().clock.now() / 1000)}});
  if (!recipient.starts_with("RU.")) out.set("recipient_id", recipient);
  out.set("recipient_user_id", recipient.starts_with("RU.") ? recipient : user_id_of(recipient));
  if (sent != nullptr && !sent->opaque.empty()) {
    out.set("biz_opaque_callback_data", sent->opaque);
  }
  if (error == 0) {
    out.set("pricing", Json::object({{"billable", sent != nullptr && sent->is_template},
                                     {"pricing_model", "PMP"},
                                     {"category", "service"}}));
    return out;
  }
  Json data = Json::object();
  data.set("details", item.text("details").value_or("Message undeliverable."));
  out.set("errors", Json::array({Json::object({{"code", error},
                                               {"title", title_of(error)},
                                               {"message", title_of(error)},
                                               {"error_data", std::move(data)}})}));
  return out;
}

Result<Json> WhatsappDouble::statuses(const Json& wish) {
  Json list = Json::array();
  const Json* items = wish.find("statuses");
  if (items == nullptr) {
    FLEAD_TRY(Json one, one_status(wish, wish));
    list.push(std::move(one));
  } else {
    for (const Json& item : items->items()) {
      FLEAD_TRY(Json one, one_status(wish, item));
      list.push(std::move(one));
    }
  }
  Json value = base_value(wish);
  value.set("statuses", std::move(list));
  return value;
}

// The `value` of one change.
Result<Json> WhatsappDouble::value_of(const Json& wish) {
  const std::string type = wish.text("type").value_or("message");
  if (type == "status") return statuses(wish);
  if (type == "seen") {
    Json read = wish;
    read.set("status", "read");
    return statuses(read);
  }
  const std::string from = digits_only(meta::person_of(wish).value_or("79991234567"));
  Json message;
  if (type == "message" || type == "start") {
    const std::string ref = wish.text("ref").value_or("");
    const std::string usual = type == "message" ? "Можно завтра?" : "Запись " + ref;
    message = incoming(wish, from);
    message.set("type", "text");
    Json text = Json::object();
    text.set("body", wish.text("text").value_or(usual));
    message.set("text", std::move(text));
  } else if (type == "button") {
    FLEAD_TRY(message, press(wish, from));
  } else {
    return usage_error(
        "bad_type", "WhatsApp tells of: message start button status seen batch confirmation raw");
  }
  Json profile = Json::object();
  profile.set("name", wish.text("name").value_or("Ира"));
  Json contact = Json::object();
  contact.set("profile", std::move(profile));
  if (!wish.boolean("no_phone").value_or(false)) contact.set("wa_id", from);
  contact.set("user_id", user_id_of(from));
  Json value = base_value(wish);
  value.set("contacts", Json::array({std::move(contact)}));
  value.set("messages", Json::array({std::move(message)}));
  return value;
}

Result<channels::HttpRequest> WhatsappDouble::event(const Json& wish) {
  const std::string type = wish.text("type").value_or("message");
  if (type == "confirmation") return graph_.handshake(wish);
  if (type == "raw") return graph_.call_hook(wish, meta::raw_body(wish));
  if (!wish.text("url") && graph_.hooked() && !subscribed_) {
    return usage_error("not_subscribed", "No app is subscribed: POST /{waba}/subscribed_apps");
  }
  Json changes = Json::array();
  const auto add = [&changes](Json value) {
    changes.push(Json::object({{"value", std::move(value)}, {"field", "messages"}}));
  };
  if (type == "batch") {
    const Json* events = wish.find("events");
    if (events == nullptr) return usage_error("no_events", "A batch has \"events\"");
    for (const Json& one : events->items()) {
      FLEAD_TRY(Json value, value_of(one));
      add(std::move(value));
    }
  } else {
    FLEAD_TRY(Json value, value_of(wish));
    add(std::move(value));
  }
  Json entry = Json::object({{"id", business_id_}, {"changes", std::move(changes)}});
  const Json body = Json::object(
      {{"object", "whatsapp_business_account"}, {"entry", Json::array({std::move(entry)})}});
  return graph_.call_hook(wish, body.dump());
}

}  // namespace
}  // namespace whatsapp_double

std::unique_ptr<ProviderDouble> make_whatsapp_double(World world) {
  return std::make_unique<whatsapp_double::WhatsappDouble>(world);
}

}  // namespace flead::serve::mock
