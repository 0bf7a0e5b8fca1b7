// What happens at Cal.com, here: whatever comes twice, late, out of order, or not at all.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "core/base/crypto.h"
#include "core/intake/booking_link.h"
#include "core/upkeep/erase.h"
#include "support/calcom.h"

namespace flead {
namespace {

using test::CalcomBench;
using test::count_rows;
using test::k_there;
using test::TestApp;
using test::There;

}  // namespace

TEST_CASE("calcom: from the booking to the end of the meeting", "[calcom][api]") {
  CalcomBench bench;
  REQUIRE(bench.connect());
  bench.meeting("a").status = "pending";
  CHECK(bench.call("BOOKING_REQUESTED", "a") == 200);
  CHECK(bench.state() == "requested");
  CHECK(bench.lead("anna@example.com").status == "new");
  CHECK(bench.lead("anna@example.com").source == "calcom");
  CHECK(bench.lead("anna@example.com").zone == "Asia/Omsk");
  CHECK(bench.lead("anna@example.com").locale == "en");
  bench.changed("a").status = "accepted";
  bench.call("BOOKING_CREATED", "a");
  CHECK(bench.state() == "confirmed");
  CHECK(bench.lead("anna@example.com").status == "booked");
  CHECK(bench.bookings().front().kept_by == "calcom");
  bench.call("MEETING_ENDED", "a");  // before its time: nothing
  CHECK(bench.state() == "confirmed");
  CHECK(bench.app.file_messages().empty());  // Cal.com writes, not we
  bench.app.clock().set(k_there + k_hour_ms + 1);
  const std::string body = R"({"triggerEvent":"MEETING_ENDED","uid":"a","createdAt":"2027"})";
  CHECK(bench.post_raw(body, hex_encode(hmac_sha256(bench.secret, body))).status == 200);
  bench.app.run_jobs();
  CHECK(bench.state() == "completed");
  bench.changed("a").absent = true;
  bench.call("BOOKING_NO_SHOW_UPDATED", "a");
  CHECK(bench.state() == "no_show");
  bench.changed("a").absent = false;
  bench.call("BOOKING_NO_SHOW_UPDATED", "a");
  CHECK(bench.state() == "completed");
}

TEST_CASE("calcom: declined and called off, the lead steps back", "[calcom][api]") {
  CalcomBench bench;
  REQUIRE(bench.connect());
  bench.meeting("a").status = "pending";
  bench.call("BOOKING_REQUESTED", "a");
  bench.changed("a").status = "rejected";
  bench.find("a").reason = "Нет времени";
  bench.call("BOOKING_REJECTED", "a");
  CHECK(bench.state() == "declined");
  CHECK(bench.bookings().front().reason == "Нет времени");
  bench.meeting("b").at = k_there + 2 * k_hour_ms;
  bench.call("BOOKING_CREATED", "b");
  CHECK(bench.lead("anna@example.com").status == "booked");
  bench.changed("b").status = "cancelled";
  bench.call("BOOKING_CANCELLED", "b");
  CHECK(bench.lead("anna@example.com").status == "new");
  CHECK(count_rows(bench.app, "leads") == 1);
  CHECK(bench.app.file_messages().empty());
}

TEST_CASE("calcom: a booking that was called off before we heard of it is a lead", "[calcom]") {
  CalcomBench bench;
  REQUIRE(bench.connect());
  bench.look();  // nothing there yet
  bench.meeting("a").status = "cancelled";
  bench.look();
  CHECK(bench.state() == "cancelled");
  CHECK(bench.lead("anna@example.com").status == "new");
}

TEST_CASE("calcom: of what lies behind at the first look nobody is made a lead", "[calcom]") {
  CalcomBench bench;
  bench.meeting("off").status = "cancelled";
  bench.meeting("past").at = bench.app.clock().now() - k_day_ms;
  bench.meeting("coming");
  REQUIRE(bench.connect());
  bench.look();
  CHECK(bench.bookings().size() == 1);
  CHECK(bench.state() == "confirmed");
}

TEST_CASE("calcom: moved with another uid it is the same booking", "[calcom][api]") {
  CalcomBench bench;
  REQUIRE(bench.connect());
  bench.meeting("a");
  bench.call("BOOKING_CREATED", "a");
  const auto before = bench.bookings().front();
  bench.move("a", "b", k_there + k_day_ms);
  SECTION("told") {
    bench.call("BOOKING_RESCHEDULED", "b", "a");
  }
  SECTION("found") {
    bench.look();
  }
  SECTION("told of the old one alone") {
    bench.call("BOOKING_CANCELLED", "a");
  }
  SECTION("an older Cal.com does not say what it was") {
    bench.find("b").from.clear();
    bench.find("a").to.clear();
    bench.call("BOOKING_RESCHEDULED", "b", "a");
  }
  SECTION("and moved once more, with the middle never told") {
    bench.move("b", "c", k_there + 2 * k_day_ms);
    bench.call("BOOKING_RESCHEDULED", "c", "b");
  }
  const auto now = bench.bookings();
  REQUIRE(now.size() == 1);
  CHECK(now.front().id == before.id);
  CHECK(now.front().state == booking::State::confirmed);
  CHECK(now.front().starts_at > before.starts_at);
  CHECK(now.front().sequence > before.sequence);
  CHECK(bench.lead("anna@example.com").status == "booked");
  // Whatever is read again changes nothing.
  const auto events = count_rows(bench.app, "events");
  bench.look();
  bench.call("BOOKING_CANCELLED", "a");
  CHECK(bench.bookings().front().starts_at == now.front().starts_at);
  CHECK(count_rows(bench.app, "events") == events);
}

TEST_CASE("calcom: a move that waits for the host's word", "[calcom]") {
  CalcomBench bench;
  REQUIRE(bench.connect());
  bench.meeting("a");
  bench.call("BOOKING_CREATED", "a");
  bench.move("a", "b", k_there + k_day_ms);
  bench.find("b").status = "pending";
  bench.look();
  CHECK(bench.state() == "requested");
  CHECK(bench.lead("anna@example.com").status == "booked");
  SECTION("given") {
    bench.changed("b").status = "accepted";
    bench.look();
    CHECK(bench.state() == "confirmed");
    CHECK(count_rows(bench.app, "day_counts WHERE metric = 'bookings' AND count <> 1") == 0);
  }
  SECTION("refused") {
    bench.changed("b").status = "rejected";
    bench.look();
    CHECK(bench.state() == "declined");
    CHECK(bench.lead("anna@example.com").status == "new");
  }
}

TEST_CASE("calcom: in whatever order its news come, the end is the same", "[calcom]") {
  There::Meeting created;
  created.uid = "a";
  created.changed_at = 1000;
  There::Meeting left = created;
  left.status = "cancelled";
  left.to = "b";
  left.changed_at = 2000;
  There::Meeting moved = created;
  moved.uid = "b";
  moved.from = "a";
  moved.at = k_there + k_day_ms;
  moved.changed_at = 2000;
  There::Meeting off = moved;
  off.status = "cancelled";
  off.changed_at = 3000;
  const std::vector<There::Meeting> news = {created, left, moved, off};
  std::vector<std::size_t> order = {0, 1, 2, 3};
  do {
    CAPTURE(order);
    CalcomBench bench;
    const auto link = bench.connect();
    REQUIRE(link);
    for (int round = 0; round < 2; ++round) {  // and each of them twice
      for (const std::size_t i : order) {
        channels::HttpReply reply;
        reply.status = 200;
        reply.body = R"({"status":"success","data":)" + There::json_of(news[i]).dump() + "}";
        const auto read = booking::calcom::parse_booking(reply);
        REQUIRE(read.bookings.size() == 1);
        REQUIRE(bench.app.store().write([&](store::Tx& tx) {
          return booking::apply_calcom(bench.app.app(), tx, *link,
                                       {read.bookings.front(), false, false});
        }));
      }
    }
    CHECK(count_rows(bench.app, "leads") == 1);
    CHECK(bench.state() == "cancelled");
    CHECK(bench.lead("anna@example.com").status == "new");
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("calcom: whose booking it is", "[calcom]") {
  CalcomBench bench;
  TestApp& app = bench.app;
  const LeadId boris(test::add_lead(app, 7, "boris@example.com"));
  REQUIRE(bench.connect());
  auto& meeting = bench.meeting("a");
  LeadId wanted;
  SECTION("the one whose mark it carries, whatever was typed") {
    meeting.mark = intake::make_lead_mark(app.app().key, boris);
    meeting.email = "boris-at-work@example.com";
    wanted = boris;
  }
  SECTION("with a forged mark the one whose address was typed") {
    meeting.mark = boris.text().substr(5) + ".AAAAAAAAAAAAAAAAAAAAAA";
  }
  SECTION("of another tenant's lead nothing is known here") {
    const auto other = app.add_tenant("other");
    const auto stranger = app.store().write([&](store::Tx& tx) {
      intake::NewLead input;
      input.email = "eve@example.com";
      intake::Origin origin;
      origin.vouched = true;
      return intake::create(app.world(), tx, other, input, origin);
    });
    REQUIRE(stranger);
    meeting.mark = intake::make_lead_mark(app.app().key, stranger->lead.id);
  }
  SECTION("known by the phone") {
    meeting.phone = "+79161000007";
    meeting.email = "79161000007@sms.example";
    wanted = boris;
  }
  bench.look();
  REQUIRE(bench.bookings().size() == 1);
  if (wanted.empty()) wanted = bench.lead("anna@example.com").id;
  CHECK(bench.bookings().front().lead == wanted);
}

TEST_CASE("calcom: a good contact is kept beside a bad one", "[calcom]") {
  CalcomBench bench;
  REQUIRE(bench.connect());
  auto& meeting = bench.meeting("a");
  meeting.name = "Иван\x01Петров";
  SECTION("the phone") {
    meeting.email = "nonsense";
    meeting.phone = "+79161234567";
    bench.look();
    CHECK(bench.lead("+79161234567").name == "Иван Петров");
  }
  SECTION("the address") {
    meeting.email = "ivan@example.com";
    meeting.phone = "+7";
    bench.look();
    CHECK(bench.lead("ivan@example.com").status == "booked");
  }
}

TEST_CASE("calcom: nobody is lost for a contact that we would not take", "[calcom]") {
  CalcomBench bench;
  REQUIRE(bench.connect());
  auto& meeting = bench.meeting("a");
  meeting.email = GENERATE(values<std::string>({"", "nonsense", "a b@c", std::string(500, 'x')}));
  meeting.phone = "not a phone";
  meeting.name = "Иван\x01 \xff";
  bench.look();
  REQUIRE(bench.bookings().size() == 1);
  CHECK(count_rows(bench.app, "leads") == 1);
}

TEST_CASE("calcom: trouble is waited out, told, and loses nothing", "[calcom]") {
  CalcomBench bench;
  TestApp& app = bench.app;
  REQUIRE(bench.connect());
  app.run_jobs();
  bench.meeting("a");
  const auto link = [&] {
    const auto known =
        app.store().read([&](store::Tx& tx) { return booking::list_calcom(tx, app.tenant().id); });
    REQUIRE(known);
    return known->front();
  };
  SECTION("too many requests: as long as they say") {
    bench.there.fails_with = 429;
    bench.there.headers = {{"x-ratelimit-reset-default", "30"}};
    app.advance(std::chrono::minutes(11));
    app.run_jobs();
    CHECK_THAT(link().error, ContainsSubstring("429"));
    bench.there.fails_with = 0;
    app.advance(std::chrono::seconds(29));
    app.run_jobs();
    CHECK(bench.bookings().empty());
    app.advance(std::chrono::seconds(2));
  }
  SECTION("down") {
    bench.there.fails_with = 502;
    app.advance(std::chrono::minutes(11));
    app.run_jobs();
    CHECK_THAT(link().error, ContainsSubstring("502"));
    CHECK_FALSE(booking::is_stale(link(), app.clock().now()));
    CHECK(booking::is_stale(link(), app.clock().now() + 3 * k_hour_ms));
    bench.there.fails_with = 0;
    app.advance(std::chrono::minutes(3));
  }
  SECTION("the key was taken back") {
    bench.there.fails_with = 401;
    app.advance(std::chrono::minutes(11));
    app.run_jobs();
    CHECK_THAT(link().error, ContainsSubstring("Invalid API Key"));
    bench.there.fails_with = 0;
    app.advance(std::chrono::minutes(31));
  }
  SECTION("while a call waits to be read") {
    bench.there.fails_with = 500;
    bench.call("BOOKING_CREATED", "a");
    CHECK(bench.bookings().empty());
    bench.there.fails_with = 0;
    app.advance(std::chrono::minutes(3));
  }
  app.run_jobs();
  CHECK(bench.state() == "confirmed");
  CHECK(count_rows(app, "jobs WHERE state = 'dead'") == 0);
}

TEST_CASE("calcom: many pages, with one that changes while they are read", "[calcom]") {
  CalcomBench bench;
  TestApp& app = bench.app;
  REQUIRE(bench.connect());
  bench.look();
  for (int i = 0; i < 250; ++i) {
    auto& one = bench.meeting("m" + std::to_string(i));
    one.at = k_there + i * k_hour_ms;
    one.email = "p" + std::to_string(i) + "@example.com";
    if (i < 120) one.changed_at = app.clock().now() - 1000;  // more of one moment than a page has
  }
  int lists = 0;
  const auto answer = app.transport().on_http;
  app.transport().on_http = [&](const channels::HttpRequest& request) {
    if (request.label == "calcom bookings" && ++lists == 2) bench.changed("m3");
    answer(request);
  };
  bench.look();
  CHECK(bench.app.store()
            .read([&](store::Tx& tx) {
              booking::Filter filter;
              filter.limit = 1000;
              return booking::list(tx, app.tenant().id, filter);
            })
            ->size() == 250);
  CHECK(lists < 8);
}

TEST_CASE("calcom: who was erased does not come back", "[calcom]") {
  CalcomBench bench;
  TestApp& app = bench.app;
  REQUIRE(bench.connect());
  bench.meeting("a");
  bench.call("BOOKING_CREATED", "a");
  REQUIRE(count_rows(app, "calcom_calls") == 1);
  REQUIRE(upkeep::erase_person(app.world(), app.store(), app.tenant(),
                               bench.lead("anna@example.com").id, ""));
  CHECK(count_rows(app, "calcom_calls") == 0);
  bench.changed("a").status = "cancelled";
  bench.call("BOOKING_CANCELLED", "a");
  bench.find("a").status = "accepted";
  bench.move("a", "b", k_there + k_day_ms);
  bench.call("BOOKING_RESCHEDULED", "b", "a");
  bench.look();
  CHECK(count_rows(app, "leads") == 0);
  CHECK(count_rows(app, "calcom_calls") == 0);
  CHECK(count_rows(app, "bookings WHERE lead_id IS NOT NULL") == 0);
}

}  // namespace flead
