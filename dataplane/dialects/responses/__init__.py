"""OpenAI's Responses API as clients speak it, over every provider that does not.

Nothing is stored: what refers to an earlier response is refused, and every answer says
`store: false`. What a provider wants back on the next turn travels in `encrypted_content`.
"""
