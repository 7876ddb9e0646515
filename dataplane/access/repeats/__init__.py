"""The same request again and again: counted in memory, held back where the key says so, told."""
