#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/world.h"
#include "serve/outbound/clients.h"

namespace flead::outbound {

namespace {

using channels::SmtpReply;
using channels::SmtpRequest;
using Stage = SmtpReply::Stage;

constexpr std::size_t k_says_bytes_max = 400;
constexpr std::size_t k_kept_connections_max = 8;
constexpr std::int64_t k_kept_idle_ms = 120 * 1000;

// What is known of a running exchange, told by the library's debug lines and by its reads.
struct SmtpTalk {
  SmtpTalk(const SmtpRequest& what, bool before) : request(what), logged_in(before) {}
  const SmtpRequest& request;
  Stage stage = Stage::connect;
  int code = 0;
  std::string says;
  bool logged_in = false;  // an AUTH command was sent on this connection
  bool spoken = false;     // we have sent a command
  bool over = false;       // QUIT was sent: its answer is not the message's
  bool asked = false;      // before_data has been called
  bool refused_by_us = false;
  std::size_t read = 0;  // bytes of the message that the library took
};

// The command's name only: what follows AUTH is a password.
Stage stage_of_command(std::string_view line, Stage present) {
  const auto is = [line](std::string_view verb) { return line.starts_with(verb); };
  if (is("EHLO ") || is("HELO ")) return Stage::greeting;
  if (is("STARTTLS\r")) return Stage::tls;
  if (is("AUTH ")) return Stage::login;
  if (is("MAIL FROM:")) return Stage::mail_from;
  if (is("RCPT TO:")) return Stage::rcpt_to;
  if (is("DATA\r")) return Stage::data;
  return present;
}

int watch(CURL*, curl_infotype type, char* data, std::size_t size, void* user) {
  auto& talk = *static_cast<SmtpTalk*>(user);
  const std::string_view line(data, size);
  talk.over = talk.over || (type == CURLINFO_HEADER_OUT && line.starts_with("QUIT\r"));
  if (talk.over) return 0;
  if (type == CURLINFO_HEADER_OUT) {
    talk.spoken = true;
    talk.stage = stage_of_command(line, talk.stage);
    talk.logged_in = talk.logged_in || talk.stage == Stage::login;
    talk.code = 0;
    talk.says.clear();
  } else if (type == CURLINFO_HEADER_IN) {
    if (talk.stage == Stage::connect) talk.stage = Stage::greeting;
    if (!talk.spoken) talk.logged_in = false;  // a greeting: the connection is a new one
    if (talk.code == 354) talk.says.clear();   // what counts is what was said to the message
    if (line.size() >= 3 &&
        std::all_of(line.begin(), line.begin() + 3, [](char c) { return c >= '0' && c <= '9'; })) {
      talk.code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    }
    if (talk.says.size() < k_says_bytes_max) {
      if (!talk.says.empty()) talk.says += ' ';
      talk.says += trim(line.substr(0, k_says_bytes_max));
    }
  }
  return 0;
}

// The library reads the message only after the server's 354.
std::size_t give_data(char* buffer, std::size_t size, std::size_t count, void* user) {
  auto& talk = *static_cast<SmtpTalk*>(user);
  if (!talk.asked) {
    talk.asked = true;
    const bool anonymous = !talk.request.user.empty() && !talk.logged_in;
    if (anonymous || (talk.request.before_data && !talk.request.before_data())) {
      talk.refused_by_us = true;
      return CURL_READFUNC_ABORT;
    }
  }
  const std::size_t bytes = std::min(size * count, talk.request.data.size() - talk.read);
  std::memcpy(buffer, talk.request.data.data() + talk.read, bytes);
  talk.read += bytes;
  return bytes;
}

std::size_t ignore_body(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

Stage stage_of_failure(CURLcode code, const SmtpTalk& talk) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return Stage::resolve;
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
      return Stage::connect;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_USE_SSL_FAILED:
      return Stage::tls;
    case CURLE_LOGIN_DENIED:
      return Stage::login;
    default:
      // A handshake that was cut is the network's fault, not the settings'.
      return talk.stage == Stage::tls && talk.code < 400 ? Stage::connect : talk.stage;
  }
}

SmtpReply reply_of(CURLcode code, const SmtpTalk& talk, std::string_view error) {
  SmtpReply reply;
  reply.code = talk.code;
  reply.says = talk.says;
  const bool anonymous = !talk.request.user.empty() && !talk.logged_in;
  if (talk.refused_by_us || (code == CURLE_OK && talk.request.probe && anonymous)) {
    reply.stage = anonymous ? Stage::login : Stage::data;
    reply.code = anonymous ? 530 : 0;
    reply.says = anonymous ? "the server offers no login" : "given up before the message left";
    return reply;
  }
  if (code == CURLE_OK) {
    reply.stage = Stage::done;
    return reply;
  }
  reply.stage = stage_of_failure(code, talk);
  if (reply.code < 400) {
    reply.code = 0;
    reply.says = error;
    // All of the message was taken, the dot with it, and nobody said yes or no.
    reply.may_have_acted = talk.asked && talk.read == talk.request.data.size();
  }
  return reply;
}

void set_up(Easy& easy, SmtpTalk& talk, const StringList& recipients) {
  const SmtpRequest& request = talk.request;
  easy.set_common(request.timeout_ms);
  easy.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(request.timeout_ms / 1000 + 1));
  easy.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  easy.set(CURLOPT_URL, request.url.c_str());
  easy.set(CURLOPT_USE_SSL,
           static_cast<long>(request.require_tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  if (!request.ca_file.empty()) easy.set(CURLOPT_CAINFO, request.ca_file.c_str());
  if (!request.user.empty()) {
    easy.set(CURLOPT_USERNAME, request.user.c_str());
    easy.set(CURLOPT_PASSWORD, request.password.c_str());
  }
  easy.set(CURLOPT_DEBUGFUNCTION, &watch);
  easy.set(CURLOPT_DEBUGDATA, static_cast<void*>(&talk));
  easy.set(CURLOPT_VERBOSE, 1L);  // the library talks to `watch`, never to stderr
  easy.set(CURLOPT_WRITEFUNCTION, &ignore_body);
  if (request.probe) {
    easy.set(CURLOPT_CUSTOMREQUEST, "NOOP");
    return;
  }
  easy.set(CURLOPT_MAIL_FROM, request.mail_from.c_str());
  easy.set(CURLOPT_MAIL_RCPT, recipients.get());
  easy.set(CURLOPT_UPLOAD, 1L);
  easy.set(CURLOPT_READFUNCTION, &give_data);
  easy.set(CURLOPT_READDATA, static_cast<void*>(&talk));
  easy.set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.data.size()));
}

}  // namespace

SmtpClient::Kept SmtpClient::take(const CurlLibrary& library, const std::string& account) {
  const std::int64_t now = system_clock().steady_ms();
  const std::lock_guard lock(mutex_);
  kept_.remove_if([now](const Kept& kept) { return now - kept.since_ms > k_kept_idle_ms; });
  const auto found = std::find_if(kept_.begin(), kept_.end(),
                                  [&](const Kept& kept) { return kept.account == account; });
  if (found == kept_.end()) return Kept{account, Easy(library), false, now};
  Kept kept = std::move(*found);
  kept_.erase(found);
  return kept;
}

void SmtpClient::keep(Kept kept) {
  kept.easy.reset();  // options go, the connection stays
  // A silent server must not delay our own end.
  kept.easy.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, 2L);
  kept.since_ms = system_clock().steady_ms();
  const std::lock_guard lock(mutex_);
  if (kept_.size() >= k_kept_connections_max) kept_.pop_front();
  kept_.push_back(std::move(kept));
}

SmtpReply SmtpClient::call(const SmtpRequest& request) {
  SmtpReply reply;
  const CurlLibrary* library = curl_library();
  if (library == nullptr) {
    reply.says = std::string(k_curl_missing);
    return reply;
  }
  // The library passes control characters straight into the dialogue.
  for (const std::string* text : {&request.url, &request.mail_from, &request.rcpt_to}) {
    if (has_control_characters(*text)) {
      reply.says = "an address with control characters was not used";
      return reply;
    }
  }
  const std::string account = request.url + "\n" + request.user + "\n" + request.password + "\n" +
                              request.ca_file + (request.require_tls ? "\ntls" : "");
  Kept kept = take(*library, account);
  if (!kept.easy.ok()) {
    reply.says = "no handle";
    return reply;
  }
  StringList recipients(*library);
  if (!request.rcpt_to.empty()) recipients.add(request.rcpt_to);
  SmtpTalk talk(request, kept.logged_in);
  set_up(kept.easy, talk, recipients);
  std::array<char, CURL_ERROR_SIZE> error{};
  const CURLcode code = kept.easy.perform(error.data());
  reply = reply_of(code, talk, error[0] != '\0' ? error.data() : library->easy_strerror(code));
  // After any failure the connection's state is not certain: the next message gets a fresh one.
  kept.logged_in = talk.logged_in;
  if (reply.stage == Stage::done) keep(std::move(kept));
  return reply;
}

}  // namespace flead::outbound
