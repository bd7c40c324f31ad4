"""The connectors against recordings, listeners and the real simulators."""
