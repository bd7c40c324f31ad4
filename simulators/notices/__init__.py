"""A receiver of notices (消息接收方): keeps what it was told."""
