"""What a checkpoint gives to others: its embedding functions as ONNX, its embeddings as Parquet."""
