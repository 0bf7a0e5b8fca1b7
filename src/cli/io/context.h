// Context: what a command's handler may use: the App (opened on first use, so `version` opens
// nothing), the tenant, the terminal. One per process.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/io/shell.h"
#include "core/app.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/intake/idempotency.h"
#include "core/tenants/tenant.h"

namespace flead::cli {

class Command;

// The global flags of features.md section 4 and contract section 1, as given; main reads them
// before the command runs.
struct Globals {
  std::optional<std::string> db;
  std::optional<std::string> tenant;
  std::optional<std::string> base_url;
  std::optional<std::string> listen;       // set by `serve --listen` before it calls app()
  std::optional<std::string> trust_proxy;  // set by `serve --trust-proxy`
  std::optional<std::string> now;          // only in a store made by `init --test`
  std::optional<std::string> zone;         // --tz: zone of printed times; default the tenant's
  std::optional<std::string> json;         // set by --json; "" means every field
  std::string timeout = "5s";
  std::string log_format;
  bool jsonl = false;
  bool csv = false;
  bool tsv = false;
  bool no_input = false;
  bool quiet = false;
  bool verbose = false;
  bool no_color = false;
  bool yes = false;
  bool dry_run = false;
  bool version = false;               // seen by the parser before anything is filled
  std::optional<std::string> key;     // --key: the same line again does nothing
  std::optional<std::string> output;  // -o FILE: written beside, then renamed
};

// What cli needs from serve, handed over by main so that cli depends on core alone.
struct Ports {
  std::function<std::unique_ptr<channels::Transport>()> make_transport;
  // Serves until a signal; returns after a clean stop.
  std::function<Status(App&, const struct ServeOptions&)> serve;
  std::function<Status(const struct MockOptions&)> mock;
};

struct ServeOptions {
  std::string listen;
  std::int64_t workers = 0;  // HTTP worker threads, 0: the setting http.workers
  bool no_jobs = false;      // HTTP only; `work` runs elsewhere
  // Called once, when requests are answered, with the real address: "127.0.0.1:8080".
  std::function<void(const std::string& address)> ready;
  // Called after each commit of this process, on the thread that made it: quick, no store. For
  // `flead demo`, which wakes a thread of its own with it.
  std::function<void()> committed;
};

struct MockOptions {
  std::vector<std::string> kinds;
  std::string listen = "127.0.0.1:9090";
};

// For Command::prints(): to_json() of an empty one has every field.
template <class Row>
Json fields_of() {
  return to_json(Row{});
}

class Context {
 public:
  Context(const Command& root, Ports ports, Shell& shell = system_shell());
  ~Context();

  Globals globals;

  // Opens the store and the key (flag > environment > flead.json > ./flead.db) on first use.
  // Errors: store_missing, store_newer, now_refused (exit 6), bad_config ...
  Result<App*> app();
  // For commands that must not make or migrate anything (doctor, db status).
  // Errors: bad_config (usage; also names unknown keys of flead.json).
  Result<Config> config() const;
  // Absent when there is no <db>.key; errors bad_key, key_missing (the named file is not there).
  Result<SealKey> key() const;
  Result<std::string> key_path() const;  // "" when FLEAD_KEY holds the key itself
  // --timeout: how long a busy store is waited for.
  Result<int> wait_ms() const;
  // --now or FLEAD_NOW. For `init --test`; everybody else calls obey_now().
  Result<std::optional<TimeMs>> wanted_now() const;
  // Sets the clock to it when `store` is a test store; error now_refused (exit 6) in any other.
  // app() does so by itself; for commands that open the store themselves.
  Status obey_now(store::Store& store);
  void start_clock_at(TimeMs now);
  // For `serve` and `work`: log lines to stderr in the configured format from `least` up (-v:
  // debug).
  Status start_log(LogLevel least);
  // --tenant, FLEAD_TENANT, flead.json, or the only one. Errors: tenant_not_found, tenant_needed.
  Result<tenants::Tenant> tenant();
  // Zone for printed times.
  Result<Zone> zone();

  const Command& root() const { return root_; }
  const Ports& ports() const { return ports_; }
  Shell& shell() { return shell_; }
  World& world();

  // ---- the frame around a handler (run.cpp) -------------------------------------------------
  // Which command runs, and its arguments as one text. Before everything below.
  void begin(const Command& command, std::string fingerprint);
  // Makes the -o file's beginning, so that a bad place is told before anything is done.
  Status open_output();
  // True: --key has done its work before, and the first output has been printed again.
  Result<bool> replay();
  // After the handler has succeeded: what it printed, for replay().
  Status keep_output();

  // ---- output: data on stdout, everything else on stderr -----------------------------------
  bool stdout_is_terminal() const;
  bool may_prompt() const;  // a terminal on both ends and no --no-input

  // A list: `rows` are API objects. Terminal: a table of `columns` (dotted paths); piped: TSV with
  // a header; --json one array; --jsonl an object a line; --json=a,b only these. An unknown field
  // is usage error `unknown_field` and names the valid ones. `prototype` is an object with every
  // field, so that they are known when there are no rows: to_json(Lead{}).
  Status print_list(const Json::Array& rows, const std::vector<std::string>& columns,
                    const Json& prototype = {});
  // One object: `key  value` lines on a terminal, TSV key/value piped, JSON with --json.
  Status print_object(const Json& object);
  // Free text for people (help, a report); with --json callers use print_object instead.
  void print_text(std::string_view text);
  // Raw bytes to stdout or the -o file, for exports. Buffered; an error here is final.
  Status write(std::string_view data);
  // Whether print_list would print a table, for people at a terminal.
  bool wants_table() const;
  // Whether print_list and print_object would print JSON.
  bool wants_json() const { return globals.json.has_value() || globals.jsonl; }
  // Talk on stderr; silent with --quiet.
  void say(std::string_view line);
  // Called once by run.cpp: the buffer goes out, the -o file into its place, or away when !ok.
  Status finish(bool ok);

  // ---- input ----------------------------------------------------------------------------------
  // The whole file, "-" for standard input. Errors: file_unreadable (usage), input_too_large.
  Result<std::string> read_file(const std::string& path, std::size_t bytes_max);

  // ---- prompts (prompts.cpp) ----------------------------------------------------------------
  // Asks on the terminal; `fallback` when the answer is empty. Error `needs_input` (usage, names
  // `flag`) where nobody can answer.
  Result<std::string> ask(std::string_view question, std::string_view fallback,
                          std::string_view flag);
  // Fine with --yes; asks on a terminal; Error `needs_yes` otherwise.
  Status confirm(std::string_view question);
  // The first line of FILE ("-" is stdin), or a prompt without echo; `flag` names the option in the
  // error. At most 4 KiB, trailing newline dropped.
  Result<std::string> read_secret(const std::optional<std::string>& file, std::string_view question,
                                  std::string_view flag);

 private:
  struct State;
  Status flush();
  Json own_prototype() const;
  void keep_printed(Json printed);
  Result<intake::IdempotencyKey> idempotency_key(store::Store& store) const;
  Result<std::optional<tenants::Tenant>> named_tenant(store::Store& store) const;
  Status print_table(const Json::Array& rows, const std::vector<std::string>& columns);
  std::optional<Zone> display_zone();
  Result<std::string> lookup(const std::optional<std::string>& flag, const char* variable,
                             std::string_view file_key, std::string_view fallback) const;
  const Command& root_;
  Ports ports_;
  Shell& shell_;
  std::unique_ptr<State> state_;
};

}  // namespace flead::cli
