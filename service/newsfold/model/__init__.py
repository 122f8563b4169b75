"""All that knows torch and transformers."""
