// The small part of Markdown that legal texts need, as data for a template: no HTML is made here,
// so nothing that a tenant writes can become markup. Callers: the page /legal/{doc}. Pure, total.
//
// Known: # to ###### headings, paragraphs, lists with - * + or 1., **bold**, *italic*, [text](url)
// with http, https, mailto, tel or a path. All else is text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "serve/pages/page.h"

namespace flead::pages {

struct MarkdownSpan {
  enum class Kind : std::uint8_t { text, bold, italic, link };
  Kind kind = Kind::text;
  std::string text;
  std::string url;  // of a link
  friend bool operator==(const MarkdownSpan&, const MarkdownSpan&) = default;
};

struct MarkdownBlock {
  enum class Kind : std::uint8_t { paragraph, heading, bullets, numbers };
  Kind kind = Kind::paragraph;
  int level = 0;                                 // of a heading, 1 to 6
  std::vector<std::vector<MarkdownSpan>> items;  // one, or the items of a list
  friend bool operator==(const MarkdownBlock&, const MarkdownBlock&) = default;
};

std::vector<MarkdownBlock> parse_markdown(std::string_view text);

// Adds the blocks as sections BLOCK of `data`, for templates/legal.html.
void fill_markdown(Data& data, const std::vector<MarkdownBlock>& blocks);

}  // namespace flead::pages
