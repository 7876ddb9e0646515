"""Bedrock's dialect: Converse, its binary streams, and its lists. Signatures are not checked."""
