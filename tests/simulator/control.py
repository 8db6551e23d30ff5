"""The control API, by which another process drives the simulator.

===========================  ===================================================
``GET /_control/health``     is it up
``POST /_control/reset``     forget everything
``POST /_control/faults``    set a fault (fields of ``Fault``)
``GET``, ``DELETE``          list faults with their hits; clear them
``GET /_control/requests``   requests; ``?provider=&path=&code=`` filter
``GET .../transactions``     AvaTax's documents; ``?code=``
``GET .../effects``          effects by key; see ``Effects``
``POST .../script``          add a case to AvaTax's oracle
``POST .../lock``            lock a document as filed: ``{"code", "type"}``
``POST .../latency``         ``{"seconds": 0.1}``
===========================  ===================================================
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from .server import Simulator


class Control:
    def __init__(self, simulator: Simulator):
        self._simulator = simulator

    def handle(self, request: Request, path: str) -> Response:
        action = getattr(self, f"_{request.method.lower()}_{path.strip('/')}", None)
        if action is None:
            raise NotFound
        try:
            answer = action(request)
        except (ValueError, TypeError, KeyError) as error:
            raise BadRequest(str(error)) from error
        return Response(json.dumps(answer), content_type="application/json")

    def _get_health(self, _request: Request) -> dict[str, Any]:
        return {"up": True, "requests": len(self._simulator.requests)}

    def _post_reset(self, _request: Request) -> dict[str, Any]:
        self._simulator.reset()
        return {}

    def _post_faults(self, request: Request) -> dict[str, Any]:
        self._simulator.fault(**request.get_json())
        return {}

    def _get_faults(self, _request: Request) -> list[dict[str, Any]]:
        return self._simulator.faults.as_list()

    def _delete_faults(self, _request: Request) -> dict[str, Any]:
        self._simulator.clear_faults()
        return {}

    def _get_requests(self, request: Request) -> list[dict[str, Any]]:
        wanted = request.args
        return [
            recorded.as_dict()
            for recorded in self._simulator.requests
            if wanted.get("provider", recorded.provider) == recorded.provider
            and wanted.get("path", "") in recorded.path
            and wanted.get("code", recorded.document_code) == recorded.document_code
        ]

    def _get_transactions(self, request: Request) -> list[dict[str, Any]]:
        return self._simulator.transactions(request.args.get("code"))

    def _get_effects(self, _request: Request) -> dict[str, int]:
        return self._simulator.effects.counts()

    def _post_script(self, request: Request) -> dict[str, Any]:
        self._simulator.avatax.script(request.get_json())
        return {}

    def _post_lock(self, request: Request) -> dict[str, Any]:
        self._simulator.avatax.lock(**request.get_json())
        return {}

    def _post_latency(self, request: Request) -> dict[str, Any]:
        self._simulator.latency = float(request.get_json()["seconds"])
        return {}
