"""Moving bytes to and from the agency's server."""
