// Command: one node of the command tree. Parsing, help, man pages and completions all come from
// this tree; commands register themselves with it and never see the parser (args.cpp is its fence).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace flead {
class Json;
}

namespace flead::cli {

class Context;

// Where parsed text goes. The variants are all that commands need; bool means a flag without value.
struct Target {
  bool* flag = nullptr;
  std::string* text = nullptr;
  std::optional<std::string>* optional_text = nullptr;
  std::int64_t* integer = nullptr;
  std::optional<std::int64_t>* optional_integer = nullptr;
  std::vector<std::string>* texts = nullptr;  // may be repeated

  Target(bool& value) : flag(&value) {}
  Target(std::string& value) : text(&value) {}
  Target(std::optional<std::string>& value) : optional_text(&value) {}
  Target(std::int64_t& value) : integer(&value) {}
  Target(std::optional<std::int64_t>& value) : optional_integer(&value) {}
  Target(std::vector<std::string>& value) : texts(&value) {}
};

struct Option {
  std::string name;                      // "--status"; positionals have no dashes: "LEAD"
  std::string short_name;                // "-o", or ""
  std::string value_name;                // "FILE"; "" for flags
  std::string text;                      // one line, no full stop; a test fails when it is missing
  std::vector<std::string> choices;      // completed and checked
  std::vector<std::string> suggestions;  // completed; any other word is taken, too
  std::string env;                       // also read from this variable
  bool positional = false;
  bool required = false;
  bool value_optional = false;  // --json and --json=a,b
  bool next_word = false;       // with value_optional: `--email a@b` too, unless that is an option
  bool not_empty = false;       // "" is a mistake, not a value
  Target target;

  bool is_flag() const { return target.flag != nullptr; }
  bool is_repeated() const { return target.texts != nullptr; }
};

// A group of `flead help`, in the order of features.md section 4.
enum class Group { none, start, tenants, intake, channels, booking, money, reports, law, jobs };
std::string_view group_title(Group group);  // "START"; "" for none

class Command {
 public:
  Command(std::string name, Command* parent);
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  // Adds (or returns) the child with this name.
  Command& sub(std::string_view name);
  // Another name that works but is not listed. A noun with verbs has its plural without asking.
  Command& alias(std::string_view name);
  Command& group(Group group);                  // for nouns; verbs inherit
  Command& summary(std::string_view text);      // one line, imperative, no full stop
  Command& description(std::string_view text);  // paragraphs for --help and the man page
  Command& example(std::string_view line, std::string_view what = {});
  // `name` is "--status", "--out FILE" or "-o,--out FILE": the word after the space is the value's
  // name. Without one it is the option's own name in capitals. "FILE" and "DIR" are completed.
  Command& option(std::string_view name, Target target, std::string_view text);
  Command& required(std::string_view name, Target target, std::string_view text);
  Command& positional(std::string_view name, Target target, std::string_view text);
  Command& optional_positional(std::string_view name, Target target, std::string_view text);
  // A command may name an option like a global one: then its own is meant (`init --tz`).
  // These change the option that was added last.
  Command& choices(std::vector<std::string> values);
  Command& suggestions(std::vector<std::string> values);
  Command& env(std::string_view name);
  Command& value_optional(bool next_word = false);
  Command& not_empty();
  // What it prints: a function that makes an object (or the row of a list) with every field. Called
  // only when somebody asks for fields, so that --json=FIELDS is checked before anything is done.
  // A field that is null or {} in it may have any members.
  Command& prints(Json (*make)());
  // It changes the store and does nothing else that a rollback would not take back: --dry-run and
  // --key work. It prints() what it changed.
  Command& writes();
  // What it prints is shown this once: never kept for a --key.
  Command& shows_secret();
  // --dry-run is refused; `why` completes "...: it ", such as "sends a message".
  Command& no_dry_run(std::string_view why);
  // The handler prints data through Context and returns an Error for everything that went wrong.
  Command& run(std::function<Status(Context&)> handler);
  // Left out of help's everyday list and of completions (`completion`'s own plumbing).
  Command& hidden();

  // The child with this name, alias or plural; null when there is none.
  const Command* find(std::string_view name) const;

  const std::string& name() const { return name_; }
  std::string path() const;  // "flead lead list"
  const Command* parent() const { return parent_; }
  const std::vector<std::unique_ptr<Command>>& children() const { return children_; }
  const std::vector<std::string>& aliases() const { return aliases_; }
  const std::vector<Option>& options() const { return options_; }
  const std::string& summary_text() const { return summary_; }
  const std::string& description_text() const { return description_; }
  const std::vector<std::pair<std::string, std::string>>& examples() const { return examples_; }
  Group group_id() const { return group_; }
  bool is_hidden() const { return hidden_; }
  const std::function<Status(Context&)>& handler() const { return handler_; }
  bool has_fields() const { return prototype_ != nullptr; }
  Json prototype() const;  // only when has_fields()
  bool is_write() const { return writes_; }
  bool has_secret() const { return secret_; }
  // Why --dry-run is refused; "" when it is not.
  const std::string& no_dry_run_reason() const { return no_dry_run_; }

 private:
  Option& add(std::string_view name, Target target, std::string_view text);

  std::string name_;
  Command* parent_;
  std::vector<std::unique_ptr<Command>> children_;
  std::vector<std::string> aliases_;
  std::vector<Option> options_;
  std::string summary_;
  std::string description_;
  std::vector<std::pair<std::string, std::string>> examples_;
  Group group_ = Group::none;
  bool hidden_ = false;
  Json (*prototype_)() = nullptr;
  bool writes_ = false;
  bool secret_ = false;
  std::string no_dry_run_;
  std::function<Status(Context&)> handler_;
};

}  // namespace flead::cli
