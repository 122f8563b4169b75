"""All that knows gRPC."""
