// Request, Reply and Route: all that handlers know of HTTP. The server library stays behind
// front.cpp. Pure types: a test calls a handler with a Request it made itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/app.h"
#include "core/base/form.h"
#include "core/base/json.h"
#include "core/base/rate.h"
#include "core/base/result.h"
#include "core/tenants/tenant.h"

namespace flead::http {

using Headers = std::vector<std::pair<std::string, std::string>>;  // names in lower case

// Who calls, found from the key or token before the handler runs.
struct Caller {
  enum class Kind { nobody, publishable, token };
  Kind kind = Kind::nobody;
  std::optional<tenants::Tenant> tenant;  // set unless nobody
  tenants::Role role = tenants::Role::viewer;
  std::string actor = "visitor";                      // for events: "visitor", or the token's id
  std::shared_ptr<const tenants::Settings> settings;  // the tenant's; null for nobody
};

struct Request {
  std::string method;
  std::string path;                                        // percent-decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  Headers headers;
  std::string body;
  std::string ip;          // the peer, or the client named by a trusted proxy
  std::string request_id;  // "req_…"
  std::vector<std::pair<std::string, std::string>> params;  // from the route's {name} parts
  Caller caller;

  std::string_view header(std::string_view lower_case_name) const;  // "" when missing
  std::optional<std::string> query_value(std::string_view name) const;
  std::string_view param(std::string_view name) const;
  // Media type of the body without parameters, lower case: "application/json".
  std::string content_type() const;
};

// A reply without an end (streams.h): events of this topic, from the one named on.
struct Subscription {
  std::string topic;
  std::string last_event_id;  // the Last-Event-ID of a reader that comes back
};

struct Reply;

// A reply that depends on a commit: no thread waits for it. `write` runs inside the transaction,
// perhaps more than once; `answer` is called with what became of it, on any thread. The Request
// that the handler was given lives until then.
struct Deferred {
  std::function<Status(store::Tx&)> write;
  std::function<Reply(const Status&)> answer;
};

struct Reply {
  int status = 200;
  Headers headers;  // content-type included; x-request-id and date are added by the server
  std::string body;
  // Static assets: not copied, lives as long as the process. Used instead of `body` when set.
  std::string_view static_body;
  std::optional<Subscription> subscription;  // has no body then
  std::shared_ptr<const Deferred> deferred;  // what the router replaces; nothing else is set then

  Reply& header(std::string_view name, std::string_view value);  // replaces
};

Reply json_reply(int status, const Json& body);
Reply text_reply(int status, std::string_view body);
Reply html_reply(int status, std::string body);
Reply redirect(int status, std::string_view location);

// The pairs of a query or of an application/x-www-form-urlencoded body.
using ::flead::parse_form;

// Whether the client would rather read a page than JSON: its Accept ranks text/html higher.
// "*/*" and a missing header mean JSON.
bool prefers_html(const Request& request);

// application/problem+json (RFC 9457) for any Error; the status by its kind, `retry-after` for
// 503 and 429. Field errors become `errors`.
Reply failure(const Error& error);
// For refusals that have no ErrorKind: 405, 406, 413, 415, 429 ...
Reply problem(int status, std::string_view code, std::string_view detail);

enum class Access {
  open,         // anybody: pages, health
  publishable,  // pk_ or any sk_
  viewer,       // any sk_ role
  operator_,    // owner, admin, operator
  admin,        // owner, admin
  owner,
};

using Handler = std::function<Reply(App&, const Request&)>;
// Fine when what the path names is of the caller's tenant; its own "not found" when it is not.
using Owns = std::function<Status(App&, const Request&)>;

// A parameter of the query; `schema` names its type in api/schemas.json.
struct QueryParameter {
  std::string_view name;
  std::string_view schema = "Text";
};

// A reply that the description lists beside `success`, of the same type unless it says otherwise.
struct OtherReply {
  int status = 200;
  std::string_view when;  // "The person is known already"
  std::string_view schema = {};
};

// One row of the route table: routing, access, limits and the API description come from it.
struct Route {
  std::string_view method;
  std::string_view pattern;  // "/api/v1/leads/{id}"; {name} is one segment
  Access access = Access::open;
  Handler handler;
  std::string_view operation;  // operationId: "createLead"; "" keeps it out of /openapi.json
  std::string_view summary;
  std::size_t body_bytes_max = 64 * 1024;
  bool cors = false;  // browsers of other origins may call it
  std::vector<std::string_view> body_types = {
      "application/json"};               // else 415; for methods with one
  std::string_view request_schema = {};  // name in api/schemas.json; "" is none
  std::string_view response_schema = {};
  std::vector<QueryParameter> query = {};  // parameters that /openapi.json lists
  int success = 200;
  // Answered by the thread that reads, when it has nothing to wait for: /healthz must not queue
  // behind writes that wait for the store. Such a route asks nobody who they are.
  bool immediate = false;
  bool counted = true;  // under the rates of its caller; not what monitors and caches ask for
  // Asked when a token's role is too low: what is not its tenant's is then 404 and not 403.
  Owns owns = {};

  // For the description alone.
  std::string_view form_schema = {};  // of a form's body, where it differs from request_schema
  bool body_optional = false;
  bool idempotent = false;  // takes Idempotency-Key
  std::string_view response_type = "application/json";
  std::vector<OtherReply> other_replies = {};
  std::vector<int> refusals = {};  // beside those that the fields above make certain
};

// Makes a page of a problem+json reply (`problem.body` has code, detail, request_id and errors).
// The router keeps the problem's status and its other headers.
using ErrorPage = Reply (*)(App&, const Request&, const Reply& problem);

class Callers;
class Metrics;

// Method and path to a handler, with 404, 405 + Allow, HEAD as GET, OPTIONS, CORS, auth, 413 and
// 415, request ids, the catch-all for exceptions, and counters for /metrics. No socket: tests call
// it. Safe from many threads.
class Router {
 public:
  // `metrics` may be missing (tests); it outlives the router.
  Router(App& app, std::vector<Route> routes, Metrics* metrics = nullptr);
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // Total: anything that goes wrong is a reply. The reply to HEAD still has GET's body: who sends
  // it needs its length and leaves it out.
  Reply handle(Request request) const;

  // The same for a caller that must not wait for the store: `done` is called with the reply, at
  // once or, where it is deferred, within what `resume` was handed; false then. The store's thread
  // calls resume(), which passes the task on to another.
  struct Later {
    std::function<void(std::function<void()> task)> resume;
    std::function<void(Reply)> done;
  };
  bool handle(Request request, Later later) const;

  // What handle() would have made of a refusal that came before the whole request: with the path's
  // CORS headers, request id, error page, log line and counters.
  Reply refuse(Request request, Reply refusal) const;

  // For clients that prefer HTML outside /api, and for form posts anywhere. Set once, before use.
  void set_error_page(ErrorPage page) { error_page_ = page; }

  // How much of a body to read before refusing: the route's limit, k_stray_body_bytes_max where
  // there is no route. `path` is decoded.
  std::size_t body_bytes_max(std::string_view method, std::string_view path) const;

  bool immediate(std::string_view method, std::string_view path) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Node;
  struct Match;
  struct Running;
  Match find(std::string_view method, std::string_view path) const;
  std::shared_ptr<Running> begin(Request request) const;
  template <class Answer>
  Reply attempt(const Running& running, Answer answer) const;
  Reply end(const Running& running, Reply reply) const;
  Reply answer(Request& request, const Match& match) const;
  Reply dispatch(Request& request, const Route& route) const;
  std::optional<Reply> over_rate(const Request& request) const;
  Reply deny(const Request& request, const Route& route, const Error& refusal) const;
  void make_page(Reply& reply, const Request& request) const;
  void finish(Reply& reply, const Request& request, const Match& match) const;

  App& app_;
  std::vector<Route> routes_;
  Metrics* metrics_;
  mutable RateLimiter rates_;
  std::unique_ptr<Callers> callers_;
  ErrorPage error_page_ = nullptr;
  std::unique_ptr<Node> root_;
};

}  // namespace flead::http
