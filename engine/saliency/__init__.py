"""What a model looks at: scores to differentiate, and maps that draw their gradients back onto pictures and words."""
