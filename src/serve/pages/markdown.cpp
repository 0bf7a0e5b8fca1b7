#include "serve/pages/markdown.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "core/base/text.h"

namespace flead::pages {

namespace {

using Spans = std::vector<MarkdownSpan>;

// How far a mark's end is looked for: a run of unclosed marks then costs little for each of them.
constexpr std::size_t k_span_bytes_max = 1000;

bool safe_url(std::string_view url) {
  if (url.empty() || has_control_characters(url) || url.find(' ') != url.npos) return false;
  if (url[0] == '#' || (url[0] == '/' && !url.starts_with("//"))) return true;
  const std::string lower = ascii_lower(url.substr(0, 8));
  for (const std::string_view scheme : {"http://", "https://", "mailto:", "tel:"}) {
    if (std::string_view(lower).starts_with(scheme)) return true;
  }
  return false;
}

struct Found {
  MarkdownSpan span;
  std::size_t length = 0;  // of the source
};

std::optional<Found> read_link(std::string_view text) {
  const std::size_t middle = text.find("](");
  const std::size_t end = middle == text.npos ? text.npos : text.find(')', middle);
  if (end == text.npos || text.substr(1, middle - 1).find('[') != text.npos) return std::nullopt;
  const std::string_view url = trim(text.substr(middle + 2, end - middle - 2));
  if (middle < 2 || !safe_url(url)) return std::nullopt;
  return Found{
      {MarkdownSpan::Kind::link, std::string(text.substr(1, middle - 1)), std::string(url)},
      end + 1};
}

// **bold** and *italic*: the mark stands against the word on both sides.
std::optional<Found> read_marked(std::string_view text, std::string_view mark,
                                 MarkdownSpan::Kind kind) {
  if (!text.starts_with(mark)) return std::nullopt;
  const std::size_t end = text.find(mark, mark.size() + 1);
  if (end == text.npos) return std::nullopt;
  const std::string_view inner = text.substr(mark.size(), end - mark.size());
  if (inner.front() == ' ' || inner.front() == '*' || inner.back() == ' ') return std::nullopt;
  return Found{{kind, std::string(inner), {}}, end + mark.size()};
}

Spans parse_spans(std::string_view text) {
  Spans spans;
  std::string plain;
  while (!text.empty()) {
    std::optional<Found> found;
    const std::string_view near = text.substr(0, k_span_bytes_max);
    if (text[0] == '[') {
      found = read_link(near);
    } else if (text[0] == '*') {
      found = read_marked(near, "**", MarkdownSpan::Kind::bold);
      if (!found) found = read_marked(near, "*", MarkdownSpan::Kind::italic);
    }
    if (!found) {
      plain += text[0];
      text.remove_prefix(1);
      continue;
    }
    if (!plain.empty()) spans.push_back({MarkdownSpan::Kind::text, std::move(plain), {}});
    plain.clear();
    spans.push_back(std::move(found->span));
    text.remove_prefix(found->length);
  }
  if (!plain.empty()) spans.push_back({MarkdownSpan::Kind::text, std::move(plain), {}});
  return spans;
}

struct Line {
  MarkdownBlock::Kind kind = MarkdownBlock::Kind::paragraph;
  int level = 0;
  std::string_view text;
};

Line read_line(std::string_view line) {
  const std::size_t hashes = line.find_first_not_of('#');
  if (hashes != line.npos && hashes >= 1 && hashes <= 6 && line[hashes] == ' ') {
    return {MarkdownBlock::Kind::heading, static_cast<int>(hashes), trim(line.substr(hashes))};
  }
  if (line.size() > 2 && (line[0] == '-' || line[0] == '*' || line[0] == '+') && line[1] == ' ') {
    return {MarkdownBlock::Kind::bullets, 0, trim(line.substr(2))};
  }
  const std::size_t digits = line.find_first_not_of("0123456789");
  if (digits != line.npos && digits >= 1 && digits <= 9 && line[digits] == '.' &&
      line.size() > digits + 2 && line[digits + 1] == ' ') {
    return {MarkdownBlock::Kind::numbers, 0, trim(line.substr(digits + 2))};
  }
  return {MarkdownBlock::Kind::paragraph, 0, line};
}

void fill_spans(Data& data, const Spans& spans) {
  for (const MarkdownSpan& span : spans) {
    Data& out = data.add("SPAN");
    switch (span.kind) {
      case MarkdownSpan::Kind::text:
        out.add("PLAIN").set("TEXT", span.text);
        break;
      case MarkdownSpan::Kind::bold:
        out.add("BOLD").set("TEXT", span.text);
        break;
      case MarkdownSpan::Kind::italic:
        out.add("ITALIC").set("TEXT", span.text);
        break;
      case MarkdownSpan::Kind::link:
        out.add("LINK").set("TEXT", span.text).set("URL", span.url);
        break;
    }
  }
}

}  // namespace

std::vector<MarkdownBlock> parse_markdown(std::string_view text) {
  struct Open {
    MarkdownBlock::Kind kind;
    int level;
    std::vector<std::string> items;
  };
  std::vector<Open> blocks;
  bool fresh = true;  // the next line begins a block of its own
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (line.empty()) {
      fresh = true;
      continue;
    }
    const Line read = read_line(line);
    const bool list =
        read.kind == MarkdownBlock::Kind::bullets || read.kind == MarkdownBlock::Kind::numbers;
    if (read.kind == MarkdownBlock::Kind::paragraph && !fresh) {
      blocks.back().items.back() += " " + std::string(read.text);  // goes on, in a list too
    } else if (list && !blocks.empty() && blocks.back().kind == read.kind) {
      blocks.back().items.emplace_back(read.text);
    } else {
      blocks.push_back({read.kind, read.level, {std::string(read.text)}});
    }
    fresh = read.kind == MarkdownBlock::Kind::heading;
  }
  std::vector<MarkdownBlock> parsed;
  for (const Open& block : blocks) {
    MarkdownBlock made{block.kind, block.level, {}};
    for (const std::string& item : block.items) made.items.push_back(parse_spans(item));
    parsed.push_back(std::move(made));
  }
  return parsed;
}

void fill_markdown(Data& data, const std::vector<MarkdownBlock>& blocks) {
  for (const MarkdownBlock& block : blocks) {
    Data& out = data.add("BLOCK");
    switch (block.kind) {
      case MarkdownBlock::Kind::heading:
        // The page has one h1; deeper levels than h3 look alike.
        fill_spans(out.add(block.level == 1   ? "H1"
                           : block.level == 2 ? "H2"
                                              : "H3"),
                   block.items[0]);
        break;
      case MarkdownBlock::Kind::paragraph:
        fill_spans(out.add("PARAGRAPH"), block.items[0]);
        break;
      case MarkdownBlock::Kind::bullets:
      case MarkdownBlock::Kind::numbers: {
        Data& items = out.add(block.kind == MarkdownBlock::Kind::bullets ? "BULLETS" : "NUMBERS");
        for (const Spans& item : block.items) fill_spans(items.add("ITEM"), item);
        break;
      }
    }
  }
}

}  // namespace flead::pages
