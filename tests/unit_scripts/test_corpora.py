"""Published documents: what of an archive is kept, and how a run is summed up."""

import io
import tarfile
from pathlib import Path

import pytest

from scripts import corpora
from scripts.console import DevError
from tests.corpora.documents import DAY, Document, filled
from tests.corpora.report import Outcome, Report


def archive(path, *names):
    with tarfile.open(path, "w:gz") as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(name)
            tar.addfile(member, io.BytesIO(name.encode()))
    return path


def test_only_documents_of_tests_are_kept_and_none_outside(tmp_path):
    target = tmp_path / "target"
    target.mkdir()
    names = ("x/tests/a.xml", "x/tests/../../../b.pdf", "x/tests/c.py", "x/src/d.xml")
    corpora._keep_documents(archive(tmp_path / "x.tar.gz", *names), target)
    assert sorted(path.name for path in target.iterdir()) == ["a.xml", "b.pdf"]
    assert not (tmp_path.parent / "b.pdf").exists()


def test_without_the_documents_it_is_said(monkeypatch, capsys):
    def fail():
        raise DevError("no index could be reached")

    monkeypatch.setattr(corpora, "factur_x", fail)
    assert corpora.environment() == {}
    assert "no index could be reached" in "".join(capsys.readouterr())


def test_places_left_open_are_filled_each_with_another_value():
    mark = "___ignore___"
    data = f"<a><Date>{mark}</Date><i k='{mark}'>{mark}</i><i>{mark}</i></a>".encode()
    found = filled(data).decode()
    assert f"<Date>{DAY}</Date>" in found
    assert '<i k="open-2">open-1</i><i>open-3</i>' in found


def document(name, source="theirs"):
    return Document(source, name, Path(name))


def test_a_document_is_wrong_unless_its_check_ends():
    report = Report()
    with report.checked(document("good.xml")) as entry:
        entry.outcome = Outcome.EQUAL
    with (
        pytest.raises(AssertionError),
        report.checked(document("bad.xml")) as entry,
    ):
        entry.outcome = Outcome.EQUAL
        raise AssertionError
    report.absent("others")
    shown = report.render()
    head, _line, theirs, others, both, *_held = shown.splitlines()
    assert head.split()[-1] == "Wrong"
    assert theirs.split() == ["theirs", "2", "1", "0", "0", "0", "0", "1"]
    assert others.startswith("others (not there)")
    assert both.split() == ["all", "2", "1", "0", "0", "0", "0", "1"]
    assert "bad.xml" in shown
    assert "good.xml" not in shown


def test_nothing_is_shown_of_a_run_without_documents():
    assert Report().render() == ""
