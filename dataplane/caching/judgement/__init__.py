"""Whether two prompts ask for the same: pure, synchronous, and able to say why.

`judge` reads both, lets every guard object, and scores what no guard blocks. Nothing here knows
requests, databases or numpy; the embedder alone loads that, when it is made.
"""
