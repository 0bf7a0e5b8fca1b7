#include "core/intake/widget.h"

#include "core/base/text.h"
#include "support/catch.h"

namespace flead::intake {
namespace {

// The settings after one edit of the defaults, or the error's code.
std::string edit_code(const WidgetEdit& edit) {
  const auto edited = apply_widget_edit(WidgetSettings{}, edit);
  return edited ? "ok" : edited.error().code;
}

}  // namespace

TEST_CASE("intake: widget settings take what is meant and refuse the rest by name", "[intake]") {
  struct Case {
    WidgetEdit edit;
    std::string code;
  };
  const auto c = GENERATE(values<Case>({
      {{.fields = "name, Phone"}, "ok"},
      {{.fields = "phone,phone"}, "ok"},
      {{.fields = "name,message"}, "contact_field_needed"},
      {{.fields = ""}, "contact_field_needed"},
      {{.fields = "name,fax"}, "field_unknown"},
      {{.required = "phone"}, "ok"},
      {{.required = ""}, "ok"},
      {{.fields = "name,email", .required = "phone"}, "required_not_shown"},
      {{.required = "everything"}, "field_unknown"},
      {{.purposes = "processing,marketing"}, "ok"},
      {{.purposes = "spying"}, "purpose_unknown"},
      {{.color = "#0A7"}, "ok"},
      {{.color = "green"}, "color_invalid"},
      {{.color = "#12345g"}, "color_invalid"},
      {{.color = "#1234567"}, "color_invalid"},
      {{.color = ""}, "color_invalid"},
      {{.color = "red;}*{display:none"}, "color_invalid"},
      {{.position = "left"}, "ok"},
      {{.position = "top"}, "position_unknown"},
      {{.locale = "auto"}, "ok"},
      {{.locale = "de"}, "locale_unknown"},
      {{.then = "thanks"}, "ok"},
      {{.then = "explode"}, "then_unknown"},
      {{.texts = {"title=Ask us", "button.ru=Спросить"}}, "ok"},
      {{.texts = {"title"}}, "text_invalid"},
      {{.texts = {"headline=x"}}, "text_unknown"},
      {{.texts = {"title.de=x"}}, "text_unknown"},
      {{.texts = {"title=a\nb"}}, "text_invalid"},
      {{.texts = {"title=\xff\xfe"}}, "text_invalid"},
      {{.texts = {"title=" + std::string(301, 'x')}}, "too_long"},
  }));
  CAPTURE(c.edit.fields.value_or("-"), c.edit.color.value_or("-"), c.edit.texts);
  CHECK(edit_code(c.edit) == c.code);
}

TEST_CASE("intake: a field taken off the widget's form is no longer required", "[intake]") {
  auto settings = *apply_widget_edit(WidgetSettings{}, {.required = "name,phone"});
  settings = *apply_widget_edit(settings, {.fields = "phone,message"});
  CHECK(settings.required == std::vector<std::string>{"phone"});
}

TEST_CASE("intake: a widget text of one language beats the one for both, and ours fills the rest",
          "[intake]") {
  auto settings = *apply_widget_edit(
      WidgetSettings{}, {.texts = {"title=Write to us", "title.ru=Пишите", "submit=Go"}});
  CHECK(widget_text(settings, "title", "ru") == "Пишите");
  CHECK(widget_text(settings, "title", "en") == "Write to us");
  CHECK(widget_text(settings, "submit", "ru") == "Go");
  CHECK(widget_text(settings, "close", "en") == "Close");
  settings = *apply_widget_edit(settings, {.texts = {"title.ru="}});
  CHECK(widget_text(settings, "title", "ru") == "Write to us");
}

TEST_CASE("intake: the ink on the widget's button can be read on any colour", "[intake]") {
  // A coarse walk through the whole cube of colours.
  for (int r = 0; r < 256; r += 15) {
    for (int g = 0; g < 256; g += 15) {
      for (int b = 0; b < 256; b += 15) {
        char color[8];
        std::snprintf(color, sizeof color, "#%02x%02x%02x", static_cast<unsigned>(r),
                      static_cast<unsigned>(g), static_cast<unsigned>(b));
        const std::string ink = widget_ink(color);
        if (contrast_ratio(color, ink) < 4.3) {
          CAPTURE(color, ink);
          FAIL("the ink is too faint");
        }
      }
    }
  }
  CHECK(widget_ink("#0a7d5a") == "#ffffff");
  CHECK(widget_ink("#ffd400") == "#111111");
  CHECK(contrast_ratio("#000000", "#ffffff") > 20.99);
  CHECK(contrast_ratio("#777777", "#ffffff") < 4.5);  // the well-known grey that just fails
}

TEST_CASE("intake: the widget warns of a faint colour and of a form without consent", "[intake]") {
  CHECK(widget_warnings(WidgetSettings{}).empty());
  CHECK(widget_warnings(*apply_widget_edit(WidgetSettings{}, {.color = "#ffee88"})).size() == 1);
  CHECK(widget_warnings(*apply_widget_edit(WidgetSettings{}, {.purposes = ""})).size() == 1);
}

TEST_CASE("intake: stored widget settings survive the way to JSON and back", "[intake]") {
  auto settings = *apply_widget_edit(WidgetSettings{}, {.fields = "phone,name",
                                                        .required = "phone",
                                                        .purposes = "processing,marketing",
                                                        .color = "#123456",
                                                        .position = "left",
                                                        .locale = "ru",
                                                        .then = "thanks",
                                                        .texts = {"title.ru=Привет", "intro==)"}});
  settings.version = 7;
  settings.published_at = 1767603600000;
  CHECK(to_json(parse_widget_settings(to_json(settings))) == to_json(settings));
}

TEST_CASE("intake: damaged widget settings keep what is sound and default the rest", "[intake]") {
  const auto text = GENERATE(values<std::string>(
      {"null", "[]", "3", R"({"fields":7,"required":"x","color":[],"texts":"no","version":"v"})",
       R"({"fields":["fax"],"required":["phone",4],"position":"top","texts":{"nope":"x"}})"}));
  CAPTURE(text);
  const auto settings = parse_widget_settings(*parse_json(text));
  CHECK(settings.fields == WidgetSettings{}.fields);
  CHECK(settings.color == "#0a7d5a");
  CHECK(settings.texts.empty());
  CHECK(parse_widget_settings(*parse_json(R"({"color":"#abc","locale":"xx"})")).color == "#aabbcc");
}

TEST_CASE("intake: every widget text has both languages and fits its limit", "[intake]") {
  for (const WidgetTextSpec& spec : widget_texts()) {
    CAPTURE(spec.key);
    CHECK(!spec.ru.empty());
    CHECK(!spec.en.empty());
    CHECK(valid_utf8(spec.ru));
    CHECK(utf8_length(spec.ru) <= 60);  // each visitor loads it
    CHECK(utf8_length(spec.en) <= 60);
  }
}

}  // namespace flead::intake
