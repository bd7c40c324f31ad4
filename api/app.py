"""The application (应用): its routes and its life. `api.app:app` is made when it is asked for."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import strawberry
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route, WebSocketRoute

from api import graphiql, health, metrics
from api.door import kept_open, open_door
from api.files import fetch_file
from api.graphql import GraphQLFirst, graphql, preflight
from api.security import SecurityHeaders
from api.uploads import take_file
from api.warehouses import report
from api.webhooks import order_changed
from api.websocket import graphql_socket
from configuration.settings import Settings, settings


def create_app(settings: Settings, schema: strawberry.Schema) -> Starlette:
    """Make the application for these settings; another schema can stand in the place of ours."""
    door = open_door(settings, schema)
    routes: list[BaseRoute] = [
        Route("/graphql", preflight, methods=["OPTIONS"]),
        Route("/graphql", graphql, methods=["GET", "POST"]),
        WebSocketRoute("/graphql", graphql_socket),
        Route("/webhooks/wms/{partner}", report, methods=["POST"]),
        Route("/webhooks/{channel}", order_changed, methods=["POST"]),
        Route("/files/{token}", fetch_file),
        Route("/uploads/{token}", take_file, methods=["PUT"]),
        Route("/health/live", health.live),
        Route("/health/ready", health.ready),
        Route("/metrics", metrics.metrics),
        *(graphiql.routes() if door.has_console else ()),
    ]

    def lifespan(_app: Starlette) -> AbstractAsyncContextManager[Mapping[str, Any]]:
        return kept_open(door)

    app = Starlette(
        routes=routes, middleware=[Middleware(SecurityHeaders), Middleware(GraphQLFirst)], lifespan=lifespan
    )
    app.state.door = door
    return app


def __getattr__(name: str) -> Starlette:
    if name != "app":
        raise AttributeError(name)
    from schema.root import schema  # noqa: PLC0415 — Only a process that serves pays for building the schema.

    return create_app(settings(), schema)
