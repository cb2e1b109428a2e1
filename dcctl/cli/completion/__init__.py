"""Completion scripts for shells, made from the tree of commands.

They are static: the shell answers by itself, and dcctl runs only to list names of instances, images, profiles and so on.
"""
