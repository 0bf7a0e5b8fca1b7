#include "core/channels/route.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/zone.h"

namespace flead::channels {
namespace {

constexpr int k_minutes_of_day = 24 * 60;

Error route_invalid(std::string_view step) {
  return refused("route_invalid",
                 "A step of a route is a channel and a time: not '" + repair_utf8(step) + "'",
                 "For example: max 10m, telegram 10m, sms");
}

// "22:00" as minutes after midnight.
std::optional<int> parse_clock(std::string_view text) {
  int hour = 0;
  int minute = 0;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || text.size() != colon + 3) {
    return std::nullopt;
  }
  const auto read = [](std::string_view digits, int& value) {
    const auto [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return code == std::errc() && stop == digits.data() + digits.size();
  };
  if (!read(text.substr(0, colon), hour) || !read(text.substr(colon + 1), minute)) {
    return std::nullopt;
  }
  if (hour < 0 || hour > 24 || minute < 0 || minute > 59 || hour * 60 + minute > k_minutes_of_day) {
    return std::nullopt;
  }
  return hour * 60 + minute;
}

const Identity* identity_on(const Person& person, const Channel& channel) {
  for (const Identity& identity : person.identities) {
    if (identity.channel == channel.id) return &identity;
  }
  return nullptr;
}

}  // namespace

std::string given_address(const intake::Lead& lead, std::string_view kind) {
  if (kind == "email") return lead.email;
  if (kind == "sms") return lead.phone.value_or("");
  if (kind == "whatsapp") {
    // A number that was given as a WhatsApp number, not the phone beside it.
    std::string digits;
    for (const char c : lead.whatsapp) {
      if (c >= '0' && c <= '9') digits += c;
    }
    return digits.size() >= 8 && digits.size() <= 15 ? digits : std::string();
  }
  if (kind != "file") return {};
  // The file takes whatever there is.
  for (const std::string& contact : {lead.email, lead.phone.value_or(""), lead.telegram,
                                     lead.whatsapp, lead.max, lead.vk, lead.name}) {
    if (!contact.empty()) return contact;
  }
  return {};
}

namespace {

// Closed on another channel of the kind, or by somebody else who has the address, and they have not
// written on this one since.
bool is_closed_elsewhere(const Person& person, std::string_view kind, std::string_view address,
                         const Identity* here) {
  const TimeMs spoke = here != nullptr ? here->inbound_at.value_or(0) : 0;
  return std::any_of(person.closed.begin(), person.closed.end(), [&](const Identity& one) {
    return one.channel_kind == kind && one.address == address && one.updated_at > spoke;
  });
}

// The kinds to try when a tenant has no route.
std::vector<RouteStep> default_steps(const std::vector<Channel>& live, const Person& person) {
  std::vector<RouteStep> steps;
  const auto add = [&](std::string_view channel) {
    const auto same = [&](const RouteStep& step) { return step.channel == channel; };
    if (std::none_of(steps.begin(), steps.end(), same)) steps.push_back({std::string(channel), 0});
  };
  if (find_provider(person.lead.channel) != nullptr) add(person.lead.channel);
  const Identity* last = nullptr;
  for (const Identity& identity : person.identities) {
    if (identity.inbound_at && (last == nullptr || *last->inbound_at < *identity.inbound_at)) {
      last = &identity;
    }
  }
  if (last != nullptr) {
    for (const Channel& channel : live) {
      if (channel.id == last->channel) add(channel.name);
    }
  }
  for (const Provider& provider : providers()) add(provider.kind);
  return steps;
}

class Chooser {
 public:
  Chooser(const std::vector<Channel>& live, const Person& person, const RoutePolicy& policy,
          std::string_view tried, TimeMs now)
      : live_(live), person_(person), policy_(policy), tried_(tried), now_(now) {
    has_real_ = std::any_of(live.begin(), live.end(), [](const Channel& channel) {
      const Provider* provider = find_provider(channel.kind);
      return provider != nullptr && provider->capabilities.real;
    });
  }

  // True when a channel was found.
  bool try_channel(const Channel& channel, std::string_view status, Choice& choice) const {
    const Provider* provider = find_provider(channel.kind);
    if (provider == nullptr || channel.status != status) return false;
    if (has_real_ && !provider->capabilities.real) return false;
    if (tried_.find(channel.id.text()) != std::string_view::npos) {
      pass(choice, channel.name, "tried");
      return false;
    }
    Reach found = reach(person_, channel, policy_, now_);
    if (!found.why.empty()) {
      pass(choice, channel.name, found.why);
      return false;
    }
    choice.channel = channel;
    choice.address = std::move(found.address);
    return true;
  }

  bool try_step(const RouteStep& step, std::string_view status, Choice& choice) const {
    bool known = false;
    for (const Channel& channel : live_) {
      if (channel.name != step.channel && channel.kind != step.channel) continue;
      known = true;
      if (status == "active" && channel.status == "paused") pass(choice, channel.name, "paused");
      if (try_channel(channel, status, choice)) {
        choice.wait_ms = step.wait_ms;
        return true;
      }
    }
    if (!known && !policy_.steps.empty()) pass(choice, step.channel, "no_channel");
    return false;
  }

 private:
  static void pass(Choice& choice, std::string_view channel, std::string_view why) {
    const auto same = [&](const Passed& passed) { return passed.channel == channel; };
    if (std::none_of(choice.passed.begin(), choice.passed.end(), same)) {
      choice.passed.push_back({std::string(channel), why});
    }
  }

  const std::vector<Channel>& live_;
  const Person& person_;
  const RoutePolicy& policy_;
  std::string_view tried_;
  TimeMs now_;
  bool has_real_ = false;
};

}  // namespace

Result<std::vector<RouteStep>> parse_route(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size();) {
    constexpr std::string_view k_arrow = "→";
    if (text.substr(at, k_arrow.size()) == k_arrow) {
      plain += ',';
      at += k_arrow.size();
    } else {
      plain += text[at] == '>' || text[at] == ';' ? ',' : text[at];
      ++at;
    }
  }
  std::vector<RouteStep> steps;
  if (trim(plain).empty()) return steps;
  for (const std::string& part : split(plain, ',')) {
    const std::string_view words = trim(part);
    const std::size_t space = words.find_first_of(" \t");
    RouteStep step;
    step.channel = words.substr(0, space);
    if (step.channel.empty() || step.channel.size() > 40 || !valid_utf8(step.channel) ||
        has_control_characters(step.channel)) {
      return route_invalid(words);
    }
    if (space != std::string_view::npos) {
      const auto wait = parse_duration_ms(trim(words.substr(space)));
      if (!wait || *wait < k_minute_ms || *wait > k_message_age_max_ms) return route_invalid(words);
      step.wait_ms = *wait;
    }
    steps.push_back(std::move(step));
  }
  if (steps.size() > k_route_steps_max) {
    return refused("route_too_long",
                   "A route has at most " + std::to_string(k_route_steps_max) + " steps");
  }
  return steps;
}

std::string format_route(const std::vector<RouteStep>& steps) {
  std::string out;
  for (const RouteStep& step : steps) {
    if (!out.empty()) out += ", ";
    out += step.channel;
    if (step.wait_ms > 0) out += " " + format_duration(step.wait_ms);
  }
  return out;
}

std::optional<QuietHours> parse_quiet_hours(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto from = parse_clock(trim(text.substr(0, dash)));
  const auto to = parse_clock(trim(text.substr(dash + 1)));
  if (!from || !to || *from == *to) return std::nullopt;
  return QuietHours{*from, *to};
}

std::optional<TimeMs> quiet_until(const QuietHours& hours, std::string_view zone, TimeMs now) {
  const auto loaded = Zone::load(zone);
  const Zone here = loaded ? *loaded : Zone::utc();
  const WallTime wall = here.wall(now);
  const int minute = wall.hour * 60 + wall.minute;
  const bool over_midnight = hours.from_min > hours.to_min;
  const bool quiet = over_midnight ? minute >= hours.from_min || minute < hours.to_min
                                   : minute >= hours.from_min && minute < hours.to_min;
  if (!quiet) return std::nullopt;
  const TimeMs today = here.day_start(wall.date);
  // A day of clock changes is an hour longer or shorter: asking from noon of the day in question is
  // exact enough to find its date.
  const bool tomorrow = over_midnight && minute >= hours.from_min;
  const Date date = tomorrow ? here.wall(today + 36 * k_hour_ms).date : wall.date;
  WallTime end;
  end.date = date;
  end.hour = hours.to_min / 60;
  end.minute = hours.to_min % 60;
  if (end.hour == 24) {
    end.date = here.wall(here.day_start(date) + 36 * k_hour_ms).date;
    end.hour = 0;
  }
  // In the hour that spring skips the two readings lie on either side of the gap.
  const WallLookup found = here.lookup(end);
  return std::max({found.first, found.second, now + 1});
}

Reach reach(const Person& person, const Channel& channel, const RoutePolicy& policy, TimeMs now) {
  Reach out;
  const Provider* provider = find_provider(channel.kind);
  if (provider == nullptr) {
    out.why = "no_channel";
    return out;
  }
  const Capabilities& can = provider->capabilities;
  const Identity* identity = identity_on(person, channel);
  const std::string given = given_address(person.lead, channel.kind);
  // A corrected address is another one than the one that bounced.
  if (identity != nullptr && identity->closed_why == "bounced" && identity->address != given) {
    identity = nullptr;
  }
  const bool closed = identity != nullptr && !identity->closed_why.empty();
  if (closed || (!given.empty() && is_closed_elsewhere(person, channel.kind, given, identity))) {
    out.why = "opted_out";
    return out;
  }
  if (person.advertising && !intake::agrees(person.said, channel.kind)) {
    out.why = "no_consent";
    return out;
  }
  if (can.foreign && policy.foreign_denied) {
    out.why = "foreign_denied";
    return out;
  }
  if (can.segments && policy.cost_max && person.spent_minor >= *policy.cost_max) {
    out.why = "over_cost";
    return out;
  }
  out.address = identity != nullptr ? identity->address : given;
  if (out.address.empty()) {
    out.why = can.messenger ? "not_started" : "no_contact";
    return out;
  }
  if (can.window_ms > 0) {
    const bool spoke = identity != nullptr && identity->inbound_at.has_value();
    out.window_open = spoke && now < *identity->inbound_at + can.window_ms;
    if (!out.window_open && !can.provider_templates) {
      out.why = "window_closed";
      out.address.clear();
    }
  }
  return out;
}

Choice choose_channel(const std::vector<Channel>& live, const Person& person,
                      const RoutePolicy& policy, std::string_view tried,
                      const std::optional<ChannelId>& via, TimeMs now) {
  Choice choice;
  const Chooser chooser(live, person, policy, tried, now);
  if (via) {
    for (const Channel& channel : live) {
      if (channel.id == *via && chooser.try_channel(channel, "active", choice)) return choice;
    }
  }
  const std::vector<RouteStep> steps =
      policy.steps.empty() ? default_steps(live, person) : policy.steps;
  for (const std::string_view status : {"active", "paused"}) {
    for (const RouteStep& step : steps) {
      if (chooser.try_step(step, status, choice)) return choice;
    }
  }
  return choice;
}

}  // namespace flead::channels
