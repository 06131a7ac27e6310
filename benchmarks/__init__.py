"""What is fast, and by how much: every ratio from one run of ``python -m benchmarks``."""
