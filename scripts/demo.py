"""``./dev demo``: the main job on the sample group."""


def run(wanted: str | None, *, once: bool) -> int:
    """Play it; ``once`` ends after the table. The exit code says if all is right."""
    from tests import demo

    return demo.main(wanted, once)
