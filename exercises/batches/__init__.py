"""The work of a regrade batch: claimed by lease, done in short slices, resumed after a kill."""
