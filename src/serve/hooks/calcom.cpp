// The raw bytes are kept and the booking is read by a job: a call is sent once, proves only that it
// was sent, and may come twice or out of order.
#include "serve/hooks/calcom.h"

#include <memory>
#include <string>
#include <utility>

#include "core/booking/calcom_link.h"
#include "serve/http/problem.h"

namespace flead::hooks {

namespace {

http::Reply calcom_heard() {
  return http::text_reply(200, "ok");
}

http::Reply receive_calcom(App& app, const http::Request& request) {
  const booking::CalcomLinkId id{std::string(request.param("link_id"))};
  auto known = app.store.read([&](store::Tx& tx) { return booking::calcom_for_call(app, tx, id); });
  if (!known) return http::failure(known.error());
  if (!booking::calcom::is_signed(known->hook_secret, request.header("x-cal-signature-256"),
                                  request.body)) {
    return http::failure(
        unauthorized("bad_signature", "The call does not carry this offer's signature."));
  }
  auto call = booking::calcom::parse_call(request.body);
  if (!call) {
    return http::problem(400, "trigger_missing",
                         "The call has no triggerEvent: take the template off this webhook.");
  }
  if (call->uid.empty()) return calcom_heard();  // a ping
  http::Reply reply;
  reply.deferred = std::make_shared<http::Deferred>(http::Deferred{
      [&app, link = std::move(known->link), call = std::move(*call), raw = request.body](
          store::Tx& tx) { return booking::keep_calcom_call(app, tx, link, call, raw); },
      [](const Status& kept) { return kept ? calcom_heard() : http::failure(kept.error()); }});
  return reply;
}

}  // namespace

void add_calcom_hook_route(std::vector<http::Route>& table) {
  http::Route route;
  route.method = "POST";
  route.pattern = "/hooks/calcom/{link_id}";
  route.handler = receive_calcom;
  route.operation = "callCalcomHook";
  route.summary = "What Cal.com tells of a booking, signed with the secret of its webhook";
  route.body_types = {};
  route.body_bytes_max = k_hook_body_bytes_max;
  route.response_type = "text/plain";
  route.refusals = {400, 401};
  route.counted = false;  // its calls come from few addresses
  table.push_back(std::move(route));
}

}  // namespace flead::hooks
