-- Rows of the ledger are never changed and never deleted, whoever tries: not by a fault of ours,
-- nor by hand in another program. (Corrections are new rows; books and balances go on.)
CREATE FUNCTION ledger_rows_are_kept() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN RAISE EXCEPTION ''rows of the ledger are never changed or deleted''; END';
CREATE TRIGGER ledger_transactions_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transactions
FOR EACH STATEMENT EXECUTE FUNCTION ledger_rows_are_kept();
CREATE TRIGGER ledger_moves_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_moves
FOR EACH STATEMENT EXECUTE FUNCTION ledger_rows_are_kept();
