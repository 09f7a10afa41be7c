"""Everything outside this product that is not Postgres: embeddings, notifications, MCP clients."""
