-- Reservations that outlived their call: whoever held them is gone. Their stored records are booked
-- by `settle` in the same transaction, as estimates at the reserved amount.
SELECT record, balances FROM budgets_reservation
WHERE expires_at < now()
ORDER BY request_id
LIMIT %(most)s
FOR UPDATE SKIP LOCKED
