"""Learned spaces side by side: 2-D layouts to look at, and measures in the original dimension to believe."""
