-- Takes a batch in: one record, a JSON object, a line.
COPY staged (record) FROM STDIN
