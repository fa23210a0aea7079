"""A terminal viewer and checker for the logs of services that run together."""

__version__ = "0.1.0"
