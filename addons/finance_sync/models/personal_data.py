import base64
import hashlib
import io
import json
import zipfile

from odoo import _, fields, models

from ..core import canonical
from ..core.errors import ProviderError
from ..core.personal import Needles
from .vault import unseal

AT_ONCE = 1000
_README = """What Finance Sync keeps about one person or company.

partner.json    who was asked about
exchanges.json  messages to and from other systems, with their content
holds.json      what waited for a person, and how it went on
decisions.json  quotes and checks that were asked for
The accounting documents themselves are not in here; they are exported by Odoo.
"""


class PersonalRequest(models.Model):
    """What is kept about a partner."""

    _inherit = "finance.sync.personal.request"

    # -- What concerns the partner

    def _partners(self):
        """The partner and who belongs to it, archived ones too."""
        partners = self.env["res.partner"].with_context(active_test=False).sudo()
        return partners.search([("id", "child_of", self.partner_id.ids)])

    def _needles(self):
        partners = self._partners()
        texts = []
        for partner in partners:
            texts += [partner.name, partner.email, partner.vat, partner.phone]
        return Needles([*texts, *partners.bank_ids.mapped("acc_number")])

    def _documents(self):
        """{model: records} about the partner that messages are exchanged about."""
        found = {}
        # Of the company that was asked, whoever's job this is.
        exchanges = self.env["finance.sync.exchange"].sudo()
        groups = exchanges._read_group(
            [("res_model", "!=", False), ("company_id", "=", self.company_id.id)],
            ["res_model"],
        )
        partners = self._partners()
        for (model,) in groups:
            if model not in self.env or "partner_id" not in self.env[model]._fields:
                continue
            domain = [("partner_id", "in", partners.ids)]
            if "company_id" in self.env[model]._fields:
                domain.append(("company_id", "=", self.company_id.id))
            records = self.env[model].with_context(active_test=False).sudo()
            found[model] = records.search(domain)
        return found

    def _exchanges(self, needles):
        """Messages about the partner's documents, and those that mention the partner
        and are about no document."""
        exchanges = self.env["finance.sync.exchange"].sudo()
        mine = exchanges.browse()
        for model, records in self._documents().items():
            for start in range(0, len(records), AT_ONCE):
                ids = records.ids[start : start + AT_ONCE]
                mine |= exchanges.search(
                    [("res_model", "=", model), ("res_id", "in", ids)]
                )
        loose = exchanges.search(
            [
                ("res_model", "=", False),
                ("company_id", "in", (self.company_id.id, False)),
            ]
        )
        return mine | loose.filtered(
            lambda exchange: needles.found_in(_read(exchange.payload_enc))
        )

    def _holds(self, exchanges):
        holds = self.env["finance.sync.hold"].sudo()  # see _documents
        company = ("company_id", "in", (self.company_id.id, False))
        domain = [
            "|",
            ("exchange_id", "in", exchanges.ids),
            ("partner_id", "in", self._partners().ids),
        ]
        return holds.search([company, *domain])

    def _decisions(self, needles):
        """Of the partner's documents, or that mention the partner."""
        decisions = self.env["finance.sync.decision"].sudo()  # see _documents
        uuids = []
        for records in self._documents().values():
            if "finance_sync_uuid" in records._fields:
                uuids += records.mapped("finance_sync_uuid")
        company = ("company_ref", "=", self.company_id.id)
        mine = decisions.search([company, ("document_uuid", "in", uuids)])
        loose = decisions.search([company, ("document_uuid", "=", False)])
        return mine | loose.filtered(
            lambda decision: needles.found_in(_read(decision.answer_enc))
        )

    # -- Export

    def _export(self):
        needles = self._needles()
        exchanges = self._exchanges(needles)
        holds = self._holds(exchanges)
        files = {
            "README.txt": _README,
            "partner.json": _text([self._partner_row(p) for p in self._partners()]),
            "exchanges.json": _text(self._exchange_rows(exchanges)),
            "holds.json": _text([self._hold_row(hold) for hold in holds]),
            "decisions.json": _text(
                [self._decision_row(row) for row in self._decisions(needles)]
            ),
            **{name: _text(rows) for name, rows in self._more_rows().items()},
        }
        content = _zip(files)
        self.write(
            {
                "state": "done",
                "done_at": fields.Datetime.now(),
                "file": base64.b64encode(content),
                "file_name": f"{self.name}.zip",
                "exchange_count": len(exchanges),
                "hold_count": len(holds),
                "report": _(
                    "%(exchanges)s exchanges and %(holds)s holds are in the file.",
                    exchanges=len(exchanges),
                    holds=len(holds),
                ),
            }
        )
        self._event(
            "exported",
            exchanges=len(exchanges),
            holds=len(holds),
            digest=hashlib.sha256(content).hexdigest(),
        )

    def _more_rows(self):
        """{file name: rows}. Addons that keep more about partners add theirs."""
        return {}

    def _partner_row(self, partner):
        return {
            "id": partner.id,
            "name": partner.name,
            "email": partner.email or None,
            "vat": partner.vat or None,
            "accounts": partner.bank_ids.mapped("acc_number"),
        }

    def _exchange_rows(self, exchanges):
        attempts = self.env["finance.sync.attempt"].sudo()
        answers = {}
        for start in range(0, len(exchanges), AT_ONCE):
            uuids = exchanges[start : start + AT_ONCE].mapped("uuid")
            for attempt in attempts.search([("exchange_uuid", "in", uuids)]):
                answers.setdefault(attempt.exchange_uuid, []).append(attempt)
        return [self._exchange_row(x, answers.get(x.uuid, ())) for x in exchanges]

    def _exchange_row(self, exchange, attempts):
        return {
            "number": exchange.name,
            "uuid": exchange.uuid,
            "direction": exchange.direction,
            "operation": exchange.operation,
            "system": exchange.connection_id.name,
            "document": exchange.document_ref or None,
            "at": _time(exchange.create_date),
            "state": exchange.state,
            "content": _read(exchange.payload_enc),
            "answers": [
                {
                    "at": _time(attempt.started_at),
                    "state": attempt.state,
                    "content": _read(attempt.answer_enc),
                }
                for attempt in attempts
            ],
        }

    def _hold_row(self, hold):
        return {
            "number": hold.name,
            "kind": hold.type_id.name,
            "document": hold.document_ref or None,
            "at": _time(hold.create_date),
            "state": hold.state,
            "text": hold.summary,
            "reason": hold.override_reason or None,
            "resolution": hold.resolution or None,
        }

    def _decision_row(self, decision):
        return {
            "operation": decision.operation,
            "at": _time(decision.created_at),
            "state": decision.state,
            "content": _read(decision.answer_enc),
        }


def _read(token):
    """What is encrypted, or None: erased, or under a key that is lost."""
    try:
        return unseal(token) if token else None
    except ProviderError:
        return None


def _time(value):
    return f"{value.isoformat()}Z" if value else None


def _text(rows):
    return json.dumps(json.loads(canonical.dumps(rows)), indent=2, ensure_ascii=False)


def _zip(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()
