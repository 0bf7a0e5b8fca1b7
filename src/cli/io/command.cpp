#include "cli/io/command.h"

#include <utility>

#include "core/base/assert.h"
#include "core/base/json.h"

namespace flead::cli {
namespace {

// "--base-url" is "BASE-URL" in a usage line when the command names no better word.
std::string value_name_from(std::string_view option_name) {
  std::string result;
  for (const char c : option_name.substr(option_name.find_first_not_of('-'))) {
    result += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return result;
}

}  // namespace

std::string_view group_title(Group group) {
  switch (group) {
    case Group::none:
      return "";
    case Group::start:
      return "START";
    case Group::tenants:
      return "TENANTS";
    case Group::intake:
      return "INTAKE";
    case Group::channels:
      return "CHANNELS";
    case Group::booking:
      return "BOOKING";
    case Group::money:
      return "MONEY";
    case Group::reports:
      return "REPORTS";
    case Group::law:
      return "LAW";
    case Group::jobs:
      return "JOBS";
  }
  return "";
}

Command::Command(std::string name, Command* parent) : name_(std::move(name)), parent_(parent) {}

Command& Command::sub(std::string_view name) {
  for (const auto& child : children_) {
    if (child->name_ == name) return *child;
  }
  children_.push_back(std::make_unique<Command>(std::string(name), this));
  children_.back()->group_ = group_;
  return *children_.back();
}

Command& Command::alias(std::string_view name) {
  aliases_.emplace_back(name);
  return *this;
}

Command& Command::group(Group group) {
  group_ = group;
  for (const auto& child : children_) child->group(group);
  return *this;
}

Command& Command::summary(std::string_view text) {
  summary_ = text;
  return *this;
}

Command& Command::description(std::string_view text) {
  description_ = text;
  return *this;
}

Command& Command::example(std::string_view line, std::string_view what) {
  examples_.emplace_back(line, what);
  return *this;
}

Option& Command::add(std::string_view name, Target target, std::string_view text) {
  Option option{.name = {},
                .short_name = {},
                .value_name = {},
                .text = std::string(text),
                .choices = {},
                .suggestions = {},
                .env = {},
                .target = target};
  if (const auto space = name.find(' '); space != std::string_view::npos) {
    option.value_name = name.substr(space + 1);
    name = name.substr(0, space);
  }
  if (const auto comma = name.find(','); comma != std::string_view::npos) {
    option.short_name = name.substr(0, comma);
    name = name.substr(comma + 1);
  }
  FLEAD_ASSERT(!name.empty() && name.find_first_not_of('-') != std::string_view::npos);
  option.name = name;
  if (option.is_flag()) {
    option.value_name.clear();
  } else if (option.value_name.empty()) {
    option.value_name = value_name_from(name);
  }
  options_.push_back(std::move(option));
  return options_.back();
}

Command& Command::option(std::string_view name, Target target, std::string_view text) {
  FLEAD_ASSERT(name.starts_with('-'));
  add(name, target, text);
  return *this;
}

Command& Command::required(std::string_view name, Target target, std::string_view text) {
  FLEAD_ASSERT(name.starts_with('-'));
  add(name, target, text).required = true;
  return *this;
}

Command& Command::positional(std::string_view name, Target target, std::string_view text) {
  Option& option = add(name, target, text);
  option.positional = true;
  option.required = true;
  return *this;
}

Command& Command::optional_positional(std::string_view name, Target target, std::string_view text) {
  add(name, target, text).positional = true;
  return *this;
}

Command& Command::choices(std::vector<std::string> values) {
  FLEAD_ASSERT(!options_.empty());
  options_.back().choices = std::move(values);
  return *this;
}

Command& Command::suggestions(std::vector<std::string> values) {
  FLEAD_ASSERT(!options_.empty());
  options_.back().suggestions = std::move(values);
  return *this;
}

Command& Command::env(std::string_view name) {
  FLEAD_ASSERT(!options_.empty());
  options_.back().env = name;
  return *this;
}

Command& Command::value_optional(bool next_word) {
  FLEAD_ASSERT(!options_.empty() && !options_.back().is_flag());
  options_.back().value_optional = true;
  options_.back().next_word = next_word;
  return *this;
}

Command& Command::not_empty() {
  FLEAD_ASSERT(!options_.empty() && !options_.back().is_flag());
  options_.back().not_empty = true;
  return *this;
}

Command& Command::prints(Json (*make)()) {
  prototype_ = make;
  return *this;
}

Command& Command::writes() {
  writes_ = true;
  return *this;
}

Command& Command::shows_secret() {
  secret_ = true;
  return *this;
}

Command& Command::no_dry_run(std::string_view why) {
  no_dry_run_ = why;
  return *this;
}

Json Command::prototype() const {
  FLEAD_ASSERT(has_fields());
  return prototype_();
}

Command& Command::run(std::function<Status(Context&)> handler) {
  handler_ = std::move(handler);
  return *this;
}

Command& Command::hidden() {
  hidden_ = true;
  return *this;
}

std::string Command::path() const {
  return parent_ == nullptr ? name_ : parent_->path() + " " + name_;
}

const Command* Command::find(std::string_view name) const {
  for (const auto& child : children_) {
    if (child->name_ == name) return child.get();
    for (const std::string& other : child->aliases_) {
      if (other == name) return child.get();
    }
    const bool is_noun = !child->children_.empty();
    if (is_noun && name.ends_with('s') && name.substr(0, name.size() - 1) == child->name_) {
      return child.get();
    }
  }
  return nullptr;
}

}  // namespace flead::cli
