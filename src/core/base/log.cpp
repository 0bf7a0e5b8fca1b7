#include "core/base/log.h"

#include <unistd.h>
#include <atomic>
#include <cerrno>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace flead {
namespace {

// Set by log_start() before any thread exists; atomic so that a late call is still defined.
std::atomic<Clock*> log_clock{nullptr};
std::atomic<LogFormat> log_format{LogFormat::text};
std::atomic<LogLevel> log_least{LogLevel::warning};
thread_local std::string log_request_id;

std::string_view log_level_name(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

// Long values (a provider's reply) are cut: a line must fit into one write to a pipe.
Json log_value(const Json& value) {
  if (const auto text = value.text()) {
    const auto shown = utf8_prefix(*text, k_log_value_characters_max);
    return shown.size() < text->size() ? Json(std::string(shown) + "…") : value;
  }
  return value;
}

// A value of a text line: bare when it is one plain word, else as a JSON string, so that no value
// can pretend to be another field, start a line or send control codes to the terminal.
void append_log_value(std::string& line, const Json& value) {
  const auto text = value.text();
  constexpr std::string_view k_plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+.,:;/@%*#?&[]";
  if (text && !text->empty() && text->find_first_not_of(k_plain) == std::string::npos) {
    line += *text;
  } else {
    line += value.dump();
  }
}

}  // namespace

std::string build_log_line(LogFormat format, TimeMs time, LogLevel level, std::string_view event,
                           std::string_view request_id, std::initializer_list<LogField> fields) {
  std::string line;
  if (format == LogFormat::json) {
    Json json = Json::object({{"time", format_time(time)},
                              {"level", std::string(log_level_name(level))},
                              {"event", std::string(event)}});
    if (!request_id.empty()) json.set("request_id", std::string(request_id));
    for (const auto& [name, value] : fields) json.set(name, log_value(value));
    line = json.dump();
  } else {
    line = format_time(time);
    line.append(" ").append(log_level_name(level)).append(" ").append(event);
    for (const auto& [name, value] : fields) {
      line.append(" ").append(name).append("=");
      append_log_value(line, log_value(value));
    }
    if (!request_id.empty()) {
      line += " request_id=";
      append_log_value(line, Json(request_id));
    }
  }
  line += '\n';
  return line;
}

void log_start(Clock& clock, LogFormat format, LogLevel least) {
  log_clock = &clock;
  log_format = format;
  log_least = least;
}

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (level < log_least.load(std::memory_order_relaxed)) return;
  Clock* const clock = log_clock.load();
  const TimeMs now = clock != nullptr ? clock->now() : system_clock().now();
  const std::string line = build_log_line(log_format, now, level, event, log_request_id, fields);
  // One write. A log that cannot be written (a closed terminal, a full disk) stops nothing.
  while (::write(STDERR_FILENO, line.data(), line.size()) < 0 && errno == EINTR) {
  }
}

LogRequestScope::LogRequestScope(std::string_view request_id) {
  log_request_id = request_id;
}
LogRequestScope::~LogRequestScope() {
  log_request_id.clear();
}

}  // namespace flead
