#include "cli/io/exit_code.h"

namespace flead::cli {

// No `default`: a new kind does not compile until it has an exit code.
int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return 2;
    case ErrorKind::not_found:
      return 3;
    case ErrorKind::unauthorized:
    case ErrorKind::forbidden:
      return 4;
    case ErrorKind::conflict:
      return 5;
    case ErrorKind::refused:
      return 6;
    case ErrorKind::provider:
      return 7;
    case ErrorKind::unmet:
      return 8;
    case ErrorKind::store:
      return 9;
    case ErrorKind::internal:
      return 1;
  }
  return 1;
}

}  // namespace flead::cli
