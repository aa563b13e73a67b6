import os
from collections.abc import Iterable, Mapping as Map

LIMIT = 10
Names = list[str]


class Greeter(Base):
    """Greets people."""

    size: int = 0

    def __init__(self, name):
        self.name = name

    @property
    def length(self):
        return len(self.name)

    async def greet(self, times=1):
        for _ in range(times):
            print(os.path.join(self.name, "é"))‸


if LIMIT:

    @cache
    def plural(name: str) -> list[Greeter]:
        return [Greeter(name)]


# Joins names.
def join(names):
    return ", ".join(sorted(names))
