"""The steps that touch the world, one verb a file."""
