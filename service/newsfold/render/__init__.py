"""Answers of the service as text for a terminal, as Markdown and as JSON.

Everything here reads the messages of the contract and the articles that were sent; it makes no
call and knows no server.
"""

from newsfold.render.clusters import clusters_text
from newsfold.render.info import info_text
from newsfold.render.json import to_json
from newsfold.render.ledger import ledger_table
from newsfold.render.markdown import summaries_markdown
from newsfold.render.text import rejected_text, story_text, summaries_text, usage_text

__all__ = [
    "clusters_text",
    "info_text",
    "ledger_table",
    "rejected_text",
    "story_text",
    "summaries_markdown",
    "summaries_text",
    "to_json",
    "usage_text",
]
