"""The one training loop, mini-batches, and checkpoints."""
