#include "support/fakes.h"

namespace flead::test {

void SeededRandom::fill(std::span<unsigned char> bytes) {
  const std::lock_guard lock(mutex_);
  for (unsigned char& byte : bytes) {
    // splitmix64
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
    byte = static_cast<unsigned char>((mixed ^ (mixed >> 31)) & 0xff);
  }
}

ScriptedProvider& ScriptedProvider::then(int status, std::string body) {
  channels::HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return then(std::move(reply));
}

ScriptedProvider& ScriptedProvider::then(channels::HttpReply reply) {
  http_.push_back(std::move(reply));
  return *this;
}

ScriptedProvider& ScriptedProvider::then_smtp(channels::SmtpReply reply) {
  smtp_.push_back(std::move(reply));
  return *this;
}

channels::HttpReply ScriptedTransport::http(const channels::HttpRequest& request) {
  if (const auto call = on_http) call(request);
  const std::lock_guard lock(mutex_);
  const std::string name = request.label.substr(0, request.label.find(' '));
  http_sent[name].push_back(request);
  auto& script = providers_[name].http_;
  if (script.empty()) {
    channels::HttpReply reply;
    reply.status = 500;
    reply.body = "unscripted";
    return reply;
  }
  channels::HttpReply reply = script.front();
  if (script.size() > 1) script.pop_front();
  return reply;
}

channels::SmtpReply ScriptedTransport::smtp(const channels::SmtpRequest& request) {
  const std::lock_guard lock(mutex_);
  using Stage = channels::SmtpReply::Stage;
  channels::SmtpReply reply;
  auto& script = providers_["email"].smtp_;
  if (script.empty()) {
    reply.stage = Stage::done;
    reply.code = 250;
    reply.says = "250 OK";
  } else {
    reply = script.front();
    if (script.size() > 1) script.pop_front();
  }
  const bool asked = reply.stage == Stage::done || reply.stage == Stage::data;
  if (asked && request.before_data && !request.before_data()) {
    reply = {};
    reply.stage = Stage::data;  // given up by us before the first byte
    return reply;
  }
  smtp_sent.push_back(request);
  return reply;
}

}  // namespace flead::test
