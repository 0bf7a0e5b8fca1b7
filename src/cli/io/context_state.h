// What a Context keeps between calls. Private to context.cpp, print.cpp and prompts.cpp.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/io/command.h"
#include "cli/io/context.h"
#include "cli/io/keyed_store.h"
#include "cli/io/output.h"
#include "core/base/file_lock.h"

namespace flead::cli {

// Real time until a test store asks for another one.
class SwitchClock final : public Clock {
 public:
  TimeMs now() override { return shifted_ ? shifted_->now() : system_clock().now(); }
  std::int64_t steady_ms() override { return system_clock().steady_ms(); }
  void start_at(TimeMs now) { shifted_ = std::make_unique<ShiftedClock>(now); }

 private:
  std::unique_ptr<ShiftedClock> shifted_;
};

struct Context::State {
  bool log_started = false;
  std::optional<Json> file;  // flead.json, read once
  SwitchClock clock;
  World world{clock, system_random()};
  std::unique_ptr<channels::Transport> transport;
  std::optional<FileLock> in_use;  // as long as the store is open
  std::unique_ptr<store::Store> store;
  std::unique_ptr<App> app;
  std::optional<tenants::Tenant> tenant;
  std::string buffer;  // of stdout or the -o file
  std::optional<OutputFile> file_out;
  const Command* command = nullptr;
  std::string fingerprint;
  KeyedStore* keyed = nullptr;  // the store above, when there is a --key
  bool keeps_output = false;
  std::optional<Json> printed;  // {"object"} or {"rows","columns"}, for the --key
  bool output_failed = false;
};

}  // namespace flead::cli
