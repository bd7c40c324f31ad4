"""Feedback to channels as clients see it. Enums are registered before any field names them."""

import strawberry

from domain import feedback

strawberry.enum(feedback.FeedbackKind, description="What a channel is told of an order.")
strawberry.enum(feedback.FeedbackStatus, description="Whether a channel knows what it is told.")
