// libcurl, opened at first use: linking it would cost every start of the program several
// milliseconds. Callers: http_client.cpp and smtp_client.cpp; nothing outside this folder sees
// curl. Never unloaded.
#pragma once

#include <curl/curl.h>

#include <string>
#include <string_view>

namespace flead::outbound {

// Typed by the header, found by name.
struct CurlLibrary {
  decltype(&::curl_global_init) global_init = nullptr;
  decltype(&::curl_easy_init) easy_init = nullptr;
  decltype(&::curl_easy_setopt) easy_setopt = nullptr;
  decltype(&::curl_easy_perform) easy_perform = nullptr;
  decltype(&::curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&::curl_easy_reset) easy_reset = nullptr;
  decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&::curl_easy_strerror) easy_strerror = nullptr;
  decltype(&::curl_slist_append) slist_append = nullptr;
  decltype(&::curl_slist_free_all) slist_free_all = nullptr;
};

// Null when it is not on this machine; safe from many threads.
const CurlLibrary* curl_library();
// What to say then.
inline constexpr std::string_view k_curl_missing =
    "libcurl is not installed (Debian: apt install libcurl4)";

// A handle with its error text; owns neither more nor less.
class Easy {
 public:
  explicit Easy(const CurlLibrary& library);
  ~Easy();
  Easy(Easy&& other) noexcept;
  Easy& operator=(Easy&& other) = delete;
  Easy(const Easy&) = delete;

  bool ok() const { return handle_ != nullptr; }
  template <class Value>
  void set(CURLoption option, Value value) {
    library_.easy_setopt(handle_, option, value);
  }
  template <class Value>
  Value get(CURLINFO info, Value fallback) const {
    Value value = fallback;
    return library_.easy_getinfo(handle_, info, &value) == CURLE_OK ? value : fallback;
  }
  CURLcode perform(char* error_buffer);
  void reset() { library_.easy_reset(handle_); }
  // What all requests of ours share: no signals, no proxy from the environment, no redirects.
  void set_common(int timeout_ms);

 private:
  const CurlLibrary& library_;
  CURL* handle_;
};

// A curl list with an owner.
class StringList {
 public:
  explicit StringList(const CurlLibrary& library) : library_(library) {}
  ~StringList() { library_.slist_free_all(list_); }
  StringList(const StringList&) = delete;
  StringList& operator=(const StringList&) = delete;
  void add(const std::string& line) {
    if (curl_slist* longer = library_.slist_append(list_, line.c_str())) list_ = longer;
  }
  curl_slist* get() const { return list_; }

 private:
  const CurlLibrary& library_;
  curl_slist* list_ = nullptr;
};

}  // namespace flead::outbound
