// Where configuration comes from (contract section 1: flag > environment > flead.json > default)
// and how the store is opened.
#include "cli/io/context.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "cli/io/context_state.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/store/store.h"

namespace flead::cli {
namespace {

constexpr const char* k_config_keys[] = {"db",       "key_file",    "tenant",    "listen",
                                         "base_url", "trust_proxy", "log_format"};

// Where a command without network code stands in (tests, tools without serve).
class NoTransport final : public channels::Transport {
 public:
  channels::HttpReply http(const channels::HttpRequest&) override {
    channels::HttpReply reply;
    reply.error = "no transport in this program";
    return reply;
  }
  channels::SmtpReply smtp(const channels::SmtpRequest&) override { return {}; }
};

// The file's text; nothing when there is no such file.
Result<std::optional<std::string>> read_small_file(const std::string& path, std::size_t bytes_max) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::optional<std::string>();
  std::string text(bytes_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > bytes_max) {
    return usage_error("bad_config", fmt::format("{} is larger than {} bytes", path, bytes_max));
  }
  return std::optional(std::move(text));
}

Result<Json> parse_file_config(const std::string& path, const std::string& text) {
  const auto parsed = parse_json(text);
  if (!parsed || !parsed->is_object()) {
    return usage_error("bad_config", fmt::format("{} is not a JSON object{}", path,
                                                 parsed ? "" : ": " + parsed.error().message));
  }
  for (const auto& [key, value] : parsed->members()) {
    const auto* known = std::find(std::begin(k_config_keys), std::end(k_config_keys), key);
    if (known == std::end(k_config_keys)) {
      const std::vector<std::string> keys(std::begin(k_config_keys), std::end(k_config_keys));
      return usage_error("bad_config",
                         fmt::format("{} has the unknown key '{}'", path, printable(key)),
                         fmt::format("Known keys: {}.", fmt::join(keys, ", ")));
    }
    if (!value.is_text()) {
      return usage_error("bad_config", fmt::format("{}: '{}' must be a string", path, key));
    }
  }
  return *parsed;
}

// "200ms", "1.5s", ".25s": shorter than the durations of settings go.
std::optional<std::int64_t> parse_short_time(std::string_view text) {
  const bool in_ms = text.ends_with("ms");
  if (!in_ms && (!text.ends_with('s') || text.find('.') == std::string_view::npos)) {
    return std::nullopt;
  }
  text.remove_suffix(in_ms ? 2 : 1);
  double count = 0;
  const auto [end, code] =
      std::from_chars(text.data(), text.data() + text.size(), count, std::chars_format::fixed);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  const double ms = in_ms ? count : count * 1000;
  if (!(ms >= 0 && ms <= 1e9)) return std::nullopt;
  return static_cast<std::int64_t>(std::llround(ms));
}

Result<std::string> check_base_url(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  const bool web = url.starts_with("http://") || url.starts_with("https://");
  if (!web || url.size() > k_url_characters_max || has_control_characters(url) ||
      url.find_first_of(" \"<>?#") != std::string::npos) {
    return usage_error("bad_config",
                       fmt::format("the base URL '{}' is not a web address", printable(url)),
                       "Write it as https://leads.example.org, without a query.");
  }
  return url;
}

// Before the store is opened: whoever had it open while another file took its name would write into
// the one that is no more.
Result<std::optional<FileLock>> hold_store(const std::string& db_path) {
  if (::access(db_path.c_str(), F_OK) != 0) return std::optional<FileLock>();  // opening says so
  FLEAD_TRY(auto lock, lock_store(db_path, StoreUse::open, FileLock::Kind::shared));
  if (lock) return lock;
  Error error = store_error("store_busy", "The store is being restored right now.");
  error.hint = "Try again when that has ended.";
  return error;
}

}  // namespace

Context::Context(const Command& root, Ports ports, Shell& shell)
    : root_(root), ports_(std::move(ports)), shell_(shell), state_(std::make_unique<State>()) {}

// The log must not outlive the clock that it was started with.
Context::~Context() {
  if (state_->log_started) log_start(system_clock(), LogFormat::text, LogLevel::warning);
}

// One value by the order of the contract.
Result<std::string> Context::lookup(const std::optional<std::string>& flag, const char* variable,
                                    std::string_view file_key, std::string_view fallback) const {
  if (flag) return *flag;
  if (const auto value = shell_.env(variable)) return *value;
  if (!state_->file) {
    const std::string path = shell_.folder() + "/flead.json";
    FLEAD_TRY(const auto text, read_small_file(path, k_config_bytes_max));
    state_->file = Json::object();
    if (text) {
      FLEAD_TRY(state_->file, parse_file_config(path, *text));
    }
  }
  return state_->file->text(file_key).value_or(std::string(fallback));
}

Result<Config> Context::config() const {
  Config config;
  FLEAD_TRY(config.db_path, lookup(globals.db, "FLEAD_DB", "db", ""));
  if (config.db_path.empty()) config.db_path = shell_.folder() + "/flead.db";
  FLEAD_TRY(config.listen, lookup(globals.listen, "FLEAD_LISTEN", "listen", config.listen));
  FLEAD_TRY(const std::string base_url,
            lookup(globals.base_url, "FLEAD_BASE_URL", "base_url", "http://" + config.listen));
  FLEAD_TRY(config.base_url, check_base_url(base_url));
  FLEAD_TRY(config.trust_proxy,
            lookup(globals.trust_proxy, "FLEAD_TRUST_PROXY", "trust_proxy", ""));
  return config;
}

Result<std::string> Context::key_path() const {
  if (shell_.env("FLEAD_KEY")) return std::string();
  FLEAD_TRY(const Config settings, config());
  return lookup(std::nullopt, "FLEAD_KEY_FILE", "key_file", settings.db_path + ".key");
}

Result<SealKey> Context::key() const {
  if (const auto value = shell_.env("FLEAD_KEY")) return SealKey::from_base64(trim(*value));
  FLEAD_TRY(const std::string path, key_path());
  FLEAD_TRY(const auto text, read_small_file(path, k_secret_bytes_max));
  if (text) {
    auto key = SealKey::from_base64(trim(*text));
    if (!key) key.error().hint = fmt::format("{} should hold 32 bytes in base64.", path);
    return key;
  }
  const bool named =
      shell_.env("FLEAD_KEY_FILE") || (state_->file && state_->file->text("key_file"));
  if (named) {
    return unauthorized("key_missing", fmt::format("The key file {} cannot be read.", path));
  }
  return SealKey();
}

Result<int> Context::wait_ms() const {
  constexpr std::int64_t k_longest_ms = k_hour_ms;
  const std::string& text = globals.timeout;
  const bool bare = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  auto duration = parse_short_time(text);
  if (!duration) duration = parse_duration_ms(bare ? text + "s" : text);
  if (!duration || *duration > k_longest_ms) {
    return usage_error("bad_timeout",
                       "--timeout is a duration up to 1h, such as 5s, 1.5s or 200ms");
  }
  return static_cast<int>(*duration);
}

Result<std::optional<TimeMs>> Context::wanted_now() const {
  const auto text = globals.now ? globals.now : shell_.env("FLEAD_NOW");
  if (!text) return std::optional<TimeMs>();
  const auto time = parse_time(*text);
  if (!time) {
    return usage_error("bad_time", "--now is a time such as 2026-03-28T09:00Z");
  }
  return std::optional(*time);
}

void Context::start_clock_at(TimeMs now) {
  state_->clock.start_at(now);
}

Status Context::start_log(LogLevel least) {
  std::optional<std::string> flag;
  if (!globals.log_format.empty()) flag = globals.log_format;
  const bool terminal = shell_.err_is_terminal();
  FLEAD_TRY(const std::string format,
            lookup(flag, "FLEAD_LOG_FORMAT", "log_format", terminal ? "text" : "json"));
  if (format != "text" && format != "json") {
    return usage_error("bad_config", "the log format is text or json");
  }
  log_start(state_->clock, format == "json" ? LogFormat::json : LogFormat::text,
            globals.verbose ? LogLevel::debug : least);
  state_->log_started = true;
  return {};
}

Status Context::obey_now(store::Store& store) {
  FLEAD_TRY(const auto now, wanted_now());
  if (!now) return {};
  FLEAD_TRY(const bool test_store, store.read(tenants::is_test_store));
  if (!test_store) {
    return refused("now_refused", "This store keeps real time: --now and FLEAD_NOW are refused.",
                   "They work in a store made by flead init --test.");
  }
  start_clock_at(*now);
  return {};
}

Result<App*> Context::app() {
  if (state_->app) return state_->app.get();
  FLEAD_TRY(Config settings, config());
  FLEAD_TRY(const int wait, wait_ms());
  FLEAD_TRY(SealKey seal_key, key());
  FLEAD_TRY(state_->in_use, hold_store(settings.db_path));
  store::OpenOptions options;
  options.path = settings.db_path;
  options.wait_ms = wait;
  options.dry_run = globals.dry_run;
  FLEAD_TRY(state_->store, store::open_sqlite(options));
  FLEAD_CHECK(obey_now(*state_->store));
  if (globals.key) {
    FLEAD_TRY(auto claim, idempotency_key(*state_->store));
    auto keyed =
        std::make_unique<KeyedStore>(std::move(state_->store), state_->world, std::move(claim));
    state_->keyed = keyed.get();
    state_->store = std::move(keyed);
  }
  if (ports_.make_transport) state_->transport = ports_.make_transport();
  if (!state_->transport) state_->transport = std::make_unique<NoTransport>();
  state_->app.reset(new App{*state_->store, state_->world, std::move(settings), std::move(seal_key),
                            *state_->transport});
  return state_->app.get();
}

// The tenant that flag, environment or flead.json names; nothing when none of them does.
Result<std::optional<tenants::Tenant>> Context::named_tenant(store::Store& store) const {
  FLEAD_TRY(const std::string wanted, lookup(globals.tenant, "FLEAD_TENANT", "tenant", ""));
  if (wanted.empty()) return std::optional<tenants::Tenant>();
  FLEAD_TRY(auto found, store.read([&](store::Tx& tx) -> Result<tenants::Tenant> {
    if (is_id(wanted, TenantIdTag::k_prefix)) return tenants::load(tx, TenantId(wanted));
    return tenants::by_slug(tx, wanted);
  }));
  return std::optional(std::move(found));
}

Result<tenants::Tenant> Context::tenant() {
  if (state_->tenant) return *state_->tenant;
  FLEAD_TRY(App * opened, app());
  FLEAD_TRY(state_->tenant, named_tenant(opened->store));
  if (state_->tenant) return *state_->tenant;
  FLEAD_TRY(const auto all, opened->store.read([](store::Tx& tx) { return tenants::list(tx, 2); }));
  if (all.empty()) {
    return not_found("tenant_not_found", "This store has no tenant yet.", "flead tenant add SLUG");
  }
  if (all.size() > 1) {
    return usage_error("tenant_needed", "There are several tenants: say which one.",
                       "Add --tenant SLUG; flead tenant list shows them.");
  }
  state_->tenant = all.front();
  return all.front();
}

Result<Zone> Context::zone() {
  if (globals.zone) return Zone::load(*globals.zone);
  FLEAD_TRY(const tenants::Tenant current, tenant());
  return Zone::load(current.zone);
}

World& Context::world() {
  return state_->world;
}

}  // namespace flead::cli
