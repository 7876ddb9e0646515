"""Google's Vertex AI: access tokens, its addresses, and Gemini's dialect at them."""
