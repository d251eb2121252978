"""One module for each page that is made from code: its text, and the tables put into it."""
