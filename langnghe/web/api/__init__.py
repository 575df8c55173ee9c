"""The API for other programs, /api/v1: as thin as the console over the same services, with the same rights."""
