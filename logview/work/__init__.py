"""Processes that do a part of the work beside this one. Knows no log and no file."""
