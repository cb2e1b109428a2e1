"""The nouns that not everybody needs, one module for each: what the optional classes of drivers take and return. The others are in ``model``."""
