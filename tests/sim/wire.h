// What stands between us and the bank: calls that are refused, lost before or after they acted,
// answered with 429, 500 or nonsense, days on which nothing comes through, answers that are old or
// untrue, notifications that are lost, late, repeated, out of order and forged, and the end of our
// process around any call. Callers: year.h.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/channels/transport.h"
#include "sim/bank.h"
#include "sim/world.h"

namespace flead::sim {

class Wire final : public channels::Transport {
 public:
  Wire(Clock& clock, Random& chance, Bank& bank, DyingStore& whose)
      : process(&whose), clock_(clock), chance_(chance), bank_(bank) {}

  channels::HttpReply http(const channels::HttpRequest& request) override;
  channels::SmtpReply smtp(const channels::SmtpRequest& request) override;

  // What was to be told is on its way after this.
  void send_notices();
  // A call of nobody's: with this in it.
  void forge(const std::string& shop, std::string body);
  // Due now, in the order of arrival. `taken` false: it comes again, for a day.
  std::vector<BankNotice> arrived();
  void come_again(BankNotice notice);
  TimeMs next_arrival() const { return notices_.empty() ? INT64_MAX : notices_.begin()->first; }

  DyingStore* process;  // whose calls these are now
  bool faulty = true;
  bool lies = true;
  std::pair<TimeMs, TimeMs> down = {0, 0};  // nothing comes through in between
  std::map<std::string, std::int64_t> counts;

 private:
  channels::HttpReply untrue(const channels::HttpRequest& request, channels::HttpReply reply);
  void die_in_call();
  bool once_in(std::uint64_t times) { return chance_.below(times) == 0; }

  Clock& clock_;
  Random& chance_;
  Bank& bank_;
  std::multimap<TimeMs, BankNotice> notices_;
};

}  // namespace flead::sim
