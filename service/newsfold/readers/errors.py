"""What is wrong with an input file, and where."""

from __future__ import annotations


class InputError(Exception):
    """A file that cannot be read as articles. Its text names file, line and field."""

    def __init__(
        self, problem: str, *, file: str, line: int | None = None, field: str | None = None
    ) -> None:
        self.problem = problem
        self.file = file
        self.line = line
        """1-based; None if the fault has no line."""
        self.field = field
        """The field, or its path such as "articles[3].date"; None if it is the whole record."""
        place = file if line is None else f"{file}:{line}"
        super().__init__(": ".join(part for part in (place, field, problem) if part))
