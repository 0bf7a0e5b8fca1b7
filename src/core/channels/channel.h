// Channels: a tenant's accounts with providers, what each kind can do, and the vocabulary that all
// connectors answer in. Callers: the outbox, `flead channel ...`, doctor, /readyz. A connector is
// pure functions over the types here; nothing here holds a transaction while a provider is called.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
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
namespace flead::jobs {
struct Job;
struct Outcome;
}  // namespace flead::jobs
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

// What a provider's refusal says of the person beyond this message.
enum class Closes {
  nothing,
  dialog,       // the person has shut it: nothing is written there until they come back
  advertising,  // the person wants none there
};

// One line of a connector's table; the first match wins. `says` is a short part of the provider's
// text, which is no contract; "" matches any.
struct Rule {
  int code = 0;
  std::string_view says;
  Verdict verdict = Verdict::ambiguous;
  Closes closes = Closes::nothing;
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
  Closes closes = Closes::nothing;
  // Where it ended for whoever reads `message show`: "login", "rcpt_to"; "" elsewhere.
  std::string stage;
};

// What a provider counts a text in.
enum class TextUnit { characters, utf16_units, bytes };

// What a kind can carry and is allowed to do, as data.
struct Capabilities {
  std::size_t text_characters_max = 0;  // of text_unit
  TextUnit text_unit = TextUnit::characters;
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
  // Writes only to people who wrote to us, or pressed our start link: an identity is needed.
  bool messenger = false;
  // Free text is allowed so long after the person's last message; 0 is for ever. Outside of it only
  // a template that the provider has approved, where it has those.
  std::int64_t window_ms = 0;
  bool provider_templates = false;
  // The same message sent again within this time reaches the person once: an unclear send is simply
  // repeated. 0: never.
  std::int64_t idempotent_ms = 0;
  bool accepted_is_delivered = false;  // what the provider takes is in the person's dialog
  bool receipts = false;               // its hook tells what became of a message
  std::size_t reply_buttons_max = 0;
  std::size_t start_token_characters_max = 0;  // 0: there are no start links
  bool foreign = false;                        // the person's data leave Russia
  double calls_per_s = 0.0;  // what the provider allows one account; 0 sets no pace
  bool real = true;          // reaches a person (file does not)
  bool desk = false;         // a human inbox: operators answer there, no lead is reached by it
};

struct Channel {
  ChannelId id;
  TenantId tenant;
  std::string kind;               // email sms file
  std::string name;               // unique among the tenant's; the kind unless given
  std::string status = "active";  // active paused removed
  std::string status_reason;
  Json config = Json::object();
  // What we learned from the provider: "username", "hook_url", where pulling goes on. Never secret.
  Json state = Json::object();
  bool has_secret = false;
  TimeMs hold_until = 0;  // flood control: nothing goes out before
  TimeMs created_at = 0;
  TimeMs updated_at = 0;
};

// A channel with its secret opened: what a connector needs. Never stored, printed or logged.
struct Account {
  ChannelId id;
  Json config = Json::object();
  Json state = Json::object();
  std::string secret;
  std::string hook_secret;  // what the provider signs its callbacks with, "" refuses them all
};

// A button that the person answers with. `payload` comes back in an Inbound, at most 64 bytes.
struct ReplyButton {
  std::string text, payload;
};

// A message as a connector sees it.
struct Outgoing {
  MessageId id;
  std::string address;  // e-mail, E.164, the provider's own id of the person
  std::string person;   // name for the To header, may be ""
  std::string sender;   // the tenant's name
  std::string purpose = "service";
  std::string template_name;
  std::string subject, text, html;
  std::string button_text, button_url;
  std::vector<ReplyButton> reply_buttons;
  std::map<std::string, std::string, std::less<>> variables;  // what the text was made of
  bool window_open = true;  // free text may be sent; else only the provider's own template
  std::string calendar, calendar_method;
  std::string reply_to;         // before the channel's own
  std::string unsubscribe_url;  // for ad
  std::string open_pixel_url;   // where the tenant asked for it
  MessageId thread_id;          // the first message of this conversation, if this is not it
  std::string provider_id;      // ours, fixed before the first call
  TimeMs created_at = 0;
  TimeMs now = 0;
  std::string locale = "en";
  // Called when the first byte of the message itself is about to leave; false ends the attempt with
  // nothing sent. Empty: nobody asks.
  std::function<bool()> before_data;
};

struct HookCall;
struct HookCheck;
struct Inbound;
struct Pulled;

// One step of telling a provider where to call, or of asking whether it still does. Pure: `state`
// is what earlier steps learned. A request without a URL means that this step has nothing to do.
struct SetupStep {
  std::string_view name;  // "getMe", for the error
  HttpRequest (*build)(const Account& account, std::string_view hook_url);
  // Total. Writes what it learned into `state`; `sent` goes on with the next step. What it writes
  // as "hook_secret" is sealed with the account's secret, and is no part of the state after that.
  Delivery (*parse)(const HttpReply& reply, Json& state);
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

  // The way in; all null or empty for a kind that tells us nothing. See inbound.h.
  bool makes_hook_secret = false;  // the word that hooks are known by is ours to choose
  HookCheck (*verify)(const Account& account, const HookCall& call) = nullptr;
  // Total: hostile bytes are no events.
  std::vector<Inbound> (*parse_events)(std::string_view raw) = nullptr;
  std::span<const SetupStep> connect = {};      // by `channel add` and `channel connect`
  std::span<const SetupStep> disconnect = {};   // by `channel remove`, and before pulling
  std::span<const SetupStep> hook_status = {};  // by doctor: misconfigured when it was dropped
  // For machines without a public address. `state` keeps where to go on.
  HttpRequest (*build_pull)(const Account& account, int wait_s) = nullptr;
  Pulled (*parse_pull)(const HttpReply& reply, Json& state) = nullptr;
  // Where a call may be a stranger's, what it told is looked up before it is believed: `sent` when
  // it is so, `rejected` when it is not. A request without a URL: no need.
  HttpRequest (*build_confirm)(const Account& account, const Inbound& event) = nullptr;
  Delivery (*parse_confirm)(const HttpReply& reply, const Inbound& event) = nullptr;
  // Tells the provider that a button's press was taken; null where nobody waits for that.
  HttpRequest (*build_acknowledge)(const Account& account, const Inbound& press) = nullptr;
  // Whether an event is this channel's own, where one hook serves several accounts of an app.
  // Null: always.
  bool (*owns)(const Channel& channel, const Inbound& event) = nullptr;
  // The link by which a person opens the dialog and hands us `token`; "" while it is not known.
  std::string (*start_link)(const Account& account, std::string_view token) = nullptr;
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

// What of a channel is to be another way; the rest stays.
struct ChannelChange {
  Json config = Json::object();  // these settings alone; "" takes one away
  std::optional<std::string> secret;
  std::optional<std::string> hook_secret;
};
// Errors: key_missing, secret_invalid, and the provider's own about its settings.
Result<Channel> change(World& world, store::Tx& tx, const SealKey& key, const Channel& channel,
                       const ChannelChange& change);

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

// Where the provider calls us: BASE/hooks/KIND/ID.
std::string hook_url(const App& app, const Channel& channel);
// Tells the provider where to call, or, with `pull`, takes that back: then we ask it ourselves.
// Learns what start links need on the way. Network calls, so never inside a transaction. Errors:
// connect_needless (refused: this kind tells us nothing), pull_impossible (refused),
// channel_connect_failed (provider) with the step and the provider's words.
Result<Channel> connect(App& app, const Channel& channel, bool pull);
// Whether the provider still calls us; sent when it does, or need not.
Delivery hook_status(App& app, const Channel& channel);
// What was learned from the provider, in place of what was known.
Result<Channel> save_state(World& world, store::Tx& tx, const ChannelId& id, const Json& state);
// Job handlers, one live job for each channel that has something to tend: asking the provider for
// what is new (channel.pull), and seeing that it still calls us (channel.watch).
jobs::Outcome pull_channel(App& app, const jobs::Job& job);
jobs::Outcome watch_channel(App& app, const jobs::Job& job);
// Those jobs are in the queue after this, for every channel of every tenant.
Status ensure_tended(World& world, store::Tx& tx);
Result<bool> has_tended(store::Tx& tx);  // whether there is any such channel

Json to_json(const Channel& channel);  // no secret, only whether there is one
Json to_json(const Delivery& delivery);

}  // namespace flead::channels
