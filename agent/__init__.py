"""The reference agent that answers queries from the knowledge."""
