"""The business: one folder per capability, in one strict order. Down: call. Up: event."""
