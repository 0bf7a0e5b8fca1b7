// `flead init`: a new store with its key, one tenant and the first token. Ends in one of two
// states: a complete store, or one that a second `init` completes; never one that looks finished
// and is not.
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/key_file.h"
#include "core/app.h"
#include "core/base/text.h"
#include "core/tenants/store_key.h"
#include "core/tenants/tenant.h"

namespace flead::cli {
namespace {

struct InitOptions {
  tenants::NewTenant tenant;
  bool test = false;
  bool if_missing = false;
};

struct Made {
  tenants::Tenant tenant;
  tenants::MadeToken token;
};

Error already_made(const std::string& path) {
  return conflict("already_initialised", fmt::format("{} is a store with a tenant already.", path),
                  "flead tenant add SLUG adds another; --if-missing makes this exit 0.");
}

// The zone that this machine keeps, for the wizard's suggestion.
std::string machine_zone(Context& context) {
  if (const auto zone = context.shell().env("TZ")) {
    if (const auto known = Zone::load(*zone)) return known->name();
  }
  char target[256];
  const ssize_t size = ::readlink("/etc/localtime", target, sizeof target);
  if (size <= 0) return "UTC";
  const std::string_view path(target, static_cast<std::size_t>(size));
  constexpr std::string_view k_folder = "/zoneinfo/";
  const auto folder = path.find(k_folder);
  if (folder == std::string_view::npos) return "UTC";
  const auto known = Zone::load(path.substr(folder + k_folder.size()));
  return known ? known->name() : "UTC";
}

// Asks until the answer will do, a few times.
Status ask_valid(Context& context, std::string_view question, const std::string& fallback,
                 std::string_view flag, tenants::NewTenant& input, std::string& field) {
  constexpr int k_tries_max = 5;
  for (int attempt = 1;; ++attempt) {
    FLEAD_TRY(field, context.ask(question, fallback, flag));
    const Status checked = tenants::check(input);
    if (checked || attempt == k_tries_max) return checked;
    context.shell().err(checked.error().message + "\n");
  }
}

// The wizard: on a terminal whatever the line left open is asked; elsewhere only SLUG is needed.
Status complete_input(Context& context, tenants::NewTenant& input) {
  if (input.slug.empty()) input.slug = context.shell().env("FLEAD_TENANT").value_or("");
  const bool wizard = input.slug.empty();
  if (wizard) {
    FLEAD_CHECK(ask_valid(context, "Short name for addresses (a-z, 0-9, -)", "", "--tenant", input,
                          input.slug));
    if (input.name.empty()) {
      FLEAD_CHECK(ask_valid(context, "Name for people", input.slug, "--name", input, input.name));
    }
    if (input.zone.empty()) {
      FLEAD_CHECK(
          ask_valid(context, "Time zone", machine_zone(context), "--tz", input, input.zone));
    }
    if (input.locale.empty()) {
      const std::string guess = input.zone == "Europe/Moscow" ? "ru" : "en";
      FLEAD_CHECK(
          ask_valid(context, "Language (ru or en)", guess, "--locale", input, input.locale));
    }
  }
  return tenants::check(input);
}

// The key of the environment, of an earlier try, or a new one. Before the store: a store without
// its key is worse than a key without a store.
Result<SealKey> obtain_key(Context& context) {
  const auto found = context.key();
  if (found && found->present()) return *found;
  if (!found && found.error().code != "key_missing") return found.error();
  FLEAD_TRY(const std::string path, context.key_path());
  auto made = make_key_file(path, context.world().random);
  if (!made && made.error().code == "key_exists") return context.key();
  return made;
}

Result<std::unique_ptr<store::Store>> open_or_make(Context& context, const std::string& path) {
  store::OpenOptions options;
  options.path = path;
  options.create = true;
  FLEAD_TRY(options.wait_ms, context.wait_ms());
  // Leads are personal data: nobody else on this machine reads the file.
  const mode_t before = ::umask(0077);
  auto opened = store::open_sqlite(options);
  ::umask(before);
  return opened;
}

// All in one transaction: after a crash there is no tenant, or all of it.
Result<Made> fill_store(World& world, store::Store& store, const SealKey& key,
                        const InitOptions& options, const std::string& path) {
  return store.write([&](store::Tx& tx) -> Result<Made> {
    FLEAD_TRY(const auto known, tenants::list(tx, 1));
    if (!known.empty()) return already_made(path);
    if (options.test) FLEAD_CHECK(tenants::mark_test_store(world, tx));
    FLEAD_CHECK(tenants::save_key_check(world, tx, key));
    Made made;
    FLEAD_TRY(made.tenant, add_tenant(world, tx, options.tenant));
    FLEAD_TRY(made.token,
              tenants::create_token(world, tx, made.tenant.id, tenants::Role::owner, "init"));
    return made;
  });
}

Json report(const std::string& path, const tenants::Tenant& tenant, const Json& token) {
  return Json::object({{"db", path},
                       {"tenant", Json::object({{"id", tenant.id.text()}, {"slug", tenant.slug}})},
                       {"publishable_key", tenant.publishable_key},
                       {"token", token}});
}

// Nothing when the file is no finished store yet.
Result<std::optional<tenants::Tenant>> finished_before(Context& context, const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::optional<tenants::Tenant>();
  FLEAD_TRY(const auto store, open_or_make(context, path));
  FLEAD_TRY(const auto known, store->read([](store::Tx& tx) { return tenants::list(tx, 1); }));
  if (known.empty()) return std::optional<tenants::Tenant>();
  FLEAD_CHECK(context.obey_now(*store));
  return std::optional(known.front());
}

Status run_init(Context& context, InitOptions options) {
  FLEAD_TRY(const Config config, context.config());
  FLEAD_TRY(const auto now, context.wanted_now());
  if (now && !options.test) {
    return refused("now_refused", "Only a store made with --test takes --now or FLEAD_NOW.");
  }
  FLEAD_TRY(const auto before, finished_before(context, config.db_path));
  if (before) {
    if (!options.if_missing) return already_made(config.db_path);
    context.say("The store is there already: nothing to do.");
    return context.print_object(report(config.db_path, *before, {}));
  }
  FLEAD_CHECK(complete_input(context, options.tenant));
  if (now) context.start_clock_at(*now);
  FLEAD_TRY(const SealKey key, obtain_key(context));
  FLEAD_TRY(const auto store, open_or_make(context, config.db_path));
  FLEAD_TRY(const Made made, fill_store(context.world(), *store, key, options, config.db_path));
  FLEAD_CHECK(context.print_object(report(config.db_path, made.tenant, made.token.secret)));
  FLEAD_TRY(const std::string key_path, context.key_path());
  context.say(fmt::format(
      "The token is shown this one time.{}\n"
      "Messages go to a file until `flead channel add` names a real channel. Next:\n"
      "  flead doctor\n  flead serve",
      key_path.empty() ? ""
                       : fmt::format(" Keep {} as safe as the store: without it stored\n"
                                     "passwords cannot be read.",
                                     key_path)));
  return {};
}

}  // namespace

void add_init_command(Command& root) {
  auto options = std::make_shared<InitOptions>();
  root.sub("init")
      .group(Group::start)
      .summary("Make a store with its key, a tenant and the first token")
      .description(
          "On a terminal it asks what the line leaves out. The token is printed once; "
          "the publishable key goes into web pages and is no secret. A second init on "
          "the same store changes nothing and is exit 5.")
      .example("flead init --tenant acme --name 'Acme Ltd' --tz Europe/Berlin")
      .example("flead init --tenant acme --test --json", "for tests: --now works in such a store")
      .option("--tenant SLUG", options->tenant.slug, "Its name in addresses: a-z, 0-9 and -")
      .not_empty()
      .option("--name", options->tenant.name, "Its name for people; default the slug")
      .option("--tz ZONE", options->tenant.zone, "Its time zone; default UTC")
      .option("--locale", options->tenant.locale,
              "Its language; default ru in Russian zones, else en")
      .choices({"ru", "en"})
      .option("--region", options->tenant.region,
              "Country of phone numbers without +, such as RU; default the zone's")
      .option("--test", options->test, "Make a store for tests: it takes --now, limits are off")
      .option("--if-missing", options->if_missing, "Exit 0 when the store is there already")
      .no_dry_run("makes a store and its key file")
      .prints([] { return report("", {}, ""); })
      .shows_secret()
      .run([options](Context& context) { return run_init(context, *options); });
}

}  // namespace flead::cli
