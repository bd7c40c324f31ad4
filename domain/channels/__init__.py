"""Channels (渠道): shops, what they list, how far they are read."""

from domain.channels import models as models
