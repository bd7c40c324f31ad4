"""The door (大门): HTTP and WebSocket. What comes in is bounded, known and logged before the business sees it."""
