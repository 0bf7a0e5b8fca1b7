// Takes away what keeps the ledger's rows from being changed, for cases about what is found when
// somebody has done so.
#pragma once

#include <string>

#include "core/store/store.h"

namespace flead::test {

inline Status drop_ledger_guards(store::Tx& tx) {
  for (const char* table : {"ledger_transactions", "ledger_moves"}) {
    for (const char* what : {"changed", "deleted"}) {
      FLEAD_CHECK(tx.exec("DROP TRIGGER IF EXISTS " + std::string(table) + "_not_" + what));
    }
  }
  return {};
}

}  // namespace flead::test
