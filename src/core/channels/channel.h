// Channels: a tenant's accounts with providers, what each kind can do, and the vocabulary that all
// connectors answer in. Callers: the outbox, `flead channel ...`, doctor, /readyz. A connector is
// pure functions over the types here; nothing here holds a transaction while a provider is called.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "core/channels/transport.h"
#include "core/store/store.h"

namespace flead {
struct App;
}
namespace flead::tenants {
struct Tenant;
}

namespace flead::channels {

// The whole vocabulary of a send.
enum class Verdict {
  sent,           // accepted by the provider
  retry,          // certainly not accepted; later it may be
  ambiguous,      // may be out: asked about, never repeated blindly
  unreachable,    // this address cannot be reached: final, another channel may
  rejected,       // our text or request: final, a bug or a rule
  misconfigured,  // credentials, money, sender: the channel is paused until a person acts
};
std::string_view verdict_name(Verdict verdict);

// One line of a connector's table; the first match wins. `says` is a short part of the provider's
// text, which is no contract; "" matches any.
struct Rule {
  int code = 0;
  std::string_view says;
  Verdict verdict = Verdict::ambiguous;
};
const Rule* match(std::span<const Rule> rules, int code, std::string_view says);

// What a provider made of one message.
struct Delivery {
  Verdict verdict = Verdict::ambiguous;
  std::string provider_id;
  std::string says;  // the provider's words, cut; no secrets
  std::int64_t segments = 0;
  std::optional<std::int64_t> cost_minor;
  std::optional<std::int64_t> balance_minor;
  std::string currency;
  std::int64_t retry_after_ms = 0;  // exactly this long, when the provider said so
  bool slow = false;          // greylisting, a full box: retry in minutes and hours, not seconds
  bool hold_channel = false;  // the whole account waits for retry_after_ms, not this message alone
  bool delivered = false;     // known to have reached the person
  // Where it ended for whoever reads `message show`: "login", "rcpt_to"; "" elsewhere.
  std::string stage;
};

// What a kind can carry, as data.
struct Capabilities {
  std::size_t text_characters_max = 0;
  bool subject = false;
  bool html = false;
  bool buttons = false;  // false: the link is part of the text
  bool calendar = false;
  bool segments = false;          // priced by segment
  bool short_texts = false;       // takes the ".sms" variant of a template
  bool late_handover = false;     // tells through before_data when the message begins to leave
  bool delivery_reports = false;  // reconcile() also knows what became of a sent message
  // How long after a call the provider surely knows whether it happened.
  std::int64_t settle_ms = 0;
  bool real = true;  // reaches a person (file does not)
};

struct Channel {
  ChannelId id;
  TenantId tenant;
  std::string kind;               // email sms file
  std::string name;               // unique among the tenant's; the kind unless given
  std::string status = "active";  // active paused removed
  std::string status_reason;
  Json config = Json::object();
  bool has_secret = false;
  TimeMs hold_until = 0;  // flood control: nothing goes out before
  TimeMs created_at = 0;
  TimeMs updated_at = 0;
};

// A channel with its secret opened: what a connector needs. Never stored, printed or logged.
struct Account {
  ChannelId id;
  Json config;
  std::string secret;
  std::string hook_secret;  // what the provider signs its callbacks with, "" refuses them all
};

// A message as a connector sees it.
struct Outgoing {
  MessageId id;
  std::string address;  // e-mail, E.164
  std::string person;   // name for the To header, may be ""
  std::string sender;   // the tenant's name
  std::string purpose = "service";
  std::string template_name;
  std::string subject, text, html;
  std::string button_text, button_url;
  std::string calendar, calendar_method;
  std::string reply_to;         // before the channel's own
  std::string unsubscribe_url;  // for ad
  MessageId thread_id;          // the first message of this conversation, if this is not it
  std::string provider_id;      // ours, fixed before the first call
  TimeMs created_at = 0;
  TimeMs now = 0;
  std::string locale = "en";
  // Called when the first byte of the message itself is about to leave; false ends the attempt with
  // nothing sent. Empty: nobody asks.
  std::function<bool()> before_data;
};

// One row per kind of channel.
struct Provider {
  std::string_view kind;
  std::string_view secret_name;  // "password"; "" when it has none
  Capabilities capabilities;
  // Fills defaults and checks; errors (refused) name the setting.
  Result<Json> (*check_config)(const Json& config);
  // Our id for a message, known before the call; null when the provider has no such thing.
  std::string (*provider_id)(const MessageId& id);
  Delivery (*send)(App& app, const Account& account, const Outgoing& message);
  // Was a message with this id accepted? sent: yes. retry: no, it may be sent. ambiguous: unknown
  // as before. Null: this provider cannot be asked.
  Delivery (*reconcile)(App& app, const Account& account, const Outgoing& message);
  // Do the credentials work? Sends nothing to anybody.
  Delivery (*probe)(App& app, const Account& account);
};
std::span<const Provider> providers();
const Provider* find_provider(std::string_view kind);

struct NewChannel {
  std::string kind;
  std::string name;  // "" is the kind
  Json config = Json::object();
  std::string secret;
  std::string hook_secret;
};
// Errors: channel_kind_unknown, channel_name_taken (conflict), secret_needed, key_missing, and the
// provider's own about its settings.
Result<Channel> add(World& world, store::Tx& tx, const SealKey& key, const TenantId& tenant,
                    const NewChannel& input);
// The `file` channel that a new tenant uses until a real one is added.
Result<Channel> add_default(World& world, store::Tx& tx, const TenantId& tenant);

// By id, name or kind (the first of that kind). Error channel_not_found names the known ones.
Result<Channel> find(store::Tx& tx, const TenantId& tenant, std::string_view which);
Result<Channel> load_channel(store::Tx& tx, const ChannelId& id);
Result<std::vector<Channel>> list(store::Tx& tx, const TenantId& tenant);  // without removed ones
// The address that this tenant's mail comes from: of the first active e-mail channel, or "".
Result<std::string> mail_sender(store::Tx& tx, const TenantId& tenant);
// Every tenant's paused channels, for doctor and /readyz.
Result<std::vector<Channel>> list_paused(store::Tx& tx, std::int64_t limit);

Result<Channel> pause(World& world, store::Tx& tx, const ChannelId& id, std::string_view reason);
// Also lets what waited for it go out now.
Result<Channel> resume(World& world, store::Tx& tx, const ChannelId& id);
// The row stays for the history of its messages; the secret goes.
Result<Channel> remove(World& world, store::Tx& tx, const ChannelId& id);

// The channel's secret; errors key_missing, wrong_key.
Result<Account> open_account(store::Tx& tx, const SealKey& key, const Channel& channel);

// Probes the account and, with an address, sends `channel.test` there at once. Success resumes a
// paused channel. Error channel_test_failed (provider) has the server's words.
Result<Delivery> test(App& app, const tenants::Tenant& tenant, const Channel& channel,
                      std::string_view to);
// Probes only: balance, login.
Delivery probe(App& app, const Channel& channel);

Json to_json(const Channel& channel);  // no secret, only whether there is one
Json to_json(const Delivery& delivery);

}  // namespace flead::channels
