// What the process says when it ends (features.md section 4, "Exit code"). Callers: run.cpp and
// the JSON error object. HTTP statuses are serve/http/problem.cpp's business.
#pragma once

#include "core/base/error.h"

namespace flead::cli {

inline constexpr int k_exit_interrupted = 130;  // SIGINT
inline constexpr int k_exit_broken_pipe = 141;  // the reader of our stdout went away
inline constexpr int k_exit_terminated = 143;   // SIGTERM

int exit_code(ErrorKind kind);

}  // namespace flead::cli
