"""What the manual pages say; ``tools/man_pages.py`` writes them."""
