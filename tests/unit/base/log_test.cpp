#include "core/base/log.h"

#include <unistd.h>
#include <algorithm>
#include <string>

#include "support/catch.h"

namespace flead {
namespace {

constexpr TimeMs k_log_time = 1767603600000;

std::string text_line(std::initializer_list<LogField> fields) {
  return build_log_line(LogFormat::text, k_log_time, LogLevel::info, "job.retry", "req_1", fields);
}

// What is written to stderr while `act` runs, which must fit into a pipe.
template <class Act>
std::string captured_stderr(Act act) {
  int pipe_ends[2] = {};
  REQUIRE(pipe(pipe_ends) == 0);
  const int kept = dup(STDERR_FILENO);
  dup2(pipe_ends[1], STDERR_FILENO);
  act();
  dup2(kept, STDERR_FILENO);
  close(kept);
  close(pipe_ends[1]);
  std::string text(16384, '\0');
  const auto size = read(pipe_ends[0], text.data(), text.size());
  close(pipe_ends[0]);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  return text;
}

}  // namespace

TEST_CASE("log: a JSON line holds time, level, event, request and fields", "[base]") {
  CHECK(build_log_line(LogFormat::json, k_log_time, LogLevel::warning, "job.retry", "req_1",
                       {{"job", "job_1"}, {"attempt", 2}, {"late", true}}) ==
        R"({"time":"2026-01-05T09:00:00.000Z","level":"warning","event":"job.retry",)"
        R"("request_id":"req_1","job":"job_1","attempt":2,"late":true})"
        "\n");
}

TEST_CASE("log: no value can end a text line or look like another field", "[base]") {
  CHECK(text_line({{"job", "job_1"}, {"attempt", 2}}) ==
        "2026-01-05T09:00:00.000Z info job.retry job=job_1 attempt=2 request_id=req_1\n");
  CHECK(text_line({{"a", "x level=error"}}).find(" a=\"x level=error\" ") != std::string::npos);
  CHECK(text_line({{"a", "x\ny\x1B[31m"}}).find(" a=\"x\\ny\\u001b[31m\" ") != std::string::npos);
  CHECK(text_line({{"a", ""}}).find(" a=\"\" ") != std::string::npos);
  CHECK(text_line({{"a", "\xFF"}}).find(" a=\"\xEF\xBF\xBD\" ") != std::string::npos);
}

TEST_CASE("log: long values are cut, so that a line stays one write", "[base]") {
  const std::string line = text_line({{"a", std::string(100000, 'x')}});
  CHECK(line.size() < 600);
  CHECK(line.find("…") != std::string::npos);
}

TEST_CASE("log: a request's lines carry its id, and only those", "[base]") {
  const std::string text = captured_stderr([] {
    {
      const LogRequestScope scope("req_7");
      log_error("inside");
    }
    log_warning("outside", {{"n", 1}});
    log(LogLevel::debug, "silent");
  });
  CHECK(text.find("error inside request_id=req_7\n") != std::string::npos);
  CHECK(text.find("warning outside n=1\n") != std::string::npos);
  CHECK(text.find("silent") == std::string::npos);
}

}  // namespace flead
