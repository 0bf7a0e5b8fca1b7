// `flead demo`: a test store of its own with a few weeks of a small business in it, served, with
// the links to click, and each step told as it happens. Never touches another store.
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/commands/demo_teller.h"
#include "cli/io/context.h"
#include "cli/io/key_file.h"
#include "core/base/text.h"
#include "core/demo/demo.h"
#include "core/tenants/store_key.h"

namespace flead::cli {
namespace {

constexpr std::string_view k_demo_tenant = "acme";

struct DemoOptions {
  std::string dir = "flead-demo";
  std::optional<std::string> listen;
  std::string locale;
  std::int64_t seconds = 0;
  bool once = false;
};

// The past is written, not sent: nothing of it may reach a network.
class NoNetwork final : public channels::Transport {
 public:
  channels::HttpReply http(const channels::HttpRequest&) override { return {}; }
  channels::SmtpReply smtp(const channels::SmtpRequest&) override { return {}; }
};

// The people of the demo speak the language of whoever looks at it.
std::string demo_locale(Context& context, const DemoOptions& options) {
  if (!options.locale.empty()) return options.locale;
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    if (const auto value = context.shell().env(name)) return value->starts_with("ru") ? "ru" : "en";
  }
  return "en";
}

Error dir_unusable(const std::string& dir, const std::error_code& code) {
  return refused("demo_dir", fmt::format("The folder {} cannot be used: {}.", dir, code.message()),
                 "flead demo --dir FOLDER takes another one.");
}

// Seeds `path` under a clock that starts weeks ago. All of it, or the file is not there.
Result<demo::Seeded> seed_store(Context& context, const DemoOptions& options,
                                const std::string& path) {
  demo::Plan plan;
  plan.slug = k_demo_tenant;
  plan.locale = demo_locale(context, options);
  plan.until = context.world().clock.now();
  demo::ToldClock clock(plan.until - plan.weeks * 7 * k_day_ms);
  World past{clock, context.world().random};

  FLEAD_TRY(const SealKey key, make_key_file(path + ".key", past.random));
  store::OpenOptions open;
  open.path = path;
  open.create = true;
  FLEAD_TRY(const auto store, store::open_sqlite(open));
  FLEAD_CHECK(store->write([&](store::Tx& tx) -> Status {
    FLEAD_CHECK(tenants::mark_test_store(past, tx));
    return tenants::save_key_check(past, tx, key);
  }));
  NoNetwork transport;
  FLEAD_TRY(Config config, context.config());
  config.db_path = path;
  if (options.listen && !context.globals.base_url) config.base_url = "http://" + *options.listen;
  App app{*store, past, config, key, transport};
  const bool shows_progress = context.stdout_is_terminal();
  return demo::seed(app, clock, plan, [&](int done, int total) {
    if (shows_progress && done % 10 == 0) {
      context.shell().err(fmt::format("\r  {} of {} leads", done, total));
      if (done == total) context.shell().err("\r                        \r");
    }
  });
}

// A folder that is gone with the object. In memory where there is such a place: the past is some
// two thousand commits, and none of them has to outlast a crash.
class ScratchFolder {
 public:
  explicit ScratchFolder(const std::string& beside) {
    for (const std::string& parent : {std::string("/dev/shm"), beside}) {
      std::string name = parent + "/flead-demo.XXXXXX";
      if (::mkdtemp(name.data()) == nullptr) continue;
      path_ = name;
      return;
    }
  }
  ~ScratchFolder() {
    std::error_code code;
    if (!path_.empty()) std::filesystem::remove_all(path_, code);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }  // "" when there was no place for it

 private:
  std::string path_;
};

// The store of the demo, made at the first run. A crash in between leaves only *.new files, which
// the next run replaces: the store takes its place last.
Status make_store(Context& context, const DemoOptions& options, const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code code;
  fs::create_directories(options.dir, code);
  if (code) return dir_unusable(options.dir, code);
  if (fs::exists(path, code)) {
    context.say(fmt::format("Going on with {}.", path));
    return {};
  }
  context.say(fmt::format("Making {}: a few weeks of a small business.", path));
  const ScratchFolder scratch(options.dir);
  if (scratch.path().empty()) {
    return dir_unusable(options.dir, std::make_error_code(std::errc::no_space_on_device));
  }
  const mode_t before = ::umask(0077);
  const auto seeded = seed_store(context, options, scratch.path() + "/flead.db");
  ::umask(before);
  if (!seeded) return seeded.error();
  for (const char* name : {"/outbox.jsonl", "/flead.db.key", "/flead.db"}) {
    const std::string target = options.dir + name;
    fs::copy_file(scratch.path() + name, target + ".new", fs::copy_options::overwrite_existing,
                  code);
    if (!code) fs::rename(target + ".new", target, code);
    if (code) return dir_unusable(options.dir, code);
  }
  context.say(fmt::format("{} leads, {} bookings. Its token, shown this once: {}", seeded->leads,
                          seeded->bookings, seeded->token));
  return {};
}

// How this very program can be called from the folder it was started in.
std::string program_name() {
  std::error_code code;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", code);
  if (code) return "flead";
  const auto here = std::filesystem::current_path(code);
  const std::string text = path.string();
  const std::string prefix = here.string() + "/";
  return !code && text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

std::string links(const App& app, const std::string& dir) {
  const std::string& base = app.config.base_url;
  return fmt::format(
      "\n"
      "  Open                    {0}/demo/{1}\n"
      "  and click the button: it is the widget, as on anybody's site.\n"
      "\n"
      "  Booking page            {0}/b/{1}\n"
      "  A meeting to be paid    {0}/b/{1}/consultation (with test money, by a button)\n"
      "  Description of the API  {0}/openapi.json\n"
      "  Messages that went out  {2}/outbox.jsonl\n"
      "  In another terminal     {3} --db {2}/flead.db lead list\n"
      "                          {3} --db {2}/flead.db report weekly\n",
      base, k_demo_tenant, dir, program_name());
}

Status serve_demo(Context& context, App& app, const tenants::Tenant& tenant,
                  const DemoOptions& options, const std::string& listen) {
  app.config.listen = listen;
  if (!context.globals.base_url) app.config.base_url = "http://" + listen;
  FLEAD_TRY(const auto zone, Zone::load(tenant.zone));
  DemoTeller teller(app.store, tenant.id, [&](const demo::Told& told) {
    const WallTime at = zone.wall(told.at);
    static_cast<void>(context.shell().out(
        fmt::format("  {:02}:{:02}:{:02}  {}\n", at.hour, at.minute, at.second, told.line)));
  });
  ServeOptions serve;
  serve.listen = listen;
  serve.committed = [&teller] { teller.wake(); };
  serve.ready = [&](const std::string&) {
    static_cast<void>(context.shell().out(
        links(app, options.dir) +
        "\n  What happens is told here. Ctrl-C ends the demo; the next start goes on with its "
        "store.\n"));
    // Started here, after the server has taken the signals: they are its own.
    teller.start(options.seconds * k_second_ms);
  };
  return context.ports().serve(app, serve);
}

Status run_demo(Context& context, const DemoOptions& options) {
  if (!context.ports().serve) return internal_error("this program has no server");
  const std::string path = options.dir + "/flead.db";
  FLEAD_CHECK(make_store(context, options, path));
  context.globals.db = path;
  context.globals.tenant = std::string(k_demo_tenant);
  FLEAD_TRY(App * app, context.app());
  const auto tenant = context.tenant();
  const auto is_test = app->store.read(tenants::is_test_store);
  if (!tenant || !is_test || !*is_test) {
    return refused("demo_store", fmt::format("{} is not a store of the demo.", path),
                   "flead demo --dir FOLDER takes another folder.");
  }
  if (options.once) {
    context.print_text(links(*app, options.dir));
    return {};
  }
  if (options.listen) return serve_demo(context, *app, *tenant, options, *options.listen);
  // Nobody asked for this port, so another one will do when it is taken.
  constexpr int k_first_port = 8080;
  constexpr int k_ports = 20;
  for (int port = k_first_port;; ++port) {
    const Status served =
        serve_demo(context, *app, *tenant, options, fmt::format("127.0.0.1:{}", port));
    if (served || served.error().code != "address_in_use" || port == k_first_port + k_ports) {
      return served;
    }
  }
}

}  // namespace

void add_demo_command(Command& root) {
  auto options = std::make_shared<DemoOptions>();
  root.sub("demo")
      .group(Group::start)
      .summary("Try everything on a store of made-up leads")
      .description(
          "Makes a test store in a folder of its own, with a tenant, a host who can be booked and "
          "four weeks of plausible leads, then serves it and prints the links to click. Each step "
          "is told on the terminal as it happens: lead in, message out, booked. Messages go to a "
          "file in that folder, to nobody else. The next start goes on with the same store; delete "
          "the folder to begin anew.")
      .example("flead demo", "then open the first link")
      .example("flead demo --dir /tmp/try --listen 127.0.0.1:9000")
      .option("--dir FOLDER", options->dir, "Where its store is kept; default ./flead-demo")
      .option("--listen HOST:PORT", options->listen,
              "Where to listen; default 127.0.0.1:8080, or the next free port")
      .option("--locale", options->locale, "Language of its people; default the terminal's")
      .choices({"ru", "en"})
      .option("--seconds N", options->seconds, "Stop by itself after this long")
      .option("--once", options->once, "Make the store, print the links, serve nothing")
      .no_dry_run("makes a store of its own and serves it")
      .run([options](Context& context) { return run_demo(context, *options); });
}

}  // namespace flead::cli
