"""Simulated marketplaces (模拟平台): strict strangers that answer as the real platforms do, traps included."""
