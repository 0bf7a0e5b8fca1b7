#include "serve/pages/widget.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/channels/links.h"
#include "core/law/legal.h"
#include "serve/pages/assets.h"
#include "serve/pages/compress.h"
#include "serve/pages/texts.h"

namespace flead::pages {

namespace {

constexpr Language k_widget_languages[] = {Language::en, Language::ru};
// A published change reaches visitors within a minute; after that a look at the entity tag is all.
constexpr std::string_view k_widget_cache = "public, max-age=60";

bool is_shown(const intake::WidgetTextSpec& spec, const std::vector<WidgetConsent>& consents) {
  constexpr std::string_view k_consent = "consent_";
  const std::string_view key = spec.key;
  return !key.starts_with(k_consent) ||
         std::any_of(consents.begin(), consents.end(), [&](const WidgetConsent& consent) {
           return consent.purpose == key.substr(k_consent.size());
         });
}

Json texts_in(const WidgetParts& parts, Language language) {
  const intake::WidgetSettings& settings = parts.settings;
  Json texts = Json::object();
  for (const intake::WidgetTextSpec& spec : intake::widget_texts()) {
    if (!is_shown(spec, parts.consents)) continue;
    texts.set(spec.key, intake::widget_text(settings, spec.key, language_name(language)));
  }
  return texts;
}

Json consents_json(const std::vector<WidgetConsent>& consents) {
  Json list = Json::array();
  for (const WidgetConsent& consent : consents) {
    Json versions = Json::object();
    for (const Language language : k_widget_languages) {
      const std::int64_t version = consent.versions[static_cast<std::size_t>(language)];
      if (version > 0) versions.set(language_name(language), std::to_string(version));
    }
    list.push(Json::object({{"purpose", consent.purpose},
                            {"doc", consent.doc},
                            {"versions", versions},
                            {"required", consent.required}}));
  }
  return list;
}

Json names_json(const std::vector<std::string>& names) {
  Json list = Json::array();
  for (const std::string& name : names) list.push(name);
  return list;
}

// The style's four variables, see widget.css.
std::string style_variables(const intake::WidgetSettings& settings) {
  const bool left = settings.position == "left";
  return ":host{--c:" + settings.color + ";--i:" + intake::widget_ink(settings.color) +
         (left ? ";--l:20px;--r:auto}" : ";--l:auto;--r:20px}");
}

// ---- the route -------------------------------------------------------------------------------

struct LoadedWidget {
  tenants::Tenant tenant;
  intake::WidgetSettings settings;
  std::vector<WidgetConsent> consents;
  bool policy = false;
  std::string proof;
  bool messengers = false;
};

Result<std::int64_t> published_version(store::Tx& tx, const TenantId& tenant, std::string_view doc,
                                       Language language) {
  FLEAD_TRY(const auto text, law::current(tx, tenant, doc, language_name(language)));
  return text ? text->version : 0;
}

Result<std::vector<WidgetConsent>> load_consents(store::Tx& tx, const TenantId& tenant,
                                                 std::vector<std::string> purposes, bool required) {
  // Where the tenant requires the consent, a form without its box could send nothing.
  if (required && std::find(purposes.begin(), purposes.end(), "processing") == purposes.end()) {
    purposes.insert(purposes.begin(), "processing");
  }
  std::vector<WidgetConsent> consents;
  for (const std::string& purpose : purposes) {
    WidgetConsent consent;
    consent.purpose = purpose;
    consent.doc = law::doc_of_purpose(purpose);
    consent.required = required && purpose == "processing";
    for (const Language language : k_widget_languages) {
      FLEAD_TRY(consent.versions[static_cast<std::size_t>(language)],
                published_version(tx, tenant, consent.doc, language));
    }
    consents.push_back(std::move(consent));
  }
  return consents;
}

// Nothing when no active tenant has this key.
Result<std::optional<LoadedWidget>> load_widget(App& app, store::Tx& tx, std::string_view key,
                                                bool draft) {
  FLEAD_TRY(auto tenant, tenants::by_publishable_key(tx, key));
  if (!tenant || tenant->suspended) return std::optional<LoadedWidget>();
  LoadedWidget widget;
  widget.tenant = std::move(*tenant);
  const TenantId& id = widget.tenant.id;
  FLEAD_TRY(widget.settings,
            draft ? intake::draft_widget(tx, id) : intake::published_widget(tx, id));
  FLEAD_TRY(const auto required, tenants::setting(app, tx, id, "consent.required"));
  FLEAD_TRY(widget.proof, tenants::setting(app, tx, id, "spam.proof"));
  FLEAD_TRY(widget.consents, load_consents(tx, id, widget.settings.purposes, required == "true"));
  FLEAD_TRY(const auto policy,
            published_version(tx, id, "policy", parse_language(widget.tenant.locale)));
  widget.policy = policy > 0;
  FLEAD_TRY(widget.messengers, channels::has_start_links(app, tx, widget.tenant));
  return std::optional(std::move(widget));
}

struct WidgetScript {
  std::array<std::string, 3> bytes;  // by Encoding
  std::array<std::string, 3> etag;
};

// Compressed scripts by their plain text, so a change of anything makes another entry.
class WidgetScripts {
 public:
  std::shared_ptr<const WidgetScript> get(std::string plain) {
    const std::lock_guard lock(mutex_);
    if (const auto found = scripts_.find(plain); found != scripts_.end()) return found->second;
    if (scripts_.size() >= k_widget_scripts_kept) scripts_.clear();
    auto script = std::make_shared<WidgetScript>();
    script->bytes = {plain, compress_gzip(plain), compress_brotli(plain)};
    for (std::size_t i = 0; i < script->bytes.size(); ++i) {
      script->etag[i] = make_etag(script->bytes[i]);
    }
    scripts_.emplace(std::move(plain), script);
    return script;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const WidgetScript>> scripts_;
};

http::Reply script_reply(int status, std::string body) {
  http::Reply reply;
  reply.status = status;
  reply.body = std::move(body);
  reply.header("content-type", "text/javascript; charset=utf-8");
  reply.header("x-content-type-options", "nosniff");
  // Pages that ask their parts to opt in (Cross-Origin-Embedder-Policy) may load it as well.
  reply.header("cross-origin-resource-policy", "cross-origin");
  return reply;
}

http::Reply no_widget() {
  return script_reply(404, "/* flead: there is no widget with this key */\n")
      .header("cache-control", "no-store");
}

http::Reply get_widget(App& app, const http::Request& request, WidgetScripts& scripts) {
  std::string_view file = request.param("file");
  if (!file.ends_with(".js")) return no_widget();
  file.remove_suffix(3);
  const bool draft = request.query_value("draft").has_value();
  const auto loaded =
      app.store.read([&](store::Tx& tx) { return load_widget(app, tx, file, draft); });
  if (!loaded) return http::failure(loaded.error());
  if (!*loaded) return no_widget();
  const LoadedWidget& widget = **loaded;
  const auto bundle = read_asset(app.config, "widget.js");
  const auto style = read_asset(app.config, "widget.css");
  const auto script = scripts.get(build_widget_script(
      {widget.tenant, widget.settings, widget.consents, widget.policy, bundle.value_or(""),
       style.value_or(""), widget.proof, widget.messengers}));
  auto index = static_cast<std::size_t>(choose_encoding(request));
  if (script->bytes[index].empty()) index = 0;
  http::Reply reply = script_reply(200, {});
  reply.header("etag", script->etag[index]);
  reply.header("vary", "accept-encoding");
  reply.header("cache-control", draft ? "no-store" : k_widget_cache);
  if (matches_etag(request, script->etag[index])) {
    reply.status = 304;
    return reply;
  }
  if (index != 0) reply.header("content-encoding", index == 1 ? "gzip" : "br");
  reply.body = script->bytes[index];
  return reply;
}

// What the widget loads when it comes to it: one for all tenants.
http::Reply get_module(App& app, const http::Request& request, std::string_view file) {
  http::Request asset = request;
  asset.params = {{"file", std::string(file)}};
  http::Reply reply = get_asset(app, asset);
  reply.header("cross-origin-resource-policy", "cross-origin");
  return reply.header("cache-control", k_widget_cache);
}

}  // namespace

std::string build_widget_script(const WidgetParts& parts) {
  const intake::WidgetSettings& settings = parts.settings;
  Json texts = Json::object();
  for (const Language language : k_widget_languages) {
    if (settings.locale == "auto" || settings.locale == language_name(language)) {
      texts.set(language_name(language), texts_in(parts, language));
    }
  }
  const Json json =
      Json::object({{"key", parts.tenant.publishable_key},
                    {"tenant", parts.tenant.slug},
                    {"fields", names_json(settings.fields)},
                    {"required", names_json(settings.required)},
                    {"consents", consents_json(parts.consents)},
                    {"policy", parts.policy},
                    {"proof", parts.proof},
                    {"booking", settings.then == "booking"},
                    {"messengers", parts.messengers},
                    {"locale", parts.tenant.locale},
                    {"texts", texts},
                    {"css", std::string(trim(parts.style)) + style_variables(settings)}});
  // JSON is JavaScript but for these two line ends, which older browsers refuse in strings.
  std::string data = replace_all(json.dump(), "\xe2\x80\xa8", "\\u2028");
  data = replace_all(data, "\xe2\x80\xa9", "\\u2029");
  return "((FLEAD)=>{" + std::string(trim(parts.bundle)) + "})(" + data + ");\n";
}

void add_widget_routes(std::vector<http::Route>& table) {
  const auto scripts = std::make_shared<WidgetScripts>();
  http::Route route;
  route.method = "GET";
  route.pattern = "/w/{file}";
  route.handler = [scripts](App& app, const http::Request& request) {
    return get_widget(app, request, *scripts);
  };
  route.operation = "getWidget";
  route.summary = "The widget's script of one tenant, by its publishable key: pk_….js";
  route.query = {{"draft"}};
  route.response_type = "text/javascript";
  route.other_replies = {{304, "The browser has it"}};
  route.counted = false;  // a page's load, kept by browsers and by us
  table.push_back(std::move(route));
  const auto add_module = [&](std::string_view pattern, std::string_view operation,
                              std::string_view summary) {
    http::Route module;
    module.method = "GET";
    module.pattern = pattern;
    module.handler = [file = pattern.substr(pattern.rfind('/') + 1)](App& app,
                                                                     const http::Request& request) {
      return get_module(app, request, file);
    };
    module.operation = operation;
    module.summary = summary;
    module.response_type = "text/javascript";
    module.cors = true;  // modules of another origin are always asked for that way
    module.counted = false;
    table.push_back(std::move(module));
  };
  add_module("/w/proof.js", "getProofScript",
             "What solves the challenges of /api/v1/proof, for the widget");
  add_module("/w/messengers.js", "getMessengersScript",
             "What shows links into messengers after the widget's form");
}

}  // namespace flead::pages
