// One fuzz target: a function that must survive any bytes, and may FLEAD_ASSERT what must hold for
// them. NAME_fuzz.cpp defines it with FLEAD_FUZZ(NAME) and tests/fuzz/CMakeLists.txt lists NAME;
// beside it may lie dictionaries/NAME.dict (libFuzzer's format) and a folder corpus/NAME of seeds.
// Under clang's libFuzzer (preset `fuzz`) each target is a program of its own; everywhere else all
// are in flead_fuzz (driver.cpp), which CTest runs for a fixed number of inputs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/assert.h"

namespace flead::fuzz {

using Target = void (*)(std::string_view input);

// Makes the target known to the driver; the value has no meaning.
int add_target(const char* name, Target target);

}  // namespace flead::fuzz

#ifdef FLEAD_LIBFUZZER
#define FLEAD_FUZZ_ENTRY(name)                                                        \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    fuzz_##name(std::string_view(reinterpret_cast<const char*>(data), size));         \
    return 0;                                                                         \
  }
#else
#define FLEAD_FUZZ_ENTRY(name) \
  static const int fuzz_added_##name = ::flead::fuzz::add_target(#name, fuzz_##name);
#endif

#define FLEAD_FUZZ(name)                           \
  static void fuzz_##name(std::string_view input); \
  FLEAD_FUZZ_ENTRY(name)                           \
  static void fuzz_##name(std::string_view input)
