"""Settings of a server that computes every answer: nothing shared, nothing kept for reuse."""

NOTHING_KEPT = {
    "NEWSFOLD_COALESCE": "false",
    "NEWSFOLD_EMBED_CACHE_ENTRIES": "0",
    "NEWSFOLD_WRITE_CACHE_ENTRIES": "0",
    "NEWSFOLD_STATE_CACHE_MIB": "0",
}
"""Environment variables and what to set them to."""
