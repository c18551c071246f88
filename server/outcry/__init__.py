"""Outcry: a live auction house for packages of non-performing loans."""

__version__ = "0.1.0"
