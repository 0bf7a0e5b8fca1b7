#include "core/channels/route_explain.h"

#include <utility>

#include "core/base/time.h"

namespace flead::channels {

std::vector<RouteAnswer> explain_route(const std::vector<Channel>& live, const Person& person,
                                       const RoutePolicy& policy, TimeMs now) {
  std::vector<RouteAnswer> answers;
  std::string tried;
  // What would be taken first, then what would be taken if that failed, and so on: the same rule
  // that sends, asked again and again.
  while (answers.size() <= live.size() + policy.steps.size()) {
    const Choice choice = choose_channel(live, person, policy, tried, std::nullopt, now);
    if (!choice.channel || choice.channel->status != "active") break;
    answers.push_back(
        {choice.channel->name, answers.empty() ? "next" : "later", "", choice.wait_ms});
    tried += (tried.empty() ? "" : ",") + choice.channel->id.text();
  }
  const auto told = [&](std::string_view channel) {
    for (const RouteAnswer& answer : answers) {
      if (answer.channel == channel) return true;
    }
    return false;
  };
  for (const Channel& channel : live) {
    if (told(channel.name)) continue;
    const Reach found = reach(person, channel, policy, now);
    std::string reason(found.why);
    if (reason.empty()) reason = channel.status == "paused" ? "paused" : "not_on_route";
    answers.push_back({channel.name, "skipped", std::move(reason), 0});
  }
  for (const RouteStep& step : policy.steps) {
    bool known = false;
    for (const Channel& channel : live) {
      known = known || channel.name == step.channel || channel.kind == step.channel;
    }
    if (!known) answers.push_back({step.channel, "skipped", "no_channel", step.wait_ms});
  }
  return answers;
}

std::string_view reason_sentence(std::string_view reason) {
  struct Sentence {
    std::string_view reason, words;
  };
  static constexpr Sentence k_sentences[] = {
      {"no_contact", "The lead left no contact for it"},
      {"not_started", "The person has not opened the dialog: flead channel link"},
      {"opted_out", "The person has blocked it, said stop, or mail came back"},
      {"no_consent", "The person has not agreed to advertising there"},
      {"window_closed", "The person's last word is too long ago for free text there"},
      {"foreign_denied", "It is abroad, and channels.foreign denies that"},
      {"over_cost", "This lead's messages have cost route.cost_max"},
      {"no_channel", "There is no such channel"},
      {"paused", "The channel is paused: flead channel test"},
      {"not_on_route", "The route does not name it"},
      {"tried", "It was tried before"},
  };
  for (const Sentence& sentence : k_sentences) {
    if (sentence.reason == reason) return sentence.words;
  }
  return reason;
}

Json to_json(const RouteAnswer& answer) {
  return Json::object(
      {{"channel", answer.channel},
       {"outcome", answer.outcome},
       {"reason", answer.reason},
       {"why", reason_sentence(answer.reason)},
       {"wait", answer.wait_ms > 0 ? Json(format_duration(answer.wait_ms)) : Json()},
       {"at", Json()},
       {"message", Json()}});
}

}  // namespace flead::channels
