// Chatwoot's application API for one account, and its webhook: display ids from 1, unique contacts,
// labels and attributes that are replaced, types of messages that are numbers in answers and words
// in calls. From the vendor's OpenAPI and the server's code at 4.10; calls are signed as
// from 4.11.2 on, unless told otherwise. account: token, account_id, role (administrator agent),
// signed, flood, api_inbox, lock;
//   the counts and all messages are in the answer.
// event: type reply activity template status echo raw; conversation, text, private, status,
//   message (of echo: an id), body (of raw), url, secret, bad_signature, stale, delivery.
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/id.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "serve/mock/chatwoot_double.h"

namespace flead::serve::mock::chatwoot_double {

namespace {

constexpr std::size_t k_content_max = 150'000;
constexpr std::size_t k_kept_max = 10'000;  // of each kind of thing
constexpr std::size_t k_page = 15;
constexpr std::size_t k_messages_page = 20;
constexpr int k_incoming = 0;
constexpr int k_outgoing = 1;
constexpr std::string_view k_statuses[] = {"open", "resolved", "pending", "snoozed"};

http::Reply fail(int status, std::string_view words) {
  return http::json_reply(status, Json::object({{"error", words}}));
}
http::Reply not_found() {
  return fail(404, "Resource could not be found");
}
http::Reply invalid(std::string_view words, std::string_view attribute) {
  return http::json_reply(
      422, Json::object({{"message", words}, {"attributes", Json::array({attribute})}}));
}
http::Reply fine(const Json& body) {
  return http::json_reply(200, body);
}

bool is_e164(std::string_view phone) {
  return phone.size() >= 3 && phone.size() <= 16 && phone[0] == '+' &&
         phone.substr(1).find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_status(std::string_view word) {
  return std::find(std::begin(k_statuses), std::end(k_statuses), word) != std::end(k_statuses);
}

template <class Thing>
Thing* by_id(std::vector<Thing>& all, std::int64_t id) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Thing& one) { return one.id == id; });
  return found == all.end() ? nullptr : &*found;
}

std::int64_t number_of(std::string_view text) {
  const auto json = parse_json(text);
  return json ? json->integer().value_or(0) : 0;
}

}  // namespace

Chatwoot::Chatwoot(World world) : world_(world) {
  inboxes_.push_back({1, "Website", "Channel::WebWidget", "", false});
}

std::vector<std::string> Chatwoot::paths() const {
  const std::string account = "/api/v1/accounts/{account}";
  return {"/api/v1/profile",
          account + "/contacts",
          account + "/contacts/search",
          account + "/contacts/{id}",
          account + "/contacts/{id}/contact_inboxes",
          account + "/contacts/{id}/conversations",
          account + "/conversations",
          account + "/conversations/{id}",
          account + "/conversations/{id}/messages",
          account + "/conversations/{id}/messages/{message}",
          account + "/conversations/{id}/toggle_status",
          account + "/conversations/{id}/custom_attributes",
          account + "/conversations/{id}/labels",
          account + "/conversations/{id}/assignments",
          account + "/inboxes",
          account + "/inboxes/",
          account + "/inboxes/{id}/",
          account + "/webhooks",
          account + "/webhooks/{id}"};
}

std::vector<std::string_view> Chatwoot::methods() const {
  return {"GET", "POST", "PUT", "PATCH", "DELETE"};
}

http::Reply Chatwoot::answer(const Call& call) {
  if (flood_) {
    http::Reply reply = http::text_reply(429, "Retry later\n");
    return reply;
  }
  const std::string_view token = call.header("api_access_token");
  if (token.empty() || (!token_.empty() && token != token_)) {
    return fail(401, "Invalid Access Token");
  }
  std::vector<std::string> parts = split(call.path, '/');
  if (parts.size() > 3 && parts[3] == "profile") return profile();
  if (parts.size() < 6 || number_of(parts[4]) != account_id_) {
    return fail(401, "You are not authorized to access this account");
  }
  parts.erase(parts.begin(), parts.begin() + 5);
  if (parts.back().empty()) parts.pop_back();
  parts.resize(4);
  Asked asked{call, parts, Json::object()};
  if (!call.body.empty()) {
    auto body = parse_json(call.body);
    if (!body || !body->is_object()) return fail(400, "The body is not JSON");
    asked.body = std::move(*body);
  }
  if (parts[0] == "contacts") return contacts(asked);
  if (parts[0] == "conversations") return conversations(asked);
  if (parts[0] == "inboxes") return inboxes(asked);
  if (parts[0] == "webhooks") return webhooks(asked);
  return not_found();
}

http::Reply Chatwoot::profile() const {
  return fine(Json::object(
      {{"id", 2},
       {"name", "Ира"},
       {"role", role_},
       {"account_id", account_id_},
       {"accounts",
        Json::array({Json::object({{"id", account_id_}, {"name", "ACME"}, {"role", role_}})})}}));
}

// ---- contacts ----------------------------------------------------------------------------------

Json Chatwoot::contact_json(const Contact& contact) {
  const auto text = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
  return Json::object({{"id", contact.id},
                       {"name", contact.name},
                       {"email", text(contact.email)},
                       {"phone_number", text(contact.phone)},
                       {"identifier", text(contact.identifier)}});
}

std::optional<http::Reply> Chatwoot::taken(const Contact& contact) const {
  for (const Contact& other : contacts_) {
    if (other.id == contact.id) continue;
    if (!contact.identifier.empty() && other.identifier == contact.identifier) {
      return invalid("Identifier has already been taken", "identifier");
    }
    if (!contact.email.empty() && fold(other.email) == fold(contact.email)) {
      return invalid("Email has already been taken", "email");
    }
    if (!contact.phone.empty() && other.phone == contact.phone) {
      return invalid("Phone number has already been taken", "phone_number");
    }
  }
  if (!contact.phone.empty() && !is_e164(contact.phone)) {
    return invalid("Phone number should be in e164 format", "phone_number");
  }
  return std::nullopt;
}

http::Reply Chatwoot::make_contact(const Json& body) {
  if (by_id(inboxes_, body.integer("inbox_id").value_or(0)) == nullptr) return not_found();
  Contact contact;
  contact.id = ++last_id_;
  contact.name = body.text("name").value_or("");
  contact.email = body.text("email").value_or("");
  contact.phone = body.text("phone_number").value_or("");
  contact.identifier = body.text("identifier").value_or("");
  if (auto refusal = taken(contact)) return std::move(*refusal);
  if (contacts_.size() >= k_kept_max) return fail(422, "flooding");
  contacts_.push_back(contact);
  return fine(Json::object(
      {{"payload", Json::object({{"contact", contact_json(contact)},
                                 {"contact_inbox",
                                  Json::object({{"source_id", make_id(world_, "src")}})}})}}));
}

http::Reply Chatwoot::search(const std::string& words) const {
  if (words.empty()) return fail(422, "Specify search string with parameter q");
  Json found = Json::array();
  for (const Contact& contact : contacts_) {
    const auto part = [&](const std::string& value) {
      return fold(value).find(fold(words)) != std::string::npos;
    };
    if (found.items().size() < k_page && (part(contact.name) || part(contact.email) ||
                                          part(contact.phone) || part(contact.identifier))) {
      found.push(contact_json(contact));
    }
  }
  return fine(Json::object({{"meta", Json::object({{"current_page", 1}})}, {"payload", found}}));
}

http::Reply Chatwoot::contacts(const Asked& asked) {
  const std::string& method = asked.call.method;
  if (asked.parts[1].empty()) {
    if (method == "POST") return make_contact(asked.body);
    Json all = Json::array();
    for (const Contact& one : contacts_) {
      if (all.items().size() < k_page) all.push(contact_json(one));
    }
    return fine(Json::object({{"payload", all}}));
  }
  if (asked.parts[1] == "search") return search(asked.call.field("q"));
  Contact* contact = by_id(contacts_, number_of(asked.parts[1]));
  if (contact == nullptr) return not_found();
  if (asked.parts[2] == "conversations") {
    Json all = Json::array();
    for (const Conversation& one : conversations_) {
      if (one.contact == contact->id) all.push(conversation_json(one));
    }
    return fine(Json::object({{"payload", all}}));
  }
  if (asked.parts[2] == "contact_inboxes") {
    return fine(Json::object({{"source_id", make_id(world_, "src")}}));
  }
  if (method == "PUT") {
    Contact changed = *contact;
    changed.name = asked.body.text("name").value_or(contact->name);
    changed.email = asked.body.text("email").value_or(contact->email);
    changed.phone = asked.body.text("phone_number").value_or(contact->phone);
    if (auto refusal = taken(changed)) return std::move(*refusal);
    *contact = changed;
  }
  return fine(Json::object({{"payload", contact_json(*contact)}}));
}

// ---- conversations -----------------------------------------------------------------------------

Json Chatwoot::conversation_json(const Conversation& one) const {
  return Json::object({{"id", one.id},
                       {"account_id", account_id_},
                       {"inbox_id", one.inbox},
                       {"status", one.status},
                       {"labels", one.labels},
                       {"custom_attributes", one.attributes},
                       {"updated_at", one.updated_at / 1000},
                       {"meta", Json::object({{"sender", Json::object({{"id", one.contact}})},
                                              {"channel", "Channel::Api"}})}});
}

http::Reply Chatwoot::open(const Json& body) {
  const Inbox* inbox = by_id(inboxes_, body.integer("inbox_id").value_or(0));
  const Contact* contact = by_id(contacts_, body.integer("contact_id").value_or(0));
  if (inbox == nullptr || contact == nullptr) return not_found();
  const std::string status = body.text("status").value_or("open");
  if (!is_status(status)) return fail(422, "status is invalid");
  if (inbox->lock) {
    for (const Conversation& one : conversations_) {
      if (one.contact == contact->id && one.inbox == inbox->id) return fine(conversation_json(one));
    }
  }
  if (conversations_.size() >= k_kept_max) return fail(422, "flooding");
  Conversation made;
  made.id = static_cast<std::int64_t>(conversations_.size()) + 1;
  made.inbox = inbox->id;
  made.contact = contact->id;
  made.status = status;
  made.updated_at = world_.clock.now();
  if (const Json* attributes = body.find("custom_attributes")) made.attributes = *attributes;
  conversations_.push_back(made);
  return fine(conversation_json(made));
}

http::Reply Chatwoot::conversations(const Asked& asked) {
  if (asked.parts[1].empty()) {
    if (asked.call.method == "POST") return open(asked.body);
    Json all = Json::array();
    for (const Conversation& one : conversations_) all.push(conversation_json(one));
    return fine(Json::object({{"data", Json::object({{"payload", all}})}}));
  }
  Conversation* one = by_id(conversations_, number_of(asked.parts[1]));
  if (one == nullptr) return not_found();
  const std::string& what = asked.parts[2];
  if (what == "messages") return messages(asked, *one);
  if (what == "toggle_status") {
    const std::string status = asked.body.text("status").value_or("");
    if (!is_status(status)) return fail(422, "status is invalid");
    one->status = status;
    one->updated_at = world_.clock.now();
    return fine(Json::object({{"payload", Json::object({{"success", true},
                                                        {"current_status", status},
                                                        {"conversation_id", one->id}})}}));
  }
  if (what == "labels") {
    const Json* labels = asked.body.find("labels");
    if (asked.call.method == "POST" && (labels == nullptr || !labels->is_array())) {
      return fail(422, "param is missing or the value is empty: labels");
    }
    if (asked.call.method == "POST") one->labels = *labels;
    return fine(Json::object({{"payload", one->labels}}));
  }
  if (what == "custom_attributes") {
    const Json* attributes = asked.body.find("custom_attributes");
    if (attributes != nullptr) one->attributes = *attributes;
    return fine(Json::object({{"custom_attributes", one->attributes}}));
  }
  if (what == "assignments") return fine(Json::object({{"id", asked.body.integer("team_id")}}));
  return what.empty() ? fine(conversation_json(*one)) : not_found();
}

// ---- messages ----------------------------------------------------------------------------------

Json Chatwoot::message_json(const Message& one) const {
  return Json::object({{"id", one.id},
                       {"content", one.content},
                       {"account_id", account_id_},
                       {"conversation_id", one.conversation},
                       {"message_type", one.type},
                       {"content_type", "text"},
                       {"status", one.status},
                       {"private", one.is_private},
                       {"source_id", one.source.empty() ? Json() : Json(one.source)},
                       {"created_at", one.at / 1000}});
}

const Chatwoot::Message& Chatwoot::keep(Message message) {
  message.id = ++last_id_ + k_first_message;
  message.at = world_.clock.now();
  if (messages_.size() >= k_kept_max) messages_.erase(messages_.begin());
  messages_.push_back(std::move(message));
  return messages_.back();
}

http::Reply Chatwoot::post(const Json& body, Conversation& conversation) {
  Message message;
  message.conversation = conversation.id;
  message.content = body.text("content").value_or("");
  message.is_private = body.boolean("private").value_or(false);
  message.source = body.text("source_id").value_or("");
  const std::string type = body.text("message_type").value_or("outgoing");
  if (type != "incoming" && type != "outgoing") return fail(422, "message_type is invalid");
  message.type = type == "incoming" ? k_incoming : k_outgoing;
  if (message.content.empty()) return invalid("Content can't be blank", "content");
  if (utf8_length(message.content) > k_content_max) {
    return invalid("Content is too long (maximum is 150000 characters)", "content");
  }
  const Inbox* inbox = by_id(inboxes_, conversation.inbox);
  if (message.type == k_incoming && inbox->kind != "Channel::Api") {
    return fail(422, "Incoming messages are only allowed in Api inboxes");
  }
  for (const Message& other : messages_) {
    if (!message.source.empty() && other.source == message.source) {
      return fail(422, "source_id should be unique");
    }
  }
  // A resolved or snoozed conversation is opened by the next word of the contact.
  const bool asleep = conversation.status == "resolved" || conversation.status == "snoozed";
  if (message.type == k_incoming && asleep) conversation.status = "open";
  conversation.updated_at = world_.clock.now();
  return fine(message_json(keep(std::move(message))));
}

http::Reply Chatwoot::messages(const Asked& asked, Conversation& conversation) {
  if (!asked.parts[3].empty()) {
    Message* one = by_id(messages_, number_of(asked.parts[3]));
    if (one == nullptr || one->conversation != conversation.id) return not_found();
    const std::string status = asked.body.text("status").value_or("");
    if (status != "delivered" && status != "read" && status != "failed" && status != "sent") {
      return fail(422, "status is invalid");
    }
    one->status = status;
    one->error = asked.body.text("external_error").value_or("");
    return fine(message_json(*one));
  }
  if (asked.call.method == "POST") return post(asked.body, conversation);
  std::vector<Json> newest;
  for (auto one = messages_.rbegin(); one != messages_.rend(); ++one) {
    if (one->conversation == conversation.id && newest.size() < k_messages_page) {
      newest.push_back(message_json(*one));
    }
  }
  std::reverse(newest.begin(), newest.end());
  return fine(Json::object({{"meta", Json::object({{"labels", conversation.labels}})},
                            {"payload", Json(Json::Array(newest.begin(), newest.end()))}}));
}

// ---- inboxes and webhooks ----------------------------------------------------------------------

http::Reply Chatwoot::inboxes(const Asked& asked) {
  const auto show = [](const Inbox& one) {
    return Json::object({{"id", one.id}, {"name", one.name}, {"channel_type", one.kind}});
  };
  if (!asked.parts[1].empty()) {
    const Inbox* one = by_id(inboxes_, number_of(asked.parts[1]));
    return one == nullptr ? not_found() : fine(show(*one));
  }
  if (asked.call.method == "POST") {
    if (role_ != "administrator") return fail(401, "You are not authorized to do this action");
    Inbox made{++last_id_, asked.body.text("name").value_or(""), "Channel::Api",
               asked.body.text("channel.webhook_url").value_or(""), lock_};
    if (made.name.empty()) return invalid("Name can't be blank", "name");
    if (!api_inbox_) made.kind = "Channel::WebWidget";
    inboxes_.push_back(made);
    return fine(show(made));
  }
  Json all = Json::array();
  for (const Inbox& one : inboxes_) all.push(show(one));
  return fine(Json::object({{"payload", all}}));
}

http::Reply Chatwoot::webhooks(const Asked& asked) {
  if (role_ != "administrator") return fail(401, "You are not authorized to do this action");
  const auto show = [](const Webhook& one) {
    Json json =
        Json::object({{"id", one.id}, {"url", one.url}, {"subscriptions", one.subscriptions}});
    if (!one.secret.empty()) json.set("secret", one.secret);
    return json;
  };
  const std::string url = asked.body.text("url").value_or("");
  if (asked.parts[1].empty() && asked.call.method == "GET") {
    Json all = Json::array();
    for (const Webhook& one : webhooks_) all.push(show(one));
    return fine(Json::object({{"payload", Json::object({{"webhooks", all}})}}));
  }
  Webhook* known = by_id(webhooks_, number_of(asked.parts[1]));
  if (!asked.parts[1].empty() && known == nullptr) return not_found();
  for (const Webhook& other : webhooks_) {
    if (&other != known && !url.empty() && other.url == url) {
      return invalid("Url has already been taken", "url");
    }
  }
  if (asked.call.method == "DELETE") {
    webhooks_.erase(webhooks_.begin() + (known - webhooks_.data()));
    return http::text_reply(200, "");
  }
  if (known == nullptr) {
    if (!url.starts_with("http")) return invalid("Url is invalid", "url");
    webhooks_.push_back({++last_id_, "", Json::array(), ""});
    known = &webhooks_.back();
    if (signed_) known->secret = make_token(world_.random, "");
  }
  if (!url.empty()) known->url = url;
  if (const Json* events = asked.body.find("subscriptions")) known->subscriptions = *events;
  return fine(Json::object({{"payload", Json::object({{"webhook", show(*known)}})}}));
}

// ---- what the test does to it ------------------------------------------------------------------

Json Chatwoot::account(const Json& wish) {
  const auto text = [&](std::string_view name, std::string& value) {
    if (const auto given = wish.text(name)) value = *given;
  };
  const auto flag = [&](std::string_view name, bool& value) {
    if (const auto given = wish.boolean(name)) value = *given;
  };
  text("token", token_);
  text("role", role_);
  flag("signed", signed_);
  flag("flood", flood_);
  flag("api_inbox", api_inbox_);
  flag("lock", lock_);
  account_id_ = wish.integer("account_id").value_or(account_id_);
  Json said = Json::array();
  for (const Message& one : messages_) {
    said.push(message_json(one).set("external_error", one.error));
  }
  const auto count = [](std::size_t size) { return static_cast<std::int64_t>(size); };
  return Json::object({{"account_id", account_id_},
                       {"role", role_},
                       {"signed", signed_},
                       {"flood", flood_},
                       {"contacts", count(contacts_.size())},
                       {"conversations", count(conversations_.size())},
                       {"webhooks", count(webhooks_.size())},
                       {"messages", std::move(said)}});
}

}  // namespace flead::serve::mock::chatwoot_double
