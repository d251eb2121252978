"""The report of a results folder: one HTML file that needs nothing else, for people who decide.

answer (three sentences) and table (the comparison), sections (a question, its figure, its numbers),
banners (what a reader must know first), appendix (assumptions, precision, provenance, words);
build puts them into page.html.
"""
