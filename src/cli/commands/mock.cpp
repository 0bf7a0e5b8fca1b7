// `flead mock serve KIND`: a provider's double on this machine. What it answers lives behind Ports.
#include <memory>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "core/base/text.h"

namespace flead::cli {
namespace {

struct MockFlags {
  std::string kinds;
  std::string listen = "127.0.0.1:9090";
};

Status serve_double(Context& context, const MockFlags& flags) {
  MockOptions options;
  options.kinds = split(flags.kinds, ',');
  options.listen = flags.listen;
  FLEAD_CHECK(context.start_log(LogLevel::info));
  if (!context.ports().mock) return internal_error("this program has no doubles");
  return context.ports().mock(options);
}

}  // namespace

void add_mock_commands(Command& root) {
  auto flags = std::make_shared<MockFlags>();
  root.sub("mock").group(Group::jobs).summary("Doubles of providers, for trying and testing");
  root.sub("mock")
      .sub("serve")
      .summary("Answer as a provider does, on this machine only")
      .description(
          "Under /KIND/ it answers as the provider would, errors and limits included. GET "
          "/_mock/KIND/requests lists what it received.\n\n"
          "POST /_mock/KIND/script {\"then\":[...]} queues answers. Each item may have status (200 "
          "to 599), body, times, delay_ms, retry_after_s, and act (true: do what was asked, then "
          "answer this). An item without status, body and retry_after_s is the provider's own "
          "answer, after delay_ms.\n\n"
          "POST /_mock/KIND/event makes the provider call a hook, the one it was told or url; "
          "`flead trigger` does the same. Every event may have times (1 to 100) and bad_signature "
          "(true: it must be refused). Messengers know type message, start, button, block and "
          "more. For sms: url is needed, secret signs it; a delivery "
          "report has id, phone and status (1 delivered, 3 expired, 20 not delivered), of a "
          "message "
          "that was sent here; type \"sms\" is an incoming message with phone, mes and to; json "
          "(true) sends JSON instead of a form. It answers with what the hook answered.\n\n"
          "POST /_mock/KIND/account sets who is known, blocked or over a limit; "
          "/_mock/sms/account sets balance, login, password, apikey and ban_after (wrong "
          "passwords before it refuses everybody). The kind smsc is served as sms, under /sms/.\n\n"
          "yookassa is asked under /yookassa/v3 with the pairs 100500:test_shop (payments) and "
          "500100:test_gateway (payouts); confirmation_url opens in a browser. POST "
          "/_mock/yookassa/account {} answers with all of its switches, among them notify_url, "
          "notify_delay_ms, redirect (before, after, none), fault (lost, hang, flood, error), "
          "balance and advance_s, which moves its clock. Notifications go out by themselves; POST "
          "/_mock/yookassa/deliver waits for those that are due.\n\n"
          "Of calcom the page where people book is /calcom/anna/consult; events are created, "
          "cancelled, rescheduled, rejected, confirmed, no_show, ended, told and ping, with uid "
          "(the newest booking unless said), starts_at, name, email, lead; tell=false is a call "
          "that is lost, no_secret and template are calls that must be refused.")
      .example("flead mock serve sms --listen 127.0.0.1:9090")
      .example("flead mock serve telegram,whatsapp")
      .example("flead mock serve all")
      .no_dry_run("answers requests")
      .positional("KIND", flags->kinds,
                  "Which providers, joined by commas: sms, telegram, vk, max, whatsapp, instagram, "
                  "chatwoot, yookassa, calcom, all")
      .option("--listen HOST:PORT", flags->listen, "Loopback address; default 127.0.0.1:9090")
      .run([flags](Context& context) { return serve_double(context, *flags); });
}

}  // namespace flead::cli
