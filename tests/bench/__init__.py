"""Benchmarks: whole processes side by side in one run, reported as ratios of medians. Not tests: nothing fails for being slow."""
