"""State machines as pictures: Graphviz text, Mermaid text, SVG, and a drawing for the terminal. Pure functions from a ``Picture`` to text.

    picture = Picture(driver.states, title="driver mock", current=instance.state)
    print(svg.draw(picture))

Who draws what: ``dot`` and ``mermaid`` leave the layout to those programs. ``svg`` is a layered drawing (``layers`` decides the order,
``positions`` the coordinates). ``terminal`` is a wiring diagram: one row a sentence of the machine, one lane a target state.

The layout is our own. A machine has at most nine states, and for that the known method (layers by distance from start, places kept
free for arrows and their labels, barycentres, least squares) takes some 250 lines. grandalf, the one small library for it on PyPI, was
weighed: GPL or EPL, "alpha", its newest release (0.8) is made of files from 2022, it needs pyparsing, and it knows no labels, so the half that
matters here (nothing overlaps) would remain to be written. Graphviz is a program that the reader's machine may not have.
"""
