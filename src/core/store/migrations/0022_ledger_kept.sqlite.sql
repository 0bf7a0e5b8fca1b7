-- Rows of the ledger are never changed and never deleted, whoever tries: not by a fault of ours,
-- nor by hand in another program. (Corrections are new rows; books and balances go on.)
CREATE TRIGGER ledger_transactions_not_changed BEFORE UPDATE ON ledger_transactions
BEGIN SELECT RAISE(ABORT, 'rows of the ledger are never changed'); END;
CREATE TRIGGER ledger_transactions_not_deleted BEFORE DELETE ON ledger_transactions
BEGIN SELECT RAISE(ABORT, 'rows of the ledger are never deleted'); END;
CREATE TRIGGER ledger_moves_not_changed BEFORE UPDATE ON ledger_moves
BEGIN SELECT RAISE(ABORT, 'rows of the ledger are never changed'); END;
CREATE TRIGGER ledger_moves_not_deleted BEFORE DELETE ON ledger_moves
BEGIN SELECT RAISE(ABORT, 'rows of the ledger are never deleted'); END;
