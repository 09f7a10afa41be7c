"""The JSON calls of `/v1`, one file a subject."""
