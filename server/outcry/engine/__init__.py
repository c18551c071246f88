"""All that touches the store; the only package that imports ``redis``."""
