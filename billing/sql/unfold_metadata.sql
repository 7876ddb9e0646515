-- Gives metadata that was folded a month ago another chance to be told apart in the rollup.
DELETE FROM usage_foldedmetadata WHERE since < now() - interval '30 days'
