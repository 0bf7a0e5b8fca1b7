// The rules of a route, without a store: its text, quiet hours, who is reached where, what is
// taken.
#include "core/channels/route.h"

#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/channels/route_explain.h"
#include "support/catch.h"

namespace flead::channels::route_cases {
namespace {

const TimeMs k_now = *parse_time("2026-01-05T09:00:00Z");

Channel channel(const std::string& kind, const std::string& name = "",
                const std::string& status = "active") {
  Channel out;
  out.kind = kind;
  out.name = name.empty() ? kind : name;
  out.id = ChannelId("chn_" + out.name);
  out.status = status;
  return out;
}

Person person(const std::string& email = "", const std::string& phone = "") {
  Person out;
  out.lead.email = email;
  if (!phone.empty()) out.lead.phone = phone;
  out.lead.created_at = k_now - k_day_ms;
  return out;
}

// Whom `out` is on a channel; `spoke_ago_ms` below 0 is never.
Person& known(Person& out, const Channel& on, const std::string& address,
              std::int64_t spoke_ago_ms = -1, const std::string& closed_why = "") {
  Identity identity;
  identity.channel = on.id;
  identity.channel_kind = on.kind;
  identity.address = address;
  identity.closed_why = closed_why;
  if (spoke_ago_ms >= 0) identity.inbound_at = k_now - spoke_ago_ms;
  out.identities.push_back(identity);
  return out;
}

RoutePolicy route(const std::string& text) {
  RoutePolicy policy;
  const auto steps = parse_route(text);
  REQUIRE(steps);
  policy.steps = *steps;
  return policy;
}

Choice choose(const std::vector<Channel>& live, const Person& who, const RoutePolicy& policy = {},
              const std::string& tried = "", const std::optional<ChannelId>& via = {}) {
  return choose_channel(live, who, policy, tried, via, k_now);
}

std::string name_of(const Choice& choice) {
  return choice.channel ? choice.channel->name : "nobody";
}

// "telegram: not_started, sms: paused"
std::string passed_of(const Choice& choice) {
  std::string out;
  for (const Passed& passed : choice.passed) {
    out += (out.empty() ? "" : ", ") + passed.channel + ": " + std::string(passed.why);
  }
  return out;
}

}  // namespace

TEST_CASE("route: a text becomes steps, and steps the text", "[channels][route]") {
  struct Case {
    std::string text, formatted;
    std::size_t steps;
  };
  const auto one = GENERATE(values<Case>({
      {"", "", 0},
      {"  ", "", 0},
      {"sms", "sms", 1},
      {"max 10m, telegram 10m, sms", "max 10m, telegram 10m, sms", 3},
      {"max 10m → telegram 10m → sms", "max 10m, telegram 10m, sms", 3},
      {"max 10m > telegram 10m>sms", "max 10m, telegram 10m, sms", 3},
      {"max 90m; sms", "max 1h30m, sms", 2},
      {" max\t 1m ,sms  72h", "max 1m, sms 3d", 2},
      {"Бот 5m, sms, sms", "Бот 5m, sms, sms", 3},
  }));
  CAPTURE(one.text);
  const auto steps = parse_route(one.text);
  REQUIRE(steps);
  CHECK(steps->size() == one.steps);
  CHECK(format_route(*steps) == one.formatted);
  const auto again = parse_route(format_route(*steps));
  REQUIRE(again);
  CHECK(*again == *steps);
}

TEST_CASE("route: the step that is no step is named", "[channels][route]") {
  const auto [text, code] = GENERATE(table<std::string, std::string>({
      {",", "route_invalid"},
      {"sms,", "route_invalid"},
      {"max 10", "route_invalid"},
      {"max ten", "route_invalid"},
      {"max 10m sms", "route_invalid"},
      {"max 59s", "route_invalid"},
      {"max 0m", "route_invalid"},
      {"max -5m", "route_invalid"},
      {"max 73h", "route_invalid"},
      {"max \x01", "route_invalid"},
      {"m\x07x 5m", "route_invalid"},
      {"\xff\xfe 5m", "route_invalid"},
      {std::string(41, 'a'), "route_invalid"},
      {"a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", "route_too_long"},
  }));
  CAPTURE(text);
  const auto steps = parse_route(text);
  REQUIRE_FALSE(steps);
  CHECK(steps.error().kind == ErrorKind::refused);
  CHECK(steps.error().code == code);
}

TEST_CASE("route: quiet hours are two times of day", "[channels][route]") {
  struct Case {
    std::string text;
    int from, to;  // -1: no such hours
  };
  const auto one = GENERATE(values<Case>({
      {"22:00-08:00", 1320, 480},
      {"09:30-18:05", 570, 1085},
      {" 22:00 - 08:00 ", 1320, 480},
      {"9:00-18:00", 540, 1080},
      {"00:00-24:00", 0, 1440},
      {"off", -1, -1},
      {"", -1, -1},
      {"22:00", -1, -1},
      {"22-08", -1, -1},
      {"22:00-22:00", -1, -1},
      {"25:00-08:00", -1, -1},
      {"24:01-08:00", -1, -1},
      {"22:60-08:00", -1, -1},
      {"22:0-08:00", -1, -1},
      {":00-08:00", -1, -1},
      {"22:00-08:00-09:00", -1, -1},
      {"aa:bb-cc:dd", -1, -1},
  }));
  CAPTURE(one.text);
  const auto hours = parse_quiet_hours(one.text);
  REQUIRE(hours.has_value() == (one.from >= 0));
  if (!hours) return;
  CHECK(hours->from_min == one.from);
  CHECK(hours->to_min == one.to);
}

TEST_CASE("route: quiet ends in the person's own zone, over midnight and on days of clock changes",
          "[channels][route]") {
  struct Case {
    std::string hours, zone, now, until;  // until "" is not quiet
  };
  const auto one = GENERATE(values<Case>({
      {"22:00-08:00", "Europe/Moscow", "2026-01-05T18:59:59Z", ""},
      {"22:00-08:00", "Europe/Moscow", "2026-01-05T19:00:00Z", "2026-01-06T05:00:00.000Z"},
      {"22:00-08:00", "Europe/Moscow", "2026-01-05T21:30:00Z", "2026-01-06T05:00:00.000Z"},
      {"22:00-08:00", "Europe/Moscow", "2026-01-06T04:59:59Z", "2026-01-06T05:00:00.000Z"},
      {"22:00-08:00", "Europe/Moscow", "2026-01-06T05:00:00Z", ""},
      {"22:00-08:00", "America/New_York", "2026-01-06T03:00:00Z", "2026-01-06T13:00:00.000Z"},
      {"22:00-08:00", "Asia/Vladivostok", "2026-01-05T12:00:00Z", "2026-01-05T22:00:00.000Z"},
      {"22:00-08:00", "Asia/Kolkata", "2026-01-05T16:30:00Z", "2026-01-06T02:30:00.000Z"},
      {"22:00-08:00", "Mars/Olympus", "2026-01-05T22:30:00Z", "2026-01-06T08:00:00.000Z"},
      {"13:00-14:00", "Europe/Moscow", "2026-01-05T10:15:00Z", "2026-01-05T11:00:00.000Z"},
      {"13:00-14:00", "Europe/Moscow", "2026-01-05T11:00:00Z", ""},
      {"22:00-24:00", "Europe/Moscow", "2026-12-31T20:00:00Z", "2026-12-31T21:00:00.000Z"},
      {"22:00-00:00", "Europe/Moscow", "2026-12-31T20:00:00Z", "2026-12-31T21:00:00.000Z"},
      // The night of 23 hours: two o'clock becomes three.
      {"22:00-08:00", "Europe/Berlin", "2026-03-28T22:30:00Z", "2026-03-29T06:00:00.000Z"},
      {"22:00-08:00", "Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29T06:00:00.000Z"},
      {"22:00-08:00", "Europe/Berlin", "2026-03-29T20:30:00Z", "2026-03-30T06:00:00.000Z"},
      // The night of 25 hours: three o'clock becomes two.
      {"22:00-08:00", "Europe/Berlin", "2026-10-24T21:30:00Z", "2026-10-25T07:00:00.000Z"},
      {"22:00-08:00", "Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25T07:00:00.000Z"},
      {"22:00-08:00", "Europe/Berlin", "2026-10-25T21:30:00Z", "2026-10-26T07:00:00.000Z"},
      // An end that comes twice counts the second time.
      {"22:00-02:30", "Europe/Berlin", "2026-10-24T23:30:00Z", "2026-10-25T01:30:00.000Z"},
  }));
  CAPTURE(one.hours, one.zone, one.now);
  const auto hours = parse_quiet_hours(one.hours);
  REQUIRE(hours);
  const auto until = quiet_until(*hours, one.zone, *parse_time(one.now));
  CHECK((until ? format_time(*until) : "") == one.until);
}

TEST_CASE("route: when quiet has ended it is not quiet, whatever the clock does",
          "[channels][route]") {
  // An end within the hour that a spring night skips must not make a message look again and again.
  const auto hours_text = GENERATE(as<std::string>{}, "22:00-02:30", "22:00-03:00", "23:30-02:00",
                                   "22:00-00:00", "00:30-02:15");
  const auto [zone, from] = GENERATE(table<std::string, std::string>({
      {"Europe/Berlin", "2026-03-28T12:00:00Z"},
      {"Europe/Berlin", "2026-10-24T12:00:00Z"},
      {"America/New_York", "2026-03-07T12:00:00Z"},
      {"Australia/Lord_Howe", "2026-10-03T00:00:00Z"},
      {"America/Santiago", "2026-09-05T12:00:00Z"},
  }));
  CAPTURE(hours_text, zone);
  const auto hours = parse_quiet_hours(hours_text);
  REQUIRE(hours);
  const TimeMs start = *parse_time(from);
  for (TimeMs now = start; now < start + 36 * k_hour_ms; now += 5 * k_minute_ms) {
    const auto until = quiet_until(*hours, zone, now);
    if (!until) continue;
    CAPTURE(format_time(now), format_time(*until));
    CHECK(*until > now);
    CHECK(*until < now + 13 * k_hour_ms);
    CHECK_FALSE(quiet_until(*hours, zone, *until));
  }
}

namespace {

struct ReachCase {
  std::string what, kind;
  Person who;
  RoutePolicy policy;
  std::string why, address;
  bool window_open = true;
};

std::vector<ReachCase> reach_cases() {
  RoutePolicy denied;
  denied.foreign_denied = true;
  RoutePolicy capped;
  capped.cost_max = 3000;
  const Person nobody = person();
  const Person both = person("anna@example.test", "+79160000001");
  Person spent = both;
  spent.spent_minor = 3000;
  Person almost = both;
  almost.spent_minor = 2999;
  Person numbered = nobody;
  numbered.lead.whatsapp = "+7 (999) 123-45-67";
  Person handled = nobody;
  handled.lead.telegram = "@anna";
  const auto on = [](Person who, const std::string& kind, const std::string& address,
                     std::int64_t spoke_ago_ms = -1, const std::string& closed = "") {
    return known(who, channel(kind), address, spoke_ago_ms, closed);
  };
  const Person bounced = on(both, "email", "old@example.test", -1, "bounced");
  return {
      {"a kind that is gone", "pigeon", both, {}, "no_channel", ""},
      {"no e-mail", "email", nobody, {}, "no_contact", ""},
      {"an e-mail", "email", both, {}, "", "anna@example.test"},
      {"no phone", "sms", nobody, {}, "no_contact", ""},
      {"a phone", "sms", both, {}, "", "+79160000001"},
      {"a phone is no messenger", "max", both, {}, "not_started", ""},
      {"nor is a handle", "telegram", handled, {}, "not_started", ""},
      {"a dialog", "telegram", on(nobody, "telegram", "501"), {}, "", "501"},
      {"blocked", "telegram", on(nobody, "telegram", "501", 0, "blocked"), {}, "opted_out", ""},
      {"stop", "vk", on(nobody, "vk", "501", 0, "stop"), {}, "opted_out", ""},
      {"stop by SMS", "sms", on(both, "sms", "+79160000001", 0, "stop"), {}, "opted_out", ""},
      {"bounced",
       "email",
       on(both, "email", "anna@example.test", -1, "bounced"),
       {},
       "opted_out",
       ""},
      {"corrected after a bounce", "email", bounced, {}, "", "anna@example.test"},
      {"abroad", "telegram", on(nobody, "telegram", "501"), denied, "foreign_denied", ""},
      {"not abroad", "max", on(nobody, "max", "501"), denied, "", "501"},
      {"too dear", "sms", spent, capped, "over_cost", ""},
      {"not yet too dear", "sms", almost, capped, "", "+79160000001"},
      {"a mail costs nothing", "email", spent, capped, "", "anna@example.test"},
      {"within the window", "instagram", on(nobody, "instagram", "77", k_hour_ms), {}, "", "77"},
      {"at its end",
       "instagram",
       on(nobody, "instagram", "77", 24 * k_hour_ms),
       {},
       "window_closed",
       "",
       false},
      {"never spoke", "instagram", on(nobody, "instagram", "77"), {}, "window_closed", "", false},
      {"a number to write to first", "whatsapp", numbered, {}, "", "79991234567", false},
      {"a phone is no WhatsApp", "whatsapp", both, {}, "no_contact", ""},
      {"WhatsApp within the window",
       "whatsapp",
       on(nobody, "whatsapp", "79991234567", 0),
       {},
       "",
       "79991234567"},
      {"WhatsApp abroad", "whatsapp", numbered, denied, "foreign_denied", ""},
  };
}

}  // namespace

TEST_CASE("route: whom a channel reaches, and why not", "[channels][route]") {
  for (const ReachCase& one : reach_cases()) {
    CAPTURE(one.what);
    const Reach found = reach(one.who, channel(one.kind), one.policy, k_now);
    CHECK(found.why == one.why);
    CHECK(found.address == one.address);
    CHECK(found.window_open == one.window_open);
  }
}

TEST_CASE("route: without one the preferred kind, where the person wrote, then the usual order",
          "[channels][route]") {
  const std::vector<Channel> live = {channel("file"), channel("max"), channel("sms"),
                                     channel("email")};
  Person who = person("anna@example.test", "+79160000001");
  CHECK(name_of(choose(live, who)) == "email");
  CHECK(choose(live, who).wait_ms == 0);
  known(who, live[1], "501", k_hour_ms);
  CHECK(name_of(choose(live, who)) == "max");
  who.lead.channel = "sms";
  CHECK(name_of(choose(live, who)) == "sms");
  who.lead.channel = "pigeon";
  CHECK(name_of(choose(live, who)) == "max");
}

TEST_CASE("route: the first step that reaches the person is taken, and says how long it may take",
          "[channels][route]") {
  const std::vector<Channel> live = {channel("email"), channel("sms"), channel("max"),
                                     channel("telegram", "bot")};
  Person who = person("anna@example.test", "+79160000001");
  const RoutePolicy policy = route("viber 5m, max 10m, bot 20m, sms 1h, email");
  Choice choice = choose(live, who, policy);
  CHECK(name_of(choice) == "sms");
  CHECK(choice.address == "+79160000001");
  CHECK(choice.wait_ms == k_hour_ms);
  CHECK(passed_of(choice) == "viber: no_channel, max: not_started, bot: not_started");
  known(who, live[3], "501");
  choice = choose(live, who, policy);
  CHECK(name_of(choice) == "bot");
  CHECK(choice.wait_ms == 20 * k_minute_ms);
  choice = choose(live, who, policy, "chn_bot");
  CHECK(name_of(choice) == "sms");
  choice = choose(live, who, policy, "chn_bot,chn_sms");
  CHECK(name_of(choice) == "email");
  CHECK(choice.wait_ms == 0);
  choice = choose(live, who, policy, "chn_bot,chn_sms,chn_email");
  CHECK(name_of(choice) == "nobody");
  CHECK(passed_of(choice) ==
        "viber: no_channel, max: not_started, bot: tried, sms: tried, email: tried");
}

TEST_CASE("route: what the route does not name is not taken, but what is asked for is",
          "[channels][route]") {
  const std::vector<Channel> live = {channel("email"), channel("sms")};
  const Person who = person("anna@example.test", "+79160000001");
  const RoutePolicy policy = route("sms");
  CHECK(name_of(choose(live, who, policy, "chn_sms")) == "nobody");
  const Choice asked = choose(live, who, policy, "", live[0].id);
  CHECK(name_of(asked) == "email");
  CHECK(asked.wait_ms == 0);
  CHECK(name_of(choose(live, who, policy, "chn_email", live[0].id)) == "sms");
  // Asked for, and of no use: the route goes its way.
  CHECK(name_of(choose(live, person("", "+79160000001"), policy, "", live[0].id)) == "sms");
}

TEST_CASE("route: a paused channel waits only where no active one reaches the person",
          "[channels][route]") {
  const std::vector<Channel> live = {channel("sms", "", "paused"), channel("email")};
  const RoutePolicy policy = route("sms 10m, email");
  const Choice choice = choose(live, person("anna@example.test", "+79160000001"), policy);
  CHECK(name_of(choice) == "email");
  CHECK(passed_of(choice) == "sms: paused");
  const Choice waits = choose(live, person("", "+79160000001"), policy);
  CHECK(name_of(waits) == "sms");
  CHECK(waits.wait_ms == 10 * k_minute_ms);
  CHECK(name_of(choose(live, person("", "+79160000001"))) == "sms");
}

TEST_CASE("route: what a rule forbids is passed over with the reason", "[channels][route]") {
  const std::vector<Channel> live = {channel("telegram"), channel("sms"), channel("email")};
  Person who = person("anna@example.test", "+79160000001");
  known(who, live[0], "501");
  RoutePolicy policy = route("telegram 10m, sms 10m, email");
  policy.foreign_denied = true;
  policy.cost_max = 500;
  who.spent_minor = 780;
  const Choice choice = choose(live, who, policy);
  CHECK(name_of(choice) == "email");
  CHECK(passed_of(choice) == "telegram: foreign_denied, sms: over_cost");
  policy.steps.clear();
  CHECK(name_of(choose(live, who, policy, "chn_email")) == "nobody");
}

TEST_CASE("route: the file takes messages only while there is no real channel",
          "[channels][route]") {
  const Person who = person("anna@example.test");
  CHECK(name_of(choose({channel("file")}, who)) == "file");
  CHECK(name_of(choose({channel("file")}, who, route("file"))) == "file");
  CHECK(name_of(choose({channel("file"), channel("max")}, who)) == "nobody");
  CHECK(name_of(choose({channel("file"), channel("max", "", "paused")}, who)) == "nobody");
  CHECK(name_of(choose({}, who)) == "nobody");
}

TEST_CASE("route: an explanation says next, later and why not, of every channel",
          "[channels][route]") {
  const std::vector<Channel> live = {channel("email"), channel("sms", "", "paused"), channel("max"),
                                     channel("telegram", "bot"), channel("vk")};
  Person who = person("anna@example.test", "+79160000001");
  known(who, live[2], "501");
  known(who, live[3], "502", 0, "blocked");
  const auto text_of = [&](const RoutePolicy& policy) {
    std::string out;
    for (const RouteAnswer& answer : explain_route(live, who, policy, k_now)) {
      out += answer.channel + " " + answer.outcome;
      if (answer.wait_ms > 0) out += " " + format_duration(answer.wait_ms);
      if (!answer.reason.empty()) {
        out += " " + answer.reason;
        // Every reason has words.
        CHECK(reason_sentence(answer.reason) != answer.reason);
      }
      out += "\n";
    }
    return out;
  };
  CHECK(text_of(route("bot 5m, sms, max 10m, email, viber 1h")) ==
        "max next 10m\n"
        "email later\n"
        "sms skipped paused\n"
        "bot skipped opted_out\n"
        "vk skipped not_started\n"
        "viber skipped 1h no_channel\n");
  CHECK_THAT(text_of(route("email")), ContainsSubstring("email next\n"));
  CHECK_THAT(text_of(route("email")), ContainsSubstring("max skipped not_on_route\n"));
  CHECK_THAT(text_of({}), ContainsSubstring("email next\nmax later\n"));
  const Json object = to_json(explain_route(live, who, route("max 10m"), k_now).front());
  CHECK(object.text("channel") == "max");
  CHECK(object.text("outcome") == "next");
  CHECK(object.text("wait") == "10m");
}

}  // namespace flead::channels::route_cases
