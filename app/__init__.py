"""Twoview in the browser: Streamlit pages that ask the engine and draw."""
