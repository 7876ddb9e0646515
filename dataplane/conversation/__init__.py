"""What was said and what is asked for, in no dialect: the form between clients and providers.

Client dialects (`dataplane/dialects/`) read requests into it and write answers from it; providers
(`dataplane/providers/`) write requests from it and read answers into it. Nothing here knows either,
and a call whose two ends speak the same dialect never takes this form.
"""
