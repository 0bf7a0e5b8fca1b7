#include "core/channels/chatwoot.h"

#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/channels/provider_http.h"

namespace flead::channels::chatwoot {

namespace {

// By HTTP status and the server's words. The first match wins.
constexpr Rule k_rules[] = {
    {400, "", Verdict::rejected},
    {401, "", Verdict::misconfigured},  // the token, or a role that may not
    {402, "", Verdict::misconfigured},  // the plan, or a suspended account
    {403, "", Verdict::misconfigured},
    {404, "", Verdict::rejected},  // gone there: made anew, or left
    {422, "only allowed in Api inboxes", Verdict::misconfigured},
    {422, "", Verdict::rejected},
    {429, "", Verdict::retry},
};
constexpr std::int64_t k_flood_wait_ms = k_minute_ms;

constexpr std::string_view k_whens[] = {"escalated", "all"};
constexpr std::string_view k_signatures[] = {"auto", "required"};
constexpr std::size_t k_word_characters_max = 16;

HttpRequest with_token(const Account& account, HttpRequest request) {
  request.headers.emplace_back("api_access_token", account.secret);
  return request;
}

std::string account_url(const Account& account, std::string_view path) {
  return base_url_of(account, k_base_url) + "/api/v1/accounts/" +
         std::to_string(account.config.integer("account").value_or(0)) + std::string(path);
}

std::string conversation_url(const Account& account, std::string_view conversation,
                             std::string_view path) {
  return account_url(account, "/conversations/" + percent_encode(conversation) + std::string(path));
}

HttpRequest get(const Account& account, std::string url, std::string_view what) {
  return with_token(account, get_request(std::move(url), "chatwoot " + std::string(what)));
}

HttpRequest post(const Account& account, std::string url, std::string_view what, const Json& body) {
  return with_token(account, json_request(std::move(url), "chatwoot " + std::string(what), body));
}

// {"error":…}, {"message":…}, or plain text of a 429.
std::string words_of(const Json& json) {
  std::string out;
  for (const std::string_view name : {"error", "message"}) {
    const std::string text = json.text(name).value_or("");
    if (!text.empty()) out += (out.empty() ? "" : " ") + text;
  }
  return out;
}

struct Reading {
  Answer answer;
  Json json;  // of a 2xx
};

// The verdict of any answer. What may have happened is asked about before anything is repeated, so
// `ambiguous` is said where the request may have been acted on.
Reading read(const HttpReply& reply, std::string_view stage) {
  Reading out;
  Delivery& delivery = out.answer.delivery;
  if (auto none = parse_no_answer(reply)) {
    delivery = std::move(*none);
    return out;
  }
  delivery.stage = stage;
  auto json = parse_json(reply.body);
  const bool told = json && (json->is_object() || json->is_array());
  if (reply.status >= 200 && reply.status < 300 && told) {
    delivery.verdict = Verdict::sent;
    out.json = std::move(*json);
    return out;
  }
  delivery.says = "HTTP " + std::to_string(reply.status);
  const std::string words = told ? words_of(*json) : std::string();
  if (reply.status < 300 || reply.status >= 500) {
    delivery.verdict = Verdict::ambiguous;
    return out;
  }
  if (reply.status < 400) {
    delivery.verdict = Verdict::misconfigured;  // redirects are not followed: base_url is wrong
    return out;
  }
  const Rule* rule = match(k_rules, reply.status, words);
  delivery.verdict = rule != nullptr ? rule->verdict : Verdict::rejected;
  if (!told && reply.status != 429) {
    delivery.verdict = Verdict::misconfigured;
    delivery.says += ", not Chatwoot's: a filter or proxy, or a wrong base_url";
    return out;
  }
  if (reply.status == 429) {
    delivery.retry_after_ms = reply.retry_after_ms > 0 ? reply.retry_after_ms : k_flood_wait_ms;
  }
  // Of a 422 the server's sentence may repeat a person's address; its `attributes` are names alone.
  if (reply.status == 401) delivery.says += " " + cut_words(words);
  out.answer.not_found = reply.status == 404;
  if (reply.status == 422) {
    out.answer.taken =
        told && json->find("attributes") != nullptr && words.find("taken") != std::string::npos;
    out.answer.duplicate = words.find("source_id should be unique") != std::string::npos ||
                           words.find("Source has already been taken") != std::string::npos;
    if (const Json* names = told ? json->find("attributes") : nullptr) {
      for (const Json& name : names->items()) {
        delivery.says += " " + cut_words(name.text().value_or(""));
      }
    }
  }
  return out;
}

Answer bad_body(std::string_view stage) {
  Answer out;
  out.delivery.verdict = Verdict::ambiguous;
  out.delivery.stage = stage;
  out.delivery.says = "the answer has no id";
  return out;
}

// `id` from the first of these paths that has one.
Answer made(const HttpReply& reply, std::string_view stage,
            std::initializer_list<std::string_view> paths) {
  Reading reading = read(reply, stage);
  if (reading.answer.delivery.verdict != Verdict::sent) return std::move(reading.answer);
  for (const std::string_view path : paths) {
    reading.answer.id = id_text(reading.json, path);
    if (!reading.answer.id.empty()) return std::move(reading.answer);
  }
  return bad_body(stage);
}

const Json::Array& payload_of(const Json& json) {
  const Json* payload = json.find("payload");
  return payload != nullptr ? payload->items() : json.items();
}

Result<std::int64_t> config_number(const Json& config, std::string_view name) {
  if (config.find(name) == nullptr) return std::int64_t{0};
  const auto number = whole_number(config, name);
  if (!number || *number <= 0) {
    return refused_field(std::string(name), std::string(name) + "_invalid",
                         std::string(name) + " is the number that Chatwoot's own pages show");
  }
  return *number;
}

Result<std::string> config_choice(const Json& config, std::string_view name,
                                  std::span<const std::string_view> choices) {
  FLEAD_TRY(const std::string word, config_line(config, name, k_word_characters_max));
  if (word.empty()) return std::string(choices.front());
  if (std::find(choices.begin(), choices.end(), word) == choices.end()) {
    return refused_field(
        std::string(name), std::string(name) + "_invalid",
        std::string(name) + " is " + std::string(choices[0]) + " or " + std::string(choices[1]));
  }
  return word;
}

}  // namespace

Result<Json> check_config(const Json& config) {
  FLEAD_TRY(Json out, check_http_config(config, k_base_url));
  FLEAD_TRY(const std::int64_t account, config_number(config, "account"));
  if (account == 0) {
    return refused_field("account", "account_invalid",
                         "account is the number behind /app/accounts/ in Chatwoot's addresses");
  }
  out.set("account", account);
  FLEAD_TRY(const std::int64_t inbox, config_number(config, "inbox"));
  if (inbox > 0) out.set("inbox", inbox);
  FLEAD_TRY(const std::int64_t team, config_number(config, "team"));
  if (team > 0) out.set("team", team);
  FLEAD_TRY(const std::string when, config_choice(config, "when", k_whens));
  out.set("when", when);
  FLEAD_TRY(const std::string signature, config_choice(config, "signature", k_signatures));
  out.set("signature", signature);
  return out;
}

std::int64_t inbox_of(const Account& account) {
  const auto chosen = account.config.integer("inbox");
  return chosen ? *chosen : account.state.integer("inbox_id").value_or(0);
}

HttpRequest build_find_contact(const Account& account, std::string_view words) {
  return get(account, account_url(account, "/contacts/search?q=" + percent_encode(words)),
             "find contact");
}

Answer parse_find_contact(const HttpReply& reply, const Person& person) {
  Reading reading = read(reply, "find contact");
  Answer out = std::move(reading.answer);
  if (out.delivery.verdict != Verdict::sent) return out;
  const auto equal = [](const Json& contact, std::string_view path, std::string_view value) {
    return !value.empty() && fold(contact.text(path).value_or("")) == fold(value);
  };
  // The surest first; a contact that is another lead of ours is not this person.
  for (const std::string_view by : {"identifier", "email", "phone_number"}) {
    for (const Json& contact : payload_of(reading.json)) {
      const std::string identifier = contact.text("identifier").value_or("");
      const bool of_another =
          identifier.starts_with(k_source_prefix) && identifier != person.identifier;
      const std::string_view value = by == "identifier" ? person.identifier
                                     : by == "email"    ? person.email
                                                        : person.phone;
      if (of_another || !equal(contact, by, value)) continue;
      out.id = id_text(contact, "id");
      if (!out.id.empty()) return out;
    }
  }
  return out;
}

HttpRequest build_create_contact(const Account& account, const Person& person) {
  Json body = Json::object({{"inbox_id", inbox_of(account)}, {"identifier", person.identifier}});
  if (!person.name.empty()) body.set("name", person.name);
  if (!person.email.empty()) body.set("email", person.email);
  if (!person.phone.empty()) body.set("phone_number", person.phone);
  return post(account, account_url(account, "/contacts"), "create contact", body);
}

Answer parse_create_contact(const HttpReply& reply) {
  return made(reply, "create contact", {"payload.contact.id", "payload.id", "id"});
}

HttpRequest build_conversations(const Account& account, std::string_view contact_id) {
  return get(account,
             account_url(account, "/contacts/" + percent_encode(contact_id) + "/conversations"),
             "list conversations");
}

Answer parse_conversations(const HttpReply& reply, std::int64_t inbox) {
  Reading reading = read(reply, "list conversations");
  Answer out = std::move(reading.answer);
  if (out.delivery.verdict != Verdict::sent) return out;
  std::int64_t newest = 0;
  for (const Json& one : payload_of(reading.json)) {
    const auto id = whole_number(one, "id");
    if (id && whole_number(one, "inbox_id") == inbox) newest = std::max(newest, *id);
  }
  if (newest > 0) out.id = std::to_string(newest);
  return out;
}

HttpRequest build_open(const Account& account, std::string_view contact_id, const LeadId& lead) {
  // The published schema wants a source_id of the contact's inbox; the server makes that itself
  // from the contact and the inbox, and one of ours names the lead.
  Json body = Json::object({{"source_id", std::string(k_source_prefix) + lead.text()},
                            {"inbox_id", inbox_of(account)},
                            {"status", "open"}});
  if (const auto id = parse_json(contact_id); id && id->integer()) body.set("contact_id", *id);
  body.set("custom_attributes", Json::object({{"flead_lead", lead.text()}}));
  return post(account, account_url(account, "/conversations"), "open conversation", body);
}

Answer parse_open(const HttpReply& reply) {
  return made(reply, "open conversation", {"id", "payload.id"});
}

HttpRequest build_line(const Account& account, std::string_view conversation, const Line& line) {
  Json body =
      Json::object({{"content", fit_text(line.content, k_content_max, TextUnit::characters)},
                    {"message_type", line.incoming ? "incoming" : "outgoing"},
                    {"private", line.note}});
  // Not in the published schema, but kept by the server: echoes and repeats are known by it.
  body.set("source_id", line.source_id);
  return post(account, conversation_url(account, conversation, "/messages"), "post message", body);
}

Answer parse_line(const HttpReply& reply) {
  return made(reply, "post message", {"id"});
}

HttpRequest build_messages(const Account& account, std::string_view conversation) {
  return get(account, conversation_url(account, conversation, "/messages"), "list messages");
}

Told parse_messages(const HttpReply& reply) {
  Reading reading = read(reply, "list messages");
  Told out;
  out.delivery = std::move(reading.answer.delivery);
  out.not_found = reading.answer.not_found;
  for (const Json& message : payload_of(reading.json)) {
    std::string source = message.text("source_id").value_or("");
    if (source.starts_with(k_source_prefix)) out.source_ids.push_back(std::move(source));
  }
  return out;
}

HttpRequest build_label(const Account& account, std::string_view conversation) {
  // Replaces the list, so it is only said of a conversation that was made just now.
  return post(account, conversation_url(account, conversation, "/labels"), "label",
              Json::object({{"labels", Json::array({k_label})}}));
}

HttpRequest build_assign(const Account& account, std::string_view conversation) {
  return post(account, conversation_url(account, conversation, "/assignments"), "assign",
              Json::object({{"team_id", account.config.integer("team").value_or(0)}}));
}

HttpRequest build_status(const Account& account, std::string_view conversation,
                         std::string_view status) {
  return post(account, conversation_url(account, conversation, "/toggle_status"), "set status",
              Json::object({{"status", status}}));
}

HttpRequest build_conversation(const Account& account, std::string_view conversation) {
  return get(account, conversation_url(account, conversation, ""), "show conversation");
}

HttpRequest build_report(const Account& account, std::string_view conversation,
                         std::string_view message_id, std::string_view status,
                         std::string_view error) {
  Json body = Json::object({{"status", status}});
  if (!error.empty()) body.set("external_error", error);
  HttpRequest request = post(
      account, conversation_url(account, conversation, "/messages/" + percent_encode(message_id)),
      "report", body);
  request.method = "PATCH";
  return request;
}

Answer parse_plain(const HttpReply& reply) {
  // Some of these answer with no body at all.
  if (reply.status >= 200 && reply.status < 300) {
    Answer out;
    out.delivery.verdict = Verdict::sent;
    return out;
  }
  return read(reply, "update").answer;
}

HttpRequest build_probe(const Account& account) {
  return get(account, base_url_of(account, k_base_url) + "/api/v1/profile", "profile");
}

Delivery parse_probe(const HttpReply& reply) {
  Reading reading = read(reply, "profile");
  Delivery out = std::move(reading.answer.delivery);
  if (out.verdict == Verdict::ambiguous) out.verdict = Verdict::retry;  // asking changes nothing
  if (out.verdict == Verdict::sent) out.says = cut_words(reading.json.text("name").value_or(""));
  return out;
}

}  // namespace flead::channels::chatwoot
