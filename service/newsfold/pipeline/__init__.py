"""The product: articles in, stories with checked summaries out. Knows neither gRPC nor torch."""
