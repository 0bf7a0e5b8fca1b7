// The way in: a provider's call of our hook, and what it tells us, in one vocabulary for all kinds.
// Callers: the hook route (verify), the job that reads what was kept (parse_events), the pull job.
// A connector's part is pure functions over these types; nothing here touches a store.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/time.h"
#include "core/channels/channel.h"

namespace flead::channels {

// One call as it came. Names of headers are in lower case; the query is decoded.
struct HookCall {
  std::string method;  // GET or POST
  std::vector<std::pair<std::string, std::string>> query;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  // raw bytes: signatures are made over these
  TimeMs now = 0;

  std::string_view header(std::string_view lower_case_name) const;  // "" when missing
  std::string_view query_value(std::string_view name) const;        // "" when missing
};

// What a connector thinks of a call. Secrets are compared in constant time.
struct HookCheck {
  bool genuine = false;    // else 401, counted, never processed
  bool handshake = false;  // genuine, and only wants `answer`: nothing is kept
  std::string answer;      // the body of the 200 that this provider wants
  std::string answer_type = "text/plain; charset=utf-8";
  // The provider's own id of this delivery, the same when it repeats it; "" takes a hash of the
  // body.
  std::string delivery_id;
};

// One thing that happened at the provider.
struct Inbound {
  enum class Kind {
    text,     // the person wrote
    button,   // the person pressed a button of ours: `payload`
    start,    // the person opened the dialog; `payload` is the start token, or ""
    contact,  // the person shared a number that the provider vouches for: `phone`
    opt_in,   // messages are allowed (again)
    opt_out,  // the person blocked us or forbade messages
    receipt,  // what became of a message of ours: `delivery`
    answer,   // of a human inbox: an operator wrote to the lead
    thread,   // of a human inbox: a conversation is now `payload`: open, resolved, pending, snoozed
    other,    // known, and of no use here: kept, not acted on
  };
  Kind kind = Kind::other;
  // The provider's id of this event, unique within the channel: a repeat changes nothing. Never "".
  std::string key;
  std::string account;   // our own account that it happened to, where one hook serves several
  std::string address;   // who, as `Outgoing::address` names them; "" when nobody is named
  std::string name;      // as the person calls themselves there
  std::string handle;    // user name without @, or ""
  std::string language;  // "ru", "en-GB" or ""
  // What was written; a button's own words. With a start only what the person added to it.
  std::string text;
  std::string payload;  // a button's, or the start token
  // The person's own number, where the provider vouches for it: digits, with or without +.
  std::string phone;
  std::string answer_token;  // for acknowledge(): the press of a button waits for it
  std::string provider_id;   // of the message: theirs for text, ours for receipts
  MessageId message;         // ours, where the provider hands our own id back in a receipt
  Delivery delivery;         // for receipts
  bool read = false;         // for receipts: seen by the person
  TimeMs at = 0;             // by the provider's clock; 0 when it does not say
};
std::string_view kind_name(Inbound::Kind kind);

// What a pull brought: events, each as a hook would have been called with it (a body that
// parse_events takes).
struct Pulled {
  Delivery delivery;  // `sent` when the provider answered
  std::vector<std::string> events;
  bool again = false;  // ask again at once: this was a step towards the events, or more are there
};

}  // namespace flead::channels
