// The message itself: headers, parts and encodings.
#include <algorithm>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/channels/email.h"

namespace flead::channels::email {

namespace {

constexpr std::size_t k_subject_characters_max = 250;
constexpr std::size_t k_plain_header_max = 60;  // longer or not ASCII: encoded words
constexpr std::size_t k_word_bytes_max = 42;    // 56 characters of base64 in a word of 75
constexpr std::size_t k_line_characters = 76;   // RFC 2045 section 6.7 and 6.8

bool is_plain_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// A display name as a phrase: quoted when plain, else encoded words.
std::string display_name(std::string_view name) {
  const std::string clean(utf8_prefix(name, k_name_characters_max));
  if (!is_plain_ascii(clean) || clean.size() > k_plain_header_max ||
      clean.find("=?") != std::string::npos) {
    return encode_words(clean);
  }
  std::string out = "\"";
  for (const char c : clean) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string mailbox(std::string_view name, std::string_view address) {
  if (trim(name).empty()) return std::string(address);
  return display_name(trim(name)) + "\r\n <" + std::string(address) + ">";
}

// One line, whatever a tenant or a visitor wrote into it.
std::string header_text(std::string_view text) {
  std::string out;
  for (const char c : repair_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7f ? ' ' : c;
  }
  return std::string(trim(out));
}

// Text for a body: CRLF only, no other control characters.
std::string body_lines(std::string_view text) {
  std::string out;
  for (const char c : repair_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\r\n";
    } else if (byte >= 0x20 || c == '\t') {
      out += c;
    }
  }
  return out;
}

std::string part(std::string_view content_type, std::string_view crlf_text) {
  const std::string printable = quoted_printable(crlf_text);
  const std::string base64 = base64_lines(crlf_text);
  const bool quoted = printable.size() <= base64.size();  // English reads well, Cyrillic is shorter
  return "Content-Type: " + std::string(content_type) +
         "\r\nContent-Transfer-Encoding: " + (quoted ? "quoted-printable" : "base64") + "\r\n\r\n" +
         (quoted ? printable : base64) + "\r\n";
}

std::string plain_body(const Outgoing& message) {
  std::string out = message.text;
  if (!message.button_url.empty() && out.find(message.button_url) == std::string::npos) {
    if (!out.ends_with('\n')) out += '\n';
    out += "\n" + message.button_text + ": " + message.button_url + "\n";
  }
  if (!message.unsubscribe_url.empty()) {
    out += (message.locale == "ru" ? "\nОтписаться: " : "\nUnsubscribe: ") +
           message.unsubscribe_url + "\n";
  }
  return body_lines(out);
}

std::string html_body(const Outgoing& message) {
  const std::string language = message.locale == "ru" ? "ru" : "en";
  std::string out = "<!DOCTYPE html>\n<html lang=\"" + language +
                    "\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
                    escape_html(message.subject) +
                    "</title>\n</head>\n"
                    "<body style=\"margin:0;padding:24px;background:#ffffff;color:#1a1a1a;"
                    "font:16px/1.5 Arial,sans-serif\">\n<div style=\"max-width:560px\">\n" +
                    message.html;
  if (!message.button_url.empty()) {
    out += "<p style=\"margin:24px 0\"><a href=\"" + escape_html(message.button_url) +
           "\" style=\"display:inline-block;padding:12px 24px;border-radius:8px;"
           "background:#0a7d5a;color:#ffffff;text-decoration:none;font-weight:bold\">" +
           escape_html(message.button_text) + "</a></p>\n";
  }
  if (!message.unsubscribe_url.empty()) {
    out += "<p style=\"margin:24px 0 0;font-size:13px;color:#666666\"><a href=\"" +
           escape_html(message.unsubscribe_url) + "\" style=\"color:#666666\">" +
           (language == "ru" ? "Отписаться" : "Unsubscribe") + "</a></p>\n";
  }
  out += "</div>\n";
  // Last, so that a slow picture holds nothing up.
  if (!message.open_pixel_url.empty()) {
    out += "<img src=\"" + escape_html(message.open_pixel_url) +
           "\" width=\"1\" height=\"1\" alt=\"\" style=\"display:block;border:0\">\n";
  }
  return body_lines(out + "</body>\n</html>\n");
}

std::string calendar_method(const Outgoing& message) {
  return message.calendar_method == "CANCEL" ? "CANCEL" : "REQUEST";
}

// text, html and, with a booking, the invitation: the last part is the preferred one.
std::string alternative(const Outgoing& message, const std::string& boundary) {
  const std::string open = "--" + boundary + "\r\n";
  std::string out = "Content-Type: multipart/alternative;\r\n boundary=\"" + boundary +
                    "\"\r\n\r\n" + open + part("text/plain; charset=utf-8", plain_body(message)) +
                    open + part("text/html; charset=utf-8", html_body(message));
  if (!message.calendar.empty()) {
    out += open + part("text/calendar; method=" + calendar_method(message) + "; charset=utf-8",
                       message.calendar);
  }
  return out + "--" + boundary + "--\r\n";
}

std::string attachment(const Outgoing& message) {
  return "Content-Type: application/ics; name=\"invite.ics\"\r\n"
         "Content-Disposition: attachment; filename=\"invite.ics\"\r\n"
         "Content-Transfer-Encoding: base64\r\n\r\n" +
         base64_lines(message.calendar) + "\r\n";
}

std::string headers(const Config& config, const Outgoing& message) {
  const std::string from_name =
      header_text(config.from_name.empty() ? message.sender : config.from_name);
  std::string out = "From: " + mailbox(from_name, config.from) + "\r\n";
  out += "To: " + mailbox(header_text(message.person), message.address) + "\r\n";
  // An address that could break out of the header is left out, not the whole message.
  const std::string& reply_to =
      valid_address(message.reply_to) ? message.reply_to : config.reply_to;
  if (!reply_to.empty()) out += "Reply-To: " + reply_to + "\r\n";
  out += "Subject: " +
         encode_words(utf8_prefix(header_text(message.subject), k_subject_characters_max)) + "\r\n";
  out += "Date: " + format_mail_date(message.created_at) + "\r\n";
  out += "Message-ID: <" + message_id(message.id, config.from) + ">\r\n";
  if (!message.thread_id.empty()) {
    const std::string first = message_id(message.thread_id, config.from);
    out += "In-Reply-To: <" + first + ">\r\nReferences: <" + first + ">\r\n";
  }
  out += "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n";
  if (message.purpose == "ad" && !message.unsubscribe_url.empty()) {
    out += "List-Unsubscribe: <" + message.unsubscribe_url + ">\r\n";
    // One click is for https alone (RFC 8058 section 3.1); anything else is asked on the page.
    if (message.unsubscribe_url.starts_with("https://")) {
      out += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
    }
  }
  return out + "MIME-Version: 1.0\r\n";
}

}  // namespace

std::string message_id(const MessageId& id, std::string_view from_address) {
  return id.text() + "@" + std::string(from_address.substr(from_address.find('@') + 1));
}

std::string encode_words(std::string_view text) {
  if (is_plain_ascii(text) && text.size() <= k_plain_header_max &&
      text.find("=?") == std::string_view::npos) {
    return std::string(text);
  }
  std::string out;
  while (!text.empty()) {
    std::size_t size = std::min(text.size(), k_word_bytes_max);
    while (size < text.size() && size > 0 &&
           (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) {
      --size;  // a word ends between characters
    }
    out += (out.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + base64_encode(text.substr(0, size)) +
           "?=";
    text.remove_prefix(size);
  }
  return out;
}

std::string quoted_printable(std::string_view text) {
  constexpr std::string_view k_hex = "0123456789ABCDEF";
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
      out += "\r\n";
      column = 0;
      ++i;
      continue;
    }
    const bool line_ends = i + 1 >= text.size() || text[i + 1] == '\r';
    const bool plain =
        byte == '\t' || byte == ' ' ? !line_ends : byte > 0x20 && byte < 0x7f && byte != '=';
    const std::size_t width = plain ? 1 : 3;
    if (column + width > k_line_characters - 1) {
      out += "=\r\n";
      column = 0;
    }
    if (plain) {
      out += static_cast<char>(byte);
    } else {
      out += '=';
      out += k_hex[byte >> 4];
      out += k_hex[byte & 15];
    }
    column += width;
  }
  return out;
}

std::string base64_lines(std::string_view data) {
  const std::string all = base64_encode(data);
  std::string out;
  for (std::size_t at = 0; at < all.size(); at += k_line_characters) {
    if (at > 0) out += "\r\n";
    out += all.substr(at, k_line_characters);
  }
  return out;
}

Result<SmtpRequest> build_send(const Config& config, const Outgoing& message) {
  if (!valid_address(message.address) || !valid_address(config.from)) {
    return refused("address_invalid", "The address cannot be used in a message");
  }
  SmtpRequest request = build_probe(config);
  request.probe = false;
  request.rcpt_to = message.address;
  request.before_data = message.before_data;
  const std::string mark = sha256_hex(message.id.text()).substr(0, 24);
  const std::string inner = "=_a" + mark;  // "=_" stands in no quoted-printable and no base64 line
  request.data = headers(config, message);
  if (message.calendar.empty()) {
    request.data += alternative(message, inner);
  } else {
    const std::string outer = "=_m" + mark;
    request.data += "Content-Type: multipart/mixed;\r\n boundary=\"" + outer + "\"\r\n\r\n--" +
                    outer + "\r\n" + alternative(message, inner) + "--" + outer + "\r\n" +
                    attachment(message) + "--" + outer + "--\r\n";
  }
  return request;
}

}  // namespace flead::channels::email
