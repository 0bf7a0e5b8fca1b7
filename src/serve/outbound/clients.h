// The two clients behind Transport. Callers: transport.cpp.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <string>

#include "core/channels/transport.h"
#include "serve/outbound/curl_library.h"

namespace flead::outbound {

// One connection per request: on a kept one libcurl repeats a POST by itself when the server hangs
// up, and a repeated POST is a second SMS.
channels::HttpReply http_call(const channels::HttpRequest& request);

// One kept connection per account, closed after a few idle minutes.
class SmtpClient {
 public:
  channels::SmtpReply call(const channels::SmtpRequest& request);

 private:
  struct Kept {
    std::string account;
    Easy easy;
    bool logged_in = false;
    std::int64_t since_ms = 0;
  };
  Kept take(const CurlLibrary& library, const std::string& account);
  void keep(Kept kept);

  std::mutex mutex_;
  std::list<Kept> kept_;
};

}  // namespace flead::outbound
