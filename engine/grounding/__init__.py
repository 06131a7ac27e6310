"""Phrases and the regions they name: proposals, region features, Algorithm 1's batches, and pictures of one's own grounded."""
