"""The explorer: a page for teaching, on which one simulated region is watched week by week.

`choices` is what a reader may choose, `watch` the run with what is read off it, `charts` the
drawings (SVG as text), `page` the Solara page on Mesa's visualisation, `server` what serves it to
this machine alone. Only `page` and `server` need the extra `explore`.
"""
