// The dull step between a connector's pure functions and the transport: the channel's own settings
// for the way there, and the steps of a set-up one after the other. Callers: the provider table,
// the inbox, `channel add|connect`, doctor. Never inside a transaction.
#pragma once

#include <span>
#include <string_view>

#include "core/app.h"
#include "core/channels/channel.h"

namespace flead::channels {

// `request` with the certificates and the proxy of this channel's settings.
HttpReply call(App& app, const Account& account, HttpRequest request);

// Runs the steps until one does not say `sent`; what they learn goes into `account.state`. The
// answer is the last step's, with its name as `stage`; no steps: sent.
Delivery run_steps(App& app, Account& account, std::span<const SetupStep> steps,
                   std::string_view hook_url);

// Rows of the provider table made of two pure functions.
template <HttpRequest (*build)(const Account&, const Outgoing&),
          Delivery (*parse)(const HttpReply&)>
Delivery send_by(App& app, const Account& account, const Outgoing& message) {
  return parse(call(app, account, build(account, message)));
}
// For connectors that cannot say every message (no template of theirs for it): this person cannot
// be reached here with it, another channel may.
template <Result<HttpRequest> (*build)(const Account&, const Outgoing&),
          Delivery (*parse)(const HttpReply&)>
Delivery send_if_built(App& app, const Account& account, const Outgoing& message) {
  auto request = build(account, message);
  if (!request) {
    Delivery refused;
    refused.verdict = Verdict::unreachable;
    refused.says = request.error().message;
    refused.stage = "build";
    return refused;
  }
  return parse(call(app, account, std::move(*request)));
}
template <HttpRequest (*build)(const Account&), Delivery (*parse)(const HttpReply&)>
Delivery probe_by(App& app, const Account& account) {
  return parse(call(app, account, build(account)));
}

}  // namespace flead::channels
