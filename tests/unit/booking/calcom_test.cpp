// Cal.com's API and webhook: what is asked, and what any answer means.
#include "core/booking/calcom.h"

#include <string>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "core/intake/booking_link.h"
#include "support/catch.h"
#include "support/fakes.h"

namespace flead {

namespace {

namespace calcom = booking::calcom;
using channels::HttpReply;
using channels::Verdict;

HttpReply calcom_reply(int status, std::string body) {
  HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

std::string header_in(const channels::HttpRequest& request, std::string_view name) {
  for (const auto& [known, value] : request.headers) {
    if (known == name) return value;
  }
  return "";
}

const calcom::Access k_access{"https://api.cal.com", "cal_live_x", ""};

// As the vendor's page shows it.
constexpr std::string_view k_one =
    R"({"id":5501,"uid":"kX2pQ9","title":"Консультация","status":"accepted",)"
    R"("start":"2026-12-01T09:00:00.000Z","end":"2026-12-01T10:00:00.000Z","duration":60,)"
    R"("eventType":{"id":812,"slug":"consult"},"location":"https://app.cal.com/video/kX2pQ9",)"
    R"("hosts":[{"id":5,"name":"Ира"}],"attendees":[{"name":"Анна","email":"anna@example.com",)"
    R"("timeZone":"Europe/Moscow","absent":false,"phoneNumber":"+79161234567","language":"ru"}],)"
    R"("metadata":{"flead_lead":"mark"},"createdAt":"2026-11-21T09:00:00.000Z",)"
    R"("updatedAt":"2026-11-21T09:00:00.538Z","rescheduledFromUid":"old",)"
    R"("cancellationReason":"x"})";

std::string success(std::string_view data) {
  return R"({"status":"success","data":)" + std::string(data) + "}";
}

}  // namespace

TEST_CASE("calcom: the vendor's own signature, and none without a secret", "[booking][calcom]") {
  const std::string body =
      R"({"triggerEvent":"PING","createdAt":"2026-12-01T09:00:00.000Z","payload":{}})";
  const std::string good = "b87e2e337fe077765437752c4775f3825ac705bbd294f014614798a03cc72f73";
  CHECK(calcom::is_signed("cal-secret", good, body));
  CHECK_FALSE(calcom::is_signed("cal-secret", good, body + " "));
  CHECK_FALSE(calcom::is_signed("cal-secret", "no-secret-provided", body));
  CHECK_FALSE(calcom::is_signed("cal-secret", "", body));
  CHECK_FALSE(calcom::is_signed("cal-secret", good.substr(1), body));
  CHECK_FALSE(calcom::is_signed("another", good, body));
  CHECK_FALSE(calcom::is_signed("", hex_encode(hmac_sha256("", body)), body));
  CHECK_FALSE(calcom::is_signed("", "no-secret-provided", body));
}

TEST_CASE("calcom: each family of requests names its version", "[booking][calcom]") {
  const auto one = calcom::build_booking(k_access, "a/b?c");
  CHECK(one.url == "https://api.cal.com/v2/bookings/a%2Fb%3Fc");
  CHECK(header_in(one, "cal-api-version") == "2024-08-13");
  CHECK(header_in(one, "authorization") == "Bearer cal_live_x");
  CHECK(one.label.find("cal_live") == std::string::npos);
  CHECK(header_in(calcom::build_event_types(k_access, "anna"), "cal-api-version") == "2024-06-14");
  for (const auto& request : {calcom::build_me(k_access), calcom::build_webhooks(k_access, 0),
                              calcom::build_delete_webhook(k_access, "7")}) {
    CHECK(header_in(request, "cal-api-version").empty());
  }
  const auto list = calcom::build_bookings(k_access, {812, std::nullopt, 1'795'000'000'538, 100});
  CHECK(list.url ==
        "https://api.cal.com/v2/bookings?eventTypeId=812&sortUpdatedAt=asc&take=100&skip=100"
        "&afterUpdatedAt=2026-11-18T11%3A06%3A40.538Z");
  const auto made = calcom::build_set_webhook(k_access, {"", "https://f.example/h", "s"});
  CHECK(made.method == "POST");
  const auto again = calcom::build_set_webhook(k_access, {"7", "https://f.example/h", "s"});
  CHECK(again.method == "PATCH");
  CHECK(again.url == "https://api.cal.com/v2/webhooks/7");
  CHECK(again.body.find("payloadTemplate") == std::string::npos);
}

TEST_CASE("calcom: a booking is read whole", "[booking][calcom]") {
  const auto read = calcom::parse_booking(calcom_reply(200, success(k_one)));
  REQUIRE(read.verdict == Verdict::sent);
  REQUIRE(read.bookings.size() == 1);
  const auto& booking = read.bookings.front();
  CHECK(booking.uid == "kX2pQ9");
  CHECK(booking.status == calcom::Status::accepted);
  CHECK(booking.ends_at - booking.starts_at == k_hour_ms);
  CHECK(booking.event_type == 812);
  CHECK(booking.moved_from == "old");
  CHECK(booking.moved_to.empty());
  CHECK(booking.reason == "x");
  CHECK(booking.mark == "mark");
  CHECK(booking.attendee.phone == "+79161234567");
  CHECK(booking.changed_at % 1000 == 538);
  // A recurring one is a list.
  const auto list = "[" + std::string(k_one) + "," + std::string(k_one) + "]";
  CHECK(calcom::parse_booking(calcom_reply(200, success(list))).bookings.size() == 2);
}

TEST_CASE("calcom: a booking without what it needs is counted, not guessed", "[booking][calcom]") {
  const std::string from = GENERATE(values<std::string>(
      {"\"uid\":\"kX2pQ9\"", "\"status\":\"accepted\"", "2026-12-01T09:00:00.000Z",
       "2026-12-01T10:00:00.000Z", "2026-11-21T09:00:00.538Z"}));
  CAPTURE(from);
  const std::string broken = replace_all(k_one, from, from.starts_with('"') ? "\"x\":1" : "soon");
  const auto read = calcom::parse_bookings(calcom_reply(200, success("[" + broken + "]")));
  CHECK(read.verdict == Verdict::sent);
  CHECK(read.bookings.empty());
  CHECK(read.count == 1);
  CHECK(read.unreadable == 1);
}

TEST_CASE("calcom: whether others follow is theirs to say", "[booking][calcom]") {
  const auto more = [](const std::string& pagination) {
    const std::string body =
        R"({"status":"success","data":[)" + std::string(k_one) + "]" + pagination + "}";
    return calcom::parse_bookings(calcom_reply(200, body)).more;
  };
  CHECK_FALSE(more(""));
  CHECK_FALSE(more(R"(,"pagination":{"hasNextPage":false})"));
  CHECK_FALSE(more(R"(,"pagination":{"hasNextPage":"yes"})"));
  CHECK(more(R"(,"pagination":{"hasNextPage":true})"));
}

TEST_CASE("calcom: what each answer means", "[booking][calcom]") {
  struct Row {
    int status;
    std::string body;
    Verdict verdict;
    bool not_found = false;
  };
  const std::string error = R"({"status":"error","error":{"code":"X","message":"words"}})";
  const Row row = GENERATE_COPY(values<Row>({{200, success("[]"), Verdict::sent},
                                             {200, success("{}"), Verdict::misconfigured},
                                             {200, error, Verdict::misconfigured},
                                             {200, "<html>", Verdict::misconfigured},
                                             {200, "", Verdict::misconfigured},
                                             {301, "", Verdict::misconfigured},
                                             {400, error, Verdict::rejected},
                                             {401, error, Verdict::misconfigured},
                                             {403, error, Verdict::misconfigured},
                                             {404, error, Verdict::rejected, true},
                                             {404, "nginx", Verdict::misconfigured},
                                             {409, error, Verdict::rejected},
                                             {429, "later", Verdict::retry},
                                             {500, error, Verdict::retry},
                                             {503, "", Verdict::retry},
                                             {0, "", Verdict::retry}}));
  CAPTURE(row.status, row.body);
  const auto read = calcom::parse_bookings(calcom_reply(row.status, row.body));
  CHECK(read.verdict == row.verdict);
  CHECK(read.not_found == row.not_found);
  CHECK((read.verdict == Verdict::sent || !read.says.empty()));
}

TEST_CASE("calcom: how long to wait is theirs to say, within reason", "[booking][calcom]") {
  struct Row {
    std::string reset;
    std::int64_t wait_ms;
  };
  const Row row = GENERATE(values<Row>({{"7", 7000},
                                        {"999999", 600000},
                                        {"", 60000},
                                        {"0", 60000},
                                        {"-5", 60000},
                                        {"soon", 60000},
                                        {"1795000000", 60000},
                                        {"99999999999999999999", 60000}}));
  CAPTURE(row.reset);
  HttpReply reply = calcom_reply(429, "");
  reply.headers = {{"x-ratelimit-reset-default", row.reset}};
  CHECK(calcom::parse_bookings(reply).retry_after_ms == row.wait_ms);
  reply.retry_after_ms = 3000;
  CHECK(calcom::parse_bookings(reply).retry_after_ms == 3000);
}

TEST_CASE("calcom: calls of each shape", "[booking][calcom]") {
  struct Row {
    std::string body, trigger, uid, old_uid;
    bool ended = false;
  };
  const Row row = GENERATE(values<Row>(
      {{R"({"triggerEvent":"BOOKING_CREATED","createdAt":"t","payload":{"uid":"a"}})",
        "BOOKING_CREATED", "a", ""},
       {R"({"triggerEvent":"BOOKING_RESCHEDULED","payload":{"uid":"b","rescheduleUid":"a"}})",
        "BOOKING_RESCHEDULED", "b", "a"},
       {R"({"triggerEvent":"BOOKING_NO_SHOW_UPDATED","payload":{"bookingUid":"a"}})",
        "BOOKING_NO_SHOW_UPDATED", "a", ""},
       {R"({"triggerEvent":"MEETING_ENDED","id":5501,"uid":"a","startTime":"x"})", "MEETING_ENDED",
        "a", "", true},
       {R"({"triggerEvent":"PING","payload":{}})", "PING", "", ""},
       {R"({"triggerEvent":"OOO_CREATED","payload":[1,{"uid":"a"}]})", "OOO_CREATED", "", ""},
       {R"({"triggerEvent":"X","payload":{"uid":7}})", "X", "", ""},
       {R"({"triggerEvent":"X","payload":{"uid":"a\nb"}})", "X", "", ""}}));
  CAPTURE(row.body);
  const auto call = calcom::parse_call(row.body);
  REQUIRE(call);
  CHECK(call->trigger == row.trigger);
  CHECK(call->uid == row.uid);
  CHECK(call->old_uid == row.old_uid);
  CHECK(call->ended == row.ended);
}

TEST_CASE("calcom: a call without an event is nobody's", "[booking][calcom]") {
  const std::string body = GENERATE(values<std::string>(
      {"", "null", "[]", "7", "{", R"({"triggerEvent":7})", R"({"triggerEvent":""})",
       R"({"payload":{"uid":"a"}})", "content=A+new+event", "\xff\xfe", std::string(3, '\0')}));
  CAPTURE(body);
  CHECK_FALSE(calcom::parse_call(body));
}

TEST_CASE("calcom: the same call has the same key, another time another", "[booking][calcom]") {
  const auto key = [](const std::string& trigger, const std::string& at, const std::string& more) {
    const auto call = calcom::parse_call(R"({"triggerEvent":")" + trigger + R"(","createdAt":")" +
                                         at + R"(","payload":{"uid":"a")" + more + "}}");
    REQUIRE(call);
    return call->key;
  };
  CHECK(key("X", "1", "") == key("X", "1", R"(,"title":"other")"));
  CHECK(key("X", "1", "") != key("X", "2", ""));
  CHECK(key("X", "1", "") != key("Y", "1", ""));
  CHECK(key("X", "", "") != key("X", "", R"(,"title":"other")"));
}

TEST_CASE("calcom: any bytes give an answer", "[booking][calcom]") {
  const std::string body = GENERATE(values<std::string>(
      {"", "null", "[]", "{}", "7", "\"x\"", "{\"status\":\"success\"", "\xff\xfe\x00",
       R"({"status":"success","data":null})", R"({"status":"success","data":[null,7,"x",[],{}]})",
       R"({"status":"success","data":{"uid":{},"attendees":{"a":1},"metadata":[]}})",
       R"({"status":"success","data":[{"uid":"a","status":"accepted","start":1,"end":[]}]})",
       R"({"status":["success"],"data":[]})"}));
  CAPTURE(body);
  for (const int status : {200, 201, 400, 404, 500}) {
    const HttpReply reply = calcom_reply(status, body);
    CHECK(calcom::parse_booking(reply).bookings.empty());
    CHECK(calcom::parse_bookings(reply).bookings.empty());
    CHECK(calcom::parse_event_types(reply).types.empty());
    CHECK(calcom::parse_me(reply).username.empty());
    static_cast<void>(calcom::parse_webhooks(reply));
    CHECK(calcom::parse_webhook(reply).verdict != Verdict::sent);
    static_cast<void>(calcom::parse_plain(reply));
  }
}

TEST_CASE("calcom: a webhook is whole with all triggers and no template", "[booking][calcom]") {
  const auto made = calcom::build_set_webhook(k_access, {"", "https://f.example/h", "s"});
  const auto body = parse_json(made.body);
  REQUIRE(body);
  Json hook = *body;
  hook.set("id", 41);
  const auto whole = [&](const Json& json) {
    const auto read = calcom::parse_webhook(calcom_reply(201, success(json.dump())));
    REQUIRE(read.hooks.size() == 1);
    return calcom::is_whole(read.hooks.front());
  };
  CHECK(whole(hook));
  CHECK_FALSE(whole(Json(hook).set("active", false)));
  CHECK_FALSE(whole(Json(hook).set("payloadTemplate", "{}")));
  CHECK_FALSE(whole(Json(hook).set("triggers", Json::array({"BOOKING_CREATED"}))));
}

TEST_CASE("calcom: Cal.com's own addresses are known, whatever they look like", "[calcom]") {
  for (const std::string_view url :
       {"https://api.cal.com", "https://cal.com/anna?x=https://a.example",
        "https://CAL.com:443/"}) {
    CHECK(calcom::is_abroad(url));
  }
  for (const std::string_view url : {"https://cal.example.org/cal.com", "https://notcal.com",
                                     "https://cal.com.example.org", ""}) {
    CHECK_FALSE(calcom::is_abroad(url));
  }
}

TEST_CASE("calcom: the page's address takes any name", "[booking][calcom]") {
  CHECK(calcom::page_url("https://cal.com/anna/consult", {}) == "https://cal.com/anna/consult");
  CHECK(calcom::page_url("https://cal.com/a?x=1", {"Анна & Ко", "a+b@example.com", "m.x"}) ==
        "https://cal.com/a?x=1&name=%D0%90%D0%BD%D0%BD%D0%B0%20%26%20%D0%9A%D0%BE"
        "&email=a%2Bb%40example.com&metadata%5Bflead_lead%5D=m.x");
}

TEST_CASE("booking link: a mark and a proof are of one lead and one key", "[booking][calcom]") {
  test::SeededRandom random;
  const SealKey key = SealKey::make(random);
  const SealKey other = SealKey::make(random);
  const LeadId anna("lead_01k9x0000000000000000000aa");
  const LeadId boris("lead_01k9x0000000000000000000bb");
  const std::string mark = intake::make_lead_mark(key, anna);
  CHECK(intake::read_lead_mark(key, mark) == anna);
  CHECK_FALSE(intake::read_lead_mark(other, mark));
  CHECK_FALSE(intake::read_lead_mark(SealKey(), mark));
  CHECK(intake::make_lead_mark(SealKey(), anna).empty());
  const std::string mac = mark.substr(mark.find('.'));
  CHECK_FALSE(intake::read_lead_mark(key, "01k9x0000000000000000000bb" + mac));
  for (const std::string_view bad : {"", ".", "x", "01k9x0000000000000000000aa.", "\xff.\xff"}) {
    CHECK_FALSE(intake::read_lead_mark(key, bad));
  }
  for (std::size_t i = 0; i < mark.size(); ++i) {
    std::string spoiled = mark;
    spoiled[i] = spoiled[i] == 'a' ? 'b' : 'a';
    CHECK_FALSE(intake::read_lead_mark(key, spoiled));
  }
  CHECK_FALSE(intake::is_sent_proof(key, anna, ""));
  CHECK_FALSE(intake::is_sent_proof(key, anna, mac.substr(1)));
  CHECK_FALSE(intake::is_sent_proof(SealKey(), boris, ""));
}

}  // namespace flead
