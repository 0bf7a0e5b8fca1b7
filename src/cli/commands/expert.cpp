// `flead expert` and `flead review`: who can be met, and what people say of it.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/page.h"
#include "cli/io/time_flag.h"
#include "core/base/text.h"
#include "core/booking/expert.h"
#include "core/booking/figures.h"
#include "core/booking/notice.h"
#include "core/booking/pass.h"
#include "core/booking/photo.h"
#include "core/booking/review.h"

namespace flead::cli {
namespace {

struct ExpertOptions {
  std::string slug;
  booking::ExpertEdit edit;
  std::optional<std::string> languages, topics, photo;
  std::string listed;
};

struct ExpertListOptions {
  booking::ExpertFilter filter;
  std::optional<std::string> rating, price_max;
  std::string free_before;
};

struct ReviewOptions {
  std::string booking, text, reason, expert;
  std::int64_t rating = 0;
  bool all = false;
  std::string cursor;
  std::int64_t limit = k_page_default;
};

Json expert_fields() {
  return booking::to_json(booking::Expert{});
}

std::string catalogue_url(const App& app, const tenants::Tenant& tenant) {
  return app.config.base_url + "/m/" + tenant.slug;
}

Json expert_page_url(const App& app, const tenants::Tenant& tenant, const std::string& slug) {
  return catalogue_url(app, tenant) + "/" + slug;
}

booking::ExpertEdit read_profile(const ExpertOptions& options) {
  booking::ExpertEdit edit = options.edit;
  if (options.languages) edit.languages = split(*options.languages, ',');
  if (options.topics) edit.topics = split(*options.topics, ',');
  if (!options.listed.empty()) edit.listed = options.listed == "yes";
  return edit;
}

// A file's name, an address, or nothing: which of the two is given takes the other away.
Status read_photo_flag(Context& context, const ExpertOptions& options, booking::ExpertEdit& edit,
                       std::optional<booking::Photo>& photo) {
  if (!options.photo) return {};
  edit.photo_url = "";
  if (options.photo->empty()) return {};
  if (options.photo->find("://") != std::string::npos) {
    edit.photo_url = *options.photo;
    return {};
  }
  FLEAD_TRY(const std::string bytes, context.read_file(*options.photo, booking::k_photo_bytes_max));
  FLEAD_TRY(photo, booking::read_photo(bytes));
  return {};
}

Status write_expert(Context& context, const ExpertOptions& options, bool makes) {
  auto edit = read_profile(options);
  std::optional<booking::Photo> photo;
  FLEAD_CHECK(read_photo_flag(context, options, edit, photo));
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto expert, app->store.write([&](store::Tx& tx) -> Result<booking::Expert> {
    FLEAD_TRY(const auto written,
              makes ? booking::add_expert(app->world, tx, tenant, options.slug, edit)
                    : booking::edit_expert(app->world, tx, tenant, options.slug, edit));
    if (options.photo) FLEAD_CHECK(booking::set_photo(app->world, tx, written, photo));
    return booking::load_expert(tx, tenant.id, options.slug);
  }));
  return context.print_object(booking::to_json(expert, catalogue_url(*app, tenant))
                                  .set("url", expert_page_url(*app, tenant, options.slug)));
}

Status list_experts(Context& context, const ExpertListOptions& options) {
  booking::ExpertFilter filter = options.filter;
  if (options.rating) {
    const auto hundredths = parse_money_minor(*options.rating);
    if (!hundredths || *hundredths > 500) {
      return usage_error("rating_invalid", "--rating-min takes 1 to 5, such as 4.5.");
    }
    filter.rating_min_tenths = *hundredths / 10;
  }
  if (!options.free_before.empty()) {
    FLEAD_TRY(filter.free_before, read_time_flag(context, "--free-before", options.free_before));
  }
  if (options.price_max) {
    filter.price_max_minor = parse_money_minor(*options.price_max);
    if (!filter.price_max_minor) {
      return usage_error("amount_invalid", "--price-max takes a sum such as 5000.");
    }
  }
  filter.limit = std::clamp<std::int64_t>(filter.limit, 1, k_cli_page_max);
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto page, app->store.read([&](store::Tx& tx) {
    return booking::list_experts(app->world, tx, tenant.id, filter);
  }));
  Json::Array rows;
  for (const auto& expert : page.experts)
    rows.push_back(booking::to_json(expert, catalogue_url(*app, tenant)));
  if (!page.next_after.empty()) tell_next_page(context, page.next_after);
  return context.print_list(rows, {"slug", "name", "topics", "languages", "rating", "reviews"},
                            expert_fields());
}

Status show_expert(Context& context, const ExpertOptions& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto json, app->store.read([&](store::Tx& tx) -> Result<Json> {
    FLEAD_TRY(const auto expert, booking::load_expert(tx, tenant.id, options.slug));
    booking::FiguresFilter filter;
    filter.host = expert.host.id;
    FLEAD_TRY(auto figures, booking::figures(tx, tenant.id, filter, app->world.clock.now()));
    return booking::to_json(expert, catalogue_url(*app, tenant))
        .set("figures", booking::to_json(figures[expert.host.id]))
        .set("url", expert_page_url(*app, tenant, options.slug));
  }));
  return context.print_object(json);
}

struct HostLinkOptions {
  std::string slug;
  bool send = false, revoke = false;
};

Json link_fields() {
  return Json::object({{"host", ""}, {"url", Json()}, {"sent_to", Json()}});
}

// Of any host, with or without a profile.
Status make_link(Context& context, const HostLinkOptions& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  if (!app->key.present()) {
    return unauthorized("key_missing", "The key that signs links is not here",
                        "Set FLEAD_KEY_FILE or FLEAD_KEY");
  }
  FLEAD_TRY(const auto json, app->store.write([&](store::Tx& tx) -> Result<Json> {
    FLEAD_TRY(const auto host, booking::find_host(tx, tenant.id, options.slug));
    Json out = link_fields().set("host", host.slug);
    if (options.revoke) {
      FLEAD_CHECK(booking::end_logins(tx, host.id));
      if (!options.send) return out;
    }
    FLEAD_TRY(const auto seq, booking::login_seq(tx, host.id));
    const TimeMs until = app->world.clock.now() + booking::k_host_link_ms;
    const std::string url =
        app->config.base_url + "/h/in/" +
        booking::make_pass(app->key, booking::PassKind::host_link, host.id.text(), seq, until);
    if (!options.send) return out.set("url", url);
    FLEAD_CHECK(booking::send_host_link(*app, tx, tenant, host, url));
    return out.set("sent_to", host.email);
  }));
  return context.print_object(json);
}

void add_expert_link(Command& noun) {
  auto options = std::make_shared<HostLinkOptions>();
  noun.sub("link")
      .summary("Print or send the way to a host's own pages: meetings, requests, times")
      .description(
          "The link opens for a week and is swapped for a session of sixty days. Whoever has it "
          "sees who comes: --revoke ends every link and session given out so far.")
      .example("flead expert link ira --send")
      .positional("HOST", options->slug, "Its slug; a profile is not needed")
      .option("--send", options->send, "Send it to the host's own address instead")
      .option("--revoke", options->revoke, "End all links and sessions first")
      .writes()
      .prints(link_fields)
      .run([options](Context& context) { return make_link(context, *options); });
}

// ---- reviews -----------------------------------------------------------------------------------

Json review_fields() {
  return booking::to_json(booking::Review{});
}

template <class Change>
Status change_review(Context& context, Change change) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto review,
            app->store.write([&](store::Tx& tx) { return change(*app, tx, tenant.id); }));
  return context.print_object(booking::to_json(review));
}

Status list_reviews(Context& context, const ReviewOptions& options) {
  booking::ReviewFilter filter;
  filter.hidden = options.all;
  filter.after_id = options.cursor;
  filter.limit = std::clamp<std::int64_t>(options.limit, 1, k_cli_page_max);
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto reviews,
            app->store.read([&](store::Tx& tx) -> Result<std::vector<booking::Review>> {
              if (!options.expert.empty()) {
                FLEAD_TRY(const auto host, booking::find_host(tx, tenant.id, options.expert));
                filter.host = host.id;
              }
              return booking::list_reviews(tx, tenant.id, filter);
            }));
  Json::Array rows;
  for (const auto& review : reviews) rows.push_back(booking::to_json(review));
  return context.print_list(rows, {"booking", "expert", "rating", "name", "text", "hidden_why"},
                            review_fields());
}

void add_profile(Command& verb, ExpertOptions& options) {
  verb.positional("EXPERT", options.slug, "Its slug: that of the host")
      .option("--name TEXT", options.edit.name, "Name, for visitors")
      .option("--email ADDRESS", options.edit.email, "Where requests go; organizer of the invites")
      .option("--zone ZONE", options.edit.zone, "IANA zone of the windows")
      .option("--headline TEXT", options.edit.headline, "One line under the name")
      .option("--about TEXT", options.edit.about, "Who this is")
      .option("--photo FILE|URL", options.photo,
              "A JPEG, PNG or WebP file, shown on the pages; an https address is for clients of "
              "the API alone; \"\" takes both away")
      .option("--languages LIST", options.languages, "Joined by commas, such as ru,en")
      .option("--topics LIST", options.topics, "Joined by commas")
      .option("--listed", options.listed, "Whether it is shown in lists and on the pages")
      .choices({"yes", "no"});
}

void add_expert_list(Command& noun) {
  auto list = std::make_shared<ExpertListOptions>();
  noun.sub("list")
      .summary("Find experts, by their slugs")
      .example("flead expert list --topic product --language en --rating-min 4.5")
      .option("--topic TEXT", list->filter.topic, "A whole topic, in any case")
      .option("--language TEXT", list->filter.language, "A whole language, in any case")
      .option("--q TEXT", list->filter.query, "Any part of name, headline, about or topics")
      .option("--rating-min N", list->rating, "Such as 4.5; those without reviews are left out")
      .option("--price-max SUM", list->price_max, "Offers something for at most this")
      .option("--format TEXT", list->filter.format, "Meets in this way, such as online")
      .option("--free-before TIME", list->free_before, "Only who has a free time before this")
      .option("--all", list->filter.unlisted, "Those that are not listed, too")
      .option("--cursor SLUG", list->filter.after_slug, "Go on after this one")
      .option("--limit N", list->filter.limit, "At most so many")
      .prints(expert_fields)
      .run([list](Context& context) { return list_experts(context, *list); });
}

void add_review_changes(Command& noun, const std::shared_ptr<ReviewOptions>& options) {
  noun.sub("hide")
      .summary("Hide a review; it is kept, with the reason, and does not count")
      .example("flead review hide bkg_01k9x0000000000000000000000 --reason \"Insults\"")
      .positional("BOOKING", options->booking, "The meeting that it is of")
      .required("--reason TEXT", options->reason, "Why")
      .writes()
      .prints(review_fields)
      .run([options](Context& context) {
        return change_review(context, [&](App& app, store::Tx& tx, const TenantId& tenant) {
          return booking::hide_review(app.world, tx, tenant, BookingId(options->booking),
                                      options->reason);
        });
      });
  noun.sub("show")
      .summary("Show a hidden review again")
      .example("flead review show bkg_01k9x0000000000000000000000")
      .positional("BOOKING", options->booking, "The meeting that it is of")
      .writes()
      .prints(review_fields)
      .run([options](Context& context) {
        return change_review(context, [&](App& app, store::Tx& tx, const TenantId& tenant) {
          return booking::show_review(app.world, tx, tenant, BookingId(options->booking));
        });
      });
}

}  // namespace

void add_expert_commands(Command& root) {
  Command& noun =
      root.sub("expert").group(Group::booking).summary("Who can be met").alias("mentor");
  auto options = std::make_shared<ExpertOptions>();
  Command& add = noun.sub("add");
  add.summary("Make a profile; a host that is not there is made")
      .example(
          "flead expert add ira --name \"Ира\" --headline \"Продуктовый ментор\" --topics "
          "\"продукт,карьера\" --languages ru,en");
  add_profile(add, *options);
  add.writes().prints(expert_fields).run([options](Context& context) {
    return write_expert(context, *options, true);
  });
  Command& edit = noun.sub("edit");
  edit.summary("Change a profile; what is not named stays")
      .example("flead expert edit ira --topics \"product,career\" --listed no");
  add_profile(edit, *options);
  edit.writes().prints(expert_fields).run([options](Context& context) {
    return write_expert(context, *options, false);
  });
  add_expert_list(noun);
  add_expert_link(noun);
  noun.sub("show")
      .summary("Show a profile and what became of its bookings")
      .example("flead expert show ira")
      .positional("EXPERT", options->slug, "Its slug")
      .prints(
          [] { return expert_fields().set("figures", booking::to_json(booking::ExpertFigures{})); })
      .run([options](Context& context) { return show_expert(context, *options); });
}

void add_review_commands(Command& root) {
  Command& noun =
      root.sub("review").group(Group::booking).summary("What people say who met an expert");
  auto options = std::make_shared<ReviewOptions>();
  noun.sub("add")
      .summary("Write down a review of a meeting that took place")
      .example("flead review add bkg_01k9x0000000000000000000000 --rating 5 --text \"Helped\"")
      .positional("BOOKING", options->booking, "The meeting")
      .required("--rating N", options->rating, "1 to 5")
      .option("--text TEXT", options->text, "In the person's words")
      .writes()
      .prints(review_fields)
      .run([options](Context& context) {
        return change_review(context, [&](App& app, store::Tx& tx, const TenantId& tenant) {
          return booking::add_review(app.world, tx, tenant, BookingId(options->booking),
                                     options->rating, options->text, "cli");
        });
      });
  noun.sub("list")
      .summary("List reviews, those of the newest bookings first")
      .example("flead review list --expert ira")
      .option("--expert EXPERT", options->expert, "Only of this one")
      .option("--all", options->all, "Hidden ones, too")
      .option("--cursor BOOKING", options->cursor, "Go on after this one")
      .option("--limit N", options->limit, "At most so many")
      .prints(review_fields)
      .run([options](Context& context) { return list_reviews(context, *options); });
  add_review_changes(noun, options);
}

}  // namespace flead::cli
