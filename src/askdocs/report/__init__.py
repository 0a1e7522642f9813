"""Saved runs go in; one HTML page that shows them comes out, complete in itself."""
