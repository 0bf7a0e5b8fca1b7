// A client that sends what no decent client would: raw bytes over a loopback socket, and the
// replies as they came. Every wait has an end.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace flead::test {

class SocketClient {
 public:
  // "127.0.0.1:18200" or "[::1]:18200"; fails the test when nobody accepts.
  explicit SocketClient(const std::string& address);
  ~SocketClient();
  SocketClient(SocketClient&& other) noexcept;
  SocketClient(const SocketClient&) = delete;
  SocketClient& operator=(const SocketClient&) = delete;

  // False when the server has closed on us before all was sent.
  bool send(std::string_view bytes);
  void finish_sending();  // half-close

  struct Reply {
    int status = 0;  // 0: closed without an answer, or nothing came
    std::string head;
    std::string body;
    std::string header(std::string_view lower_case_name) const;
  };
  // The next reply; `without_body` after HEAD. Waits up to 5 s.
  Reply reply(bool without_body = false);
  Reply ask(std::string_view request) {
    send(request);
    return reply();
  }
  // What comes up to and with `text`, which waits up to 5 s a read; what there is when it never
  // comes. For replies without an end.
  std::string read_until(std::string_view text);
  // Whether the server ends the connection within 5 s; unread bytes are dropped.
  bool closed();
  // Whether at least one byte is there within `wait_ms`.
  bool readable(int wait_ms);

 private:
  bool fill(int wait_ms);
  int fd_ = -1;
  std::string buffer_;
};

// Asks 100 times a second, for at most 10 s: for what other threads are about to do.
bool eventually(const std::function<bool()>& condition);

}  // namespace flead::test
