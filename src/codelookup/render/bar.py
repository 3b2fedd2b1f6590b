"""A progress bar on stderr, for work that takes longer than a second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    import rich.progress

PATIENCE = 1.0
"""Seconds that work may take before a bar is drawn for it."""


class Bar:
    """Draws on a terminal how far work has come; ``width`` in columns.

    ``say`` writes a sentence where the bar would be in its way, ``stop`` takes the bar off.
    """

    def __init__(self, stream: TextIO, width: int, color: bool) -> None:
        self.stream = stream
        self.width = width
        self.color = color
        self.what = ""
        self.since = 0.0
        self.drawn: rich.progress.Progress | None = None

    def progress(self, what: str, done: int, total: int) -> None:
        if what != self.what:
            self.stop()
            self.what, self.since = what, time.monotonic()
        if self.drawn is None and time.monotonic() - self.since > PATIENCE:
            self._draw()
        if self.drawn is not None:
            self.drawn.update(self.drawn.task_ids[0], completed=done, total=total or None)

    def say(self, message: str) -> None:
        self.stop()
        self.stream.write(message.rstrip("\n") + "\n")
        self.stream.flush()

    def stop(self) -> None:
        if self.drawn is not None:
            self.drawn.stop()
        self.drawn, self.what = None, ""

    def _draw(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
        from rich.table import Column

        self.drawn = Progress(
            TextColumn(
                "{task.description}",
                markup=False,
                table_column=Column(no_wrap=True, overflow="ellipsis", ratio=2),
            ),
            BarColumn(bar_width=None, table_column=Column(ratio=1)),
            TaskProgressColumn(),
            console=Console(
                file=self.stream, width=self.width, force_terminal=True, no_color=not self.color
            ),
            transient=True,
            expand=True,
        )
        self.drawn.add_task(self.what, total=None)
        self.drawn.start()
