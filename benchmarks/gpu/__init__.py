"""What a graphics card changes: tests, training, encoding and search on it. Without one every part says so and nothing fails."""
