"""Whether a request would pass: a program of its own, `python -m dataplane.check`.

It reads questions on standard input, one JSON object a line, and answers each with one. Key, route,
worst case, budgets and refusals are judged by the code that serves calls; nothing is reserved,
nobody is called, and nothing is booked. It ends with its input, or after minutes without a
question.
"""
