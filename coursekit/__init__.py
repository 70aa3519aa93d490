"""The course's machinery behind `course.py`: validation, build, checks and exports."""

import sys

# jsonschema (below nbformat, below everything here) tries to import this parser for one string
# format that notebooks do not use. Importing it compiles a grammar: 2 seconds in every process.
# `None` makes the import fail at once, which jsonschema is prepared for.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
