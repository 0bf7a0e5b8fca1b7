// What the simulator's cases share: numbers from the environment, a log that keeps quiet, and lists
// cut short.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "core/base/log.h"
#include "core/base/time.h"

namespace flead::sim {

inline std::uint64_t number_from(const char* variable, std::uint64_t usual) {
  const char* text = std::getenv(variable);
  return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 10) : usual;
}

// A day of failures logs thousands of them.
struct QuietLog {
  QuietLog() {
    log_start(system_clock(), LogFormat::text,
              static_cast<LogLevel>(static_cast<int>(LogLevel::error) + 1));
  }
  ~QuietLog() { log_start(system_clock(), LogFormat::text, LogLevel::warning); }
  QuietLog(const QuietLog&) = delete;
  QuietLog& operator=(const QuietLog&) = delete;
};

// " telegram=12 vk=3"
inline std::string by_kind(const std::map<std::string, std::int64_t>& counts) {
  std::string out;
  for (const auto& [kind, count] : counts) out += " " + kind + "=" + std::to_string(count);
  return out.empty() ? " none" : out;
}

inline std::string few_of(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) {
    if (out.size() > 1000) return out + "…";
    out += item + "; ";
  }
  return out;
}

}  // namespace flead::sim
