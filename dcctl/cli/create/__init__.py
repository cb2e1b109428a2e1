"""``dcctl instance create``."""
