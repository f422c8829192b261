"""Studio: the page where a network is built, watched as it learns, and taken away. A thin face over recipe and fit.

The server (`server.py`, `gate.py`, `page.py`, `visitor.py`) does no numerical work and imports no torch. Each visitor
has a process (`session.py`) that holds one `Workshop`: the recipe, its fit, and what the page is told of them. In the
browser `components/` has one component for each view. What they say to each other stands in `docs/studio.md`.
"""
