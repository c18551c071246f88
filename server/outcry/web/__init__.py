"""Starlette routes by area, security, pages."""
