// The outbox: every message to a person is a row first (`queued`), then a job sends it. Callers:
// intake (greeting), booking (confirmations), reports, `flead message`. Intention, act, outcome are
// three steps; nothing here holds a transaction while a provider is called.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/app.h"
#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/channels/channel.h"
#include "core/channels/template.h"
#include "core/intake/lead.h"
#include "core/tenants/tenant.h"

namespace flead::channels {

struct Message {
  MessageId id;
  TenantId tenant;
  std::optional<LeadId> lead;
  ChannelId channel;
  std::string channel_kind;  // email sms file
  std::string template_name;
  std::string language = "en";      // ru or en
  std::string purpose = "service";  // service or ad
  std::string address;              // e-mail, E.164; a name for `file`
  std::string subject, body_text, body_html;
  std::string button_text, button_url;
  std::vector<ReplyButton> reply_buttons;
  std::string calendar;         // a whole iCalendar object, or ""
  std::string calendar_method;  // REQUEST or CANCEL
  std::string reply_to;         // whom an answer reaches; "" is the channel's own
  // queued sending sent delivered read ambiguous unreachable rejected cancelled
  std::string state = "queued";
  int attempt = 0;
  std::string provider_id, provider_says;
  std::int64_t segments = 0;
  std::optional<std::int64_t> cost_minor;
  std::string cost_currency;
  TimeMs created_at = 0, updated_at = 0;
  TimeMs give_up_at = 0;            // not tried after this
  std::optional<TimeMs> handed_at;  // while sending: when the message began to leave us
  std::optional<TimeMs> sent_at, delivered_at, read_at;
  Variables variables, html_variables;  // what it was rendered from: another channel may need it
  std::string tried;  // channels that failed to reach this person before, ids joined by commas
  std::string root;   // the message that this one goes on for on another channel, "" for the first
};

struct NewMessage {
  std::string template_name;  // rendered in the person's language by the channel's medium
  Variables variables;
  Variables html_variables;  // our own markup for the HTML part, see render_template
  std::string button_text, button_url;
  std::vector<ReplyButton> reply_buttons;
  std::string calendar, calendar_method;
  std::optional<ChannelId> via;  // tried first
  TimeMs give_up_at = 0;         // not sent after this; 0 is k_message_age_max_ms from now
  std::string reply_to;  // an address, where a channel has such a thing; "" is the channel's own
  // At most one message of a tenant ever has this key: "booking.confirmed:bkg_…:0".
  std::optional<std::string> unique_key;
};

// Picks the channel (choose_channel in route.h), renders, inserts the row and enqueues
// `message.send`. Nothing when no channel reaches the person (event `message.unroutable` is
// written, and somebody has to look at the lead) or when the key was used. Error `no_consent`
// (refused) for an ad template without marketing consent.
Result<std::optional<Message>> send_to_lead(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                            const intake::Lead& lead, const NewMessage& message);
// To a bare address (the weekly report to the founder); `kind` is the channel kind to use.
// Error channel_missing (unmet) when the tenant has no active one.
Result<Message> send_to_address(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                std::string_view kind, std::string_view address,
                                const NewMessage& message);

struct MessageFilter {
  std::string state, kind, lead_id;    // "" is any
  std::optional<TimeMs> since, until;  // created_at in [since, until)
  std::string before_id;               // page key: ids older than this; "" is the newest page
  std::int64_t limit = k_page_default;
};
Result<std::vector<Message>> list_messages(store::Tx& tx, const TenantId& tenant,
                                           const MessageFilter& filter);  // newest first
Result<Message> load_message(store::Tx& tx, const TenantId& tenant, const MessageId& id);
// A person has decided: what waits goes now, what failed or is ambiguous is sent again under the
// same message id. Errors: message_not_found, message_sent (conflict), message_sending (conflict).
Result<Message> retry_message(App& app, store::Tx& tx, const TenantId& tenant, const MessageId& id);

// A waiting message will not be sent; its lead's timeline says so. One that may have left us is
// ambiguous from now on, a settled one stays as it is. Its job is the caller's business.
Status cancel_message(World& world, store::Tx& tx, const TenantId& tenant, const MessageId& id,
                      std::string_view why);

// What a provider told us later about a message: taken, delivered, `read`, or given up. It only
// moves forward: a late `sent` changes nothing of what is delivered. Used by the poll and by the
// provider's callback.
Status report_delivery(App& app, store::Tx& tx, const Message& message, const Delivery& delivery,
                       bool read = false);
// By the provider's id within a channel; nothing when unknown.
Result<std::optional<Message>> find_by_provider_id(store::Tx& tx, const ChannelId& channel,
                                                   std::string_view provider_id);

// Renders the same way as send_to_lead, stores nothing: for `template render`.
Result<Rendered> preview(store::Tx& tx, const TenantId& tenant, std::string_view name,
                         std::string_view language, const Variables& variables);

// Job handlers.
jobs::Outcome greet(App& app, const jobs::Job& job);          // lead.greet
jobs::Outcome send_message(App& app, const jobs::Job& job);   // message.send
jobs::Outcome check_message(App& app, const jobs::Job& job);  // message.check: was it delivered?
jobs::Outcome next_step(App& app, const jobs::Job& job);      // route.next: no sign of life so far

Json to_json(const Message& message);

}  // namespace flead::channels
