// Doubles of providers: what they answer, written from what is known of the provider and never
// from our connector, so that a misunderstanding shows. Callers: `flead mock serve`, e2e stories.
// Loopback only; whatever they receive is kept in memory and shown to anybody who asks.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/world.h"
#include "core/channels/transport.h"
#include "serve/http/http.h"

namespace flead::serve::mock {

using Fields = std::map<std::string, std::string, std::less<>>;

// A request as the provider sees it.
struct Call {
  std::string method;
  std::string path;  // below /KIND: "/sys/send.php"
  Fields fields;     // query, form and JSON body together; values that are no text as JSON
  Fields query;      // the query alone
  http::Headers headers;
  std::string content_type;
  std::string body;

  std::string field(std::string_view name) const;  // "" when missing
  std::string_view header(std::string_view lower_case_name) const;
};

// One provider. Called under the server's lock: no locks of its own.
class ProviderDouble {
 public:
  virtual ~ProviderDouble() = default;
  virtual std::string_view kind() const = 0;
  // Route patterns below /KIND; {name} is one segment of the path.
  virtual std::vector<std::string> paths() const = 0;
  virtual std::vector<std::string_view> methods() const { return {"GET", "POST"}; }
  virtual http::Reply answer(const Call& call) = 0;
  // POST /_mock/KIND/account: balance, credentials. Returns what holds now.
  virtual Json account(const Json& wish) = 0;
  // POST /_mock/KIND/event: the callback to make, signed as the provider signs, to `wish.url` or to
  // where it was told to call. No URL: it was kept for whoever pulls. Error (usage) says what is
  // missing in `wish`.
  virtual Result<channels::HttpRequest> event(const Json& wish) = 0;
  // What came of the callback that event() made.
  virtual void answered(const channels::HttpReply&) {}

  // Error (usage) names what account() would not understand; a misspelt switch would quietly test
  // nothing.
  virtual Status check_account(const Json&) const { return {}; }
  // How long the answer that answer() has just made is held back; asked once.
  virtual std::int64_t take_wait_ms() { return 0; }
  // Calls that the provider makes of itself, one at a time: the next that is due, which is then
  // under way until own_answered(). Asked by the program's courier and POST /_mock/KIND/deliver.
  struct OwnCall {
    std::int64_t number = 0;
    std::string event;
    channels::HttpRequest request;
  };
  virtual std::optional<OwnCall> next_call() { return std::nullopt; }
  virtual void own_answered(std::int64_t, const channels::HttpReply&) {}
};

std::unique_ptr<ProviderDouble> make_sms_double(World world);
std::unique_ptr<ProviderDouble> make_telegram_double(World world);
std::unique_ptr<ProviderDouble> make_vk_double(World world);
std::unique_ptr<ProviderDouble> make_whatsapp_double(World world);
std::unique_ptr<ProviderDouble> make_max_double(World world);
std::unique_ptr<ProviderDouble> make_instagram_double(World world);
std::unique_ptr<ProviderDouble> make_chatwoot_double(World world);
std::unique_ptr<ProviderDouble> make_yookassa_double(World world);
std::unique_ptr<ProviderDouble> make_calcom_double(World world);

// The parts that all doubles share: what came in, answers from a script, events.
class Server {
 public:
  Server(World world, channels::Transport& transport) : world_(world), transport_(transport) {}
  void add(std::unique_ptr<ProviderDouble> provider);
  // The route table; the server outlives it.
  std::vector<http::Route> routes();
  // Makes the calls of their own that are due at any of the doubles.
  void deliver_due();

 private:
  struct Scripted {
    int status = 200;
    std::string body;
    std::int64_t times = 1;
    std::int64_t delay_ms = 0;
    std::int64_t retry_after_s = 0;
    bool act = false;  // do what was asked and then answer this: the lost answer
    bool own = false;  // the provider's own answer, only later
  };
  struct Entry {
    std::unique_ptr<ProviderDouble> provider;
    std::deque<Json> requests;
    std::deque<Scripted> script;
  };

  http::Reply receive(Entry& entry, const http::Request& request);
  http::Reply list(Entry& entry);
  http::Reply script(Entry& entry, const http::Request& request);
  http::Reply event(Entry& entry, const http::Request& request);
  http::Reply account(Entry& entry, const http::Request& request);
  Json deliver(Entry& entry);
  static Result<Scripted> read_scripted(const Json& item);
  std::optional<Scripted> next_scripted(Entry& entry);
  void wait(std::int64_t delay_ms);

  World world_;
  channels::Transport& transport_;
  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace flead::serve::mock
