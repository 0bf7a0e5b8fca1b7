#include "core/reports/weekly.h"

#include "core/channels/channel.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead::reports {

namespace {

TimeMs at(std::string_view text) {
  const auto time = parse_time(text);
  REQUIRE(time);
  return *time;
}

Date date(std::string_view text) {
  const auto parsed = parse_date(text);
  REQUIRE(parsed);
  return *parsed;
}

// A lead as the store has it; straight into the table, so that these cases need no intake rules.
struct Came {
  std::string_view created;
  std::int64_t answered_after_s = -1;  // -1: never
  std::string source = "widget";
  std::string utm_source = {};
  std::string channel = {};
  std::string status = "new";
};

std::string add_lead(test::TestApp& app, const TenantId& tenant, const Came& came) {
  const TimeMs created = at(came.created);
  test::FixedClock then;  // ids begin with the time, and the report relies on it
  then.set(created);
  World world{then, app.world().random};
  const std::string id = make_id(world, "lead");
  const std::optional<TimeMs> answered =
      came.answered_after_s < 0 ? std::nullopt
                                : std::optional<TimeMs>(created + came.answered_after_s * 1000);
  const auto written = app.store().write([&](store::Tx& tx) {
    return tx.exec(R"sql(
        INSERT INTO leads (id, tenant_id, status, name, name_folded, phone_typed, email, telegram,
            vk, whatsapp, max, message, channel, locale, zone, source, page_url, referrer,
            utm_source, utm_medium, utm_campaign, utm_term, utm_content, custom, assignee,
            link_token, created_at_ms, updated_at_ms, first_answer_at_ms)
        VALUES ($1, $2, $3, '', '', '', '', '', '', '', '', '', $4, 'ru', '', $5, '', '', $6, '',
            '', '', '', '{}', '', $1, $7, $7, $8)
    )sql",
                   id, tenant, came.status, came.channel, came.source, came.utm_source, created,
                   answered);
  });
  REQUIRE(written);
  return id;
}

Weekly load(test::TestApp& app, const tenants::Tenant& tenant, std::string_view monday) {
  auto report = app.store().read([&](store::Tx& tx) { return weekly(tx, tenant, date(monday)); });
  if (!report) FAIL(report.error().message);
  return *report;
}

}  // namespace

TEST_CASE("reports: ISO weeks are read and written", "[reports]") {
  struct Case {
    std::string_view week, monday;
  };
  const auto row = GENERATE(values<Case>({{"2026-W01", "2025-12-29"},
                                          {"2026-W02", "2026-01-05"},
                                          {"2026-W53", "2026-12-28"},
                                          {"2026-W03", "2026-01-12"},
                                          {"2020-W53", "2020-12-28"},
                                          {"2021-W01", "2021-01-04"},
                                          {"2016-W01", "2016-01-04"},
                                          {"2015-W53", "2015-12-28"},
                                          {"2024-W09", "2024-02-26"}}));
  CAPTURE(row.week);
  REQUIRE(parse_week(row.week));
  CHECK(format_date(*parse_week(row.week)) == row.monday);
  CHECK(format_week(date(row.monday)) == row.week);
}

TEST_CASE("reports: weeks that no calendar has are refused", "[reports]") {
  const auto text = GENERATE(values<std::string_view>(
      {"", "2026", "2026-03", "2026-W00", "2026-W54", "2025-W53", "2021-W53", "26-W03", "2026W03",
       "2026-W3", "2026-W003", "2026-WXX", "-026-W03", "2026-W-1", "2026-W03 ", "1969-W01",
       std::string_view("2026-W\0003", 9)}));
  CAPTURE(text);
  CHECK_FALSE(parse_week(text));
}

TEST_CASE("reports: each day belongs to the Monday before it", "[reports]") {
  for (int day = 12; day <= 18; ++day) {
    CHECK(format_date(monday_of(Date{2026, 1, day})) == "2026-01-12");
  }
  CHECK(format_date(monday_of(Date{2026, 1, 1})) == "2025-12-29");
}

TEST_CASE("reports: the last full week is told by the tenant's clock, not by UTC", "[reports]") {
  const auto vladivostok = Zone::load("Asia/Vladivostok");
  REQUIRE(vladivostok);
  // Sunday evening in UTC is Monday morning there.
  const TimeMs now = at("2026-01-11T20:00:00Z");
  CHECK(format_date(last_full_week(now, *vladivostok)) == "2026-01-05");
  CHECK(format_date(last_full_week(now, Zone::utc())) == "2025-12-29");
}

TEST_CASE("reports: a week counts leads, waits and bookings against the week before", "[reports]") {
  test::TestApp app;
  const TenantId& acme = app.tenant().id;
  // Moscow is three hours ahead: the week begins on Sunday, 21:00 UTC.
  add_lead(app, acme, {"2026-01-11T20:59:59Z", 30});                      // the week before
  add_lead(app, acme, {"2026-01-11T21:00:00Z", 10, "widget", "yandex"});  // in, at its first second
  add_lead(app, acme, {"2026-01-13T09:00:00Z", 300, "widget", "yandex"});
  add_lead(app, acme, {"2026-01-14T09:00:00Z", 301, "form"});
  add_lead(app, acme, {"2026-01-15T09:00:00Z", 7200, "api"});
  add_lead(app, acme, {"2026-01-16T09:00:00Z", -1, "api", "", "sms"});
  add_lead(app, acme, {"2026-01-16T09:00:00Z", 1, "api", "", "", "suspect"});  // never counts
  add_lead(app, acme, {"2026-01-18T21:00:00Z", 5});                            // the next week
  add_lead(app, app.add_tenant("other").id, {"2026-01-14T09:00:00Z", 5});

  const Weekly report = load(app, app.tenant(), "2026-01-12");
  CHECK(report.now.leads == 5);
  CHECK(report.now.answered == 4);
  CHECK(report.now.answered_fast == 2);
  CHECK(report.now.median_answer_ms == 300500);  // between 300 and 301 seconds
  CHECK(report.before.leads == 1);
  CHECK(report.before.median_answer_ms == 30000);

  REQUIRE(report.by_source.size() == 3);
  CHECK(report.by_source[0].leads == 2);
  const auto& widget =
      report.by_source[0].name == "widget" ? report.by_source[0] : report.by_source[1];
  CHECK(widget.leads == 2);
  CHECK(widget.leads_before == 1);
  REQUIRE(report.by_utm_source.size() == 2);
  CHECK(report.by_utm_source[0].name.empty());
  CHECK(report.by_utm_source[0].leads == 3);
  CHECK(report.by_utm_source[1].name == "yandex");
  CHECK(report.by_utm_source[1].leads == 2);
  REQUIRE(report.by_channel.size() == 2);  // nobody's message was sent here: what was asked for
  CHECK(report.by_channel[1].name == "sms");
}

TEST_CASE("reports: the week of a change of clocks has 167 or 169 hours", "[reports]") {
  test::TestApp app;
  tenants::Tenant berlin = app.tenant();
  berlin.zone = "Europe/Berlin";
  const auto hours = [&](std::string_view monday) {
    const Weekly report = load(app, berlin, monday);
    return (report.period.to - report.period.from) / k_hour_ms;
  };
  CHECK(hours("2026-03-16") == 168);
  CHECK(hours("2026-03-23") == 167);
  CHECK(hours("2026-10-19") == 169);

  // The last second of that Sunday is 22:59:59 UTC in March's end and 22:59:59 after October's.
  add_lead(app, berlin.id, {"2026-03-29T21:59:59Z"});
  add_lead(app, berlin.id, {"2026-03-29T22:00:00Z"});
  CHECK(load(app, berlin, "2026-03-23").now.leads == 1);
  CHECK(load(app, berlin, "2026-03-30").now.leads == 1);
}

TEST_CASE("reports: an empty week is told as such in both languages", "[reports]") {
  test::TestApp app;
  const Weekly report = load(app, app.tenant(), "2026-01-05");
  CHECK(report.now.leads == 0);
  CHECK_FALSE(report.now.median_answer_ms);
  CHECK_THAT(weekly_text(report, "en"), ContainsSubstring("no answers"));
  CHECK_THAT(weekly_text(report, "ru"), ContainsSubstring("нет ответов"));
  CHECK_THAT(period_text(report, "en"), ContainsSubstring("5–11 January 2026"));
  CHECK_THAT(period_text(report, "ru"), ContainsSubstring("5–11 января 2026"));
  const Json json = to_json(report);
  CHECK(json.text("week") == "2026-W02");
  CHECK(json.text("before.week") == "2026-W01");
  CHECK(json.find("first_answer.median_seconds")->is_null());
}

TEST_CASE("reports: a campaign's name cannot break the text or the mail", "[reports]") {
  test::TestApp app;
  add_lead(app, app.tenant().id,
           {"2026-01-06T09:00:00Z", 5, "widget", "<script>alert(1)</script>\nLeads 999"});
  const Weekly report = load(app, app.tenant(), "2026-01-05");
  const std::string html = weekly_html(report, "en");
  CHECK(html.find("<script>") == std::string::npos);
  CHECK_THAT(html, ContainsSubstring("&lt;script&gt;"));
  CHECK(weekly_text(report, "en").find("\nLeads 999") == std::string::npos);
}

TEST_CASE("reports: the mail has the figures as text and as a table, in the tenant's language",
          "[reports][channels]") {
  test::TestApp app;
  add_lead(app, app.tenant().id, {"2026-01-06T09:00:00Z", 5});
  const Weekly report = load(app, app.tenant(), "2026-01-05");
  const auto mail = [&](std::string_view to) {
    return app.store().write(
        [&](store::Tx& tx) { return email_weekly(app.app(), tx, app.tenant(), report, to); });
  };
  CHECK(mail("me@example.org").error().code == "channel_missing");
  channels::NewChannel channel;
  channel.kind = "email";
  channel.config = Json::object({{"base_url", "smtp://127.0.0.1:2525"}, {"from", "hi@example.ru"}});
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return channels::add(app.world(), tx, app.app().key, app.tenant().id, channel);
  }));
  CHECK(mail("me@example.org\r\nRCPT TO:<other@example.org>").error().code == "email_invalid");
  const auto queued = mail("me@example.org");
  if (!queued) FAIL(queued.error().code);
  CHECK(queued->address == "me@example.org");
  CHECK_THAT(queued->subject, ContainsSubstring("5–11 января 2026"));
  CHECK_THAT(queued->body_text, ContainsSubstring("Заявки"));
  CHECK_THAT(queued->body_html, ContainsSubstring("<table"));
}

}  // namespace flead::reports
