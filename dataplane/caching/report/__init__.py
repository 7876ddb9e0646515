"""The judgement measured on labelled pairs: how much each policy serves, and how wrong it is."""
