"""The public protocol, declared once: AsyncAPI, OpenAPI and the page that explains it are generated from here."""

from .frames import frame_schema
from .reference import protocol_reference

__all__ = ["frame_schema", "protocol_reference"]
