"""Input files -> articles, each with the place it came from.

`.txt` (the first line is the title), `.json` (one article, a list, or {"articles": [...]}),
`.jsonl` (one article a line), `.html`; any other name, and standard input, is told by its first
characters. Nothing is skipped: a file or record that is not an article raises `InputError`.
"""

from newsfold.readers.errors import InputError
from newsfold.readers.files import (
    MAX_FILE_BYTES,
    ReadArticle,
    bytes_of,
    read_bytes,
    read_file,
    read_labelled,
)

__all__ = [
    "MAX_FILE_BYTES",
    "InputError",
    "ReadArticle",
    "bytes_of",
    "read_bytes",
    "read_file",
    "read_labelled",
]
