import logging

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.addons.finance_sync.models.internal import Internal, internal_value
from odoo.exceptions import UserError

from ..core.verdict import REVIEW, WAIT
from .gate_check import CODES

_logger = logging.getLogger(__name__)

PASSED = "finance_sync_gate_passed"


class GateDocument(models.AbstractModel):
    """A document that passes a gate before it is confirmed or paid."""

    # Beside, not upon, the mixin of documents: account.move has that one already.
    _name = "finance.sync.gate.document"
    _description = "Document at a Gate"

    def _finance_sync_gate_facts(self):
        """:class:`~.gate_check.Facts` of this document"""
        raise NotImplementedError

    def _finance_sync_gate_confirm(self, point):
        """Confirm again, as the person did who waits."""
        raise NotImplementedError

    def _finance_sync_gate_related(self):
        """Documents whose override counts for this one as well: paid bills."""
        return self.browse()

    def _finance_sync_gate_ask(self, point):
        """``{document: [outcomes]}`` with overrides taken into account."""
        passed = internal_value(self.env, PASSED, frozenset())
        facts = [
            document._finance_sync_gate_facts()
            for document in self
            if (document._name, document.id) not in passed
        ]
        if not facts:
            return {}
        outcomes = self.env["finance.sync.gate.check"]._ask(point, facts)
        for document, found in outcomes.items():
            stopping = [outcome for outcome in found if outcome.stops]
            if not stopping:
                continue
            overridden = document._finance_sync_gate_overridden()
            for outcome in stopping:
                outcome.overridden = (outcome.code, outcome.fingerprint) in overridden
        return outcomes

    def _finance_sync_gate_beyond(self):
        """These, for what follows in the same call: they are not asked about again."""
        before = internal_value(self.env, PASSED, frozenset())
        now = before | {(document._name, document.id) for document in self}
        return self.with_context(**{PASSED: Internal(now)})

    def _finance_sync_gate_overridden(self):
        """{(code, fingerprint)} of what approvers have let pass."""
        documents = [self, *self._finance_sync_gate_related()]
        uuids = [d.finance_sync_uuid for d in documents if d.finance_sync_uuid]
        # What was overridden counts for whoever confirms.
        holds = (
            self.env["finance.sync.hold"]
            .sudo()
            .search(
                [
                    ("document_uuid", "in", uuids),
                    ("state", "=", "overridden"),
                    ("code", "in", CODES),
                ]
            )
        )
        return {(hold.code, hold.gate_fingerprint) for hold in holds}

    def _finance_sync_gate_pass(self, point):
        """Let these through, or refuse with everything that stands against it.

        :raises UserError: one of them is stopped; holds follow after the rollback
        """
        outcomes = self._finance_sync_gate_ask(point)
        stopped = {
            document: [o for o in found if o.stops]
            for document, found in outcomes.items()
        }
        stopped = {document: found for document, found in stopped.items() if found}
        if not stopped:
            self._finance_sync_gate_passed(outcomes)
            return
        items = [
            document._finance_sync_gate_item(point, outcome)
            for document, found in stopped.items()
            for outcome in found
        ]
        self._finance_sync_gate_hold_afterwards(items)
        raise UserError(self._finance_sync_gate_refusal(stopped))

    def _finance_sync_gate_split(self, point):
        """The documents that pass; the others get their holds now.

        For mass confirmations, where nobody's failure is another's.
        """
        outcomes = self._finance_sync_gate_ask(point)
        stopped = self.browse()
        for document, found in outcomes.items():
            stopping = [outcome for outcome in found if outcome.stops]
            if stopping:
                stopped |= document
            for outcome in stopping:
                self._finance_sync_gate_write(
                    [document._finance_sync_gate_item(point, outcome)]
                )
        passed = self - stopped
        passed._finance_sync_gate_passed(outcomes)
        return passed

    def _finance_sync_gate_passed(self, outcomes):
        """Close what was held; note what has to be looked at afterwards."""
        holds = self.env["finance.sync.hold"]
        if self:
            holds._resolve_for(
                document=self, codes=CODES, why=_("It passed when it was asked again.")
            )
        for document in self:
            for outcome in outcomes.get(document, ()):
                if outcome.state == REVIEW:
                    holds._raise(
                        outcome.code,
                        document=document,
                        summary=outcome.summary,
                        amount=float(document._finance_sync_gate_facts().amount),
                    )

    def _finance_sync_gate_refusal(self, stopped):
        lines = []
        for document, found in stopped.items():
            texts = [outcome.summary for outcome in found]
            if len(self) > 1:
                texts.insert(0, f"{document.display_name}:")
            lines.append("\n".join(texts))
        waiting = all(o.state == WAIT for found in stopped.values() for o in found)
        if waiting:
            lines.append(_("Nothing is to be done; you are not needed again."))
        else:
            lines.append(
                _("It was not confirmed. The hold on the document says what to do.")
            )
        return "\n\n".join(lines)

    def _finance_sync_gate_item(self, point, outcome):
        """What is needed to write a hold once this transaction is over."""
        facts = self._finance_sync_gate_facts()
        return {
            "model": self._name,
            "id": self.id,
            "related": [
                (record._name, record.id)
                for record in self._finance_sync_gate_related()
            ],
            "code": outcome.code,
            "summary": outcome.summary,
            "amount": abs(float(facts.amount)),
            "connection": outcome.rule.connection_id.id,
            "gate": {
                "gate_fingerprint": outcome.fingerprint,
                "gate_point": point,
                "gate_user_id": self.env.uid,
                "gate_matches": [dict(match) for match in outcome.matches],
            },
        }

    def _finance_sync_gate_hold_afterwards(self, items):
        """Write holds once this transaction is over, however it ends.

        A refusal is rolled back, and a hold written now with it.
        """
        registry = self.env.registry
        context = {"lang": self.env.context.get("lang")}
        done = []

        def write():
            if done:
                return
            done.append(True)
            try:
                with registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, context)
                    env["finance.sync.gate.document"]._finance_sync_gate_write(items)
            except Exception:
                # The refusal was shown; a hold that fails must not hide it.
                _logger.exception("No hold could be written for a refused document")

        self.env.cr.postcommit.add(write)
        self.env.cr.postrollback.add(write)

    @api.model
    def _finance_sync_gate_write(self, items):
        for item in items:
            document = self.env[item["model"]].browse(item["id"]).exists()
            if document and document._finance_sync_gate_is_over():
                continue
            documents = (
                [document]
                if document
                else [
                    self.env[model].browse(record_id).exists()
                    for model, record_id in item["related"]
                ]
            )
            for each in documents:
                if not each:
                    continue
                hold = self.env["finance.sync.hold"]._raise(
                    item["code"],
                    document=each,
                    connection=self.env["finance.sync.connection"]
                    .sudo()
                    .browse(item["connection"] or ())
                    or None,
                    summary=item["summary"],
                    amount=item["amount"],
                    period=fields.Date.context_today(self),
                )
                # Holds are made by what happens, not by users.
                hold.sudo().write(item["gate"])

    def _finance_sync_gate_is_over(self):
        """It has been confirmed after all."""
        return False
