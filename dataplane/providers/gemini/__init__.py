"""Google's own dialect (`generateContent`), which the Gemini API and Vertex AI speak."""
