// The fence around the template library: no other file includes it.
#include "serve/pages/page.h"

#include <ctemplate/template_cache.h>
#include <ctemplate/template_dictionary.h>
#include <ctemplate/template_enums.h>

#include "core/base/assert.h"
#include "core/base/embedded.h"
#include "core/base/text.h"
#include "serve/pages/assets.h"

namespace flead::pages {

namespace {

constexpr Language k_page_languages[] = {Language::en, Language::ru};
constexpr std::string_view k_layout = "layout";

std::string template_key(std::string_view name, Language language) {
  return std::string(name) + "." + std::string(language_name(language));
}

constexpr std::string_view k_escape_mark = "{{%AUTOESCAPE context=\"HTML\"}}";

// What several templates share, without its mark: it stands inside of one that has its own.
std::string_view template_part(std::string_view name) {
  for (const embedded::File& file : embedded::page_templates()) {
    if (file.path == std::string(name) + ".html") return file.data.substr(k_escape_mark.size());
  }
  FLEAD_ASSERT(false);
  return {};
}

// [[KEY]] becomes the text, escaped for HTML text and quoted attributes, and [[>NAME]] the template
// of this name, before parsing: a page then costs nothing for them.
std::string with_texts(std::string_view source, Language language) {
  std::string out;
  while (true) {
    const std::size_t open = source.find("[[");
    out += source.substr(0, open);
    if (open == source.npos) return out;
    const std::size_t close = source.find("]]", open);
    FLEAD_ASSERT(close != source.npos);
    const std::string_view key = source.substr(open + 2, close - open - 2);
    out += key.starts_with('>') ? with_texts(template_part(key.substr(1)), language)
                                : escape_html(text(key, language));
    source.remove_prefix(close + 2);
  }
}

// All templates in both languages, parsed once at the first page and never changed again.
const ctemplate::TemplateCache& page_templates() {
  static const ctemplate::TemplateCache* const k_cache = [] {
    auto* cache = new ctemplate::TemplateCache;  // lives as long as the process
    for (const embedded::File& file : embedded::page_templates()) {
      FLEAD_ASSERT(file.path.ends_with(".html"));
      const std::string_view name = file.path.substr(0, file.path.size() - 5);
      FLEAD_ASSERT(file.data.starts_with(k_escape_mark));
      for (const Language language : k_page_languages) {
        const bool parsed = cache->StringToTemplateCache(template_key(name, language),
                                                         with_texts(file.data, language),
                                                         ctemplate::STRIP_BLANK_LINES);
        FLEAD_ASSERT(parsed);
      }
    }
    cache->Freeze();
    return cache;
  }();
  return *k_cache;
}

void fill(ctemplate::TemplateDictionary& dictionary, const Data& data) {
  for (const auto& [name, value] : data.values()) dictionary.SetValue(name, value);
  for (const auto& [name, child] : data.sections()) {
    fill(*dictionary.AddSectionDictionary(name), *child);
  }
}

std::string expand(const std::string& key, const ctemplate::TemplateDictionary& dictionary) {
  std::string out;
  const bool found =
      page_templates().ExpandNoLoad(key, ctemplate::STRIP_BLANK_LINES, &dictionary, nullptr, &out);
  FLEAD_ASSERT(found);
  return out;
}

void fill_messengers(ctemplate::TemplateDictionary& layout, const Page& page) {
  if (page.messengers.empty()) return;
  auto* list = layout.AddSectionDictionary("MESSENGERS");
  for (const MessengerLink& link : page.messengers) {
    auto* row = list->AddSectionDictionary("MESSENGER");
    row->SetValue("URL", link.url);
    row->SetValue("LABEL", link.label);
    if (link.qr_side == 0) continue;
    auto* code = row->AddSectionDictionary("QR");
    code->SetIntValue("SIDE", link.qr_side);
    code->SetValue("DOTS", link.qr_path);
  }
}

void fill_layout(ctemplate::TemplateDictionary& layout, const Page& page) {
  layout["LANG"] = std::string(language_name(page.language));
  layout["TITLE"] = page.title;
  layout["STYLE_URL"] = asset_url("site.css");
  layout["ICON_URL"] = asset_url("icon.svg");
  if (!page.index) layout.ShowSection("NOINDEX");
  if (!page.script.empty()) {
    layout.SetValueAndShowSection("SCRIPT_URL", asset_url(page.script), "SCRIPT");
  }
  if (!page.brand.empty()) {
    auto* brand = layout.AddSectionDictionary("BRAND");
    brand->SetValue("BRAND_NAME", page.brand);
    if (page.brand_url.empty()) {
      brand->ShowSection("BRAND_TEXT");
    } else {
      brand->SetValueAndShowSection("BRAND_URL", page.brand_url, "BRAND_LINK");
    }
  }
  if (!page.policy_url.empty()) {
    layout.SetValueAndShowSection("POLICY_URL", page.policy_url, "POLICY");
  }
  fill_messengers(layout, page);
}

}  // namespace

Data& Data::set(std::string_view name, std::string_view value) {
  values_.emplace_back(name, repair_utf8(value));
  return *this;
}

Data& Data::show(std::string_view section) {
  add(section);
  return *this;
}

Data& Data::show_if(std::string_view section, bool condition) {
  if (condition) add(section);
  return *this;
}

Data& Data::add(std::string_view section) {
  sections_.emplace_back(section, std::make_unique<Data>());
  return *sections_.back().second;
}

http::Reply render(int status, const Page& page) {
  ctemplate::TemplateDictionary layout("page");
  fill_layout(layout, page);
  auto* content = layout.AddIncludeDictionary("CONTENT");
  content->SetFilename(template_key(page.content, page.language));
  fill(*content, page.data);
  http::Reply reply =
      http::html_reply(status, expand(template_key(k_layout, page.language), layout));
  add_security_headers(reply);
  reply.header("content-language", language_name(page.language));
  return reply;
}

std::string render_content(const Page& page) {
  ctemplate::TemplateDictionary content("content");
  fill(content, page.data);
  return expand(template_key(page.content, page.language), content);
}

}  // namespace flead::pages
