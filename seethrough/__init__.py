"""What a cell of this course may import: pictures made from real runs, and exercise checks.

Pure Python, standard library only, so that the same files serve Jupyter, validation and the
reader's browser tab. Import from the submodules; each is small and says where its method is from:

- `seethrough.picture`: the SVG that every other module draws with
- `seethrough.measure`: timings, printed so that validation knows they were measured
- `seethrough.exercises`: `check`, `hint`, `solution`
- `seethrough.quiz`: `quiz`
- `seethrough.versions`: `%%py 3.14`, a cell that is about one version of Python
"""
