import io

import pytest
from odoo.addons.finance_sync_gate.core import lists
from odoo.addons.finance_sync_gate.core.lists import Entry, ListError

# The shapes are those that the publishers use; every name in here is invented.
SDN = b"""36,"DRACHENFELS, Volkan","individual","SAMPLE","-0- ","-0- ","-0- ","-0- ","-0- ","-0- ","-0- ","DOB 01 Apr 1961; a.k.a. 'WOLKAN, Drachen'; Passport X1."
173,"SCHATTEN HANDEL, S.A.",-0- ,"SAMPLE",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0-
\x1a
"""  # noqa: E501
EU = b"""fileGenerationDate;Entity_LogicalId;Entity_EU_ReferenceNumber;Entity_SubjectType;Entity_Regulation_Programme;NameAlias_WholeName;BirthDate_BirthDate;Citizenship_CountryIso2Code
01/11/2026;13;EU.27.28;P;SAMPLE;Volkan Drachenfels;;
01/11/2026;13;EU.27.28;;;Wolkan Drachenfels;1961-04-01;
01/11/2026;13;EU.27.28;;;;;DE
01/11/2026;20;EU.39.56;E;SAMPLE;Schattenhandel GmbH;;
"""  # noqa: E501
UN = b"""<?xml version="1.0" encoding="utf-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-11-01T00:00:00.000Z">
  <INDIVIDUALS>
    <INDIVIDUAL>
      <DATAID>6908555</DATAID>
      <FIRST_NAME>VOLKAN</FIRST_NAME>
      <SECOND_NAME>DRACHENFELS</SECOND_NAME>
      <UN_LIST_TYPE>Sample</UN_LIST_TYPE>
      <REFERENCE_NUMBER>SAi.001</REFERENCE_NUMBER>
      <INDIVIDUAL_ALIAS><ALIAS_NAME>Wolkan D.</ALIAS_NAME></INDIVIDUAL_ALIAS>
      <INDIVIDUAL_DATE_OF_BIRTH><YEAR>1961</YEAR></INDIVIDUAL_DATE_OF_BIRTH>
    </INDIVIDUAL>
  </INDIVIDUALS>
  <ENTITIES>
    <ENTITY>
      <DATAID>2</DATAID>
      <FIRST_NAME>SCHATTENHANDEL</FIRST_NAME>
      <REFERENCE_NUMBER>SAe.002</REFERENCE_NUMBER>
    </ENTITY>
  </ENTITIES>
</CONSOLIDATED_LIST>
"""


def read(shape, content):
    return list(lists.read(shape, io.BytesIO(content)))


def test_ofac_sdn():
    person, company = read("ofac_sdn", SDN)
    assert person == Entry(
        "36",
        ("DRACHENFELS, Volkan", "WOLKAN, Drachen"),
        kind="individual",
        birth_date="01 Apr 1961",
        program="SAMPLE",
    )
    assert company.names == ("SCHATTEN HANDEL, S.A.",)
    assert company.kind == "entity"


def test_eu_gathers_the_aliases_of_an_entity():
    person, company = read("eu", EU)
    assert person == Entry(
        "EU.27.28",
        ("Volkan Drachenfels", "Wolkan Drachenfels"),
        kind="p",
        countries=("DE",),
        birth_date="1961-04-01",
        program="SAMPLE",
    )
    assert company.reference == "EU.39.56"


def test_un():
    person, company = read("un", UN)
    assert person == Entry(
        "SAi.001",
        ("VOLKAN DRACHENFELS", "Wolkan D."),
        kind="individual",
        birth_date="1961",
        program="Sample",
    )
    assert (company.kind, company.names) == ("entity", ("SCHATTENHANDEL",))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_with_any_separator(separator):
    text = "Reference,Name,Aliases,Country\nS-1,Volkan,Wolkan|Volk,de at\n"
    (entry,) = read("csv", text.replace(",", separator).encode("utf-8-sig"))
    assert entry.names == ("Volkan", "Wolkan", "Volk")
    assert entry.countries == ("DE", "AT")


@pytest.mark.parametrize(
    ("shape", "content"),
    [
        ("csv", b"number,title\n1,x\n"),
        ("csv", b"reference,name\n1,\n"),
        ("csv", b"reference,name\n1,\xff\n"),
        ("ofac_sdn", b"a,b\n"),
        ("eu", b"reference;name\n1;x\n"),
        ("un", b"no xml"),
        ("un", UN[:400]),
    ],
)
def test_another_shape_is_told(shape, content):
    with pytest.raises(ListError):
        read(shape, content)


def test_external_entities_are_not_read(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("open sesame")
    text = UN.decode().replace(
        "<CONSOLIDATED_LIST",
        f'<!DOCTYPE x [<!ENTITY s SYSTEM "file://{secret}">]><CONSOLIDATED_LIST',
    )
    text = text.replace("SCHATTENHANDEL", "A &s; B")
    names = [name for entry in read("un", text.encode()) for name in entry.names]
    assert not any("sesame" in name for name in names)


def test_entries_are_read_one_at_a_time():
    class Endless(io.RawIOBase):
        def __init__(self):
            self.given = 0

        def readable(self):
            return True

        def readinto(self, buffer):
            line = b"reference,name\n" if not self.given else b"1,Volkan\n" * 50
            self.given += 1
            buffer[: len(line)] = line
            return len(line)

    source = Endless()
    entries = lists.read("csv", io.BufferedReader(source, 512))
    assert next(entries).names == ("Volkan",)
    assert source.given < 100
