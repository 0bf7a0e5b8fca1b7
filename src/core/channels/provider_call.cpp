#include "core/channels/provider_call.h"

#include <utility>

namespace flead::channels {

HttpReply call(App& app, const Account& account, HttpRequest request) {
  request.ca_file = account.config.text("ca_file").value_or("");
  request.proxy = account.config.text("proxy").value_or("");
  return app.transport.http(request);
}

Delivery run_steps(App& app, Account& account, std::span<const SetupStep> steps,
                   std::string_view hook_url) {
  Delivery last;
  last.verdict = Verdict::sent;
  for (const SetupStep& step : steps) {
    HttpRequest request = step.build(account, hook_url);
    if (request.url.empty()) continue;
    last = step.parse(call(app, account, std::move(request)), account.state);
    last.stage = step.name;
    if (last.verdict != Verdict::sent) break;
  }
  return last;
}

}  // namespace flead::channels
