"""Port our addons from 17.0 to a later series: Odoo's own upgrader, then our rules.

The upgrader is called in-process on a copy. Its command line form would rewrite every
addons path that is configured, Odoo's own included.

Run by the Python of the later series: ``python -m scripts.port 19.0 SOURCE TARGET``.
"""

import re
import shutil
import sys
from pathlib import Path

WRITTEN_FOR = "17.0"

CHATTER = re.compile(
    r"""<div\s+class=["']oe_chatter["']\s*>.*?</div>""", flags=re.DOTALL
)
CRON_FIELDS = re.compile(
    r"""^[ \t]*<field\s+name=["'](?:numbercall|doall)["'].*?(?:/>|</field>)[ \t]*\n""",
    flags=re.MULTILINE,
)
MANIFEST_VERSION = re.compile(
    rf"""(["']version["']\s*:\s*["']){re.escape(WRITTEN_FOR)}\."""
)
RECORD = re.compile(r"""[ \t]*<record\b[^>]*>.*?</record>[ \t]*\n?""", flags=re.DOTALL)
CATEGORY_OF_GROUP = re.compile(
    r"""<field\s+name=["']category_id["']\s+ref=["']([\w.]+)["']\s*/>"""
)
ATTRIBUTE = re.compile(r"""(\w+)=["']([^"']*)["']""")


def port(series: str, source: Path, target: Path) -> None:
    """Copy the addons in ``source`` to ``target`` and rewrite them for ``series``."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)
    _run_upgrader(series, target)
    for path in sorted(target.rglob("*.xml")):
        _rewrite(path, port_xml)
    for path in sorted(target.glob("*/__manifest__.py")):
        _rewrite(path, lambda text: MANIFEST_VERSION.sub(rf"\g<1>{series}.", text))


def port_xml(text: str) -> str:
    """Rewrite one data or view file from 17.0 to 19.0.

    >>> port_xml('<div class="oe_chatter"><field name="message_ids"/></div>')
    '<chatter/>'
    """
    text = CHATTER.sub("<chatter/>", text)
    text = CRON_FIELDS.sub("", text)
    return RECORD.sub(lambda found: _port_group(found[0]), text)


def _port_group(record: str) -> str:
    """Give a group a privilege of its category, as 19.0 wants it.

    All groups of one category share the privilege; declaring it again with each of
    them is harmless, it is one record.
    """
    head = record.lstrip().split(">", 1)[0]
    attributes = dict(ATTRIBUTE.findall(head))
    category = CATEGORY_OF_GROUP.search(record)
    if attributes.get("model") != "res.groups" or not category:
        return record
    local = category[1].rpartition(".")[2]
    privilege = f"privilege_{local}"
    pad = re.match(r"[ \t]*", record)[0]
    declared = (
        f'{pad}<record id="{privilege}" model="res.groups.privilege">\n'
        f'{pad}    <field name="name">{_title(local)}</field>\n'
        f'{pad}    <field name="category_id" ref="{category[1]}" />\n'
        f"{pad}</record>\n"
    )
    reference = f'<field name="privilege_id" ref="{privilege}" />'
    return declared + CATEGORY_OF_GROUP.sub(reference, record)


def _title(local_id: str) -> str:
    words = re.sub(r"^(module_)?category_", "", local_id).split("_")
    return " ".join(words).title()


def _rewrite(path: Path, change) -> None:
    before = path.read_text()
    after = change(before)
    if after != before:
        path.write_text(after)


def _run_upgrader(series: str, target: Path) -> None:
    from odoo.cli.upgrade_code import migrate
    from odoo.tools.parse_version import parse_version

    migrate([str(target)], "**/*", parse_version(WRITTEN_FOR), parse_version(series))


if __name__ == "__main__":
    port(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
