"""`python -m coursekit`: what `course.py` hands over to."""

from coursekit.cli import main

main()
