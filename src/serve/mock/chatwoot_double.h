// The double of Chatwoot: what it keeps. Split over chatwoot.cpp (the API) and chatwoot_events.cpp
// (its webhook). See double.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "serve/mock/double.h"

namespace flead::serve::mock::chatwoot_double {

class Chatwoot final : public ProviderDouble {
 public:
  explicit Chatwoot(World world);
  std::string_view kind() const override { return "chatwoot"; }
  std::vector<std::string> paths() const override;
  std::vector<std::string_view> methods() const override;
  http::Reply answer(const Call& call) override;
  Json account(const Json& wish) override;
  Result<channels::HttpRequest> event(const Json& wish) override;
  void answered(const channels::HttpReply& reply) override;

 private:
  static constexpr std::int64_t k_first_message = 7000;

  struct Contact {
    std::int64_t id = 0;
    std::string name, email, phone, identifier;
  };
  struct Inbox {
    std::int64_t id = 0;
    std::string name, kind, webhook_url;
    bool lock = false;  // one conversation for each contact
  };
  struct Conversation {
    std::int64_t id = 0;
    std::int64_t inbox = 0, contact = 0;
    std::string status = "open";
    Json labels = Json::array();
    Json attributes = Json::object();
    TimeMs updated_at = 0;
  };
  struct Message {
    std::int64_t id = 0;
    std::int64_t conversation = 0;
    int type = 0;
    std::string content, source;
    std::string status = "sent", error;
    bool is_private = false;
    TimeMs at = 0;
  };
  struct Webhook {
    std::int64_t id = 0;
    std::string url;
    Json subscriptions = Json::array();
    std::string secret;
  };
  // A request below the account: "contacts", "31", "conversations", "".
  struct Asked {
    const Call& call;
    const std::vector<std::string>& parts;
    Json body;
  };

  http::Reply profile() const;
  http::Reply contacts(const Asked& asked);
  http::Reply conversations(const Asked& asked);
  http::Reply messages(const Asked& asked, Conversation& conversation);
  http::Reply inboxes(const Asked& asked);
  http::Reply webhooks(const Asked& asked);
  http::Reply make_contact(const Json& body);
  http::Reply search(const std::string& words) const;
  http::Reply open(const Json& body);
  http::Reply post(const Json& body, Conversation& conversation);
  std::optional<http::Reply> taken(const Contact& contact) const;
  const Message& keep(Message message);
  static Json contact_json(const Contact& contact);
  Json conversation_json(const Conversation& one) const;
  Json message_json(const Message& one) const;
  // Of a call, where the type is a word and the conversation stands inside.
  Json told_message(const Message& one) const;
  Result<Json> told(const Json& wish);
  Result<channels::HttpRequest> call_of(const Json& wish, const std::string& body);

  World world_;
  std::string token_;
  std::string role_ = "administrator";
  std::int64_t account_id_ = 1;
  bool signed_ = true;
  bool flood_ = false;
  bool api_inbox_ = true;
  bool lock_ = false;
  std::int64_t last_id_ = 1;
  std::int64_t last_told_ = 0;  // the message that the last call was about
  std::vector<Contact> contacts_;
  std::vector<Inbox> inboxes_;
  std::vector<Conversation> conversations_;
  std::vector<Message> messages_;
  std::vector<Webhook> webhooks_;
};

}  // namespace flead::serve::mock::chatwoot_double
