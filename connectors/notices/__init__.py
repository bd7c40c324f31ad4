"""Webhooks of people and teams (消息推送): one port, one file per protocol."""
