"""All sockets of a process: by account, whose number is limited, and by session, with which they end."""

from collections import Counter, defaultdict

from .session import Session


class Registry:
    def __init__(self) -> None:
        self.sockets: Counter[str] = Counter(watcher=0, bidder=0, operator=0)
        """By role."""
        self._all: set[Session] = set()
        self._accounts: Counter[str] = Counter()
        self._sessions: defaultdict[str, set[Session]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, session: Session) -> None:
        identity = session.identity
        self._all.add(session)
        self.sockets[identity.role] += 1
        if identity.account is not None:
            self._accounts[identity.account] += 1
        if identity.session is not None:
            self._sessions[identity.session].add(session)

    def discard(self, session: Session) -> None:
        if session not in self._all:
            return
        identity = session.identity
        self._all.discard(session)
        self.sockets[identity.role] -= 1
        if identity.account is not None:
            self._accounts[identity.account] -= 1
            if not self._accounts[identity.account]:
                del self._accounts[identity.account]
        if identity.session is not None:
            self._sessions[identity.session].discard(session)
            if not self._sessions[identity.session]:
                del self._sessions[identity.session]

    def all(self) -> list[Session]:
        return list(self._all)

    def of_account(self, account: str) -> int:
        """How many sockets an account has."""
        return self._accounts[account]

    def session_keys(self) -> set[str]:
        return set(self._sessions)

    def of_session(self, key: str) -> list[Session]:
        return list(self._sessions.get(key, ()))
