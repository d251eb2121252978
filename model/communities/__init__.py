"""The table of communities: built in, from a file, from lists, or invented.

What a world draws for them is in `world/communities.py`.
"""
