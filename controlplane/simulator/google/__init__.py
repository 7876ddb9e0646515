"""Google's dialect, as the Gemini API and Vertex serve it."""
