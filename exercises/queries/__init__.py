"""What the pages show, read in a fixed number of queries and given as frozen contexts."""
