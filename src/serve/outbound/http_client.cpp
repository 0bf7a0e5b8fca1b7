#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "serve/outbound/clients.h"

namespace flead::outbound {

namespace {

using channels::HttpReply;
using channels::HttpRequest;

struct Body {
  std::string& text;
  std::size_t bytes_max;
};

std::size_t collect_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& body = *static_cast<Body*>(user);
  const std::size_t bytes = size * count;
  if (body.text.size() + bytes > body.bytes_max) return 0;  // the library stops here
  body.text.append(data, bytes);
  return bytes;
}

std::size_t collect_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& headers = *static_cast<std::vector<std::pair<std::string, std::string>>*>(user);
  const std::string_view line(data, size * count);
  const std::size_t colon = line.find(':');
  if (line.starts_with("HTTP/")) headers.clear();  // a 100 Continue came before
  if (colon != std::string_view::npos && headers.size() < k_headers_max) {
    headers.emplace_back(ascii_lower(line.substr(0, colon)),
                         std::string(trim(line.substr(colon + 1))));
  }
  return line.size();
}

// A header that could break out of its line is left out: builders never make one.
void add_headers(StringList& list, const HttpRequest& request) {
  for (const auto& [name, value] : request.headers) {
    if (!has_control_characters(name) && !has_control_characters(value)) {
      list.add(name + ": " + value);
    }
  }
  list.add("Expect:");  // no waiting for 100 Continue
}

std::optional<std::string> read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return text;
}

// Certificates of one channel beside the system's: naming a file alone would replace those. Fails
// for a file that cannot be read.
bool add_certificates(Easy& easy, const std::string& ca_file, std::string& bundle) {
  const auto extra = read_whole(ca_file);
  if (!extra) return false;
  const char* const usual = easy.get(CURLINFO_CAINFO, static_cast<const char*>(nullptr));
  if (usual != nullptr) bundle = read_whole(usual).value_or("");
  bundle += "\n" + *extra;
  curl_blob blob{bundle.data(), bundle.size(), CURL_BLOB_NOCOPY};  // `bundle` outlives the call
  easy.set(CURLOPT_CAINFO_BLOB, &blob);
  return true;
}

}  // namespace

HttpReply http_call(const HttpRequest& request) {
  HttpReply reply;
  const CurlLibrary* library = curl_library();
  if (library == nullptr) {
    reply.error = std::string(k_curl_missing);
    return reply;
  }
  Easy easy(*library);
  if (!easy.ok()) {
    reply.error = "no handle";
    return reply;
  }
  StringList headers(*library);
  add_headers(headers, request);
  easy.set_common(request.timeout_ms);
  easy.set(CURLOPT_PROTOCOLS_STR, "https,http");
  easy.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  easy.set(CURLOPT_URL, request.url.c_str());
  easy.set(CURLOPT_USERAGENT, "flead");
  easy.set(CURLOPT_HTTPHEADER, headers.get());
  if (request.method == "POST") {
    easy.set(CURLOPT_POST, 1L);
  } else if (request.method != "GET") {
    easy.set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  if (request.method != "GET") {
    easy.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    easy.set(CURLOPT_POSTFIELDS, request.body.data());
  }
  easy.set(CURLOPT_WRITEFUNCTION, &collect_body);
  Body body{reply.body, request.reply_bytes_max == 0 ? k_reply_bytes_max : request.reply_bytes_max};
  easy.set(CURLOPT_WRITEDATA, static_cast<void*>(&body));
  easy.set(CURLOPT_HEADERFUNCTION, &collect_header);
  easy.set(CURLOPT_HEADERDATA, static_cast<void*>(&reply.headers));
  if (!request.proxy.empty()) easy.set(CURLOPT_PROXY, request.proxy.c_str());
  std::string bundle;
  if (!request.ca_file.empty() && !add_certificates(easy, request.ca_file, bundle)) {
    reply.error = "the certificates of --ca-file cannot be read";
    reply.untrusted = true;
    return reply;
  }
  std::array<char, CURL_ERROR_SIZE> error{};
  const CURLcode code = easy.perform(error.data());
  const long status = easy.get(CURLINFO_RESPONSE_CODE, 0L);
  if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && status != 0)) {
    reply.status = static_cast<int>(status);
    reply.retry_after_ms =
        static_cast<std::int64_t>(easy.get(CURLINFO_RETRY_AFTER, curl_off_t{0})) * k_second_ms;
    if (code != CURLE_OK) reply.error = "the reply is too large";
    return reply;
  }
  // Cut off within the answer counts as no answer. Bytes of the request that left mean that the
  // provider may have acted on it.
  reply.body.clear();
  reply.untrusted = code == CURLE_PEER_FAILED_VERIFICATION;
  reply.error = error[0] != '\0' ? error.data() : library->easy_strerror(code);
  reply.may_have_acted = easy.get(CURLINFO_REQUEST_SIZE, 0L) > 0 ||
                         easy.get(CURLINFO_SIZE_UPLOAD_T, curl_off_t{0}) > 0;
  return reply;
}

}  // namespace flead::outbound
