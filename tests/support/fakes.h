// Stand-ins for what core is handed: a clock that stands still, randomness from a seed, providers
// that answer from a script. The store is never faked.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/world.h"
#include "core/channels/transport.h"

namespace flead::test {

class FixedClock final : public Clock {
 public:
  TimeMs now() override { return now_; }
  std::int64_t steady_ms() override { return now_; }
  void set(TimeMs time) { now_ = time; }
  void advance(std::int64_t ms) { now_ += ms; }

 private:
  std::atomic<TimeMs> now_{1767603600000};  // 2026-01-05T09:00:00Z
};

// Repeats under its seed; safe from several threads.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed = 1) : state_(seed) {}
  void fill(std::span<unsigned char> bytes) override;

 private:
  std::mutex mutex_;
  std::uint64_t state_;
};

// What a provider will say, in order; the last answer repeats. Unscripted HTTP providers answer
// 500, unscripted SMTP accepts.
class ScriptedProvider {
 public:
  ScriptedProvider& then(int status, std::string body);
  ScriptedProvider& then(channels::HttpReply reply);
  ScriptedProvider& then_smtp(channels::SmtpReply reply);

 private:
  friend class ScriptedTransport;
  std::deque<channels::HttpReply> http_;
  std::deque<channels::SmtpReply> smtp_;
};

// The provider is the first word of a request's label ("sms send"); SMTP is "email".
class ScriptedTransport final : public channels::Transport {
 public:
  channels::HttpReply http(const channels::HttpRequest& request) override;
  channels::SmtpReply smtp(const channels::SmtpRequest& request) override;

  ScriptedProvider& provider(const std::string& name) { return providers_[name]; }
  // Called before a request is answered: what happens elsewhere while it is on its way.
  std::function<void(const channels::HttpRequest&)> on_http;
  std::map<std::string, std::vector<channels::HttpRequest>> http_sent;
  std::vector<channels::SmtpRequest> smtp_sent;

 private:
  std::mutex mutex_;
  std::map<std::string, ScriptedProvider> providers_;
};

}  // namespace flead::test
