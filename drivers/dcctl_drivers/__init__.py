"""The drivers that come with dcctl. No driver imports another."""
