"""The one training loop and its mini-batches."""
