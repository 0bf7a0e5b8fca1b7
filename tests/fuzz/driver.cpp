// flead_fuzz TARGET [RUNS [SEED]]: runs a fuzz target on every seed of its corpus and then on RUNS
// inputs made from them by pseudo-random changes, the same ones for the same SEED; RUNS may be a
// time ("90s"). Without a coverage guide it finds less than libFuzzer, but it runs under any
// compiler, in every test run and for a night (scripts/fuzz). When the target dies, the input is
// kept in crash-TARGET in the current folder, and flead_fuzz TARGET @FILE runs it again.
#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "core/base/world.h"
#include "fuzz/fuzz.h"

extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace flead::fuzz {
namespace {

constexpr std::size_t k_input_bytes_max = 4096;
constexpr std::int64_t k_slow_ms = 2000;  // far over any honest time for 4 KiB, sanitizers included

std::map<std::string, Target>& targets() {
  static std::map<std::string, Target> all;
  return all;
}

// xorshift64*: the same numbers on every machine.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 1) {}
  std::size_t below(std::size_t bound) {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<std::size_t>((state_ * 0x2545F4914F6CDD1DULL) >> 33) % bound;
  }

 private:
  std::uint64_t state_;
};

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> read_corpus(const std::filesystem::path& folder) {
  std::vector<std::string> seeds;
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) seeds.push_back(read_file(path));
  seeds.emplace_back();  // nothing at all
  return seeds;
}

// Lines `"token"` or `name="token"` with \\ \" and \xHH, as libFuzzer reads them.
std::vector<std::string> read_dictionary(const std::filesystem::path& path) {
  std::vector<std::string> tokens;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto open = line.find('"');
    const auto close = line.rfind('"');
    if (line.starts_with('#') || open == std::string::npos || close == open) continue;
    std::string token;
    for (std::size_t i = open + 1; i < close; ++i) {
      if (line[i] != '\\' || i + 1 >= close) {
        token += line[i];
      } else if (line[++i] == 'x' && i + 2 < close) {
        token += static_cast<char>(std::strtol(line.substr(i + 1, 2).c_str(), nullptr, 16));
        i += 2;
      } else {
        token += line[i];
      }
    }
    tokens.push_back(token);
  }
  return tokens;
}

// Tokens that trouble most parsers.
const std::vector<std::string>& nasty_tokens() {
  static const std::vector<std::string> k_tokens = {std::string(1, '\0'),
                                                    "\xFF",
                                                    "\xC0\xAF",
                                                    "\xED\xA0\x80",
                                                    "\xF4\x90\x80\x80",
                                                    "\xEF\xBB\xBF",
                                                    "\r\n",
                                                    "\n",
                                                    "\r",
                                                    "\t",
                                                    "\"",
                                                    "'",
                                                    "\\",
                                                    "%",
                                                    "%00",
                                                    "%s%n",
                                                    "../",
                                                    "null",
                                                    "-1",
                                                    "0",
                                                    "9223372036854775807",
                                                    "18446744073709551616",
                                                    "1e999",
                                                    "\xF0\x9F\x99\x82",
                                                    "\xD0",
                                                    std::string(300, 'A'),
                                                    std::string(100, '['),
                                                    std::string(100, '(')};
  return k_tokens;
}

class Mutator {
 public:
  Mutator(std::vector<std::string> seeds, std::vector<std::string> tokens, std::uint64_t seed)
      : seeds_(std::move(seeds)), tokens_(std::move(tokens)), dice_(seed) {
    tokens_.insert(tokens_.end(), nasty_tokens().begin(), nasty_tokens().end());
  }

  std::string next() {
    std::string input = seeds_[dice_.below(seeds_.size())];
    for (std::size_t changes = 1 + dice_.below(6); changes > 0; --changes) change(input);
    if (input.size() > k_input_bytes_max) input.resize(k_input_bytes_max);
    return input;
  }

 private:
  void change(std::string& input) {
    const std::size_t place = dice_.below(input.size() + 1);
    const std::size_t length = 1 + dice_.below(dice_.below(4) == 0 ? 64 : 4);
    switch (dice_.below(9)) {
      case 0:  // another byte
        if (place < input.size()) input[place] = static_cast<char>(dice_.below(256));
        break;
      case 1:  // another bit
        if (place < input.size()) {
          input[place] = static_cast<char>(input[place] ^ (1 << dice_.below(8)));
        }
        break;
      case 2:
      case 3:
        input.insert(place, tokens_[dice_.below(tokens_.size())]);
        break;
      case 4:
        input.erase(place, length);
        break;
      case 5:
        input.resize(place);
        break;   // cut short
      case 6: {  // a part again, elsewhere
        const std::string part = input.substr(place, length);
        input.insert(dice_.below(input.size() + 1), part);
        break;
      }
      case 7: {  // the end of another seed
        const std::string& other = seeds_[dice_.below(seeds_.size())];
        input.resize(place);
        input += other.substr(dice_.below(other.size() + 1));
        break;
      }
      default:
        input.insert(place, length, static_cast<char>(dice_.below(256)));
    }
  }

  std::vector<std::string> seeds_;
  std::vector<std::string> tokens_;
  Dice dice_;
};

// What a dying process still has to say.
std::string current_input;
std::string current_target;
std::size_t current_run = 0;

void keep_crash() {
  const std::string path = "crash-" + current_target;
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return;
  const bool kept = write(file, current_input.data(), current_input.size()) ==
                    static_cast<ssize_t>(current_input.size());
  close(file);
  std::fprintf(stderr, "flead_fuzz: %s died in run %zu; %s %s\n", current_target.c_str(),
               current_run, kept ? "its input is in" : "its input does not fit into", path.c_str());
}

extern "C" void on_death(int signal_number) {
  keep_crash();
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);
}

bool run_one(Target target, std::string input) {
  // Exactly as long as it says, so that a sanitizer sees every byte read beyond the end.
  input.shrink_to_fit();
  current_input = std::move(input);
  const std::int64_t start_ms = system_clock().steady_ms();
  target(current_input);
  const std::int64_t took_ms = system_clock().steady_ms() - start_ms;
  ++current_run;
  if (took_ms <= k_slow_ms) return true;
  std::fprintf(stderr, "flead_fuzz: %s took %lld ms\n", current_target.c_str(),
               static_cast<long long>(took_ms));
  keep_crash();
  return false;
}

// When to end: after so many inputs, or after so long.
struct Budget {
  std::size_t runs = std::numeric_limits<std::size_t>::max();
  std::int64_t until_ms = std::numeric_limits<std::int64_t>::max();  // steady
};

Budget parse_budget(const std::string& text) {
  Budget budget;
  const unsigned long long number = std::strtoull(text.c_str(), nullptr, 10);
  if (text.ends_with('s')) {
    budget.until_ms = system_clock().steady_ms() + static_cast<std::int64_t>(number) * 1000;
  } else {
    budget.runs = static_cast<std::size_t>(number);
  }
  return budget;
}

int run_target(const std::string& name, const Budget& budget, std::uint64_t seed) {
  const auto found = targets().find(name);
  if (found == targets().end()) {
    std::fprintf(stderr, "flead_fuzz: no target is called %s\n", name.c_str());
    return 2;
  }
  const std::filesystem::path folder = FLEAD_FUZZ_DIR;
  const auto seeds = read_corpus(folder / "corpus" / name);
  current_target = name;
  for (const auto& input : seeds) {
    if (!run_one(found->second, input)) return 1;
  }
  Mutator mutator(seeds, read_dictionary(folder / "dictionaries" / (name + ".dict")), seed);
  for (std::size_t run = 0; run < budget.runs; ++run) {
    if (system_clock().steady_ms() >= budget.until_ms) break;
    if (!run_one(found->second, mutator.next())) return 1;
  }
  std::printf("%s: %zu inputs survived\n", name.c_str(), current_run);
  return 0;
}

}  // namespace

int add_target(const char* name, Target target) {
  targets()[name] = target;
  return 0;
}

}  // namespace flead::fuzz

int main(int count, char** arguments) {
  using namespace flead::fuzz;
  if (count < 2) {
    std::fprintf(stderr, "usage: flead_fuzz TARGET [RUNS|SECONDSs [SEED]], or TARGET @FILE\n");
    std::fprintf(stderr, "targets:");
    for (const auto& target : targets()) std::fprintf(stderr, " %s", target.first.c_str());
    std::fprintf(stderr, "\n");
    return 2;
  }
  if (__sanitizer_set_death_callback != nullptr) {
    __sanitizer_set_death_callback(keep_crash);
  } else {
    for (const int signal_number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
      std::signal(signal_number, on_death);
    }
  }
  std::signal(SIGABRT, on_death);
  if (count > 2 && arguments[2][0] == '@') {  // one kept input again
    const auto found = targets().find(arguments[1]);
    current_target = arguments[1];
    return found != targets().end() && run_one(found->second, read_file(arguments[2] + 1)) ? 0 : 1;
  }
  const std::uint64_t seed = count > 3 ? std::strtoull(arguments[3], nullptr, 10) : 1;
  return run_target(arguments[1], parse_budget(count > 2 ? arguments[2] : "20000"), seed);
}
