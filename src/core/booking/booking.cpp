// The pure rules of bookings: names, transitions, addresses, the API's object.
#include "core/booking/booking.h"

#include <utility>

namespace flead::booking {
namespace {

constexpr std::pair<State, std::string_view> k_state_names[] = {
    {State::held, "held"},           {State::requested, "requested"},
    {State::confirmed, "confirmed"}, {State::declined, "declined"},
    {State::expired, "expired"},     {State::cancelled, "cancelled"},
    {State::completed, "completed"}, {State::no_show, "no_show"},
};

constexpr std::pair<Action, std::string_view> k_action_names[] = {
    {Action::confirm, "confirm"},   {Action::decline, "decline"}, {Action::cancel, "cancel"},
    {Action::complete, "complete"}, {Action::no_show, "no_show"}, {Action::move, "move"},
};

struct TransitionRow {
  State from;
  Action action;
  State to;
};

// What is not here does not happen: nothing leaves declined, expired or cancelled, and a meeting
// that took place can only change its mind about who came.
constexpr TransitionRow k_transitions[] = {
    {State::held, Action::confirm, State::confirmed},
    {State::held, Action::cancel, State::cancelled},
    {State::held, Action::move, State::held},
    {State::requested, Action::confirm, State::confirmed},
    {State::requested, Action::decline, State::declined},
    {State::requested, Action::cancel, State::cancelled},
    {State::requested, Action::move, State::requested},
    {State::confirmed, Action::cancel, State::cancelled},
    {State::confirmed, Action::move, State::confirmed},
    {State::confirmed, Action::complete, State::completed},
    {State::confirmed, Action::no_show, State::no_show},
    {State::completed, Action::no_show, State::no_show},
    {State::no_show, Action::complete, State::completed},
};

}  // namespace

std::string_view state_name(State state) {
  for (const auto& [known, name] : k_state_names) {
    if (known == state) return name;
  }
  return "";
}

std::optional<State> parse_state(std::string_view name) {
  for (const auto& [state, known] : k_state_names) {
    if (known == name) return state;
  }
  return std::nullopt;
}

std::string_view action_name(Action action) {
  for (const auto& [known, name] : k_action_names) {
    if (known == action) return name;
  }
  return "";
}

std::optional<Action> parse_action(std::string_view name) {
  for (const auto& [action, known] : k_action_names) {
    if (known == name) return action;
  }
  return std::nullopt;
}

std::optional<State> next_state(State state, Action action) {
  for (const auto& row : k_transitions) {
    if (row.from == state && row.action == action) return row.to;
  }
  return std::nullopt;
}

bool takes_time(State state) {
  switch (state) {
    case State::held:
    case State::requested:
    case State::confirmed:
    case State::completed:
    case State::no_show:
      return true;
    case State::declined:
    case State::expired:
    case State::cancelled:
      return false;
  }
  return false;
}

std::string_view result_name(Action action) {
  switch (action) {
    case Action::confirm:
      return "confirmed";
    case Action::decline:
      return "declined";
    case Action::cancel:
      return "cancelled";
    case Action::complete:
      return "completed";
    case Action::no_show:
      return "no_show";
    case Action::move:
      return "moved";
  }
  return "";
}

bool is_ours_to_change(const Booking& booking, Action action) {
  return booking.kept_by.empty() || action == Action::complete || action == Action::no_show;
}

std::string host_of_url(std::string_view base_url) {
  const auto scheme = base_url.find("://");
  if (scheme != std::string_view::npos) base_url.remove_prefix(scheme + 3);
  base_url = base_url.substr(0, base_url.find_first_of("/?#"));
  const auto user = base_url.rfind('@');
  if (user != std::string_view::npos) base_url.remove_prefix(user + 1);
  if (base_url.starts_with('[')) {  // [::1]:8080
    base_url = base_url.substr(1, base_url.find(']') - 1);
  } else {
    base_url = base_url.substr(0, base_url.find(':'));
  }
  return base_url.empty() ? "localhost" : std::string(base_url);
}

std::string manage_url(std::string_view base_url, const Booking& booking) {
  return std::string(base_url) + "/my/" + booking.manage_token;
}

std::string ics_url(std::string_view base_url, const Booking& booking) {
  return std::string(base_url) + "/c/" + booking.manage_token + ".ics";
}

namespace {

Json brief_json(std::string_view brief) {
  auto answers = parse_json(brief.empty() ? "[]" : brief);
  return answers ? std::move(*answers) : Json::array();  // written by us alone
}

}  // namespace

Json to_json(const Booking& booking, std::string_view base_url) {
  return Json::object({
      {"id", booking.id.text()},
      {"status", state_name(booking.state)},
      {"offer", booking.offer_slug},
      {"host", booking.host_slug},
      {"lead", booking.lead ? Json(booking.lead->text()) : Json()},
      {"starts_at", format_time(booking.starts_at)},
      {"ends_at", format_time(booking.ends_at)},
      {"held_until", booking.held_until ? Json(format_time(*booking.held_until)) : Json()},
      {"zone", booking.visitor_zone},
      {"uid", booking.uid},
      {"sequence", booking.sequence},
      {"reason", booking.reason},
      {"format", booking.format},
      {"price", booking.price_version == 0 ? Json() : to_json(booking.price)},
      {"price_version", booking.price_version},
      {"policy_version", booking.policy_version},
      {"moves", booking.moves},
      {"kept_by", booking.kept_by},
      {"refund_due", booking.refund_due_minor
                         ? to_json(Money{*booking.refund_due_minor, booking.price.currency})
                         : Json()},
      {"brief", brief_json(booking.brief)},
      {"manage_url", manage_url(base_url, booking)},
      {"ics_url", ics_url(base_url, booking)},
      {"created_at", format_time(booking.created_at)},
      {"updated_at", format_time(booking.updated_at)},
  });
}

}  // namespace flead::booking
