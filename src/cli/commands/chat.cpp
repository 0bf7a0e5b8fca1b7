// `flead chat ...`: what leads write, and an operator's own words to them.
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/commands/lead_commands.h"
#include "cli/io/context.h"
#include "cli/io/page.h"
#include "core/base/limits.h"
#include "core/channels/chat.h"

namespace flead::cli {
namespace {

// A character of UTF-8 has four bytes at most; the rest is room for white space around the words.
constexpr std::size_t k_chat_file_bytes_max = 4 * k_message_characters_max + 1024;

struct ChatListOptions {
  bool unanswered = false;
  PageOptions page;
};

Status list_chats(Context& context, const ChatListOptions& options) {
  FLEAD_TRY(const Page page, read_page(context, options.page, InboundIdTag::k_prefix));
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  channels::ThreadFilter filter;
  filter.unanswered = options.unanswered;
  filter.before_id = page.after_id;
  filter.limit = page.limit + 1;
  FLEAD_TRY(auto threads, app->store.read([&](store::Tx& tx) {
    return channels::list_threads(tx, tenant.id, filter);
  }));
  cut_page(context, page, threads);
  Json::Array rows;
  for (const auto& thread : threads) rows.push_back(channels::to_json(thread));
  return context.print_list(
      rows, {"at", "lead", "name", "channel", "unanswered", "needs_human_why", "text"},
      channels::to_json(channels::ChatThread{}));
}

void add_chat_list(Command& chat) {
  auto options = std::make_shared<ChatListOptions>();
  chat.sub("list")
      .summary("List the leads that have written, newest words first")
      .description(
          "Unanswered is who spoke last: since then nobody has written by `chat send`, "
          "`message send` or the API, nor said `chat done`. A greeting or a reminder that left by "
          "itself is no answer.")
      .example("flead chat list --unanswered")
      .option("--unanswered", options->unanswered, "Only people who spoke last")
      .option("--limit N", options->page.limit, k_limit_text)
      .option("--cursor ID", options->page.cursor, "Go on after the last row of a page: its id")
      .not_empty()
      .prints(fields_of<channels::ChatThread>)
      .run([options](Context& context) { return list_chats(context, *options); });
}

struct ChatReadOptions {
  std::string lead, cursor;
  std::int64_t limit = k_page_default;
};

Status read_chat(Context& context, const ChatReadOptions& options) {
  FLEAD_CHECK(check_limit(options.limit));
  if (!options.cursor.empty() && !channels::is_line_id(options.cursor)) {
    return usage_error("bad_cursor", "--cursor takes the id of the first row of a page",
                       "Such as msg_01k9x0000000000000000000000");
  }
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto lead, named_lead(*app, tenant, options.lead));
  FLEAD_TRY(const auto page, app->store.read([&](store::Tx& tx) {
    return channels::read_thread(tx, tenant.id, lead.id, options.cursor, options.limit);
  }));
  Json::Array rows;
  for (const auto& line : page.lines) rows.push_back(channels::to_json(line));
  FLEAD_CHECK(context.print_list(rows, {"at", "from", "channel", "state", "text"},
                                 channels::to_json(channels::ChatLine{})));
  if (page.has_earlier) {
    context.say(fmt::format("There are earlier ones: --cursor {}", page.lines.front().id));
  }
  return {};
}

void add_chat_read(Command& chat) {
  auto options = std::make_shared<ChatReadOptions>();
  chat.sub("read")
      .summary("Read what a lead wrote and what we sent, on all channels, newest last")
      .example("flead chat read +79160000001")
      .example("flead chat read anna@example.org --limit 10 --json=at,from,text,state")
      .positional("LEAD", options->lead, "Its id, phone or e-mail")
      .option("--limit N", options->limit, k_limit_text)
      .option("--cursor ID", options->cursor, "Go back from the first row of a page: its id")
      .not_empty()
      .prints(fields_of<channels::ChatLine>)
      .run([options](Context& context) { return read_chat(context, *options); });
}

struct ChatSendOptions {
  std::string lead;
  std::optional<std::string> text, file;
};

Status send_chat(Context& context, const ChatSendOptions& options) {
  if (options.text.has_value() == options.file.has_value()) {
    return usage_error("text_needed", "Give the words by either --text or --file");
  }
  std::string words = options.text.value_or("");
  if (options.file) {
    FLEAD_TRY(words, context.read_file(*options.file, k_chat_file_bytes_max));
  }
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto line, app->store.write([&](store::Tx& tx) -> Result<channels::ChatLine> {
    FLEAD_TRY(const auto lead, intake::find(tx, tenant, options.lead));
    return channels::send_words(*app, tx, tenant, lead, {words, std::string(k_cli_actor), {}});
  }));
  FLEAD_CHECK(context.print_object(channels::to_json(line)));
  context.say(fmt::format("Queued for {}: it leaves when `flead serve` or `flead work` runs.",
                          line.channel_kind));
  return {};
}

void add_chat_send(Command& chat) {
  auto options = std::make_shared<ChatSendOptions>();
  chat.sub("send")
      .summary("Answer a lead in your own words")
      .description(
          "They go back by the channel where the person wrote last, while the provider still lets "
          "us answer freely there, else by the route (flead route explain). The lead does not need "
          "a human any more.")
      .example("flead chat send +79160000001 --text 'Tomorrow at five suits us.'")
      .example("flead chat send anna@example.org --file answer.txt")
      .positional("LEAD", options->lead, "Its id, phone or e-mail")
      .option("--text TEXT", options->text, "The words, up to 4,000 characters")
      .option("--file FILE", options->file, "Read them from a file; - is standard input")
      .writes()
      .prints(fields_of<channels::ChatLine>)
      .run([options](Context& context) { return send_chat(context, *options); });
}

Status finish_chat(Context& context, const std::string& named) {
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto lead, app->store.write([&](store::Tx& tx) -> Result<intake::Lead> {
    FLEAD_TRY(const auto found, intake::find(tx, tenant, named));
    FLEAD_CHECK(channels::finish_thread(app->world, tx, tenant.id, found.id, k_cli_actor));
    return intake::load(tx, tenant.id, found.id);
  }));
  return context.print_object(lead_object(*app, tenant, lead));
}

void add_chat_done(Command& chat) {
  auto lead = std::make_shared<std::string>();
  chat.sub("done")
      .summary("Say that a lead needs no answer: it leaves the lists of who waits")
      .example("flead chat done +79160000001", "it said thank you, or you have called")
      .positional("LEAD", *lead, "Its id, phone or e-mail")
      .writes()
      .prints(lead_fields)
      .run([lead](Context& context) { return finish_chat(context, *lead); });
}

}  // namespace

void add_chat_commands(Command& root) {
  Command& chat =
      root.sub("chat").group(Group::channels).summary("What leads write, and your answers");
  add_chat_list(chat);
  add_chat_read(chat);
  add_chat_send(chat);
  add_chat_done(chat);
}

}  // namespace flead::cli
