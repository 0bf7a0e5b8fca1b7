#include "serve/outbound/curl_library.h"

#include <dlfcn.h>

#include <utility>

#include "core/base/limits.h"

namespace flead::outbound {

namespace {

template <class Function>
bool find_symbol(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

bool load_curl(CurlLibrary& curl) {
  void* library = nullptr;
  // The second is the same API over another TLS library; some systems have only that.
  for (const char* name : {"libcurl.so.4", "libcurl-gnutls.so.4"}) {
    library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library != nullptr) break;
  }
  if (library == nullptr) return false;
  const bool whole = find_symbol(library, "curl_global_init", curl.global_init) &&
                     find_symbol(library, "curl_easy_init", curl.easy_init) &&
                     find_symbol(library, "curl_easy_setopt", curl.easy_setopt) &&
                     find_symbol(library, "curl_easy_perform", curl.easy_perform) &&
                     find_symbol(library, "curl_easy_getinfo", curl.easy_getinfo) &&
                     find_symbol(library, "curl_easy_reset", curl.easy_reset) &&
                     find_symbol(library, "curl_easy_cleanup", curl.easy_cleanup) &&
                     find_symbol(library, "curl_easy_strerror", curl.easy_strerror) &&
                     find_symbol(library, "curl_slist_append", curl.slist_append) &&
                     find_symbol(library, "curl_slist_free_all", curl.slist_free_all);
  return whole && curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

}  // namespace

const CurlLibrary* curl_library() {
  static CurlLibrary curl;
  static const bool loaded = load_curl(curl);  // once, whoever comes first
  return loaded ? &curl : nullptr;
}

Easy::Easy(const CurlLibrary& library) : library_(library), handle_(library.easy_init()) {}

Easy::~Easy() {
  if (handle_ != nullptr) library_.easy_cleanup(handle_);
}

Easy::Easy(Easy&& other) noexcept
    : library_(other.library_), handle_(std::exchange(other.handle_, nullptr)) {}

CURLcode Easy::perform(char* error_buffer) {
  error_buffer[0] = '\0';
  set(CURLOPT_ERRORBUFFER, error_buffer);
  const CURLcode code = library_.easy_perform(handle_);
  set(CURLOPT_ERRORBUFFER, static_cast<char*>(nullptr));
  return code;
}

void Easy::set_common(int timeout_ms) {
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROXY, "");  // else http_proxy of the environment decides where leads go
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_CONNECTTIMEOUT_MS, long{k_connect_timeout_ms});
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_ms));
}

}  // namespace flead::outbound
