"""Who may act (身份): staff, roles, API clients, sign-in."""

from domain.identity import models as models
