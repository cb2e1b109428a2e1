"""Getting into instances: what ``dcctl instance ssh`` and its relatives do."""
