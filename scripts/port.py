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
PARENT_OF_CATEGORY = re.compile(r"""name=["']parent_id["']""")
PRIVILEGE_TERM = re.compile(r"model:ir\.module\.category,name:(\w+)\.category_")
ATTRIBUTE = re.compile(r"""(\w+)=["']([^"']*)["']""")


def port(series: str, source: Path, target: Path) -> None:
    """Copy the addons in ``source`` to ``target`` and rewrite them for ``series``."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)
    _run_upgrader(series, target)
    for path in sorted(target.rglob("*.xml")):
        _rewrite(path, port_xml)
    for path in sorted(target.glob("*/i18n/*.po*")):
        _rewrite(path, port_terms)
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
    """Put a group under a privilege, as 19.0 wants it.

    The category of a group, which is one with a parent, becomes that privilege.
    """
    head = record.lstrip().split(">", 1)[0]
    model = dict(ATTRIBUTE.findall(head)).get("model")
    if model == "ir.module.category" and PARENT_OF_CATEGORY.search(record):
        record = record.replace("ir.module.category", "res.groups.privilege", 1)
        return PARENT_OF_CATEGORY.sub('name="category_id"', record)
    if model == "res.groups":
        return CATEGORY_OF_GROUP.sub(r'<field name="privilege_id" ref="\1" />', record)
    return record


def port_terms(text: str) -> str:
    """Let the names of privileges keep the translations of their categories.

    >>> port_terms("#: model:ir.module.category,name:finance_sync.category_work")
    '#: model:res.groups.privilege,name:finance_sync.category_work'
    """
    return PRIVILEGE_TERM.sub(r"model:res.groups.privilege,name:\1.category_", text)


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
