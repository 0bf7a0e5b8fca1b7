#include "core/base/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/assert.h"
#include "core/base/limits.h"
#include "core/base/utf8.h"

namespace flead {
namespace {

// ---- Reading

Error bad_json_at(std::string_view text, std::size_t position, std::string_view why) {
  const std::string_view before = text.substr(0, std::min(position, text.size()));
  const auto line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto column = std::max<std::size_t>(before.size() - line_start, 1);
  std::string message(why);
  message.append(" at line ").append(std::to_string(line));
  message.append(", column ").append(std::to_string(column)).append(".");
  return usage_error("bad_json", std::move(message));
}

// The place just after the first bracket that is one level too deep, or 0. Runs before the parser,
// so that a nesting bomb costs one pass and no memory.
std::size_t json_too_deep_at(std::string_view text) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > k_json_depth_max) return i + 1;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return 0;
}

// The place just after the `number`th (from 1) member name of a text that is valid JSON so far.
std::size_t json_key_place(std::string_view text, std::size_t number) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '"') continue;
    for (++i; i < text.size() && text[i] != '"'; ++i) {
      if (text[i] == '\\') ++i;
    }
    const auto next = text.find_first_not_of(" \t\r\n", i + 1);
    if (next != std::string_view::npos && text[next] == ':' && ++seen == number) return i + 1;
  }
  return text.size();
}

// Builds our tree from the library's events, so that no value of the library's ever exists.
class JsonBuilder {
 public:
  explicit JsonBuilder(std::string_view text) : text_(text) {}

  Json& root() { return root_; }
  std::optional<Error>& error() { return error_; }

  bool null() { return put(Json()); }
  bool boolean(bool value) { return put(Json(value)); }
  bool number_integer(std::int64_t value) { return put(Json(value)); }
  bool number_unsigned(std::uint64_t value) {
    constexpr std::uint64_t k_most = std::numeric_limits<std::int64_t>::max();
    if (value > k_most) return put(Json(static_cast<double>(value)));
    return put(Json(static_cast<std::int64_t>(value)));
  }
  bool number_float(double value, const std::string&) { return put(Json(value)); }
  bool string(std::string& value) { return put(Json(std::move(value))); }
  bool binary(nlohmann::json::binary_t&) { return false; }  // never in text
  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    ++keys_seen_;
    Level& level = levels_.back();
    if (repeated(level, name)) {
      const auto place = json_key_place(text_, keys_seen_);
      error_ = bad_json_at(text_, place, "The JSON names a member twice");
      return false;
    }
    level.name = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
    error_ = bad_json_at(text_, position, "The text is not valid JSON");
    return false;
  }

 private:
  struct Level {
    Json value;
    std::string name;             // of the member that is being read
    std::set<std::string> names;  // of a large object, where looking through all would be slow
  };

  bool repeated(Level& level, const std::string& name) {
    constexpr std::size_t k_small_object = 32;
    const Json::Object& members = level.value.members();
    if (members.size() < k_small_object) {
      for (const auto& member : members) {
        if (member.first == name) return true;
      }
      return false;
    }
    if (level.names.empty()) {
      for (const auto& member : members) level.names.insert(member.first);
    }
    return !level.names.insert(name).second;
  }

  bool open(Json value) {
    levels_.push_back({std::move(value), {}, {}});
    return true;
  }

  bool close() {
    Json value = std::move(levels_.back().value);
    levels_.pop_back();
    return put(std::move(value));
  }

  bool put(Json value) {
    if (levels_.empty()) {
      root_ = std::move(value);
    } else if (levels_.back().value.is_object()) {
      levels_.back().value.append_member(std::move(levels_.back().name), std::move(value));
    } else {
      levels_.back().value.push(std::move(value));
    }
    return true;
  }

  std::string_view text_;
  Json root_;
  std::vector<Level> levels_;
  std::size_t keys_seen_ = 0;
  std::optional<Error> error_;
};

// ---- Writing

constexpr std::uint64_t every_byte(unsigned char byte) {
  return 0x0101010101010101ULL * byte;
}

// Not zero when one of the 8 bytes is not plain: a quote, a backslash, a control or beyond ASCII.
// The usual "has a byte less than / equal to" arithmetic; false alarms only cost time.
inline std::uint64_t not_plain(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  const std::uint64_t quote = word ^ every_byte('"');
  const std::uint64_t backslash = word ^ every_byte('\\');
  return ((word - every_byte(0x20)) | (quote - every_byte(1)) | (backslash - every_byte(1)) |
          word) &
         every_byte(0x80);
}

void append_escaped(std::string& out, char c) {
  constexpr char k_hex[] = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    default:
      out += "\\u00";
      out += k_hex[byte >> 4];
      out += k_hex[byte & 15];
  }
}

void append_json_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  const std::string_view written(digits, static_cast<std::size_t>(end - digits));
  out += written;
  // A double stays one when it is read again.
  if (written.find_first_not_of("-0123456789") == std::string_view::npos) out += ".0";
}

void append_json_number(std::string& out, std::int64_t value) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

// `indent` < 0 writes everything on one line.
class JsonWriter {
 public:
  JsonWriter(std::string& out, int indent) : out_(out), indent_(indent) {}

  void write(const Json& json) {
    if (json.is_object()) {
      write_object(json.members());
    } else if (json.is_array()) {
      write_array(json.items());
    } else {
      json.append_scalar(out_);
    }
  }

 private:
  void write_object(const Json::Object& members) {
    out_ += '{';
    bool first = true;
    ++level_;
    for (const auto& [name, value] : members) {
      next(first);
      append_json_string(out_, name);
      out_ += indent_ < 0 ? ":" : ": ";
      write(value);
    }
    --level_;
    end(members.empty(), '}');
  }

  void write_array(const Json::Array& items) {
    out_ += '[';
    bool first = true;
    ++level_;
    for (const auto& item : items) {
      next(first);
      write(item);
    }
    --level_;
    end(items.empty(), ']');
  }

  void next(bool& first) {
    if (!first) out_ += ',';
    first = false;
    new_line();
  }

  void end(bool empty, char bracket) {
    if (!empty) new_line();
    out_ += bracket;
  }

  void new_line() {
    if (indent_ < 0) return;
    out_ += '\n';
    out_.append(static_cast<std::size_t>(indent_ * level_), ' ');
  }

  std::string& out_;
  int indent_;
  int level_ = 0;
};

}  // namespace

Json Json::object(std::initializer_list<Member> members) {
  Json json;
  json.value_ = Object();
  for (const auto& [name, value] : members) json.set(name, value);
  return json;
}

Json Json::array(std::initializer_list<Json> items) {
  return Json(Array(items));
}

Json& Json::set(std::string_view key, Json value) {
  if (is_null()) value_ = Object();
  auto* members = std::get_if<Object>(&value_);
  FLEAD_ASSERT(members != nullptr);
  for (auto& member : *members) {
    if (member.first == key) {
      member.second = std::move(value);
      return *this;
    }
  }
  members->emplace_back(std::string(key), std::move(value));
  return *this;
}

Json& Json::push(Json value) {
  if (is_null()) value_ = Array();
  auto* items = std::get_if<Array>(&value_);
  FLEAD_ASSERT(items != nullptr);
  items->push_back(std::move(value));
  return *this;
}

void Json::append_member(std::string key, Json value) {
  auto* members = std::get_if<Object>(&value_);
  FLEAD_ASSERT(members != nullptr);
  members->emplace_back(std::move(key), std::move(value));
}

const Json::Object& Json::members() const {
  static const Object k_none;
  const auto* members = std::get_if<Object>(&value_);
  return members != nullptr ? *members : k_none;
}

const Json::Array& Json::items() const {
  static const Array k_none;
  const auto* items = std::get_if<Array>(&value_);
  return items != nullptr ? *items : k_none;
}

const Json* Json::find(std::string_view path) const {
  const Json* at = this;
  while (!path.empty()) {
    const auto dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    const Json* next = nullptr;
    for (const auto& member : at->members()) {
      if (member.first == name) next = &member.second;
    }
    if (next == nullptr) return nullptr;
    at = next;
  }
  return at;
}

std::optional<std::string> Json::text(std::string_view path) const {
  const Json* json = find(path);
  const auto* value = json == nullptr ? nullptr : std::get_if<std::string>(&json->value_);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<std::int64_t> Json::integer(std::string_view path) const {
  const Json* json = find(path);
  const auto* value = json == nullptr ? nullptr : std::get_if<std::int64_t>(&json->value_);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<double> Json::number(std::string_view path) const {
  const Json* json = find(path);
  if (json == nullptr) return std::nullopt;
  if (const auto* value = std::get_if<double>(&json->value_)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&json->value_)) {
    return static_cast<double>(*value);
  }
  return std::nullopt;
}

std::optional<bool> Json::boolean(std::string_view path) const {
  const Json* json = find(path);
  const auto* value = json == nullptr ? nullptr : std::get_if<bool>(&json->value_);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

void Json::append_scalar(std::string& out) const {
  if (const auto* text = std::get_if<std::string>(&value_)) {
    append_json_string(out, *text);
  } else if (const auto* integer = std::get_if<std::int64_t>(&value_)) {
    append_json_number(out, *integer);
  } else if (const auto* number = std::get_if<double>(&value_)) {
    append_json_number(out, *number);
  } else if (const auto* boolean = std::get_if<bool>(&value_)) {
    out += *boolean ? "true" : "false";
  } else {
    out += "null";
  }
}

std::string Json::dump() const {
  std::string out;
  JsonWriter(out, -1).write(*this);
  return out;
}

std::string Json::dump_pretty() const {
  std::string out;
  JsonWriter(out, 2).write(*this);
  return out;
}

Result<Json> parse_json(std::string_view text) {
  if (const auto place = json_too_deep_at(text); place != 0) {
    return bad_json_at(text, place, "The JSON is nested too deeply");
  }
  // The library takes a zero byte for the end of the text and would not look at what follows.
  if (const auto zero = text.find('\0'); zero != std::string_view::npos) {
    return bad_json_at(text, zero + 1, "The text is not valid JSON");
  }
  JsonBuilder builder(text);
  const bool parsed = nlohmann::json::sax_parse(text.data(), text.data() + text.size(), &builder);
  if (parsed) return std::move(builder.root());
  if (builder.error()) return std::move(*builder.error());
  return bad_json_at(text, text.size(), "The text is not valid JSON");
}

void append_json_string(std::string& out, std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const char* copied = at;  // everything before is in `out`
  const auto flush = [&] { out.append(copied, static_cast<std::size_t>(at - copied)); };
  out += '"';
  while (at != end) {
    if (end - at >= 8 && not_plain(at) == 0) {
      at += 8;
      continue;
    }
    // Letters beyond ASCII come in words: all of one before looking at 8 bytes again.
    for (; at != end && (*at & 0x80) != 0;) {
      const auto size = utf8::step(at, end).size;
      if (size == 0) {
        flush();
        out += utf8::k_replacement;
        copied = ++at;
      } else {
        at += size;
      }
    }
    if (at == end) break;
    const auto byte = static_cast<unsigned char>(*at);
    if (byte < 0x20 || byte == '"' || byte == '\\') {
      flush();
      append_escaped(out, *at);
      copied = ++at;
    } else {
      ++at;
    }
  }
  flush();
  out += '"';
}

}  // namespace flead
