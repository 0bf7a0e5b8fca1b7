// Cal.com as far as it is asked, and an app with an offer that is booked there: for tests of that
// connection. Written from the vendor's pages, not from our connector.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "core/booking/calcom_link.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead::test {

inline constexpr TimeMs k_there = 1767690000000;  // 2026-01-06T09:00Z, tomorrow

// Cal.com as far as it is asked: bookings as its document has them, in the order of their change.
struct There {
  struct Meeting {
    std::string uid, status = "accepted";
    TimeMs at = k_there;
    TimeMs changed_at = 0;
    std::string name = "Анна", email = "anna@example.com", phone, mark, from, to, reason;
    bool absent = false;
    std::int64_t type = 812;
  };
  std::vector<Meeting> meetings;
  int fails_with = 0;  // a status for whatever is asked
  std::vector<std::pair<std::string, std::string>> headers;
  std::string hooks = "[]";
  int hooks_fail_with = 0;  // a status for what is asked of webhooks
  std::int64_t seats = 0;

  static Json json_of(const Meeting& one) {
    Json attendee = Json::object({{"name", one.name},
                                  {"email", one.email},
                                  {"timeZone", "Asia/Omsk"},
                                  {"language", "en"},
                                  {"absent", one.absent}});
    if (!one.phone.empty()) attendee.set("phoneNumber", one.phone);
    Json json = Json::object({{"id", 1},
                              {"uid", one.uid},
                              {"status", one.status},
                              {"start", format_time(one.at)},
                              {"end", format_time(one.at + k_hour_ms)},
                              {"eventType", Json::object({{"id", one.type}, {"slug", "consult"}})},
                              {"attendees", Json::array({attendee})},
                              {"metadata", Json::object({{"flead_lead", one.mark}})},
                              {"createdAt", format_time(one.changed_at)},
                              {"updatedAt", format_time(one.changed_at)}});
    if (!one.from.empty()) json.set("rescheduledFromUid", one.from);
    if (!one.to.empty()) json.set("rescheduledToUid", one.to);
    if (!one.reason.empty()) json.set("cancellationReason", one.reason);
    return json;
  }

  std::string list(const std::string& url) const {
    const auto number = [&](std::string_view name) -> std::string {
      const auto at = url.find(name);
      if (at == std::string::npos) return "";
      const auto begin = at + name.size();
      return percent_decode(url.substr(begin, url.find('&', begin) - begin));
    };
    const auto after = parse_time(number("afterUpdatedAt="));
    const auto start = parse_time(number("afterStart="));
    std::vector<Meeting> found;
    for (const Meeting& one : meetings) {
      if ((!after || one.changed_at > *after) && (!start || one.at > *start)) found.push_back(one);
    }
    std::stable_sort(found.begin(), found.end(), [](const Meeting& a, const Meeting& b) {
      return a.changed_at < b.changed_at;
    });
    const std::size_t skip = std::stoul(number("skip="));
    Json out = Json::array();
    for (std::size_t i = skip; i < std::min(found.size(), skip + 100); ++i) {
      out.push(json_of(found[i]));
    }
    return out.dump();
  }

  channels::HttpReply answer(const channels::HttpRequest& request) const {
    channels::HttpReply reply;
    reply.status = 200;
    std::string data;
    const auto is = [&](std::string_view path) {
      return request.url.starts_with("https://api.cal.com/v2/" + std::string(path));
    };
    if (is("me")) data = R"({"username":"anna","timeZone":"Europe/Moscow"})";
    if (is("event-types")) {
      data = R"([{"id":812,"slug":"consult","title":"C","lengthInMinutes":60,"seats":)" +
             Json::object({{"seatsPerTimeSlot", seats}}).dump() +
             R"(,"bookingUrl":"https://cal.com/anna/consult"}])";
    }
    if (is("webhooks")) {
      data = request.method == "GET" ? hooks : "";
      if (data.empty()) {
        data = parse_json(request.body.empty() ? "{}" : request.body)->set("id", 41).dump();
      }
    }
    if (is("bookings?")) data = list(request.url);
    if (is("bookings/")) {
      for (const Meeting& one : meetings) {
        if (request.url.ends_with("/" + one.uid)) data = json_of(one).dump();
      }
      if (data.empty()) reply.status = 404;
    }
    reply.body = R"({"status":"success","data":)" + data + "}";
    if (reply.status == 404) reply.body = R"({"status":"error","error":{"message":"no"}})";
    const int status = is("webhooks") && fails_with == 0 ? hooks_fail_with : fails_with;
    if (status == 0) return reply;
    reply.status = status;
    reply.headers = headers;
    reply.body = R"({"status":"error","error":{"message":"Invalid API Key"}})";
    return reply;
  }
};

struct CalcomBench {
  TestApp app;
  There there;
  std::string secret, link;

  CalcomBench() {
    add_host(app);
    app.transport().on_http = [this](const channels::HttpRequest& request) {
      app.provider("calcom") = ScriptedProvider();
      app.provider("calcom").then(there.answer(request));
    };
  }

  Result<booking::CalcomLink> connect(std::optional<bool> hook = true) {
    booking::NewCalcom input;
    input.offer = "me";
    input.key = "cal_live_secret";
    input.hook = hook;
    auto made = booking::connect_calcom(app.app(), app.tenant(), input);
    if (made) link = made->id.text();
    for (const auto& request : app.sent("calcom")) {
      if (request.label == "calcom set webhook") {
        secret = parse_json(request.body)->text("secret").value_or("");
      }
    }
    return made;
  }

  There::Meeting& meeting(std::string uid) {
    There::Meeting one;
    one.uid = std::move(uid);
    one.changed_at = app.clock().now();
    there.meetings.push_back(one);
    return there.meetings.back();
  }
  There::Meeting& find(std::string_view uid) {
    for (auto& one : there.meetings) {
      if (one.uid == uid) return one;
    }
    FAIL("no meeting " << uid);
    return there.meetings.front();
  }
  // Something happens there a second later.
  There::Meeting& changed(std::string_view uid) {
    app.advance(std::chrono::seconds(1));
    find(uid).changed_at = app.clock().now();
    return find(uid);
  }
  // As Cal.com does it: another uid, and each names the other.
  void move(const std::string& from, const std::string& to, TimeMs at) {
    There::Meeting next = changed(from);
    find(from).status = "cancelled";
    find(from).to = to;
    next.uid = to;
    next.from = from;
    next.at = at;
    there.meetings.push_back(next);
  }

  http::Reply post_raw(const std::string& body, const std::string& signature) {
    return app.request("POST", "/hooks/calcom/" + link, body, "-",
                       {{"x-cal-signature-256", signature}});
  }
  int call(const std::string& trigger, const std::string& uid, const std::string& old_uid = "") {
    const std::string body =
        trigger == "MEETING_ENDED"
            ? R"({"triggerEvent":"MEETING_ENDED","uid":")" + uid + R"(","createdAt":"2026"})"
            : R"({"triggerEvent":")" + trigger + R"(","createdAt":")" +
                  format_time(app.clock().now()) + R"(","payload":{"uid":")" + uid +
                  R"(","rescheduleUid":")" + old_uid + R"("}})";
    const int status = post_raw(body, hex_encode(hmac_sha256(secret, body))).status;
    app.run_jobs();
    return status;
  }
  void look() { REQUIRE(booking::sync_calcom(app.app(), app.tenant(), "me")); }

  std::vector<booking::Booking> bookings() {
    auto found = app.store().read(
        [&](store::Tx& tx) { return booking::list(tx, app.tenant().id, booking::Filter{}); });
    REQUIRE(found);
    return *found;
  }
  std::string state() {
    const auto all = bookings();
    REQUIRE(all.size() == 1);
    return std::string(booking::state_name(all.front().state));
  }
  intake::Lead lead(const std::string& text) {
    const auto found =
        app.store().read([&](store::Tx& tx) { return intake::find(tx, app.tenant(), text); });
    REQUIRE(found);
    return *found;
  }
};

}  // namespace flead::test
