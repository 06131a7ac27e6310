"""Checkpoints: a folder of ``model.safetensors``, ``card.json`` and ``history.json``; never a pickle."""
