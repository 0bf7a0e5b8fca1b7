// Structured log lines to stderr: text on a terminal, JSON otherwise. No personal data and no
// secret goes in: callers log ids, codes and counts, and mask_contact() for the rest.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/json.h"
#include "core/base/world.h"

namespace flead {

enum class LogFormat { text, json };
enum class LogLevel { debug, info, warning, error };

// Called once by main; before that, and in tests, nothing below `warning` is written.
void log_start(Clock& clock, LogFormat format, LogLevel least);

using LogField = std::pair<std::string_view, Json>;
// One line, one write(2): lines of several threads and processes do not mix. `event` is a stable
// dotted name ("job.retry").
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

// The line that log() writes, with its line end. Pure.
std::string build_log_line(LogFormat format, TimeMs time, LogLevel level, std::string_view event,
                           std::string_view request_id, std::initializer_list<LogField> fields);

inline void log_info(std::string_view event, std::initializer_list<LogField> fields = {}) {
  log(LogLevel::info, event, fields);
}
inline void log_warning(std::string_view event, std::initializer_list<LogField> fields = {}) {
  log(LogLevel::warning, event, fields);
}
inline void log_error(std::string_view event, std::initializer_list<LogField> fields = {}) {
  log(LogLevel::error, event, fields);
}

// While alive on a thread, its log lines carry this request id.
class LogRequestScope {
 public:
  explicit LogRequestScope(std::string_view request_id);
  ~LogRequestScope();
  LogRequestScope(const LogRequestScope&) = delete;
  LogRequestScope& operator=(const LogRequestScope&) = delete;
};

}  // namespace flead
