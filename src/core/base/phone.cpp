#include "core/base/phone.h"

#include <dlfcn.h>
#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>
#include <algorithm>
#include <optional>
#include <type_traits>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace flead {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

// The few functions of libphonenumber that are used, found by their names in the library when the
// first number comes. A member function is called as a plain one with the object in front: that is
// what the C++ ABI of every system with this library says. The headers give types and sizes only.
struct PhoneLibrary {
  PhoneNumberUtil* (*get_instance)() = nullptr;
  PhoneNumberUtil::ErrorType (*parse)(const PhoneNumberUtil*, const std::string& text,
                                      const std::string& region, PhoneNumber*) = nullptr;
  PhoneNumberUtil::ValidationResult (*possible)(const PhoneNumberUtil*,
                                                const PhoneNumber&) = nullptr;
  bool (*valid)(const PhoneNumberUtil*, const PhoneNumber&) = nullptr;
  void (*format)(const PhoneNumberUtil*, const PhoneNumber&, PhoneNumberUtil::PhoneNumberFormat,
                 std::string*) = nullptr;
  int (*country_code)(const PhoneNumberUtil*, const std::string& region) = nullptr;
  void (*construct)(PhoneNumber*, google::protobuf::Arena*, bool message_owned) = nullptr;
  void (*destroy)(PhoneNumber*) = nullptr;

  const PhoneNumberUtil* util = nullptr;  // nothing: the library is not there or lacks a function
};

constexpr char k_phone_library[] = "libphonenumber.so.8";

// Parts of the mangled names; `kind` is "K" for a const member function.
#define FLEAD_PHONE_NAME(kind, rest) "_ZN" kind "4i18n12phonenumbers" rest
#define FLEAD_PHONE_STRING "NSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"

PhoneLibrary load_phone_library() {
  PhoneLibrary library;
  void* const handle = dlopen(k_phone_library, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return library;
  bool complete = true;
  const auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, name));
    complete = complete && function != nullptr;
  };
  find(library.get_instance, FLEAD_PHONE_NAME("", "15PhoneNumberUtil11GetInstanceEv"));
  find(library.parse, FLEAD_PHONE_NAME("K", "15PhoneNumberUtil5ParseERK" FLEAD_PHONE_STRING
                                            "S9_PNS0_11PhoneNumberE"));
  find(library.possible, FLEAD_PHONE_NAME("K",
                                          "15PhoneNumberUtil26IsPossibleNumberWithReason"
                                          "ERKNS0_11PhoneNumberE"));
  find(library.valid,
       FLEAD_PHONE_NAME("K", "15PhoneNumberUtil13IsValidNumberERKNS0_11PhoneNumberE"));
  find(library.format,
       FLEAD_PHONE_NAME("K",
                        "15PhoneNumberUtil6FormatERKNS0_11PhoneNumberENS1_17PhoneNumberFormat"
                        "EP" FLEAD_PHONE_STRING));
  find(library.country_code,
       FLEAD_PHONE_NAME("K", "15PhoneNumberUtil23GetCountryCodeForRegionERK" FLEAD_PHONE_STRING));
  find(library.construct, FLEAD_PHONE_NAME("", "11PhoneNumberC1EPN6google8protobuf5ArenaEb"));
  find(library.destroy, FLEAD_PHONE_NAME("", "11PhoneNumberD1Ev"));
  if (complete) library.util = library.get_instance();
  return library;
}

// Never unloaded: the library keeps its tables until the process ends.
const PhoneLibrary& phone_library() {
  static const PhoneLibrary k_library = load_phone_library();
  return k_library;
}

Error phone_library_missing() {
  Error error = internal_error("Phone numbers cannot be read: libphonenumber is not installed.");
  error.code = "phone_library_missing";
  error.hint = "Install it: apt-get install libphonenumber8";
  return error;
}

// A PhoneNumber made and destroyed by the library.
class PhoneNumberBox {
 public:
  explicit PhoneNumberBox(const PhoneLibrary& library) : library_(library) {
    library_.construct(get(), nullptr, false);
  }
  ~PhoneNumberBox() { library_.destroy(get()); }
  PhoneNumberBox(const PhoneNumberBox&) = delete;
  PhoneNumberBox& operator=(const PhoneNumberBox&) = delete;
  PhoneNumber* get() { return reinterpret_cast<PhoneNumber*>(bytes_); }

 private:
  const PhoneLibrary& library_;
  alignas(PhoneNumber) unsigned char bytes_[sizeof(PhoneNumber)];
};

std::string phone_region(std::string_view region) {
  std::string out(region);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return out;
}

bool is_e164(std::string_view text) {
  constexpr std::size_t k_digits_max = 15;
  return text.size() >= 2 && text.size() <= k_digits_max + 1 && text.front() == '+' &&
         text.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

// What a stored number is read as; empty when it cannot be read.
std::string read_e164(const PhoneLibrary& library, const std::string& e164) {
  PhoneNumberBox number(library);
  std::string again;
  if (library.parse(library.util, e164, "ZZ", number.get()) == PhoneNumberUtil::NO_PARSING_ERROR) {
    library.format(library.util, *number.get(), PhoneNumberUtil::E164, &again);
  }
  return again;
}

}  // namespace

namespace {

// "8 916 …" and "7 916 …" with ten more digits: how Russians and Kazakhs write their numbers,
// which means nothing in a country that does not begin numbers so.
bool is_russian_writing(std::string_view typed) {
  std::string digits;
  for (const char c : typed) {
    if (c >= '0' && c <= '9') digits += c;
    else if (std::string_view(" ()-.\t").find(c) == std::string_view::npos) return false;
  }
  return digits.size() == 11 && (digits[0] == '7' || digits[0] == '8') && digits[1] >= '3';
}

// What nearly every lead in Russia types, without the library's 50 µs: a mobile number of ten
// digits that begins with 9, behind +7 anywhere and behind 8 or 7 at home. All of these are one
// range; the test compares both ways.
std::optional<Phone> read_russian_mobile(std::string_view typed, std::string_view region) {
  constexpr std::size_t k_digits = 11;
  constexpr std::string_view k_separators = " ()-";
  const bool plus = typed.starts_with('+');
  if (!plus && phone_region(region) != "RU") return std::nullopt;
  std::string e164 = "+";
  for (const char c : typed.substr(plus ? 1 : 0)) {
    if (c >= '0' && c <= '9') {
      e164 += c;
    } else if (k_separators.find(c) == std::string_view::npos) {
      return std::nullopt;
    }
  }
  if (e164.size() != 1 + k_digits || e164[2] != '9') return std::nullopt;
  if (e164[1] != '7' && (plus || e164[1] != '8')) return std::nullopt;
  e164[1] = '7';
  return Phone{std::move(e164), true};
}

// Country code and number together; shorter ones are of an exchange or a service, not a person's.
constexpr std::size_t k_phone_digits_min = 8;

Result<Phone> parse_phone_in(std::string_view typed, std::string_view region) {
  const Error invalid =
      refused_field("phone", "phone_invalid", "The phone number cannot be a real one.");
  typed = trim(typed);
  if (typed.empty() || !valid_utf8(typed) || has_control_characters(typed) ||
      utf8_length(typed) > k_phone_characters_max) {
    return invalid;
  }
  const PhoneLibrary& library = phone_library();
  if (library.util == nullptr) return phone_library_missing();

  PhoneNumberBox number(library);
  if (library.parse(library.util, std::string(typed), phone_region(region), number.get()) !=
      PhoneNumberUtil::NO_PARSING_ERROR) {
    return invalid;
  }
  // A number that only works inside its town (IS_POSSIBLE_LOCAL_ONLY) cannot be called from here.
  if (library.possible(library.util, *number.get()) != PhoneNumberUtil::IS_POSSIBLE) return invalid;
  Phone phone;
  phone.valid = library.valid(library.util, *number.get());
  library.format(library.util, *number.get(), PhoneNumberUtil::E164, &phone.e164);
  if (!is_e164(phone.e164) || phone.e164.size() < 1 + k_phone_digits_min) return invalid;
  // "+49 (0) 00 00 01" would be stored as +490000001 and read from there as +49000001: such a
  // number, of no known range, reaches nobody.
  if (!phone.valid && read_e164(library, phone.e164) != phone.e164) return invalid;
  return phone;
}

}  // namespace

Result<Phone> parse_phone(std::string_view typed, std::string_view region) {
  if (typed.size() <= k_phone_characters_max) {
    if (auto mobile = read_russian_mobile(trim(typed), region)) return std::move(*mobile);
  }
  auto phone = parse_phone_in(typed, region);
  if (phone || phone.error().code != "phone_invalid" || !is_russian_writing(trim(typed))) {
    return phone;
  }
  auto russian = parse_phone_in(typed, "RU");
  return russian ? std::move(russian) : std::move(phone);
}

Result<bool> is_phone_region(std::string_view region) {
  if (region.size() != 2) return false;
  const PhoneLibrary& library = phone_library();
  if (library.util == nullptr) return phone_library_missing();
  return library.country_code(library.util, std::string(region)) != 0;
}

std::string format_phone(std::string_view e164) {
  std::string text(e164);
  if (!is_e164(e164)) return text;
  const PhoneLibrary& library = phone_library();
  if (library.util == nullptr) return text;
  PhoneNumberBox number(library);
  if (library.parse(library.util, text, "ZZ", number.get()) == PhoneNumberUtil::NO_PARSING_ERROR) {
    library.format(library.util, *number.get(), PhoneNumberUtil::INTERNATIONAL, &text);
  }
  return text;
}

}  // namespace flead
