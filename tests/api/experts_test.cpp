// Experts: made, found, shown, and reviewed by who met them.
#include <chrono>
#include <string>

#include "core/booking/expert.h"
#include "core/booking/person.h"
#include "core/booking/photo.h"
#include "core/booking/review.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead {
namespace {

using test::act;
using test::add_host;
using test::add_lead;
using test::k_first_slot;
using test::k_second_slot;
using test::post_booking;
using test::TestApp;
using test::visit_page;

booking::Expert add_expert(TestApp& app, const std::string& slug, const booking::ExpertEdit& edit) {
  const auto made = app.store().write([&](store::Tx& tx) {
    return booking::add_expert(app.world(), tx, app.tenant(), slug, edit);
  });
  REQUIRE(made);
  return *made;
}

booking::ExpertEdit profile(const std::string& name, std::vector<std::string> topics,
                            std::vector<std::string> languages = {"ru"}) {
  booking::ExpertEdit edit;
  edit.name = name;
  edit.topics = std::move(topics);
  edit.languages = std::move(languages);
  return edit;
}

std::string found_by(TestApp& app, const booking::ExpertFilter& filter) {
  const auto found = app.store().read([&](store::Tx& tx) {
    return booking::list_experts(app.world(), tx, app.tenant().id, filter);
  });
  REQUIRE(found);
  std::string slugs;
  for (const auto& expert : found->experts) slugs += expert.host.slug + " ";
  return slugs;
}

// A meeting that took place.
Json met(TestApp& app, int lead, std::string_view at) {
  const auto reply = post_booking(app, add_lead(app, lead), at);
  CAPTURE(reply.body);
  REQUIRE(reply.status == 201);
  return app.body_of(reply);
}

using Filter = booking::ExpertFilter;

Filter by_topic(const std::string& topic, const std::string& language = "") {
  Filter filter;
  filter.topic = topic;
  filter.language = language;
  return filter;
}

Filter by_query(const std::string& query) {
  Filter filter;
  filter.query = query;
  return filter;
}

std::string my_review_path(const Json& booking) {
  const std::string url = booking.text("manage_url").value_or("");
  return url.substr(url.find("/my/")) + "/review";
}

}  // namespace

TEST_CASE("booking: experts are found by topic, language and any part of their words",
          "[experts]") {
  TestApp app;
  booking::ExpertEdit ira = profile("Ира Ёлкина", {"Продукт", "карьера", "ПРОДУКТ"}, {"ru", "en"});
  ira.headline = "Product mentor";
  CHECK(add_expert(app, "ira", ira).topics == std::vector<std::string>{"Продукт", "карьера"});
  add_expert(app, "max", profile("Max", {"product"}, {"en"}));
  booking::ExpertEdit hidden = profile("Z", {"продукт"});
  hidden.listed = false;
  add_expert(app, "zoe", hidden);
  CHECK(found_by(app, {}) == "ira max ");
  CHECK(found_by(app, by_topic("ПРОДУКТ")) == "ira ");
  CHECK(found_by(app, by_topic("прод")) == "");
  CHECK(found_by(app, by_topic("", "EN")) == "ira max ");
  CHECK(found_by(app, by_topic("продукт", "en")) == "ira ");
  CHECK(found_by(app, by_topic("продукт", "de")) == "");
  CHECK(found_by(app, by_query("елкин")) == "ira ");
  CHECK(found_by(app, by_query("product m")) == "ira ");
  CHECK(found_by(app, by_query("%")) == "");
  Filter all;
  all.unlisted = true;
  CHECK(found_by(app, all) == "ira max zoe ");
  Filter later;
  later.after_slug = "ira";
  CHECK(found_by(app, later) == "max ");
  Filter one;
  one.limit = 1;
  CHECK(found_by(app, one) == "ira ");
  const auto edited = app.store().write([&](store::Tx& tx) {
    return booking::edit_expert(app.world(), tx, app.tenant(), "max", profile("Max", {"карьера"}));
  });
  REQUIRE(edited);
  CHECK(found_by(app, by_topic("product")) == "");
  CHECK(found_by(app, by_topic("карьера")) == "ira max ");
}

TEST_CASE("booking: a list of experts is read along an index", "[experts]") {
  TestApp app;
  add_expert(app, "ira", profile("Ира", {"продукт"}));
  for (const std::string& where :
       {std::string("experts WHERE tenant_id = 'x' AND slug > 'a' ORDER BY slug"),
        std::string("expert_tags WHERE tenant_id = 'x' AND kind = 'topic' AND folded = 'y' AND "
                    "slug > 'a' ORDER BY slug")}) {
    std::string plan;
    REQUIRE(app.store().read([&](store::Tx& tx) {
      return tx.each("EXPLAIN QUERY PLAN SELECT * FROM " + where, [&](const store::Row& row) {
        plan += row.string(3) + "\n";
        return true;
      });
    }));
    CAPTURE(plan);
    CHECK(plan.find("SCAN") == std::string::npos);
    CHECK(plan.find("TEMP B-TREE") == std::string::npos);
  }
}

TEST_CASE("booking: experts are found by price, way and a free time", "[experts]") {
  TestApp app;
  add_host(app);
  add_expert(app, "me", profile("Me", {}));
  add_expert(app, "none", profile("None", {}));  // offers nothing
  const auto price = [&](const std::string& format, std::int64_t minor) {
    booking::NewPrice one;
    one.format = format;
    one.money = {minor, "RUB"};
    REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
      FLEAD_TRY(const auto offer, booking::find_offer(tx, app.tenant().id, "me"));
      FLEAD_CHECK(booking::set_price(app.world(), tx, offer.id, one));
      return {};
    }));
  };
  const auto by = [](std::optional<std::int64_t> most, const std::string& format,
                     std::optional<TimeMs> before = {}) {
    Filter filter;
    filter.price_max_minor = most;
    filter.format = format;
    filter.free_before = before;
    return filter;
  };
  CHECK(found_by(app, by(0, "")) == "me ");  // no price is free
  price("online", 500000);
  price("office", 700000);
  CHECK(found_by(app, by(499999, "")) == "");
  CHECK(found_by(app, by(500000, "")) == "me ");
  CHECK(found_by(app, by(500000, "OFFICE")) == "");
  CHECK(found_by(app, by({}, "office")) == "me ");
  const TimeMs first = parse_time(k_first_slot).value();
  CHECK(found_by(app, by({}, "", first)) == "");
  CHECK(found_by(app, by({}, "", first + 1)) == "me ");
}

TEST_CASE("booking: a visitor's favourites are the visitor's own", "[experts][pages]") {
  TestApp app;
  add_expert(app, "ira", profile("Ira", {}));
  add_expert(app, "max", profile("Max", {}));
  const auto liked = visit_page(app, "/m/acme/max", "");
  CHECK(liked.status == 303);
  const std::string set = test::header_of(liked, "set-cookie");
  CHECK(set.starts_with("favourites=max; Path=/m/acme"));
  const auto list = app.request("GET", "/m/acme?favourites=1", "", "-",
                                {{"accept", "text/html"}, {"cookie", "favourites=max.nobody"}});
  CHECK_THAT(list.body, ContainsSubstring("/m/acme/max\""));
  CHECK(list.body.find("/m/acme/ira\"") == std::string::npos);
  const auto again = app.request("POST", "/m/acme/max", "", "-",
                                 {{"accept", "text/html"}, {"cookie", "favourites=max"}});
  CHECK(test::header_of(again, "set-cookie").starts_with("favourites=; "));
}

TEST_CASE("booking: what is no profile is refused", "[experts]") {
  TestApp app;
  const auto refused = [&](const std::string& slug, const booking::ExpertEdit& edit) {
    const auto made = app.store().write([&](store::Tx& tx) {
      return booking::add_expert(app.world(), tx, app.tenant(), slug, edit);
    });
    return made ? std::string() : made.error().code;
  };
  CHECK(refused("Ира", {}) == "slug_invalid");
  const auto with = [&](std::optional<std::string> booking::ExpertEdit::*field,
                        const std::string& value) {
    booking::ExpertEdit edit;
    edit.*field = value;
    return refused("ira", edit);
  };
  using Edit = booking::ExpertEdit;
  CHECK(with(&Edit::photo_url, "http://example.test/a.jpg") == "photo_invalid");
  CHECK(with(&Edit::zone, "Mars/Olympus") == "zone_unknown");
  CHECK(with(&Edit::email, "nobody") == "email_invalid");
  CHECK(with(&Edit::headline, std::string(201, 'x')) == "too_long");
  std::vector<std::string> many;
  for (int i = 0; i < 31; ++i) many.push_back(std::to_string(i));
  CHECK(refused("ira", profile("I", many)) == "too_many_tags");
  CHECK(refused("ira", {}).empty());
  CHECK(refused("ira", {}) == "expert_exists");
}

TEST_CASE("booking: the catalogue leads to a profile, and that to a time", "[experts][pages]") {
  TestApp app;
  add_host(app);
  booking::ExpertEdit edit = profile("Ира <b>", {"Продукт"});
  edit.about = "One & two\n\nThree";
  add_expert(app, "me", edit);
  const auto list = visit_page(app, "/m/acme");
  CHECK(list.status == 200);
  CHECK_THAT(list.body, ContainsSubstring("<a href=\"/m/acme/me\">Ира &lt;b&gt;</a>"));
  CHECK(visit_page(app, "/m/acme?topic=none").body.find("/m/acme/me\"") == std::string::npos);
  const auto shown = visit_page(app, "/m/acme/me");
  CHECK(shown.status == 200);
  CHECK_THAT(shown.body, ContainsSubstring("<p>One &amp; two</p>"));
  CHECK_THAT(shown.body, ContainsSubstring("/b/acme/me?at=2026-01-06T07%3A00%3A00.000Z"));
  CHECK(visit_page(app, "/m/acme/nobody").status == 404);
  CHECK(visit_page(app, "/m/nobody").status == 404);
  CHECK(app.body_of(app.get("/api/v1/experts?q=ира")).find("data")->items().size() == 1);
  CHECK(app.body_of(app.get("/api/v1/experts/me")).text("name") == "Ира <b>");
  CHECK(app.get("/api/v1/experts/nobody").status == 404);
}

const std::string k_png = std::string("\x89PNG\r\n\x1a\n", 8) + "rest of a picture";

TEST_CASE("booking: a photo is a picture by its first bytes, and not too large", "[experts]") {
  const std::string jpeg = "\xff\xd8\xff\xe0 and more";
  const std::string webp = std::string("RIFF\x10\0\0\0WEBPVP8 ", 16);
  CHECK(booking::read_photo(jpeg)->type == "image/jpeg");
  CHECK(booking::read_photo(k_png)->type == "image/png");
  CHECK(booking::read_photo(webp)->type == "image/webp");
  CHECK(booking::read_photo(k_png)->mark != booking::read_photo(jpeg)->mark);
  for (const std::string& other :
       {std::string(), std::string("GIF89a"), std::string("<svg onload=alert(1)>"),
        std::string("\x89PNG"), std::string("RIFF1234WAVE"), std::string("\xff\xd8")}) {
    CAPTURE(other);
    CHECK(booking::read_photo(other).error().code == "photo_invalid");
  }
  const std::string large = k_png + std::string(booking::k_photo_bytes_max, 'x');
  CHECK(booking::read_photo(large).error().code == "photo_too_large");
}

TEST_CASE("booking: a photo kept here is on the pages and in the API", "[experts][pages]") {
  TestApp app;
  add_host(app);
  booking::ExpertEdit edit = profile("Ира", {"Продукт"});
  edit.photo_url = "https://elsewhere.test/ira.jpg";
  add_expert(app, "me", edit);
  const auto keep = [&](const std::optional<booking::Photo>& photo) {
    REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
      FLEAD_TRY(const auto expert, booking::load_expert(tx, app.tenant().id, "me"));
      return booking::set_photo(app.world(), tx, expert, photo);
    }));
  };
  CHECK(visit_page(app, "/m/acme/me").body.find("<img") == std::string::npos);
  CHECK(visit_page(app, "/m/acme/me/photo").status == 404);
  keep(*booking::read_photo(k_png));
  const std::string address = "/m/acme/me/photo?v=" + booking::read_photo(k_png)->mark;
  CHECK_THAT(visit_page(app, "/m/acme").body, ContainsSubstring("src=\"" + address + "\""));
  CHECK_THAT(visit_page(app, "/m/acme/me").body, ContainsSubstring("src=\"" + address + "\""));
  const auto reply = visit_page(app, address);
  CHECK(reply.status == 200);
  CHECK(reply.body == k_png);
  CHECK(test::header_of(reply, "content-type") == "image/png");
  CHECK(test::header_of(reply, "x-content-type-options") == "nosniff");
  const auto again =
      app.request("GET", address, {}, "-", {{"if-none-match", test::header_of(reply, "etag")}});
  CHECK(again.status == 304);
  CHECK(again.body.empty());
  const Json shown = app.body_of(app.request("GET", "/api/v1/experts/me"));
  CHECK(shown.text("photo_url") == "http://flead.test" + address);
  SECTION("not of one who is not listed") {
    booking::ExpertEdit hide;
    hide.listed = false;
    REQUIRE(app.store().write([&](store::Tx& tx) {
      return booking::edit_expert(app.world(), tx, app.tenant(), "me", hide);
    }));
    CHECK(visit_page(app, address).status == 404);
  }
  SECTION("taken away, the address elsewhere is back for clients") {
    keep(std::nullopt);
    CHECK(visit_page(app, address).status == 404);
    const Json after = app.body_of(app.request("GET", "/api/v1/experts/me"));
    CHECK(after.text("photo_url") == "https://elsewhere.test/ira.jpg");
  }
}

TEST_CASE("booking: who met an expert reviews once, and hidden reviews do not count",
          "[experts][api]") {
  TestApp app;
  add_host(app);
  add_expert(app, "me", profile("Ира", {}));
  const Json first = met(app, 1, k_first_slot);
  const Json second = met(app, 2, k_second_slot);
  CHECK(visit_page(app, my_review_path(first), "rating=5").status == 409);  // not yet
  app.advance(std::chrono::hours(24));
  act(app, first, "complete");
  act(app, second, "complete");
  const std::string page = my_review_path(first);
  CHECK_THAT(visit_page(app, page.substr(0, page.size() - 7)).body,
             ContainsSubstring("How was the meeting?"));
  for (const std::string wrong : {"rating=0", "rating=6", "rating=", "rating=55", ""}) {
    CAPTURE(wrong);
    CHECK(visit_page(app, page, wrong).status == 422);
  }
  CHECK(visit_page(app, page, "rating=5&text=Helped").status == 303);
  CHECK(visit_page(app, page, "rating=1").status == 409);
  CHECK(visit_page(app, my_review_path(second), "rating=2").status == 303);
  const auto rating = [&] {
    return app.body_of(app.get("/api/v1/experts/me")).text("rating").value_or("");
  };
  CHECK(rating() == "3.5");
  CHECK_THAT(visit_page(app, "/m/acme/me").body, ContainsSubstring("Helped"));
  const BookingId worst(second.text("id").value_or(""));
  const auto hide = [&](std::string_view why) {
    return app.store().write([&](store::Tx& tx) {
      return booking::hide_review(app.world(), tx, app.tenant().id, worst, why);
    });
  };
  CHECK(hide(" ").error().code == "reason_needed");
  CHECK(hide("insults"));
  CHECK(hide("insults"));  // said twice
  CHECK(rating() == "5.0");
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return booking::show_review(app.world(), tx, app.tenant().id, worst);
  }));
  CHECK(rating() == "3.5");
  CHECK(booking::rating_text(14, 3) == "4.7");
  CHECK(booking::rating_text(0, 0).empty());
}

TEST_CASE("booking: an erased person's review keeps its rating and loses its words",
          "[experts][law]") {
  TestApp app;
  add_host(app);
  add_expert(app, "me", profile("Ира", {}));
  const Json made = met(app, 1, k_first_slot);
  app.advance(std::chrono::hours(24));
  act(app, made, "complete");
  CHECK(visit_page(app, my_review_path(made), "rating=4&text=I+am+Anna").status == 303);
  const LeadId lead(made.text("lead").value_or(""));
  REQUIRE(app.store().write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(const auto bookings, booking::bookings_of(tx, app.tenant().id, lead));
    return booking::forget_person(app.world(), tx, lead, bookings);
  }));
  CHECK(app.body_of(app.get("/api/v1/experts/me")).text("rating") == "4.0");
  CHECK(test::count_rows(app, "reviews WHERE lead_id IS NULL AND text = ''") == 1);
}

}  // namespace flead
