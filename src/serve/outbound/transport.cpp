#include "serve/outbound/transport.h"

#include "serve/outbound/clients.h"

namespace flead::outbound {

namespace {

class CurlTransport final : public channels::Transport {
 public:
  channels::HttpReply http(const channels::HttpRequest& request) override {
    return http_call(request);
  }
  channels::SmtpReply smtp(const channels::SmtpRequest& request) override {
    return smtp_.call(request);
  }

 private:
  SmtpClient smtp_;
};

}  // namespace

std::unique_ptr<channels::Transport> make_transport() {
  return std::make_unique<CurlTransport>();
}

}  // namespace flead::outbound
