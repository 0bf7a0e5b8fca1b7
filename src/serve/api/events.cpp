#include "serve/api/events.h"

#include <memory>
#include <string>

#include "core/base/log.h"
#include "core/base/time.h"
#include "core/intake/feed.h"

namespace flead::api {
namespace {

using http::Reply;
using http::Request;

// Little on purpose: whoever wants the rest loads the lead, and sees what it is by then.
std::string event_data(const intake::Event& event) {
  return Json::object({{"id", event.id.text()},
                       {"lead", event.lead.text()},
                       {"kind", event.kind},
                       {"at", format_time(event.at)}})
      .dump();
}

Reply watch_events(const Request& request, const Runtime& runtime) {
  if (runtime.streams_full && runtime.streams_full()) {
    return http::problem(503, "streams_full", http::k_streams_full);
  }
  Reply reply;
  reply.subscription = {request.caller.tenant->id.text(),
                        std::string(request.header("last-event-id"))};
  reply.header("content-type", "text/event-stream");
  reply.header("cache-control", "no-store");
  return reply.header("x-accel-buffering", "no");  // nginx would keep events until it has a page
}

}  // namespace

void add_event_routes(std::vector<http::Route>& table, const Runtime& runtime) {
  table.push_back(
      {.method = "GET",
       .pattern = "/api/v1/events",
       .access = http::Access::viewer,
       .handler = [runtime](App&,
                            const Request& request) { return watch_events(request, runtime); },
       .operation = "watchEvents",
       .summary = "What happens to leads, as it happens (server-sent events)",
       .response_type = "text/event-stream"});
}

http::Streams::Look look_for_events(App& app) {
  return [&app, feed = std::make_shared<intake::Feed>()](http::Streams& streams) {
    const auto news = feed->look(app.store, app.world.clock.steady_ms());
    if (!news) {
      log_error("events.look_failed", {{"code", news.error().code}});
      return;
    }
    if (news->lost) streams.lost();
    for (const auto& [tenant, event] : news->events) {
      streams.publish({tenant.text(), event.kind, event_data(event)});
    }
  };
}

}  // namespace flead::api
