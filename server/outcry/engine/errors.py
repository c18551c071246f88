"""What can go wrong between the house and its store."""


class StoreError(Exception):
    """Base of everything the engine raises."""


class Unavailable(StoreError):
    """The store could not be reached; nothing was sent, nothing will be decided."""


class Unknown(StoreError):
    """The command was sent and no answer came: it may have been decided. Ask again with the same id."""


class CommandError(Unknown):
    """The store answered with an error that no script gives: rights, redirection, a bug. It may have acted."""


class NoStore(StoreError):
    """No store is configured and none could be started."""


class NotDurable(StoreError):
    """The store's settings could lose an acknowledged bid."""


class Unfit(StoreError):
    """The store cannot do what an auction asks of it."""


class Locked(StoreError):
    """Another house holds the data folder."""
