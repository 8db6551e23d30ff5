"""WSDLs: loaded from where they may be loaded from, parsed once, kept."""

from __future__ import annotations

import hashlib
import io
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import zeep
import zeep.exceptions
from lxml import etree

from .errors import ConfigurationError, ContractError, ProviderError
from .transport import MAX_BYTES, HttpTransport

SETTINGS = {
    "strict": True,
    "force_https": True,
    "xml_huge_tree": False,
    "forbid_dtd": True,
    "forbid_entities": True,
    # Newer versions would refuse every import, older ones none: ``_Loader`` decides.
    "forbid_external": False,
}
# WSDLs fetched from a provider are asked for again after this many seconds.
FETCHED_FOR = 3600.0
_KEPT = 32
_ACCEPT = {"Accept": "text/xml, application/wsdl+xml, application/xml"}


def check_xml(content: bytes) -> bytes:
    """The same bytes, if they are XML that needs no defence against.

    A DTD is refused before any parser sees it: entities are how XML reads files,
    calls other hosts and fills memories. UTF-16, in which a DTD could hide from this
    check, is refused too.

    :raises ContractError: a DTD, an entity, or NUL bytes
    """
    upper = content.upper()
    if b"<!DOCTYPE" in upper or b"<!ENTITY" in upper or b"\0" in content:
        raise ContractError(
            "The provider's XML declares a document type or entities.", code="dtd"
        )
    return content


class _Loader:
    """What zeep calls a transport, as far as loading a WSDL needs one."""

    def __init__(self, read: Callable[[str], bytes]):
        self._read = read

    def load(self, url: str) -> bytes:
        return check_xml(self._read(url))


def client(
    http: HttpTransport,
    wsdl: str | bytes | Path,
    service: str | None = None,
    port: str | None = None,
) -> zeep.Client:
    """A client for the WSDL, parsed the first time only.

    ``wsdl`` is the document itself (bytes), a file (Path), or an address below the
    transport's base URL (str). Files may refer to files in their own folder, fetched
    documents to others below the base URL; every other reference is refused.

    :raises ConfigurationError: no such file, address elsewhere, no such service
    :raises ContractError: not a WSDL, or one with DTD, entities, outer references
    """
    key, source, read = _source(http, wsdl)
    key = (*key, service, port)
    found = _cache.get(key)
    if found is None:
        found = _parse(source, read, service, port)
        _cache.put(key, found, FETCHED_FOR if isinstance(wsdl, str) else None)
    return found


def _source(http: HttpTransport, wsdl: str | bytes | Path):
    if isinstance(wsdl, bytes):
        check_xml(wsdl)
        return ("bytes", hashlib.sha256(wsdl).digest()), io.BytesIO(wsdl), _refuse
    if isinstance(wsdl, str):
        return ("url", wsdl), wsdl, lambda url: _fetch(http, url)
    path = wsdl.resolve()
    if not path.is_file():
        raise ConfigurationError(f"The WSDL {wsdl} is not there.", code="no_file")
    stamp = path.stat()
    key = ("file", str(path), stamp.st_mtime_ns, stamp.st_size)
    return key, str(path), lambda name: _read_file(path.parent, name)


def _parse(source, read, service: str | None, port: str | None) -> zeep.Client:
    try:
        parsed = zeep.Client(
            source,
            transport=_Loader(read),
            service_name=service,
            port_name=port,
            settings=zeep.Settings(**SETTINGS),
        )
        # Binds now, so that a wrong name is found now.
        getattr(parsed, "service")  # noqa: B009
    except ProviderError:
        raise
    except ValueError as error:
        raise ConfigurationError(
            "The WSDL has no such service or port.", code="no_service"
        ) from error
    except (zeep.exceptions.Error, etree.LxmlError, LookupError, TypeError) as error:
        raise ContractError("The WSDL cannot be read.", code="bad_wsdl") from error
    return parsed


def _refuse(url: str) -> bytes:
    raise ContractError(
        "The WSDL refers to a document outside of itself.", code="external_reference"
    )


def _read_file(folder: Path, name: str) -> bytes:
    path = Path(name).resolve()
    if "://" in name or not path.is_relative_to(folder) or not path.is_file():
        _refuse(name)
    if path.stat().st_size > MAX_BYTES:
        raise ContractError("The WSDL is too big.", code="too_big")
    return path.read_bytes()


def _fetch(http: HttpTransport, url: str) -> bytes:
    base, parts = urlsplit(http.base_url), urlsplit(url)
    same = (base.scheme, base.netloc) == (parts.scheme, parts.netloc)
    below = f"{parts.path}/".startswith(f"{base.path}/")
    if not (same and below):
        _refuse(url)
    path = parts.path[len(base.path) :]
    return http.get(path, params=parts.query or None, headers=_ACCEPT).body


class _Cache:
    """The latest clients, by source."""

    def __init__(self, size: int):
        self._size = size
        self._lock = threading.Lock()
        self._found: OrderedDict = OrderedDict()

    def get(self, key):
        with self._lock:
            value, expires = self._found.get(key, (None, None))
            if expires is not None and expires <= time.monotonic():
                del self._found[key]
                return None
            return value

    def put(self, key, value, seconds: float | None) -> None:
        with self._lock:
            self._found[key] = value, seconds and time.monotonic() + seconds
            self._found.move_to_end(key)
            while len(self._found) > self._size:
                self._found.popitem(last=False)


_cache = _Cache(_KEPT)
