// FLEAD_ASSERT: an invariant of our own, checked in every build. Input never reaches one: what a
// person or a peer can send is answered with an Error.
#pragma once

namespace flead {

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace flead

#define FLEAD_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::flead::assertion_failed(#condition, __FILE__, __LINE__))
