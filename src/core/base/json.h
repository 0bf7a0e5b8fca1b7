// Json: an ordered JSON value of our own, and the fence around the JSON library (json.cpp is the
// only file that includes it). Used bare that library aborts on a missing key, throws on a wrong
// type and on bad UTF-8, turns 1.7 into 1, and overflows the stack on deep nesting. Everything here
// is total: a wrong path or type is "nothing", bad UTF-8 is repaired when written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/result.h"

namespace flead {

class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;  // in the order of insertion; keys are unique

  Json() = default;  // null
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  Json(int value) : value_(static_cast<std::int64_t>(value)) {}
  Json(std::int64_t value) : value_(value) {}
  Json(double value) : value_(value) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  template <class T>
  Json(const std::optional<T>& value) {
    if (value) *this = Json(*value);
  }

  static Json object(std::initializer_list<Member> members = {});
  static Json array(std::initializer_list<Json> items = {});

  // Sets or replaces a member; makes an object of null. Returns *this, so calls chain.
  Json& set(std::string_view key, Json value);
  // Appends; makes an array of null.
  Json& push(Json value);

  bool is_null() const { return value_.index() == 0; }
  bool is_object() const { return std::holds_alternative<Object>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_text() const { return std::holds_alternative<std::string>(value_); }

  // Members of an object, items of an array; empty for any other type.
  const Object& members() const;
  const Array& items() const;

  // Total readers. `path` is member names joined by dots ("utm.source"); "" is this value itself.
  // Nothing when the path is missing or the type is another; integer() refuses 1.7 and true.
  const Json* find(std::string_view path) const;
  std::optional<std::string> text(std::string_view path = {}) const;
  std::optional<std::int64_t> integer(std::string_view path = {}) const;
  std::optional<double> number(std::string_view path = {}) const;  // integers too
  std::optional<bool> boolean(std::string_view path = {}) const;

  // Compact UTF-8 JSON. Bad UTF-8 becomes U+FFFD; numbers that JSON cannot write become null.
  std::string dump() const;
  // Indented by two spaces, for people.
  std::string dump_pretty() const;

  friend bool operator==(const Json&, const Json&) = default;

  // For json.cpp and the readers that feed it: adds a member that is known to be new (set() would
  // look through all of them), and writes a value that is neither an object nor an array.
  void append_member(std::string key, Json value);
  void append_scalar(std::string& out) const;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

// Error code `bad_json` (usage) with the place; also for nesting over k_json_depth_max, for text
// that is not UTF-8, for a repeated key, and for anything after the value.
Result<Json> parse_json(std::string_view text);

// Appends `text` as a JSON string with its quotes; repairs bad UTF-8. For writers of long exports.
void append_json_string(std::string& out, std::string_view text);

}  // namespace flead
