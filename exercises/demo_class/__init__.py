"""A class of demo students: made, driven over real HTTP, or written straight into the rows."""
